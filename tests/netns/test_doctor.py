"""`landbridge doctor` on a real kernel: what the other tests here need is found, nothing stays behind."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from landbridge.cli.main import main
from landbridge.drivers import bpffs

pytestmark = pytest.mark.netns
NETNS = Path("/run/netns")


def traces() -> list[str]:
    """Namespaces and pin directories of doctors."""
    pins = bpffs.directory("test-doctor").parent
    found = [path.name for where in (NETNS, pins) for path in where.glob("*doctor-*") if path.name != "test-doctor"]
    bpffs.remove("test-doctor")
    return found


def test_this_machine_can_be_a_host() -> None:
    result = CliRunner().invoke(main, ["doctor", "--role", "host", "--output", "json"])
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    required = {name for name, check in checks.items() if check["required"]}
    assert {"veth", "bridge", "vxlan", "nftables NAT", "bpffs", "eBPF at clsact"} <= required
    assert [name for name in required if checks[name]["status"] != "ok"] == []
    assert checks["VLANs by eBPF"]["status"] == "ok"
    assert result.exit_code == 0
    assert all(check["instead"] for check in checks.values() if check["status"] != "ok")
    assert traces() == []
