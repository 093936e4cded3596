"""Routes: positional variables, literals first, several PUTs, queries that give way."""

from typing import Any

import pytest

from landbridge.core.api import Request, action, query
from landbridge.core.routes import Routes
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.places import ZONE


class Empty(Request):
    """Nothing."""


def _nothing(_ctx: Context, _req: Any) -> Outcome:
    return Outcome()


def act(name: str, method: Any, path: str) -> Any:
    return action(name, method, path, _nothing, Empty, message=f"x.API{name}Msg")


QUERY = query("QueryZone", "/zones", ZONE, message="x.APIQueryZoneMsg", help="Zones.")


def test_variables_are_positional() -> None:
    routes = Routes([act("A", "GET", "/x/{uuid}/y"), act("B", "DELETE", "/x/{id}/y")])
    (match,) = routes.match("DELETE", "/x/7/y")
    assert (match.action.name, match.variables) == ("B", {"id": "7"})
    assert routes.match("GET", "/x/7") == []
    assert routes.match("GET", "/x//y") == []


def test_a_literal_beats_a_variable_and_falls_back() -> None:
    routes = Routes([act("A", "GET", "/x/{uuid}/a"), act("B", "GET", "/x/free"), act("C", "POST", "/x/free/b")])
    assert routes.match("GET", "/x/free")[0].action.name == "B"
    assert routes.match("GET", "/x/free/a")[0].variables == {"uuid": "free"}


def test_many_puts_share_a_path() -> None:
    routes = Routes([act("StartX", "PUT", "/x/{uuid}/actions"), act("StopX", "PUT", "/x/{vmUuid}/actions")])
    assert [(m.action.body_key, m.variables) for m in routes.match("PUT", "/x/1/actions")] == [
        ("startX", {"uuid": "1"}),
        ("stopX", {"vmUuid": "1"}),
    ]


def test_a_query_by_uuid_gives_way() -> None:
    routes = Routes([QUERY, act("GetZone", "GET", "/zones/{zoneUuid}")])
    assert routes.match("GET", "/zones/1")[0].action.name == "GetZone"
    assert routes.match("GET", "/zones/")[0].action.name == "QueryZone"


def test_two_owners_of_a_route_are_refused() -> None:
    with pytest.raises(ValueError, match=r"B: POST /x/\{id\} is already the route of A"):
        Routes([act("A", "POST", "/x/{uuid}"), act("B", "POST", "/x/{id}")])
