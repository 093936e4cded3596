"""VLAN networks on Debian's stock kernel, whose own VLAN devices are the other end: `vlan_devices.py`."""

import platform
import re
import shlex
import sys
from pathlib import Path

import pytest

from landbridge.drivers import bpf_object
from tests.vm import full
from tests.vm.packages import Archive

pytestmark = pytest.mark.vm

ROOT = Path(__file__).parents[2]
SECONDS = 300.0
_COMMANDS = """
mkdir -p src/landbridge/bpf && cp {nic} src/landbridge/bpf/nic.o
{python} -m pytest -n0 -p no:schemathesis --color=no --durations=5 tests/vm/vlan_devices.py
"""


def test_vlan_devices_of_the_kernel(tmp_path: Path) -> None:
    nic = shlex.quote(str(bpf_object.find_object(tmp_path)))
    with full.guest(Archive(), ROOT, _COMMANDS.format(nic=nic, python=shlex.quote(sys.executable))) as guest:
        status, output = guest.output(SECONDS)
    print(output)
    assert guest.release != platform.release()
    assert status == 0
    assert re.search(r"^3 passed in", output, re.MULTILINE), "nothing may be skipped"
