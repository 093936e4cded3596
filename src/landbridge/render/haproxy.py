"""The balancers of a vrouter: node objects -> one configuration of HAProxy, for all that is not UDP.

Servers are named by their addresses, and everything that a server line says besides the weight is the same for all
of a listener.  So two configurations that differ in servers and weights alone have the same `frame`, and HAProxy can
be brought from one to the other while it runs (`drivers.haproxy`).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from landbridge.model.balancer_node import Balancer, HealthCheck, Member, Route, Tls
from landbridge.model.node_object import NodeObject

_CONNECT_SECONDS = 5
_REQUEST_SECONDS = 10
_A_DAY = 86400
"""For a timeout of 0, which HAProxy takes but warns of."""
_PER_LINE = 40
_SPARE_FILES = 100
"""What HAProxy has open besides connections, listeners and checks of servers."""
_FILES_PER_CONNECTION = 2

_PROXY = re.compile(r"\b[bf]-([0-9a-f]{32})(?:-([0-9a-f]{32}))?\b")

_STRICT = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"  # fmt: skip
_OLD = "DEFAULT@SECLEVEL=0"
"""OpenSSL speaks no TLS before 1.2 at its usual level."""
_POLICIES: Mapping[str, str] = {
    "tls_cipher_policy_default": "ssl-min-ver TLSv1.2",
    "tls_cipher_policy_1_0": f"ssl-min-ver TLSv1.0 ciphers {_OLD}",
    "tls_cipher_policy_1_1": f"ssl-min-ver TLSv1.1 ciphers {_OLD}",
    "tls_cipher_policy_1_2": "ssl-min-ver TLSv1.2",
    "tls_cipher_policy_1_2_strict": f"ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.2 ciphers {_STRICT}",
    "tls_cipher_policy_1_2_strict_with_1_3": f"ssl-min-ver TLSv1.2 ciphers {_STRICT}",
}
_MODES: Mapping[str, str] = {
    "http-keep-alive": "option http-keep-alive",
    "http-server-close": "option http-server-close",
    "http-tunnel": "option http-keep-alive",
    "httpclose": "option httpclose",
    "forceclose": "option httpclose",
}
"""HAProxy has no tunnel mode any more, and one way to close."""


@dataclass(frozen=True, slots=True)
class Setup:
    """HAProxy as it must be.

    text          the whole configuration
    frame         digest of all but the servers and their weights
    servers       backend -> address -> weight
    options       backend -> what a server line says besides; the servers' port is in `ports`
    sticky        backends whose servers have cookies
    certificates  file name -> PEM
    """

    text: str
    frame: str
    servers: Mapping[str, Mapping[str, int]]
    options: Mapping[str, str]
    ports: Mapping[str, int]
    sticky: frozenset[str]
    certificates: Mapping[str, str]


def backend_name(listener_uuid: str, acl_uuid: str | None = None) -> str:
    """The backend of a listener, or of one of its routes."""
    return f"b-{listener_uuid}" if acl_uuid is None else f"b-{listener_uuid}-{acl_uuid}"


def origin(proxy: str) -> tuple[str, str | None]:
    """The listener of a frontend or backend, "" if it has none, and the route of a backend."""
    match = _PROXY.fullmatch(proxy)
    return (match[1], match[2]) if match else ("", None)


def frontend_name(listener_uuid: str) -> str:
    """The frontend of a listener."""
    return f"f-{listener_uuid}"


def listeners_named(words: str) -> frozenset[str]:
    """The listeners whose frontend or backend HAProxy speaks of."""
    return frozenset(match[1] for match in _PROXY.finditer(words))


def haproxy(objects: Iterable[NodeObject], files: int) -> Setup | None:
    """One process for all listeners; None when there is nothing for it to do.

    Paths are relative to the directory that it runs in; `files`: how many it may have open.
    """
    found = [item for item in objects if isinstance(item, Balancer) and _is_served(item)]
    if not found:
        return None
    found.sort(key=lambda one: one.listener_uuid)
    capacity = _capacity(found, files)
    certificates = {_file(pem): pem for one in found for pem in (one.tls.certificates if one.tls else ())}
    frame: list[str] = list(_global(found, capacity))
    text = list(frame)
    for one in found:
        front = [*_frontend(one, capacity), ""]
        frame += front
        text += front
        for name, members in _pools(one).items():
            ahead = _backend(one, name)
            frame += [*ahead, f"  # servers at {one.instance_port} {_options(one)}"]
            text += [*ahead, *_servers(one, members), ""]
    names = {name: one for one in found for name in _pools(one)}
    return Setup(
        text="\n".join(text),
        frame=hashlib.sha256("\n".join(frame).encode()).hexdigest(),
        servers={
            name: {member.ip: member.weight for member in members}
            for one in found
            for name, members in _pools(one).items()
        },
        options={name: _options(one) for name, one in names.items()},
        ports={name: one.instance_port for name, one in names.items()},
        sticky=frozenset(name for name, one in names.items() if one.cookie is not None),
        certificates=certificates,
    )


def _capacity(found: list[Balancer], files: int) -> int:
    """Connections that fit into so many files; HAProxy does not start with more.

    Room for checks is kept in steps: a server more or less must not change the frame.
    """
    servers = sum(len(members) for one in found for members in _pools(one).values())
    checks = max(files // 10, 1 << servers.bit_length())
    return max(1, (files - _SPARE_FILES - len(found) - checks) // _FILES_PER_CONNECTION)


def _pools(one: Balancer) -> dict[str, tuple[Member, ...]]:
    """The servers of each backend of a listener."""
    routed = {backend_name(one.listener_uuid, route.acl_uuid): route.members for route in one.routes}
    return {backend_name(one.listener_uuid): one.members, **routed}


def _is_served(one: Balancer) -> bool:
    """UDP is not HAProxy's, and TLS cannot be without a certificate."""
    return one.protocol != "udp" and (one.tls is None or bool(one.tls.certificates))


def _file(pem: str) -> str:
    return f"{hashlib.sha256(pem.encode()).hexdigest()[:32]}.pem"


def _global(found: list[Balancer], capacity: int) -> Iterator[str]:
    most = max(1, min(capacity, sum(one.max_connections for one in found)))
    yield from (
        "global",
        "  stats socket unix@stats.sock mode 600 level admin",
        # Of what it says at this level our own wants to hear: servers that die and come back (drivers.haproxy_log).
        "  log unix@log.sock local0 notice",
        "  server-state-file servers",
        f"  maxconn {most}",
        f"  nbthread {max(one.threads for one in found)}",
        "  user nobody",
        "  group nogroup",
        "  ssl-default-bind-options ssl-min-ver TLSv1.2",
        "",
        "defaults",
        "  load-server-state-from-file global",
        f"  timeout connect {_CONNECT_SECONDS}s",
        f"  timeout http-request {_REQUEST_SECONDS}s",
        "  option redispatch",
        "",
    )


def _frontend(one: Balancer, capacity: int) -> Iterator[str]:
    name = frontend_name(one.listener_uuid)
    yield f"frontend {name}"
    yield f"  mode {_mode(one)}"
    # `transparent`: the address may be on its way, and one listener must not keep the others from being served.
    yield f"  bind {one.vip_ip}:{one.port} transparent{_bind_tls(one)}"
    yield f"  maxconn {min(capacity, one.max_connections)}"
    yield f"  timeout client {one.idle_timeout or _A_DAY}s"
    if one.max_connections == 0:
        yield "  tcp-request connection reject"
    if one.access is not None:
        for start in range(0, len(one.access.cidrs), _PER_LINE):
            yield f"  acl listed src {' '.join(one.access.cidrs[start : start + _PER_LINE])}"
        if one.access.cidrs:
            yield f"  tcp-request connection reject {'if' if one.access.deny else 'unless'} listed"
        elif not one.access.deny:
            yield "  tcp-request connection reject"
    if _mode(one) == "http":
        yield f"  {_MODES[one.http_mode]}"
        yield "  option forwardfor"
        yield f"  http-request set-header X-Forwarded-Proto {one.protocol}"
        if not one.http2:
            yield "  option disable-h2-upgrade"
    if one.redirect is not None:
        port = "" if one.redirect.port == 443 else f":{one.redirect.port}"
        where = f"https://%[req.hdr(host),field(1,:)]{port}%[capture.req.uri]"
        yield f"  http-request redirect code {one.redirect.code} location {where}"
    if one.compression:
        yield f"  compression algo {' '.join(one.compression)}"
    for route in one.routes:
        yield f"  use_backend {backend_name(one.listener_uuid, route.acl_uuid)} if {' '.join(_conditions(route))}"
    yield f"  default_backend {backend_name(one.listener_uuid)}"


def _conditions(route: Route) -> Iterator[str]:
    if route.host is not None:
        how, name = ("end", route.host[1:]) if route.host.startswith("*") else ("str", route.host)
        yield f"{{ req.hdr(host),field(1,:),lower -m {how} -- {name} }}"
    if route.path is not None:
        yield f"{{ pathq -m beg -i -- {route.path} }}"


def _bind_tls(one: Balancer) -> str:
    if one.tls is None:
        return ""
    files = " ".join(f"crt {_file(pem)}" for pem in one.tls.certificates)
    versions = "h2,http/1.1" if one.http2 else "http/1.1"
    return f" ssl {files} {_policy(one.tls)} alpn {versions}"


def _policy(tls: Tls) -> str:
    return _POLICIES.get(tls.policy or "tls_cipher_policy_default", _POLICIES["tls_cipher_policy_default"])


def _backend(one: Balancer, name: str) -> list[str]:
    # Only backends log: of a frontend that does, HAProxy words a message for each connection before it drops it.
    return [f"backend {name}", f"  mode {_mode(one)}", "  log global", *_sharing(one)]


def _sharing(one: Balancer) -> Iterator[str]:
    yield f"  balance {one.algorithm}"
    if one.algorithm == "source":
        yield "  hash-type consistent"
    yield f"  timeout server {one.idle_timeout or _A_DAY}s"
    yield f"  timeout check {one.health.timeout}s"
    if _mode(one) == "http":
        yield f"  {_MODES[one.http_mode]}"
    if one.cookie is not None:
        how = "rewrite" if one.cookie.rewrite else "insert indirect nocache"
        idle = f" maxidle {one.cookie.idle}s" if one.cookie.idle else ""
        yield f"  cookie {one.cookie.name} {how}{idle} dynamic"
        yield f"  dynamic-cookie-key {one.listener_uuid}"
    yield from _check(one.health)


def _check(health: HealthCheck) -> Iterator[str]:
    if health.protocol != "http":
        return
    yield "  option httpchk"
    yield f"  http-check send meth {health.method} uri {health.uri.replace('#', chr(92) + '#')}"
    yield f"  http-check expect status {','.join(health.codes)}"


def _servers(one: Balancer, members: Iterable[Member]) -> Iterator[str]:
    for member in sorted(members, key=lambda member: IPv4Address(member.ip)):
        yield f"  server {member.ip} {member.ip}:{one.instance_port} weight {member.weight} {_options(one)}"


def _options(one: Balancer) -> str:
    health = one.health
    port = "" if health.port is None else f" port {health.port}"
    check = f"check inter {health.interval}s rise {health.rise} fall {health.fall}{port}"
    proxy = {None: "", "v1": " send-proxy", "v2": " send-proxy-v2"}[one.proxy_protocol]
    return check + proxy


def _mode(one: Balancer) -> str:
    return "tcp" if one.protocol == "tcp" else "http"
