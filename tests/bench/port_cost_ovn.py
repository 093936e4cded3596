"""What security groups cost at the ports, beside OVN's ACLs on the kernel's Open vSwitch.

Two VMs in one subnet on two hosts, in a QEMU guest with Debian's stock kernel, all in one boot: ours over VXLAN
without groups and with (50 rules, of which the last one matches, naming a remote group of 50,000 members); OVN
over Geneve between two chassis without ACLs and with the same rules and an address set of 50,000.  Anti-spoofing
(port security) is on in all four.  They are measured in turn within each round; every figure is the median of
its rounds, every ratio the median of the rounds' ratios.  OVN has the 49 rules that differ in the port as one
ACL with a set of ports: as 49 ACLs they would be 50,000 flows each, per direction and chassis.  Its caches are
warm: each measurement follows a short one.  The guest has one emulated processor, for which every instruction
takes the same 4 ns whatever else the machine does: what is compared is the number of instructions on the whole
path, sender and receiver included.  Waiting for memory is not in it, and only ratios within the run mean anything.
"""

import shlex
import sys
import tempfile
from pathlib import Path

from landbridge.drivers import bpf_object
from tests.bench import ovn, traffic
from tests.bench.ovn_guest import FIGURES
from tests.bench.paired import Paired
from tests.bench.report import Report
from tests.vm import full
from tests.vm.packages import Archive

ROOT = Path(__file__).parents[2]
SECONDS = 3600.0
"""A third of it on an idle machine."""
_MEMORY = 6144
_COMMANDS = """
modprobe -a openvswitch vport-geneve
mkdir -p src/landbridge/bpf && cp {object} src/landbridge/bpf/nic.o
{python} -m tests.bench.ovn_guest {words}
"""
LABELS = {"ours": "ours, none", "ours-filtered": "ours, groups", "ovn": "OVN, none", "ovn-filtered": "OVN, ACLs"}
GOALS = {"cost": "≤ 1.05×, less than OVN's", "tcp": "≥ 0.95×, more than OVN's", "new": "≥ 0.9×, more than OVN's"}
MEASURES = {"cost": "CPU per packet", "tcp": "TCP throughput", "new": "new connections per second"}
"""In the order in which the guest prints them."""


def run() -> Report:
    """Boot the guest, measure in it, compare."""
    title = "Security groups beside OVN's ACLs"
    report = Report("port_cost_ovn", title, " ".join((__doc__ or "").split("\n\n")[1].split()))
    release, found = _measured()
    report.add("kernel of the guest", release)
    for name, label in LABELS.items():
        cost, tcp, new = (found.figure(name, what) for what in MEASURES)
        report.add(
            f"{label}: CPU per packet, TCP throughput, new connections",
            f"{cost / full.NANOSECONDS:.0f} instructions, {tcp / 1e6:.0f} Mbit/s, {new:.0f}/s",
        )
    for what, words in MEASURES.items():
        report.add(f"{words}, groups over none, ours", found.ratio(what, "ours-filtered", "ours"), GOALS[what])
        report.add(f"{words}, ACLs over none, OVN", found.ratio(what, "ovn-filtered", "ovn"))
    for what, words in MEASURES.items():
        goal = "< 1×" if what == "cost" else "> 1×"
        ratio = found.ratio(what, "ours-filtered", "ovn-filtered")
        report.add(f"{words}, ours with groups over OVN with ACLs", ratio, goal)
        report.add(f"{words}, ours without over OVN without", found.ratio(what, "ours", "ovn"))
    return report


def _measured() -> tuple[str, Paired]:
    """Release of the guest's kernel, and what was measured there."""
    archive = Archive()
    packages = [archive.unpacked(package) for package in (*ovn.PACKAGES, *ovn.LIBRARIES)]
    with tempfile.TemporaryDirectory() as directory:
        words = [traffic.build(Path(directory)), *packages]
        commands = _COMMANDS.format(
            object=shlex.quote(str(bpf_object.find_object(Path(directory)))),
            python=shlex.quote(sys.executable),
            words=shlex.join(map(str, words)),
        )
        with full.guest(archive, ROOT, commands, memory=_MEMORY, counted=True) as guest:
            status, output = guest.output(SECONDS)
    assert status == 0, output
    found = Paired()
    for line in output.splitlines():
        if line.startswith(FIGURES):
            _, name, *values = line.split()
            for what, value in zip(MEASURES, values, strict=True):
                found.add(name, what, float(value))
    return guest.release, found
