"""What a vrouter does: its routes as the kernel has them, its neighbours, its balancers."""

import msgspec

from landbridge.model.balancer_runtime import ListenerRuntime
from landbridge.model.questions.base import HostAnswer, Question


class RouteInForce(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A route of a vrouter's kernel; `ours`: not made by the kernel itself."""

    destination: str
    via: str | None
    interface: str | None
    metric: int
    black_hole: bool
    ours: bool


class Neighbour(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An entry of a vrouter's ARP table; `state`: the kernel's NUD_* bits."""

    address: str | None
    mac: str | None
    interface: str | None
    state: int


class KernelHop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a kernel's route leads.  `dead`: its interface is down or has no carrier."""

    via: str | None
    interface: str
    dead: bool


class KernelRoute(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A route of a vrouter's kernel.  Arrays, for there may be ten thousand.

    protocol  who made it, an RTPROT_* number; `hops`: none of what drops (`drops`)
    """

    destination: str
    metric: int
    protocol: int
    drops: bool
    hops: tuple[KernelHop, ...]


class KernelRule(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A policy rule of a vrouter's kernel: packets that have all of what is named here look into a table."""

    number: int
    table: int
    interface: str = ""
    source: str = ""
    destination: str = ""
    protocol: str = ""
    source_ports: tuple[int, int] | None = None
    destination_ports: tuple[int, int] | None = None


class KernelRoutes(HostAnswer, frozen=True, kw_only=True):
    """Whatever is in a vrouter's main table, and its interfaces that are down.

    If that was asked: the policy `rules` in the kernel's order, the `tables` that they lead to, and the `own`
    addresses, which come before all of them.
    """

    routes: tuple[KernelRoute, ...]
    down: tuple[str, ...]
    rules: tuple[KernelRule, ...] = ()
    tables: dict[int, tuple[KernelRoute, ...]] = msgspec.field(default_factory=dict)
    own: tuple[str, ...] = ()


class AskRoutes(Question, tag="routes", frozen=True, kw_only=True):
    """Which routes does this vrouter's kernel have at this moment?  `policies`: and what is asked before them?"""

    answer = KernelRoutes
    router_uuid: str
    policies: bool = False


class RouterRuntime(HostAnswer, frozen=True, kw_only=True):
    """What a vrouter is at this moment.

    nftables     its packet filter and NAT as nft lists it, None without
    connections  how many it tracks
    changes      operations since its agent started
    failed       what could not be applied, by node object key, in the kernel's words
    """

    routes: tuple[RouteInForce, ...]
    neighbours: tuple[Neighbour, ...]
    nftables: str | None
    connections: int
    changes: int
    failed: dict[str, str]


class AskRouter(Question, tag="router", frozen=True, kw_only=True):
    """What is this vrouter at this moment?"""

    answer = RouterRuntime
    router_uuid: str


class BalancerList(HostAnswer, frozen=True, kw_only=True):
    """Those of the listeners that are served."""

    listeners: tuple[ListenerRuntime, ...]


class AskBalancers(Question, tag="balancers", frozen=True, kw_only=True):
    """How do these listeners of this vrouter do?"""

    answer = BalancerList
    router_uuid: str
    listener_uuids: tuple[str, ...]
