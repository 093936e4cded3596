"""A whole cloud behind the API but for kernels: real nodelink streams to simulated hosts."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from landbridge.model.node import AnyObject, ShortcutPolicy, ShortcutRouter
from landbridge.model.questions import AnyQuestion
from landbridge.model.questions.base import HostAnswer
from landbridge.model.questions.shortcuts import AskShortcuts, ShortcutEntry, ShortcutPair
from landbridge.server.nodelink import NodelinkServer
from landbridge.server.pki import Pki
from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from tests.api.conftest import Client, Server

V1 = "/zstack/v1"
VTEP_CIDR = "10.0.0.0/24"


class Simulated:
    """A zone and a cluster with hosts, and what tests do with them all the time."""

    def __init__(self, server: Server, api: Client, directory: Path, hosts: int) -> None:
        self.server, self.api = server, api
        self.zone = self.post("/zones", name="zone")["uuid"]
        self.cluster = self.post("/clusters", name="c", zoneUuid=self.zone, hypervisorType="KVM")["uuid"]
        server.run(self._listen())
        self.hosts = [self._join(directory, number) for number in range(1, hosts + 1)]
        rows = {row["name"]: row["uuid"] for row in self.query("/hosts")}
        self.uuids = [str(rows[f"host-{number}"]) for number in range(1, hosts + 1)]
        self.pool = self.post("/l2-networks/vxlan-pool", name="pool", zoneUuid=self.zone)["uuid"]
        self.post(f"/l2-networks/vxlan-pool/{self.pool}/vni-ranges", name="r", startVni=100, endVni=200)
        tag = f"l2NetworkUuid::{self.pool}::clusterUuid::{self.cluster}::cidr::{{{VTEP_CIDR}}}"
        self.post(f"/l2-networks/{self.pool}/clusters/{self.cluster}", systemTags=[tag])

    async def _listen(self) -> None:
        pki = await Pki.load(self.server.store)
        self.nodelink = NodelinkServer(self.server.store, self.server.jobs, pki, "127.0.0.1", 0)
        await self.nodelink.start()

    def _join(self, directory: Path, number: int) -> SimulatedHost:
        token = self.job("POST", "/hosts/join-tokens", {"params": {"clusterUuid": self.cluster}})["token"]
        facts = simulated_facts(f"host-{number}", f"172.16.0.{number}", underlay=f"10.0.0.{number}/24")

        async def join() -> SimulatedHost:
            host = await SimulatedHost.join(self.nodelink.url, token, directory / facts.hostname, facts)
            await host.until(lambda: host.find("host") is not None)
            return host

        return self.server.run(join())

    def close(self) -> None:
        """Hosts hang up."""
        for host in self.hosts:
            self.server.run(host.stop())
        self.server.run(self.nodelink.stop())

    def job(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A job from beginning to end: its answer."""
        reply = self.api.end(self.api.request(method, V1 + path, json=body))
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    def post(self, path: str, *, systemTags: list[str] | None = None, **params: Any) -> Any:
        """A POST job: its inventory."""
        body = {"params": params, **({"systemTags": systemTags} if systemTags else {})}
        return self.job("POST", path, body).get("inventory")

    def query(self, path: str, *conditions: str) -> list[dict[str, Any]]:
        """Inventories."""
        reply = self.api.get(V1 + path, params=[("q", one) for one in conditions])
        assert reply.status_code == 200, reply.text
        rows: list[dict[str, Any]] = reply.json()["inventories"]
        return rows

    def subnet(self, name: str, cidr: str) -> str:
        """A VPC subnet on a VXLAN network of its own."""
        l2 = self.post("/l2-networks/vxlan", name=name, poolUuid=self.pool)["uuid"]
        l3 = self.post("/l3-networks", name=name, l2NetworkUuid=l2, type="L3VpcNetwork")["uuid"]
        self.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name=name, networkCidr=cidr)
        return str(l3)

    def router(self, name: str, host: int) -> str:
        """A vrouter on a host; all have one network for management and public."""
        found = self.query("/instance-offerings/virtual-routers")
        offering = found[0]["uuid"] if found else self._offering(name)
        made = self.post(
            "/vpc/virtual-routers", name=name, virtualRouterOfferingUuid=offering, hostUuid=self.uuids[host]
        )
        return str(made["uuid"])

    def _offering(self, name: str) -> str:
        l2 = self.post("/l2-networks/no-vlan", name=name, zoneUuid=self.zone, physicalInterface="eth0")["uuid"]
        self.post(f"/l2-networks/{l2}/clusters/{self.cluster}")
        l3 = self.post("/l3-networks", name=name, l2NetworkUuid=l2, category="Public")["uuid"]
        self.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name=name, networkCidr="203.0.113.0/24")
        (image,) = self.query("/images", "name=netns")
        made = self.post(
            "/instance-offerings/virtual-routers",
            name=name,
            zoneUuid=self.zone,
            managementNetworkUuid=l3,
            imageUuid=image["uuid"],
            cpuNum=1,
            memorySize=1 << 28,
        )
        return str(made["uuid"])

    def attach(self, vm: str, l3: str) -> None:
        """Give a VM or vrouter a network."""
        self.post(f"/vm-instances/{vm}/l3-networks/{l3}")

    def vm(self, name: str, l3: str, host: int) -> dict[str, Any]:
        """A running VM."""
        params: dict[str, Any] = {"name": name, "l3NetworkUuids": [l3], "cpuNum": 1, "memorySize": 1 << 26}
        made: dict[str, Any] = self.post("/vm-instances", **params, hostUuid=self.uuids[host])
        return made


class Vpc(Simulated):
    """Subnets `web` and `db` behind `router` on the first host.  VMs: `w` in `web` on the second, `d` in `db` on the
    third; the fourth host has a VM in a subnet without a vrouter."""

    def __init__(self, server: Server, api: Client, directory: Path) -> None:
        super().__init__(server, api, directory, 4)
        self.name = self.router("router", 0)
        self.l3 = {name: self.subnet(name, cidr) for name, cidr in (("web", "10.1.0.0/24"), ("db", "10.2.0.0/24"))}
        for l3 in self.l3.values():
            self.attach(self.name, l3)
        self.l3["alone"] = self.subnet("alone", "10.1.0.0/24")
        self.w, self.d, self.x = (
            self.vm(name, self.l3[l3], host)
            for name, l3, host in (("w", "web", 1), ("d", "db", 2), ("x", "alone", 3))
        )

    @property
    def path(self) -> str:
        return f"/vpc/virtual-routers/{self.name}/distributed-routing"

    def switch(self, event: str) -> dict[str, Any]:
        return self.job("POST", self.path, {"params": {"stateEvent": event}})

    def shortcuts(self, host: int) -> dict[str, AnyObject]:
        """What a host has been sent of it."""
        objects = [found for scope in self.hosts[host].objects.values() for found in scope.items()]
        return {key: value for key, value in objects if isinstance(value, ShortcutPolicy | ShortcutRouter)}

    def has(self) -> list[set[str]]:
        """By host: the networks for which it has the vrouter's credentials, `policy` for its own part."""
        names = {row["uuid"]: row["name"] for row in self.query("/l2-networks")}
        return [
            {names[value.l2_uuid] if isinstance(value, ShortcutRouter) else "policy" for value in found.values()}
            for found in (self.shortcuts(host) for host in range(4))
        ]

    def eventually(self, wanted: list[set[str]]) -> None:
        """For what no job waits for."""
        for host, objects in enumerate(wanted):

            async def settled(host: int = host, number: int = len(objects)) -> None:
                await self.hosts[host].until(lambda: len(self.shortcuts(host)) == number)

            self.server.run(settled())
        assert self.has() == wanted

    def talking(self) -> tuple[ShortcutPair, ShortcutEntry]:
        """`w` and `d` as the vrouter's host has them, and as that of `w` has `d`, in use since long ago."""
        policy, w, d = self.hosts[0].find(f"shortcuts/{self.name}"), self.w["vmNics"][0], self.d["vmNics"][0]
        assert isinstance(policy, ShortcutPolicy)
        web, db = policy.subnets
        pair = ShortcutPair(
            source_ip=w["ip"],
            destination_ip=d["ip"],
            source_l3_uuid=self.l3["web"],
            destination_l3_uuid=self.l3["db"],
            source_mac=w["mac"],
            destination_mac=d["mac"],
            vni=db.vni,
            state="HINTED",
        )
        entry = ShortcutEntry(
            router_uuid=self.name,
            net_id=web.net_id,
            destination_ip=d["ip"],
            destination_mac=d["mac"],
            vni=db.vni,
            state="ACTIVE",
            since=1.0,
            destination_vtep="10.0.0.3",
            packets=5,
            bytes=12_345,
            round_trip_us=90,
            path_mtu=1450,
        )
        return pair, entry

    def say(self, said: Mapping[int, HostAnswer | str]) -> None:
        """What these hosts answer when they are asked of shortcuts; words are an error."""

        def answer(host: int, question: AnyQuestion) -> HostAnswer | str:
            assert question == AskShortcuts(router_uuid=self.name)
            return said[host]

        for host in said:
            self.hosts[host].answer = partial(answer, host)
