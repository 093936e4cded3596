"""Security groups: what may be set."""

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
)
