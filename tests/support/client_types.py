"""The types of the client are made from the declarations; run as a module this writes them anew."""

import keyword
import textwrap
from collections.abc import Iterator
from pathlib import Path

from landbridge.client import wire
from landbridge.core.api import Action
from landbridge.core.catalog import Catalog
from landbridge.core.parameters import Parameter, Shape, parameters
from landbridge.model.resource import Kind
from landbridge.server.services import SERVICES

_HERE = Path(__file__).parents[2] / "src" / "landbridge" / "client"
METHODS, INVENTORIES = _HERE / "methods.pyi", _HERE / "inventories.py"
_TYPES: dict[Shape, str] = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WIDTH = 116
_MADE = "Made from the declarations by `python -m tests.support.client_types`."


def methods() -> str:
    """methods.pyi: every action, for both clients."""
    actions = sorted(wire.methods().items())
    used = sorted({_inventory(action.kind) for _, action in actions if action.kind and _returns(action) is not None})
    lines = [
        f'"""Every action as a typed method.  {_MADE}"""',
        "",
        "from collections.abc import Mapping, Sequence",
        "from typing import Any",
        "",
        "from landbridge.client.inventories import (",
        *(f"    {name}," for name in used),
        ")",
    ]
    for name, about, word in (("Methods", "that returns", "def"), ("AsyncMethods", "to be awaited", "async def")):
        lines += ["", f"class {name}:", f'    """Every action as a method {about}."""', ""]
        for method, action in actions:
            lines += _method(method, action, word)
    return "\n".join(lines) + "\n"


def inventories() -> str:
    """inventories.py: what the methods return."""
    lines = [
        f'"""What the API shows of each kind, as it is on the wire.  {_MADE}"""',
        "",
        "from typing import Any, TypedDict",
    ]
    kinds = {_inventory(kind): kind for kind in Catalog(SERVICES).kinds.values()}
    for name, kind in sorted(kinds.items()):
        lines += ["", "", f"class {name}(TypedDict, total=False):", f'    """{_article(kind)}"""', ""]
        lines += [f"    {field}: {type_}" for field, type_ in _fields(kind)]
    return "\n".join(lines) + "\n"


def _fields(kind: Kind) -> Iterator[tuple[str, str]]:
    for parameter in parameters(kind.doc):
        if parameter.name in ("createDate", "lastOpDate"):
            yield parameter.name, "str"
        elif parameter.name not in kind.internal and not keyword.iskeyword(parameter.name):
            yield parameter.name, _type(parameter, "list", "dict")
    for name, relation in kind.relations.items():
        if relation.nested:
            yield name, "list[Any]" if relation.shape is None or ":" not in relation.shape else "dict[str, Any]"


def _article(kind: Kind) -> str:
    return f"{kind.vo.removesuffix('VO')}."


def _method(name: str, action: Action, word: str) -> Iterator[str]:
    arguments = ["self"]
    if action.mode == "query":
        arguments.append("*conditions: str")
    named = [_argument(one) for one in parameters(action.request)]
    if action.mode != "query":
        arguments.append("*")
        named.append("system_tags: Sequence[str] = ()")
    returns = _returns(action) or "None"
    head = f"    {word} {name}({', '.join(arguments + named)}) -> {returns}:"
    if len(head) <= _WIDTH:
        yield head
    else:
        yield f"    {word} {name}("
        yield from (f"        {one}," for one in arguments + named)
        yield f"    ) -> {returns}:"
    about = " ".join(action.help.split("\n\n")[0].split())
    wrapped = textwrap.wrap(about, _WIDTH - 14) or [action.name]
    yield f'        """{wrapped[0]}' + ('"""' if len(wrapped) == 1 else "")
    yield from (f"        {line}" for line in wrapped[1:-1])
    if len(wrapped) > 1:
        yield f'        {wrapped[-1]}"""'
    yield ""


def _argument(parameter: Parameter) -> str:
    type_ = _type(parameter, "Sequence", "Mapping")
    return f"{parameter.attr}: {type_}" if parameter.required else f"{parameter.attr}: {type_} | None = None"


def _type(parameter: Parameter, many: str, mapping: str) -> str:
    item = _TYPES.get(parameter.item, "Any")
    match parameter.shape:
        case "list":
            return f"{many}[{item}]"
        case "map":
            return f"{mapping}[str, {item}]"
        case shape:
            return _TYPES.get(shape, "Any")


def _returns(action: Action) -> str | None:
    one = _inventory(action.kind) if action.kind else "dict[str, Any]"
    match action.result:
        case "inventory":
            return one
        case "inventories":
            return f"list[{one}]"
        case "body":
            return "dict[str, Any]"
        case "none":
            return None


def _inventory(kind: Kind) -> str:
    return f"{kind.vo.removesuffix('VO')}Inventory"


if __name__ == "__main__":
    METHODS.write_text(methods())
    INVENTORIES.write_text(inventories())
