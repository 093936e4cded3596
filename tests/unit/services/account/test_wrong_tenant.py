"""Every action of the catalog, called by a tenant about what is another's: refused, without a word about it.

Two accounts have one resource of every kind each, stored past all handlers.  What belongs to nobody (zones,
hosts, images, …) is there once.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from landbridge.core.api import Action
from landbridge.core.catalog import Catalog
from landbridge.core.parameters import Parameter, parameters
from landbridge.core.query import parse
from landbridge.core.service import Caller
from landbridge.core.validate import from_json
from landbridge.core.view import Tx
from landbridge.model.documents.ownership import RESOURCE_REF
from landbridge.model.errors import ApiError
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.server.call import Call
from landbridge.server.perform import perform
from landbridge.server.render import render
from landbridge.server.services import SERVICES
from landbridge.store import Store
from tests.support.api_documents import store_one_of_each

CATALOG = Catalog(SERVICES)
SECRET = "secret-of-another"
THERE = ("ZoneVO", "ClusterVO", "ImageVO", "NetworkServiceProviderVO", "GlobalConfigVO")
CALLED = [action for action in CATALOG.actions if action.session and action.mode != "query" and not action.unserved]
QUERIES = [action for action in CATALOG.actions if action.mode == "query" and action.kind is not None]
UUIDS = ("uuid", "Uuid", "Uuids", "uuids")
NAMES_THE_NEW = {"resourceUuid", "tagUuids"}
REFUSALS = {"SYS.1003", "ID.1002"}


@dataclass
class Two:
    """`mine` and `theirs`: by kind, the uuid of the resource that the caller and that another account has."""

    store: Store
    me: Caller
    mine: Mapping[str, str]
    theirs: Mapping[str, str]

    def call(self, action: Action, values: Mapping[str, Any]) -> Any:
        """The answer; raises what the handler raises, and then nothing has changed."""
        call = Call(action=action, values=from_json(action.request, values), caller=self.me, request_id="r")

        def unit(tx: Tx) -> Any:
            return render(tx, perform(tx, CATALOG, call), self.me)

        return self.store.sync_write(unit, account=self.me.account_uuid)

    def stored(self) -> list[Any]:
        """Everything of the other's."""
        uuids = sorted(set(self.theirs.values()))
        return self.store.sync_read(lambda view: [view.any(uuid) for uuid in uuids])


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    store = asyncio.run(Store.open("sqlite://", CATALOG))

    def people(tx: Tx) -> Two:
        mine, theirs = (dict(store_one_of_each(tx, CATALOG)) for _ in range(2))
        for made, name in ((mine, "own"), (theirs, SECRET)):
            for vo, uuid in made.items():
                _settle(tx, vo, uuid, made, name)
        for vo in THERE:
            theirs[vo] = mine[vo]
        return Two(store, Caller(mine["AccountVO"], mine["AccountVO"], is_admin=False), mine, theirs)

    yield store.sync_write(people)
    asyncio.run(store.close())


def _settle(tx: Tx, vo: str, uuid: str, made: Mapping[str, str], name: str) -> None:
    """Whose it is; it names the others of its account; its texts tell where they come from."""
    kind, account = CATALOG.kinds[vo], made["AccountVO"]
    row = tx.run("SELECT doc FROM resource WHERE uuid = :u", u=uuid).one()  # type: ignore[attr-defined]  # SqlTx
    document = msgspec.json.decode(row.doc)
    known = {*kind.where, "uuid", "type", "state", "tag"}
    document |= {field: name for field, value in document.items() if value == "x" and field not in known}
    first = {one.doc: made[other] for other, one in reversed(list(CATALOG.kinds.items()))}
    document |= {ref.field: first[ref.target] for ref in kind.refs}
    document |= {
        relation.key: made[relation.vo]
        for relation in kind.relations.values()
        if relation.target_key == "uuid" and relation.key != "uuid"
    }
    if vo == "SharedResourceVO":
        document["receiver"] = account
    owner = account if kind.seen_by == "owner" else None
    tx.run(  # type: ignore[attr-defined]  # SqlTx
        "UPDATE resource SET owner = :o, doc = :d WHERE uuid = :u",
        o=owner,
        d=msgspec.json.encode(document).decode(),
        u=uuid,
    )


def _plain(parameter: Parameter) -> Any:
    """A value that the checks of one parameter let pass."""
    rule = parameter.rule
    one: Any = {"string": "x" * max(1, rule.min or 0), "boolean": False, "number": 1.0, "map": {}}.get(
        parameter.shape, "x"
    )
    if parameter.shape == "integer":
        one = rule.low or 0
    if rule.values:
        one = rule.values[0]
    return [one] if parameter.shape == "list" else one


def _named(parameter: Parameter, uuid: str) -> Any:
    return [uuid] if parameter.shape == "list" else uuid


def _names_resources(parameter: Parameter, action: Action) -> bool:
    if parameter.rule.anyones or parameter.rule.secret:
        return False
    if parameter.rule.ref is not None or (action.absent_ok is not None and action.absent_ok[0] == parameter.name):
        return True
    return parameter.name.endswith(UUIDS) and parameter.name not in NAMES_THE_NEW


def _kind(parameter: Parameter, action: Action) -> str | None:
    ref = parameter.rule.ref
    if action.absent_ok is not None and action.absent_ok[0] == parameter.name:
        ref = action.absent_ok[1]
    return None if ref == "ResourceVO" else ref


def _values(two: Two, action: Action) -> dict[str, Any]:
    """Required parameters; what they refer to is the caller's own."""
    found: dict[str, Any] = {}
    for parameter in parameters(action.request):
        if parameter.required and _names_resources(parameter, action):
            found[parameter.name] = _named(parameter, two.mine[_kind(parameter, action) or "VipVO"])
        elif parameter.required:
            found[parameter.name] = _plain(parameter)
    return found


def _tells(two: Two, said: Any, named: str) -> bool:
    """Whether words of the other's are in an answer or error, or a uuid that the caller has not named itself."""
    text = str(said)
    hidden = {uuid for vo, uuid in two.theirs.items() if vo not in THERE} - {named}
    return SECRET in text or any(uuid in text for uuid in hidden)


@pytest.mark.parametrize("action", CALLED, ids=lambda action: action.name)
def test_what_is_anothers_is_not_there(two: Two, action: Action) -> None:
    """Each parameter that refers to something, with the other's; all others with what would be right."""
    for parameter in (one for one in parameters(action.request) if _names_resources(one, action)):
        kind = _kind(parameter, action)
        kinds = [kind] if kind else [vo for vo in two.theirs if CATALOG.kinds[vo].seen_by == "owner"]
        for vo in kinds:
            if CATALOG.kinds[vo].seen_by == "everyone" or vo == RESOURCE_REF.vo:
                continue
            before = two.stored()
            named = two.theirs[vo]
            said, code = _attempt(two, action, {**_values(two, action), parameter.name: _named(parameter, named)})
            assert not _tells(two, said, named), (parameter.name, vo, said)
            assert two.stored() == before, (parameter.name, vo)
            if kind is not None:
                gone = action.absent_ok is not None and action.absent_ok[0] == parameter.name and code is None
                assert gone or code in REFUSALS, (parameter.name, said)


def _attempt(two: Two, action: Action, values: Mapping[str, Any]) -> tuple[Any, str | None]:
    """What is said, and the error's code; handlers may stumble over what no handler has made."""
    try:
        return two.call(action, values), None
    except ApiError as error:
        return error.to_dict(), error.code
    except (ValueError, KeyError, AssertionError, TypeError, StopIteration):
        return "", "crashed"


@pytest.mark.parametrize("action", [one for one in CALLED if one.reads], ids=lambda action: action.name)
def test_reading_ones_own_tells_nothing_of_others(two: Two, action: Action) -> None:
    """With what must be said, and with each of what may be said besides."""
    base = _values(two, action)
    others = [one for one in parameters(action.request) if not one.required and _names_resources(one, action)]
    for more in ({}, *({one.name: _named(one, two.mine[_kind(one, action) or "VipVO"])} for one in others)):
        said, _ = _attempt(two, action, {**base, **more})
        assert not _tells(two, said, ""), said


@pytest.mark.parametrize("action", QUERIES, ids=lambda action: action.name)
def test_queries(two: Two, action: Action) -> None:
    """One's own, nothing of the other's: as rows, as what rows lead to, as answers to conditions."""
    kind = action.kind
    assert kind is not None
    if kind.seen_by == "everyone":
        return
    rows = asyncio.run(two.store.query(kind, parse(CATALOG, kind, {"q": []}), two.me)).rows
    assert not _tells(two, rows, ""), rows
    assert bool(rows) == (kind.seen_by == "owner")
    theirs = two.theirs[kind.vo]
    for condition in (f"uuid={theirs}", f"uuid?={theirs},{theirs}"):
        found = asyncio.run(
            two.store.query(kind, parse(CATALOG, kind, {"q": [condition], "replyWithCount": True}), two.me)
        )
        assert (found.rows, found.total) == ([], 0)


def test_every_kind_says_to_whom_it_belongs() -> None:
    """A kind of rows that name another document is part of it, or is its maker's own, on purpose."""
    for kind in CATALOG.kinds.values():
        fields = {field.encode_name for field in msgspec.structs.fields(kind.doc)}
        assert kind.within is None or kind.within in fields, kind.vo
        assert kind.within is None or kind.seen_by == "owner", kind.vo
        assert not kind.shareable or (kind.within is None and kind.seen_by == "owner"), kind.vo


def test_administrators_see_it_all(two: Two) -> None:
    """So the other's is really there."""
    admin = Caller(ADMIN_ACCOUNT_UUID, ADMIN_ACCOUNT_UUID, is_admin=True)
    for action in QUERIES:
        assert action.kind is not None
        spec = parse(CATALOG, action.kind, {"q": [f"uuid={two.theirs[action.kind.vo]}"]})
        assert len(asyncio.run(two.store.query(action.kind, spec, admin)).rows) == 1, action.name


@pytest.mark.parametrize(
    "zql",
    [
        "query vip",
        "query vip where uuid in (query vip.uuid)",
        "query systemtag",
        "query usertag",
        "query account",
        "query usedip",
        "query securitygrouprule; query vmnic return with (total)",
        "query vip where l3NetworkUuid in (query l3network.uuid where name = 'secret-of-another')",
    ],
)
def test_the_other_query_language(two: Two, zql: str) -> None:
    action = next(one for one in CALLED if one.name == "ZQLQuery")
    said, _ = _attempt(two, action, {"zql": zql})
    assert not _tells(two, said, ""), said


def test_counts_and_sums_are_of_ones_own(two: Two) -> None:
    action = next(one for one in CALLED if one.name == "ZQLQuery")
    answer = two.call(action, {"zql": "count vip; sum vminstance.cpuNum by name"})
    assert answer["results"][0]["total"] == 1
    assert "secret" not in str(answer)
