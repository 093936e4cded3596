"""What an item is joined to by actions of their own: how it is written, and what leads from what is to that."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from landbridge.cli.manifest.model import Call, Cloud, Item, Ref, Row, Step

Join = Callable[[Ref, Any, Any], Call]
"""From the item, one thing that it is joined to, and what is said of that (None in a list), the call that does it."""


class Link(Protocol):
    """One key of a sort."""

    @property
    def noun(self) -> str | None:
        """What it names; None: plain values."""

    @property
    def creates(self) -> bool:
        """Whether it can be given to the create action, too."""

    def read(self, written: Any) -> Any:
        """What a manifest says, with names as `Ref`s.

        Raises:
            ValueError: it is nothing that can be said; the words complete "<key> ...".
        """

    def steps(self, item: Item, wanted: Any, row: Row, cloud: Cloud) -> Iterator[Step]:
        """From what the inventory of the item says (an empty one: it is new)."""

    def written(self, row: Row, cloud: Cloud) -> Any:
        """How an inventory is written; None: nothing is."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A list of things, or a map from each thing to what is said of it.

    joined  what an inventory shows: uuid (or value) -> what is said of it, or None
    """

    noun: str | None
    joined: Callable[[Row, Cloud], Mapping[Any, Any]]
    join: Join
    leave: Join
    mapping: bool = False
    creates: bool = False

    def read(self, written: Any) -> Any:
        """As `Link` says."""
        if self.mapping and isinstance(written, Mapping):
            return {self._thing(one): said for one, said in written.items()}
        if not self.mapping and isinstance(written, list):
            return dict.fromkeys(map(self._thing, written))
        raise ValueError(f"must be a {'map' if self.mapping else 'list'}")

    def steps(self, item: Item, wanted: Any, row: Row, cloud: Cloud) -> Iterator[Step]:
        """As `Link` says; what is to go goes first."""
        present = self.joined(row, cloud) if row else {}
        known = {self._known(one, cloud): (one, said) for one, said in wanted.items()}
        for uuid, said in present.items():
            if uuid not in known or (self.mapping and str(known[uuid][1]) != str(said)):
                thing = Ref(self.noun, cloud.name(uuid) or uuid) if self.noun else uuid
                yield Step("leave", item.noun, item.name, str(thing), self.leave(item.ref, thing, said))
        for uuid, (one, said) in known.items():
            if uuid not in present or (self.mapping and str(present[uuid]) != str(said)):
                details = f"{one}" if said is None else f"{one}: {said}"
                yield Step("join", item.noun, item.name, details, self.join(item.ref, one, said))

    def written(self, row: Row, cloud: Cloud) -> Any:
        """As `Link` says; what has no name of its own is left out."""
        named = {
            cloud.name(uuid) if self.noun else uuid: said
            for uuid, said in self.joined(row, cloud).items()
            if not self.noun or cloud.name(uuid) is not None
        }
        return (named if self.mapping else list(named)) or None

    def _thing(self, written: Any) -> Any:
        return Ref(self.noun, str(written)) if self.noun else written

    def _known(self, one: Any, cloud: Cloud) -> Any:
        return (cloud.uuid(one) or one) if isinstance(one, Ref) else one


@dataclass(frozen=True, slots=True)
class Services:
    """Network services of an L3 network: a map from each to its provider.  Some need others, so they go at once."""

    noun: str | None = None
    creates: bool = False

    def read(self, written: Any) -> Any:
        """As `Link` says."""
        if not isinstance(written, Mapping):
            raise ValueError("must be a map from services to providers such as {DHCP: Flat, SNAT: vrouter}")
        return dict(written)

    def steps(self, item: Item, wanted: Any, row: Row, cloud: Cloud) -> Iterator[Step]:
        """As `Link` says."""
        present = self.written(row, cloud) or {}
        for what, some, others, action in (
            ("leave", present, wanted, "DetachNetworkServiceFromL3Network"),
            ("join", wanted, present, "AttachNetworkServiceToL3Network"),
        ):
            by_provider: dict[str, list[str]] = {}
            for service in some:
                if others.get(service) != some[service]:
                    by_provider.setdefault(some[service], []).append(service)
            if by_provider:
                details = ", ".join(service for services in by_provider.values() for service in services)
                call = Call(action, {"l3NetworkUuid": item.ref, "networkServices": by_provider})
                yield Step(what, item.noun, item.name, details, call)

    def written(self, row: Row, cloud: Cloud) -> Any:
        """As `Link` says."""
        providers = {one["uuid"]: one["type"] for one in cloud.rows.get("network-service-provider", ())}
        refs = row.get("networkServices", ())
        return {ref["networkServiceType"]: providers[ref["networkServiceProviderUuid"]] for ref in refs} or None


@dataclass(frozen=True, slots=True)
class Rows:
    """Parts of an item that have no names: a list of maps, in any order.

    shown   field of the inventory that lists them
    keys    what may be written of each, and what it is when it is not
    add     from the item and what is written of one, the call that makes it
    remove  from the item and the inventory of one, the call that takes it away
    nouns   key -> noun that it names; the inventory has it as `<key>Uuid`
    """

    shown: str
    keys: Mapping[str, Any]
    add: Callable[[Ref, Mapping[str, Any]], Call]
    remove: Callable[[Ref, Row], Call]
    nouns: Mapping[str, str] = field(default_factory=dict)
    noun: str | None = None
    creates: bool = False

    def read(self, written: Any) -> Any:
        """As `Link` says."""
        if not isinstance(written, list) or not all(isinstance(one, Mapping) for one in written):
            raise ValueError(f"must be a list of maps with {', '.join(self.keys)}")
        for one in written:
            if unknown := sorted(one.keys() - self.keys.keys()):
                raise ValueError(f"has {', '.join(unknown)}: each may have {', '.join(self.keys)}")
        return [
            {key: Ref(self.nouns[key], str(value)) if key in self.nouns else value for key, value in one.items()}
            for one in written
        ]

    def steps(self, item: Item, wanted: Any, row: Row, cloud: Cloud) -> Iterator[Step]:
        """As `Link` says."""
        left = list(wanted)
        for there in row.get(self.shown, ()):
            one = self._read_off(there, cloud)
            same = next((some for some in left if self._plain(some) == self._plain(one)), None)
            if same is None:
                yield Step("leave", item.noun, item.name, self._told(one), self.remove(item.ref, there))
            else:
                left.remove(same)
        for one in left:
            yield Step("join", item.noun, item.name, self._told(one), self.add(item.ref, one))

    def written(self, row: Row, cloud: Cloud) -> Any:
        """As `Link` says."""
        there = [self._read_off(one, cloud) for one in row.get(self.shown, ())]
        return [
            {key: one[key] for key, usual in self.keys.items() if one.get(key) not in (None, usual)} for one in there
        ] or None

    def _read_off(self, there: Row, cloud: Cloud) -> Row:
        """As it is written: by names."""
        named = {key: cloud.name(there[f"{key}Uuid"]) or there[f"{key}Uuid"] for key in self.nouns}
        return {**there, **named}

    def _plain(self, one: Mapping[str, Any]) -> dict[str, str]:
        return {key: str(usual if one.get(key) is None else one[key]) for key, usual in self.keys.items()}

    def _told(self, one: Mapping[str, Any]) -> str:
        return ", ".join(f"{key}: {one[key]}" for key in self.keys if one.get(key) is not None)


_RULE = ("type", "protocol", "action", "ipVersion", "srcIpRange", "dstIpRange", "dstPortRange")
_DEFAULTS: Mapping[str, Any] = {"protocol": "ALL", "action": "ACCEPT", "ipVersion": 4}
_REMOTE, _REMOTE_UUID = "remoteSecurityGroup", "remoteSecurityGroupUuid"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a security group, in their order; its default rules are its own."""

    noun: str | None = "security-group"
    creates: bool = False

    def read(self, written: Any) -> Any:
        """As `Link` says."""
        if not isinstance(written, list) or not all(isinstance(rule, Mapping) for rule in written):
            raise ValueError("must be a list of rules such as {type: Ingress, protocol: TCP, dstPortRange: '22'}")
        known = {*_RULE, _REMOTE, "description", "state"}
        for rule in written:
            if unknown := sorted(rule.keys() - known):
                raise ValueError(f"has a rule with {', '.join(unknown)}: a rule may have {', '.join(sorted(known))}")
        return [
            {key: Ref("security-group", value) if key == _REMOTE else value for key, value in rule.items()}
            for rule in written
        ]

    def steps(self, item: Item, wanted: Any, row: Row, cloud: Cloud) -> Iterator[Step]:
        """As `Link` says: from the first rule that differs on, since each comes behind those before it."""
        there = self._own(row)
        meant = [self._meant(rule, cloud) for rule in wanted]
        for direction in ("Ingress", "Egress"):
            old = [rule for rule in there if rule["type"] == direction]
            new = [(one, rule) for one, rule in zip(meant, wanted, strict=True) if one["type"] == direction]
            same = 0
            while same < min(len(old), len(new)) and _plain(old[same]) == new[same][0]:
                same += 1
            if old[same:]:
                call = Call("DeleteSecurityGroupRule", {"ruleUuids": [rule["uuid"] for rule in old[same:]]})
                yield Step("leave", item.noun, item.name, f"{len(old) - same} {direction} rules", call)
            if new[same:]:
                rules = [
                    {_REMOTE_UUID if key == _REMOTE else key: value for key, value in rule.items()}
                    for _, rule in new[same:]
                ]
                call = Call("AddSecurityGroupRule", {"securityGroupUuid": item.ref, "rules": rules})
                yield Step("join", item.noun, item.name, f"{len(rules)} {direction} rules", call)

    def written(self, row: Row, cloud: Cloud) -> Any:
        """As `Link` says."""
        found = []
        for rule in self._own(row):
            shown = {
                key: rule[key]
                for key in (*_RULE, "description")
                if rule.get(key) not in (None, "", _DEFAULTS.get(key))
            }
            if rule.get(_REMOTE_UUID):
                shown[_REMOTE] = cloud.name(rule[_REMOTE_UUID])
            if rule.get("state") == "Disabled":
                shown["state"] = "Disabled"
            found.append(shown)
        return found or None

    def _own(self, row: Row) -> Sequence[Row]:
        rules = [rule for rule in row.get("rules", ()) if rule["priority"] != 0]
        return sorted(rules, key=lambda rule: (rule["type"], rule["priority"]))

    def _meant(self, rule: Mapping[str, Any], cloud: Cloud) -> dict[str, Any]:
        remote = rule.get(_REMOTE)
        plain = _plain(rule)
        plain[_REMOTE_UUID] = None if remote is None else (cloud.uuid(remote) or remote)
        return plain


def _plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule means; numbers and texts are one in YAML."""
    meaning = {key: str(rule.get(key) or _DEFAULTS.get(key) or "") for key in _RULE}
    return {**meaning, "state": rule.get("state") or "Enabled", _REMOTE_UUID: rule.get(_REMOTE_UUID) or None}
