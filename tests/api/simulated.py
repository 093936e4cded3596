"""A whole cloud behind the API but for kernels: real nodelink streams to simulated hosts."""

from pathlib import Path
from typing import Any

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
        """A vrouter on a host, with a network for management and public."""
        l2 = self.post("/l2-networks/no-vlan", name=name, zoneUuid=self.zone, physicalInterface="eth0")["uuid"]
        self.post(f"/l2-networks/{l2}/clusters/{self.cluster}")
        l3 = self.post("/l3-networks", name=name, l2NetworkUuid=l2, category="Public")["uuid"]
        self.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name=name, networkCidr="203.0.113.0/24")
        (image,) = self.query("/images", "name=netns")
        offering = self.post(
            "/instance-offerings/virtual-routers",
            name=name,
            zoneUuid=self.zone,
            managementNetworkUuid=l3,
            imageUuid=image["uuid"],
            cpuNum=1,
            memorySize=1 << 28,
        )["uuid"]
        made = self.post(
            "/vpc/virtual-routers", name=name, virtualRouterOfferingUuid=offering, hostUuid=self.uuids[host]
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
