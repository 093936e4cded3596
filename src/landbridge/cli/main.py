"""`landbridge`: one command for users, servers and hosts.  Sub-commands are imported when used."""

import importlib
from typing import Any

import click

from landbridge import __version__

_COMMANDS = {
    "agent": "landbridge.cli.processes:agent",
    "dhcp-responder": "landbridge.cli.processes:dhcp_responder",
    "lab": "landbridge.lab.commands:lab",
    "server": "landbridge.cli.processes:server",
    "vrouter-agent": "landbridge.cli.processes:vrouter_agent",
}


class _Lazy(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, sorted."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        found: Any = getattr(importlib.import_module(module), name)
        return found if isinstance(found, click.Command) else None


@click.group(cls=_Lazy, help="A private-cloud VPC for plain Linux servers.")
@click.version_option(__version__)
def main() -> None:
    """The root."""


if __name__ == "__main__":
    main()
