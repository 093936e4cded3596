"""EIPs: whose they may be, what the vrouter is told, what becomes of them when the VM changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.vip import VIP
from landbridge.model.documents.vm import VM_NIC, VmInstance
from landbridge.model.router_node import StaticNat
from landbridge.services.eip.document import Eip
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def create(cloud: NatCloud, vip: str, nic: str | None = None, **params: Any) -> Any:
    """A new EIP."""
    wanted = {"name": "eip", "vipUuid": vip, **({"vmNicUuid": nic} if nic else {}), **params}
    return cloud.call("CreateEip", **wanted)


def translations(cloud: NatCloud) -> list[tuple[str, str]]:
    found = cloud.of_router("eip/").values()
    return sorted((nat.vip_ip, nat.guest_ip) for nat in found if isinstance(nat, StaticNat))


def test_created_with_its_nic(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    outcome = cloud.begin("CreateEip", name="e", vipUuid=vip, vmNicUuid=nic)
    assert cloud.route is not None
    assert [wait.node for wait in outcome.wait] == [cloud.route["hostUuid"]]
    eip = cloud.finish(outcome)
    shown = cloud.shown(vip)
    assert (eip["vipIp"], eip["guestIp"], eip["state"]) == (shown["ip"], "10.1.0.3", "Enabled")
    assert "guestL3Uuid" not in eip
    assert (shown["useFor"], shown["peerL3NetworkUuids"]) == ("Eip", [cloud.web])
    assert translations(cloud) == [(shown["ip"], "10.1.0.3")]


def test_found_from_its_vip_and_its_nic(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    create(cloud, vip, nic, name="mine")
    create(cloud, cloud.vip(), name="other")
    assert [row["uuid"] for row in cloud.ask(VIP, "eip.name=mine")] == [vip]
    assert [row["uuid"] for row in cloud.ask(VM_NIC, "eip.name=mine", "eip.vip.uuid=" + vip)] == [nic]


def test_attached_and_detached(cloud: NatCloud) -> None:
    eip, nic = create(cloud, cloud.vip()), cloud.guest()
    assert "vmNicUuid" not in eip
    with cloud.refused("SYS.1006", "attached to no NIC"):
        cloud.call("DetachEip", uuid=eip["uuid"])
    assert cloud.call("AttachEip", eipUuid=eip["uuid"], vmNicUuid=nic)["guestIp"] == "10.1.0.3"
    nic = cloud.guest()
    with cloud.refused("SYS.1006", "already", "detach it first"):
        cloud.call("AttachEip", eipUuid=eip["uuid"], vmNicUuid=nic)
    outcome = cloud.begin("DetachEip", uuid=eip["uuid"])
    assert outcome.wait
    assert "guestIp" not in cloud.finish(outcome)
    assert translations(cloud) == []
    cloud.call("AttachEip", eipUuid=eip["uuid"], vmNicUuid=nic)


def test_disabled_it_carries_nothing(cloud: NatCloud) -> None:
    eip = create(cloud, cloud.vip(), cloud.guest())
    cloud.call("ChangeEipState", uuid=eip["uuid"], stateEvent="disable")
    assert translations(cloud) == []
    cloud.call("ChangeEipState", uuid=eip["uuid"], stateEvent="enable")
    assert len(translations(cloud)) == 1
    other = create(cloud, cloud.vip())
    cloud.call("ChangeEipState", uuid=other["uuid"], stateEvent="disable")
    nic = cloud.guest()
    with cloud.refused("SYS.1006", "ChangeEipState"):
        cloud.call("AttachEip", eipUuid=other["uuid"], vmNicUuid=nic)


def test_deleted_its_vip_is_free(cloud: NatCloud) -> None:
    vip = cloud.vip()
    eip = create(cloud, vip, cloud.guest())
    cloud.call("DeleteEip", uuid=eip["uuid"])
    assert "useFor" not in cloud.shown(vip)
    assert translations(cloud) == []
    cloud.call("DeleteEip", uuid=eip["uuid"])
    cloud.rule(vip, 80)


def test_it_goes_with_its_vip(cloud: NatCloud) -> None:
    vip = cloud.vip()
    create(cloud, vip, cloud.guest())
    unused = cloud.vip()
    create(cloud, unused, cloud.guest())
    cloud.call("DeleteVip", uuid=vip)
    assert [eip.vip_uuid for eip in cloud.all(Eip)] == [unused]
    assert len(translations(cloud)) == 1


def test_it_needs_its_vip_for_itself(cloud: NatCloud) -> None:
    vip = cloud.vip()
    create(cloud, vip)
    with cloud.refused("SYS.1006", "is used for Eip", "for itself"):
        create(cloud, vip)
    with cloud.refused("SYS.1007", "is used for Eip", "beside which nothing can be"):
        cloud.rule(vip, 80)
    own = cloud.own_vip()
    with cloud.refused("SYS.1006", "a vrouter's own"):
        create(cloud, own)


def test_nics_that_cannot_have_it(cloud: NatCloud) -> None:
    assert cloud.route is not None
    vip = cloud.vip()
    guest_leg = next(nic for nic in cloud.nics(cloud.route) if nic.l3_network_uuid == cloud.web)
    with cloud.refused("SYS.1007", "a vrouter's", "name a VM's NIC"):
        create(cloud, vip, guest_leg.uuid)
    plain = cloud.subnet("10.9.0.0/24", "plain", vpc=True)
    nic = cloud.guest(plain)
    with cloud.refused("SYS.1006", "network service Eip", "attach it"):
        create(cloud, vip, nic)
    both = cloud.vm(cloud.web, cloud.public)
    with cloud.refused("SYS.1007", "reached there without it"):
        create(cloud, vip, both["vmNics"][0]["uuid"])
    dead = cloud.vm(cloud.web)
    cloud.edit(VmInstance, dead["uuid"], state="Starting")
    with cloud.refused("SYS.1006", "is Starting"):
        create(cloud, vip, dead["vmNics"][0]["uuid"])
    taken = cloud.guest()
    create(cloud, cloud.vip(), taken)
    with cloud.refused("SYS.1006", "has EIP", "detach it first"):
        create(cloud, vip, taken)


def test_addresses_that_do_not_fit(cloud: NatCloud) -> None:
    nic, other = cloud.guest(), cloud.vm(cloud.web)["vmNics"][0]
    used = cloud.get_used(other["uuid"])
    unused = cloud.vip()
    with cloud.refused("SYS.1007", "no address of NIC"):
        create(cloud, unused, nic, usedIpUuid=used)
    inside = cloud.vip(cloud.web)
    elsewhere = cloud.subnet("10.1.0.0/24", "twin", vpc=True)
    wanted = {"vrouter": ["Eip"]}
    cloud.call("AttachNetworkServiceToL3Network", l3NetworkUuid=elsewhere, networkServices=wanted)
    nic = cloud.guest(elsewhere)
    with cloud.refused("SYS.1006", "lies in the guest subnet"):
        create(cloud, inside, nic)


def test_beside_a_rule_that_is_not_for_everybody(cloud: NatCloud) -> None:
    nic, vip = cloud.guest(), cloud.vip()
    cloud.rule(vip, 80, nic)
    create(cloud, cloud.vip(), nic)
    closed = cloud.guest()
    cloud.rule(cloud.vip(), 80, closed, allowedCidr="192.0.2.0/24")
    unused = cloud.vip()
    with cloud.refused("SYS.1006", "allowedCidr", "go around"):
        create(cloud, unused, closed)


def test_a_network_without_a_vrouter(cloud: NatCloud) -> None:
    """It waits for one."""
    eip = create(cloud, cloud.vip(), cloud.guest(cloud.far))
    assert translations(cloud) == []
    assert cloud.route is not None
    cloud.join(cloud.route, cloud.far)
    assert translations(cloud) == [(eip["vipIp"], "10.3.0.3")]


def test_the_vm_gets_another_address(cloud: NatCloud) -> None:
    vm = cloud.vm(cloud.web)
    eip = create(cloud, cloud.vip(), vm["vmNics"][0]["uuid"])
    cloud.call("SetVmStaticIp", vmInstanceUuid=vm["uuid"], l3NetworkUuid=cloud.web, ip="10.1.0.77")
    assert translations(cloud) == []
    nic = vm["vmNics"][0]["uuid"]
    assert cloud.call("AttachEip", eipUuid=eip["uuid"], vmNicUuid=nic)["guestIp"] == "10.1.0.77"
    assert translations(cloud) == [(eip["vipIp"], "10.1.0.77")]
    cloud.call("SetVmStaticIp", vmInstanceUuid=vm["uuid"], l3NetworkUuid=cloud.web, ip="10.1.0.77")
    assert translations(cloud) == [(eip["vipIp"], "10.1.0.77")], "the same one is no other"


def test_the_vm_goes_to_another_network(cloud: NatCloud) -> None:
    vm = cloud.vm(cloud.web)
    nic = vm["vmNics"][0]["uuid"]
    vip = cloud.vip()
    eip = create(cloud, vip, nic)
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    cloud.call("ChangeVmNicNetwork", vmNicUuid=nic, destL3NetworkUuid=cloud.db)
    assert translations(cloud) == []
    assert cloud.shown(vip)["peerL3NetworkUuids"] == []
    cloud.call("AttachEip", eipUuid=eip["uuid"], vmNicUuid=nic)
    assert translations(cloud) == [(eip["vipIp"], "10.2.0.3")]
    assert cloud.shown(vip)["peerL3NetworkUuids"] == [cloud.db]


def test_the_vm_is_gone(cloud: NatCloud) -> None:
    """Stopped it keeps it; expunged it does not."""
    vm = cloud.vm(cloud.web)
    vip = cloud.vip()
    eip = create(cloud, vip, vm["vmNics"][0]["uuid"])
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert len(translations(cloud)) == 1
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    cloud.call("ExpungeVmInstance", uuid=vm["uuid"])
    assert cloud.get(Eip, eip["uuid"]).vm_nic_uuid is None
    assert translations(cloud) == []
    assert (cloud.shown(vip)["useFor"], cloud.shown(vip)["peerL3NetworkUuids"]) == ("Eip", [])


def candidates(answer: Any) -> set[str]:
    rows = answer if isinstance(answer, list) else answer["inventories"]
    return {row["uuid"] for row in rows}


def test_candidates(cloud: NatCloud) -> None:
    eip = create(cloud, cloud.vip())
    fits, far = cloud.guest(name="web-1"), cloud.guest(cloud.far)
    has = cloud.guest()
    attached = create(cloud, cloud.vip(), has)
    assert candidates(cloud.call("GetEipAttachableVmNics", eipUuid=eip["uuid"])) == {fits, far}
    assert candidates(cloud.call("GetEipAttachableVmNics", vipUuid=cloud.vip(), vmName="web")) == {fits}
    assert (
        candidates(cloud.call("GetEipAttachableVmNics", eipUuid=eip["uuid"], networkServiceProvider="Flat")) == set()
    )
    assert candidates(cloud.call("GetEipAttachableVmNics", eipUuid=attached["uuid"])) == set()
    with cloud.refused("SYS.1007", "give one"):
        cloud.call("GetEipAttachableVmNics")
    assert candidates(cloud.call("GetVmNicAttachableEips", vmNicUuid=fits)) == {eip["uuid"]}
    assert candidates(cloud.call("GetVmNicAttachableEips", vmNicUuid=has)) == set()
    assert candidates(cloud.call("GetVmNicAttachableEips", vmNicUuid=fits, ipVersion=6)) == set()


def test_candidates_by_pages(cloud: NatCloud) -> None:
    eip = create(cloud, cloud.vip())
    nics = {cloud.guest() for _ in range(3)}
    outcome = cloud.begin("GetEipAttachableVmNics", eipUuid=eip["uuid"], limit=2)
    assert outcome.inventories is not None
    first = outcome.inventories[1]
    assert (len(first), outcome.body) == (2, {"start": 2, "more": True})
    outcome = cloud.begin("GetEipAttachableVmNics", eipUuid=eip["uuid"], limit=2, start=2)
    assert outcome.inventories is not None
    assert set(first) | set(outcome.inventories[1]) == nics
    assert outcome.body == {"start": 3, "more": False}
