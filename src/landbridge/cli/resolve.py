"""Names in place of uuids: people type names, the API wants uuids."""

import re
from collections.abc import Mapping
from typing import Any

from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.cli.naming import commands
from landbridge.cli.options import Complete, names
from landbridge.client import Client
from landbridge.client.wire import actions
from landbridge.core.api import Action
from landbridge.core.parameters import parameters

_UUID = re.compile(r"[0-9a-f]{32}")
_COMPLETION_SECONDS = 2.0
_MOST_COMPLETIONS = 200


def queries() -> dict[str, tuple[str, Action]]:
    """Kind (`Kind.vo`) -> noun and query action, of kinds whose resources have names."""
    found: dict[str, tuple[str, Action]] = {}
    for noun, verbs in commands(actions().values()).items():
        query = verbs.get("query")
        if query is not None and query.kind is not None and "name" in query.kind.doc.__struct_fields__:
            found[query.kind.vo] = (noun, query)
    return found


def resolve(client: Client, action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with names replaced by uuids.

    Raises:
        CliError: nothing is called so, or several are (with their uuids).
    """
    resolved = dict(values)
    known = queries()
    for parameter in parameters(action.request):
        vo, value = names(action, parameter), values.get(parameter.name)
        if vo not in known or value is None:
            continue
        if isinstance(value, list):
            resolved[parameter.name] = [_uuid(client, *known[vo], one) for one in value]
        else:
            resolved[parameter.name] = _uuid(client, *known[vo], value)
    return resolved


def _uuid(client: Client, noun: str, query: Action, value: str) -> str:
    if not value or _UUID.fullmatch(value):
        return value
    rows = client.call(query.name, q=[f"name={value}"], fields=["uuid"])["inventories"]
    if not rows:
        raise CliError("SYS.1003", f"no {noun} is called {value}: `landbridge {noun} query` lists them")
    if len(rows) > 1:
        uuids = ", ".join(str(row["uuid"]) for row in rows)
        raise CliError("SYS.1006", f"{len(rows)} of {noun} are called {value}: use a uuid of {uuids}")
    return str(rows[0]["uuid"])


def completion(vo: str) -> Complete:
    """Completion with the names of a kind, from the server; silent when it cannot be asked."""

    def complete(_ctx: Any, _param: Any, incomplete: str) -> list[Any]:
        if vo not in (known := queries()):
            return []
        try:
            client = remembered.client(timeout=_COMPLETION_SECONDS)
            conditions = [f"name~={incomplete}%"] if incomplete else None
            answer = client.call(known[vo][1].name, q=conditions, fields=["name"], limit=_MOST_COMPLETIONS)
        except CliError:
            return []
        return sorted({row["name"] for row in answer["inventories"] if "name" in row})

    return complete
