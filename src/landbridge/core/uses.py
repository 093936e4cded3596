"""What services say of themselves, so that nobody else has to know which services there are."""

from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True, slots=True)
class VipUse:
    """A kind of service that stands on VIPs.

    type   in `useFor` and `servicesRefs`
    alone  nothing else can be on its VIP, and that is no vrouter's own
    """

    type: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class NetworkService:
    """What an L3 network must have attached before a service serves it.

    providers   types of those who provide it
    needs_snat  where a router provides it, that has to translate sources, too
    """

    type: str
    providers: tuple[str, ...]
    needs_snat: bool = False


@dataclass(frozen=True, slots=True)
class NicUse:
    """What leads to a NIC from outside.

    named         as errors name it
    whole         to all of its ports
    allowed_cidr  from there only; None: from everywhere
    """

    named: str
    whole: bool
    allowed_cidr: str | None = None


@dataclass(frozen=True, slots=True)
class FarNetworks:
    """What a subnet is led to through a tunnel.  `named`: whose, as errors name it."""

    named: str
    cidrs: tuple[IPv4Network, ...]
