"""The DNS forwarder of a vrouter: node objects -> dnsmasq's configuration, and the names that it knows itself."""

from collections.abc import Iterable

from landbridge.core.names import DEFAULT_DOMAIN
from landbridge.model.router_node import DnsForwarder, DnsName


def dnsmasq_config(dns: DnsForwarder, hosts: str) -> str:
    """A forwarder on the guest legs' addresses and nowhere else.

    Nothing of the host's own resolver setup is used; without upstreams it refuses.
    `bind-dynamic` takes up an address of the list when the leg with it appears.
    Names under the default domain, and reverse names of private addresses, are never asked outside (RFC 6303, 6762).

    hosts  path of the file with the VMs' names; it is read again on SIGHUP
    """
    lines = [
        "port=53",
        "bind-dynamic",
        "no-resolv",
        "no-hosts",
        "no-poll",
        "cache-size=1000",
        "log-facility=-",
        "pid-file=",
        "user=nobody",
        "group=nogroup",
        "bogus-priv",
        f"local=/{DEFAULT_DOMAIN}/",
        f"addn-hosts={hosts}",
        *(f"listen-address={address}" for address in sorted(dns.listen)),
        *(f"server={address}" for address in dns.upstreams),
    ]
    return "\n".join(lines) + "\n"


def hosts_file(names: Iterable[DnsName]) -> str:
    """In the format of hosts(5): the full name first, which reverse questions are answered with."""
    lines = sorted(f"{name.ip} {name.hostname}.{name.domain} {name.hostname}" for name in names)
    return "".join(f"{line}\n" for line in lines)
