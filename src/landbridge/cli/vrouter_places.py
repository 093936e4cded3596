"""Where `landbridge vrouter` looks for vrouters: in the whole cloud, or on this host."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.client import Client
from landbridge.transports.control import ControlError, call

Seen = Mapping[str, Any]


class Place(Protocol):
    """Where vrouters are looked for."""

    def known(self) -> Mapping[str, str]:
        """Uuid -> name, as far as names are known there."""

    def see(self, uuid: str) -> Seen:
        """What a vrouter's agent says of it; `CliError` if it does not."""

    def client(self) -> Client:
        """The server, for what it alone knows; `CliError` if it is not to be asked."""

    def none(self) -> str:
        """What to say when there is no vrouter."""


Find = Callable[[], Place]
"""Only when a command runs: for help nobody has to be logged in."""


class Cloud:
    """All vrouters, through the server."""

    def __init__(self) -> None:
        self._client = remembered.client()

    def known(self) -> Mapping[str, str]:
        """All there are."""
        rows = self._client.call("QueryVpcRouter", fields=["uuid", "name"])["inventories"]
        return {row["uuid"]: row["name"] for row in rows}

    def see(self, uuid: str) -> Seen:
        """Its host is asked."""
        return self._client.call("GetVpcVRouterRuntime", uuid=uuid)

    def client(self) -> Client:
        """That of the login."""
        return self._client

    def none(self) -> str:
        """How to make one."""
        return "there is no vrouter: `landbridge vpc-vrouter create` makes one"


class ThisHost:
    """The vrouters that run here."""

    def __init__(self, run_dir: Path) -> None:
        self._base = run_dir / "routers"

    def known(self) -> Mapping[str, str]:
        """By their directories; names are the server's."""
        found = sorted(self._base.iterdir()) if self._base.exists() else []
        return {path.name: "" for path in found}

    def see(self, uuid: str) -> Seen:
        """Its agent is asked, without the host's."""
        try:
            return call(self._base / uuid / "control.sock", {"op": "show"})
        except ControlError as error:
            raise CliError("", f"vrouter {uuid}: {error}") from error

    def client(self) -> Client:
        """Not from here."""
        raise CliError("", "the server is asked for this: leave --run-dir out")

    def none(self) -> str:
        """What may be wrong."""
        return f"no vrouter runs here: {self._base} has none; is --run-dir the agent's?"


def chosen(place: Place, which: str | None) -> str:
    """The uuid of the vrouter that is meant: the only one, a uuid or its beginning, or a name.

    Raises:
        CliError: none or several are meant.
    """
    known = place.known()
    if not known:
        raise CliError("", place.none())
    found = [uuid for uuid, name in known.items() if which is None or name == which or uuid.startswith(which)]
    if len(found) != 1:
        several = "several vrouters are meant" if found else f"there is no vrouter {which}"
        raise CliError("", f"{several}: {', '.join(f'{name} {uuid}'.strip() for uuid, name in known.items())}")
    return found[0]
