"""Help is there for everything, quickly; and what documents tell people to type can be typed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from landbridge.cli.main import _COMMANDS, main
from landbridge.cli.naming import commands
from landbridge.client.wire import actions
from tests.unit.cli.conftest import Run

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/landbridge/services/*/README.md")])
BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"\s*(?:\$ |sudo )?(?:[A-Z]+=\$\()?(landbridge [^|)]*)")
HEAVY = "msgspec|sqlalchemy|rich|starlette|pyroute2|cryptography|yaml"


def typed(page: Path) -> list[list[str]]:
    """Whole command lines in the page's code blocks, placeholders and all."""
    lines = "\n".join(BLOCK.findall(page.read_text())).replace("\\\n", " ").splitlines()
    commands_ = [match[1] for line in lines if (match := TYPED.match(line))]
    return [shlex.split(command, comments=True)[1:] for command in commands_]


def test_help_imports_nothing_heavy() -> None:
    program = "import sys; sys.argv = ['landbridge', '--help']; from landbridge.cli.main import main\n"
    program += "try: main()\nexcept SystemExit: pass\n"
    program += f"import re; print([m for m in sys.modules if re.fullmatch('{HEAVY}', m)])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "  zone " in shown
    assert shown.splitlines()[-1] == "[]"


def test_every_command_has_help(anonymous: Run) -> None:
    for noun, verbs in commands(actions().values()).items():
        assert anonymous(noun, "--help").exit_code == 0
        for verb, action in verbs.items():
            shown = anonymous(noun, verb, "--help")
            assert shown.exit_code == 0, (noun, verb, shown.output)
            assert action.name in shown.stdout


@pytest.mark.parametrize("name", _COMMANDS)
def test_hand_written_commands_have_help(anonymous: Run, name: str) -> None:
    result = anonymous(name, "--help")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_documents_say_can_be_typed(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDBRIDGE_PASSWORD", "typed")
    for words in typed(page):
        command: click.Command = main
        context = main.make_context("landbridge", [], resilient_parsing=True)
        while isinstance(command, click.Group):
            word, *words = words  # noqa: PLW2901
            found = command.get_command(context, word)
            assert found is not None, f"{page.name}: {word} in {words}"
            command = found
        command.make_context(command.name, words)
