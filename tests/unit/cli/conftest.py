"""A server for the command line, and a home directory of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import structlog
from click.testing import CliRunner, Result

from landbridge.cli.main import main
from landbridge.server.services import SERVICES
from tests.api.conftest import Server

Run = Callable[..., Result]


def _drop(_logger: object, _method: str, _event: object) -> NoReturn:
    raise structlog.DropEvent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the user who runs the tests is read or written."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("LANDBRIDGE_URL", "LANDBRIDGE_SESSION", "LANDBRIDGE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # The server's log would come out between the command's words: they share a process here.
    structlog.configure(processors=[_drop])
    running = Server(f"sqlite:///{tmp_path_factory.mktemp('cli') / 'cli.sqlite'}", SERVICES)
    yield running
    running.stop()
    structlog.reset_defaults()


@pytest.fixture
def anonymous() -> Run:
    """The command line of somebody who is not logged in."""

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment)

    return run


@pytest.fixture
def cli(server: Server, anonymous: Run) -> Run:
    """The command line of an admin."""
    result = anonymous("login", "--url", server.url, "--password", "password")
    assert result.exit_code == 0, result.output
    return anonymous
