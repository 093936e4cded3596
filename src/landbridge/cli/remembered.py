"""The login that the command line remembers, and the client made from it.

`LANDBRIDGE_URL` and `LANDBRIDGE_SESSION` come before what is remembered.
"""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from landbridge.cli.errors import CliError
from landbridge.client import Client

DEFAULT_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Login:
    """Where somebody is logged in, and as whom."""

    url: str
    session: str
    account: str
    user: str = ""
    """Empty: the account itself."""


def _path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "landbridge" / "login.json"


def load() -> Login | None:
    """What is remembered; a file that cannot be read is as none."""
    try:
        return Login(**json.loads(_path().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def save(login: Login) -> None:
    """Remember; only the user may read it.  Another process never sees half a file."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(login), file)
    draft.replace(path)


def forget() -> None:
    """Remember nothing; nothing remembered is fine."""
    with contextlib.suppress(FileNotFoundError):
        _path().unlink()


def url() -> str:
    """The server to talk to."""
    login = load()
    return os.environ.get("LANDBRIDGE_URL") or (login.url if login else DEFAULT_URL)


def client(*, session: bool = True, timeout: float = 120.0) -> Client:
    """A client of the server in use.

    Raises:
        CliError: a session is needed and there is none.
    """
    server, login = url(), load()
    known = os.environ.get("LANDBRIDGE_SESSION", "")
    if not known and login is not None and login.url.rstrip("/") == server.rstrip("/"):
        known = login.session
    if session and not known:
        raise CliError("", f"you are not logged in to {server}: run `landbridge login --url {server}`")
    return Client(server, known, timeout=timeout)
