"""Structs carried over from one layout to another."""

import re
from pathlib import Path

from landbridge.drivers import port_table
from landbridge.drivers.btf import Field, converter
from landbridge.model.drops import DropReason
from landbridge.model.tracking import TIMEOUTS
from landbridge.render.program import MAX_TESTS, TestKind

BPF = Path(__file__).parents[3] / "bpf" / "lib"


def test_members_are_found_by_name() -> None:
    before = (Field("a", 0, 4), Field("gone", 4, 4), Field("b", 8, 2), Field("text", 10, 6))
    after = (Field("b", 0, 4), Field("text", 4, 4), Field("new", 8, 8), Field("a", 16, 4))
    value = bytes.fromhex("01000000 ffffffff 0203 616263646566")
    assert converter(before, after)(value) == bytes.fromhex("02030000 61626364 0000000000000000 01000000")


def test_the_same_layout_changes_nothing() -> None:
    layout = (Field("a", 0, 4), Field("b", 4, 4))
    assert converter(layout, layout)(b"12345678") == b"12345678"


def test_numbers_that_c_and_python_share() -> None:
    """Compiled structs are compared when they are loaded; enums and limits are not in the object."""
    drops = _enum("drops.h", "drop_reason")
    drops.pop("DROP_REASONS")
    assert drops == {f"DROP_{reason.name}": reason for reason in DropReason}
    assert _enum("maps.h", "test_kind") == {f"TEST_{kind.name}": kind for kind in TestKind}
    flags = {f"PORT_{flag.name}": flag for flag in port_table.PortFlag}
    assert _enum("maps.h", "port_flags") == flags
    timeouts = _enum("maps.h", "timeout")
    assert timeouts.pop("TIMEOUTS") == len(TIMEOUTS)
    words = [re.sub(r"([A-Z])", r"_\1", state).upper() for state in TIMEOUTS]
    assert list(timeouts) == [f"TIMEOUT_{word}" for word in words]
    assert re.search(r"#define MAX_STEPS (\d+)", (BPF / "filter.h").read_text())[1] == str(MAX_TESTS)  # type: ignore[index]


def _enum(header: str, name: str) -> dict[str, int]:
    body = re.search(rf"enum {name} {{(.*?)}};", (BPF / header).read_text(), re.DOTALL)
    assert body is not None
    found: dict[str, int] = {}
    for entry in re.sub(r"/\*.*?\*/", "", body[1], flags=re.DOTALL).split(","):
        if entry.strip():
            word, _, value = entry.partition("=")
            found[word.strip()] = int(value) if value else len(found)
    return found
