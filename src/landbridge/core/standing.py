"""What stands on a VIP or leads to a NIC, whichever services these are: each says itself what becomes of it."""

from collections.abc import Iterator

from landbridge.core import vips
from landbridge.core.uses import FarNetworks, NicUse
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vip import Vip, VipService
from landbridge.model.documents.vm import VmInstance, VmNic


def clear(tx: Tx, vip: Vip) -> None:
    """Whatever stands on the VIP is gone, and what limits it."""
    for service in tx.services:
        if service.vip_goes is not None:
            service.vip_goes(tx, vip)


def remove_own(tx: Tx, router: VmInstance) -> None:
    """A vrouter is about to go, and with it its own VIP; one that others use stays, as an ordinary VIP."""
    for vip in tx.find(Vip, router_uuid=router.uuid):
        for service in tx.find(VipService, vip_uuid=vip.uuid, service_type=vips.SNAT):
            vips.leave(tx, vip.uuid, service.service_uuid)
        if tx.first(VipService, vip_uuid=vip.uuid) is not None:
            vips.set_free(tx, tx.need(Vip, vip.uuid))
        else:
            clear(tx, vip)
            tx.delete(vip)


def let_go(tx: Tx, nic: VmNic) -> None:
    """The NIC is about to go, or to get another address: what led to it waits to be attached again."""
    for service in tx.services:
        if service.nic_goes is not None:
            service.nic_goes(tx, nic)


def router_goes(tx: Tx, router: VmInstance) -> None:
    """A vrouter is about to go, and with it what is its own."""
    for service in tx.services:
        if service.router_goes is not None:
            service.router_goes(tx, router)


def goes_along(view: View, uuid: str) -> Iterator[str]:
    """What changes its owner when a resource does, besides its parts."""
    for service in view.services:
        if service.goes_along is not None:
            yield from service.goes_along(view, uuid)


def uses_of(view: View, nic: VmNic) -> Iterator[NicUse]:
    """What leads to a NIC."""
    for service in view.services:
        if service.nic_uses is not None:
            yield from service.nic_uses(view, nic)


def far_networks(view: View, l3_uuid: str, besides: str) -> Iterator[FarNetworks]:
    """What tunnels lead a subnet to, but those of the service named so."""
    for service in view.services:
        if service.far_networks is not None and service.name != besides:
            yield from service.far_networks(view, l3_uuid)


def subnet_joins(tx: Tx, router: VmInstance, l3: L3Network) -> None:
    """A subnet has been attached to a vrouter."""
    for service in tx.services:
        if service.subnet_joins is not None:
            service.subnet_joins(tx, router, l3)


def subnet_refusal(view: View, router: VmInstance, l3: L3Network) -> str | None:
    """Why a subnet cannot be attached to a vrouter, for the sake of what serves it; None when it can."""
    refusals = (service.refuse_subnet for service in view.services)
    found = (refuse(view, router, l3) for refuse in refusals if refuse is not None)
    return next((why for why in found if why is not None), None)
