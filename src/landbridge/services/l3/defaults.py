"""L3 networks: what may be set; Landbridge's own."""

from landbridge.model.setting import Setting

SETTINGS = (
    Setting(
        "networkService",
        "dhcpLeaseSeconds",
        "3600",
        "seconds an address is leased",
        low=60,
        high=2**32 - 2,
        binds=("L3NetworkVO",),
    ),
)
