"""One message of every type, with every field and as many values as fit."""

from landbridge.zsnp.messages import (
    MAX_ADDRESSES,
    MAX_TARGETS,
    MAX_USES,
    Answer,
    Hint,
    Ingress,
    Message,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refusal,
    Refused,
    Renew,
    RenewAck,
    Revoke,
    RevokeAck,
    Target,
    Use,
)

EPOCH = (1_800_000_000_000 << 16) + 3
ROUTER_MAC = "0e:52:00:00:00:0a"

EVERY: tuple[Message, ...] = (
    Hint(
        EPOCH,
        60_000,
        Ingress(3, "10.10.1.0/24", ROUTER_MAC),
        tuple(
            Target(f"10.10.2.{n}", f"fa:00:00:00:00:{n:02x}", 4, 1004, 8472, "0e:52:00:00:00:0b")
            for n in range(1, MAX_TARGETS + 1)
        ),
    ),
    Query(EPOCH, 4, "172.16.0.1"),
    Answer("10.10.2.1", "fa:00:00:00:00:01", "172.16.0.2", 4, 1004, 1450, 5),
    *(Refused("10.10.2.1", reason) for reason in Refusal),
    Probe(4, "172.16.0.1", ROUTER_MAC),
    ProbeAck("10.10.2.1", 1450),
    Renew(EPOCH, 3, tuple(Use(f"10.10.2.{n}", n, 1000 * n) for n in range(1, MAX_USES + 1))),
    RenewAck(EPOCH, 60_000, 3, tuple(f"10.10.2.{n}" for n in range(1, MAX_ADDRESSES + 1))),
    Revoke(EPOCH, ("10.10.2.1", "fd00::7")),
    Revoke(EPOCH, ()),
    RevokeAck(EPOCH),
    Moved("10.10.2.1", 4),
)
