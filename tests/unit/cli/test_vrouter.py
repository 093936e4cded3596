"""`landbridge vrouter` against a control socket that answers as a vrouter's agent does."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.control import answering
from tests.unit.cli.conftest import Run

UUID, OTHER = "a1" + "0" * 30, "b2" + "0" * 30
ROUTE = {"destination": "0.0.0.0/0", "via": "203.0.113.1", "interface": "eth0", "metric": 0, "ours": True}
SEEN = {
    "routes": [ROUTE],
    "neighbours": [{"address": "10.0.0.2", "mac": "fa:00:00:00:00:01", "interface": "eth1", "state": 2}],
    "nftables": "table inet landbridge {\n}\n",
    "connections": 3,
    "changes": 0,
    "failed": {},
}


@pytest.fixture
def run_dir(tmp_path: Path) -> Iterator[Path]:
    """A vrouter whose agent answers, and one whose agent is dead."""
    for uuid in (UUID, OTHER):
        (tmp_path / "routers" / uuid).mkdir(parents=True)

    def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert request == {"op": "show"}
        return SEEN

    with answering({tmp_path / "routers" / UUID / "control.sock": answer}):
        yield tmp_path


def test_looks(anonymous: Run, run_dir: Path) -> None:
    at = ("vrouter", "--run-dir", str(run_dir))
    routes = anonymous(*at, "routes", UUID[:4], "-o", "json")
    assert json.loads(routes.stdout) == {"inventories": [ROUTE]}
    assert "203.0.113.1" in anonymous(*at, "routes", UUID).stdout
    assert "fa:00:00:00:00:01" in anonymous(*at, "neighbours", UUID).stdout
    assert anonymous(*at, "nftables", UUID).stdout == SEEN["nftables"]
    status = anonymous(*at, "status", UUID, "-o", "json")
    assert json.loads(status.stdout) == {"connections": 3, "changes": 0, "failed": {}}


def test_the_list_says_which_agents_answer(anonymous: Run, run_dir: Path) -> None:
    rows = json.loads(anonymous("vrouter", "--run-dir", str(run_dir), "list", "-o", "json").stdout)["inventories"]
    assert [(row["uuid"], "no answer" in row["agent"]) for row in rows] == [(UUID, False), (OTHER, True)]
    assert rows[0]["connections"] == 3


@pytest.mark.parametrize(
    ("which", "words"),
    [((), "several vrouters are meant"), ((OTHER,), "no answer on"), (("router-1",), "there is no vrouter router-1")],
)
def test_who_is_meant(anonymous: Run, run_dir: Path, which: tuple[str, ...], words: str) -> None:
    result = anonymous("vrouter", "--run-dir", str(run_dir), "routes", *which)
    assert result.exit_code == 1
    assert words in result.stderr


def test_none(anonymous: Run, tmp_path: Path) -> None:
    assert "no vrouter runs here" in anonymous("vrouter", "--run-dir", str(tmp_path), "routes").stderr
