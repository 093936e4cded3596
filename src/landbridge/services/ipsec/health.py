"""What vrouters' hosts say of tunnels becomes the connections' status."""

from collections.abc import Mapping

from landbridge.core import vips
from landbridge.core.view import Tx
from landbridge.model.documents.vip import Vip
from landbridge.model.health import Health, TunnelHealth
from landbridge.services.ipsec.documents import IpsecConnection

_PREFIX = "ipsec/"
_GONE = "no vrouter does it"


def told(tx: Tx, host_uuid: str, health: Mapping[str, Health | None], everything: bool) -> None:
    """A connection that a host does not have any more is down, unless another host has said something."""
    known = tx.find(IpsecConnection, status_host=host_uuid) if everything else []
    gone = {connection.uuid for connection in known}
    for key, how in health.items():
        uuid = key.removeprefix(_PREFIX)
        connection = tx.get(IpsecConnection, uuid) if key.startswith(_PREFIX) else None
        gone.discard(uuid)
        if connection is None:
            continue
        if not isinstance(how, TunnelHealth):
            gone.add(uuid)
        elif vips.may_tell(tx, tx.need(Vip, connection.vip_uuid), host_uuid):
            _settle(tx, connection, "up" if how.up else "down", how.reason, host_uuid)
    for uuid in gone:
        connection = tx.need(IpsecConnection, uuid)
        if connection.status_host == host_uuid:
            _settle(tx, connection, "down", _GONE, None)


def _settle(tx: Tx, connection: IpsecConnection, status: str, reason: str | None, host_uuid: str | None) -> None:
    now = (status, reason, host_uuid)
    if (connection.status, connection.status_reason, connection.status_host) != now:
        connection.status, connection.status_reason, connection.status_host = now
        tx.put(connection)
