"""The OpenAPI document: valid, complete, with the declarations' constraints."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from schemathesis.core.result import Ok

from landbridge.core import openapi
from landbridge.server.services import SERVICES

ACTIONS = tuple(action for service in SERVICES for action in service.actions)
KINDS = tuple(kind for service in SERVICES for kind in service.kinds)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made = openapi.document(ACTIONS, KINDS, "1.2.3")
    decoded: dict[str, Any] = json.loads(json.dumps(made))
    return decoded


def test_a_strict_reader_accepts_it(document: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()
    results = list(schema.get_all_operations())
    assert all(isinstance(result, Ok) for result in results)
    names = {result.ok().definition.raw["operationId"] for result in results if isinstance(result, Ok)}
    assert {name for joined in names for name in joined.split("_or_")} == {action.name for action in ACTIONS}


def test_every_schema_is_a_schema(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


def test_path_variables_are_declared(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == set(re.findall(r"\{(.*?)\}", path)), path


def test_constraints_and_puts_that_share_a_path(document: dict[str, Any]) -> None:
    name = document["paths"]["/zones"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert name["properties"]["params"]["required"] == ["name"]
    assert name["properties"]["params"]["properties"]["name"]["maxLength"] == 255
    shared = document["paths"]["/zones/{uuid}/actions"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert {body["title"] for body in shared["oneOf"]} >= {"UpdateZone", "ChangeZoneState"}


def test_internal_fields_stay_inside(document: dict[str, Any]) -> None:
    assert "passwordHash" not in document["components"]["schemas"]["AccountInventory"]["properties"]
