"""What vrouters' hosts say of servers becomes the servers' status."""

from collections.abc import Mapping

from landbridge.core import vips
from landbridge.core.service import Tx
from landbridge.model.health import BalancerHealth, Health
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.documents import DeadServers, LoadBalancerListener
from landbridge.services.load_balancer.rules import vip_of

_PREFIX = "lb/"


def told(tx: Tx, host_uuid: str, health: Mapping[str, Health | None], everything: bool) -> None:
    """A host whose vrouter has a listener no longer knows nothing of it, least of all when another one has it."""
    news: dict[str, tuple[str, ...]] = {}
    if everything:
        news = {one.listener_uuid: () for one in tx.find(DeadServers)}
    for key, how in health.items():
        if key.startswith(_PREFIX):
            news[key.removeprefix(_PREFIX)] = how.dead if isinstance(how, BalancerHealth) else ()
    for uuid, dead in news.items():
        listener = tx.get(LoadBalancerListener, uuid)
        if listener is not None and vips.may_tell(tx, vip_of(tx, listener.load_balancer_uuid), host_uuid):
            _settle(tx, listener, dead)


def _settle(tx: Tx, listener: LoadBalancerListener, dead: tuple[str, ...]) -> None:
    known = tx.first(DeadServers, listener_uuid=listener.uuid)
    if dead == (known.addresses if known else ()):
        return
    if known is not None:
        tx.delete(known)
    if dead:
        tx.put(DeadServers(uuid=tx.new_uuid(), listener_uuid=listener.uuid, addresses=dead))
    balancers.judge(tx, balancers.groups_of(tx, listener.uuid))
