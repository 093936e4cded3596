"""The connections of a vrouter: who is asked, and how what they say becomes one row for each pair."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from landbridge.core.inventory import format_date
from landbridge.core.service import Answered
from landbridge.model.documents.l2 import L2Network, Vtep
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.questions.shortcuts import AskShortcuts, EntryState, ShortcutEntry, ShortcutPair, Shortcuts
from tests.unit.services.cloudkit import Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


class Vpc:
    """A vrouter on the first host; `a` in `web` on the second, `b` in `db` on the third, `c` in `db` beside `a`."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.router = cloud.router(hostUuid=cloud.hosts[0])
        self.web, self.db = (
            cloud.subnet(f"10.{number}.0.0/24", name, vpc=True, services=False)
            for number, name in enumerate(("web", "db"), 1)
        )
        for l3 in (self.web, self.db):
            cloud.join(self.router, l3)
        self.a, self.b, self.c = (
            cloud.nics(cloud.vm(l3, name=name, hostUuid=cloud.hosts[host]))[0]
            for name, l3, host in (("a", self.web, 1), ("b", self.db, 2), ("c", self.db, 1))
        )

    def l2(self, nic: VmNic) -> L2Network:
        return self.cloud.get(L2Network, nic.l2_network_uuid)

    def pair(self, source: VmNic, destination: VmNic, **more: Any) -> ShortcutPair:
        known: dict[str, Any] = {
            "source_ip": source.ip,
            "destination_ip": destination.ip,
            "source_l3_uuid": source.l3_network_uuid,
            "destination_l3_uuid": destination.l3_network_uuid,
            "source_mac": source.mac,
            "destination_mac": destination.mac,
            "vni": self.l2(destination).vni,
            "state": "HINTED",
        }
        return ShortcutPair(**known | more)

    def entry(self, source: VmNic, destination: VmNic, **more: Any) -> ShortcutEntry:
        vtep = next(v.vtep_ip for v in self.cloud.all(Vtep) if v.host_uuid == destination.host_uuid)
        known: dict[str, Any] = {
            "router_uuid": self.router["uuid"],
            "net_id": self.l2(source).net_id,
            "destination_ip": destination.ip,
            "destination_mac": destination.mac,
            "vni": self.l2(destination).vni,
            "state": "ACTIVE",
            "since": 100.0,
            "destination_vtep": vtep,
            "packets": 7,
            "bytes": 700,
            "round_trip_us": 90,
            "path_mtu": 1450,
        }
        return ShortcutEntry(**known | more)

    def rows(self, **answers: Shortcuts) -> Mapping[str, Any]:
        """What is made of the answers of `host1`, `host2`, …; the others say that they know nothing."""
        asked = self.cloud.begin("GetVpcVRouterDistributedRoutingConnections", uuid=self.router["uuid"]).asked
        assert asked is not None
        said = {self.cloud.hosts[int(name[-1]) - 1]: value for name, value in answers.items()}
        body = asked.merge([Answered(a.node, a.question, said.get(a.node, Shortcuts())) for a in asked.asks])
        rows: Mapping[str, Any] = body["inventories"]
        return rows


@pytest.fixture
def vpc() -> Iterator[Vpc]:
    with opened(4) as cloud:
        yield Vpc(cloud)


def test_who_is_asked(vpc: Vpc) -> None:
    """The vrouter's host first, then those with VMs in its subnets; not those with other networks."""
    cloud, uuid = vpc.cloud, vpc.router["uuid"]
    cloud.vm(cloud.subnet("10.9.0.0/24", "elsewhere", vpc=True, services=False), hostUuid=cloud.hosts[3])
    asked = cloud.begin("GetVpcVRouterDistributedRoutingConnections", uuid=uuid).asked
    assert asked is not None
    assert [ask.node for ask in asked.asks] == [cloud.hosts[0], *sorted(cloud.hosts[1:3])]
    assert {ask.question for ask in asked.asks} == {AskShortcuts(router_uuid=uuid)}
    assert asked.partial


def test_refused(vpc: Vpc) -> None:
    name = "GetVpcVRouterDistributedRoutingConnections"
    with vpc.cloud.refused("SYS.1003", "VpcRouterVmVO"):
        vpc.cloud.begin(name, uuid=ABSENT)
    vpc.cloud.edit(VmInstance, vpc.router["uuid"], state="Stopped", host_uuid=None)
    with vpc.cloud.refused("VM.1010", "Stopped"):
        vpc.cloud.begin(name, uuid=vpc.router["uuid"])


def test_nothing(vpc: Vpc) -> None:
    assert vpc.rows() == {}


def test_a_pair_with_its_shortcut(vpc: Vpc) -> None:
    pair = vpc.pair(vpc.a, vpc.b, packets=60, bytes=6000, hinted_at=50.0)
    rows = vpc.rows(host1=Shortcuts(pairs=(pair,)), host2=Shortcuts(entries=(vpc.entry(vpc.a, vpc.b),)))
    row = rows["10.1.0.2-10.2.0.2"]
    age = row.pop("ageSeconds")
    assert age > 0
    assert row == {
        "srcIp": "10.1.0.2",
        "dstIp": "10.2.0.2",
        "srcNetwork": "10.1.0.0/24",
        "dstNetwork": "10.2.0.0/24",
        "srcL3NetworkUuid": vpc.web,
        "dstL3NetworkUuid": vpc.db,
        "networkType": "VxlanNetwork",
        "vni": vpc.l2(vpc.b).vni,
        "srcMac": vpc.a.mac,
        "dstMac": vpc.b.mac,
        "srcHostUuid": vpc.cloud.hosts[1],
        "dstHostUuid": vpc.cloud.hosts[2],
        "state": "ZSNP_DST_SUCC",
        "detail": "ACTIVE",
        "packets": 7,
        "bytes": 700,
        "routerPackets": 60,
        "routerBytes": 6000,
        "roundTripUs": 90,
        "pathMtu": 1450,
        "lastOpDate": format_date(100_000),
    }
    assert list(rows) == ["10.1.0.2-10.2.0.2"]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("QUERYING", "QUERYING"),
        ("PROBING", "PROBING"),
        ("ACTIVE", "ZSNP_DST_SUCC"),
        ("RENEWING", "ZSNP_DST_SUCC"),
        ("HELD", "ZSNP_DST_SUCC"),
        ("FALLBACK", "FALLBACK"),
        ("REFUSED", "REFUSED"),
    ],
)
def test_states(vpc: Vpc, state: EntryState, shown: str) -> None:
    entry = vpc.entry(vpc.a, vpc.b, state=state, reason="why")
    rows = vpc.rows(host1=Shortcuts(pairs=(vpc.pair(vpc.a, vpc.b),)), host2=Shortcuts(entries=(entry,)))
    (row,) = rows.values()
    assert (row["state"], row["detail"], row["reason"]) == (shown, state, "why")


def test_pairs_without_a_shortcut(vpc: Vpc) -> None:
    counted = vpc.pair(vpc.a, vpc.b, state="COUNTED")
    refused = vpc.pair(vpc.b, vpc.a, state="REFUSED", reason="a route's next hop is no host", hinted_at=9.0)
    rows = vpc.rows(host1=Shortcuts(pairs=(refused, counted)))
    assert list(rows) == ["10.1.0.2-10.2.0.2", "10.2.0.2-10.1.0.2"]
    one, two = rows.values()
    assert (one["state"], one["packets"], one["srcHostUuid"]) == ("COUNTED", 0, vpc.cloud.hosts[1])
    assert not {"reason", "dstHostUuid", "roundTripUs", "lastOpDate", "ageSeconds"} & one.keys()
    assert (two["state"], two["reason"]) == ("REFUSED", "a route's next hop is no host")
    assert two["lastOpDate"] == format_date(9_000)


def test_a_hosts_shortcut_is_its_own(vpc: Vpc) -> None:
    """The host of `b` has one to the same destination from the same network; the pair is another host's."""
    pairs = (vpc.pair(vpc.a, vpc.c),)
    elsewhere = vpc.entry(vpc.a, vpc.c, packets=1)
    rows = vpc.rows(host1=Shortcuts(pairs=pairs), host3=Shortcuts(entries=(elsewhere,)))
    assert rows["10.1.0.2-10.2.0.3"]["state"] == "HINTED"
    lost = rows[f"10.1.0.0/24@{vpc.cloud.hosts[2]}-10.2.0.3"]
    assert (lost["state"], lost["srcHostUuid"], "srcIp" in lost) == ("ZSNP_DST_SUCC", vpc.cloud.hosts[2], False)
    assert len(rows) == 2


def test_the_way_back_is_a_pair_of_its_own(vpc: Vpc) -> None:
    pairs = (vpc.pair(vpc.a, vpc.b), vpc.pair(vpc.b, vpc.a))
    there = Shortcuts(entries=(vpc.entry(vpc.a, vpc.b),))
    back = Shortcuts(entries=(vpc.entry(vpc.b, vpc.a, state="QUERYING", destination_vtep=None),))
    rows = vpc.rows(host1=Shortcuts(pairs=pairs), host2=there, host3=back)
    states = {key: (row["detail"], row["srcHostUuid"]) for key, row in rows.items()}
    assert states == {
        "10.1.0.2-10.2.0.2": ("ACTIVE", vpc.cloud.hosts[1]),
        "10.2.0.2-10.1.0.2": ("QUERYING", vpc.cloud.hosts[2]),
    }


def test_both_ends_on_one_host(vpc: Vpc) -> None:
    entry = vpc.entry(vpc.a, vpc.c, local=True, destination_vtep=None)
    rows = vpc.rows(host1=Shortcuts(pairs=(vpc.pair(vpc.a, vpc.c),)), host2=Shortcuts(entries=(entry,)))
    (row,) = rows.values()
    assert row["srcHostUuid"] == row["dstHostUuid"] == vpc.cloud.hosts[1]


def test_the_vrouters_host_answers_for_its_own_vms(vpc: Vpc) -> None:
    near = vpc.cloud.nics(vpc.cloud.vm(vpc.web, name="near", hostUuid=vpc.cloud.hosts[0]))[0]
    said = Shortcuts(pairs=(vpc.pair(near, vpc.b),), entries=(vpc.entry(near, vpc.b),))
    (row,) = vpc.rows(host1=said).values()
    assert (row["state"], row["srcHostUuid"]) == ("ZSNP_DST_SUCC", vpc.cloud.hosts[0])


def test_an_address_set_by_hand_is_found_by_its_mac(vpc: Vpc) -> None:
    pair = vpc.pair(vpc.a, vpc.b, source_ip="10.1.0.99")
    rows = vpc.rows(host1=Shortcuts(pairs=(pair,)), host2=Shortcuts(entries=(vpc.entry(vpc.a, vpc.b),)))
    assert rows["10.1.0.99-10.2.0.2"]["srcHostUuid"] == vpc.cloud.hosts[1]
    stranger = vpc.pair(vpc.a, vpc.b, source_mac="00:00:5e:00:01:01")
    assert vpc.rows(host1=Shortcuts(pairs=(stranger,)))["10.1.0.2-10.2.0.2"]["srcHostUuid"] == vpc.cloud.hosts[1]
    unknown = vpc.pair(vpc.a, vpc.b, source_mac="00:00:5e:00:01:01", source_ip="10.1.0.98")
    assert "srcHostUuid" not in vpc.rows(host1=Shortcuts(pairs=(unknown,)))["10.1.0.98-10.2.0.2"]


def test_what_is_not_there_any_more(vpc: Vpc) -> None:
    """A subnet that was detached while hosts were asked; a tunnel end that nobody has; a clock ahead of ours."""
    ahead = 4e9
    gone = vpc.pair(vpc.a, vpc.b, source_l3_uuid=ABSENT)
    entries = (
        vpc.entry(vpc.a, vpc.b, net_id=12345),
        vpc.entry(vpc.a, vpc.b, destination_vtep="10.9.9.9", since=ahead),
    )
    rows = vpc.rows(host1=Shortcuts(pairs=(gone,)), host2=Shortcuts(entries=entries))
    (row,) = rows.values()
    assert "dstHostUuid" not in row
    assert row["ageSeconds"] == 0
    outside = vpc.pair(vpc.a, vpc.b, destination_ip="10.77.0.1", destination_mac=None, state="REFUSED", reason="x")
    (row,) = vpc.rows(host1=Shortcuts(pairs=(outside,))).values()
    assert not {"dstNetwork", "dstL3NetworkUuid", "networkType", "dstMac"} & row.keys()


def test_a_vrouter_without_subnets_has_none() -> None:
    with opened() as cloud:
        router = cloud.router()
        asked = cloud.begin("GetVpcVRouterDistributedRoutingConnections", uuid=router["uuid"]).asked
        assert asked is not None
        (ask,) = asked.asks
        assert asked.merge([Answered(ask.node, ask.question, Shortcuts())]) == {"inventories": {}}
