"""From what is there to what is written: steps, or why not.  Pure: the cloud is a value."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from landbridge.cli.manifest.model import Call, Cloud, Item, Plan, Ref, Row, Step
from landbridge.cli.manifest.read import references
from landbridge.cli.manifest.sort import Sort
from landbridge.cli.manifest.sorts import SORTS
from landbridge.cli.naming import commands
from landbridge.client.wire import actions
from landbridge.core.api import Action
from landbridge.core.parameters import parameters

_CHANGING = ("Update", "Change", "Attach")
"""First words of actions that change one thing in place, in the order in which they are looked at."""


def plan(wanted: Sequence[Item], cloud: Cloud) -> Plan:
    """Steps in the order in which they can be done; nothing that is as it is written has one."""
    steps: list[Step] = []
    problems = list(_missing(wanted, cloud))
    same = 0
    joins: defaultdict[str, list[Step]] = defaultdict(list)
    """By the noun after whose items they come."""
    for noun, sort in SORTS.items():
        for item in (one for one in wanted if one.noun == noun):
            found = cloud.named(item.ref)
            if len(found) > 1:
                uuids = ", ".join(str(row["uuid"]) for row in found)
                problems.append(
                    f"{noun} {item.name}: {len(found)} are called so ({uuids}): give them names of their own"
                )
                continue
            row = found[0] if found else {}
            own = [*_changes(sort, item, row, cloud, problems)] if row else [*_creation(sort, item, problems)]
            linked = [*_links(sort, item, row, cloud)]
            steps += own
            for after, step in linked:
                joins[after].append(step)
            same += not own and not linked
        steps += joins[noun]
    return Plan(tuple(steps), tuple(problems), same)


def _missing(wanted: Sequence[Item], cloud: Cloud) -> Iterator[str]:
    """References to what neither is there nor is written."""
    made = {item.ref for item in wanted}
    for ref in sorted(set(references(wanted)), key=str):
        if len(cloud.named(ref)) == 1 or _same_thing(ref) & made:
            continue
        if ref.noun == "vm-nic" and Ref("vm-instance", ref.name.partition("/")[0]) in made:
            continue
        several = len(cloud.named(ref))
        yield f"{ref.noun} {ref.name}: " + (
            f"{several} are called so" if several else "there is none, nor is it written"
        )


def _same_thing(ref: Ref) -> set[Ref]:
    """An L2 network of any type is an `l2-network`."""
    return {ref, *(Ref(noun, ref.name) for noun in SORTS if ref.noun == "l2-network" and noun.startswith("l2-"))}


def _creation(sort: Sort, item: Item, problems: list[str]) -> Iterator[Step]:
    given = {"name": item.name, **item.values}
    at_once = {key: link for key, link in sort.links.items() if link.creates and key in item.links}
    for key in at_once:
        given[f"{key.removesuffix('s')}Uuids"] = list(item.links[key])
    lacking: list[list[str]] = []
    for name in sort.creates:
        declared = parameters(actions()[name].request)
        lacks = [one.name for one in declared if one.required and one.name not in given]
        unknown = given.keys() - {one.name for one in declared}
        if not lacks and not unknown:
            told = _told(sort, {**item.values, **{key: list(item.links[key]) for key in at_once}})
            yield Step("create", item.noun, item.name, told, Call(name, given, item.tags))
            return
        lacking.append(lacks)
    fewest = min(lacking, key=lambda lacks: (len(lacks), lacks))
    problems.append(
        f"{sort.noun} {item.name}: lacks {', '.join(fewest) or 'nothing, but what it has does not go together'}"
    )


def _changes(sort: Sort, item: Item, row: Row, cloud: Cloud, problems: list[str]) -> Iterator[Step]:
    declared = {one.name: one for one in sort.parameters().values()}
    by_action: dict[str, dict[str, Any]] = {}
    for name, value in item.values.items():
        now = row.get(sort.shown.get(name, name))
        if not sort.shows(declared[name]) or not _differs(value, now, cloud):
            continue
        change = _changing(sort.noun, name)
        if change is None:
            was = cloud.name(now) if isinstance(now, str) and cloud.name(now) else now
            problems.append(
                f"{item.noun} {item.name}: {name} is {was} and cannot become {_shown(value)} in place: "
                "delete it first, or write what it is"
            )
            continue
        by_action.setdefault(change.name, {})[name] = value
    for action, changed in by_action.items():
        details = ", ".join(
            f"{name}: {_shown(row.get(sort.shown.get(name, name)))} -> {_shown(value)}"
            for name, value in changed.items()
        )
        yield Step(
            "change",
            item.noun,
            item.name,
            details,
            Call(action, {_own(actions()[action]) or "uuid": item.ref, **changed}),
        )


def _links(sort: Sort, item: Item, row: Row, cloud: Cloud) -> Iterator[tuple[str, Step]]:
    """Steps, each with the noun after whose items it comes."""
    for key, link in sort.links.items():
        if key in item.links and (row or not link.creates):
            for step in link.steps(item, item.links[key], row, cloud):
                yield sort.after.get(key, sort.noun), step


def _differs(value: Any, now: Any, cloud: Cloud) -> bool:
    """Whether an inventory's field is not what is written."""
    if isinstance(value, Ref):
        return bool(cloud.uuid(value) != now)
    if isinstance(value, list):
        wanted = {str((cloud.uuid(one) or one.name) if isinstance(one, Ref) else one) for one in value}
        return wanted != set(map(str, now or ()))
    return now is None or str(value).lower() != str(now).lower()


def _changing(noun: str, parameter: str) -> Action | None:
    """The action that changes this parameter of an item in place."""
    for word in _CHANGING:
        for verbs in _verbs(noun):
            for action in verbs.values():
                names = {one.name for one in parameters(action.request)}
                if (
                    action.name.startswith(word)
                    and parameter in names
                    and _own(action) is not None
                    and _own(action) != parameter
                ):
                    return action
    return None


def _verbs(noun: str) -> Iterator[Mapping[str, Action]]:
    nouns = commands(actions().values())
    yield nouns.get(noun, {})
    if noun.startswith("l2-"):
        yield nouns.get("l2-network", {})


def _own(action: Action) -> str | None:
    """The parameter by which an action names what it changes: that of its path."""
    _, _, rest = action.path.partition("{")
    return rest.partition("}")[0] or None


def _told(sort: Sort, values: Mapping[str, Any]) -> str:
    secret = {one.name for one in sort.parameters().values() if one.rule.secret}
    return ", ".join(f"{name}: {'***' if name in secret else _shown(value)}" for name, value in values.items())


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return "-" if value is None else str(value)
