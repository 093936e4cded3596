"""Distributed routing under netem: a stock kernel has it, which this machine's may lack."""

import shlex
import sys
from pathlib import Path

import pytest

from landbridge.drivers import bpf_object
from tests.vm import full
from tests.vm.packages import Archive

pytestmark = pytest.mark.vm

ROOT = Path(__file__).parents[2]
SECONDS = 600.0
_COMMANDS = """
mkdir -p src/landbridge/bpf
cp {nic} src/landbridge/bpf/nic.o && cp {router} src/landbridge/bpf/router.o
{python} -m pytest -p no:schemathesis --color=no -rP tests/vm/netem_signalling.py
"""


def test_lossy_signalling(tmp_path: Path) -> None:
    commands = _COMMANDS.format(
        nic=shlex.quote(str(bpf_object.find_object(tmp_path))),
        router=shlex.quote(str(bpf_object.find_object(tmp_path, "router"))),
        python=shlex.quote(sys.executable),
    )
    with full.guest(Archive(), ROOT, commands) as guest:
        status, output = guest.output(SECONDS)
    print(output)
    assert status == 0
    assert "1 passed in" in output
