"""Every network service there is.  A new one is a folder in `services/` and a line here."""

from landbridge.core.service import Service
from landbridge.services import (
    account,
    cluster,
    config,
    eip,
    host,
    image,
    l2,
    l3,
    offering,
    port_forwarding,
    qos,
    security_group,
    tag,
    vip,
    vm,
    vrouter,
    wireguard,
    zone,
)

SERVICES: tuple[Service, ...] = (
    account.SERVICE,
    config.SERVICE,
    tag.SERVICE,
    zone.SERVICE,
    cluster.SERVICE,
    host.SERVICE,
    l2.SERVICE,
    l3.SERVICE,
    image.SERVICE,
    offering.SERVICE,
    vm.SERVICE,
    vrouter.SERVICE,
    security_group.SERVICE,
    vip.SERVICE,
    eip.SERVICE,
    port_forwarding.SERVICE,
    qos.SERVICE,
    wireguard.SERVICE,
)
