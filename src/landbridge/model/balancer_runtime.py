"""What a vrouter says of a listener that it balances, while a user waits."""

from typing import Literal

import msgspec

ServerState = Literal["UP", "DOWN", "LEAVING"]


class ServerRuntime(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A server of a listener.

    state        LEAVING: taken out of the listener, it has connections still
    reason       what the last check found
    since        seconds that it is in this state
    acl_uuid     of those that get what a list of type redirect says; None: they get what no list says
    connections  at this moment; `total_connections` since the counters began, as the bytes; None of UDP, where
                 nobody counts
    """

    ip: str
    state: ServerState
    reason: str
    since: int
    weight: int
    acl_uuid: str | None = None
    connections: int | None = None
    total_connections: int | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None


class ListenerRuntime(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A listener.  Counters begin anew with every change of its settings; changes of its servers leave them.

    bytes_in  from clients, `bytes_out` to them
    denied    connections refused for their address; None, as the other numbers, of UDP
    """

    listener_uuid: str
    servers: tuple[ServerRuntime, ...]
    connections: int | None = None
    total_connections: int | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None
    denied: int | None = None
