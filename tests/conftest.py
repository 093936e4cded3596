"""For all tests: random ones are judged by what they find, not by how long they take; nothing runs on afterwards."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("landbridge", deadline=None, print_blob=True)
settings.load_profile("landbridge")
# Programs that tests interrupt inherit what the shell did; it has the signal ignored in whatever it starts with &.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def nothing_runs_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the product starts outlives who has started it: a test has to end it."""
    yield
    mark = f"LANDBRIDGE_CHILD={tmp_path_factory.getbasetemp()}/".encode()
    assert [command for command, environment in _processes() if mark in environment] == []


def _processes() -> Iterator[tuple[bytes, bytes]]:
    """Command line and environment of each process that can be looked at."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
