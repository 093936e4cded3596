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
    kind: str = ""
    """The kernel's word for what made it: `bond`, `bridge`, `vlan`; empty for hardware."""
    master: str | None = None
    """The bond or bridge that it is in."""
    bond_mode: int | None = None
    """Of a bond, by the kernel's number (linux/if_bonding.h)."""


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
