"""A vrouter's bandwidth limits: the shaper is loaded with the first, and stays until the last is gone."""

from collections.abc import Iterable
from pathlib import Path

from landbridge.drivers.shaper import Shaper
from landbridge.model.node import AnyObject
from landbridge.model.router_node import Limit, RouterLeg, SharedLimit
from landbridge.render.router_nat import leg_name
from landbridge.render.shaper import shapes

LIMITS = (Limit, SharedLimit)
_MARK = "shaped"
"""A file: an agent of this vrouter has shaped something."""


class Limits:
    """Of one vrouter, in its namespace."""

    def __init__(self, directory: Path, object_file: Path | None) -> None:
        self._mark = directory / _MARK
        self._object = object_file
        self._shaper: Shaper | None = None

    def apply(self, objects: Iterable[AnyObject]) -> int:
        """Have these in force and no others; how many devices that changed.

        Raises:
            OSError: there is no eBPF object, or what the kernel or tc says.
        """
        objects = list(objects)
        legs = {item.nic_uuid: leg_name(item) for item in objects if isinstance(item, RouterLeg)}
        wanted = {(legs[nic], direction): shape for (nic, direction), shape in shapes(objects).items()}
        if not wanted and not self._mark.exists():
            return 0
        if self._shaper is None:
            if self._object is None:
                raise OSError("the eBPF program for it is not there")
            self._shaper = Shaper(self._object)
        self._mark.touch()
        changed = self._shaper.apply(legs.values(), wanted)
        if not wanted:
            self.close()
            self._mark.unlink()
        return changed

    def close(self) -> None:
        """Let go; what is in force stays."""
        if self._shaper is not None:
            self._shaper.close()
            self._shaper = None
