"""Why an IPsec connection is down: charon's log -> a phase and a sentence."""

import re
from collections.abc import Iterable

_PREFIX = re.compile(r"<(?P<name>[^|>]+)\|\d+>")
_KEY = "the pre-shared key or an identity is not the peer's: compare authKey, localId and remoteId"
_SILENT = "the peer does not answer: is peerAddress right, does UDP 500 and 4500 get there and back?"
_IKE_PROPOSAL = "the peer accepts none of our proposals for phase 1: compare version, algorithms and group"
_ESP_PROPOSAL = "the peer accepts none of our proposals for phase 2: compare algorithms and pfs"
_NETWORKS = "the peer has other networks in this tunnel: compare the CIDRs of both ends"

_SIGNS: tuple[tuple[re.Pattern[str], int, str], ...] = tuple(
    (re.compile(pattern), phase, words)
    for pattern, phase, words in (
        (r"received TS_UNACCEPTABLE|received INVALID_ID_INFORMATION|traffic selectors .* unacceptable", 2, _NETWORKS),
        (r"no acceptable traffic selectors|no matching CHILD_SA config found", 2, _NETWORKS),
        (r"NO_PROPOSAL_CHOSEN notify, no CHILD_SA built", 2, _ESP_PROPOSAL),
        (r"received AUTHENTICATION_FAILED|MAC mismatched|no shared key found", 1, _KEY),
        (r"constraint check failed|invalid HASH_V1|could not decrypt|calculated HASH does not match", 1, _KEY),
        (r"received NO_PROPOSAL_CHOSEN|received proposals unacceptable", 1, _IKE_PROPOSAL),
        (r"giving up after \d+ retransmits|peer not responding|retransmit \d+ of request", 1, _SILENT),
        (r"error writing to socket|[Nn]etwork is unreachable|no route found", 1, "the VIP has no way to the peer"),
        (r"received DELETE for IKE_SA", 1, "the peer has ended it"),
    )
)
"""In charon 5.9's words; the first that fits a line counts."""


def by_connection(lines: Iterable[str]) -> dict[str, list[str]]:
    """The lines about each connection, by its name there."""
    found: dict[str, list[str]] = {}
    for line in lines:
        match = _PREFIX.search(line)
        if match:
            found.setdefault(match["name"], []).append(line)
    return found


def reason(lines: list[str]) -> tuple[int, str] | None:
    """(phase, sentence) of what went wrong last; None: nothing did that we know."""
    for line in reversed(lines):
        for pattern, phase, words in _SIGNS:
            if pattern.search(line):
                return phase, words
    return None
