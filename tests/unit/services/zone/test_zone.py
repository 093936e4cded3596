"""Zones: one default, states, deletes that refuse."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.places import ZONE, Zone
from landbridge.services.zone import actions as zone
from tests.unit.services.places import Places, make_places


@pytest.fixture
def kit() -> Iterator[Places]:
    with make_places() as made:
        yield made


def test_create_keeps_what_was_given(kit: Places) -> None:
    uuid = "0123456789ab4cdef0123456789abcde"
    assert kit.make(zone.create_zone, zone.CreateZone(name="z", description="d", resource_uuid=uuid)) == uuid
    made = kit.get(Zone, uuid)
    assert (made.name, made.description, made.state, made.is_default) == ("z", "d", "Enabled", False)


def test_at_most_one_zone_is_the_default(kit: Places) -> None:
    first = kit.make(zone.create_zone, zone.CreateZone(name="a", is_default=True))
    second = kit.make(zone.create_zone, zone.CreateZone(name="b", is_default=True))
    assert [found.uuid for found in kit.all(Zone, is_default=True)] == [second]
    kit.run(zone.update_zone, zone.UpdateZone(uuid=first, is_default=True))
    assert [found.uuid for found in kit.all(Zone, is_default=True)] == [first]
    kit.run(zone.update_zone, zone.UpdateZone(uuid=first, is_default=False))
    assert kit.all(Zone, is_default=True) == []


def test_update_changes_only_what_is_given(kit: Places) -> None:
    uuid = kit.make(zone.create_zone, zone.CreateZone(name="a", description="old"))
    kit.run(zone.update_zone, zone.UpdateZone(uuid=uuid, name="b"))
    kit.run(zone.change_zone_state, zone.ChangeZoneState(uuid=uuid, state_event="disable"))
    changed = kit.get(Zone, uuid)
    assert (changed.name, changed.description, changed.state) == ("b", "old", "Disabled")
    kit.run(zone.change_zone_state, zone.ChangeZoneState(uuid=uuid, state_event="enable"))
    assert kit.get(Zone, uuid).state == "Enabled"


def test_delete_refuses_a_zone_with_a_cluster_and_removes_an_empty_one(kit: Places) -> None:
    with kit.refused("SYS.1006", "cluster-1"):
        kit.run(zone.delete_zone, zone.DeleteZone(uuid=kit.zone, delete_mode="Enforcing"))
    empty = kit.make(zone.create_zone, zone.CreateZone(name="empty"))
    kit.run(zone.delete_zone, zone.DeleteZone(uuid=empty))
    assert kit.run(zone.get_zone, zone.GetZone(uuid=empty)).inventories == (ZONE, ())
    assert kit.run(zone.get_zone, zone.GetZone(uuid=kit.zone)).inventories == (ZONE, (kit.zone,))
