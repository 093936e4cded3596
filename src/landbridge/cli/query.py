"""`landbridge query <noun> [CONDITION]...`: the query of any noun, in one place."""

import click

from landbridge.cli.generated import group
from landbridge.cli.naming import commands
from landbridge.client.wire import actions


class _Query(click.Group):
    """A command for each noun that can be queried."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Nouns, sorted."""
        return sorted(noun for noun, verbs in commands(actions().values()).items() if "query" in verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The noun's own query."""
        nouns = group(cmd_name)
        return nouns.commands.get("query") if nouns is not None else None


@click.group(cls=_Query, help="Query anything: `landbridge query vm-instance state=Running`.")
def query() -> None:
    """The group."""
