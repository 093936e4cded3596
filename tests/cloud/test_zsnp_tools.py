"""`landbridge zsnp` in a lab: what it says of shortcuts is what packets do, with the agent and without."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.drivers import bpffs
from tests.support.lab import LANDBRIDGE, eventually, free_port, free_prefix, in_namespace, lab, landbridge
from tests.support.shortened import Vpc

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def vpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    directory: Path = tmp_path_factory.mktemp("tools")
    with lab(directory, free_prefix(), free_port()) as made:
        yield Vpc(made)


def number(vpc: Vpc, name: str) -> int:
    """Of a VM's host, from 1."""
    return 1 + list(vpc.lab.host_namespaces).index(vpc.vms[name]["hostUuid"])


def place(vpc: Vpc, host: int) -> tuple[str, ...]:
    """Options that say which host of the lab is meant."""
    return "--run-dir", str(vpc.lab.directory / f"host-{host}" / "run"), "--tag", f"{vpc.lab.prefix}-h{host}"


def entries(vpc: Vpc, name: str) -> dict[str, dict[str, Any]]:
    """By destination, those of a VM's host."""
    answer = json.loads(landbridge("zsnp", "entries", *place(vpc, number(vpc, name)), "-o", "json").stdout)
    return {row["destination"]: row for row in answer["entries"]}


def explained(vpc: Vpc, one: str, other: str, host: int | None = None) -> str:
    """Sentences, by default those of the sender's host."""
    where = place(vpc, number(vpc, one) if host is None else host)
    return landbridge("zsnp", "explain", vpc.ip(one), vpc.ip(other), *where).stdout


class Watched:
    """What `zsnp watch` prints at a VM's host while a `with` lasts."""

    def __init__(self, vpc: Vpc, name: str, *more: str) -> None:
        namespace = vpc.lab.host_namespaces[vpc.vms[name]["hostUuid"]]
        self._argv = ["nsenter", f"--net=/run/netns/{namespace}", LANDBRIDGE, "zsnp", "watch", *more]
        self.lines: list[list[str]] = []

    def __enter__(self) -> "Watched":
        self._process = subprocess.Popen(self._argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        assert self._process.stderr.readline() == "watching: Ctrl-C ends\n"
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.5)
        self._process.send_signal(signal.SIGINT)
        shown, errors = self._process.communicate(timeout=20)
        assert self._process.returncode == 0, errors
        self.lines = [line.split() for line in shown.splitlines()]


def test_a_pair_that_becomes_short(vpc: Vpc, tmp_path: Path) -> None:
    """Seen at the sender's host: what it was told, asked and found; then its entry."""
    assert "has not been hinted" in explained(vpc, "w1", "d1")
    file = tmp_path / "seen.pcap"
    with Watched(vpc, "w1", "--pcap", str(file)) as watched:
        vpc.becomes_short("w1", "d1")
    names = [line[3] for line in watched.lines]
    assert {"HINT", "QUERY", "ANSWER", "PROBE", "PROBE-ACK"} <= set(names), watched.lines
    assert names[0] == "HINT", watched.lines
    assert "garbled:" not in names
    assert file.stat().st_size > 24 + len(names) * 100
    row = entries(vpc, "w1")[vpc.ip("d1")]
    assert (row["state"], row["destinationMac"]) == ("ACTIVE", vpc.vms["d1"]["vmNics"][0]["mac"])
    assert row["packets"] > 0
    assert row["routerUuid"] == vpc.cloud.router


def test_it_is_explained(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    assert explained(vpc, "w1", "d1").startswith("It is short: packets go from host to host, to 10.244.0.")
    router = explained(vpc, "w1", "d1", vpc.router_host + 1)
    assert f"No VM of this host has the address {vpc.ip('w1')}" in router
    assert f"The vrouter {vpc.cloud.router} allows it" in router
    outside = landbridge("zsnp", "explain", vpc.ip("w1"), "192.0.2.1", *place(vpc, number(vpc, "w1"))).stdout
    assert "has not been hinted" in outside


def test_without_the_agent(vpc: Vpc) -> None:
    """From the kernel alone: the same entry, while it lasts."""
    vpc.becomes_short("w1", "d1")
    by_agent = entries(vpc, "w1")[vpc.ip("d1")]
    pid = vpc.agent_of("w1")
    os.kill(pid, signal.SIGKILL)
    eventually("the agent is dead", lambda: Path(f"/proc/{pid}/fd").exists() and "it lives")
    shown = landbridge("zsnp", "entries", *place(vpc, number(vpc, "w1")), "-o", "json")
    assert "this is what the kernel has" in shown.stderr
    [row] = [row for row in json.loads(shown.stdout)["entries"] if row["destination"] == vpc.ip("d1")]
    assert row["state"] == "IN FORCE"
    same = ("netId", "source", "routerMac", "destinationMac", "vni", "destinationVtep", "mtu", "router", "generation")
    assert {name: row[name] for name in same} == {name: by_agent[name] for name in same}
    assert row["packets"] >= by_agent["packets"]
    assert explained(vpc, "w1", "d1").startswith("It is short")
    pins = bpffs.directory(f"{vpc.lab.prefix}-h{number(vpc, 'w1')}")
    before = sorted(pins.rglob("*"))
    entries(vpc, "w1")
    assert sorted(pins.rglob("*")) == before, "who only looks changes nothing"
    vpc.lab.restart()


def test_what_a_vm_forges_is_seen(vpc: Vpc) -> None:
    """The port drops it after the tap."""
    forge = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253);"
        f"s.sendto(b'ZSNP forged', ('{vpc.ip('d1')}', 0))"
    )
    with Watched(vpc, "w1") as watched:
        in_namespace(vpc.namespace("w1"), "python3", "-c", forge)
    forged = [line for line in watched.lines if line[3] == "garbled:"]
    assert [(line[1][:4], line[2]) for line in forged] == [("vnic", "in")], watched.lines
