"""REST v1 as a client speaks it: calls become requests, answers become values or errors.  No input, no output."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from landbridge.client.errors import ClientError
from landbridge.core.api import Action
from landbridge.core.parameters import parameters

BASE = "/zstack/v1"
HOLD_SECONDS = 1
"""How long the server may hold the answer about a job that still runs."""

_VARIABLE = re.compile(r"\{([^}]*)\}")
_WORD = re.compile(
    r"IPsec|IPSec|IpSec|VRouter|VSwitch|WireGuard|DHCP|[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}(?![a-z0-9])|[A-Z][a-z0-9]*"
)

Progress = Callable[[float], None]
"""Hears the seconds that a job has been waited for."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request: `path` below /zstack/v1, `body` as JSON (None: there is none)."""

    method: str
    path: str
    body: str | None = None
    headers: Mapping[str, str] | None = None


@cache
def actions() -> Mapping[str, Action]:
    """Every action by name."""
    from landbridge.server.services import SERVICES  # noqa: PLC0415  imports all services: only when needed

    return {action.name: action for service in SERVICES for action in service.actions}


@cache
def methods() -> Mapping[str, Action]:
    """Every action by the name of its method: `CreateL3Network` is `create_l3_network`."""
    found: dict[str, Action] = {}
    for action in actions().values():
        name = method_name(action.name)
        if name in found:
            raise ValueError(f"{action.name} and {found[name].name} are both {name}")
        found[name] = action
    return found


def method_name(action_name: str) -> str:
    """The Python name of an action."""
    return "_".join(word.lower() for word in _WORD.findall(action_name))


def outgoing(action_name: str, params: Mapping[str, Any], tags: Sequence[str] = ()) -> Outgoing:
    """The request of a call; parameters by their names on the wire, those that are None left out.

    Raises:
        ClientError: there is no such action.
    """
    action = actions().get(action_name)
    if action is None:
        raise ClientError("", f"there is no action {action_name}")
    values = {key: value for key, value in params.items() if value is not None}
    path = action.path
    for key in _VARIABLE.findall(path):
        if key in values:
            path = path.replace(f"{{{key}}}", quote(str(values.pop(key)), safe=""))
    if action.method in ("GET", "DELETE"):
        pairs = [*_pairs(values), *(("systemTags", tag) for tag in tags)]
        return Outgoing(action.method, path + ("?" + urlencode(pairs) if pairs else ""))
    body: dict[str, Any] = {action.body_key: values}
    if tags:
        body["systemTags"] = list(tags)
    return Outgoing(action.method, path, json.dumps(body))


def log_in(account: str, password: str, user: str) -> tuple[str, dict[str, Any]]:
    """The action that opens a session, and its parameters: of the account itself when `user` is empty."""
    digest = hashlib.sha512(password.encode()).hexdigest()
    if not user:
        return "LogInByAccount", {"accountName": account, "password": digest}
    return "LogInByUser", {"accountName": account, "userName": user, "password": digest}


def poll(location: str) -> Outgoing:
    """Ask how a job is; the server holds its answer for a while."""
    path = urlsplit(location).path.removeprefix(BASE)
    return Outgoing("GET", path, headers={"Prefer": f"wait={HOLD_SECONDS}"})


def headers(request: Outgoing, session: str) -> dict[str, str]:
    """All headers of a request."""
    authorization = {"Authorization": f"OAuth {session}"} if session else {}
    return {"Content-Type": "application/json", **authorization, **(request.headers or {})}


def decoded(status: int, text: bytes) -> dict[str, Any]:
    """What an answer says: `location` of a job, or the fields of a result.

    Raises:
        ClientError: the API's error.
    """
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError:
        answer = {}
    if status in (200, 202):
        return answer
    if isinstance(error := answer.get("error"), dict):
        raise ClientError(error["code"], _whole(error))
    raise ClientError("", f"HTTP {status}: {text.decode(errors='replace').strip()}")


def on_the_wire(action: Action, conditions: Sequence[str], named: Mapping[str, Any]) -> dict[str, Any]:
    """A method's arguments as parameters by their names on the wire.

    Raises:
        TypeError: there is no such parameter, or conditions are given to what is no query.
    """
    names = {parameter.attr: parameter.name for parameter in parameters(action.request)}
    unknown = named.keys() - names.keys()
    if unknown:
        raise TypeError(f"{method_name(action.name)}() has no parameter {', '.join(sorted(unknown))}")
    if conditions and action.mode != "query":
        raise TypeError(f"{method_name(action.name)}() takes parameters by name")
    values = {names[attr]: value for attr, value in named.items()}
    return {**values, "q": [*values.get("q", ()), *conditions]} if conditions else values


def result(action: Action, answer: Mapping[str, Any]) -> Any:
    """What a method returns: the inventory, the list of them, the fields of an answer, or nothing."""
    match action.result:
        case "inventory":
            return answer.get("inventory")
        case "inventories":
            return answer.get("inventories", [])
        case "body":
            return dict(answer)
        case "none":
            return None


def timed_out(location: str, seconds: float) -> ClientError:
    """The error of a job that did not end."""
    return ClientError("SYS.1001", f"the job did not end within {seconds:.0f} s: {location}")


def no_answer(url: str, error: Exception) -> ClientError:
    """The error of a server that is not there."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ClientError("", f"no answer from {url} ({words}): does `landbridge server` run there?")


def _whole(error: Mapping[str, Any]) -> str:
    """An error's sentence with those of its causes."""
    cause = error.get("cause")
    return str(error["details"]) + (f" (because: {_whole(cause)})" if isinstance(cause, dict) else "")


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Query parameters: a list repeats its key, a map has `key.part`, booleans are lower case."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            pairs += _pairs({f"{key}.{part}": one for part, one in value.items()})
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            pairs.append((key, str(one).lower() if isinstance(one, bool) else str(one)))
    return pairs
