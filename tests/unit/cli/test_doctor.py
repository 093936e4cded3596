"""`landbridge doctor` with probes whose outcomes the test knows."""

import json
from collections.abc import Callable

import pytest

from landbridge.cli import doctor
from landbridge.cli.probes import Absent, Finding, Probe, examine
from tests.unit.cli.conftest import Run


def works(_scratch: str) -> str:
    return "7.0"


def lacks(_scratch: str) -> str:
    raise Absent("it is not here")


def breaks(_scratch: str) -> str:
    raise PermissionError(1, "Operation not permitted")


def probe(attempt: Callable[[str], str], *, required: bool = True, scratch: bool = False) -> Probe:
    return Probe("thing", "work", "another thing", attempt, required=required, scratch=scratch)


def test_outcomes() -> None:
    assert examine(probe(works), None) == Finding(probe(works), True, "7.0")
    assert examine(probe(lacks), None).detail == "it is not here"
    assert examine(probe(breaks), None).detail == "Operation not permitted"
    assert not examine(probe(works, scratch=True), None).ok, "what could not be tried is not there"


@pytest.mark.parametrize(
    ("tried", "status", "exit_code"),
    [(probe(works), "ok", 0), (probe(lacks), "missing", 1), (probe(lacks, required=False), "absent", 0)],
)
def test_only_what_is_required_fails(
    anonymous: Run, monkeypatch: pytest.MonkeyPatch, tried: Probe, status: str, exit_code: int
) -> None:
    monkeypatch.setattr(doctor, "PROBES", {"host": (tried,)})
    result = anonymous("doctor", "--output", "json")
    assert result.exit_code == exit_code
    document = json.loads(result.stdout)
    assert document["ok"] is (exit_code == 0)
    [check] = document["checks"]
    assert check["status"] == status
    assert ("instead" in check) is (status != "ok")
    table = anonymous("doctor")
    assert table.exit_code == exit_code
    assert ("instead: another thing" in table.stdout) is (status != "ok")


def test_a_server_needs_no_kernel_features(anonymous: Run) -> None:
    result = anonymous("doctor", "--role", "server", "-o", "json")
    assert result.exit_code == 0, result.output
    assert {check["role"] for check in json.loads(result.stdout)["checks"]} == {"server"}
