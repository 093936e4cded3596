"""Which packets take a shortcut: each condition by itself."""

import dataclasses
from typing import Any

import pytest

from landbridge.core.shortcut import Packet, shortcut_applies
from tests.unit.core.shortcuts import MTU, NET_ID, NOW, ROUTER_MAC, some_shortcut

FITS = Packet(
    net_id=NET_ID,
    destination_mac=ROUTER_MAC,
    source="10.9.0.1",
    destination="10.77.0.1",
    hop_limit=2,
    length=MTU,
)


def test_a_packet_that_just_fits() -> None:
    key, shortcut = some_shortcut()
    assert shortcut_applies(key, shortcut, FITS, NOW)
    assert not shortcut_applies(key, shortcut, FITS, shortcut.expires)


@pytest.mark.parametrize(
    "other",
    [
        {"net_id": NET_ID + 1},
        {"destination_mac": "0e:52:00:00:00:0b"},
        {"destination": "10.77.0.2"},
        {"source": "10.9.16.0"},
        {"source": "fd00:9::1"},
        {"hop_limit": 1},
        {"length": MTU + 1},
        {"plain": False},
        {"protocol": 253},
    ],
    ids=str,
)
def test_what_is_the_routers(other: dict[str, Any]) -> None:
    key, shortcut = some_shortcut()
    assert not shortcut_applies(key, shortcut, dataclasses.replace(FITS, **other), NOW)
