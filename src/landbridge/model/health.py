"""How what a vrouter does fares: told by its agent to the host's, by that to the server, when it changes."""

import msgspec


class BalancerHealth(msgspec.Struct, frozen=True, tag_field="type", tag="balancer", rename="camel", kw_only=True):
    """Of a listener.  `dead`: addresses of servers that get nothing, since their checks fail; ascending as text."""

    dead: tuple[str, ...] = ()


class TunnelHealth(msgspec.Struct, frozen=True, tag_field="type", tag="tunnel", rename="camel", kw_only=True):
    """Of an IPsec connection.  `reason`: of one that is down, with the phase that failed, if that is known."""

    up: bool
    reason: str | None = None


Health = BalancerHealth | TunnelHealth
