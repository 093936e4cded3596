"""Commands made from the declarations of actions: `landbridge <noun> <verb>`."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import click

from landbridge.cli import output as out
from landbridge.cli import remembered
from landbridge.cli.naming import commands, kebab, path_variables
from landbridge.cli.nouns import ALIASES, ANSWERS, NOUNS, Noun
from landbridge.cli.options import given, names, options
from landbridge.cli.resolve import completion, resolve
from landbridge.client import Client
from landbridge.client.wire import actions
from landbridge.core.api import Action
from landbridge.core.parameters import parameters


@cache
def group(noun: str) -> click.Group | None:
    """The group of a noun (or its short form) with a command for each of its verbs; None for no noun.

    Nouns that begin with this one are in it, too: `security-group rule add` is `security-group-rule add`.
    """
    noun = ALIASES.get(noun, noun)
    nouns = commands(actions().values())
    verbs = nouns.get(noun)
    if verbs is None:
        return None
    made = click.Group(noun, help=NOUNS.get(noun, Noun("")).help)
    for other in nouns:
        if other.startswith(f"{noun}-") and (inner := group(other)) is not None:
            made.add_command(inner, other.removeprefix(f"{noun}-"))
    for verb, action in verbs.items():
        made.add_command(command(noun, verb, action))
    if (query := verbs.get("query")) is not None and "show" not in verbs and query.kind is not None:
        made.add_command(_show(noun, query))
    return made


def command(noun: str, verb: str, action: Action) -> click.Command:
    """The command of an action."""
    variables = path_variables(action.path)
    params: list[click.Parameter] = []
    if action.mode == "query":
        params.append(click.Argument(["places"], nargs=-1, metavar="[CONDITION]..."))
    elif variables:
        params.append(
            click.Argument(
                ["places"],
                nargs=-1,
                metavar=" ".join(f"[{_metavar(name)}]" for name in variables),
                shell_complete=_complete_first(action, variables),
            )
        )
    params += options(action, completion)
    params += _common(action)

    def run(output: out.Format, places: Sequence[str] = (), **typed: Any) -> None:
        watch, no_wait = typed.pop("watch", False), typed.pop("no_wait", False)
        tags = tuple(typed.pop("system_tag", ()))
        client = remembered.client(session=action.session)
        if action.mode == "query":
            values = given(action, typed, ()) | ({"q": list(places)} if places else {})
        else:
            values = resolve(client, action, given(action, typed, places))
        columns = tuple(values.get("fields") or _columns(noun, action))
        if watch:
            out.watch(lambda: client.call(action.name, tags=tags, **values), output, columns)
        elif no_wait:
            out.show(client.submit(action.name, tags=tags, **values), output)
        else:
            out.show(_call(client, action, tags, values, f"{noun} {verb}"), output, columns)

    return click.Command(verb, params=params, callback=run, help=_help(action), short_help=_first_line(action))


def _call(client: Client, action: Action, tags: tuple[str, ...], values: dict[str, Any], what: str) -> out.Answer:
    try:
        return client.call(action.name, tags=tags, progress=out.progress(what), **values)
    finally:
        out.end_progress()


def _show(noun: str, query: Action) -> click.Command:
    """One resource with everything that it has."""
    kind = query.kind
    assert kind is not None
    named = "name" in kind.doc.__struct_fields__

    def run(output: out.Format, which: str) -> None:
        client = remembered.client()
        fields = ["uuid", "name"] if named else ["uuid"]
        found: dict[str, Any] = {}
        for field in fields:
            found = client.call(query.name, q=[f"{field}={which}"])
            if found["inventories"]:
                break
        rows = found["inventories"]
        if not rows:
            raise click.ClickException(f"no {noun} is {which}: `landbridge {noun} query` lists them")
        for row in rows:
            out.show({"inventory": row}, output)

    which = click.Argument(["which"], metavar="NAME|UUID" if named else "UUID", shell_complete=completion(kind.vo))
    return click.Command("show", params=[which, _output()], callback=run, help="Show everything about one.")


def _common(action: Action) -> list[click.Parameter]:
    made: list[click.Parameter] = [_output()]
    if action.mode == "job":
        made.append(click.Option(["--system-tag"], multiple=True, metavar="TAG", help="a system tag to send along"))
        made.append(click.Option(["--no-wait"], is_flag=True, help="print the job instead of waiting for its end"))
    elif action.method == "GET":
        made.append(click.Option(["--watch"], is_flag=True, help="print it again whenever it changes"))
    return made


def _output() -> click.Option:
    return click.Option(["-o", "--output"], type=click.Choice(out.FORMATS), default="table", show_default=True)


def _columns(noun: str, action: Action) -> tuple[str, ...]:
    """Those of the kind that is returned, which may be another than the noun's."""
    if action.name in ANSWERS:
        return ANSWERS[action.name]
    if action.kind is not None and action.mode != "query":
        for other, verbs in commands(actions().values()).items():
            query = verbs.get("query")
            if query is not None and query.kind is not None and query.kind.vo == action.kind.vo:
                return NOUNS.get(other, Noun("")).columns
    return NOUNS.get(noun, Noun("")).columns


def _metavar(variable: str) -> str:
    return kebab(variable).upper() if variable == "uuid" else kebab(variable.removesuffix("Uuid")).upper()


def _complete_first(action: Action, variables: Sequence[str]) -> Any:
    """Completion of the next place."""
    kinds = {parameter.name: names(action, parameter) for parameter in parameters(action.request)}

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        filled = len(ctx.params.get("places") or ())
        vo = kinds.get(variables[filled]) if filled < len(variables) else None
        return completion(vo)(ctx, param, incomplete) if vo else []

    return complete


def _first_line(action: Action) -> str:
    return action.help.split("\n")[0]


def _help(action: Action) -> str:
    conditions = (
        "\n\nCONDITIONs such as name=web-1, vmNics.ip~=10.% or 'description is null' must all hold."
        if action.mode == "query"
        else ""
    )
    return f"{action.help}{conditions}\n\nAction {action.name}: {action.method} /zstack/v1{action.path}"
