"""The clocks of this machine."""

import time

from landbridge.zsnp.moment import Moment

NS_PER_MS = 1_000_000


def boot_clock() -> int:
    """The clock by which the programs at the ports go: ns, goes on during suspend."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def moment() -> Moment:
    """Now: by the boot clock, by which the kernel judges leases, and by the time of day."""
    return Moment(boot_clock() // NS_PER_MS, time.time_ns() // NS_PER_MS)
