"""`landbridge doctor` proves the way between VTEPs: full-size packets that must not be fragmented."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.cli.probes import Finding, examine
from landbridge.cli.underlay import underlay_probes
from landbridge.drivers import enter
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh
from tests.support.lab import LANDBRIDGE

pytestmark = pytest.mark.netns

NEEDED = lab.MTU + 50


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Host]]:
    """Two hosts with a VM each in one network; a third VTEP of it is nowhere."""
    with lab.hosts(tmp_path_factory.mktemp("underlay")) as made:
        for number, host in enumerate(made, start=1):
            floods = [lab.flood(other) for other in made]
            assert host.give(lab.network(host), *floods, *lab.machine(number)).failed == {}
        yield made


def found(host: Host) -> list[Finding]:
    """What its probes find."""
    return enter.in_namespace(host.netns, lambda: [examine(probe, None) for probe in underlay_probes(host.directory)])


def switch_port(host: Host) -> str:
    return f"ip -n {host.tag[:-1]}-sw link set p{host.tag}"


def test_a_way_that_is_wide_enough(pair: list[Host]) -> None:
    one, two = pair
    (finding,) = found(one)
    assert finding.ok
    assert finding.probe.name == f"underlay {one.vtep} to {two.vtep}"
    assert finding.detail == f"packets of {NEEDED} bytes arrive whole"


@pytest.mark.parametrize("narrow", [NEEDED - 1, 1400, 576])
def test_a_way_that_narrows(pair: list[Host], narrow: int) -> None:
    """Somewhere on the way, where nobody tells: the largest packet that arrives is found."""
    one, two = pair
    sh(f"{switch_port(two)} mtu {narrow}")
    try:
        (finding,) = found(one)
        assert not finding.ok
        assert finding.detail == f"packets of {NEEDED} bytes do not arrive, of {narrow} they do"
        assert str(NEEDED) in finding.probe.instead
    finally:
        sh(f"{switch_port(two)} mtu 1600")
    assert found(one)[0].ok


def test_an_interface_that_is_too_narrow_itself(pair: list[Host]) -> None:
    one, _ = pair
    sh(f"ip -n {one.netns} link set u0 mtu {NEEDED - 1}")
    try:
        (finding,) = found(one)
        assert finding.detail == f"the interface of {one.vtep} takes no packets of {NEEDED} bytes"
    finally:
        sh(f"ip -n {one.netns} link set u0 mtu 1600")


def test_a_host_that_is_away(pair: list[Host]) -> None:
    one, two = pair
    sh(f"{switch_port(two)} down")
    try:
        assert found(one)[0].detail == "it does not answer"
    finally:
        sh(f"{switch_port(two)} up")


def test_a_host_without_networks_has_nothing_to_prove(tmp_path: Path) -> None:
    assert list(underlay_probes(tmp_path)) == []


def test_the_command(pair: list[Host]) -> None:
    """Exit status 1 and both figures when the way is too narrow."""
    one, two = pair
    argv = ["nsenter", f"--net=/run/netns/{one.netns}", LANDBRIDGE, "doctor", "--role", "host", "-o", "json"]
    sh(f"{switch_port(two)} mtu 1400")
    try:
        done = subprocess.run([*argv, "--state-dir", str(one.directory)], capture_output=True, text=True, check=False)
    finally:
        sh(f"{switch_port(two)} mtu 1600")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    check = checks[f"underlay {one.vtep} to {two.vtep}"]
    assert done.returncode == 1
    assert (check["status"], check["required"]) == ("missing", True)
    assert "1400" in check["detail"]
