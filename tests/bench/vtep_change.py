"""The address of a host's VTEP changes, in a network that 100 simulated and 3 real hosts have.

From what an administrator types on the host and ReconnectHost right after it, until every host has the new address:
the simulated ones in what they are sent, the real ones in the flood lists of their kernels.  Meanwhile a VM of
another host pings one on the host whose address changes, a thousand times a second; what is lost is the time
without traffic.
"""

import asyncio
import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from landbridge.model.node import FloodPeer
from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from tests.bench.report import Report, median
from tests.netns.agent_hosts import ping
from tests.support.lab import Lab, eventually, in_namespace, lab, move_vtep
from tests.support.pings import Pings
from tests.support.scenario import Cloud, build

SIMULATED, ROUNDS = 100, 10
_NODELINK = 1000
"""Its port, above the API's."""
_AGAIN_SECONDS = 0.002


def run() -> Report:
    """Measure in a lab of its own."""
    report = Report(
        "vtep_change", "The address of a VTEP changes", " ".join((__doc__ or "").split("\n\n")[1].split())
    )
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "lab").mkdir()
        with lab(Path(directory) / "lab", "lbv", 18190) as made:
            cloud = build(made, router=False)
            with _Simulated(made, cloud, Path(directory)) as simulated:
                _measure(made, cloud, simulated, report)
    return report


def _measure(made: Lab, cloud: Cloud, simulated: "_Simulated", report: Report) -> None:
    hosts = list(made.host_namespaces)
    vms = [cloud.vm(f"real-{n}", "twin", host=host) for n, host in enumerate(hosts)]
    for number, host in enumerate(simulated.uuids):
        cloud.vm(f"simulated-{number}", "twin", host=host)
    moving, source, target = hosts[1], made.vm_namespace(vms[0]), vms[1]["vmNics"][0]["ip"]
    eventually("they talk", lambda: not ping(source, target))
    old = cloud.api.one("/l2-networks/vteps", f"hostUuid={moving}")["vtepIp"]
    new = f"{old.rpartition('.')[0]}.250"
    settled: list[float] = []
    silent: list[int] = []
    called: list[float] = []
    for number in range(ROUNDS):
        before, after = (old, new) if number % 2 == 0 else (new, old)
        pings = Pings(source, target)
        time.sleep(0.3)
        began = time.perf_counter()
        move_vtep(made.host_namespaces[moving], before, after)
        cloud.api.put(f"/hosts/{moving}/actions", "reconnectHost")
        called.append(time.perf_counter() - began)
        simulated.until_all_have(after)
        for host in set(hosts) - {moving}:
            _until_flooded(made.host_namespaces[host], after)
        settled.append(time.perf_counter() - began)
        time.sleep(0.5)
        silent.append(sum(map(len, pings.stop())))
    report.add("all hosts have the new address, median", _ms(median(settled)), "1 s")
    report.add("the same, slowest", _ms(max(settled)), "1 s")
    report.add("of it ReconnectHost, median", _ms(median(called)))
    report.add("time without traffic, median", f"{median(silent):.0f} ms")
    report.add("the same, longest", f"{max(silent)} ms")


def _until_flooded(namespace: str, vtep: str) -> None:
    deadline = time.monotonic() + 10
    while f"dst {vtep} " not in in_namespace(namespace, "bridge", "fdb", "show"):
        assert time.monotonic() < deadline, f"{namespace} does not send to {vtep}"
        time.sleep(_AGAIN_SECONDS)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


class _Simulated:
    """Simulated hosts on a loop in a thread of its own."""

    def __init__(self, made: Lab, cloud: Cloud, directory: Path) -> None:
        self._cloud = cloud
        self._directory = directory
        network = made.status["underlay"]["cidr"].rpartition(".")[0]
        self._facts = [
            simulated_facts(f"simulated-{n}", f"172.30.0.{n + 1}", underlay=f"{network}.{n + 100}/24")
            for n in range(SIMULATED)
        ]
        self._url = f"https://{_server(made)}:{made.port + _NODELINK}"
        self._loop = asyncio.new_event_loop()
        self._hosts: list[SimulatedHost] = []
        self.uuids: list[str] = []

    def __enter__(self) -> "_Simulated":
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        for number, facts in enumerate(self._facts):
            params: dict[str, Any] = {"clusterUuid": self._cloud.cluster, "name": facts.hostname}
            token = self._cloud.api.call("POST", "/hosts/join-tokens", {"params": params})["token"]
            joining = SimulatedHost.join(self._url, token, self._directory / f"h{number}", facts)
            self._hosts.append(self._run(joining))
        eventually("all are connected", self._missing, timeout=60)
        rows = {row["name"]: row["uuid"] for row in self._cloud.api.query("/hosts", limit=1000)}
        self.uuids = [rows[facts.hostname] for facts in self._facts]
        return self

    def __exit__(self, *_: object) -> None:
        for host in self._hosts:
            self._run(host.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def until_all_have(self, vtep: str) -> None:
        """Wait until each has been sent the address."""

        async def all_() -> None:
            await asyncio.gather(*(host.until(lambda host=host: _sends_to(host, vtep)) for host in self._hosts))  # type: ignore[misc]  # bound at once

        self._run(all_())

    def _missing(self) -> str:
        connected = len(self._cloud.api.query("/hosts", "status=Connected", "name~=simulated-%", limit=1000))
        return "" if connected == SIMULATED else f"only {connected}"

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


def _sends_to(host: SimulatedHost, vtep: str) -> bool:
    objects = (value for scope in host.objects.values() for value in scope.values())
    return any(isinstance(value, FloodPeer) and value.vtep_ip == vtep for value in objects)


def _server(made: Lab) -> str:
    """The address at which the lab's hosts reach the server: that of its management bridge."""
    argv = ["ip", "-j", "-4", "addr", "show", "dev", f"{made.prefix}-mgmt"]
    (link,) = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return str(link["addr_info"][0]["local"])
