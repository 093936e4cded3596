"""What a host says about itself."""

import contextlib
import ipaddress
import os
import platform
import socket
from collections import defaultdict
from urllib.parse import urlsplit

from landbridge import __version__
from landbridge.drivers.addresses import ipv4_addresses
from landbridge.drivers.link import Link, note
from landbridge.drivers.netlink import Netlink
from landbridge.drivers.tables import Tables
from landbridge.model.facts import HostFacts, InterfaceFact


def gather(netlink: Netlink, tables: Tables, management_ip: str, lacks: tuple[str, ...] = ()) -> HostFacts:
    """The host's facts; `tables` are its links as they are known now."""
    addresses: defaultdict[int, list[str]] = defaultdict(list)
    for index, address in ipv4_addresses(netlink):
        addresses[index].append(address)
    interfaces = [
        fact
        for link in sorted(tables.links.values(), key=lambda link: link.index)
        if (fact := _interface(link, tables, tuple(addresses[link.index]))) is not None
    ]
    release: dict[str, str] = {}
    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
    return HostFacts(
        hostname=socket.gethostname(),
        management_ip=management_ip,
        interfaces=tuple(interfaces),
        cpu_num=os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=platform.release(),
        os_distribution=release.get("ID", ""),
        os_version=release.get("VERSION_ID", ""),
        agent_version=__version__,
        lacks=lacks,
    )


def server_address(url: str) -> str:
    """The IP address of the server at `url`; may ask the DNS, and wait for it.

    Raises:
        OSError: the name has no address.
    """
    parts = urlsplit(url)
    [(_, _, _, _, address), *_] = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    return str(address[0])


def management_address(server: str) -> str:
    """The address of this host from which it talks to the server's IP address.

    Raises:
        OSError: there is no route to it.
    """
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((server, 9))  # sends nothing: it only asks the routing table
        return str(probe.getsockname()[0])


def _interface(link: Link, tables: Tables, addresses: tuple[str, ...]) -> InterfaceFact | None:
    """An interface of the host; of ours only a bridge that stands in for a physical interface."""
    over = None
    if link.ours:
        uplink = tables.uplink_of(link.index) if note(link)["open"] else None
        if uplink is None:
            return None
        over = uplink.name
    if any(ipaddress.ip_interface(address).is_loopback for address in addresses) or link.name == "lo":
        return None
    return InterfaceFact(
        name=link.name,
        mac=link.mac,
        mtu=link.mtu,
        up=link.up,
        addresses=addresses,
        over=over,
        kind=link.kind,
        master=tables.name(link.master) or None,
        bond_mode=link.bond_mode,
    )
