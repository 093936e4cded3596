"""A second pool comes to the lab's cluster: hosts that cannot have it are named, and nothing of it is left."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.netns.agent_hosts import ping
from tests.support.lab import Lab, eventually, in_namespace, kill
from tests.support.scenario import Cloud
from tests.support.v1 import ApiFailure
from tests.support.world import differences, stray_claims

pytestmark = pytest.mark.netns

CIDR, VNI, NETWORK = "198.18.7.0/24", 7001, "10.77.0.0/24"


@dataclass
class Late:
    """A pool with a network in it, attached to no cluster; each host's underlay can have an address for it."""

    lab: Lab
    cloud: Cloud
    pool: str
    l2: str
    l3: str

    @property
    def hosts(self) -> list[str]:
        """Uuids, in order."""
        return list(self.lab.host_namespaces)

    @property
    def path(self) -> str:
        return f"/l2-networks/{self.pool}/clusters/{self.cloud.cluster}"

    def address(self, number: int, verb: str) -> None:
        """`add` or `del` a host's address in the CIDR, as its administrator does."""
        in_namespace(
            self.lab.host_namespaces[self.hosts[number]],
            *("ip", "addr", verb, f"198.18.7.{number + 1}/24", "dev", self.device(number)),
        )

    def device(self, number: int) -> str:
        """Where a host has the address that other hosts know: the underlay's interface, or the bridge over it."""
        shown = in_namespace(self.lab.host_namespaces[self.hosts[number]], "ip", "-j", "-4", "addr")
        underlay = self.cloud.api.one(
            "/l2-networks/vteps", f"poolUuid={self.cloud.pool}", f"hostUuid={self.hosts[number]}"
        )
        return next(
            str(link["ifname"])
            for link in json.loads(shown)
            if any(found.get("local") == underlay["vtepIp"] for found in link["addr_info"])
        )

    def name(self, number: int) -> str:
        """Of a host, and of its agent among the lab's processes."""
        return str(self.lab.status["hosts"][number]["name"])

    def status(self, number: int) -> str:
        """Of a host, as the API has it."""
        return str(self.cloud.api.one("/hosts", f"uuid={self.hosts[number]}")["status"])

    def reconnect(self, number: int) -> None:
        """Look at the host's interfaces."""
        assert self.cloud.api.put(f"/hosts/{self.hosts[number]}/actions", "reconnectHost")["status"] == "Connected"

    def attach(self) -> dict[str, Any]:
        """To the cluster: the pool's inventory."""
        tag = f"l2NetworkUuid::{self.pool}::clusterUuid::{self.cloud.cluster}::cidr::{{{CIDR}}}"
        answer = self.cloud.api.call("POST", self.path, {"null": {"systemTags": [tag]}})
        return dict(answer["inventory"])

    def vteps(self) -> dict[str, str]:
        """By host, as the API has them."""
        rows = self.cloud.api.query("/l2-networks/vteps", f"poolUuid={self.pool}")
        return {row["hostUuid"]: row["vtepIp"] for row in rows}

    def seen(self) -> dict[str, Any]:
        """All that there is of the pool: in the API, and the links of every host."""
        [pool] = self.cloud.api.query("/l2-networks/vxlan-pool", f"uuid={self.pool}")
        [network] = self.cloud.api.query("/l2-networks/vxlan", f"uuid={self.l2}")
        links = {
            host: sorted(link["ifname"] for link in json.loads(in_namespace(namespace, "ip", "-j", "link")))
            for host, namespace in self.lab.host_namespaces.items()
        }
        tags = self.cloud.api.query("/system-tags", f"resourceUuid={self.pool}")
        return {"pool": pool, "network": network, "vteps": self.vteps(), "tags": tags, "links": links}


@pytest.fixture
def late(running_lab: Lab, cloud: Cloud) -> Iterator[Late]:
    api = cloud.api
    pool = api.post("/l2-networks/vxlan-pool", name="late", zoneUuid=cloud.zone)["uuid"]
    api.post(f"/l2-networks/vxlan-pool/{pool}/vni-ranges", name="late", startVni=VNI, endVni=VNI)
    l2 = api.post("/l2-networks/vxlan", name="late", poolUuid=pool)["uuid"]
    l3 = api.post("/l3-networks", name="late", l2NetworkUuid=l2, type="L3BasicNetwork", category="Private")["uuid"]
    api.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name="late", networkCidr=NETWORK)
    providers = {provider["type"]: provider["uuid"] for provider in api.query("/network-services/providers")}
    api.post(f"/l3-networks/{l3}/network-services", networkServices={providers["Flat"]: ["DHCP"]})
    cloud.l3["late"] = l3
    made = Late(running_lab, cloud, pool, l2, l3)
    try:
        yield made
    finally:
        api.delete(f"/l3-networks/{l3}")
        api.delete(f"/l2-networks/{pool}")
        for number in range(len(made.hosts)):
            with suppress(AssertionError):
                made.address(number, "del")
        assert stray_claims(running_lab.database) == []
        eventually("the world equals the database", lambda: differences(running_lab, api))


@contextmanager
def refused(late: Late, number: int) -> Iterator[None]:
    """What the `with` does fails because of a host, which is named with what to do; and nothing has changed."""
    before = late.seen()
    with pytest.raises(ApiFailure) as caught:
        yield
    error = caught.value.error
    assert caught.value.code == "L2.1000"
    assert isinstance(error, dict)
    said = error["cause"]["details"]
    assert f"on host[{late.name(number)}]" in said
    assert said.endswith(f"give one of its interfaces an address in {CIDR}, then reconnect the host")
    assert said in error["details"]
    assert late.seen() == before
    assert stray_claims(late.lab.database) == []


def test_a_host_without_an_address(late: Late) -> None:
    late.address(0, "add")
    late.address(1, "add")
    for number in (0, 1):
        late.reconnect(number)
    with refused(late, 2):
        late.attach()
    late.address(2, "add")
    late.address(1, "del")
    for number in (1, 2):
        late.reconnect(number)
    with refused(late, 1):
        late.attach()
    late.address(1, "add")
    late.reconnect(1)
    assert late.attach()["attachedClusterUuids"] == [late.cloud.cluster]
    assert late.vteps() == {host: f"198.18.7.{number}" for number, host in enumerate(late.hosts, 1)}
    carries(late)


def test_a_host_whose_agent_is_dead_is_asked_when_it_is_back(late: Late) -> None:
    """It holds nobody up; its address is not known to be there until then."""
    (agent,) = [one for one in late.lab.processes() if one["name"] == late.name(2)]
    kill(agent["pid"])
    eventually("it is missed", lambda: late.status(2) == "Connected")
    try:
        for number in (0, 1):
            late.address(number, "add")
            late.reconnect(number)
        late.attach()
        assert set(late.vteps()) == set(late.hosts[:2])
        late.address(2, "add")
    finally:
        late.lab.restart()
    eventually("it is back", lambda: late.status(2) != "Connected")
    assert late.vteps()[late.hosts[2]] == "198.18.7.3"
    carries(late)


def carries(late: Late) -> None:
    """VMs of its network on all hosts reach each other."""
    vms = [late.cloud.vm(f"late-{number}", "late", host=host) for number, host in enumerate(late.hosts)]
    try:
        for vm in vms[1:]:
            target = vm["vmNics"][0]["ip"]
            eventually(f"{target} answers", lambda target=target: not ping(late.lab.vm_namespace(vms[0]), target))
    finally:
        for vm in vms:
            late.cloud.remove_vm(vm["uuid"])
