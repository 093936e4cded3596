"""Translations: what of VIPs leads to VMs' NICs.  One kind of them (EIPs, forwarding rules) is one value.

They belong to VIP and NIC, never to a vrouter: whichever vrouter the NIC's network is attached to does them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from landbridge.core import vips
from landbridge.core.nics import nics_of, router_of
from landbridge.core.renaming import Renaming, rename
from landbridge.core.service import Change, Context, Outcome, Placed, Projected, Projection, SourceKey
from landbridge.core.titles import is_router, title
from landbridge.core.uses import VipUse
from landbridge.core.view import Tx, View
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.l3 import L3Network, NetworkServiceRef
from landbridge.model.documents.translation import Translation
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import USER_VM, VmInstance, VmNic
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.node import AnyObject
from landbridge.model.resource import Kind, Resource

T = TypeVar("T", bound=Translation)
VM_STATES = frozenset({"Running", "Paused", "Pausing", "Resuming", "Stopped", "VolumeMigrating"})


@dataclass(frozen=True, slots=True)
class Translations(Generic[T]):
    """One kind of translation: what its actions do, its part in the lives of VIPs and NICs, its projection.

    name     of the projection, whose keys are (uuid,)
    noun     as names of actions have it
    what     as errors call it
    use      what it is on its VIP
    refusal  why one cannot be for a NIC; None when it can
    node     (translation, guest's address, vrouter's NIC in the VIP's network) -> what the vrouter does
    """

    doc: type[T]
    kind: Kind
    name: str
    noun: str
    what: str
    use: VipUse
    refusal: Callable[[View, T, VmNic], ApiError | None]
    node: Callable[[T, str, VmNic], AnyObject]

    def named(self, one: T) -> str:
        """As errors name it."""
        return f"{self.what}[uuid:{one.uuid}, name:{one.name}, ip:{one.vip_ip}]"

    # ---- actions ---------------------------------------------------------------------------------

    def create(self, tx: Tx, made: T, nic_uuid: str | None, ports: vips.Ports | None = None) -> Outcome:
        """It stands on its VIP, for a NIC or for none yet.

        Raises: what `vips.use` and `vips.take_ports` raise, and `refusal` says.
        """
        tx.put(made)
        vips.use(tx, made.vip_uuid, made.uuid, self.use)
        if ports is not None:
            vips.take_ports(tx, made.vip_uuid, made.uuid, ports)
        if nic_uuid is not None:
            self._bind(tx, made, nic_uuid)
        return at_vip(tx, made.vip_uuid, (self.kind, made.uuid))

    def attach(self, tx: Tx, uuid: str, nic_uuid: str) -> Outcome:
        """SYS.1006 when it is attached or disabled; else as `refusal` says."""
        one = tx.need(self.doc, uuid)
        if one.vm_nic_uuid is not None:
            raise operr(f"{self.named(one)} is attached to NIC[uuid:{one.vm_nic_uuid}] already: detach it first")
        if one.state != "Enabled":
            raise operr(f"{self.named(one)} is {one.state}: enable it (Change{self.noun}State)")
        self._bind(tx, one, nic_uuid)
        return at_vip(tx, one.vip_uuid, (self.kind, one.uuid))

    def detach(self, tx: Tx, uuid: str) -> Outcome:
        """It keeps its VIP and its ports.  SYS.1006 when it is attached to nothing."""
        one = tx.need(self.doc, uuid)
        if one.vm_nic_uuid is None:
            raise operr(f"{self.named(one)} is attached to no NIC")
        router = vips.router_for(tx, tx.need(Vip, one.vip_uuid))
        self._unbind(tx, one)
        return at_router(tx, router, inventory=(self.kind, one.uuid))

    def update(self, tx: Tx, uuid: str, req: Renaming) -> Outcome:
        """Absent parameters stay as they are."""
        one = tx.need(self.doc, uuid)
        rename(one, req)
        tx.put(one)
        return Outcome(inventory=(self.kind, one.uuid))

    def change_state(self, tx: Tx, uuid: str, event: str) -> Outcome:
        """`enable` or `disable`; it keeps its NIC and its ports."""
        one = tx.need(self.doc, uuid)
        one.state = "Enabled" if event == "enable" else "Disabled"
        tx.put(one)
        return at_vip(tx, one.vip_uuid, (self.kind, one.uuid))

    def delete(self, tx: Tx, uuid: str) -> Outcome:
        """Its VIP is free for others; the job ends when its vrouter no longer does it."""
        one = tx.need(self.doc, uuid)
        router = vips.router_for(tx, tx.need(Vip, one.vip_uuid))
        self._remove(tx, one)
        return at_router(tx, router)

    # ---- VIPs and NICs ---------------------------------------------------------------------------

    def vip_goes(self, tx: Tx, vip: Vip) -> None:
        """With all that stands on it."""
        for one in tx.find(self.doc, vip_uuid=vip.uuid):
            self._remove(tx, one)

    def nic_goes(self, tx: Tx, nic: VmNic) -> None:
        """What led to it waits for another."""
        for one in tx.find(self.doc, vm_nic_uuid=nic.uuid):
            self._unbind(tx, one)

    def _bind(self, tx: Tx, one: T, nic_uuid: str) -> None:
        nic = tx.need(VmNic, nic_uuid)
        error = self.refusal(tx, one, nic)
        if error:
            raise error
        one.vm_nic_uuid, one.guest_ip, one.guest_l3_uuid = nic.uuid, nic.ip, nic.l3_network_uuid
        tx.put(one)
        vips.serve(tx, one.vip_uuid, one.uuid, (nic.l3_network_uuid,))

    def _unbind(self, tx: Tx, one: T) -> None:
        one.vm_nic_uuid = one.guest_ip = one.guest_l3_uuid = None
        tx.put(one)
        vips.serve(tx, one.vip_uuid, one.uuid, ())

    def _remove(self, tx: Tx, one: T) -> None:
        vips.leave(tx, one.vip_uuid, one.uuid)
        tx.delete(one)

    # ---- the vrouter -----------------------------------------------------------------------------

    def projection(self) -> Projection:
        """Object `<name>/<uuid>` of the vrouter that the NIC's network is attached to."""
        affected: dict[type[Resource], Callable[[View, Change], Iterable[SourceKey]]] = {
            self.doc: self._changed,
            VmNic: self._router_moved,
        }
        return Projection(self.name, self._project, affected, self._keys)

    def _keys(self, view: View) -> list[SourceKey]:
        return [(one.uuid,) for one in view.find(self.doc)]

    def _project(self, view: View, key: SourceKey) -> Iterator[Projected]:
        """Nothing while it is disabled, attached to no NIC, or the network has no vrouter."""
        one = view.get(self.doc, key[0])
        if one is None or one.state != "Enabled" or one.guest_l3_uuid is None or one.guest_ip is None:
            return
        nic = router_of(view, one.guest_l3_uuid)
        router = view.get(VmInstance, nic.vm_instance_uuid) if nic else None
        leg = vips.leg_of(view, router, view.need(Vip, one.vip_uuid)) if router else None
        if router is not None and leg is not None:
            yield Placed(f"router:{router.uuid}", f"{self.name}/{one.uuid}", self.node(one, one.guest_ip, leg))

    def _changed(self, view: View, change: Change) -> Iterator[SourceKey]:
        for one in (change.old, change.new):
            if isinstance(one, self.doc):
                yield (one.uuid,)

    def _router_moved(self, view: View, change: Change) -> list[SourceKey]:
        """What a vrouter begins or ceases to do when it comes to a network, or leaves it."""
        nic = change.new or change.old
        if not isinstance(nic, VmNic) or nic.meta_data is None or (change.old and change.new):
            return []
        found = view.find(self.doc, guest_l3_uuid=nic.l3_network_uuid)
        vip_uuids = tuple(vip.uuid for vip in view.find(Vip, l3_network_uuid=nic.l3_network_uuid))
        if vip_uuids:
            found += view.find(self.doc, vip_uuid=vip_uuids)
        return [(one.uuid,) for one in found]


# ---- NICs ----------------------------------------------------------------------------------------


def user_nics(ctx: Context, vms: list[VmInstance] | None = None) -> Iterator[VmNic]:
    """The NICs of the VMs (None: all there are) that the caller sees."""
    for vm in ctx.tx.find(VmInstance, type=USER_VM) if vms is None else vms:
        if ctx.sees(vm.uuid):
            yield from ctx.tx.find(VmNic, vm_instance_uuid=vm.uuid)


def nic_refusal(view: View, vip: Vip, nic: VmNic, service: str) -> ApiError | None:
    """Why a translation of the VIP cannot be for the NIC; None when it can."""
    vm = view.need(VmInstance, nic.vm_instance_uuid)
    beside = vip.l3_network_uuid in {other.l3_network_uuid for other in nics_of(view, vm.uuid)}
    if beside and not is_router(vm) and vm.state in VM_STATES:
        return argerr(f"{title(vm)} has a NIC on the network of {vips.named(vip)}: it is reached there without it")
    return service_refusal(view, vip, nic, service)


def service_refusal(view: View, vip: Vip, nic: VmNic, service: str) -> ApiError | None:
    """Why a service on the VIP cannot be for the NIC, whatever the service; None when it can."""
    vm = view.need(VmInstance, nic.vm_instance_uuid)
    l3 = view.need(L3Network, nic.l3_network_uuid)
    where = f"L3 network[uuid:{l3.uuid}, name:{l3.name}]"
    who = f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] of {title(vm)}"
    if is_router(vm):
        return argerr(f"{who} is a vrouter's: name a VM's NIC")
    if vm.state not in VM_STATES:
        return operr(f"{title(vm)} is {vm.state}, this needs {', '.join(sorted(VM_STATES))}")
    if view.first(NetworkServiceRef, l3_network_uuid=l3.uuid, network_service_type=service) is None:
        return operr(f"{where} of {who} does not have the network service {service}: attach it (networkServices)")
    router_nic = router_of(view, l3.uuid)
    if router_nic is not None:
        why = vips.peer_refusal(view, vip, view.need(VmInstance, router_nic.vm_instance_uuid))
        if why:
            return operr(f"{vips.named(vip)} cannot serve {who}: {why}")
    return None
