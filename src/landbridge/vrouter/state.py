"""`state.json`: what the host's agent has told the vrouter to be."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from landbridge.model.node import AnyObject


class StateFile:
    """Read again and again; an object that has not changed stays the same one, for those who keep things by it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[bytes, AnyObject]] = {}

    def read(self) -> Mapping[str, AnyObject]:
        """Node objects by key; none when there is no file yet."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        raw = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        self._known = {key: self._decoded(key, bytes(value)) for key, value in raw.items()}
        return {key: item for key, (_, item) in self._known.items()}

    def _decoded(self, key: str, text: bytes) -> tuple[bytes, AnyObject]:
        known = self._known.get(key)
        if known is not None and known[0] == text:
            return known
        item: AnyObject = msgspec.json.decode(text, type=AnyObject)
        return text, item
