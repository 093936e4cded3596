"""How a listener balances, changed while it does."""

from typing import Annotated

from msgspec import field

from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_vip
from landbridge.services.load_balancer import access, settings
from landbridge.services.load_balancer.actions_listener import HEALTH_PROTOCOLS, POLICIES
from landbridge.services.load_balancer.documents import LISTENER, LoadBalancerListener
from landbridge.services.load_balancer.rules import vip_of

_PACKAGE = "org.zstack.network.service.lb"
_SECONDS = settings.MOST_SECONDS


class ChangeLoadBalancerListener(Request, kw_only=True):
    """Change how a listener balances; connections go on."""

    uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]
    connection_idle_timeout: Annotated[int | None, P(help="seconds", low=0, high=_SECONDS)] = None
    max_connection: Annotated[int | None, P(help="at once", low=0, high=settings.MOST_CONNECTIONS)] = None
    balancer_algorithm: Annotated[str | None, P(help="who gets the next one", values=settings.ALGORITHMS)] = None
    health_check_target: Annotated[str | None, P(help="default, or another port than the servers'")] = None
    healthy_threshold: Annotated[int | None, P(help="good checks until alive", low=1, high=_SECONDS)] = None
    unhealthy_threshold: Annotated[int | None, P(help="bad checks until dead", low=1, high=_SECONDS)] = None
    health_check_interval: Annotated[int | None, P(help="seconds between checks", low=1, high=_SECONDS)] = None
    health_check_protocol: Annotated[str | None, P(help="how servers are checked", values=HEALTH_PROTOCOLS)] = None
    health_check_method: Annotated[str | None, P(help="of http", values=settings.METHODS)] = None
    health_check_uri: Annotated[str | None, P(help="of http", regex=settings.URI, max=80)] = field(
        default=None, name="healthCheckURI"
    )
    health_check_http_code: Annotated[str | None, P(help="of http: good answers, http_2xx to http_5xx", max=80)] = (
        None
    )
    acl_status: Annotated[str | None, P(help="whether lists are heeded", values=("enable", "disable"))] = None
    security_policy_type: Annotated[str | None, P(help="TLS versions and ciphers", values=POLICIES)] = None
    nbprocess: Annotated[int | None, P(help="threads that it is worth", low=1, high=64)] = None
    http_mode: Annotated[str | None, P(help="connections between requests", values=settings.HTTP_MODES)] = None
    session_persistence: Annotated[
        str | None, P(help="what keeps a client at its server", values=settings.PERSISTENCES)
    ] = None
    session_idle_timeout: Annotated[int | None, P(help="seconds, of an inserted cookie", low=30, high=3600)] = None
    cookie_name: Annotated[str | None, P(help="of the cookie", regex=settings.COOKIE_NAME, max=20)] = None
    http_versions: Annotated[list[str] | None, P(help="h1, h2")] = None
    http_redirect_https: Annotated[
        str | None, P(help="whether every request is sent to https", values=("disable", "enable"))
    ] = None
    redirect_port: Annotated[int | None, P(help="of https: 443 at first", low=1, high=65535)] = None
    status_code: Annotated[int | None, P(help="of the redirect", values=(301, 302, 303, 307, 308))] = None
    tcp_proxy_protocol: Annotated[str | None, P(help="disable, v1 or v2")] = None
    http_compress_algos: Annotated[list[str] | None, P(help="disable, or gzip, deflate, raw-deflate")] = None


_FIELDS = {
    "connection_idle_timeout": settings.IDLE_TIMEOUT,
    "max_connection": settings.MAX_CONNECTION,
    "balancer_algorithm": settings.ALGORITHM,
    "healthy_threshold": settings.HEALTHY,
    "unhealthy_threshold": settings.UNHEALTHY,
    "health_check_interval": settings.INTERVAL,
    "acl_status": settings.ACCESS,
    "nbprocess": settings.THREADS,
    "http_mode": settings.HTTP_MODE,
    "session_persistence": settings.PERSISTENCE,
    "session_idle_timeout": settings.SESSION_IDLE,
    "cookie_name": settings.COOKIE,
    "http_redirect_https": settings.REDIRECT,
    "redirect_port": settings.REDIRECT_PORT,
    "status_code": settings.STATUS_CODE,
}
"""Parameters that are a setting each."""


def change(ctx: Context, req: ChangeLoadBalancerListener) -> Outcome:
    """Absent parameters stay as they are.  Raises what `settings.checked` raises."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.uuid)
    values = settings.with_defaults(tx, listener.protocol, settings.read(tx.tags(listener.uuid)))
    values |= settings.listed(req.http_versions, req.tcp_proxy_protocol, req.http_compress_algos)
    asked = {name: getattr(req, field) for field, name in _FIELDS.items()}
    changed = {name: str(value) for name, value in asked.items() if value is not None}
    values |= settings.given(f"{name}::{value}" for name, value in changed.items())
    _forget(values, changed)
    _check(req, values)
    settings.write(tx, listener, settings.checked(listener.protocol, values))
    if req.security_policy_type is not None:
        listener.security_policy_type = access.policy(listener.protocol, req.security_policy_type)
    tx.put(listener)
    return at_vip(tx, vip_of(tx, listener.load_balancer_uuid).uuid, (LISTENER, listener.uuid))


def _forget(values: dict[str, str], changed: dict[str, str]) -> None:
    """What belonged to another way of keeping clients, and is not asked for now."""
    if settings.PERSISTENCE not in changed:
        return
    if changed[settings.PERSISTENCE] != "insert" and settings.SESSION_IDLE not in changed:
        values.pop(settings.SESSION_IDLE, None)
    if changed[settings.PERSISTENCE] not in ("insert", "rewrite") and settings.COOKIE not in changed:
        values.pop(settings.COOKIE, None)


def _check(req: ChangeLoadBalancerListener, values: dict[str, str]) -> None:
    """The health check; a target may be written with its protocol or without."""
    protocol, _, port = values[settings.TARGET].partition(":")
    if req.health_check_target is not None:
        written, colon, rest = req.health_check_target.rpartition(":")
        protocol, port = written if colon else protocol, rest
    protocol = req.health_check_protocol or protocol
    values |= settings.given([f"{settings.TARGET}::{protocol}:{port}"])
    if protocol == "http":
        values[settings.PARAMETER] = settings.parameter(
            req.health_check_method,
            req.health_check_uri,
            req.health_check_http_code,
            values.get(settings.PARAMETER, ""),
        )


ACTIONS = (
    action("ChangeLoadBalancerListener", "PUT", "/load-balancers/listeners/{uuid}/actions", change,
           ChangeLoadBalancerListener, message=f"{_PACKAGE}.APIChangeLoadBalancerListenerMsg", kind=LISTENER),
)  # fmt: skip
