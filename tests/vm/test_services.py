"""What vrouters do on Debian's stock kernel, which has more than here: ESP, WireGuard, token buckets as modules.

Under QEMU's translator each test takes half a minute, so that of each file a few come along.
"""

import platform
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from landbridge.drivers import bpf_object
from tests.vm import full
from tests.vm.packages import Archive

pytestmark = pytest.mark.vm

ROOT = Path(__file__).parents[2]
SECONDS = 600.0
_PYTEST = f"{shlex.quote(sys.executable)} -m pytest -n0 -p no:schemathesis --color=no"
# The first start of a vrouter's agent loads modules, and takes longer here than it may: it has its own turn before.
_COMMANDS = """
mkdir -p src/landbridge/bpf
{objects}
modprobe tun
{proof}
{pytest} {file} -k '{first}' > /dev/null
{pytest} --durations=5 {file} -k '{chosen}'
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """`proof`: prints "proved: yes" where the kernel does it itself."""

    file: str
    chosen: str
    proof: str


IPSEC = Suite(
    "tests/netns/test_ipsec.py",
    "both_ways or large_segments or not_in_it or new_keys and ours",
    f"{shlex.quote(sys.executable)} -c 'from landbridge.drivers.esp import kernel_refusal; "
    'print("proved:", "yes" if kernel_refusal() is None else "no")\'',
)
WIREGUARD = Suite(
    "tests/netns/test_wireguard.py",
    "they_come_to_us or another_key or agent_starts_again or nothing_is_left",
    "ip link add probe type wireguard && ip link del probe && echo proved: yes",
)
LIMITS = Suite(
    "tests/netns/test_shaper.py",
    "both_directions or slow_lines or come_and_go",
    "grep -q sch_htb /proc/kallsyms || modprobe sch_htb && modprobe sch_tbf && echo proved: yes",
)


@pytest.mark.parametrize("suite", [IPSEC, WIREGUARD, LIMITS], ids=["ipsec", "wireguard", "limits"])
def test_by_the_kernel(tmp_path: Path, suite: Suite) -> None:
    objects = "\n".join(
        f"cp {shlex.quote(str(bpf_object.find_object(tmp_path, name)))} src/landbridge/bpf/{name}.o"
        for name in bpf_object.OF_ROUTERS
    )
    commands = _COMMANDS.format(
        objects=objects,
        pytest=_PYTEST,
        proof=suite.proof,
        file=suite.file,
        first=suite.chosen.partition(" or ")[0],
        chosen=suite.chosen,
    )
    with full.guest(Archive(), ROOT, commands) as guest:
        status, output = guest.output(SECONDS)
    print(output)
    assert guest.release != platform.release()
    assert "proved: yes" in output
    assert status == 0
    assert re.search(r"^\d+ passed, \d+ deselected in", output, re.MULTILINE), "nothing may be skipped"
