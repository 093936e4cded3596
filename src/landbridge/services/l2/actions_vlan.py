"""Actions on VLAN networks: make one, and give a network of a physical interface another tag, or none."""

from collections.abc import Mapping
from typing import Annotated, Any

from landbridge.core import relays
from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome, Then, Wait
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2_NETWORK, L2_VLAN, NO_VLAN, VLAN, L2ClusterRef, L2Network
from landbridge.model.documents.places import Cluster, Host
from landbridge.model.errors import ApiError, argerr
from landbridge.services.l2 import physical
from landbridge.services.l2.actions_network import CreateL2
from landbridge.services.l2.attach import named, refuse_double

_HEADER = "org.zstack.header.network.l2"
FIRST_VLAN, LAST_VLAN = 1, 4094
"""IEEE 802.1Q: 0 is no VLAN, 4095 is reserved."""


class CreateL2VlanNetwork(CreateL2, kw_only=True):
    """Make an L2 network that is a VLAN of a physical interface that every host of a cluster has."""

    zone_uuid: Annotated[str, P(help="zone of the clusters to attach it to", ref="ZoneVO")]
    physical_interface: Annotated[str, P(help="the hosts' interface", max=1024, nonempty=True)]
    vlan: Annotated[int, P(help="VLAN id on the wire", low=FIRST_VLAN, high=LAST_VLAN)]


class ChangeL2NetworkVlanId(Request, kw_only=True):
    """Give a VLAN or NoVlan network another VLAN id, or none, while its VMs run."""

    uuid: Annotated[str, P(help="the network", ref="L2NetworkVO")]
    vlan: Annotated[int | None, P(help="VLAN id; left out for a network without", low=FIRST_VLAN, high=LAST_VLAN)] = (
        None
    )
    type: Annotated[str | None, P(help="what it is to be; as it is if left out", values=(VLAN, NO_VLAN))] = None


def create_vlan(ctx: Context, req: CreateL2VlanNetwork) -> Outcome:
    """A network in a VLAN."""
    return physical.make(ctx, req, L2_VLAN, req.vlan)


def change_vlan(ctx: Context, req: ChangeL2NetworkVlanId) -> Outcome:
    """Ends when every connected host that has the network uses the new tag; others do when they are back."""
    tx = ctx.tx
    network = tx.need(L2Network, req.uuid)
    if network.type not in (VLAN, NO_VLAN):
        raise argerr(f"{named(network)} is a {network.type}: only networks on physical interfaces have VLAN ids")
    wanted = req.type or network.type
    if (wanted == VLAN) != (req.vlan is not None):
        needs = "needs a vlan" if wanted == VLAN else f"has no vlan: leave it out, or say type {VLAN}"
        raise argerr(f"{named(network)} as {wanted} {needs}")
    before = (network.type, network.vlan)
    network.type, network.vlan, network.virtual_network_id = wanted, req.vlan, req.vlan or 0
    for ref in tx.find(L2ClusterRef, l2_network_uuid=network.uuid):
        refuse_double(tx, network, tx.need(Cluster, ref.cluster_uuid))
    if before == (network.type, network.vlan):
        return Outcome(inventory=(L2_NETWORK, network.uuid))
    tx.put(network)
    return Outcome(
        inventory=(L2_NETWORK, network.uuid),
        wait=tuple(Wait(host, (f"l2/{network.uuid}",)) for host in _connected(tx, network)),
        failed=Then(
            "l2.vlan-failed",
            {"uuid": network.uuid, "type": before[0], "vlan": before[1], "now": [network.type, network.vlan]},
        ),
    )


def change_failed(tx: Tx, args: Mapping[str, Any], error: ApiError) -> ApiError:
    """A host cannot: the network is what it was, unless somebody has changed it again."""
    network = tx.get(L2Network, args["uuid"])
    if network is not None and [network.type, network.vlan] == args["now"]:
        network.type, network.vlan, network.virtual_network_id = args["type"], args["vlan"], args["vlan"] or 0
        tx.put(network)
    return ApiError("L2.1000", f"the VLAN of L2 network[uuid:{args['uuid']}] could not be changed", cause=error)


def _connected(tx: Tx, network: L2Network) -> list[str]:
    hosts = sorted(relays.hosts_of(tx, network.uuid))
    return [host for host in hosts if tx.need(Host, host).status == "Connected"]


ACTIONS = (
    action(
        "CreateL2VlanNetwork",
        "POST",
        "/l2-networks/vlan",
        create_vlan,
        CreateL2VlanNetwork,
        message=f"{_HEADER}.APICreateL2VlanNetworkMsg",
        kind=L2_VLAN,
        admin_only=True,
    ),
    action(
        "ChangeL2NetworkVlanId",
        "PUT",
        "/l2-networks/{uuid}/actions",
        change_vlan,
        ChangeL2NetworkVlanId,
        message=f"{_HEADER}.APIChangeL2NetworkVlanIdMsg",
        kind=L2_NETWORK,
        admin_only=True,
    ),
)
