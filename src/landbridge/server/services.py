"""Every network service there is.  A new one is a folder in `services/` and a line here."""

from landbridge.core.service import Service
from landbridge.services import (
    account,
    cluster,
    config,
    host,
    image,
    l2,
    l3,
    offering,
    security_group,
    tag,
    vm,
    vrouter,
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
)
