"""`landbridge route`, against a server with simulated hosts."""

import json
from collections.abc import Iterator

import pytest

from landbridge.cli.route import COLUMNS
from landbridge.model.questions.router import AskRoutes, KernelHop, KernelRoute, KernelRoutes, KernelRule
from tests.api.conftest import Client, Server
from tests.api.simulated import Vpc
from tests.unit.cli.conftest import Run

KERNEL = KernelRoutes(
    routes=(
        KernelRoute("0.0.0.0/0", 0, 76, False, (KernelHop("203.0.113.1", "eth0", False),)),
        KernelRoute("10.1.0.0/24", 0, 2, False, (KernelHop(None, "eth1", False),)),
        KernelRoute("10.20.0.0/16", 5, 76, True, ()),
        KernelRoute("10.30.0.0/16", 0, 77, False, (KernelHop(None, "wg0", False),)),
    ),
    down=(),
    rules=(KernelRule(1001, 10, "eth1", "10.1.0.0/25", protocol="tcp", destination_ports=(80, 81)),),
    tables={10: (KernelRoute("192.0.2.0/24", 1, 76, False, (KernelHop("203.0.113.9", "eth0", False),)),)},
    own=("10.1.0.1",),
)


@pytest.fixture(scope="module")
def vpc(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    with Client(base_url=server.url) as api:
        made = Vpc(server, api.login(), tmp_path_factory.mktemp("hosts"))
        made.hosts[0].answer = lambda question: KERNEL if isinstance(question, AskRoutes) else "that is not asked"
        yield made
        made.close()


def test_list(cli: Run, vpc: Vpc) -> None:
    head, *rows = cli("route", "list", "router").stdout.splitlines()
    assert head.split() == list(COLUMNS)
    assert rows[0].split() == ["0.0.0.0/0", "203.0.113.1", "eth0", "0", "service", "yes"]
    assert rows[2].split() == ["10.20.0.0/16", "5", "service", "yes"]
    found = json.loads(cli("route", "list", vpc.name[:6], "-o", "json").stdout)["inventories"]
    assert [row["destination"] for row in found] == [route.destination for route in KERNEL.routes]


@pytest.mark.parametrize(
    ("address", "carried", "otherwise"),
    [
        (
            "198.51.100.1",
            "via 203.0.113.1 by eth0 (service 0.0.0.0/0, distance 0)",
            "no route, the sender is told so",
        ),
        ("10.1.0.9", "straight to it by eth1 (connected 10.1.0.0/24, distance 0)", "via 203.0.113.1"),
        ("10.20.0.9", "dropped (service 10.20.0.0/16, distance 5)", "via 203.0.113.1"),
        ("10.1.0.1", "to the vrouter itself, it is an address of its own", "straight to it by eth1"),
        ("10.30.0.9", "by wg0 (service 10.30.0.0/16, distance 0)", "via 203.0.113.1"),
    ],
)
def test_explain(cli: Run, vpc: Vpc, address: str, carried: str, otherwise: str) -> None:
    first, second = cli("route", "explain", "router", address).stdout.splitlines()
    assert first == f"{address}: {carried}"
    assert second.startswith(f"without that: {otherwise}")
    answer = json.loads(cli("route", "explain", vpc.name[:6], address, "-o", "json").stdout)
    assert answer["destination"] == address


def test_policy_rules(cli: Run, vpc: Vpc) -> None:
    carried, _, exception = cli("route", "explain", "router", "192.0.2.1").stdout.splitlines()
    assert carried.startswith("192.0.2.1: via 203.0.113.1 by eth0")
    way = "via 203.0.113.9 by eth0 (policy 192.0.2.0/24, distance 1, table 10)"
    about = "what comes by eth1 from 10.1.0.0/25 by tcp for port 80-81"
    assert exception == f"but {about}: policy rule 1001: {way}"
    known = ("--l3", vpc.l3["web"], "--source", "10.1.0.9", "--protocol", "tcp", "--source-port", "9")
    taken, otherwise = cli("route", "explain", "router", "192.0.2.1", *known, "--port", "81").stdout.splitlines()
    assert taken == f"192.0.2.1: policy rule 1001: {way}"
    assert otherwise.startswith("without that: via 203.0.113.1")
    carried_db, refused, _ = cli(
        "route", "explain", "router", "192.0.2.1", "--l3", vpc.l3["db"], "--source", "10.1.0.9"
    ).stdout.splitlines()
    assert (carried_db, "answers to 10.1.0.9 would leave by eth1, not by eth2" in refused) == (carried, True)
    not_taken, _ = cli("route", "explain", "router", "192.0.2.1", *known, "--port", "82").stdout.splitlines()
    assert not_taken == carried


def test_no_address(cli: Run, vpc: Vpc) -> None:
    result = cli("route", "explain", vpc.name[:6], "everything")
    assert result.exit_code == 1
    assert "not an IPv4 address" in result.stderr
