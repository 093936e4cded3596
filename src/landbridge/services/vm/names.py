"""Projection `name`, key (nic,): what the vrouter of its network answers when somebody asks for a VM by name.

The name is the one that DHCP tells the VM, under the domain of its network.
"""

from collections.abc import Iterable, Iterator

from landbridge.core.names import DEFAULT_DOMAIN
from landbridge.core.nics import is_guest, router_of
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.account import SystemTag
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.router_node import DnsName
from landbridge.services.vm import hostname


def name(view: View, key: SourceKey) -> Iterator[Projected]:
    """A VM has its name whether it runs or not, as it has its address."""
    nic = view.get(VmNic, key[0])
    if nic is None or nic.meta_data is not None or nic.ip is None:
        return
    router = router_of(view, nic.l3_network_uuid)
    if router is None:
        return
    vm, l3 = view.need(VmInstance, nic.vm_instance_uuid), view.need(L3Network, nic.l3_network_uuid)
    value = DnsName(hostname=hostname.of(view, vm), domain=l3.dns_domain or DEFAULT_DOMAIN, ip=nic.ip)
    yield Placed(f"router:{router.vm_instance_uuid}", f"name/{nic.uuid}", value)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic) and nic.meta_data is None:
            yield (nic.uuid,)
        elif isinstance(nic, VmNic) and is_guest(nic) and not (change.old and change.new):
            yield from _in_network(view, nic.l3_network_uuid)


def _vm_changed(view: View, change: Change) -> Iterator[SourceKey]:
    old, new = change.old, change.new
    if isinstance(old, VmInstance) and isinstance(new, VmInstance) and old.name != new.name:
        yield from _of_vm(view, new.uuid)


def _tag_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for tag in (change.old, change.new):
        if isinstance(tag, SystemTag) and tag.tag.startswith("hostname::"):
            yield from _of_vm(view, tag.resource_uuid)


def _l3_changed(view: View, change: Change) -> Iterable[SourceKey]:
    old, new = change.old, change.new
    if isinstance(old, L3Network) and isinstance(new, L3Network) and old.dns_domain != new.dns_domain:
        return _in_network(view, new.uuid)
    return ()


def _of_vm(view: View, vm_uuid: str) -> Iterator[SourceKey]:
    for nic in view.find(VmNic, vm_instance_uuid=vm_uuid):
        yield (nic.uuid,)


def _in_network(view: View, l3_uuid: str) -> Iterator[SourceKey]:
    for nic in view.find(VmNic, l3_network_uuid=l3_uuid, meta_data=None):
        yield (nic.uuid,)


NAME = Projection(
    name="name",
    project=name,
    affected={VmNic: _nic_changed, VmInstance: _vm_changed, SystemTag: _tag_changed, L3Network: _l3_changed},
    keys=lambda view: [(nic.uuid,) for nic in view.find(VmNic)],
)
