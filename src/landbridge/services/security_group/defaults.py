"""Security groups: what may be set.  That of connections is Landbridge's own."""

from landbridge.model import tracking
from landbridge.model.setting import Setting

SETTINGS = (
    Setting(
        "securityGroup",
        "rules.num.limit",
        "100",
        "rules of a group per direction",
        low=1,
        high=200,
        binds=("SecurityGroupVO",),
    ),
    Setting(
        "securityGroup", "ingress.defaultPolicy", "drop", "a NIC's ingress policy at first", values=("accept", "drop")
    ),
    Setting(
        "securityGroup", "egress.defaultPolicy", "accept", "a NIC's egress policy at first", values=("accept", "drop")
    ),
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
