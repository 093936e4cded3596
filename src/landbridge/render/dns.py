"""The DNS forwarder of a vrouter: node object -> dnsmasq's configuration."""

from landbridge.model.node import DnsForwarder


def dnsmasq_config(dns: DnsForwarder) -> str:
    """A forwarder on the guest legs' addresses and nowhere else.

    Nothing of the host's own resolver setup is used; without upstreams it refuses.
    `bind-dynamic` takes up an address of the list when the leg with it appears.
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
        *(f"listen-address={address}" for address in sorted(dns.listen)),
        *(f"server={address}" for address in dns.upstreams),
    ]
    return "\n".join(lines) + "\n"
