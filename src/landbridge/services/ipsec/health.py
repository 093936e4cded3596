"""What vrouters' hosts say of tunnels becomes the connections' status."""

from collections.abc import Mapping

from landbridge.core import vips
from landbridge.core.service import Tx
from landbridge.model.documents.vip import Vip
from landbridge.model.health import Health, TunnelHealth
from landbridge.services.ipsec.documents import IpsecConnection

_PREFIX = "ipsec/"
UP, DOWN = "up", "down"
_NOBODY = TunnelHealth(up=False, reason="no vrouter does it")


def told(tx: Tx, host_uuid: str, health: Mapping[str, Health | None], everything: bool) -> None:
    """A connection that a host's vrouter has no longer is down, unless another one has it."""
    news: dict[str, TunnelHealth] = {}
    if everything:
        news = {one.uuid: _NOBODY for one in tx.find(IpsecConnection, status=UP)}
    for key, how in health.items():
        if key.startswith(_PREFIX):
            news[key.removeprefix(_PREFIX)] = how if isinstance(how, TunnelHealth) else _NOBODY
    for uuid, fares in news.items():
        connection = tx.get(IpsecConnection, uuid)
        if connection is not None and vips.may_tell(tx, tx.need(Vip, connection.vip_uuid), host_uuid):
            _settle(tx, connection, fares)


def _settle(tx: Tx, connection: IpsecConnection, fares: TunnelHealth) -> None:
    status = UP if fares.up else DOWN
    if (connection.status, connection.status_reason) != (status, fares.reason):
        connection.status, connection.status_reason = status, fares.reason
        tx.put(connection)
