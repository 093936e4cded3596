"""Layer 3: networks, IP ranges and addresses, DNS, host routes, network services, DHCP."""

from landbridge.core.service import Service
from landbridge.model.documents.l3 import KINDS, L3Network
from landbridge.model.resource import Limit
from landbridge.services.l3 import (
    actions_address,
    actions_ipv6,
    actions_lease,
    actions_network,
    actions_options,
    actions_range,
    actions_reserved,
    actions_service,
    actions_statistic,
)
from landbridge.services.l3.defaults import SETTINGS
from landbridge.services.l3.dhcp import goes_along
from landbridge.services.l3.project import DHCP_HOST, DHCP_SUBNET
from landbridge.services.l3.providers import seed_providers

SERVICE = Service(
    name="l3",
    settings=SETTINGS,
    kinds=KINDS,
    actions=(
        *actions_network.ACTIONS,
        *actions_range.ACTIONS,
        *actions_ipv6.ACTIONS,
        *actions_address.ACTIONS,
        *actions_reserved.ACTIONS,
        *actions_statistic.ACTIONS,
        *actions_options.ACTIONS,
        *actions_service.ACTIONS,
        *actions_lease.ACTIONS,
    ),
    limits=(Limit("l3.num", 20, "L3 networks", L3Network),),
    projections=(DHCP_SUBNET, DHCP_HOST),
    seeds=(seed_providers,),
    goes_along=goes_along,
)
