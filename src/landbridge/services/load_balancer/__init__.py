"""Load balancers: ports of a VIP whose connections are shared out among servers."""

from landbridge.core.service import Service
from landbridge.core.uses import NetworkService
from landbridge.model.resource import Limit
from landbridge.services.load_balancer import (
    actions_acl,
    actions_balancer,
    actions_certificate,
    actions_change,
    actions_group,
    actions_health,
    actions_listener,
    actions_member,
    actions_redirect,
    balancers,
    candidates,
    documents,
    documents_access,
    health,
    settings,
)
from landbridge.services.load_balancer.defaults import SETTINGS
from landbridge.services.load_balancer.project import BALANCER


def _check_tag(tag: str) -> None:
    """SYS.1007 for a system tag of a listener that could not be read."""
    settings.given((tag,))


SERVICE = Service(
    name="load_balancer",
    settings=SETTINGS,
    tag_checks={documents.LISTENER.vo: _check_tag},
    kinds=(*documents.KINDS, *documents_access.KINDS),
    actions=(
        *actions_balancer.ACTIONS,
        *actions_listener.ACTIONS,
        *actions_change.ACTIONS,
        *actions_member.ACTIONS,
        *candidates.ACTIONS,
        *actions_group.ACTIONS,
        *actions_certificate.ACTIONS,
        *actions_acl.ACTIONS,
        *actions_redirect.ACTIONS,
        *actions_health.ACTIONS,
    ),
    limits=(
        Limit("loadBalancer.num", 20, "load balancers", documents.LoadBalancer),
        Limit("listener.num", 20, "load balancer listeners", documents.LoadBalancerListener),
    ),
    projections=(BALANCER,),
    vip_uses=(balancers.USE,),
    network_services=(NetworkService(balancers.USE.type, ("vrouter", "VirtualRouter")),),
    vip_goes=balancers.vip_goes,
    nic_goes=balancers.nic_goes,
    health_told=health.told,
)
