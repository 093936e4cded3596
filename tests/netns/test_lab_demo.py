"""The demo as a user runs it: every row holds, it can be repeated, and a row that fails is seen."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from landbridge.drivers import children
from landbridge.lab.demo import CHANGES, PROOFS
from tests.netns.test_lab import traces
from tests.support.lab import LANDBRIDGE, free_port, free_prefix, landbridge

pytestmark = pytest.mark.netns

PREFIX, PORT = free_prefix(), str(free_port())
ROWS = 2 * len(PROOFS) + len(CHANGES) + 6
"""Everything twice; what may happen to short pairs; the first leases, the kill, the return, and three streams."""


@pytest.fixture
def place(tmp_path: Path) -> tuple[str, ...]:
    return ("--dir", str(tmp_path / "lab"), "--prefix", PREFIX, "--port", PORT)


def test_every_row_holds(tmp_path: Path, place: tuple[str, ...]) -> None:
    try:
        done = landbridge("lab", "demo", *place)
        assert f"{ROWS} of {ROWS} hold" in done.stdout
        assert "✗" not in done.stdout
    finally:
        landbridge("lab", "down", "--dir", str(tmp_path / "lab"))
    assert traces(PREFIX, tmp_path / "lab") == []


def test_a_row_that_does_not_hold_fails_the_demo(tmp_path: Path, place: tuple[str, ...]) -> None:
    """The web server is killed under it; the demo goes on, says so, and exits with 1."""
    internet = tmp_path / "lab" / "internet"
    demo = subprocess.Popen([LANDBRIDGE, "lab", "demo", *place], stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while (pid := children.running_pid(internet)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        shown, _ = demo.communicate(timeout=150)
        assert demo.returncode == 1
        # What a VM is seen as outside, with all alive and with all dead: by source NAT, and by its EIP.
        assert f"{ROWS - 4} of {ROWS} hold" in shown, shown
    finally:
        demo.kill()
        landbridge("lab", "down", "--dir", str(tmp_path / "lab"))
    assert traces(PREFIX, tmp_path / "lab") == []
