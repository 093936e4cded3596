"""Listeners: a port of a load balancer's VIP, and how connections to it are shared out."""

from typing import Annotated

from msgspec import field

from landbridge.core import vips
from landbridge.core.api import CreateRequest, P, Request, action, query
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_vip
from landbridge.model.errors import argerr
from landbridge.services.load_balancer import access, balancers, settings
from landbridge.services.load_balancer.documents import (
    LISTENER,
    LOAD_BALANCER,
    ListenerServerGroup,
    LoadBalancer,
    LoadBalancerListener,
    LoadBalancerServerGroup,
)
from landbridge.services.load_balancer.documents_access import ACL, CERTIFICATE
from landbridge.services.load_balancer.rules import named, settled, vip_of

_PACKAGE = "org.zstack.network.service.lb"
PROTOCOLS = ("udp", "tcp", "http", "https")
HEALTH_PROTOCOLS = ("tcp", "udp", "http")
POLICIES = (
    "tls_cipher_policy_default",
    "tls_cipher_policy_1_0",
    "tls_cipher_policy_1_1",
    "tls_cipher_policy_1_2",
    "tls_cipher_policy_1_2_strict",
    "tls_cipher_policy_1_2_strict_with_1_3",
)


class CreateLoadBalancerListener(CreateRequest, kw_only=True):
    """Open a port of a load balancer; more settings are system tags."""

    load_balancer_uuid: Annotated[str, P(help="the load balancer", ref=LOAD_BALANCER.vo)]
    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    load_balancer_port: Annotated[int, P(help="the port of the VIP", low=1, high=vips.LAST_PORT)]
    instance_port: Annotated[
        int | None, P(help="the port of the servers; left out: the same", low=1, high=vips.LAST_PORT)
    ] = None
    protocol: Annotated[str | None, P(help="tcp unless given", values=PROTOCOLS, max=255)] = None
    certificate_uuid: Annotated[str | None, P(help="what an https listener presents", ref=CERTIFICATE.vo)] = None
    health_check_protocol: Annotated[str | None, P(help="how servers are checked", values=HEALTH_PROTOCOLS)] = None
    health_check_method: Annotated[str | None, P(help="of http: HEAD unless given", values=settings.METHODS)] = None
    health_check_uri: Annotated[str | None, P(help="of http", regex=settings.URI, max=80)] = field(
        default=None, name="healthCheckURI"
    )
    health_check_http_code: Annotated[str | None, P(help="of http: good answers, http_2xx to http_5xx", max=80)] = (
        None
    )
    acl_status: Annotated[str | None, P(help="whether lists are heeded", values=("enable", "disable"))] = "disable"
    acl_uuids: Annotated[list[str] | None, P(help="access control lists", ref=ACL.vo)] = None
    acl_type: Annotated[str | None, P(help="only those of the lists, or all but them", values=("white", "black"))] = (
        "black"
    )
    security_policy_type: Annotated[str | None, P(help="TLS versions and ciphers", values=POLICIES)] = None
    http_versions: Annotated[list[str] | None, P(help="h1, h2: both unless given")] = None
    tcp_proxy_protocol: Annotated[str | None, P(help="v1 or v2: servers are told the client")] = None
    http_compress_algos: Annotated[list[str] | None, P(help="gzip, deflate, raw-deflate")] = None


class UpdateLoadBalancerListener(Request, kw_only=True):
    """Change a listener's name or description."""

    uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteLoadBalancerListener(Request, kw_only=True):
    """Close a port of a load balancer; its default server group goes with it."""

    uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


def create(ctx: Context, req: CreateLoadBalancerListener) -> Outcome:
    """SYS.1007 for a port of the load balancer, SYS.1006 for another service's; what `settings.checked` raises."""
    tx = ctx.tx
    balancer = tx.need(LoadBalancer, req.load_balancer_uuid)
    protocol = req.protocol or "tcp"
    values = settings.checked(protocol, settings.with_defaults(tx, protocol, _given(ctx, req, protocol)))
    uuid, group_uuid = req.resource_uuid or tx.new_uuid(), tx.new_uuid()
    listener = LoadBalancerListener(
        uuid=uuid,
        name=req.name,
        description=req.description,
        load_balancer_uuid=balancer.uuid,
        load_balancer_port=req.load_balancer_port,
        instance_port=req.instance_port or req.load_balancer_port,
        protocol=protocol,
        server_group_uuid=group_uuid,
        security_policy_type=access.policy(protocol, req.security_policy_type),
    )
    _check_port(ctx, balancer, listener)
    default = f"default-server-group-{req.name}"[:255]
    tx.put(
        LoadBalancerServerGroup(uuid=group_uuid, name=default, load_balancer_uuid=balancer.uuid, listener_uuid=uuid)
    )
    tx.put(listener)
    tx.put(ListenerServerGroup(uuid=tx.new_uuid(), listener_uuid=uuid, server_group_uuid=group_uuid))
    vips.take_ports(tx, balancer.vip_uuid, balancer.uuid, balancers.ports_of(listener))
    settings.write(tx, listener, values)
    if req.certificate_uuid is not None:
        access.present(tx, listener, req.certificate_uuid)
    if req.acl_uuids:
        access.heed(tx, listener, req.acl_uuids, req.acl_type or "black")
    return at_vip(tx, balancer.vip_uuid, (LISTENER, listener.uuid))


def update(ctx: Context, req: UpdateLoadBalancerListener) -> Outcome:
    """Absent parameters stay as they are."""
    listener = ctx.tx.need(LoadBalancerListener, req.uuid)
    rename(listener, req)
    ctx.tx.put(listener)
    return Outcome(inventory=(LISTENER, listener.uuid))


def delete(ctx: Context, req: DeleteLoadBalancerListener) -> Outcome:
    """The job ends when its vrouter no longer listens."""
    listener = ctx.tx.need(LoadBalancerListener, req.uuid)
    balancers.remove_listener(ctx.tx, listener)
    return settled(ctx.tx, listener.load_balancer_uuid, (LOAD_BALANCER, listener.load_balancer_uuid))


def _given(ctx: Context, req: CreateLoadBalancerListener, protocol: str) -> dict[str, str]:
    values = settings.given(ctx.system_tags)
    if req.health_check_protocol is not None:
        port = values.get(settings.TARGET, ":default").partition(":")[2]
        values[settings.TARGET] = f"{req.health_check_protocol}:{port}"
    if values.get(settings.TARGET, "").startswith("http:"):
        values[settings.PARAMETER] = settings.parameter(
            req.health_check_method,
            req.health_check_uri,
            req.health_check_http_code,
            values.get(settings.PARAMETER, ""),
        )
    values[settings.ACCESS] = req.acl_status or "disable"
    values |= settings.listed(req.http_versions, req.tcp_proxy_protocol, req.http_compress_algos)
    return values


def _check_port(ctx: Context, balancer: LoadBalancer, listener: LoadBalancerListener) -> None:
    ports = balancers.ports_of(listener)
    for other in ctx.tx.find(LoadBalancerListener, load_balancer_uuid=balancer.uuid):
        if balancers.ports_of(other) == ports:
            vip = vips.named(vip_of(ctx.tx, balancer.uuid))
            raise argerr(f"{ports} of {vip} is that of {named(other)} of the same load balancer: choose another")


ACTIONS = (
    action("CreateLoadBalancerListener", "POST", "/load-balancers/{loadBalancerUuid}/listeners", create,
           CreateLoadBalancerListener, message=f"{_PACKAGE}.APICreateLoadBalancerListenerMsg", kind=LISTENER),
    action("UpdateLoadBalancerListener", "PUT", "/load-balancers/listeners/{uuid}", update,
           UpdateLoadBalancerListener, message=f"{_PACKAGE}.APIUpdateLoadBalancerListenerMsg", kind=LISTENER),
    action("DeleteLoadBalancerListener", "DELETE", "/load-balancers/listeners/{uuid}", delete,
           DeleteLoadBalancerListener, message=f"{_PACKAGE}.APIDeleteLoadBalancerListenerMsg", kind=LOAD_BALANCER,
           absent_ok=("uuid", LISTENER.vo)),
    query("QueryLoadBalancerListener", "/load-balancers/listeners", LISTENER,
          message=f"{_PACKAGE}.APIQueryLoadBalancerListenerMsg", help="Find listeners of load balancers."),
)  # fmt: skip
