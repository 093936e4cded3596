"""One lab with the scenario's networks for the whole run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab import Lab, free_port, free_prefix, lab
from tests.support.scenario import Cloud, build


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab under a prefix of its own, so that a user's lab beside it is not touched."""
    if os.geteuid() != 0:
        pytest.fail("these tests make network namespaces: run them as root")
    directory: Path = tmp_path_factory.mktemp("lab")
    with lab(directory, prefix=free_prefix(), port=free_port()) as made:
        yield made


@pytest.fixture(scope="session")
def cloud(running_lab: Lab) -> Cloud:
    """The scenario, built through the API."""
    return build(running_lab)
