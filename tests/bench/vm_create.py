"""VM creation with real namespaces: how long a call takes, how many fit in a second.

Each VM's latency is split: the call until the job has ended (its host has made namespace, device,
hooks, and started the guest), then until a ping from another host comes back.  The guest's own
DHCP client stands between the two, so a second figure gives the guest its address by hand at once:
what is left then is the network's part.
"""

import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.bench.report import Report, median, percentile
from tests.support.lab import Lab, eventually, lab
from tests.support.scenario import Cloud, build

ROUNDS = 200
BURST = 150
WORKERS = 8


def run() -> Report:
    """Measure in a lab of its own."""
    report = Report("vm_create", "VM creation, real namespaces", " ".join((__doc__ or "").split("\n\n")[1].split()))
    with tempfile.TemporaryDirectory() as directory, lab(Path(directory), "lbb", 18180) as made:
        cloud = build(made, router=False)
        cloud.subnet("burst", "10.90.0.0/22", vpc=False)
        _latency(made, cloud, report)
        _burst(made, cloud, report)
    return report


def _latency(made: Lab, cloud: Cloud, report: Report) -> None:
    hosts = [host["uuid"] for host in made.status["hosts"]]
    peer = cloud.vm("peer", "web", host=hosts[0])
    prober = made.vm_namespace(peer)
    eventually("the asking VM has its address", lambda: _addressless(prober))
    _ask_often(prober)
    calls: list[float] = []
    by_hand: list[float] = []
    by_dhcp: list[float] = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        vm = cloud.vm(f"bench-{number}", "web", host=hosts[1 + number // 2 % 2])
        called = time.perf_counter()
        if number % 2:
            _configure(made.vm_namespace(vm), vm)
        _await_ping(prober, vm["vmNics"][0]["ip"])
        (by_hand if number % 2 else by_dhcp).append(time.perf_counter() - began)
        calls.append(called - began)
        cloud.remove_vm(vm["uuid"])
    cloud.remove_vm(peer["uuid"])
    report.add("API call until the host has the VM, median", _ms(median(calls)))
    report.add("the same, p99", _ms(percentile(calls, 0.99)))
    report.add(
        "API call until pingable, address given by hand (network part), median", _ms(median(by_hand)), "100 ms"
    )
    report.add("the same, p99", _ms(percentile(by_hand, 0.99)), "500 ms")
    report.add("API call until pingable, with the guest's DHCP client, median", _ms(median(by_dhcp)))


def _burst(made: Lab, cloud: Cloud, report: Report) -> None:
    def create(number: int) -> str:
        client = made.client()
        own = Cloud(client, cloud.zone, cloud.cluster, cloud.pool, cloud.l3)
        uuid = str(own.vm(f"burst-{number}", "burst")["uuid"])
        client.close()
        return uuid

    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        uuids = list(pool.map(create, range(BURST)))
    rate = BURST / (time.perf_counter() - began)
    report.add(f"sustained creates, {BURST} VMs by {WORKERS} clients", f"{rate:.0f} VMs/s", "10 VMs/s")
    for uuid in uuids:
        cloud.remove_vm(uuid)


def _addressless(namespace: str) -> str:
    command = ["ip", "-n", namespace, "-4", "route", "show", "dev", "eth0"]
    return "" if subprocess.run(command, check=True, capture_output=True).stdout else "it has none"


def _ask_often(namespace: str) -> None:
    """ARP asks again after 1 s as a rule; the bench wants to know when the guest is there, not when ARP asks."""
    where = "net.ipv4.neigh.eth0"
    settings = [f"{where}.retrans_time_ms=2", f"{where}.mcast_solicit=1000", f"{where}.unres_qlen_bytes=1000000"]
    subprocess.run(["nsenter", f"--net=/run/netns/{namespace}", "sysctl", "-qw", *settings], check=True)


def _configure(namespace: str, vm: dict[str, Any]) -> None:
    commands = f"addr replace {vm['vmNics'][0]['ip']}/24 dev eth0\nlink set eth0 up\n"
    subprocess.run(["ip", "-n", namespace, "-batch", "-"], input=commands, text=True, check=True, capture_output=True)


def _await_ping(namespace: str, target: str) -> None:
    command = ["nsenter", f"--net=/run/netns/{namespace}", "ping", "-n", "-i", "0.002", "-w", "5", "-c", "1", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{target} does not answer: {done.stdout}{done.stderr}")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
