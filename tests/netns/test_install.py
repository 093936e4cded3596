"""Follows `docs/install.md` word for word: a server and a host in namespaces of their own, no `landbridge lab`.

Only names and directories are the test's: by environment variables, so that nothing of the machine is touched.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from landbridge.drivers import bpffs, namespaces

pytestmark = pytest.mark.netns

PAGE = (Path(__file__).parents[2] / "docs" / "install.md").read_text()
BLOCK = re.compile(r"^```sh (\w+)( background)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
MOST_SECONDS = 300.0
TAG = f"in{os.getpid() % 100000}"
SERVER, HOST = f"{TAG}-server", f"{TAG}-host"
PLACES = {"server": SERVER, "client": SERVER, "host": HOST}
NETWORK = f"""
link add mgmt0 netns {SERVER} type veth peer name mgmt0 netns {HOST}
-n {SERVER} link set lo up
-n {SERVER} link set mgmt0 up
-n {SERVER} addr add 192.0.2.10/24 dev mgmt0
-n {HOST} link set lo up
-n {HOST} link set mgmt0 up
-n {HOST} addr add 192.0.2.11/24 dev mgmt0
-n {HOST} link add underlay0 mtu 1600 type bridge
-n {HOST} link set underlay0 up
-n {HOST} addr add 10.0.0.11/24 dev underlay0
"""


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Path]:
    """Two namespaces with a link between them; everything of theirs goes again."""
    try:
        for name in (SERVER, HOST):
            namespaces.create(name)
        for line in NETWORK.strip().splitlines():
            subprocess.run(["ip", *line.split()], check=True)
        yield tmp_path
    finally:
        _end_all_in(HOST, SERVER)
        for path in Path("/run/netns").glob(f"{TAG}-*"):
            _end_all_in(path.name)
            namespaces.delete(path.name)
        for path in Path("/etc/netns").glob(f"{TAG}-*"):
            shutil.rmtree(path)
        bpffs.remove(TAG)


def _end_all_in(*names: str) -> None:
    for name in names:
        shown = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False).stdout
        for pid in shown.split():
            os.kill(int(pid), signal.SIGKILL)


def _await(log: Path) -> None:
    """The first that a process says is that it serves."""
    deadline = time.monotonic() + 30
    while not log.read_text():
        assert time.monotonic() < deadline, f"{log.stem} says nothing"
        time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(20)


def _environment(directory: Path) -> Mapping[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(directory / "config"),
        "LANDBRIDGE_SERVER_DATA_DIR": str(directory / "server"),
        "LANDBRIDGE_AGENT_STATE_DIR": str(directory / "agent"),
        "LANDBRIDGE_AGENT_RUN_DIR": str(directory / "run"),
        "LANDBRIDGE_AGENT_TAG": TAG,
    }


def test_the_page_leads_to_two_vms_that_ping(machines: Path) -> None:
    began = time.monotonic()
    environment = _environment(machines)
    variables = machines / "variables"
    variables.touch()
    steps = BLOCK.findall(PAGE)
    assert {place for place, _, _ in steps} == set(PLACES)
    with ExitStack() as running:
        for place, background, commands in steps:
            script = commands.replace('"lb-vm-', f'"{TAG}-vm-')
            # Only the network is another one: what the agent mounts (namespaces) is seen everywhere.
            enter = ["nsenter", f"--net=/run/netns/{PLACES[place]}", "bash", "-eu", "-o", "pipefail", "-c"]
            if background:
                log = running.enter_context((machines / f"{place}.log").open("w"))
                process = subprocess.Popen(
                    [*enter, f"exec {script.strip()}"], env=environment, stdout=log, stderr=log
                )
                running.callback(_stop, process)
                _await(Path(log.name))
                continue
            # Variables of one block are known in the next, as in the reader's shell.
            script = f". {variables}; {script}\ndeclare -p TOKEN VM IP > {variables} 2> /dev/null || true"
            done = subprocess.run(
                [*enter, script], env=environment, capture_output=True, text=True, timeout=60, check=False
            )
            logs = "".join(path.read_text()[-2000:] for path in machines.glob("*.log"))
            assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}\n{logs}"
    assert "3 received" in done.stdout
    assert time.monotonic() - began < MOST_SECONDS
