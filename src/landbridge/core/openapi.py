"""The OpenAPI 3.1 document of the REST v1 surface, from the actions' declarations."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from landbridge.core.api import Action
from landbridge.core.parameters import Parameter, Shape, parameters
from landbridge.model.resource import Kind

JsonSchema = dict[str, Any]

_TYPES: Mapping[Shape, JsonSchema] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "any": {},
}

_VARIABLE = re.compile(r"\{([^}]*)\}")

_ERROR: JsonSchema = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"$ref": "#/components/schemas/Error"}},
}

_FIXED_SCHEMAS: Mapping[str, JsonSchema] = {
    "Error": {
        "type": "object",
        "required": ["code", "description", "details"],
        "properties": {
            "code": {"type": "string", "description": "stable code, for example SYS.1007"},
            "description": {"type": "string", "description": "fixed sentence of the code"},
            "details": {"type": "string", "description": "what is wrong here, and what helps"},
            "cause": {"$ref": "#/components/schemas/Error"},
        },
    },
    "Job": {
        "type": "object",
        "required": ["location"],
        "properties": {
            "location": {"type": "string", "format": "uri", "description": "poll it until it is not 202"},
            "apiTimeout": {"type": "integer", "description": "milliseconds"},
        },
    },
}


def document(actions: Iterable[Action], kinds: Iterable[Kind], version: str) -> dict[str, Any]:
    """The whole document.

    PUT actions that share a path are one operation whose body is one of several objects, each
    with its action's key.  Paths that differ only in a variable's name are one path.
    """
    paths: dict[str, dict[str, list[Action]]] = {}
    templates: dict[str, str] = {}
    for action in actions:
        positional = _VARIABLE.sub("{}", action.path)
        template = templates.setdefault(positional, action.path)
        paths.setdefault(template, {}).setdefault(action.method.lower(), []).append(action)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Landbridge",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/zstack/v1"}],
        "paths": {
            path: {method: _operation(path, group) for method, group in sorted(methods.items())}
            for path, methods in sorted(paths.items())
        },
        "components": {
            "schemas": {**_FIXED_SCHEMAS, **{_name(kind): _inventory(kind) for kind in kinds}},
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "OAuth <session uuid>",
                }
            },
        },
    }


def _operation(path: str, group: Sequence[Action]) -> dict[str, Any]:
    first = group[0]
    names = _VARIABLE.findall(path)
    operation: dict[str, Any] = {
        "operationId": "_or_".join(action.name for action in group),
        "summary": " / ".join(action.help.split("\n")[0] for action in group),
        "parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names],
        "responses": _responses(group),
    }
    if first.method in ("GET", "DELETE"):
        own = _VARIABLE.findall(first.path)
        operation["parameters"] += [_in_query(p) for p in parameters(first.request) if p.name not in own]
    else:
        bodies = [_body(action) for action in group]
        schema = bodies[0] if len(bodies) == 1 else {"oneOf": bodies}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if first.session:
        operation["security"] = [{"session": []}]
    return operation


def _in_query(parameter: Parameter) -> dict[str, Any]:
    described = {"description": parameter.rule.help} if parameter.rule.help else {}
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        **described,
        "schema": _schema(parameter),
        **({"style": "form", "explode": True} if parameter.shape == "list" else {}),
    }


def _body(action: Action) -> JsonSchema:
    in_path = _VARIABLE.findall(action.path)
    own = [parameter for parameter in parameters(action.request) if parameter.name not in in_path]
    tags = {"type": "array", "items": {"type": "string"}}
    inner: JsonSchema = {"type": "object", "properties": {p.name: _schema(p) | _description(p) for p in own}}
    if required := [parameter.name for parameter in own if parameter.required]:
        inner["required"] = required
    return {
        "type": "object",
        "title": action.name,
        "required": [action.body_key],
        "properties": {action.body_key: inner, "systemTags": tags, "userTags": tags},
    }


def _description(parameter: Parameter) -> JsonSchema:
    return {"description": parameter.rule.help} if parameter.rule.help else {}


def _schema(parameter: Parameter) -> JsonSchema:
    """The constraints too, so that a form built from the document refuses what the server would."""
    rule = parameter.rule
    scalar = dict(_TYPES.get(parameter.item if parameter.shape in ("list", "map") else parameter.shape, {}))
    bounds = {
        "enum": list(rule.values) or None,
        "maxLength": rule.max,
        "minLength": rule.min
        if rule.min is not None
        else (1 if rule.nonempty and parameter.shape == "string" else None),
        "pattern": rule.regex,
        "minimum": rule.low,
        "maximum": rule.high,
    }
    scalar |= {name: value for name, value in bounds.items() if value is not None}
    match parameter.shape:
        case "list":
            return {"type": "array", "items": scalar, **({"minItems": 1} if rule.nonempty else {})}
        case "map":
            return {"type": "object", "additionalProperties": scalar}
        case _:
            return scalar | ({} if parameter.default is None else {"default": parameter.default})


def _responses(group: Sequence[Action]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for action in group:
        status = "202" if action.mode == "job" else "200"
        schema = {"$ref": "#/components/schemas/Job"} if action.mode == "job" else _result(action)
        answers.setdefault(status, {"description": "accepted, poll the location" if action.mode == "job" else "done"})
        answers[status]["content"] = {"application/json": {"schema": schema}}
    text = {"text/plain": {"schema": {"type": "string"}}}
    answers["400"] = {"description": "the request could not be understood", "content": text}
    answers["503"] = {"description": "refused or failed", "content": {"application/json": {"schema": _ERROR}}}
    return answers


def _result(action: Action) -> JsonSchema:
    one: JsonSchema = {"$ref": f"#/components/schemas/{_name(action.kind)}"} if action.kind else {"type": "object"}
    many: JsonSchema = {"type": "array", "items": one}
    match action.result:
        case "inventory":
            properties: dict[str, Any] = {"inventory": one}
        case "inventories":
            properties = {"inventories": many, "total": {"type": "integer"}}
        case "body" | "none":
            properties = {}
    properties |= {name: {"type": kind} for name, kind in action.fields}
    return {"type": "object", "properties": properties}


def _name(kind: Kind) -> str:
    return kind.vo.removesuffix("VO") + "Inventory"


def _inventory(kind: Kind) -> JsonSchema:
    """Dates are strings on the wire, absent values are left out."""
    properties: dict[str, JsonSchema] = {}
    for parameter in parameters(kind.doc):
        if parameter.name in ("createDate", "lastOpDate"):
            properties[parameter.name] = {"type": "string", "examples": ["Nov 22, 2026 8:00:00 AM"]}
        elif parameter.name not in kind.internal:
            properties[parameter.name] = _schema(parameter)
            properties[parameter.name].pop("default", None)
    for name, relation in kind.relations.items():
        if relation.nested:
            properties[name] = {"type": "array"}
    return {"type": "object", "title": kind.java, "properties": properties}
