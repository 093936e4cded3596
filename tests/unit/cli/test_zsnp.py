"""`landbridge zsnp` against sockets that answer as agents do, and against a server with simulated hosts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landbridge.cli.zsnp_explain import by_host
from landbridge.model.questions.shortcuts import Shortcuts
from landbridge.zsnp.entry import State
from tests.api.conftest import Client, Server
from tests.api.simulated import Vpc
from tests.support.control import answering
from tests.unit.cli.conftest import Run

A, B, C = "10.10.1.5", "10.10.2.7", "10.10.2.8"
HERE, ELSEWHERE = "a1" + "0" * 30, "b2" + "0" * 30
ROW: Mapping[str, Any] = {
    "netId": 3,
    "source": "10.10.1.0/24",
    "destination": B,
    "state": "ACTIVE",
    "routerUuid": HERE,
    "local": False,
    "destinationVtep": "10.0.0.12",
    "mtu": 1450,
    "packets": 50,
    "bytes": 4200,
    "expiresIn": 30.04,
    "roundTripMs": 2,
}
PAIR = {"sourceIp": A, "destinationIp": B, "state": "HINTED", "reason": None}


@pytest.fixture
def run_dir(tmp_path: Path) -> Iterator[Path]:
    """An agent that answers, a vrouter here that answers, and one whose agent is dead."""
    for uuid in (HERE, ELSEWHERE):
        (tmp_path / "routers" / uuid).mkdir(parents=True)
    counted = {"refused": {"forged": 2, "stale": 1}, "ended": {}}

    def agent(request: Mapping[str, Any]) -> Mapping[str, Any]:
        if request == {"op": "entries"}:
            local = {**ROW, "destination": C, "local": True, "expiresIn": None}
            return {"entries": [local, ROW], **counted}
        assert request == {"op": "explain", "source": A, "destination": B}
        return {"nets": [3], "routers": [HERE], "entries": [ROW]}

    def router(request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert request == {"op": "shortcuts"}
        return {"pairs": [{**PAIR, "destinationIp": C, "reason": "no"}, PAIR]}

    sockets = {tmp_path / "zsnp.sock": agent, tmp_path / "routers" / HERE / "control.sock": router}
    with answering(sockets):
        yield tmp_path


def test_entries(anonymous: Run, run_dir: Path) -> None:
    shown = anonymous("zsnp", "entries", "--run-dir", str(run_dir))
    head, first, second = shown.stdout.splitlines()
    assert head.split()[:5] == ["netId", "source", "destination", "state", "vtep"]
    assert first.split()[:10] == ["3", "10.10.1.0/24", B, "ACTIVE", "10.0.0.12", "1450", "50", "4200", "30.0", "s"]
    assert second.split()[:6] == ["3", "10.10.1.0/24", C, "ACTIVE", "this", "host"]
    assert shown.stderr == "messages turned away: forged (2), stale (1)\n"
    whole = json.loads(anonymous("zsnp", "entries", "--run-dir", str(run_dir), "-o", "json").stdout)
    assert whole["entries"][1] == ROW


def test_without_agent_and_maps(anonymous: Run, tmp_path: Path) -> None:
    for words in (("entries",), ("explain", A, B)):
        shown = anonymous("zsnp", *words, "--run-dir", str(tmp_path), "--tag", "nobody")
        assert shown.exit_code == 1
        assert f"no answer on {tmp_path}/zsnp.sock" in shown.stderr
        assert "no agent with the tag nobody has run on this host" in shown.stderr


def test_a_short_pair_is_explained_on_its_host(anonymous: Run, run_dir: Path) -> None:
    shown = anonymous("zsnp", "explain", A, B, "--run-dir", str(run_dir))
    assert shown.stdout.splitlines() == [
        "It is short: packets go from host to host, to 10.0.0.12, and not through the vrouter.",
        "So far 50 packets with 4200 bytes took it. The round trip was 2 ms.",
        "Its lease ends in 30 s unless it is renewed.",
        "Fragments, packets with IP options, those with a TTL of 1 and those larger than 1450 bytes do not take it.",
        f"The vrouter {HERE} allows it, and has told the sender's host so.",
    ]


@pytest.mark.parametrize("ends", [("web", B), (A, "10.10.2.0/24")])
def test_addresses_are_meant(anonymous: Run, ends: tuple[str, str]) -> None:
    shown = anonymous("zsnp", "explain", *ends)
    assert shown.exit_code == 1
    assert "an IPv4 or IPv6 address is meant" in shown.stderr


def sentences(standing: Mapping[str, Any], pairs: Mapping[str, Any] | None = None) -> list[str]:
    return list(by_host(standing, pairs or {}, A, B))


@pytest.mark.parametrize("state", [*State, "IN FORCE", "EXPIRED"])
def test_every_state_has_words(state: str) -> None:
    first, *more = sentences({"entries": [{**ROW, "state": state, "reason": "the destination's host says: shared"}]})
    in_force = state in ("ACTIVE", "RENEWING", "CHECKING", "FALLBACK", "HELD", "IN FORCE")
    assert first.startswith("It is short" if in_force else "It goes through the vrouter")
    assert any("took it" in one for one in more) == in_force
    assert ("shared" in first) == (state == "REFUSED")


def test_why_a_host_has_none() -> None:
    nothing: dict[str, Any] = {"nets": [3], "routers": [HERE], "entries": []}
    refused = {HERE: [{**PAIR, "reason": "both are in the same subnet"}]}
    for standing, pairs, first, last in (
        ({"entries": []}, {}, "The kernel of this host has no shortcut for it.", ""),
        ({**nothing, "nets": [], "routers": []}, {}, f"No VM of this host has the address {A}", ""),
        ({**nothing, "routers": []}, {}, "none has distributed routing on", ""),
        (nothing, {}, "has not been hinted", "does not run here"),
        (nothing, {HERE: "no answer on x"}, "has not been hinted", "does not say anything: no answer on x"),
        (nothing, {HERE: []}, "has not been hinted", "has not seen as many packets"),
        (nothing, refused, "has not been hinted", "refuses: both are in the same subnet."),
    ):
        found = sentences(standing, pairs)
        assert first in found[0]
        assert (last in found[-1]) if last else len(found) == 1


# ---- through the server -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def vpc(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    with Client(base_url=server.url) as api:
        made = Vpc(server, api.login(), tmp_path_factory.mktemp("hosts"))
        yield made
        made.close()


def test_the_server_is_asked(cli: Run, vpc: Vpc) -> None:
    w, d = vpc.w["vmNics"][0]["ip"], vpc.d["vmNics"][0]["ip"]
    off = cli("zsnp", "explain", w, d)
    assert "`landbridge vrouter distributed-routing enable router`" in off.stdout
    cli("vrouter", "distributed-routing", "enable")
    pair, entry = vpc.talking()
    vpc.say({0: Shortcuts(pairs=(pair,)), 1: Shortcuts(entries=(entry,)), 2: "it is busy"})
    first, second, third, last = cli("zsnp", "explain", w, d).stdout.splitlines()
    assert first == "It is short: packets go from host to host, to host-3, and not through the vrouter."
    assert second == "So far 5 packets with 12345 bytes took it. The round trip was 90 µs."
    assert "larger than 1450 bytes" in third
    assert "it is busy" in last
    vpc.say({0: Shortcuts(), 1: Shortcuts(entries=(entry,)), 2: Shortcuts()})
    assert cli("zsnp", "explain", w, d, "--vrouter", "router").stdout.splitlines()[0] == first
    refused = msgspec.structs.replace(pair, state="REFUSED", reason="the route has a next hop")
    vpc.say({0: Shortcuts(pairs=(refused,)), 1: Shortcuts(), 2: Shortcuts()})
    shown = cli("zsnp", "explain", w, d).stdout
    assert shown == "It goes through the vrouter: the route has a next hop.\n"
    assert "too few packets" in cli("zsnp", "explain", d, w).stdout
    cli("vrouter", "distributed-routing", "disable")


def test_it_must_be_known_which_vrouter(cli: Run, vpc: Vpc) -> None:
    for words, why in (
        (("192.0.2.1", B), "no VM behind a vrouter has the address 192.0.2.1"),
        (("192.0.2.1", B, "--vrouter", "other"), "no vrouter is called other"),
    ):
        shown = cli("zsnp", "explain", *words)
        assert shown.exit_code == 1
        assert f"{why}: --vrouter may be one of router" in shown.stderr
