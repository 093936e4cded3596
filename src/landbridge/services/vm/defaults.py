"""VMs: what may be set.  ZStack's default of `cleanTraffic` is false."""

from landbridge.model.setting import BOOLEAN, Setting

SETTINGS = (
    Setting(
        "vm",
        "deletionPolicy",
        "Delay",
        "what destroying a VM does",
        values=("Direct", "Delay", "Never"),
        binds=("VmInstanceVO",),
    ),
    Setting(
        "vm",
        "cleanTraffic",
        "true",
        "VMs send only from their own addresses",
        values=BOOLEAN,
        binds=("VmInstanceVO",),
    ),
    Setting(
        "vm",
        "multivNic.support",
        "false",
        "several NICs of a VM in one L3 network",
        values=BOOLEAN,
        binds=("VmInstanceVO",),
    ),
)
