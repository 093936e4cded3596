"""`landbridge query <noun> [CONDITION]...`: the query of any noun, in one place; and ZQL."""

import click

from landbridge.cli import output as out
from landbridge.cli import remembered
from landbridge.cli.generated import group
from landbridge.cli.naming import commands
from landbridge.client.wire import actions

ZQL = "zql"


class _Query(click.Group):
    """A command for each noun that can be queried, and one for questions in ZQL."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Nouns, sorted."""
        return sorted([ZQL, *(noun for noun, verbs in commands(actions().values()).items() if "query" in verbs)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The noun's own query."""
        if cmd_name == ZQL:
            return zql
        nouns = group(cmd_name)
        return nouns.commands.get("query") if nouns is not None else None


@click.group(cls=_Query, help="Query anything: `landbridge query vm-instance state=Running`.")
def query() -> None:
    """The group."""


@click.command(ZQL, help="Ask in ZQL: `landbridge query zql \"count vminstance where state = 'Running'\"`.")
@click.argument("text")
@click.option("--output", type=click.Choice(out.FORMATS), default="table", help="how to show it")
def zql(text: str, output: out.Format) -> None:
    """Each statement's result; as tables one below the other."""
    answer = remembered.client().call("ZQLQuery", zql=text)
    for result in answer["results"] if output in ("table", "uuid") else [answer]:
        rows = result.get("inventoryCounts")
        out.show(result if rows is None else {"inventories": rows}, output)
