"""Numbers of classes: small, and unique in the network of the VIPs."""

from landbridge.core.view import Tx
from landbridge.model.errors import operr

MOST = 0x3FFF
"""As many limits a network can have (`render.shaper.MAX_NUMBER`)."""


def take(tx: Tx, l3_uuid: str, owner: str) -> int:
    """A free one; it goes with the owner.  SYS.1006 when there is none."""
    number = tx.claim_free(f"qos/{l3_uuid}", 1, MOST, owner)
    if number is None:
        raise operr(f"L3 network[uuid:{l3_uuid}] has {MOST} bandwidth limits, the most it can have: delete one first")
    return number
