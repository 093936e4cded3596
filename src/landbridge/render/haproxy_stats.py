"""HAProxy's statistics (rows of `show stat`) -> what is known of listeners."""

from collections.abc import Iterable, Mapping

from landbridge.model.balancer_runtime import ListenerRuntime, ServerRuntime, ServerState
from landbridge.render.haproxy import origin

Row = Mapping[str, str]


def listeners(rows: Iterable[Row], uuids: Iterable[str]) -> list[ListenerRuntime]:
    """Of these listeners those that it serves."""
    fronts: dict[str, Row] = {}
    servers: dict[str, list[ServerRuntime]] = {}
    for row in rows:
        listener, acl = origin(row["pxname"])
        if row["svname"] == "FRONTEND":
            fronts[listener] = row
        elif row["svname"] != "BACKEND":
            servers.setdefault(listener, []).append(_server(row, acl))
    return [_listener(uuid, fronts[uuid], tuple(servers.get(uuid, ()))) for uuid in uuids if uuid in fronts]


def _listener(uuid: str, row: Row, servers: tuple[ServerRuntime, ...]) -> ListenerRuntime:
    return ListenerRuntime(
        listener_uuid=uuid,
        connections=_number(row, "scur"),
        total_connections=_number(row, "stot"),
        bytes_in=_number(row, "bin"),
        bytes_out=_number(row, "bout"),
        denied=_number(row, "dcon"),
        servers=servers,
    )


def _server(row: Row, acl_uuid: str | None) -> ServerRuntime:
    return ServerRuntime(
        ip=row["svname"],
        state=_state(row["status"]),
        reason=" ".join(filter(None, (row["check_status"], row["last_chk"]))).removeprefix("* "),
        since=_number(row, "lastchg"),
        weight=_number(row, "weight"),
        acl_uuid=acl_uuid,
        connections=_number(row, "scur"),
        total_connections=_number(row, "stot"),
        bytes_in=_number(row, "bin"),
        bytes_out=_number(row, "bout"),
    )


def _state(status: str) -> ServerState:
    """`UP`, `DOWN`, on their way as `UP 1/2`; `MAINT` of one that leaves; a weight of 0 says `DRAIN`."""
    if status.startswith("MAINT"):
        return "LEAVING"
    return "DOWN" if status.startswith("DOWN") else "UP"


def _number(row: Row, name: str) -> int:
    return int(row.get(name) or 0)
