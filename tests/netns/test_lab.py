"""The lab command: what stays stable, what can go wrong, and that nothing is left.

Everything is counted before and after: namespaces, links, mounts, pins, processes.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.drivers import children, namespaces
from tests.support.lab import LANDBRIDGE, Lab, eventually, free_port, free_prefix, lab, landbridge

pytestmark = pytest.mark.netns

PREFIX, PORT = free_prefix(), free_port()
OTHER, OTHER_PORT = free_prefix(), free_port()
KEYS = {
    "zone": {"name", "uuid"},
    "cluster": {"name", "uuid"},
    "underlay": {"cidr"},
    "public": {"interface", "cidr", "freeStart", "freeEnd", "gateway", "webServer"},
}
HOST_KEYS = {"name", "uuid", "namespace", "underlayInterface", "underlayAddress", "managementIp"}


def traces(prefix: str, directory: Path) -> list[str]:
    """Whatever a lab may leave on the machine."""
    found = [f"namespace {name}" for name in namespaces.names((f"{prefix}-",))]
    found += [f"link {name}" for name in os.listdir("/sys/class/net") if name.startswith(prefix)]
    for base in ("/etc/netns", "/sys/fs/bpf/landbridge", "/run/landbridge/bpf/landbridge"):
        found += [str(path) for path in Path(base).glob(f"{prefix}-*")]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(directory) in command:
            found.append(f"process {command}")
    return found + ([str(directory)] if directory.exists() else [])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labs") / "first"


@pytest.fixture(scope="module")
def running(directory: Path) -> Iterator[Lab]:
    with lab(directory, PREFIX, PORT, hosts=2) as made:
        yield made
    assert traces(PREFIX, directory) == []


def test_status_has_its_keys(running: Lab) -> None:
    status = running.status
    assert status["api"] == f"http://127.0.0.1:{PORT}"
    for key, inner in KEYS.items():
        assert inner <= status[key].keys()
    assert [host["name"] for host in status["hosts"]] == ["host-1", "host-2"]
    assert all(host.keys() >= HOST_KEYS and all(host.values()) for host in status["hosts"])
    assert {process["name"] for process in status["processes"]} == {"server", "host-1", "host-2"}


def test_zone_cluster_and_hosts_are_there_and_no_network(running: Lab) -> None:
    api = running.client()
    assert [zone["name"] for zone in api.query("/zones")] == ["zone-1"]
    assert [cluster["name"] for cluster in api.query("/clusters")] == ["cluster-1"]
    hosts = {host["name"]: (host["status"], host["managementIp"]) for host in api.query("/hosts")}
    assert hosts == {host["name"]: ("Connected", host["managementIp"]) for host in running.status["hosts"]}
    assert api.query("/l2-networks") == []
    api.close()


def test_exec_passes_input_and_exit_status(running: Lab) -> None:
    assert running.exec("host-1", "sh", "-c", "exit 7").returncode == 7
    shown = running.exec("host:host-2", "ip", "-j", "-4", "addr", "show", "underlay0").stdout
    assert json.loads(shown)[0]["addr_info"][0]["local"] == running.status["hosts"][1]["underlayAddress"]
    by_uuid = running.exec(running.status["hosts"][0]["uuid"], "hostname")
    assert by_uuid.returncode == 0
    command = [LANDBRIDGE, "lab", "exec", "--dir", str(running.directory), "internet", "--", "wc", "-c"]
    counted = subprocess.run(command, input=b"\0" * 100_000, stdout=subprocess.PIPE, timeout=60, check=True)
    assert counted.stdout.strip() == b"100000"
    unknown = running.exec("vm:nobody", "true")
    assert unknown.returncode == 1
    assert "nobody" in unknown.stderr


def test_all_commands_share_one_session(running: Lab) -> None:
    """An account may have 500 at once: a script of a thousand commands must not use them up."""

    def logins() -> int:
        with urllib.request.urlopen(f"{running.url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            int(float(line.split()[-1]))
            for line in lines
            if line.startswith('landbridge_api_requests_total{action="LogIn')
        )

    running.exec("host-1", "true")
    before = logins()
    running.exec("host-1", "true")
    running.command("status")
    running.restart()
    assert logins() == before


def test_the_internet_answers_with_the_address_it_sees(running: Lab) -> None:
    answer = running.exec("internet", "curl", "-s", "-m", "5", running.status["public"]["webServer"])
    assert answer.stdout.strip() == running.status["public"]["gateway"]


def test_up_starts_again_what_is_dead_and_leaves_the_rest(running: Lab) -> None:
    before = {process["name"]: process["pid"] for process in running.processes()}
    os.kill(before["host-1"], signal.SIGKILL)
    os.kill(before["server"], signal.SIGKILL)
    running.restart()
    after = {process["name"]: process["pid"] for process in running.processes()}
    assert after["host-2"] == before["host-2"]
    assert set(after) == set(before)
    assert after["host-1"] != before["host-1"]


def test_status_with_the_server_dead(running: Lab) -> None:
    pid = next(process["pid"] for process in running.processes() if process["name"] == "server")
    os.kill(pid, signal.SIGKILL)
    eventually("the server is dead", lambda: children.runs(running.directory / "server") and "it runs")
    status = json.loads(running.command("status", "--output", "json").stdout)
    assert status["hosts"] == running.status["hosts"]
    assert [process["pid"] for process in status["processes"] if process["name"] == "server"] == [None]
    running.restart()


def test_another_lab_with_the_same_names_is_refused(running: Lab, tmp_path: Path) -> None:
    other = tmp_path / "other"
    place = ("--dir", str(other), "--hosts", "1")
    busy = landbridge("lab", "up", *place, "--prefix", OTHER, "--port", str(PORT), check=False)
    assert busy.returncode == 1
    assert f"port {PORT}" in busy.stderr
    taken = landbridge("lab", "up", *place, "--prefix", PREFIX, "--port", str(OTHER_PORT), check=False)
    assert taken.returncode == 1
    assert "choose another --prefix" in taken.stderr
    assert traces(OTHER, other) == []


def test_two_labs_side_by_side(running: Lab, tmp_path: Path) -> None:
    with lab(tmp_path / "second", OTHER, OTHER_PORT, hosts=1) as second:
        mine, other = (json.loads(one.command("status", "--output", "json").stdout) for one in (running, second))
        assert {host["managementIp"] for host in mine["hosts"]}.isdisjoint(h["managementIp"] for h in other["hosts"])
        assert second.client().query("/hosts")[0]["status"] == "Connected"
    assert traces(OTHER, tmp_path / "second") == []
    assert running.client().query("/zones") != []


def test_a_lab_that_was_made_half_is_made_whole(tmp_path: Path) -> None:
    place = tmp_path / "half"
    try:
        with lab(place, OTHER, OTHER_PORT, hosts=1):
            # As if the first `up` had been killed in between: no mark, and one namespace is missing.
            (place / "network").unlink()
            namespaces.delete(f"{OTHER}-internet")
            landbridge("lab", "up", "--dir", str(place), "--prefix", OTHER, "--port", str(OTHER_PORT), "--hosts", "1")
            assert Path(f"/run/netns/{OTHER}-internet").exists()
            with sqlite3.connect(f"file:{next(place.rglob('landbridge.sqlite'))}?mode=ro", uri=True) as database:
                hosts = database.execute("SELECT count(*) FROM resource WHERE type = 'Host'").fetchone()
            assert hosts == (1,)
    finally:
        assert traces(OTHER, place) == []


def test_a_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    refused = landbridge(
        "lab", "up", "--dir", str(tmp_path), "--prefix", OTHER, "--port", str(OTHER_PORT), check=False
    )
    assert refused.returncode == 1
    landbridge("lab", "down", "--dir", str(tmp_path))
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_down_without_a_lab_is_fine(tmp_path: Path) -> None:
    landbridge("lab", "down", "--dir", str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_port_that_is_taken_is_said_first(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", OTHER_PORT)):
        refused = landbridge(
            "lab", "up", "--dir", str(tmp_path / "busy"), "--prefix", OTHER, "--port", str(OTHER_PORT), check=False
        )
    assert refused.returncode == 1
    assert str(OTHER_PORT) in refused.stderr
    assert traces(OTHER, tmp_path / "busy") == []
