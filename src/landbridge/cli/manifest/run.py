"""Plans against a server: what is there is asked, steps are done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from landbridge.cli.errors import CliError
from landbridge.cli.manifest.model import Call, Cloud, Plan, Ref, Row, Step
from landbridge.cli.manifest.sort import query_of
from landbridge.cli.manifest.sorts import OTHERS, SORTS
from landbridge.client import Client

_PAGE = 1000


def cloud(client: Client, nouns: Iterable[str] = (*SORTS, *OTHERS)) -> Cloud:
    """All that manifests can speak of."""
    return Cloud({noun: _all(client, noun) for noun in nouns})


def _all(client: Client, noun: str) -> list[Row]:
    rows: list[Row] = []
    sort = SORTS.get(noun)
    query = query_of(sort.listed or noun if sort else noun).name
    while True:
        page = client.call(query, limit=_PAGE, start=len(rows), sort="+uuid")["inventories"]
        rows += page
        if len(page) < _PAGE:
            return sorted(filter(sort.where if sort else None, rows), key=lambda row: str(row.get("name")))


def carry_out(client: Client, plan: Plan, known: Cloud, told: Callable[[Step], None]) -> None:
    """Do the steps in their order; `told` hears of each that is done.

    Raises:
        CliError: the first that is refused, with what it was for.  What is done stays: plan again, and go on.
    """
    made: dict[Ref, str] = {}
    for step in plan.steps:
        try:
            call = _resolved(client, step.call, known, made)
            answer = client.call(call.action, tags=call.tags, **call.params)
        except CliError as error:
            raise CliError(
                error.code, f"{step.what} {step.noun} {step.name} ({step.details}): {error.details}"
            ) from error
        if step.what == "create":
            made[Ref(step.noun, step.name)] = str(answer["inventory"]["uuid"])
        told(step)


def _resolved(client: Client, call: Call, known: Cloud, made: Mapping[Ref, str]) -> Call:
    def uuid(ref: Ref) -> str:
        found = made.get(ref) or known.uuid(ref)
        if found is None and ref.noun == "l2-network":
            found = next(
                (uuid for one, uuid in made.items() if one.name == ref.name and one.noun.startswith("l2-")), None
            )
        return found or _asked(client, ref)

    def filled(value: Any) -> Any:
        if isinstance(value, Ref):
            return uuid(value)
        if isinstance(value, Mapping):
            return {key: filled(inner) for key, inner in value.items()}
        return [filled(one) for one in value] if isinstance(value, list) else value

    refs = [uuid(ref) for ref in call.tag_refs]
    return Call(call.action, filled(call.params), tuple(tag.format(*refs) if refs else tag for tag in call.tags))


def _asked(client: Client, ref: Ref) -> str:
    """What has come with something else: the NICs of a new VM."""
    name, _, network = ref.name.partition("/")
    conditions = (
        [f"vmInstance.name={name}", f"l3Network.name={network}"] if ref.noun == "vm-nic" else [f"name={name}"]
    )
    rows: Sequence[Row] = client.call(query_of(ref.noun).name, q=conditions, fields=["uuid"])["inventories"]
    if len(rows) != 1:
        raise CliError("SYS.1003", f"{len(rows)} of {ref.noun} are called {ref.name}")
    return str(rows[0]["uuid"])
