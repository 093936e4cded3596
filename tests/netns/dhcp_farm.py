"""Many VM ports on one host for `perfdhcp` (Debian's kea-admin), which plays all clients on one interface.

The responder answers by port, so each simulated client needs a port of its own.  `perfdhcp` sends on `load0`;
what comes out of its other end, `load1`, is sent to the guest's end of the port that has the client's hardware
address (traffic control: a hash over the last byte of chaddr), and what the host sends out of any port
comes back the same way.  So every client asks at its own port, as a VM does.

    perfdhcp, load0 == load1 -- tc by chaddr --> guest0 == vnic0.0, responder
                                             --> guest1 == vnic1.0, the same one ...

Two things differ from VMs: the Ethernet source is load0's (the responder does not look at it), and answers, which go
to each client's own addresses, are given to perfdhcp's socket by rewriting their destination where they arrive.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from landbridge.agent.dhcp import DhcpService
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import DhcpBinding, Port
from landbridge.services.dhcp import message
from landbridge.services.dhcp import options as opt
from tests.netns.guest_fixtures import L2, L3, SUBNET, machines, sh

MOST_CLIENTS = 256
"""What one byte of the hardware address tells apart."""

_XID, _CHADDR_LAST, _AFTER_TYPE = 4, 33, 236 + 4 + 3
"""Offsets into a DHCP message: the transaction number, the last byte of the address, the second option."""
_PARAMETERS = bytes((opt.SUBNET_MASK, opt.ROUTER, opt.DNS_SERVERS, opt.INTERFACE_MTU, opt.CLASSLESS_ROUTES))
_BASE_MAC = "fa:00:00:00:00:00"
_LOAD_IP = "10.1.0.3"
_ARRIVING = (
    "add table netdev farm; "
    "add chain netdev farm arriving { type filter hook ingress device load0 priority 0; }; "
    f"add rule netdev farm arriving udp dport 68 meta pkttype set host ip daddr set {_LOAD_IP}"
)


@dataclass(frozen=True)
class Counts:
    """What perfdhcp says of one kind of exchange: how many were sent, came back, and how fast.

    doubles  addresses that two clients were given (only looked for with its option -u)
    """

    sent: int
    received: int
    drops: int
    doubles: int
    average_ms: float

    @classmethod
    def read(cls, report: str, exchange: str) -> "Counts":
        """From the final report; `exchange`: DISCOVER-OFFER or REQUEST-ACK."""
        part = report.partition(f"***Statistics for: {exchange}***")[2].partition("***")[0]

        def figure(name: str) -> float:
            found = re.search(rf"^{name}: ([-0-9.einfa]+)", part, re.MULTILINE)
            assert found is not None, f"{name} is not in perfdhcp's report:\n{report}"
            return float(found[1])

        return cls(
            sent=int(figure("sent packets")),
            received=int(figure("received packets")),
            drops=int(figure("drops")),
            doubles=int(figure("non unique addresses")),
            average_ms=figure("avg delay"),
        )


@dataclass
class Farm:
    """`clients` ports whose DHCP is served by one responder."""

    namespace: str
    clients: int
    dhcp: DhcpService
    directory: Path

    def perfdhcp(self, *options: str) -> tuple[Counts, Counts]:
        """Run it over all clients: what became of DISCOVERs, and of REQUESTs."""
        argv = ["ip", "netns", "exec", self.namespace, "perfdhcp", "-4", "-B", "-L", "68", "-l", "load0"]
        argv += ["-b", f"mac={_BASE_MAC}", "-R", str(self.clients), *self._templates(), *options, "255.255.255.255"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
        assert "Statistics for" in done.stdout, f"{' '.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return Counts.read(done.stdout, "DISCOVER-OFFER"), Counts.read(done.stdout, "REQUEST-ACK")

    def _templates(self) -> list[str]:
        """Without templates perfdhcp plays a relay (giaddr), which a VM may not be.

        It fills in, at these offsets: xid, chaddr, and in the request server identifier and requested address.
        """
        chosen = {opt.SERVER_ID: message.ZERO, opt.REQUESTED_ADDRESS: message.ZERO}
        files = []
        for name, type_, more in (("discover", message.DISCOVER, {}), ("request", message.REQUEST, chosen)):
            options = {opt.MESSAGE_TYPE: bytes((type_,)), **more, opt.PARAMETER_LIST: _PARAMETERS}
            template = message.Message(op=message.BOOTREQUEST, xid=0, chaddr=bytes(6), options=options)
            path = self.directory / f"{name}.hex"
            path.write_text(message.encode(template).hex())
            files += ["-T", str(path), "-X", str(_XID), "-O", str(_CHADDR_LAST)]
        return [*files, "-S", str(_AFTER_TYPE), "-I", str(_AFTER_TYPE + 6)]


@contextmanager
def farm(directory: Path, clients: int = MOST_CLIENTS) -> Iterator[Farm]:
    """Make the ports, start the responder; nothing is left afterwards."""
    assert clients <= MOST_CLIENTS
    ports = [_port(number) for number in range(clients)]
    supervisor = Supervisor()
    with machines() as made:
        host, load = made.add("host"), made.add("load")
        _wire(directory, host, load, ports)
        dhcp = DhcpService(directory, supervisor, host)
        dhcp.update(ports, [replace(SUBNET, prefix_len=16, network_cidr="10.1.0.0/16")])
        try:
            yield Farm(load, clients, dhcp, directory)
        finally:
            dhcp.remove()
            supervisor.close()


def _port(number: int) -> Port:
    ip = f"10.1.1.{number}"
    return Port(
        nic_uuid=f"{number:032x}",
        vm_uuid=f"{number:032x}",
        l2_uuid=L2,
        net_id=1,
        ifname=f"vnic{number}.0",
        device_id=0,
        mac=f"fa:00:00:00:00:{number:02x}",
        addresses=(ip,),
        mtu=1450,
        dhcp=DhcpBinding(l3_uuid=L3, ip=ip, hostname=f"vm-{number}", default=True),
    )


def _wire(directory: Path, host: str, load: str, ports: list[Port]) -> None:
    links = ["link add load0 type veth peer name load1", "link set load0 up", "link set load1 up"]
    links.append(f"addr add {_LOAD_IP}/16 dev load0")
    steer = [
        "qdisc add dev load1 ingress",
        "filter add dev load1 parent ffff: prio 1 handle 1: protocol ip u32 divisor 256",
    ]
    ups = []
    for number, port in enumerate(ports):
        links += [
            f"link add guest{number} type veth peer name {port.ifname} netns {host}",
            f"link set guest{number} up",
        ]
        ups.append(f"link set {port.ifname} up")
        back = "action mirred egress redirect dev load1"
        steer += [
            f"qdisc add dev guest{number} ingress",
            f"filter add dev guest{number} parent ffff: prio 1 protocol all u32 match u32 0 0 {back}",
            f"filter add dev load1 parent ffff: prio 1 protocol ip u32 ht 1:{number:x}: match u32 0 0 "
            f"action mirred egress redirect dev guest{number}",
        ]
    # chaddr's last byte is byte 61 after the start of the IP header: 20 IP, 8 UDP, 28 BOOTP, 5.
    steer.append(
        "filter add dev load1 parent ffff: prio 1 protocol ip u32 ht 800: match u32 0 0 "
        "hashkey mask 0x00ff0000 at 60 link 1:"
    )
    for program, namespace, lines in (("ip", load, links), ("ip", host, ups), ("tc", load, steer)):
        batch = directory / "batch"
        batch.write_text("\n".join(lines) + "\n")
        sh(f"{program} -n {namespace} -batch {batch}")
    sh(f"ip netns exec {load} nft '{_ARRIVING}'")
