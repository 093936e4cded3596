"""Parameters of an action as options of a command, and what was typed back as parameters."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from landbridge.cli.errors import CliError
from landbridge.cli.naming import kebab, path_variables
from landbridge.core.api import Action
from landbridge.core.parameters import Parameter, Shape, parameters

Complete = Callable[[click.Context, click.Parameter, str], list[Any]]

RESERVED = frozenset({"output", "watch", "no-wait", "system-tag", "help"})
"""Options that every generated command may have."""

_SCALARS: Mapping[Shape, type] = {"integer": int, "number": float, "boolean": bool}


def options(action: Action, complete: Callable[[str], Complete]) -> list[click.Parameter]:
    """Options for all parameters but the conditions of a query.

    `complete(vo)` gives the completion of a parameter that names a resource.
    """
    declared = parameters(action.request)
    taken = {kebab(parameter.name) for parameter in declared} | RESERVED
    in_path = path_variables(action.path)
    made: list[click.Parameter] = []
    for parameter in declared:
        if action.mode == "query" and parameter.name == "q":
            continue
        vo = names(action, parameter)
        made.append(
            click.Option(
                _flags(parameter, taken if vo else None),
                type=_type(parameter),
                help=parameter.rule.help or None,
                required=parameter.required and parameter.name not in in_path,
                multiple=parameter.shape in ("list", "map"),
                default=None,
                metavar="NAME|UUID" if vo else ("KEY=VALUE" if parameter.shape == "map" else None),
                hidden=_idle(parameter),
                shell_complete=complete(vo) if vo else None,
            )
        )
    return made


def names(action: Action, parameter: Parameter) -> str | None:
    """The kind (`Kind.vo`) of resource that a parameter names, if it does."""
    if parameter.rule.ref:
        return parameter.rule.ref
    if action.absent_ok and action.absent_ok[0] == parameter.name:
        return action.absent_ok[1]
    return action.kind.vo if parameter.name == "uuid" and action.kind else None


def given(action: Action, typed: Mapping[str, Any], places: Sequence[str]) -> dict[str, Any]:
    """Parameters by wire name; `places` fill the path's variables that no option gave.

    Raises:
        CliError: a variable of the path is missing, or there are more places than variables.
    """
    declared = parameters(action.request)
    values = {p.name: _value(p, typed.get(p.attr)) for p in declared if typed.get(p.attr) not in (None, ())}
    waiting = [name for name in path_variables(action.path) if name not in values]
    if len(places) > len(waiting):
        raise CliError("", f"unexpected argument {places[len(waiting)]}: see --help")
    values.update(zip(waiting, places, strict=False))
    if missing := waiting[len(places) :]:
        raise CliError("", f"--{kebab(missing[0])} is missing: which one is meant?")
    return values


def _flags(parameter: Parameter, taken: set[str] | None) -> list[str]:
    """`l3NetworkUuid` is --l3-network-uuid; and --l3-network, if it may be a name and that means nothing else."""
    full = kebab(parameter.name)
    if parameter.shape == "boolean":
        return [f"--{full}/--no-{full}", parameter.attr]
    short = full.removesuffix("-uuids").removesuffix("-uuid")
    flags = [full] if taken is None or short in taken else [short, full]
    return [*(f"--{flag}" for flag in flags), parameter.attr]


def _type(parameter: Parameter) -> Any:
    """What click makes of the text."""
    shape = parameter.item if parameter.shape == "list" else parameter.shape
    if shape == "any":
        return _json
    if parameter.rule.values and shape != "map":
        return click.Choice([str(value) for value in parameter.rule.values])
    return _SCALARS.get(shape, str)


def _json(text: str) -> Any:
    """A value that is written as JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not JSON: {error}") from error


def _idle(parameter: Parameter) -> bool:
    """Declared for clients that send it, without effect: nothing for people to read."""
    return not parameter.required and parameter.rule.help.startswith(("accepted", "ignored"))


def _value(parameter: Parameter, typed: Any) -> Any:
    if parameter.shape == "map":
        return _map(parameter, typed)
    return list(typed) if parameter.shape == "list" else typed


def _map(parameter: Parameter, typed: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE`, one or many, or one JSON object.  Where values are lists: `KEY=A,B`."""
    if len(typed) == 1 and typed[0].lstrip().startswith("{"):
        whole: dict[str, Any] = _json(typed[0])
        return whole
    entries: dict[str, Any] = {}
    for text in typed:
        key, sign, value = text.partition("=")
        if not sign:
            raise CliError("", f"--{kebab(parameter.name)}: {text!r} is not KEY=VALUE")
        entries[key] = value if parameter.item == "string" else value.split(",")
    return entries
