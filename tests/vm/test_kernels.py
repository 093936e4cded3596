"""The eBPF programs on Debian's stock kernels: the verifier of each accepts them, and ports do what they do here.

One boot per kernel runs all of it.  Under QEMU's translator loading the programs takes seconds, so that of the
other suites with a host per test only one test each comes along, and the property test tries fewer examples.
"""

import platform
import re
import shlex
import sys
from pathlib import Path

import pytest

from landbridge.drivers import bpf_object
from tests.vm import full
from tests.vm.packages import Archive, codename

pytestmark = pytest.mark.vm

ROOT = Path(__file__).parents[2]
SUITE = (
    "tests/netns/test_port_guard.py",
    "tests/netns/test_port_connections.py",
    "tests/netns/test_port_programs.py",
    "tests/netns/test_shortcut_rule.py",
    "tests/netns/test_shortcut_traffic.py::test_the_receiver_sees_what_the_router_would_have_sent",
    "tests/netns/test_flow_counter.py",
    "tests/netns/test_external.py::test_it_goes_and_comes_back",
    "tests/netns/test_agent.py::test_two_vms_reach_each_other_over_vxlan",
)
EXAMPLES = 50
SECONDS = 600.0
_COMMANDS = """
mkdir -p src/landbridge/bpf
cp {nic} src/landbridge/bpf/nic.o && cp {router} src/landbridge/bpf/router.o
LANDBRIDGE_TEST_EXAMPLES={examples} {python} -m pytest -p no:schemathesis --color=no --durations=5 {suite}
"""


@pytest.mark.parametrize("suite", [None, f"{codename()}-backports"], ids=["stable", "backports"])
def test_ports_on_a_stock_kernel(tmp_path: Path, suite: str | None) -> None:
    archive = Archive(suite)
    try:
        archive.kernel()
    except LookupError:
        pytest.skip(f"{suite} offers no kernel")
    commands = _COMMANDS.format(
        nic=shlex.quote(str(bpf_object.find_object(tmp_path))),
        router=shlex.quote(str(bpf_object.find_object(tmp_path, "router"))),
        examples=EXAMPLES,
        python=shlex.quote(sys.executable),
        suite=" ".join(map(shlex.quote, SUITE)),
    )
    with full.guest(archive, ROOT, commands) as guest:
        status, output = guest.output(SECONDS)
    print(output)
    assert guest.release != platform.release()
    assert guest.release in output
    assert status == 0
    counted = re.search(r"^(\d+) passed in", output, re.MULTILINE)
    assert counted is not None, "nothing may be skipped"
    assert int(counted[1]) > len(SUITE)
