"""What agents that are killed and started again cost the packets: nothing.

A lab of three hosts; two VMs on two of them, in security groups.  While a probe sends 1,000 packets per
second there and back, iperf3 sends UDP at half of what it was measured to carry, and a TCP stream runs, all
agents are killed (kill -9) and started again, several times.
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from landbridge.lab.probe import Probe, Stream
from tests.bench import traffic
from tests.bench.report import Report
from tests.support.lab import Lab, eventually, free_port, free_prefix, kill, lab
from tests.support.scenario import Cloud, build
from tests.support.sockets import udp_socket

KILLS = 5
UDP_PORT, TCP_PORT, PROBE_PORT = "7010", "7011", 7012
_CAPACITY_SECONDS = 3
_FIRST = ("nice", "-n", "-20")
"""The two ends get the processor before the agents that start on the same two cores: a socket's buffer is full in
milliseconds, and what overflows it has passed the network."""
_BETWEEN_SECONDS = 2.0


def run() -> Report:
    """Measure in a lab of its own."""
    report = Report("port_restart", "Agents killed under traffic", " ".join((__doc__ or "").split("\n\n")[1].split()))
    with tempfile.TemporaryDirectory() as directory, lab(Path(directory), free_prefix(), free_port()) as made:
        cloud = build(made, router=False)
        vms = [cloud.vm(f"vm-{n}", "web", host=made.status["hosts"][n]["uuid"]) for n in range(2)]
        _open_group(cloud, vms)
        one, two = (made.vm_namespace(vm) for vm in vms)
        address = vms[1]["vmNics"][0]["ip"]
        eventually("the VM has its address", lambda: _has(two, address))
        _measure(report, made, one, two, address)
    return report


def _open_group(cloud: Cloud, vms: list[dict[str, Any]]) -> None:
    group = cloud.api.post("/security-groups", name="bench")["uuid"]
    cloud.api.post(
        f"/security-groups/{group}/rules",
        rules=[{"type": "Ingress", "protocol": kind, "dstPortRange": "7000-7099"} for kind in ("TCP", "UDP")],
    )
    nics = [vm["vmNics"][0]["uuid"] for vm in vms]
    cloud.api.post(f"/security-groups/{group}/vm-instances/nics", vmNicUuids=nics)


def _has(namespace: str, address: str) -> str:
    shown = subprocess.run(["ip", "-n", namespace, "-4", "addr"], capture_output=True, text=True, check=True).stdout
    return "" if address in shown else "not yet"


def _overflowed(namespace: str) -> int:
    """Datagrams that arrived and found their socket's buffer full (RcvbufErrors, RFC 4113 and Linux)."""
    shown = subprocess.run(
        traffic.inside(namespace, "cat", "/proc/net/snmp"), capture_output=True, text=True, check=True
    )
    names, values = (line.split()[1:] for line in shown.stdout.splitlines() if line.startswith("Udp:"))
    return int(dict(zip(names, values, strict=True))["RcvbufErrors"])


def _measure(report: Report, made: Lab, one: str, two: str, address: str) -> None:
    def iperf(port: str, *options: str) -> list[str]:
        return traffic.inside(one, *_FIRST, "iperf3", "-c", address, "-p", port, "-J", *options)

    with (
        traffic.running(*traffic.inside(two, *_FIRST, "iperf3", "-s", "-p", UDP_PORT), port=UDP_PORT),
        traffic.running(*traffic.inside(two, *_FIRST, "iperf3", "-s", "-p", TCP_PORT), port=TCP_PORT),
    ):
        seconds = str(_CAPACITY_SECONDS)
        done = subprocess.run(
            iperf(UDP_PORT, "-u", "-b", "0", "-t", seconds), check=True, capture_output=True, text=True
        )
        capacity = json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"]
        report.add("UDP that iperf3 carries, measured first", f"{capacity / 1e9:.2f} Gbit/s")
        overflowed = _overflowed(two)
        length = str(int(KILLS * (_BETWEEN_SECONDS + 1.5)) + 3)
        udp = subprocess.Popen(
            iperf(UDP_PORT, "-u", "-b", str(int(capacity / 2)), "-t", length), stdout=subprocess.PIPE, text=True
        )
        tcp = subprocess.Popen(iperf(TCP_PORT, "-b", "100M", "-t", length), stdout=subprocess.PIPE, text=True)
        probe = Probe([Stream("probe", udp_socket(one, 0), udp_socket(two, PROBE_PORT), (address, PROBE_PORT))])
        for _ in range(KILLS):
            time.sleep(_BETWEEN_SECONDS)
            for process in made.processes():
                if process["name"].startswith("agent"):
                    kill(process["pid"])
            made.restart()
        [result] = probe.stop()
        lost = json.loads(udp.communicate(timeout=120)[0])["end"]["sum"]
        sent = json.loads(tcp.communicate(timeout=120)[0])["end"]["sum_sent"]
    report.add(f"probe at 1 kHz over {KILLS} kills of all agents: lost", f"{len(result.lost)} of {result.sent}", "0")
    overflowed = _overflowed(two) - overflowed
    network = lost["lost_packets"] - overflowed
    report.add("iperf3 UDP at half of that: lost by the network", f"{network} of {lost['packets']}", "0")
    report.add("… that came and found the receiver's socket full", str(overflowed))
    report.add("iperf3 TCP stream", f"not reset, {sent['retransmits']} retransmits", "not reset")
