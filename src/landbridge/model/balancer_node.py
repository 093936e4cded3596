"""What a vrouter balances: the node objects of load balancers' listeners, see `model.node`."""

from typing import Literal

import msgspec

from landbridge.model.node_object import NodeObject


class Member(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A server, at the listener's instance port.  `weight`: 0 to 100, shares of new connections; 0: none."""

    ip: str
    weight: int


class HealthCheck(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a server shows that it lives.  Times are seconds.

    port   None: the instance port
    rise   so many good answers make a dead one alive, `fall` bad ones the other way
    codes  of HTTP answers that are good, `first-last`
    """

    protocol: Literal["tcp", "udp", "http"]
    interval: int
    timeout: int
    rise: int
    fall: int
    port: int | None = None
    method: str = "HEAD"
    uri: str = "/"
    codes: tuple[str, ...] = ()


class Cookie(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A client stays with the server that its cookie names.

    rewrite  the cookie is the server's, else the balancer's own
    idle     seconds after which an unused cookie counts for nothing; None: never
    """

    name: str
    rewrite: bool
    idle: int | None = None


class Redirect(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Every request is sent to HTTPS."""

    port: int
    code: int


class Route(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Requests that have servers of their own.

    acl_uuid  the list that says so
    host      in lower case; that begins with `*`: all that end with the rest of it; None: any
    path      what the path and query begin with, in any case; None: anything
    """

    acl_uuid: str
    members: tuple[Member, ...]
    host: str | None = None
    path: str | None = None


class Tls(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Certificates in PEM, each with its chain and key; the first is for names that no other has.

    policy  ZStack's name of the versions and ciphers; None: TLS 1.2 and newer
    """

    certificates: tuple[str, ...]
    policy: str | None = None


class Access(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Clients of these CIDRs alone come in, or (`deny`) everybody but them."""

    deny: bool
    cidrs: tuple[str, ...]


class Balancer(NodeObject, tag="balancer", frozen=True, kw_only=True):
    """Key `lb/<listener uuid>`.  Connections to a port of a VIP go to one of several servers.

    algorithm       source: by the client's address
    max_connections at once; 0: none
    idle_timeout    seconds until a silent connection ends; 0: never
    http_mode       ZStack's name of what becomes of connections between requests
    routes          of http and https: the first that fits, `members` are for all other requests
    proxy_protocol  v1 or v2: servers are told the client's address in front of what it says
    """

    listener_uuid: str
    vip_ip: str
    port: int
    protocol: Literal["tcp", "udp", "http", "https"]
    instance_port: int
    algorithm: Literal["roundrobin", "leastconn", "source"]
    members: tuple[Member, ...]
    health: HealthCheck
    max_connections: int
    idle_timeout: int
    threads: int = 1
    http_mode: str = "http-server-close"
    cookie: Cookie | None = None
    redirect: Redirect | None = None
    routes: tuple[Route, ...] = ()
    tls: Tls | None = None
    access: Access | None = None
    proxy_protocol: Literal["v1", "v2"] | None = None
    compression: tuple[str, ...] = ()
    http2: bool = True
