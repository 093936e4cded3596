"""Projection `ipsec`, key (connection,): a tunnel of the VIP's vrouter, for networks attached to that."""

from collections.abc import Iterable, Iterator

from landbridge.core import vips
from landbridge.core.nics import cidr_of, is_guest, nics_of
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.model.router_node import IpsecTunnel
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.documents import IpsecConnection, IpsecL3Network, IpsecPeerCidr
from landbridge.services.ipsec.proposals import group_of


def tunnel(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing while it is disabled, or one side has no networks, or the VIP has no vrouter."""
    connection = view.get(IpsecConnection, key[0])
    if connection is None or connection.state != "Enabled":
        return
    vip = view.need(Vip, connection.vip_uuid)
    router = vips.router_for(view, vip)
    if router is None or vips.leg_of(view, router, vip) is None:
        return
    mine = connections.networks_of(view, connection.uuid)
    guests = [nic for nic in nics_of(view, router.uuid) if is_guest(nic) and nic.l3_network_uuid in mine]
    local = tuple(str(cidr_of(nic)) for nic in guests)
    remote = tuple(map(str, connections.peer_cidrs(view, connection.uuid)))
    if local and remote:
        yield Placed(f"router:{router.uuid}", f"ipsec/{connection.uuid}", _tunnel(connection, vip, local, remote))


def _tunnel(connection: IpsecConnection, vip: Vip, local: tuple[str, ...], remote: tuple[str, ...]) -> IpsecTunnel:
    return IpsecTunnel(
        uuid=connection.uuid,
        vip_ip=vip.ip,
        peer_ip=connection.peer_address,
        local_id=connection.local_id or vip.ip,
        remote_id=connection.remote_id or connection.peer_address,
        psk=connection.auth_key,
        generation=connection.generation,
        version=connection.ike_version,  # type: ignore[arg-type]  # one of the values of the parameter
        ike_encryption=connection.ike_encryption_algorithm,
        ike_integrity=connection.ike_auth_algorithm,
        ike_group=connection.ike_dh_group,
        ike_seconds=connection.ike_life_time,
        esp_encryption=connection.policy_encryption_algorithm,
        esp_integrity=connection.policy_auth_algorithm,
        esp_group=group_of(connection.pfs),
        esp_seconds=connection.life_time,
        local=local,
        remote=remote,
    )


def _connection_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for document in (change.old, change.new):
        if isinstance(document, IpsecConnection):
            yield (document.uuid,)
        elif isinstance(document, IpsecPeerCidr | IpsecL3Network):
            yield (document.connection_uuid,)


def _nic_changed(view: View, change: Change) -> Iterable[SourceKey]:
    serving = tuple(vips.concerned(view, change))
    return [(one.uuid,) for one in view.find(IpsecConnection, vip_uuid=serving)] if serving else ()


def keys(view: View) -> list[SourceKey]:
    """Every connection."""
    return [(connection.uuid,) for connection in view.find(IpsecConnection)]


IPSEC = Projection(
    name="ipsec",
    project=tunnel,
    affected={
        IpsecConnection: _connection_changed,
        IpsecPeerCidr: _connection_changed,
        IpsecL3Network: _connection_changed,
        VmNic: _nic_changed,
    },
    keys=keys,
)
