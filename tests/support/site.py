"""Two subnets in a lab with VMs, and what is made for them on public addresses."""

from typing import Any

from tests.support.lab import Lab, eventually, in_namespace
from tests.support.scenario import Cloud, build
from tests.support.world import differences

PORT = 7000
"""Where VMs serve."""


class Site:
    """VMs `w1` and `w2` in one subnet on two hosts, `d1` in another; the Internet beside the vrouter."""

    def __init__(self, made: Lab, *, router: bool = True) -> None:
        self.lab = made
        self.cloud: Cloud = build(made, router)
        self.api = self.cloud.api
        self.internet = f"{made.prefix}-internet"
        hosts = [host["uuid"] for host in made.status["hosts"]]
        self.vms: dict[str, dict[str, Any]] = {}
        for name, subnet, host in (("w1", "web", 0), ("w2", "web", 1), ("d1", "db", 2)):
            self.vms[name] = self.cloud.vm(name, subnet, host=hosts[host])
        for name in self.vms:
            self.configured(name)

    def configured(self, name: str) -> None:
        """Wait until a VM has its address and its way out."""
        eventually(f"{name} has its address", lambda: self._unconfigured(name))

    def _unconfigured(self, name: str) -> str:
        shown = in_namespace(self.namespace(name), "ip", "-4", "-o", "addr", "show", "dev", "eth0")
        routes = in_namespace(self.namespace(name), "ip", "route")
        configured = f" {self.ip(name)}/" in shown and "default" in routes
        return "" if configured else f"{name} has {shown!r}, {routes!r}"

    def ip(self, name: str) -> str:
        """A VM's address."""
        return str(self.vms[name]["vmNics"][0]["ip"])

    def nic(self, name: str) -> str:
        """A VM's NIC."""
        return str(self.vms[name]["vmNics"][0]["uuid"])

    def namespace(self, name: str) -> str:
        """Where a VM lives."""
        return self.lab.vm_namespace(self.vms[name])

    def vip(self) -> dict[str, Any]:
        """A new VIP of the public network."""
        return self.api.post("/vips", name="vip", l3NetworkUuid=self.cloud.l3["public"])

    def own_vip(self) -> dict[str, Any]:
        """The vrouter's."""
        return self.api.one("/vips", "system=true")

    def eip(self, vip: dict[str, Any], name: str) -> dict[str, Any]:
        """A VIP as the address of a VM."""
        return self.api.post("/eips", name="eip", vipUuid=vip["uuid"], vmNicUuid=self.nic(name))

    def forward(self, vip: dict[str, Any], port: int, name: str) -> dict[str, Any]:
        """A port of a VIP to PORT of a VM."""
        return self.api.post(
            "/port-forwarding",
            name="rule",
            vipUuid=vip["uuid"],
            vipPortStart=port,
            privatePortStart=PORT,
            protocolType="TCP",
            vmNicUuid=self.nic(name),
        )

    def seen_outside(self, name: str) -> str:
        """The address from which the Internet's web server sees a VM."""
        server = self.lab.status["public"]["webServer"]
        url = server if server.startswith("http") else f"http://{server}/"
        return in_namespace(self.namespace(name), "curl", "-s", "-m", "5", url, check=False)

    def settled(self) -> None:
        """Kernels, namespaces and claims equal the database."""
        eventually("the hosts are as they should be", lambda: differences(self.lab, self.api))
