"""A cloud for what stands on public addresses, and one way to make any of it: support for tests over HTTP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.api.conftest import Client, Server
from tests.api.simulated import V1, Simulated

SERVED = ("Eip", "PortForwarding", "LoadBalancer", "IPsec", "VipQos", "SNAT")


class Refusal(NamedTuple):
    """An error of the API."""

    code: str
    details: str


class Wanted(NamedTuple):
    """A service on a VIP.  `same`: of balancers, a listener of the balancer that is there already."""

    kind: str
    params: Mapping[str, Any] = {}
    same: bool = False


class Site(Simulated):
    """`web` and `db` are on `router`, `away` on another one; `lonely` is a public network without a vrouter."""

    def __init__(self, server: Server, api: Client, directory: Path) -> None:
        super().__init__(server, api, directory, 2)
        self.vrouter = self.router("router", 0)
        self.public = self.query("/l3-networks", "name=router")[0]["uuid"]
        self.l3 = {name: self.subnet(name, f"10.{number}.0.0/24") for number, name in enumerate(("web", "db"), 1)}
        for l3 in self.l3.values():
            self.attach(self.vrouter, l3)
        self.vms = {name: self.vm(name, self.l3[name], 1) for name in self.l3}
        self.own = self.query("/vips", "system=true")[0]["uuid"]
        self._number = 0

    def subnet(self, name: str, cidr: str) -> str:
        """With all services."""
        l3 = super().subnet(name, cidr)
        self.post(f"/l3-networks/{l3}/network-services", networkServices={"vrouter": list(SERVED)})
        return l3

    def public_network(self, name: str, device: str, cidr: str) -> str:
        """Another one."""
        l2 = self.post("/l2-networks/no-vlan", name=name, zoneUuid=self.zone, physicalInterface=device)["uuid"]
        l3 = self.post("/l3-networks", name=name, l2NetworkUuid=l2, category="Public")["uuid"]
        self.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name=name, networkCidr=cidr)
        return str(l3)

    def nic(self, name: str = "web") -> str:
        """Of a VM."""
        return str(self.vms[name]["vmNics"][0]["uuid"])

    def vip(self, l3: str = "") -> str:
        """A new one."""
        return str(self.post("/vips", name="vip", l3NetworkUuid=l3 or self.public)["uuid"])

    def tried(self, method: str, path: str, body: Any = None, *, session: str = "") -> Refusal | dict[str, Any]:
        """What a job comes to."""
        headers = {"Authorization": f"OAuth {session}"} if session else {}
        first = self.api.request(method, V1 + path, json=body, headers=headers)
        reply = self.api.get(first.json()["location"], headers={"Prefer": "wait=1"} | headers)
        assert reply.status_code in (200, 503), reply.text
        error = reply.json().get("error") if reply.status_code == 503 else None
        return Refusal(error["code"], error["details"]) if error else reply.json()

    def make(self, what: Wanted, vip: str, nic: str, *, session: str = "") -> Refusal | dict[str, Any]:
        """Something on a VIP; the first thing that is refused."""
        self._number += 1
        params = {"name": f"n{self._number}"} | dict(what.params)

        def post(path: str, **more: Any) -> Refusal | dict[str, Any]:
            return self.tried("POST", path, {"params": more}, session=session)

        match what.kind:
            case "Eip":
                return post("/eips", vipUuid=vip, vmNicUuid=nic, **params)
            case "PortForwarding":
                return post("/port-forwarding", vipUuid=vip, vmNicUuid=nic, **params)
            case "IPsec":
                peer = f"198.51.100.{self._number % 250 + 1}"
                cidrs = [f"172.{16 + self._number // 250}.{self._number % 250}.0/24"]
                wanted = {"peerAddress": peer, "authKey": "k", "peerCidrs": cidrs, "l3NetworkUuid": self.l3["web"]}
                return post("/ipsec", vipUuid=vip, **(wanted | params))
            case "WireGuard":
                return post("/wireguard-connections", vipUuid=vip, l3NetworkUuids=[self.l3["web"]], **params)
            case "LoadBalancer":
                found = self.query("/load-balancers", f"vipUuid={vip}") if what.same else []
                made = {"inventory": found[0]} if found else post("/load-balancers", name="lb", vipUuid=vip)
                if isinstance(made, Refusal):
                    return made
                listeners = f"/load-balancers/{made['inventory']['uuid']}/listeners"
                listener = post(listeners, **params)
                if isinstance(listener, Refusal):
                    return listener
                path = f"/load-balancers/listeners/{listener['inventory']['uuid']}/vm-instances/nics"
                return post(path, vmNicUuids=[nic])
        raise AssertionError(what)

    def clear(self) -> None:
        """Nothing on VIPs is left."""
        for path in ("/port-forwarding", "/load-balancers", "/ipsec", "/wireguard-connections", "/eips", "/vips"):
            for row in self.query(path):
                if not row.get("system"):
                    self.job("DELETE", f"{path}/{row['uuid']}")


def forward(first: int, last: int | None = None, protocol: str = "TCP", **more: Any) -> Wanted:
    """A forwarding rule."""
    ends = {} if last is None else {"vipPortEnd": last}
    return Wanted("PortForwarding", {"vipPortStart": first, "protocolType": protocol, **ends, **more})


def balance(port: int, protocol: str = "tcp", *, same: bool = False) -> Wanted:
    """A listener of a load balancer."""
    return Wanted("LoadBalancer", {"loadBalancerPort": port, "protocol": protocol}, same)


def wireguard(port: int = 51820) -> Wanted:
    """A WireGuard connection."""
    return Wanted("WireGuard", {"listenPort": port})


EIP, IPSEC = Wanted("Eip"), Wanted("IPsec")


def code(outcome: Refusal | dict[str, Any]) -> str:
    """Of a refusal; "ok" of none."""
    return outcome.code if isinstance(outcome, Refusal) else "ok"
