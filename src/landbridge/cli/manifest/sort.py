"""What a noun of manifests is, and what its actions say of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from landbridge.cli.manifest.links import Join, Link
from landbridge.cli.manifest.model import Call, Cloud, Row
from landbridge.cli.naming import commands
from landbridge.client.wire import actions
from landbridge.core.api import Action
from landbridge.core.parameters import Parameter, parameters


@dataclass(frozen=True, slots=True)
class Sort:
    """A noun of manifests.

    creates  its create actions: the one that takes what is written is called; exports write for the first
    hidden   parameters of them that are not for manifests
    shown    parameter -> field of the inventory, where they differ
    nouns    parameter -> noun that it names, where its declaration does not say
    listed   the noun whose query lists them, where they have none of their own
    where    which of those rows are these
    after    key of `links` -> noun whose items are made before it is joined, where that is a later one
    """

    noun: str
    creates: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    shown: Mapping[str, str] = field(default_factory=dict)
    nouns: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    listed: str = ""
    where: Callable[[Row], bool] = lambda _row: True
    after: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> dict[str, Parameter]:
        """By the key of a manifest: `zoneUuid` is written `zone`."""
        return self._parameters(self.creates)

    def exported(self) -> dict[str, Parameter]:
        """Those of its first create action."""
        return self._parameters(self.creates[:1])

    def _parameters(self, creates: tuple[str, ...]) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        for name in creates:
            for parameter in parameters(actions()[name].request):
                if parameter.name not in _NEVER | self.hidden | {"name"}:
                    found.setdefault(key_of(parameter.name), parameter)
        return found

    def shows(self, parameter: Parameter) -> bool:
        """Whether inventories tell a parameter's value; secrets and what only counts at the creation they do not."""
        kind = query_of(self.listed or self.noun).kind
        assert kind is not None  # each of them is queried
        fields = {one.name for one in parameters(kind.doc)} - kind.internal
        return not parameter.rule.secret and self.shown.get(parameter.name, parameter.name) in fields

    def noun_of(self, parameter: Parameter) -> str | None:
        """What a parameter names, if anything."""
        return self.nouns.get(parameter.name) or nouns_of_kinds().get(parameter.rule.ref or "")


_NEVER = frozenset({"resourceUuid", "tagUuids", "ipVersion", "pvlan", "isolated", "vSwitchType", "sortKey"})
_ALIKE: Mapping[str, str] = {"L2NetworkVO": "l2-network", "VirtualRouterVmVO": "vpc-vrouter", "HostVO": "host"}


@cache
def nouns_of_kinds() -> Mapping[str, str]:
    """`Kind.vo` -> noun."""
    found = dict(_ALIKE)
    for noun, verbs in commands(actions().values()).items():
        query = verbs.get("query")
        if query is not None and query.kind is not None:
            found.setdefault(query.kind.vo, noun)
    return found


def query_of(noun: str) -> Action:
    """The action that lists a noun."""
    return commands(actions().values())[noun]["query"]


def key_of(parameter: str) -> str:
    """`zoneUuid` -> `zone`, `l3NetworkUuids` -> `l3Networks`."""
    if parameter.endswith("Uuids"):
        return parameter.removesuffix("Uuids") + "s"
    return parameter.removesuffix("Uuid")


def by_path(name: str, own: str, other: str, **fixed: Any) -> Join:
    """A call that names the item and the other thing."""
    return lambda item, one, _said: Call(name, {own: item, other: one, **fixed})


def by_list(name: str, own: str, other: str) -> Join:
    """A call that takes a list of the other things."""
    return lambda item, one, _said: Call(name, {own: item, other: [one]})


def listed(field_name: str, inner: str | None = None) -> Callable[[Row, Cloud], Mapping[Any, Any]]:
    """Joined to all that a field lists, or a field of what it lists."""
    return lambda row, _cloud: {one if inner is None else one[inner]: None for one in row.get(field_name, ())}
