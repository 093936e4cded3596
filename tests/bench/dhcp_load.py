"""DHCP of one host under load: perfdhcp plays 256 VMs, each at a port of its own.

Leases (DISCOVER to ACK) are asked for at rising rates. Responder, perfdhcp and the wires between them share the
machine, so a figure says what one host can do while it also has to carry the clients. Answered means within a second.
"""

import tempfile
from pathlib import Path

from tests.bench.report import Report
from tests.netns.dhcp_farm import Counts, Farm, farm

RATES = (250, 500, 1000, 1500, 2000, 2500, 3000)
OVERLOAD = 6000
SECONDS = 5


def run() -> Report:
    """Measure until requests go unanswered, then once far above that."""
    report = Report("dhcp_load", "DHCP under load", " ".join((__doc__ or "").split("\n\n")[1].split()))
    with tempfile.TemporaryDirectory() as directory, farm(Path(directory)) as made:
        best, delay = 0, 0.0
        for rate in RATES:
            discovers, requests = _at(made, rate)
            if discovers.drops or requests.drops:
                break
            best, delay = requests.received // SECONDS, discovers.average_ms + requests.average_ms
        report.add("leases per second, none unanswered", f"{best}")
        report.add("from DISCOVER to ACK at that rate, mean, without the client's own time", f"{delay:.1f} ms")
        discovers, requests = _at(made, OVERLOAD)
        report.add(f"leases per second when {OVERLOAD} are asked for", f"{requests.received // SECONDS}")
        report.add("DISCOVERs of that unanswered within a second", f"{100 * discovers.drops / discovers.sent:.0f} %")
        report.add("REQUESTs of that unanswered within a second", f"{100 * requests.drops / requests.sent:.0f} %")
        discovers, requests = _at(made, RATES[0])
        lost = discovers.drops + requests.drops
        report.add(f"unanswered right after that, at {RATES[0]} per second", f"{lost}", "0")
    return report


def _at(made: Farm, rate: int) -> tuple[Counts, Counts]:
    return made.perfdhcp("-r", str(rate), "-p", str(SECONDS), "-W", "1500000")
