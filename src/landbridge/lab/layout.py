"""What is where in a lab: names, addresses, directories.  Pure."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import msgspec

from landbridge.model.errors import argerr

MAX_PREFIX = 6
MAX_HOSTS = 64
UNDERLAY = IPv4Network("10.244.0.0/24")
PUBLIC = IPv4Network("203.0.113.0/24")
"""TEST-NET-3 (RFC 5737): the lab's Internet, in namespaces of its own."""

ROUTER_MANAGEMENT = IPv4Network("10.245.0.0/24")
"""Where the demo's vrouters have their management addresses: on the hosts' `router0`."""

INTERNET_NAME = "www.landbridge.example"
"""What the Internet's name server knows: the web server (RFC 2606)."""

NODELINK_OFFSET = 1000
"""The nodelink port is this much above the API's."""


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """A lab as `lab up` was told; stored as `lab.json`.  `slot` makes its management network unique."""

    directory: str
    prefix: str
    port: int
    hosts: int
    underlay_mtu: int
    slot: int

    @property
    def path(self) -> Path:
        """The lab's directory."""
        return Path(self.directory)

    @property
    def management(self) -> IPv4Network:
        """The management network; its first address is the server's."""
        return IPv4Network(f"172.31.{self.slot}.0/24")

    @property
    def server_address(self) -> str:
        """Where nodelink listens."""
        return str(self.management[1])

    @property
    def nodelink_port(self) -> int:
        """Where nodelink listens."""
        return self.port + NODELINK_OFFSET

    @property
    def switch(self) -> str:
        """Namespace of the underlay's and the public network's bridges."""
        return f"{self.prefix}-switch"

    @property
    def internet(self) -> str:
        """Namespace of the web server and the client."""
        return f"{self.prefix}-internet"

    @property
    def bridge(self) -> str:
        """Management bridge in the machine's own namespace."""
        return f"{self.prefix}-mgmt"

    @property
    def gateway(self) -> str:
        """The Internet's address on the public network."""
        return str(PUBLIC[1])

    def owns(self, namespace: str) -> bool:
        """Whether a namespace is the lab's: its own ones, and VMs and vrouters of its hosts.

        An agent of the machine itself may have VMs whose names begin with the same letters.
        """
        return bool(re.fullmatch(rf"{self.prefix}-(switch|internet|host-\d+|h\d+-v[mr]-.+)", namespace))

    @property
    def members(self) -> list["LabHost"]:
        """The hosts."""
        return [LabHost(self, number) for number in range(1, self.hosts + 1)]


@dataclass(frozen=True, slots=True)
class LabHost:
    """One host of a lab."""

    lab: Lab
    number: int

    @property
    def name(self) -> str:
        """Name in the API."""
        return f"host-{self.number}"

    @property
    def namespace(self) -> str:
        """Its network namespace."""
        return f"{self.lab.prefix}-host-{self.number}"

    @property
    def tag(self) -> str:
        """Begins the names of its VMs' and vrouters' namespaces."""
        return f"{self.lab.prefix}-h{self.number}"

    @property
    def directory(self) -> Path:
        """What its agent keeps."""
        return self.lab.path / self.name

    @property
    def underlay_address(self) -> IPv4Address:
        """Its VTEP."""
        return UNDERLAY[10 + self.number]

    @property
    def management_address(self) -> IPv4Address:
        """Where its agent comes from."""
        return self.lab.management[10 + self.number]


def check(prefix: str, hosts: int, underlay_mtu: int) -> None:
    """SYS.1007 for what cannot be a lab."""
    if not prefix.isalnum() or not prefix.islower() or len(prefix) > MAX_PREFIX:
        raise argerr(
            f"prefix[{prefix}] must be 1 to {MAX_PREFIX} lower-case letters and digits: it begins device names"
        )
    if not 1 <= hosts <= MAX_HOSTS:
        raise argerr(f"hosts[{hosts}] must be 1 to {MAX_HOSTS}")
    if not 1600 <= underlay_mtu <= 9216:
        raise argerr(
            f"underlay MTU[{underlay_mtu}] must be 1600 to 9216: the overlay needs 50 bytes more than VMs get"
        )
