"""How IPsec connections fare."""

from typing import Literal

import msgspec

from landbridge.model.questions.base import HostAnswer, Question


class IpsecPair(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What goes between two CIDRs of a connection, since keys were last made.  `up`: there are keys."""

    local_cidr: str
    remote_cidr: str
    up: bool
    bytes_in: int = 0
    bytes_out: int = 0


class IpsecState(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a connection is.

    status       up when there are keys for all its pairs
    ike_state    of phase 1, in strongSwan's words; None: nothing is under way
    established_seconds  how long phase 1 has been done
    failed_phase 1 or 2 and `reason`, in words: what went wrong last, while it is down
    log          the last lines of the daemon about it
    """

    uuid: str
    status: Literal["up", "down"]
    ike_state: str | None
    established_seconds: int | None
    failed_phase: int | None
    reason: str | None
    pairs: tuple[IpsecPair, ...]
    log: tuple[str, ...]


class IpsecStates(HostAnswer, frozen=True, kw_only=True):
    """All connections of a vrouter.  `esp`: who encrypts."""

    connections: tuple[IpsecState, ...]
    esp: Literal["kernel", "user space"]


class AskIpsec(Question, tag="ipsec", frozen=True, kw_only=True):
    """How are the connections of this vrouter?"""

    answer = IpsecStates
    router_uuid: str


class IpsecSoftware(HostAnswer, frozen=True, kw_only=True):
    """strongSwan's version: of a vrouter's daemon, None while it has none, and of what the host would start."""

    running: str | None
    installed: str | None


class AskIpsecSoftware(Question, tag="ipsecSoftware", frozen=True, kw_only=True):
    """Which IPsec software does this vrouter have?"""

    answer = IpsecSoftware
    router_uuid: str
