"""How many neighbours (ARP entries) the kernel keeps: for all network namespaces of a machine together.

Linux's defaults are for a desktop; a host whose vrouters speak with thousands of machines and answer for thousands
of addresses needs more, else neighbours are forgotten as soon as they are known. Only the machine's first network
namespace has the settings (ip-sysctl.rst, neigh/default/gc_thresh*).
"""

from pathlib import Path

WANTED = {"gc_thresh1": 8_192, "gc_thresh2": 32_768, "gc_thresh3": 65_536}
_SETTINGS = Path("/proc/sys/net/ipv4/neigh/default")


def limits() -> dict[str, int]:
    """What is set; nothing where this namespace does not have the settings."""
    return {name: int((_SETTINGS / name).read_text()) for name in WANTED if (_SETTINGS / name).exists()}


def raise_limits() -> None:
    """Set them to what is wanted, where they are lower.

    Raises:
        OSError: they may not be written.
    """
    # The largest first: each has to be at most the next.
    for name, value in reversed(limits().items()):
        if value < WANTED[name]:
            (_SETTINGS / name).write_text(str(WANTED[name]))
