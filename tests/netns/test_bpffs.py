"""Hosts on one machine share a file system for pins: it comes with the first of them and goes with the last."""

import subprocess
import sys

import pytest

from landbridge.drivers import bpffs

pytestmark = pytest.mark.netns

_COMES_AND_GOES = """
import sys
from landbridge.drivers import bpffs
for _ in range(150):
    made = bpffs.directory(sys.argv[1])
    (made / "programs").mkdir()
    bpffs.remove(sys.argv[1])
"""


def test_hosts_come_and_go_at_once() -> None:
    """Nobody unmounts what another one has just mounted, nor makes directories where nothing is mounted."""
    tags = [f"test-pins-{number}" for number in range(4)]
    running = [
        subprocess.Popen([sys.executable, "-c", _COMES_AND_GOES, tag], stderr=subprocess.PIPE, text=True)
        for tag in tags
    ]
    assert [process.communicate(timeout=60)[1] for process in running] == [""] * len(tags)
    assert [found for tag in tags for found in bpffs.existing(tag)] == []
