"""What a host reports of itself."""

import msgspec


class InterfaceFact(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One network interface of a host, devices of ours left out.

    `over`: the physical interface below, when this is a bridge that took its addresses.
    """

    name: str
    mac: str
    mtu: int
    up: bool
    addresses: tuple[str, ...] = ()
    """IPv4 with prefix length."""
    over: str | None = None


class HostFacts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a host says about itself at connect and whenever it changes."""

    hostname: str
    management_ip: str
    interfaces: tuple[InterfaceFact, ...]
    cpu_num: int
    memory_bytes: int
    kernel: str
    os_distribution: str = ""
    os_version: str = ""
    agent_version: str = ""
    lacks: tuple[str, ...] = ()
    """What this host cannot do, one sentence each (from `doctor`)."""
