"""Hosts: what may be set.  `agent.claim.timeout` is Landbridge's own."""

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
)
