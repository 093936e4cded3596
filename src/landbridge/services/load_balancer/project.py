"""Projection `balancer`, key (listener,): a port of a VIP that the VIP's vrouter balances."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, collapse_addresses, summarize_address_range
from typing import Literal, cast

from landbridge.core import iprange, vips
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.balancer_node import Access, Balancer, Cookie, HealthCheck, Member, Redirect, Route, Tls
from landbridge.model.documents.account import GlobalConfig, SystemTag
from landbridge.model.documents.vip import Vip, VipPeer
from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Resource
from landbridge.services.load_balancer import balancers, redirects, settings
from landbridge.services.load_balancer.access import REDIRECT
from landbridge.services.load_balancer.documents import (
    ListenerServerGroup,
    LoadBalancer,
    LoadBalancerListener,
    ServerGroupNic,
    ServerGroupServerIp,
)
from landbridge.services.load_balancer.documents_access import (
    AccessControlListEntry,
    Certificate,
    ListenerAcl,
    ListenerCertificate,
)
from landbridge.services.load_balancer.settings import Values

_OWN_COOKIE = "LANDBRIDGE"


def balancer(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing while the VIP has no vrouter."""
    listener = view.get(LoadBalancerListener, key[0])
    if listener is None:
        return
    vip = view.need(Vip, view.need(LoadBalancer, listener.load_balancer_uuid).vip_uuid)
    router = vips.router_for(view, vip)
    if router is not None and vips.leg_of(view, router, vip) is not None:
        yield Placed(f"router:{router.uuid}", f"lb/{listener.uuid}", _node(view, listener, vip))


def _node(view: View, listener: LoadBalancerListener, vip: Vip) -> Balancer:
    values = settings.with_defaults(view, listener.protocol, settings.read(view.tags(listener.uuid)))
    cookie = _cookie(values)
    proxy = values.get(settings.PROXY_PROTOCOL, "disable")
    compression = values.get(settings.COMPRESSION, "disable")
    by_source = values[settings.ALGORITHM] == "source" or values.get(settings.PERSISTENCE) == "iphash"
    weighted = values[settings.ALGORITHM] == "weightroundrobin"
    groups, led_to = balancers.groups_of(view, listener.uuid), redirects.groups_led_to(view, listener.uuid)
    return Balancer(
        listener_uuid=listener.uuid,
        vip_ip=vip.ip,
        port=listener.load_balancer_port,
        protocol=cast(Literal["tcp", "udp", "http", "https"], listener.protocol),
        instance_port=listener.instance_port,
        algorithm="source"
        if by_source
        else "leastconn"
        if values[settings.ALGORITHM] == "leastconn"
        else "roundrobin",
        members=_members(view, [uuid for uuid in groups if uuid not in led_to], weighted=weighted),
        health=_health(values),
        max_connections=int(values[settings.MAX_CONNECTION]),
        idle_timeout=int(values[settings.IDLE_TIMEOUT]),
        threads=int(values[settings.THREADS]),
        http_mode=values.get(settings.HTTP_MODE, "http-server-close"),
        cookie=cookie,
        redirect=_redirect(values) if listener.protocol == "http" else None,
        routes=tuple(_routes(view, listener.uuid, weighted=weighted)),
        tls=_tls(view, listener) if listener.protocol == "https" else None,
        access=_access(view, listener.uuid) if values[settings.ACCESS] == "enable" else None,
        proxy_protocol=None if proxy == "disable" else cast(Literal["v1", "v2"], proxy),
        compression=() if compression == "disable" else tuple(compression.split(",")),
        http2="h2" in values.get(settings.HTTP_VERSIONS, "h1,h2").split(","),
    )


def _routes(view: View, listener_uuid: str, *, weighted: bool) -> Iterator[Route]:
    for rule, groups in redirects.rules(view, listener_uuid):
        yield Route(
            acl_uuid=rule.acl_uuid,
            members=_members(view, groups, weighted=weighted),
            host=rule.domain.lower() if rule.domain else None,
            path=None if rule.url in (None, redirects.ANY_URL) else rule.url,
        )


def _members(view: View, groups: Sequence[str], *, weighted: bool) -> tuple[Member, ...]:
    """Each once, by address; without weights all are equal, but those of weight 0 that get nothing new."""
    found: dict[str, int] = {}
    for ref in balancers.nics_of(view, groups):
        nic = view.need(VmNic, ref.vm_nic_uuid)
        if nic.ip is not None:
            found.setdefault(nic.ip, ref.weight)
    for server in view.find(ServerGroupServerIp, server_group_uuid=tuple(groups)) if groups else ():
        found.setdefault(server.ip_address, server.weight)
    return tuple(
        Member(ip=ip, weight=weight if weighted else min(weight, 1))
        for ip, weight in sorted(found.items(), key=lambda item: IPv4Address(item[0]))
    )


def _health(values: Values) -> HealthCheck:
    protocol, _, port = values[settings.TARGET].partition(":")
    http = settings.http_check(values[settings.PARAMETER]) if settings.PARAMETER in values else None
    method, uri, codes = http if http and protocol == "http" else ("HEAD", "/", ())
    return HealthCheck(
        protocol=cast(Literal["tcp", "udp", "http"], protocol if http or protocol != "http" else "tcp"),
        interval=int(values[settings.INTERVAL]),
        timeout=int(values[settings.CHECK_TIMEOUT]),
        rise=int(values[settings.HEALTHY]),
        fall=int(values[settings.UNHEALTHY]),
        port=None if port == "default" else int(port),
        method=method,
        uri=uri,
        codes=codes,
    )


def _cookie(values: Values) -> Cookie | None:
    kind = values.get(settings.PERSISTENCE)
    if kind not in ("insert", "rewrite"):
        return None
    idle = int(values[settings.SESSION_IDLE]) if kind == "insert" and settings.SESSION_IDLE in values else None
    return Cookie(name=values.get(settings.COOKIE, _OWN_COOKIE), rewrite=kind == "rewrite", idle=idle)


def _redirect(values: Values) -> Redirect | None:
    if values.get(settings.REDIRECT) != "enable":
        return None
    port, code = values.get(settings.REDIRECT_PORT, "443"), values.get(settings.STATUS_CODE, "302")
    return Redirect(port=int(port), code=int(code))


def _tls(view: View, listener: LoadBalancerListener) -> Tls:
    refs = view.find(ListenerCertificate, listener_uuid=listener.uuid)
    chains = (view.need(Certificate, ref.certificate_uuid) for ref in refs)
    return Tls(
        certificates=tuple(f"{one.certificate.strip()}\n{one.private_key.strip()}\n" for one in chains),
        policy=listener.security_policy_type,
    )


def _access(view: View, listener_uuid: str) -> Access | None:
    """None without a list: nobody is meant."""
    refs = [ref for ref in view.find(ListenerAcl, listener_uuid=listener_uuid) if ref.type != REDIRECT]
    if not refs:
        return None
    entries = view.find(AccessControlListEntry, acl_uuid=tuple(ref.acl_uuid for ref in refs))
    networks = [
        network
        for entry in entries
        for first, last in iprange.parse(entry.ip_entries or "", 4)
        for network in summarize_address_range(IPv4Address(first), IPv4Address(last))
    ]
    return Access(deny=refs[0].type == "black", cidrs=tuple(map(str, collapse_addresses(networks))))


# ---- which listeners a change concerns -----------------------------------------------------------


def _both(change: Change) -> list[Resource]:
    return [one for one in (change.old, change.new) if one is not None]


def _listener_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for one in _both(change):
        if isinstance(one, LoadBalancerListener):
            yield (one.uuid,)
        elif isinstance(one, ListenerServerGroup | ListenerCertificate | ListenerAcl):
            yield (one.listener_uuid,)
        elif isinstance(one, SystemTag):
            yield (one.resource_uuid,)


def _group_changed(view: View, change: Change) -> Iterable[SourceKey]:
    groups = [one.server_group_uuid for one in _both(change) if isinstance(one, ServerGroupNic | ServerGroupServerIp)]
    return [(uuid,) for uuid in balancers.listeners_of(view, groups)]


def _entry_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for one in _both(change):
        if isinstance(one, AccessControlListEntry):
            for ref in view.find(ListenerAcl, acl_uuid=one.acl_uuid):
                yield (ref.listener_uuid,)


def _vip_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for one in _both(change):
        if isinstance(one, Vip):
            yield from _on_vips(view, [one.uuid])
        elif isinstance(one, VipPeer):
            yield from _on_vips(view, [one.vip_uuid])


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    yield from _on_vips(view, vips.concerned(view, change))
    for one in _both(change):
        refs = view.find(ServerGroupNic, vm_nic_uuid=one.uuid)
        yield from ((uuid,) for uuid in balancers.listeners_of(view, [ref.server_group_uuid for ref in refs]))


def _on_vips(view: View, vip_uuids: Iterable[str]) -> Iterator[SourceKey]:
    wanted = tuple(vip_uuids)
    for balancer in view.find(LoadBalancer, vip_uuid=wanted) if wanted else ():
        for listener in view.find(LoadBalancerListener, load_balancer_uuid=balancer.uuid):
            yield (listener.uuid,)


def _config_changed(view: View, change: Change) -> list[SourceKey]:
    """A setting that has no tag is as the cloud's is."""
    ours = any(isinstance(one, GlobalConfig) and one.category == "loadBalancer" for one in _both(change))
    return keys(view) if ours else []


def keys(view: View) -> list[SourceKey]:
    """Every listener."""
    return [(listener.uuid,) for listener in view.find(LoadBalancerListener)]


BALANCER = Projection(
    name="balancer",
    project=balancer,
    affected={
        **dict.fromkeys(
            (LoadBalancerListener, ListenerServerGroup, ListenerCertificate, ListenerAcl, SystemTag),
            _listener_changed,
        ),
        **dict.fromkeys((ServerGroupNic, ServerGroupServerIp), _group_changed),
        **dict.fromkeys((Vip, VipPeer), _vip_changed),
        AccessControlListEntry: _entry_changed,
        VmNic: _nic_changed,
        GlobalConfig: _config_changed,
    },
    keys=keys,
)
