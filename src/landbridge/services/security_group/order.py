"""The order of a group's rules: priorities 1, 2, 3 … in each direction, without gaps.

The default rules have priority 0: they come first, nothing joins them, and they are not counted.
"""

from collections.abc import Iterable, Sequence

from landbridge.core.membership import CATEGORY, named
from landbridge.core.view import Tx, View
from landbridge.model.documents.security_group import DEFAULT_PRIORITY, SecurityGroup, SecurityGroupRule
from landbridge.model.errors import argerr, operr
from landbridge.services.security_group.rules import DIRECTIONS

LIMIT = "rules.num.limit"
"""Global config: most rules of a group per direction."""

LAST = -1
"""The priority that means: behind all others."""

MOST_NUMBER = 2**31 - 1


def ranked(view: View, group_uuid: str, direction: str) -> list[SecurityGroupRule]:
    """A group's rules of one direction in their order, without the default rules."""
    rules = view.find(SecurityGroupRule, security_group_uuid=group_uuid, type=direction)
    return sorted((r for r in rules if r.priority != DEFAULT_PRIORITY), key=lambda rule: rule.priority)


def insert(tx: Tx, group: SecurityGroup, rules: Sequence[SecurityGroupRule], priority: int) -> None:
    """Store new rules at a priority of their directions (`LAST`: behind all); what was there moves on.

    Raises SYS.1007 for a priority that would leave a gap, and for more rules than a group may have.
    """
    limit = int(tx.config(CATEGORY, LIMIT, group.uuid))
    for direction in DIRECTIONS:
        new = [rule for rule in rules if rule.type == direction]
        if not new:
            continue
        present = ranked(tx, group.uuid, direction)
        if len(present) + len(new) > limit:
            raise argerr(
                f"{named(group)} would have {len(present) + len(new)} {direction} rules, at most {limit} are allowed "
                f"(global config {CATEGORY}/{LIMIT})"
            )
        at = position(priority, len(present) + 1, f"{named(group)} has {len(present)} {direction} rules")
        for rule in new:
            take_rule_number(tx, rule)
        renumber(tx, [*present[:at], *new, *present[at:]])


def take_rule_number(tx: Tx, rule: SecurityGroupRule) -> None:
    """Its number, by which counters and drops name it."""
    number = tx.claim_free("sgrule", 1, MOST_NUMBER, rule.uuid)
    if number is None:
        raise operr(f"there are {MOST_NUMBER} security group rules already: delete one first")
    rule.number = number


def position(priority: int, last: int, because: str) -> int:
    """The index that a priority of [1, last] means.  SYS.1007 for another one."""
    if priority < 0:
        return last - 1
    if not 1 <= priority <= last:
        raise argerr(
            f"priority[{priority}] is impossible: {because}, so it can be 1 to {last}, or {LAST} for the last"
        )
    return priority - 1


def renumber(tx: Tx, rules: Iterable[SecurityGroupRule]) -> None:
    """Give the rules their priorities as they stand, and store them."""
    for priority, rule in enumerate(rules, 1):
        rule.priority = priority
        tx.put(rule)


def remove(tx: Tx, group: SecurityGroup, rules: Iterable[SecurityGroupRule]) -> None:
    """Delete rules of a group; the others close up."""
    for rule in rules:
        tx.delete(rule)
    for direction in DIRECTIONS:
        renumber(tx, ranked(tx, group.uuid, direction))
    touch(tx, group)


def touch(tx: Tx, group: SecurityGroup) -> None:
    """The rules have changed: of two such transactions at once, one starts again."""
    group.revision += 1
    tx.put(group)
