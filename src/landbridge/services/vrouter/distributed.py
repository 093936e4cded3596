"""Whether a vrouter's hosts route for it: its state, its keys, the settings that hold for all.

The keys are credentials of this time of being on: switched off and on again, a vrouter has others, so that a
host that was away meanwhile cannot go on with what it had.
"""

from landbridge.core.view import Tx, View
from landbridge.model.documents.distributed_routing import DistributedRouting
from landbridge.model.documents.vm import VmInstance
from landbridge.model.node import ZsnpKey

CATEGORY = "vpc"
DEFAULT = "distributedRouting.default"
PACKETS = "distributedRouting.packets"
KBITS = "distributedRouting.kbits"
WINDOW = "distributedRouting.windowSeconds"
LEASE = "distributedRouting.leaseSeconds"

_LIVE_KEYS = 2
_RANDOM_DIGITS = 12
"""Of a uuid, before its version digit."""
_SECRET_DIGITS = 32


def state_of(view: View, router_uuid: str) -> DistributedRouting | None:
    """Its state and keys while it is on."""
    return view.first(DistributedRouting, router_uuid=router_uuid)


def switch_on(tx: Tx, router: VmInstance) -> bool:
    """False if it is on already."""
    made = DistributedRouting(
        uuid=tx.new_uuid(),
        router_uuid=router.uuid,
        keys=tuple(ZsnpKey(id=number, secret=_secret(tx)) for number in range(1, _LIVE_KEYS + 1)),
    )
    if not tx.claim("distributed-routing", router.uuid, made.uuid):
        return False
    tx.put(made)
    return True


def switch_off(tx: Tx, router: VmInstance) -> bool:
    """False if it is off already."""
    known = state_of(tx, router.uuid)
    if known is None:
        return False
    tx.delete(known)
    return True


def _secret(tx: Tx) -> str:
    """128 random bits; a single uuid has six that are not."""
    parts = [tx.new_uuid()[:_RANDOM_DIGITS] for _ in range(-(-_SECRET_DIGITS // _RANDOM_DIGITS))]
    return "".join(parts)[:_SECRET_DIGITS]
