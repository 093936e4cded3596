"""What an action's request Struct says, as a table: one `Parameter` per field.

Validation, OpenAPI and the CLI read this table, so a declaration is interpreted once.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union

import msgspec

from landbridge.core.api import P

Shape = Literal["string", "integer", "number", "boolean", "list", "map", "any"]

_SHAPES: Mapping[Any, Shape] = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    name      as on the wire (camel case)
    attr      the Struct's attribute
    shape     JSON type; `item` is that of a list's elements or a map's values
    required  absent or null is refused
    default   what an absent one means
    """

    name: str
    attr: str
    shape: Shape
    item: Shape
    required: bool
    default: Any
    rule: P


@cache
def parameters(request: type[msgspec.Struct]) -> tuple[Parameter, ...]:
    """The parameters of a request (or the fields of a document), required ones first."""
    return tuple(_parameter(field) for field in msgspec.structs.fields(request))


def _parameter(field: msgspec.structs.FieldInfo) -> Parameter:
    declared, rule = field.type, P()
    if typing.get_origin(declared) is Annotated:
        declared, *extras = typing.get_args(declared)
        rule = next((extra for extra in extras if isinstance(extra, P)), rule)
    if typing.get_origin(declared) in (Union, types.UnionType):
        declared = next(arg for arg in typing.get_args(declared) if arg is not types.NoneType)
    shape, item = _shape(declared)
    if field.default is not msgspec.NODEFAULT:
        default = field.default
    elif field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    else:
        default = None
    return Parameter(field.encode_name, field.name, shape, item, field.required, default, rule)


def _shape(declared: Any) -> tuple[Shape, Shape]:
    origin, args = typing.get_origin(declared), typing.get_args(declared)
    if origin in (list, tuple):
        return "list", _SHAPES.get(args[0], "any")
    if origin in (dict, Mapping):
        return "map", _SHAPES.get(args[1], "any")
    return _SHAPES.get(declared, "any"), "any"
