"""Answers for people and programs: tables, JSON, YAML; once, or whenever they change."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import click

Format = Literal["table", "json", "yaml", "uuid"]
FORMATS: tuple[Format, ...] = ("table", "json", "yaml", "uuid")
"""`uuid`: nothing else, one a line, for shell scripts."""

WATCH_SECONDS = 1.0
_MOST_COLUMNS = 6
_QUIET_SECONDS = 0.5
_TELLING = ("name", "ip", "networkServiceType", "vtepIp", "prefix", "uuid")
"""Fields by which a nested row is told from the others."""

Answer = Mapping[str, Any]


def show(answer: Answer, output: Format, columns: Sequence[str] = ()) -> None:
    """Print an answer of the API, without its `schema` map, which is for programs that know classes.

    columns: what a table of several rows shows; empty: what the rows have first.
    """
    body = {key: value for key, value in answer.items() if key != "schema"}
    match output:
        case "json":
            click.echo(json.dumps(body, indent=2, ensure_ascii=False))
        case "yaml":
            import yaml  # noqa: PLC0415  only who wants YAML pays for it

            click.echo(yaml.safe_dump(body, sort_keys=False, allow_unicode=True), nl=False)
        case "uuid":
            rows = _listed(body)
            for row in [body.get("inventory", {})] if rows is None else rows:
                click.echo(row.get("uuid", ""))
        case "table":
            _tables(body, columns)


def watch(fetch: Callable[[], Answer], output: Format, columns: Sequence[str]) -> None:
    """Print what `fetch` returns, again whenever it has changed, until interrupted."""
    before: Answer | None = None
    while True:
        answer = fetch()
        if answer != before:
            if output == "table" and sys.stdout.isatty():
                click.clear()
            show(answer, output, columns)
            before = answer
        time.sleep(WATCH_SECONDS)


def progress(what: str) -> Callable[[float], None] | None:
    """Tells on a terminal how long something has been waited for; None if there is no terminal."""
    if not sys.stderr.isatty():
        return None

    def tell(seconds: float) -> None:
        if seconds >= _QUIET_SECONDS:
            click.echo(f"\r{what}: {seconds:.0f} s\x1b[K", nl=False, err=True)

    return tell


def end_progress() -> None:
    """Take the line of `progress` away."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def _listed(body: Answer) -> Any:
    """The rows, if there are any; of a Map too: its rows say themselves what they are of."""
    rows = body.get("inventories")
    return list(rows.values()) if isinstance(rows, dict) else rows


def _tables(body: Answer, columns: Sequence[str]) -> None:
    for missing in body.get("unanswered", ()):
        click.echo(f"missing: {missing['error']['details']}", err=True)
    rows = _listed(body)
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        _rows(rows, columns or _first(rows))
        if "total" in body:
            click.echo(f"{body['total']} in all")
        return
    one = body.get("inventory", body)
    wide = max((len(key) for key in one), default=0)
    for key, value in one.items():  # whole lines: values such as tokens are copied from here
        click.echo(f"{key.ljust(wide)}  {cell(value)}".rstrip())


def _rows(rows: Sequence[Answer], columns: Sequence[str]) -> None:
    if rows:
        _print(
            [column.rpartition(".")[2] for column in columns],
            [[cell(at(row, column)) for column in columns] for row in rows],
        )
    else:
        click.echo("none", err=True)


def _print(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415  slow to import, and not needed for JSON
    from rich.table import Table  # noqa: PLC0415  slow to import, and not needed for JSON
    from rich.text import Text  # noqa: PLC0415  slow to import, and not needed for JSON

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in head:
        table.add_column(title, no_wrap=True)
    for line in lines:
        table.add_row(*(Text(part) for part in line))
    needed = sum(max(len(line[place]) for line in (head, *lines)) + 2 for place in range(len(head)))
    # A uuid that is cut is of no use: the terminal may wrap the line.
    Console(width=max(needed, Console().width)).print(table)


def at(row: Any, path: str) -> Any:
    """The value at `a.b`; over a list, that of each element."""
    head, _, rest = path.partition(".")
    value = row.get(head) if isinstance(row, dict) else None
    if not rest:
        return value
    if isinstance(value, list):
        return [found for element in value if (found := at(element, rest)) is not None]
    return at(value, rest)


def cell(value: Any) -> str:
    """A value in a table: lists with commas, nested rows by their names."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_brief(element) for element in value)
        case dict():
            return ", ".join(f"{key}: {cell(element)}" for key, element in value.items())
        case _:
            return str(value)


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        known = next((value[key] for key in _TELLING if value.get(key)), None)
        return cell(value) if known is None else str(known)
    return cell(value)


def _first(rows: Sequence[Answer]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))[:_MOST_COLUMNS]
