"""HAProxy's statistics (rows of `show stat`) -> what is known of listeners."""

from collections.abc import Iterable, Mapping

from landbridge.model.balancer_runtime import ListenerRuntime, ServerRuntime, ServerState
from landbridge.render.haproxy import backend_name, frontend_name

Row = Mapping[str, str]
_SUMS = frozenset({"FRONTEND", "BACKEND"})


def listeners(rows: Iterable[Row], uuids: Iterable[str]) -> list[ListenerRuntime]:
    """Of these listeners those that it serves."""
    by_proxy: dict[str, list[Row]] = {}
    for row in rows:
        by_proxy.setdefault(row["pxname"], []).append(row)
    found = []
    for uuid in uuids:
        front = next(iter(by_proxy.get(frontend_name(uuid), ())), None)
        if front is not None:
            servers = (row for row in by_proxy.get(backend_name(uuid), ()) if row["svname"] not in _SUMS)
            found.append(_listener(uuid, front, tuple(_server(row) for row in servers)))
    return found


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


def _server(row: Row) -> ServerRuntime:
    return ServerRuntime(
        ip=row["svname"],
        state=_state(row["status"]),
        reason=" ".join(filter(None, (row["check_status"], row["last_chk"]))).removeprefix("* "),
        since=_number(row, "lastchg"),
        weight=_number(row, "weight"),
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
