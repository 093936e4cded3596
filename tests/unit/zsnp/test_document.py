"""docs/protocol/zsnp.md says what the code does: its drawn and tabled parts are made from it."""

import re
from pathlib import Path

from landbridge.zsnp import messages
from landbridge.zsnp.entry import State
from landbridge.zsnp.words import NAMES
from tests.support import zsnp_doc

ROOT = Path(__file__).parents[3]
TEXT = zsnp_doc.PAGE.read_text()


def test_generated_parts_are_current() -> None:
    assert zsnp_doc.parts(TEXT) == set(zsnp_doc._PARTS)
    assert zsnp_doc.page(TEXT) == TEXT, "run `python -m tests.support.zsnp_doc`"


def test_every_state_is_explained() -> None:
    for state in State:
        assert f"| {state.value} |" in TEXT


def test_every_message_has_a_section() -> None:
    titles = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
    assert set(NAMES.values()) <= {word for title in titles for word in re.findall(r"[A-Z][A-Z-]+", title)}


def test_the_fields_are_as_long_as_in_the_code() -> None:
    """The table of fields: number, name, bytes."""
    rows = {
        int(number): int(length) for number, length in re.findall(r"^\| (\d+) \| \w[\w ]* \| (\d+) \|", TEXT, re.M)
    }
    structs = {
        messages.EPOCH: messages._NUMBER, messages.LEASE: messages._LEASE, messages.INGRESS: messages._INGRESS,
        messages.TARGET: messages._TARGET, messages.NETWORK: messages._NETWORK, messages.PLACE: messages._PLACE,
        messages.REFUSAL: messages._REFUSAL, messages.SIZE: messages._SIZE, messages.USE: messages._USE,
    }  # fmt: skip
    sizes = {number: one.size for number, one in structs.items()}
    assert rows == sizes | {messages.VTEP: 16, messages.ADDRESS: 16, messages.ROUTER_MAC: 6}


def test_what_it_names_exists() -> None:
    for name in re.findall(r"`((?:bpf|docs|packaging|src|tests)/[\w./-]+)`", TEXT):
        assert (ROOT / name).exists(), name
