"""Messages as people read them: one line each.  Nothing is authenticated, for that would take the keys."""

from landbridge.zsnp import frames, messages, wire
from landbridge.zsnp.messages import (
    Answer,
    Hint,
    Message,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refused,
    Renew,
    RenewAck,
    Revoke,
    RevokeAck,
)
from landbridge.zsnp.wire import Garbled

NAMES: dict[type[Message], str] = {
    Hint: "HINT",
    Query: "QUERY",
    Answer: "ANSWER",
    Refused: "ANSWER",
    Probe: "PROBE",
    ProbeAck: "PROBE-ACK",
    Renew: "RENEW",
    RenewAck: "RENEW-ACK",
    Revoke: "REVOKE",
    RevokeAck: "REVOKE-ACK",
    Moved: "MOVED",
}


def line(frame: bytes) -> str:
    """A frame in words; of one that is no message, what is wrong with it."""
    try:
        carrier = frames.parse(frame)
        envelope = wire.unpack(carrier.payload)
        message = messages.read(envelope)
    except Garbled as why:
        return f"garbled: {why}"
    between = f"{carrier.source} > {carrier.destination}"
    head = f"{NAMES[type(message)]:<10} {between}  router {envelope.router} key {envelope.key_id}"
    return f"{head} nonce {envelope.nonce:x}  {said(message)}"


def said(message: Message) -> str:
    """What a message says, without its name."""
    match message:
        case Hint(epoch, lease, ingress, targets):
            asked = "; ".join(f"{t.ip} is {t.mac} in net {t.net_id} (VNI {t.vni})" for t in targets)
            by = f"senders in {ingress.prefix} of net {ingress.net_id} by {ingress.router_mac}"
            return f"epoch {epoch}, lease {lease} ms, {by}: {asked or 'nothing'}"
        case Query(epoch, net_id, vtep):
            return f"epoch {epoch}: where in net {net_id}? answer to {vtep}"
        case Answer(ip, mac, vtep, net_id, vni, mtu, generation):
            return f"{ip} is {mac} at {vtep}, net {net_id} (VNI {vni}), MTU {mtu}, generation {generation}"
        case Refused(ip, reason):
            return f"{ip}: {reason.name.lower()}"
        case Probe(net_id, vtep, router_mac):
            return f"in net {net_id} for {router_mac}: answer to {vtep}"
        case ProbeAck(ip, size):
            return f"{ip} hears packets of {size} bytes"
        case Renew(epoch, net_id, uses):
            used = ", ".join(f"{use.ip} ({use.packets} packets, {use.bytes} bytes)" for use in uses)
            return f"epoch {epoch}, from net {net_id}: {used or 'nothing'}"
        case RenewAck(epoch, lease, net_id, ips):
            return f"epoch {epoch}, lease {lease} ms, from net {net_id}: {', '.join(ips) or 'none'} may stay"
        case Revoke(epoch, ips):
            return f"epoch {epoch}: no more to {', '.join(ips) or 'anybody'}"
        case RevokeAck(epoch):
            return f"epoch {epoch}: done"
        case Moved(ip, net_id):
            return f"{ip} of net {net_id} is not here any more"
