"""`landbridge vrouter connections` and `distributed-routing`, against a server with simulated hosts."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from landbridge.cli import vrouter_distributed
from landbridge.model.questions.shortcuts import Shortcuts
from tests.api.conftest import Client, Server
from tests.api.simulated import Vpc
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_commands import completed


@pytest.fixture(scope="module")
def vpc(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    with Client(base_url=server.url) as api:
        made = Vpc(server, api.login(), tmp_path_factory.mktemp("hosts"))
        yield made
        made.close()


def test_on_and_off(cli: Run, vpc: Vpc) -> None:
    at = ("vrouter", "distributed-routing")
    assert cli(*at, "get", "router").stdout.split() == ["enabled", "no"]
    assert cli(*at, "enable", "router").stdout.split() == ["enabled", "yes"]
    assert vpc.shortcuts(1)
    assert json.loads(cli(*at, "get", vpc.name[:6], "-o", "json").stdout) == {"enabled": True}
    assert json.loads(cli(*at, "disable", "-o", "json").stdout) == {"enabled": False}
    assert not vpc.shortcuts(1)


def test_the_same_by_the_names_of_the_api(cli: Run, vpc: Vpc) -> None:
    assert cli("vpc-vrouter", "set-distributed-routing-enabled", "router", "--state-event", "enable").exit_code == 0
    got = cli("vpc-vrouter", "get-distributed-routing-enabled", "router", "-o", "json")
    assert json.loads(got.stdout) == {"enabled": True}
    pair, entry = vpc.talking()
    vpc.say({0: Shortcuts(pairs=(pair,)), 1: Shortcuts(entries=(entry,)), 2: Shortcuts()})
    head, row = cli("vpc-vrouter", "get-distributed-routing-connections", "router").stdout.splitlines()
    assert head.split()[:3] == ["srcIp", "dstIp", "state"]
    assert row.split()[:3] == [pair.source_ip, pair.destination_ip, "ZSNP_DST_SUCC"]
    cli("vrouter", "distributed-routing", "disable")


def test_connections(cli: Run, vpc: Vpc) -> None:
    cli("vrouter", "distributed-routing", "enable")
    pair, entry = vpc.talking()
    vpc.say({0: Shortcuts(pairs=(pair,)), 1: Shortcuts(entries=(entry,)), 2: "it is busy"})
    shown = cli("vrouter", "connections", "router")
    head, row = shown.stdout.splitlines()
    assert head.split() == list(vrouter_distributed._COLUMNS)
    ends = [pair.source_ip, pair.destination_ip]
    assert row.split()[:-2] == [*ends, "short", "host-2", "host-3", "5", "12.3", "kB", "90", "µs", "1450"]
    assert "host-3" in shown.stderr
    assert "it is busy" in shown.stderr
    answer = json.loads(cli("vrouter", "connections", "router", "-o", "json").stdout)
    assert answer["inventories"]["-".join(ends)]["bytes"] == 12_345
    cli("vrouter", "distributed-routing", "disable")


def test_why_there_are_none(cli: Run, vpc: Vpc) -> None:
    vpc.say({0: Shortcuts(), 1: Shortcuts(), 2: Shortcuts()})
    shown = cli("vrouter", "connections")
    assert "`landbridge vrouter distributed-routing enable router` switches it on" in shown.stderr
    assert "none" in shown.stderr
    assert shown.stdout == ""


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("REFUSED", "source NAT applies", "refused host-2 0 0 B source NAT applies"),
        ("COUNTED", None, "counted host-2 0 0 B"),
    ],
)
def test_why_a_pair_goes_through_the_vrouter(cli: Run, vpc: Vpc, state: str, reason: str | None, words: str) -> None:
    cli("vrouter", "distributed-routing", "enable")
    pair = msgspec.structs.replace(vpc.talking()[0], state=state, reason=reason)
    vpc.say({0: Shortcuts(pairs=(pair,)), 1: Shortcuts(), 2: Shortcuts()})
    row = cli("vrouter", "connections").stdout.splitlines()[1].split()
    assert row[2:] == words.split()
    cli("vrouter", "distributed-routing", "disable")


def test_watched_until_it_is_interrupted(cli: Run, vpc: Vpc, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed again only when it has changed."""
    cli("vrouter", "distributed-routing", "enable")
    pair, _ = vpc.talking()
    looks = 0

    def pause(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            vpc.say({0: Shortcuts(pairs=(pair,)), 1: Shortcuts(), 2: Shortcuts()})
        if looks == 4:
            raise KeyboardInterrupt

    vpc.say({0: Shortcuts(), 1: Shortcuts(), 2: Shortcuts()})
    monkeypatch.setattr("landbridge.cli.output.time", SimpleNamespace(sleep=pause))
    shown = cli("vrouter", "connections", "--watch", "-o", "json")
    assert shown.stdout.count('"inventories"') == 2
    monkeypatch.undo()
    cli("vrouter", "distributed-routing", "disable")


@pytest.mark.parametrize("words", [("connections",), ("distributed-routing", "get")])
def test_a_host_alone_does_not_know(anonymous: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    result = anonymous("vrouter", "--run-dir", str(tmp_path), *words)
    assert result.exit_code == 1
    assert "leave --run-dir out" in result.stderr


def test_names_are_completed(cli: Run, vpc: Vpc) -> None:
    for words in (["connections"], ["distributed-routing", "enable"]):
        assert completed("vrouter", *words, incomplete="ro") == ["router"]
