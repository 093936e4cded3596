"""What ports count and drop."""

import msgspec

from landbridge.model.drops import DropReason
from landbridge.model.questions.base import HostAnswer, Question


class DropCount(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What was dropped at a port for one reason, by one rule.

    rule       its number; 0: no rule had a part in it
    rule_uuid  None, too, for a rule that the host no longer has
    """

    reason: DropReason
    rule: int
    rule_uuid: str | None
    packets: int
    bytes: int


class AcceptCount(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a rule (0: the port's policy) let pass: the first packets of connections, and those of none."""

    rule: int
    rule_uuid: str | None
    packets: int
    bytes: int


class PortCounts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A port since it is on its host.  `sent` and `received` passed, seen from the machine."""

    nic_uuid: str
    sent_packets: int
    sent_bytes: int
    received_packets: int
    received_bytes: int
    drops: tuple[DropCount, ...]
    accepted: tuple[AcceptCount, ...]


class PortCountsList(HostAnswer, frozen=True, kw_only=True):
    """Those of the NICs that are on this host, in no order."""

    ports: tuple[PortCounts, ...]


class AskPortCounts(Question, tag="portCounts", frozen=True, kw_only=True):
    """What has passed at these NICs, and what was dropped?"""

    answer = PortCountsList
    nic_uuids: tuple[str, ...]


class RuleCounts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a rule (its number) has let pass and dropped, at all ports of the host."""

    rule: int
    accepted_packets: int = 0
    accepted_bytes: int = 0
    dropped_packets: int = 0
    dropped_bytes: int = 0


class RuleCountsList(HostAnswer, frozen=True, kw_only=True):
    """Rules that have decided something, in no order."""

    rules: tuple[RuleCounts, ...]


class AskRuleCounts(Question, tag="ruleCounts", frozen=True, kw_only=True):
    """What have the rules of these numbers done?"""

    answer = RuleCountsList
    rules: tuple[int, ...]


class DroppedPacket(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A packet that was dropped; `rule` and `rule_uuid` as in `DropCount`.

    time    seconds since the epoch, by the host's clock
    egress  sent by the machine behind the port
    length  of the frame, bytes; `head` is its beginning
    """

    time: float
    nic_uuid: str
    reason: DropReason
    rule: int
    rule_uuid: str | None
    egress: bool
    length: int
    head: bytes


class DroppedPackets(HostAnswer, frozen=True, kw_only=True):
    """Drops in their order; `cursor` is where the next question goes on, `lost` how many could not be told."""

    drops: tuple[DroppedPacket, ...]
    cursor: str
    lost: int


class AskDrops(Question, tag="drops", frozen=True, kw_only=True):
    """What is dropped at these NICs?  Answered when there is something, or after `wait_seconds`.

    The NICs are watched from the first question until some seconds after the last one.
    """

    answer = DroppedPackets
    nic_uuids: tuple[str, ...]
    cursor: str = ""
    wait_seconds: float = 0.0
