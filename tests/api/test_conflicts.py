"""What can be on public addresses together, over HTTP: pairs of services, overlaps of ports, states, bad input."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.view import Tx
from landbridge.model.documents.account import Account, Session
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.public_site import EIP, IPSEC, Refusal, Site, Wanted, balance, code, forward, wireguard
from tests.support.certificates import certificate


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("conflicts")
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        made = Site(server, api.login(), directory)
        yield made
        made.close()
    server.stop()


@pytest.fixture(autouse=True)
def _nothing_left(site: Site) -> Iterator[None]:
    yield
    site.clear()


# ---- kinds ---------------------------------------------------------------------------------------

KINDS = {
    "Eip": (EIP, EIP),
    "PortForwarding": (forward(2200, 2230), forward(2300)),
    "LoadBalancer": (balance(80, "http"), balance(81)),
    "IPsec": (IPSEC, IPSEC),
    "WireGuard": (wireguard(), wireguard(51821)),
}
"""One of each kind, and another one that takes other ports."""

PAIRS = """
                Eip       PortForwarding  LoadBalancer  IPsec     WireGuard
Eip             SYS.1006  SYS.1007        SYS.1007      SYS.1007  SYS.1007
PortForwarding  SYS.1006  ok              ok            ok        ok
LoadBalancer    SYS.1006  ok              ok            ok        ok
IPsec           SYS.1006  ok              ok            ok        ok
WireGuard       SYS.1006  ok              ok            ok        ok
SNAT            SYS.1006  ok              ok            ok        ok
"""
"""What is there, and what comes.  SNAT is on a vrouter's own VIP, and comes and goes with it."""

_ROWS = [line.split() for line in PAIRS.strip().splitlines()]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(row[0], kind, said) for row in _ROWS[1:] for kind, said in zip(_ROWS[0], row[1:], strict=True)],
)
def test_two_kinds_on_one_vip(site: Site, first: str, second: str, expected: str) -> None:
    vip = site.own if first == "SNAT" else site.vip()
    if first != "SNAT":
        assert code(site.make(KINDS[first][0], vip, site.nic())) == "ok"
    outcome = site.make(KINDS[second][1], vip, site.nic())
    assert code(outcome) == expected, outcome
    [shown] = site.query("/vips", f"uuid={vip}")
    present = {first} | ({second} if expected == "ok" else set())
    assert set(shown["useFor"].split(",")) == present
    assert {ref["serviceType"] for ref in shown["servicesRefs"]} == present
    if isinstance(outcome, Refusal):
        assert shown["ip"] in outcome.details, "it names the VIP"


def test_every_pair_is_a_row() -> None:
    """Of the kinds here; what another service can be beside, the tests in its own folder say."""
    assert set(_ROWS[0]) == KINDS.keys() <= {use.type for service in SERVICES for use in service.vip_uses}
    assert {row[0] for row in _ROWS[1:]} == {*KINDS, "SNAT"}


# ---- ports ---------------------------------------------------------------------------------------

PORTS: list[tuple[Wanted, Wanted, str]] = [
    (forward(80), forward(80), "SYS.1007"),
    (forward(80), forward(80, protocol="UDP"), "ok"),
    (forward(80), forward(81), "ok"),
    (forward(79, 81), forward(80), "SYS.1007"),
    (forward(80), forward(79, 81), "SYS.1007"),
    (forward(79, 81), forward(81, 90), "SYS.1007"),
    (forward(81, 90), forward(79, 81), "SYS.1007"),
    (forward(79, 81), forward(82, 90), "ok"),
    (forward(1, 65535), forward(65535), "SYS.1007"),
    (forward(80), balance(80), "SYS.1006"),
    (balance(80), forward(80), "SYS.1006"),
    (balance(80, "http"), forward(79, 81), "SYS.1006"),
    (forward(79, 81), balance(80, "http"), "SYS.1006"),
    (forward(80), balance(80, "udp"), "ok"),
    (forward(80, protocol="UDP"), balance(80, "udp"), "SYS.1006"),
    (balance(80), balance(80), "SYS.1006"),
    (balance(80), balance(80, same=True), "SYS.1007"),
    (balance(443, "http"), balance(443, "https", same=True), "SYS.1007"),
    (balance(80, "udp"), balance(80, same=True), "ok"),
    (balance(80, "udp"), balance(80, "udp", same=True), "SYS.1007"),
    (balance(80), balance(81, same=True), "ok"),
    *((IPSEC, forward(port, protocol="UDP"), "SYS.1006") for port in (500, 4500)),
    *((IPSEC, forward(port, protocol="TCP"), "ok") for port in (500, 4500)),
    (IPSEC, forward(400, 600, "UDP"), "SYS.1006"),
    (forward(400, 600, "UDP"), IPSEC, "SYS.1006"),
    (forward(501, 4499, "UDP"), IPSEC, "ok"),
    (IPSEC, balance(4500, "udp"), "SYS.1006"),
    (balance(500, "udp"), IPSEC, "SYS.1006"),
    (balance(500), IPSEC, "ok"),
    (wireguard(), forward(51820, protocol="UDP"), "SYS.1006"),
    (forward(51820, protocol="UDP"), wireguard(), "SYS.1006"),
    (wireguard(), forward(51820), "ok"),
    (wireguard(), balance(51820, "udp"), "SYS.1006"),
    (balance(51820, "udp"), wireguard(), "SYS.1006"),
    (wireguard(), wireguard(), "SYS.1006"),
    (wireguard(4500), IPSEC, "SYS.1006"),
    (IPSEC, wireguard(500), "SYS.1006"),
]


@pytest.mark.parametrize(("first", "second", "expected"), PORTS, ids=str)
def test_ports(site: Site, first: Wanted, second: Wanted, expected: str) -> None:
    vip = site.vip()
    assert code(site.make(first, vip, site.nic())) == "ok"
    outcome = site.make(second, vip, site.nic())
    assert code(outcome) == expected, outcome


@pytest.mark.parametrize(("protocol", "port"), [("TCP", 22), ("TCP", 53), ("TCP", 7272), ("UDP", 53), ("UDP", 123)])
def test_ports_of_a_vrouter_itself(site: Site, protocol: str, port: int) -> None:
    other = "UDP" if protocol == "TCP" else "TCP"
    for wanted in (forward(port, protocol=protocol), forward(1, 65535, protocol), balance(port, protocol.lower())):
        outcome = site.make(wanted, site.own, site.nic())
        assert code(outcome) == "SYS.1006"
        assert isinstance(outcome, Refusal)
        assert "the vrouter itself" in outcome.details
    free = {("TCP", 53): False, ("UDP", 53): False}.get((protocol, port), True)
    assert code(site.make(forward(port, protocol=other), site.own, site.nic())) == ("ok" if free else "SYS.1006")
    assert code(site.make(forward(port, protocol=protocol), site.vip(), site.nic("db"))) == "ok", "on another VIP"


# ---- private sides -------------------------------------------------------------------------------

CIDR: dict[str, Any] = {"allowedCidr": "192.0.2.0/24"}
PRIVATE: dict[str, tuple[list[tuple[int, Wanted]], str]] = {
    "forwards of two VIPs lead to one VM": ([(0, forward(80)), (1, forward(81))], "SYS.1006"),
    "forwards of one VIP do": ([(0, forward(80)), (0, forward(81))], "ok"),
    "the same port of the VM twice": (
        [(0, forward(80, privatePortStart=9)), (0, forward(81, privatePortStart=9))],
        "ok",
    ),
    "the same, the second not for everybody": (
        [(0, forward(80, privatePortStart=9)), (0, forward(81, privatePortStart=9, **CIDR))],
        "SYS.1006",
    ),
    "the same, the first not for everybody": (
        [(0, forward(80, privatePortStart=9, **CIDR)), (0, forward(81, privatePortStart=9))],
        "SYS.1006",
    ),
    "the same, of another protocol": (
        [(0, forward(80, privatePortStart=9, **CIDR)), (0, forward(81, protocol="UDP", privatePortStart=9))],
        "ok",
    ),
    "an EIP beside a forward": ([(0, forward(80)), (1, EIP)], "ok"),
    "a forward beside an EIP": ([(0, EIP), (1, forward(80))], "ok"),
    "an EIP beside a forward that is not for everybody": ([(0, forward(80, **CIDR)), (1, EIP)], "SYS.1006"),
    "a forward that is not for everybody beside an EIP": ([(0, EIP), (1, forward(80, **CIDR))], "SYS.1006"),
    "a balancer beside an EIP": ([(0, EIP), (1, balance(80))], "ok"),
    "balancers on two VIPs": ([(0, balance(80)), (1, balance(80))], "ok"),
    "balancer and forward on two VIPs": ([(0, balance(80)), (1, forward(81))], "ok"),
}


@pytest.mark.parametrize("case", PRIVATE)
def test_several_lead_to_one_vm(site: Site, case: str) -> None:
    *before, (last, wanted), expected = *PRIVATE[case][0], PRIVATE[case][1]
    vips = [site.vip(), site.vip()]
    for number, one in before:
        assert code(site.make(one, vips[number], site.nic())) == "ok"
    outcome = site.make(wanted, vips[last], site.nic())
    assert code(outcome) == expected, outcome


# ---- states, networks, accounts ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_vip_that_is_disabled(site: Site, kind: str) -> None:
    vip = site.vip()
    site.job("PUT", f"/vips/{vip}/actions", {"changeVipState": {"stateEvent": "disable"}})
    assert code(site.make(KINDS[kind][0], vip, site.nic())) == "SYS.1006"
    site.job("PUT", f"/vips/{vip}/actions", {"changeVipState": {"stateEvent": "enable"}})
    assert code(site.make(KINDS[kind][0], vip, site.nic())) == "ok"


@pytest.mark.parametrize(
    ("path", "change", "params"),
    [
        ("/eips", "changeEipState", {}),
        ("/port-forwarding", "changePortForwardingRuleState", {"vipPortStart": 80, "protocolType": "TCP"}),
    ],
)
def test_one_that_is_disabled_is_not_attached(site: Site, path: str, change: str, params: dict[str, Any]) -> None:
    made = site.post(path, name="one", vipUuid=site.vip(), **params)["uuid"]
    site.job("PUT", f"{path}/{made}/actions", {change: {"stateEvent": "disable"}})
    attach: Any = ("POST", f"{path}/{made}/vm-instances/nics/{site.nic()}", {"params": {}})
    assert code(site.tried(*attach)) == "SYS.1006"
    site.job("PUT", f"{path}/{made}/actions", {change: {"stateEvent": "enable"}})
    assert code(site.tried(*attach)) == "ok"
    assert code(site.tried(*attach)) == "SYS.1006", "it is attached"


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_network_that_the_vrouter_is_not_on(site: Site, kind: str) -> None:
    found = site.query("/l3-networks", "name=lonely")
    lonely = found[0]["uuid"] if found else site.public_network("lonely", "eth7", "198.18.0.0/24")
    outcome = site.make(KINDS[kind][0], site.vip(lonely), site.nic())
    assert code(outcome) == "SYS.1006"
    assert isinstance(outcome, Refusal)
    assert "AttachL3NetworkToVm" in outcome.details


@pytest.mark.parametrize(
    ("kind", "expected"), [("Eip", "SYS.1007"), ("PortForwarding", "SYS.1007"), ("LoadBalancer", "SYS.1006")]
)
def test_a_vm_on_the_vips_own_network(site: Site, kind: str, expected: str) -> None:
    if "outside" not in site.vms:
        site.vms["outside"] = site.vm("outside", site.public, 1)
    assert code(site.make(KINDS[kind][0], site.vip(), site.nic("outside"))) == expected


@pytest.mark.parametrize("kind", ["PortForwarding", "LoadBalancer"])
def test_subnets_of_two_vrouters(site: Site, kind: str) -> None:
    if "away" not in site.l3:
        offering = site.query("/instance-offerings/virtual-routers")[0]["uuid"]
        other = site.post("/vpc/virtual-routers", name="other", virtualRouterOfferingUuid=offering)["uuid"]
        site.l3["away"] = site.subnet("away", "10.3.0.0/24")
        site.attach(other, site.l3["away"])
        site.vms["away"] = site.vm("away", site.l3["away"], 1)
    vip = site.vip()
    assert code(site.make(KINDS[kind][0], vip, site.nic())) == "ok"
    for second in ("PortForwarding", "LoadBalancer"):
        outcome = site.make(KINDS[second][1], vip, site.nic("away"))
        assert code(outcome) == "SYS.1006"
        assert isinstance(outcome, Refusal)
        assert "use a VIP of its own" in outcome.details
    assert code(site.make(KINDS[kind][0], site.own, site.nic("away"))) == "SYS.1006", "nor a vrouter's own"


def test_what_belongs_to_another_account_is_not_there(site: Site) -> None:
    account, session = uuid.uuid4().hex, uuid.uuid4().hex

    def tenant(tx: Tx) -> None:
        tx.put(Account(uuid=account, name="tenant"))
        tx.put(Session(uuid=session, account_uuid=account, user_uuid=account, expires=tx.now + 600_000))

    site.server.run(site.server.store.write(tenant))
    for kind, (wanted, _) in KINDS.items():
        assert code(site.make(wanted, site.vip(), site.nic(), session=session)) == "SYS.1003", kind


# ---- bad input -----------------------------------------------------------------------------------


def test_a_certificate_that_does_not_match_its_key(site: Site) -> None:
    public = certificate("one.example").partition("-----BEGIN PRIVATE KEY-----")[0]
    key = certificate("one.example").partition("-----BEGIN PRIVATE KEY-----")[2]
    text = f"{public}-----BEGIN PRIVATE KEY-----{key}"
    outcome = site.tried("POST", "/certificates", {"params": {"name": "c", "certificate": text}})
    assert code(outcome) == "SYS.1007"
    assert isinstance(outcome, Refusal)
    assert "not that of its first certificate" in outcome.details


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"authKey": ""}, "SYS.1007"),
        ({"peerCidrs": ["10.1.0.0/24"]}, "SYS.1006"),
        ({"peerCidrs": ["10.1.0.128/25"]}, "SYS.1006"),
        ({"peerCidrs": ["10.2.0.0/24"]}, "SYS.1006"),
        ({"peerCidrs": ["203.0.113.0/24"]}, "SYS.1006"),
        ({"peerCidrs": ["10.9.0.0/33"]}, "SYS.1007"),
        ({"lifeTime": 29}, "SYS.1007"),
        ({"ikeLifeTime": 604801}, "SYS.1007"),
        ({"authMode": "certs"}, "SYS.1006"),
        ({"policyMode": "transport"}, "SYS.1006"),
        ({"transformProtocol": "ah"}, "SYS.1006"),
    ],
    ids=str,
)
def test_tunnels_that_cannot_be(site: Site, params: dict[str, Any], expected: str) -> None:
    assert code(site.make(Wanted("IPsec", params), site.vip(), site.nic())) == expected


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        (
            "PUT",
            "/ipsec/config/{}",
            {"changeIPsecConnection": {"peerAddress": "192.0.2.1", "authKey": ""}},
            "SYS.1007",
        ),
        ("POST", "/ipsec/{}/remote-cidrs", {"params": {"peerCidrs": ["10.1.0.0/25"]}}, "SYS.1006"),
        ("POST", "/ipsec/{}/remote-cidrs", {"params": {"peerCidrs": ["10.2.0.0/16"]}}, "SYS.1006"),
    ],
    ids=str,
)
def test_tunnels_that_cannot_become(site: Site, method: str, path: str, body: dict[str, Any], expected: str) -> None:
    made = site.make(IPSEC, site.vip(), site.nic())
    assert isinstance(made, dict)
    before = site.query("/ipsec")
    assert code(site.tried(method, path.format(made["inventory"]["uuid"]), body)) == expected
    assert site.query("/ipsec") == before


@pytest.mark.parametrize(
    "change",
    [
        {"connectionIdleTimeout": -1},
        {"connectionIdleTimeout": 2147483648},
        {"maxConnection": 10000001},
        {"healthCheckInterval": 0},
        {"healthyThreshold": 0},
        {"unhealthyThreshold": 0},
        {"sessionPersistence": "insert", "sessionIdleTimeout": 29},
        {"sessionPersistence": "insert", "sessionIdleTimeout": 3601},
        {"nbprocess": 65},
        {"redirectPort": 0},
        {"statusCode": 304},
        {"healthCheckTarget": "65536"},
    ],
    ids=str,
)
def test_settings_out_of_range(site: Site, change: dict[str, Any]) -> None:
    assert code(site.make(balance(80, "http"), site.vip(), site.nic())) == "ok"
    [listener] = site.query("/load-balancers/listeners")
    path = f"/load-balancers/listeners/{listener['uuid']}/actions"
    assert code(site.tried("PUT", path, {"changeLoadBalancerListener": change})) == "SYS.1007"


@pytest.mark.parametrize(
    "tag",
    [
        "healthCheckTimeout::0",
        "healthCheckTimeout::soon",
        "connectionIdleTimeout::-1",
        "maxConnection::10000001",
        "Nbprocess::65",
    ],
)
def test_tags_out_of_range(site: Site, tag: str) -> None:
    balancer = site.post("/load-balancers", name="lb", vipUuid=site.vip())["uuid"]
    body = {"params": {"name": "l", "loadBalancerPort": 80}, "systemTags": [tag]}
    assert code(site.tried("POST", f"/load-balancers/{balancer}/listeners", body)) == "SYS.1007"
    assert site.query("/load-balancers/listeners") == []


@pytest.mark.parametrize("weight", [-1, 101, 1000, "many", 1.5])
def test_weights_out_of_range(site: Site, weight: Any) -> None:
    assert code(site.make(balance(80), site.vip(), site.nic())) == "ok"
    [group] = site.query("/load-balancers/servergroups")
    path, nics = f"/load-balancers/servergroups/{group['uuid']}", [{"uuid": site.nic(), "weight": weight}]
    body = {"changeLoadBalancerBackendServer": {"vmNics": nics}}
    assert code(site.tried("PUT", f"{path}/backendserver/actions", body)) == "SYS.1007"
    servers = {"params": {"servers": [{"ipAddress": "192.0.2.9", "weight": weight}]}}
    assert code(site.tried("POST", f"{path}/backendservers", servers)) == "SYS.1007"
