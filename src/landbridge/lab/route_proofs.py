"""What the demo proves of routes: an entry leads out, a black hole inside of it does not, at once and for all."""

from landbridge.client import Client
from landbridge.lab import inside
from landbridge.lab.proofs import World, require

_NETWORK, _HOLE = "192.0.2.0/24", "192.0.2.0/25"
"""TEST-NET-1 (RFC 5737): behind the Internet's machine."""
_OPEN, _SHUT = "192.0.2.200", "192.0.2.1"


def table(api: Client, world: World) -> str:
    """A route table with both is given to the vrouter, and taken away."""
    router = world.vpc.router["uuid"]
    made = api.call("CreateVRouterRouteTable", name="demo")["inventory"]["uuid"]
    for address in (_OPEN, _SHUT):
        inside.run(world.spaces["internet"], "ip", "addr", "add", f"{address}/32", "dev", "lo")
    try:
        api.call("AttachVRouterRouteTableToVRouter", routeTableUuid=made, virtualRouterVmUuid=router)
        entry = {"routeTableUuid": made, "destination": _NETWORK, "target": world.lab.gateway}
        api.call("AddVRouterRouteEntry", **entry)
        require(_reached(world, _OPEN) and _reached(world, _SHUT), f"{_NETWORK} is not reached by its route")
        hole = {"routeTableUuid": made, "destination": _HOLE, "type": "UserBlackHole"}
        api.call("AddVRouterRouteEntry", **hole)
        require(not _reached(world, _SHUT), f"{_SHUT} is reached through a black hole")
        require(_reached(world, _OPEN), f"{_OPEN} is not reached beside the black hole")
        said = api.call("ExplainVRouterRouteTable", virtualRouterVmUuid=router, destination=_SHUT)
        origins = [row["origin"] for name in ("carriedBy", "otherwise") for row in said[name]]
        require(origins == ["black hole", "static"], f"the vrouter explains {_SHUT} by {origins}")
    finally:
        api.call("DeleteVRouterRouteTable", uuid=made, deleteMode="Enforcing")
        for address in (_OPEN, _SHUT):
            inside.run(world.spaces["internet"], "ip", "addr", "del", f"{address}/32", "dev", "lo")
    return f"{_NETWORK} is reached, {_HOLE} in it no more once its black hole is there; `route explain` says why"


def _reached(world: World, address: str) -> bool:
    return inside.ping(world.spaces["web-2"], address) is not None
