"""Distributed routing: what may be set; all of it Landbridge's own."""

from landbridge.model.setting import BOOLEAN, Setting

SETTINGS = (
    Setting("vpc", "distributedRouting.default", "false", "whether new vrouters have it on", values=BOOLEAN),
    Setting("vpc", "distributedRouting.packets", "50", "packets within the window that a shortcut is worth", low=1),
    Setting(
        "vpc",
        "distributedRouting.kbits",
        "20",
        "kbit/s over the window that a shortcut is worth",
        low=1,
        high=100_000_000,
    ),
    Setting("vpc", "distributedRouting.windowSeconds", "5", "seconds that a pair is measured", low=1, high=3600),
    Setting("vpc", "distributedRouting.leaseSeconds", "60", "seconds that a shortcut lives", low=6, high=60),
)
