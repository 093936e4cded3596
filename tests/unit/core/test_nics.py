"""NICs: names, numbers, MACs, addresses; nothing is left of one that is deleted."""

from collections.abc import Iterator

import pytest

from landbridge.core import nics
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from tests.unit.services.netkit import Kit, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened() as kit:
        yield kit


@pytest.fixture
def l3(kit: Kit) -> str:
    return kit.l3(kit.no_vlan(), "l3", "10.1.0.0/24")


@pytest.fixture
def vm(kit: Kit) -> str:
    def put(tx: Tx) -> str:
        vm = VmInstance(uuid=tx.new_uuid(), name="vm", zone_uuid=kit.zone)
        vm.number = nics.take_number(tx, vm.uuid)
        tx.put(vm)
        return vm.uuid

    return kit.write(put)


def make(kit: Kit, vm: str, l3: str, mac: str | None = None, ip: str | None = None) -> VmNic:
    return kit.write(
        lambda tx: nics.make_nic(tx, tx.need(VmInstance, vm), tx.need(L3Network, l3), mac=mac, static_ip=ip)
    )


def test_device_ids_are_reused(kit: Kit, vm: str, l3: str) -> None:
    made = [make(kit, vm, l3) for _ in range(3)]
    assert [nic.internal_name for nic in made] == ["vnic1.0", "vnic1.1", "vnic1.2"]
    kit.write(lambda tx: nics.delete_nic(tx, tx.need(VmNic, made[1].uuid)))
    assert make(kit, vm, l3).device_id == 1
    assert make(kit, vm, l3).device_id == 3


def test_names_fit_an_interface(kit: Kit) -> None:
    assert len(f"vnic{nics.MAX_NUMBER}.99") <= 15


def test_a_deleted_nic_gives_everything_back(kit: Kit, vm: str, l3: str) -> None:
    nic = make(kit, vm, l3, mac="fa:00:00:00:00:01", ip="10.1.0.9")
    assert [used.vm_nic_uuid for used in kit.all(UsedIp)] == [nic.uuid]
    kit.write(lambda tx: nics.delete_nic(tx, nic))
    assert kit.all(UsedIp) == []
    again = make(kit, vm, l3, mac="fa:00:00:00:00:01", ip="10.1.0.9")
    assert (again.mac, again.ip) == (nic.mac, nic.ip)


def test_macs(kit: Kit, vm: str, l3: str) -> None:
    assert len({make(kit, vm, l3).mac for _ in range(20)}) == 20
    make(kit, vm, l3, mac="FA:00:00:00:00:01")
    for mac, words in (
        ("fa:00:00:00:00:01", "already used"),
        ("0E:5C:00:00:00:01", "reserved"),
        ("0e:dc:00:00:00:01", "reserved"),
        ("01:00:00:00:00:01", "unicast"),
        ("00:00:00:00:00:00", "unicast"),
        ("fa-00-00-00-00-01", "unicast"),
    ):
        with kit.refused("SYS.1007", words):
            make(kit, vm, l3, mac=mac)


def test_no_mac_can_be_found(kit: Kit, vm: str, l3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nics, "MAC_TRIES", 0)
    with pytest.raises(ApiError, match=r"VM\.1009"):
        make(kit, vm, l3)


def test_no_number_is_left(kit: Kit, vm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nics, "MAX_NUMBER", 1)
    with kit.refused("SYS.1006", "expunge one"):
        kit.write(lambda tx: nics.take_number(tx, tx.new_uuid()))


def test_plugged_and_unplugged(kit: Kit, vm: str, l3: str) -> None:
    host = kit.add_host()
    make(kit, vm, l3)
    kit.write(lambda tx: nics.plug(tx, tx.need(VmInstance, vm), host))
    assert [nic.host_uuid for nic in kit.all(VmNic)] == [host]
    kit.write(lambda tx: nics.unplug(tx, tx.need(VmInstance, vm)))
    assert [nic.host_uuid for nic in kit.all(VmNic)] == [""]


def test_readdress(kit: Kit, vm: str, l3: str) -> None:
    nic = make(kit, vm, l3, ip="10.1.0.9")

    def to(ip: str | None) -> str | None:
        def change(tx: Tx) -> str | None:
            mine = tx.need(VmNic, nic.uuid)
            nics.readdress(tx, tx.need(VmInstance, vm), mine, tx.need(L3Network, l3), ip)
            return mine.ip

        return kit.write(change)

    assert to("10.1.0.9") == "10.1.0.9"
    assert to("10.1.0.10") == "10.1.0.10"
    assert [used.ip for used in kit.all(UsedIp)] == ["10.1.0.10"]
    other = make(kit, vm, l3, ip="10.1.0.9")
    with kit.refused("SYS.1006", "already in use"):
        to("10.1.0.9")
    assert other.ip == "10.1.0.9"
