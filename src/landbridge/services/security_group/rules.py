"""What a rule may say, and when two rules say the same.

Both ways to write one, ZStack's new (`srcIpRange`, `dstIpRange`, `dstPortRange`) and its old
(`allowedCidr`, `startPort`, `endPort`), end as the same rule.  Facts: behaviour of AddSecurityGroupRule.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from landbridge.core import iprange, portset
from landbridge.model.documents.security_group import SecurityGroupRule

Direction = Literal["Ingress", "Egress"]
Protocol = Literal["ALL", "TCP", "UDP", "ICMP"]
Action = Literal["ACCEPT", "DROP"]
State = Literal["Enabled", "Disabled"]

DIRECTIONS: tuple[str, ...] = get_args(Direction)
PROTOCOLS: tuple[str, ...] = get_args(Protocol)
ACTIONS: tuple[str, ...] = get_args(Action)
STATES: tuple[str, ...] = get_args(State)
VERSIONS = (4, 6)

NOT_THERE, DUPLICATE, CONFLICT, UNSUPPORTED, BAD_PORTS, BAD_ADDRESSES = (f"SG.100{n}" for n in range(1, 7))
"""Codes that ValidateSecurityGroupRule answers; other actions say SYS.1007 and the same sentence."""

LONGEST_RANGE = 1024
LONGEST_DESCRIPTION = 255


class RuleRefused(Exception):
    """A rule that cannot be: a code of the list above and a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class RuleInput(msgspec.Struct, kw_only=True, rename="camel"):
    """A rule as a user writes it.  An empty text is an absent one."""

    type: str | None = None
    protocol: str | None = None
    ip_version: int | None = None
    action: str | None = None
    state: str | None = None
    description: str | None = None
    src_ip_range: str | None = None
    dst_ip_range: str | None = None
    dst_port_range: str | None = None
    remote_security_group_uuid: str | None = None
    allowed_cidr: str | None = None
    start_port: int | None = None
    end_port: int | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule matches and does.  Equal meanings are duplicates."""

    direction: str
    version: iprange.Family
    protocol: str
    action: str
    remote: str | None
    ranges: iprange.Ranges
    ports: portset.Ports


def read(raw: Any) -> RuleInput:
    """One element of `rules`."""
    try:
        return msgspec.convert(raw, RuleInput, strict=False)
    except msgspec.ValidationError as error:
        raise RuleRefused(UNSUPPORTED, f"the rule is not an object of a rule's fields: {error}") from None


def checked(raw: RuleInput, uuid: str, group_uuid: str) -> SecurityGroupRule:
    """The rule as it is to be stored, without number and priority."""
    direction = _one_of("type", raw.type, DIRECTIONS)
    protocol = _one_of("protocol", raw.protocol, PROTOCOLS)
    version: iprange.Family = 6 if raw.ip_version == 6 else 4
    if raw.ip_version not in (None, *VERSIONS):
        raise RuleRefused(UNSUPPORTED, f"ipVersion is {raw.ip_version}, valid values are [4, 6]")
    if raw.description is not None and len(raw.description) > LONGEST_DESCRIPTION:
        raise RuleRefused(UNSUPPORTED, f"description is longer than {LONGEST_DESCRIPTION} characters")
    peer, ports = _peer(raw, direction, version), _ports(raw, protocol)
    ingress = direction == "Ingress"
    rule = SecurityGroupRule(
        uuid=uuid,
        security_group_uuid=group_uuid,
        type=direction,
        ip_version=version,
        protocol=protocol,
        action=_one_of("action", raw.action or "ACCEPT", ACTIONS),
        state=_one_of("state", raw.state or "Enabled", STATES),
        description=raw.description or None,
        src_ip_range=peer if ingress else None,
        dst_ip_range=None if ingress else peer,
        dst_port_range=ports,
        remote_security_group_uuid=raw.remote_security_group_uuid or None,
    )
    meaning = _understood(rule)
    rule.start_port, rule.end_port = meaning.ports[0] if ports and "," not in ports else (-1, -1)
    if peer is None:
        rule.allowed_cidr = iprange.ANY[version]
    elif "/" in peer and "," not in peer:
        rule.allowed_cidr = peer
    return rule


def meaning(rule: SecurityGroupRule) -> Meaning:
    """What a stored rule matches and does."""
    version: iprange.Family = 6 if rule.ip_version == 6 else 4
    peer = rule.src_ip_range or rule.dst_ip_range
    return Meaning(
        direction=rule.type,
        version=version,
        protocol=rule.protocol,
        action=rule.action,
        remote=rule.remote_security_group_uuid,
        ranges=iprange.parse(peer, version) if peer else (),
        ports=portset.parse(rule.dst_port_range) if rule.dst_port_range else (),
    )


def described(rule: SecurityGroupRule) -> str:
    """A rule as errors name it."""
    peer = rule.src_ip_range or rule.dst_ip_range or rule.remote_security_group_uuid or "any"
    return (
        f"rule[{rule.type} {rule.action} IPv{rule.ip_version} {rule.protocol} {rule.dst_port_range or 'any'} {peer}]"
    )


def _understood(rule: SecurityGroupRule) -> Meaning:
    version: iprange.Family = 6 if rule.ip_version == 6 else 4
    for field, text in (("srcIpRange", rule.src_ip_range), ("dstIpRange", rule.dst_ip_range)):
        if text:
            try:
                iprange.parse(text, version)
            except ValueError as error:
                raise RuleRefused(BAD_ADDRESSES, f"{field}: {error}") from None
    try:
        return meaning(rule)
    except ValueError as error:
        raise RuleRefused(BAD_PORTS, f"dstPortRange: {error}") from None


def _peer(raw: RuleInput, direction: str, version: iprange.Family) -> str | None:
    """The range of addresses on the other side."""
    mine, other = ("srcIpRange", "dstIpRange") if direction == "Ingress" else ("dstIpRange", "srcIpRange")
    values = {"srcIpRange": raw.src_ip_range or None, "dstIpRange": raw.dst_ip_range or None}
    old = raw.allowed_cidr if raw.allowed_cidr not in (None, "", iprange.ANY[version]) else None
    if values[other] is not None and values[mine] is not None:
        raise RuleRefused(CONFLICT, f"srcIpRange[{values['srcIpRange']}] and dstIpRange[{values['dstIpRange']}] "
                                    "exclude each other")  # fmt: skip
    if values[other] is not None:
        raise RuleRefused(UNSUPPORTED, f"{other}[{values[other]}] means nothing in an {direction} rule: use {mine}")
    if old is not None and values[mine] is not None:
        raise RuleRefused(CONFLICT, f"allowedCidr[{old}] and {mine}[{values[mine]}] exclude each other: use {mine}")
    peer = values[mine] or old
    if peer is not None and raw.remote_security_group_uuid:
        raise RuleRefused(
            CONFLICT,
            f"addresses[{peer}] and remoteSecurityGroupUuid[{raw.remote_security_group_uuid}] exclude each other: "
            "make two rules",
        )
    if peer is not None and len(peer) > LONGEST_RANGE:
        raise RuleRefused(BAD_ADDRESSES, f"{mine} is longer than {LONGEST_RANGE} characters")
    return peer


def _ports(raw: RuleInput, protocol: str) -> str | None:
    new = raw.dst_port_range or None
    start = -1 if raw.start_port is None else raw.start_port
    end = start if raw.end_port is None else raw.end_port
    old = (start, end) != (-1, -1)
    if protocol in ("ALL", "ICMP"):
        if new is not None:
            raise RuleRefused(
                UNSUPPORTED, f"dstPortRange[{new}] means nothing with protocol {protocol}: leave it out"
            )
        if old:
            raise RuleRefused(
                BAD_PORTS, f"startPort and endPort mean nothing with protocol {protocol}: leave them out"
            )
        return None
    if new is not None and old:
        raise RuleRefused(
            CONFLICT, f"dstPortRange[{new}] and startPort[{start}] exclude each other: use dstPortRange"
        )
    if new is not None:
        return new
    if not old:
        raise RuleRefused(BAD_PORTS, f"protocol {protocol} needs dstPortRange, such as 22 or 1-65535")
    if not 0 <= start <= end <= portset.LAST_PORT:
        raise RuleRefused(
            BAD_PORTS, f"startPort[{start}] and endPort[{end}] are no range of ports of 0 to {portset.LAST_PORT}"
        )
    return str(start) if start == end else f"{start}-{end}"


def _one_of(field: str, value: str | None, valid: tuple[str, ...]) -> str:
    if value not in valid:
        shown = "missing" if value is None else f"'{value}'"
        raise RuleRefused(UNSUPPORTED, f"{field} is {shown}, valid values are [{', '.join(valid)}]")
    return value
