"""What vrouters' hosts say of servers becomes the servers' status."""

from collections.abc import Mapping

from landbridge.core import vips
from landbridge.core.view import Tx
from landbridge.model.health import BalancerHealth, Health
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.documents import DeadServers, LoadBalancerListener
from landbridge.services.load_balancer.rules import vip_of

_PREFIX = "lb/"


def told(tx: Tx, host_uuid: str, health: Mapping[str, Health | None], everything: bool) -> None:
    """Of a listener that a host does not have any more nothing is known, unless another host has said something."""
    gone = {one.listener_uuid for one in tx.find(DeadServers, host_uuid=host_uuid)} if everything else set()
    for key, how in health.items():
        uuid = key.removeprefix(_PREFIX)
        if not key.startswith(_PREFIX):
            continue
        gone.discard(uuid)
        listener = tx.get(LoadBalancerListener, uuid)
        if not isinstance(how, BalancerHealth):
            gone.add(uuid)
        elif listener is not None and vips.may_tell(tx, vip_of(tx, listener.load_balancer_uuid), host_uuid):
            _settle(tx, uuid, how.dead, host_uuid)
    for uuid in gone:
        if tx.first(DeadServers, listener_uuid=uuid, host_uuid=host_uuid) is not None:
            _settle(tx, uuid, (), host_uuid)


def _settle(tx: Tx, listener_uuid: str, dead: tuple[str, ...], host_uuid: str) -> None:
    known = tx.first(DeadServers, listener_uuid=listener_uuid)
    if (dead, host_uuid if dead else "") == ((known.addresses, known.host_uuid) if known else ((), "")):
        return
    if known is not None:
        tx.delete(known)
    if dead:
        made = DeadServers(uuid=tx.new_uuid(), listener_uuid=listener_uuid, addresses=dead, host_uuid=host_uuid)
        tx.put(made)
    balancers.judge(tx, balancers.groups_of(tx, listener_uuid))
