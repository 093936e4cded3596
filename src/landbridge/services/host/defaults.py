"""Hosts: what may be set.  `agent.claim.timeout` and those of tracked connections are Landbridge's own."""

from landbridge.model import tracking
from landbridge.model.setting import Setting

SETTINGS = (
    Setting(
        "host",
        "cpu.overProvisioning.ratio",
        "10",
        "virtual CPUs per CPU of a host",
        low=1,
        high=1000,
        binds=(
            "HostVO",
            "ClusterVO",
            "ZoneVO",
        ),
    ),
    Setting("kvm", "agent.claim.timeout", "60", "seconds that AddKVMHost waits for the agent", low=1, high=3600),
    Setting(
        tracking.CATEGORY,
        tracking.CONNECTIONS_SETTING,
        str(tracking.CONNECTIONS),
        "connections that a NIC in security groups can have at once",
        low=1024,
        high=1 << 20,
    ),
    *(
        Setting(
            tracking.CATEGORY,
            tracking.setting_of(state),
            str(seconds),
            f"seconds that a quiet connection is remembered: {state}",
            low=1,
        )
        for state, seconds in tracking.TIMEOUTS.items()
    ),
)
