"""The parts of docs/protocol/zsnp.md that follow from the code; run as a module it writes them anew."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from landbridge.testing.zsnp_world import KEY
from landbridge.zsnp import asking, frames, gate, lease, liveness, messages, proven, router, table, wire
from landbridge.zsnp.entry import IN_FORCE, TRANSITIONS, State
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import Query, Refusal
from landbridge.zsnp.moment import Moment

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "zsnp.md"
_BLOCK = re.compile(r"(<!-- from the code: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_ANY = "in force"


class _Timer(NamedTuple):
    """A number of the code with its reason."""

    name: str
    value: str
    reason: str


def page(text: str) -> str:
    """The page with its generated parts as they must be."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_PARTS[block[2]]()}{block[3]}", text)


def parts(text: str) -> set[str]:
    """Names of the generated parts of a page."""
    return {name for _, name, _ in _BLOCK.findall(text)}


def _everywhere() -> dict[tuple[str, State], None]:
    """Events that lead from every state in force to the same."""
    events = {event for _, event in TRANSITIONS}
    found: dict[tuple[str, State], None] = {}
    for event in sorted(events):
        ends = {state: TRANSITIONS.get((state, event)) for state in IN_FORCE}
        (end, *others) = set(ends.values())
        if end is not None and not others:
            found[event, end] = None
    return found


def _steps() -> Iterator[tuple[str, str, str]]:
    """From, event, to; what leads out of all states in force only once."""
    common = _everywhere()
    for (state, event), end in TRANSITIONS.items():
        if state not in IN_FORCE or (event, end) not in common:
            yield state.value, event, end.value
    for event, end in common:
        yield _ANY, event, end.value


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f'    state "any state {_ANY}" as ANY', "    [*] --> QUERYING: hinted"]
    lines += [f"    {'ANY' if one == _ANY else one} --> {end}: {event}" for one, event, end in _steps()]
    lines += ["    classDef force fill:#cde,stroke:#369", f"    class {','.join(sorted(IN_FORCE))},ANY force", "```"]
    return "".join(f"{line}\n" for line in lines)


def _table() -> str:
    rows = [f"| {one} | {event} | {end} |\n" for one, event, end in _steps()]
    return "| from | when | to |\n|---|---|---|\n" + "".join(rows)


def _timers() -> str:
    rows = [f"| `{one.name}` | {one.value} | {one.reason} |\n" for one in _TIMERS]
    return "| name | value | why |\n|---|---|---|\n" + "".join(rows)


def _ms(*milliseconds: int) -> str:
    """100, 300 -> `100 ms, 300 ms`; whole minutes and seconds as such."""

    def one(value: int) -> str:
        if value % 60_000 == 0:
            return f"{value // 60_000} min"
        return f"{value // 1000} s" if value % 1000 == 0 else f"{value} ms"

    return ", ".join(map(one, milliseconds))


_TIMERS = (
    _Timer(
        "asking.RETRIES",
        _ms(*asking.RETRIES),
        "between the tries of a QUERY or a PROBE, and after the last: one lost message costs a tenth of a second, and"
        " a destination that does not answer costs three packets",
    ),
    _Timer(
        "table.PENALTY, PENALTY_MOST",
        _ms(table.PENALTY, table.PENALTY_MOST),
        "a refused destination is left alone for so long, twice as long each time: most refusals last",
    ),
    _Timer(
        "lease.renew_after",
        "half of the lease",
        "renewals and the check whether the vrouter is dead have to fit into the other half",
    ),
    _Timer(
        "lease.retry_after, RENEWALS",
        f"lease / 18, at most {_ms(lease.retry_after(10**9))}; {lease.RENEWALS} times",
        "with the shortest lease a sixth of it; the check that follows takes another 1.3 s",
    ),
    _Timer("lease.LEAST", _ms(lease.LEAST), "the shortest lease for which this adds up"),
    _Timer(
        "liveness.INTERVAL, MISSES",
        f"{_ms(liveness.INTERVAL)}, {liveness.MISSES}",
        "between probes of a host; after so many without an answer, 2.4 s, it is left: a host that has crashed is"
        " off the short paths within 3 s",
    ),
    _Timer(
        "proven.KNOWN",
        _ms(proven.KNOWN),
        "what size a host can be sent is proved by one PROBE of full size, not by one per pair: set-up costs less"
        " than half, and a path that became narrower is noticed as late as it was",
    ),
    _Timer(
        "asking.IDLE",
        _ms(asking.IDLE),
        "without traffic an entry is forgotten: it would cost renewals and probes for nothing",
    ),
    _Timer(
        "asking.HOLD_MOST",
        _ms(asking.HOLD_MOST),
        "a dead vrouter's shortcuts are kept for so long: time to repair it, and an end",
    ),
    _Timer(
        "router.MARGIN",
        _ms(router.MARGIN),
        "a lease may last so much longer at a host than the vrouter believes: a message's way, clocks that differ",
    ),
    _Timer("router.RETRIES", _ms(*router.RETRIES), "between the tries of a REVOKE; then its lease is waited for"),
    _Timer("router.REST", _ms(router.REST), "before a pair is hinted again"),
    _Timer("gate.WINDOW", _ms(gate.WINDOW), "how far a message's time may be from ours, if nobody asked for it"),
    _Timer(
        "router.RATE, BURST",
        f"{router.RATE} a second, {router.BURST} at once",
        "hints of a vrouter: a thousand pairs that begin together are short within two seconds",
    ),
    _Timer(
        "frames.RATE, BURST",
        f"{frames.RATE} a second, {frames.BURST} at once",
        "messages that a host hears from one VTEP, and a vrouter from one address (nftables), and questions that a"
        " host answers for one vrouter: who floods takes nobody else's room",
    ),
    _Timer(
        "asking.IN_FLIGHT",
        str(asking.IN_FLIGHT),
        "questions of a host open at once: more would only wait in queues, and be asked again meanwhile",
    ),
    _Timer(
        "table.MAX_ENTRIES, router.MAX_PAIRS, gate.REMEMBERED",
        f"{table.MAX_ENTRIES}, {router.MAX_PAIRS}, {gate.REMEMBERED}",
        "entries of a host; pairs that a vrouter shows; messages within the window that are remembered, each only"
        " once taken (where more are said, the window gets shorter)",
    ),
)


def _types() -> str:
    """Numbers and names, of messages and of refusals."""
    from landbridge.zsnp.words import NAMES

    numbers = {number: NAMES[kind] for kind, (number, _) in messages._WRITERS.items()}
    types = ", ".join(f"{number} {name}" for number, name in sorted(numbers.items()))
    reasons = ", ".join(f"{one.value} {one.name}" for one in Refusal)
    return f"Types: {types}.\n\nReasons of a refusal: {reasons}.\n"


def _example() -> str:
    """A QUERY, byte by byte."""
    key = f"key {KEY.id} is {KEY.secret.hex(' ')}"
    between = ("10.10.1.5", "10.10.2.7")
    at = Moment(0, 1_800_000_000_000)
    data = Writer(at.wall).write(at, Query(at.wall << 16, 4, "172.16.0.1"), (7, KEY), 0x0123456789ABCDEF, between)
    marks = (
        (4, "magic"), (1, "version"), (1, "QUERY"), (2, "length"), (4, "key id"), (4, "router"), (8, "nonce"),
        (8, "sequence"), (8, "time"), (10, "field 1, 8 bytes: epoch"), (6, "field 5, 4 bytes: network"),
        (18, "field 6, 16 bytes: VTEP"), (wire.CODE_BYTES, "code"),
    )  # fmt: skip
    assert sum(length for length, _ in marks) == len(data)
    lines, offset = [f"{between[0]} > {between[1]}, {key}\n"], 0
    for length, name in marks:
        lines.append(f"{offset:3}  {data[offset : offset + length].hex(' '):<54}{name}\n")
        offset += length
    return "```\n" + "\n".join(line.rstrip() for line in lines) + "\n```\n"


_PARTS: Mapping[str, Callable[[], str]] = {
    "diagram": _diagram,
    "transitions": _table,
    "timers": _timers,
    "types": _types,
    "example": _example,
}

if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
