"""Every action that we serve of those in ZStack's table, over HTTP: what it takes, what it refuses, how it answers.

What an action does is not asked here but in its service's tests; that it is asked somewhere, is.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from landbridge.core.api import Action
from landbridge.core.catalog import Catalog
from landbridge.core.inventory import DATE_FIELDS
from landbridge.core.parameters import parameters
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.support import api_coverage
from tests.support.api_documents import store_one_of_each
from tests.support.api_table import Field, Row, table

V1 = "/zstack/v1"
CATALOG = Catalog(SERVICES)
ACTIONS = {action.name: action for action in CATALOG.actions}
SERVED = [row for row in table() if row.name in ACTIONS]
QUERIES = [row for row in SERVED if row.query and not ACTIONS[row.name].unserved]
OTHERS = [row for row in SERVED if not row.query]
ABSENT = uuid.uuid4().hex
INT64 = 2**63
MAY_BE_NARROWER = {
    ("AddVRouterRouteEntry", "type"): "users make static routes and black holes",
    ("CreateCluster", "hypervisorType"): "hosts are Linux machines: KVM",
    ("CreateCluster", "type"): "there is no bare metal",
}
"""Values of the table that are refused, and why."""

_SAYS = "the answer itself says what is wrong with the rule: SG.1001, SG.1004"
_IGNORED = "there are no disks: whatever is said of them is ignored, so that scripts run as they are"
NOT_CHECKED = {
    ("ValidateSecurityGroupRule", "securityGroupUuid"): _SAYS,
    ("ValidateSecurityGroupRule", "remoteSecurityGroupUuid"): _SAYS,
    ("ValidateSecurityGroupRule", "ipVersion"): _SAYS,
    ("CreateVmInstance", "rootDiskOfferingUuid"): _IGNORED,
    ("CreateVmInstance", "dataDiskOfferingUuids"): _IGNORED,
    ("CreateVmInstance", "primaryStorageUuidForRootVolume"): _IGNORED,
}
"""Values and references of the table that are not checked, and why."""

JSON = {"map": dict, "list": list, "string": str, "integer": int, "boolean": bool}


class World:
    """A server, and which resources there are to refer to."""

    def __init__(self, server: Server, client: Client, there: Mapping[str, str]) -> None:
        self.server = server
        self.client = client
        self.there = there

    def value(self, row: Row, field: Field) -> Any:
        """One that all checks let pass; a reference to what is there, or to nothing."""
        declared = next((p.rule.ref for p in parameters(ACTIONS[row.name].request) if p.name == field.name), None)
        ref = field.ref or declared
        if ref is not None:
            one: Any = self.there.get("ZoneVO" if ref == "ResourceVO" else ref, ABSENT)
        else:
            one = valid(field)
        return [one] if field.type == "list" else one

    def required(self, row: Row) -> dict[str, Any]:
        """Values of what cannot be left out."""
        in_path = variables(row)
        return {f.name: self.value(row, f) for f in row.fields if f.required or f.name in in_path}

    def send(self, row: Row, values: Mapping[str, Any], **headers: str) -> httpx.Response:
        """The request's first answer."""
        path = V1 + re.sub(r"\{(\w+)\}", lambda found: quote(str(values[found[1]]), safe=""), row.path)
        rest = {name: value for name, value in values.items() if name not in variables(row)}
        if row.method in ("GET", "DELETE"):
            pairs = [pair for name, value in rest.items() for pair in as_pairs(name, value)]
            return self.client.request(row.method, path, params=pairs, headers=headers)
        return self.client.request(row.method, path, json={row.body_key: rest}, headers=headers)

    def answer(self, row: Row, values: Mapping[str, Any]) -> httpx.Response:
        """The last answer: of a job, what its location says."""
        reply = self.send(row, values)
        if reply.status_code != 202:
            return reply
        return self.client.get(reply.json()["location"], headers={"Prefer": "wait=1"})


def is_checked(row: Row, field: Field) -> bool:
    """Whether it is a reference, and to something that there can be."""
    return field.ref in {"ResourceVO", *CATALOG.kinds} and (row.name, field.name) not in NOT_CHECKED


def variables(row: Row) -> list[str]:
    return re.findall(r"\{(\w+)\}", row.path)


def as_pairs(name: str, value: Any) -> list[tuple[str, str | int | float | bool | None]]:
    if isinstance(value, list):
        return [(name, str(one)) for one in value]
    if isinstance(value, dict):
        return [(f"{name}.{key}", str(one)) for key, one in value.items()]
    return [(name, str(value))]


def valid(field: Field) -> Any:
    """A value that has the field's type and keeps its constraints."""
    if field.values:
        return int(field.values[0]) if field.type == "integer" else field.values[0]
    match field.type:
        case "integer":
            return field.low if field.low is not None else 1
        case "boolean":
            return True
        case "map":
            return {"a": "1"}
        case "string" if field.name == "resourceType":
            return "ZoneVO"
        case "string" if field.regex is not None:
            return next(one for one in ("a", "/a") if re.fullmatch(field.regex, one))
        case _:
            return "1" * max(1, field.shortest or 1)


def wrong(field: Field) -> Iterator[tuple[Any, str]]:
    """Values that its constraints forbid, and what each of them breaks."""
    if field.values:
        yield 3 if field.type == "integer" else "no such value", "valid values"
    elif field.type == "string" and field.regex is not None:
        yield next(one for one in ("#", "x") if not re.fullmatch(field.regex, one)), "does not match"
    if field.type == "string" and field.length is not None and not field.values:
        yield "1" * (field.length + 1), "too long"
    if field.type == "string" and field.shortest:
        yield "1" * (field.shortest - 1), "too short"
    if field.low is not None:
        yield field.low - 1, "outside"
    if field.high is not None and field.high + 1 < INT64:
        yield field.high + 1, "outside"
    if field.nonempty and not field.values and field.regex is None and field.type in ("string", "list"):
        yield [] if field.type == "list" else "", "empty"


def right(field: Field) -> Iterator[Any]:
    """Values at the edges of what is allowed."""
    if field.type == "integer" and field.values:
        yield from map(int, field.values)
    else:
        yield from field.values
    if field.low is not None:
        yield from (field.low, min(field.high or INT64, INT64) - (1 if (field.high or INT64) >= INT64 else 0))
    if field.type == "string" and field.length is not None and field.regex is None and not field.values:
        yield "1" * field.length


def mistyped(row: Row, field: Field) -> Any:
    """A value of another JSON type, None where every text is one of this type."""
    in_query = row.method in ("GET", "DELETE")
    match field.type:
        case "integer" | "boolean":
            return "neither"
        case "list" | "map" if not in_query:
            return 5
        case "string" if not in_query:
            return {}
        case _:
            return None


def error(reply: httpx.Response) -> tuple[str, str]:
    """Code and details, empty when it is none."""
    found = reply.json().get("error", {}) if reply.status_code == 503 else {}
    return found.get("code", ""), found.get("details", "")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server on which nothing is that a request could name: handlers are reached, but find nothing."""
    server = Server(f"sqlite:///{tmp_path_factory.mktemp('bare') / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as client:
        yield World(server, client.login(), {})
    server.stop()


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server on which one of each kind is: only a reference to another is refused.  No handler may be reached."""
    server = Server(f"sqlite:///{tmp_path_factory.mktemp('peopled') / 'api.sqlite'}", SERVICES)
    there = server.run(server.store.write(lambda tx: store_one_of_each(tx, CATALOG)))
    with Client(base_url=server.url) as client:
        yield World(server, client.login(), there)
    server.stop()


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.name)
def test_an_action(row: Row, bare: World) -> None:
    """Method, path, key of the body, session, job or not; each parameter's type and constraints."""
    action, base = ACTIONS[row.name], bare.required(row)
    assert (bare.send(row, base, Authorization="").text == "missing header 'Authorization'") is row.session
    assert declared_results(action).items() >= dict(row.results).items()
    first = bare.send(row, base)
    assert first.status_code in ((202,) if row.job else (200, 503)), first.text
    if row.job:
        assert "/zstack/v1/api-jobs/" in first.json()["location"]
    for field in row.fields:
        check_field(row, field, bare, base)
    last = bare.answer(row, base)
    if last.status_code == 200:
        for name, type_ in row.results:
            assert isinstance(last.json().get(name, JSON[type_]()), JSON[type_]), (name, last.text)


def check_field(row: Row, field: Field, world: World, base: Mapping[str, Any]) -> None:
    named = f"field[{field.name}] of {row.name}"
    if field.name in variables(row) or (field.name in ("tagUuids", "resourceUuid") and row.name.startswith("Update")):
        return
    if field.required and not field.default:
        without = {name: value for name, value in base.items() if name != field.name}
        code, details = error(world.answer(row, without))
        assert (code, details.startswith(named)) == ("SYS.1007", True), details
    if (other := mistyped(row, field)) is not None:
        assert world.send(row, {**base, field.name: other}).status_code == 400, field
    for value, what in () if (row.name, field.name) in NOT_CHECKED else wrong(field):
        if field.type == "list" and row.method in ("GET", "DELETE"):
            continue  # a query string has no empty lists
        code, details = error(world.answer(row, {**base, field.name: value}))
        assert code == "SYS.1007", (field, value, details)
        assert details.startswith(named), (field, value, details)
        assert what in details, (field, value, details)
    if (row.name, field.name) not in MAY_BE_NARROWER:
        for value in right(field):
            reply = world.answer(row, {**base, field.name: value})
            assert reply.status_code in (200, 202, 503), (field, value, reply.text)
            assert not error(reply)[1].startswith(named), (field, value, reply.text)


def declared_results(action: Action) -> dict[str, str]:
    """Fields of the answer and their JSON types, as OpenAPI has them."""
    found = {"inventory": {"inventory": "map"}, "inventories": {"inventories": "list"}}.get(action.result, {})
    return found | {name: {"array": "list", "object": "map"}.get(type_, type_) for name, type_ in action.fields}


@pytest.mark.parametrize(
    "row", [row for row in OTHERS if any(is_checked(row, f) for f in row.fields)], ids=lambda row: row.name
)
def test_references_of_an_action(row: Row, peopled: World) -> None:
    """What does not exist is SYS.1003, naming the parameter; a delete of what is gone is success."""
    base, action = peopled.required(row), ACTIONS[row.name]
    for field in (field for field in row.fields if is_checked(row, field)):
        if action.absent_ok is not None and action.absent_ok[0] == field.name:
            gone = peopled.answer(row, {**base, field.name: ABSENT})
            assert (gone.status_code, gone.json()) == (200, {})
            assert error(peopled.answer(row, {**base, field.name: "malformed"}))[0] == "SYS.1003"
            continue
        value = [ABSENT] if field.type == "list" else ABSENT
        code, details = error(peopled.answer(row, {**base, field.name: value}))
        assert (code, details.startswith(f"invalid field[{field.name}]")) == ("SYS.1003", True), (field, details)


@pytest.mark.parametrize("row", [r for r in SERVED if ACTIONS[r.name].unserved], ids=lambda row: row.name)
def test_what_cannot_be_done_says_why(row: Row, peopled: World) -> None:
    code, details = error(peopled.answer(row, peopled.required(row)))
    assert (code, details) == ("SYS.1006", f"{row.name}: {ACTIONS[row.name].unserved}")


@pytest.mark.parametrize("row", QUERIES, ids=lambda row: row.name)
def test_a_query(row: Row, bare: World) -> None:
    """Rows and their schema, a count, one by its uuid, an unknown field."""
    path, action = V1 + row.path, ACTIONS[row.name]
    found = bare.client.get(path, params={"replyWithCount": "true", "limit": "2"}).json()
    assert (type(found["inventories"]), type(found["total"]), type(found["schema"])) == (list, int, dict)
    assert len(found["inventories"]) <= 2
    assert set(bare.client.get(path, params={"count": "true"}).json()) == {"total", "schema"}
    assert error(bare.client.get(path, params={"q": "colour=red"}))[0] == "SYS.1007"
    assert httpx.get(bare.server.url + path).text == "missing header 'Authorization'"
    if action.extra_paths:
        assert bare.client.get(f"{path}/{ABSENT}").json()["inventories"] == []


@pytest.mark.parametrize("row", QUERIES, ids=lambda row: row.name)
def test_what_a_query_finds(row: Row, peopled: World) -> None:
    """The one that there is, with its class, by its uuid and by any field that it shows."""
    kind = ACTIONS[row.name].kind
    assert kind is not None
    path, there = V1 + row.path, peopled.there[kind.vo]
    found = peopled.client.get(path, params={"q": f"{kind.shown_uuid or 'uuid'}={there}"}).json()
    (shown,) = found["inventories"] if kind.shown_uuid is None else found["inventories"][:1]
    assert found["schema"]["inventories[0]"].endswith("Inventory")
    for name, value in shown.items():
        if isinstance(value, str) and name not in DATE_FIELDS and name != "uuid":
            rows = peopled.client.get(path, params={"q": f"{name}={value}", "fields": name}).json()["inventories"]
            assert {name: value} in rows
            assert peopled.client.get(path, params={"q": f"{name}={value}-", "count": "true"}).json()["total"] == 0


@pytest.mark.parametrize("row", [row for row in SERVED if row.message], ids=lambda row: row.name)
def test_the_message_of_an_action(row: Row, bare: World) -> None:
    """Its class, and the class of its answer."""
    body = {row.message: {"session": {"uuid": "0" * 32}}}
    answer = httpx.post(bare.server.url + "/zstack/api/", json=body).json()
    if answer["state"] == "Done":
        expected = row.message.removesuffix("Msg") + ("Event" if row.job else "Reply")
        assert answer["result"].startswith(f'{{"{expected}":'), answer


TESTS = "\n".join(path.read_text() for path in Path(__file__).parents[1].rglob("*.py") if path != Path(__file__))


@pytest.mark.parametrize("row", [row for row in OTHERS if not ACTIONS[row.name].unserved], ids=lambda row: row.name)
def test_what_an_action_does_is_tested(row: Row) -> None:
    """By its name, its request's or its handler's, or by its path, somewhere else in the tests."""
    handler = ACTIONS[row.name].handler
    words = [row.name, row.name[0].lower() + row.name[1:]]
    if handler is not None:
        words += [f".{handler.__name__}(", f".{handler.__name__},", f"({handler.__name__},", f" {handler.__name__},"]
    fixed = re.escape(row.path).replace(r"\{", "{").replace(r"\}", "}")
    by_path = re.sub(r"\{\w+\}", r"[^ \"]+", fixed)
    assert any(word in TESTS for word in words) or re.search(by_path + '"', TESTS), f"no test of what {row.name} does"


def test_the_page_of_what_there_is() -> None:
    """`python -m tests.support.api_coverage` writes it."""
    assert api_coverage.PAGE.read_text() == api_coverage.page()
