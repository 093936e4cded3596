"""What hosts are sent after any sequence of changes is what a compile from scratch gives."""

from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.core.compile import everything
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import L3Dns, NetworkServiceRef
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.node import AnyObject
from landbridge.services.l2.attach import host_changed
from landbridge.services.l3 import actions_options, actions_service
from tests.unit.services.netkit import Kit, facts, interface, opened

HOSTS = 3
STEPS = st.lists(
    st.tuples(st.sampled_from(["plug", "unplug", "router", "mtu", "dns", "dhcp", "move"]), st.integers(0, 5)),
    max_size=12,
)


def from_scratch(kit: Kit, host: str) -> dict[str, AnyObject]:
    compiled = kit.write(lambda tx: list(everything(kit.store.catalog.projections.values(), tx).values()))
    scopes = {scope for one in compiled for node, scope in one.subscriptions if node == host}
    found = {key: value for one in compiled for (scope, key), value in one.objects.items() if scope in scopes}
    return {key: value for key, value in found.items() if key != "host"}


def take_step(kit: Kit, l3s: list[str], step: str, number: int) -> None:
    l3, host = l3s[number % len(l3s)], kit.hosts[number % HOSTS]
    match step:
        case "plug":
            kit.nic(l3, host=host)
        case "router":
            kit.nic(l3, host=host, ip="192.168.0.1", router=True)
        case "unplug":

            def unplug(tx: Tx) -> None:
                for nic in tx.find(VmNic, host_uuid=host)[:1]:
                    tx.delete(nic)
                    tx.delete(tx.need(VmInstance, nic.vm_instance_uuid))

            kit.write(unplug)
        case "mtu":
            request = actions_options.SetL3NetworkMtu(l3_network_uuid=l3, mtu=1300 + number)
            kit.run(actions_options.set_mtu, request)
        case "dns" if all(dns.dns != f"1.1.1.{number}" for dns in kit.all(L3Dns, l3_network_uuid=l3)):
            dns = actions_options.AddDnsToL3Network(l3_network_uuid=l3, dns=f"1.1.1.{number}")
            kit.run(actions_options.add_dns, dns)
        case "dhcp":
            attach = actions_service.AttachNetworkServiceToL3Network(
                l3_network_uuid=l3, network_services={"Flat": ["DHCP"], "vrouter": ["CentralizedDNS"]}
            )
            if not kit.all(NetworkServiceRef, l3_network_uuid=l3):
                kit.run(actions_service.attach, attach)
            else:
                for service in ("DHCP", "CentralizedDNS"):
                    detach = actions_service.DetachNetworkServiceFromL3Network(l3_network_uuid=l3, service=service)
                    kit.run(actions_service.detach, detach)
        case "move":
            kit.edit(Host, host, facts=facts(interface("eth1", f"10.0.0.{100 + number}/24")))
            kit.write(lambda tx: host_changed(tx, host))


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_incremental_is_from_scratch(steps: list[tuple[str, int]]) -> None:
    with opened(hosts=HOSTS) as kit:
        pool = kit.pool()
        kit.attach(pool)
        shared = kit.vxlan(pool)
        l3s = [kit.l3(shared, cidr="192.168.0.0/25"), kit.l3(kit.vxlan(pool), cidr="192.168.0.0/24")]
        for step, number in steps:
            take_step(kit, l3s, step, number)
        for host in kit.hosts:
            assert kit.objects(host) == from_scratch(kit, host)
