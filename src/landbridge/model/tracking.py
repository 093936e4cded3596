"""How long the connections of filtered ports are remembered, and how many."""

TIMEOUTS = {
    "tcpSynSent": 120,
    "tcpSynReceived": 60,
    "tcpEstablished": 432_000,
    "tcpFinWait": 120,
    "tcpTimeWait": 120,
    "tcpClose": 10,
    "udp": 30,
    "udpStream": 120,
    "icmp": 30,
    "generic": 600,
    "fragment": 30,
}
"""Seconds without a packet, Linux's own defaults (Documentation/networking/nf_conntrack-sysctl.rst)."""

CATEGORY = "securityGroup"
"""Of the settings that change them (`setting_of`)."""

CONNECTIONS = 8192
"""Of one port.  More begin at the cost of those that were quiet for longest."""

CONNECTIONS_SETTING = "connections.perNic"


def setting_of(state: str) -> str:
    """Name of the setting for a timeout."""
    return f"timeout.{state}"
