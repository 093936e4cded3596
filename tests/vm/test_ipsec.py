"""IPsec where Linux encrypts: `tests/netns/test_ipsec.py` on Debian's stock kernel, ESP without UDP around it."""

import platform
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.vm import full
from tests.vm.packages import Archive

pytestmark = pytest.mark.vm

ROOT = Path(__file__).parents[2]
SECONDS = 600.0
_COMMANDS = """
{python} -c 'from landbridge.drivers.esp import kernel_refusal; print("refusal:", kernel_refusal())'
{python} -m pytest -n0 -p no:schemathesis --color=no --durations=5 tests/netns/test_ipsec.py
"""


def test_ipsec_in_the_kernel() -> None:
    with full.guest(Archive(), ROOT, _COMMANDS.format(python=shlex.quote(sys.executable))) as guest:
        status, output = guest.output(SECONDS)
    print(output)
    assert guest.release != platform.release()
    assert "refusal: None" in output
    assert status == 0
    counted = re.search(r"^(\d+) passed in", output, re.MULTILINE)
    assert counted is not None, "nothing may be skipped"
