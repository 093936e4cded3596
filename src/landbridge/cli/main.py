"""`landbridge`: one command for users, servers and hosts.  Everything is imported when used.

Commands are the ones of `_COMMANDS` and one group for each noun of the API.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from landbridge import __version__
from landbridge.cli.errors import CliError
from landbridge.cli.nouns import ALIASES, NOUNS


@dataclass(frozen=True, slots=True)
class _Command:
    """Where a command is (module:name), and its help, so that showing it imports nothing."""

    target: str
    help: str
    hidden: bool = False


_COMMANDS: Mapping[str, _Command] = {
    "agent": _Command("landbridge.cli.agent:agent", "The agent of this host: join a cloud, run."),
    "apply": _Command("landbridge.cli.manifest.command:apply", "Make the cloud what a file says, by name."),
    "completion": _Command("landbridge.cli.login:completion", "Print shell completion."),
    "dhcp-responder": _Command("landbridge.cli.processes:dhcp_responder", "Answer DHCP on this host.", hidden=True),
    "doctor": _Command("landbridge.cli.doctor:doctor", "What this machine offers, and what is missing."),
    "drops": _Command("landbridge.cli.drops:drops", "What is being dropped at a VM's NICs, and why, live."),
    "export": _Command("landbridge.cli.manifest.command:export", "Print what is there as a file for `apply`."),
    "job": _Command("landbridge.cli.login:job", "Wait for a job and print its answer."),
    "lab": _Command("landbridge.lab.commands:lab", "A cloud on one machine: hosts are network namespaces."),
    "login": _Command("landbridge.cli.login:login", "Log in to a server and remember it."),
    "logout": _Command("landbridge.cli.login:logout", "End the session and forget it."),
    "query": _Command("landbridge.cli.query:query", "Query anything: `query vm-instance state=Running`."),
    "route": _Command("landbridge.cli.route:route", "Routes of vrouters: what is in force, what carries an address."),
    "server": _Command("landbridge.cli.processes:server", "Run a management server."),
    "vrouter": _Command("landbridge.cli.vrouter:vrouter", "Look inside vrouters: what is in force, who talks."),
    "vrouter-agent": _Command("landbridge.cli.processes:vrouter_agent", "Run a vrouter's agent.", hidden=True),
    "zsnp": _Command("landbridge.cli.zsnp:zsnp", "Distributed routing on a host: shortcuts, signalling, reasons."),
}


class _Root(click.Group):
    """The group of everything."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, sorted; short forms of nouns are not listed."""
        return sorted([name for name, command in _COMMANDS.items() if not command.hidden] + list(NOUNS))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module, or make the commands of a noun."""
        known = _COMMANDS.get(cmd_name)
        if known is None:
            from landbridge.cli.generated import group  # noqa: PLC0415  imports all services

            return group(cmd_name)
        module, _, name = known.target.partition(":")
        found: Any = getattr(importlib.import_module(module), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Two lists, from the tables."""
        short = {noun: alias for alias, noun in ALIASES.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, c.help) for name, c in sorted(_COMMANDS.items()) if not c.hidden])
        with formatter.section("Resources (each with verbs: `landbridge zone --help`)"):
            formatter.write_dl(
                [
                    (f"{name}, {short[name]}" if name in short else name, noun.help)
                    for name, noun in sorted(NOUNS.items())
                ]
            )

    def invoke(self, ctx: click.Context) -> Any:
        """Errors of the API become one sentence and exit status 1."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            remedy = ": log in again with `landbridge login`" if error.code == "ID.1001" else ""
            raise click.ClickException(f"{error}{remedy}") from error


@click.group(cls=_Root, help="A private-cloud VPC for plain Linux servers.")
@click.version_option(__version__)
def main() -> None:
    """The root."""


if __name__ == "__main__":
    main()
