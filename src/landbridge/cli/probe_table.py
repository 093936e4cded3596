"""What `landbridge doctor` tries: what each role of a machine needs, what for, and what helps where it is missing."""

from landbridge.cli import probe_attempts as attempts
from landbridge.cli.probes import Probe, Role
from landbridge.drivers import charon, rtnl

_KERNEL = "a kernel with it, such as Debian 12's"

PROBES: dict[Role, tuple[Probe, ...]] = {
    "host": (
        Probe("network namespaces", "VMs and vrouters", f"root and {_KERNEL}", attempts.works),
        Probe("veth", "ports of VMs", _KERNEL, attempts.veth),
        Probe("bridge", "L2 networks", _KERNEL, attempts.send(rtnl.add_bridge("probebridge"))),
        Probe("vxlan", "the overlay", _KERNEL, attempts.send(rtnl.add_vxlan("probevxlan", 1, "192.0.2.1", 4789))),
        Probe("nftables NAT", "source NAT in vrouters", _KERNEL, attempts.nat),
        Probe("bpffs", "what outlives the agent at ports", _KERNEL, attempts.bpf_filesystem),
        Probe("eBPF at clsact", "admission and anti-spoofing at ports", _KERNEL, attempts.ebpf),
        Probe(
            "libbpf.so.1", "loading eBPF", "apt-get install libbpf1", attempts.library("libbpf.so.1"), scratch=False
        ),
        Probe(
            "eBPF object",
            "the programs at ports",
            "apt-get install clang libbpf-dev, or install the wheel, which has it compiled",
            attempts.ebpf_object,
            scratch=False,
        ),
        Probe(
            "libnftables.so.1",
            "NAT in vrouters",
            "apt-get install libnftables1",
            attempts.library("libnftables.so.1"),
            scratch=False,
        ),
        Probe(
            "dnsmasq", "DNS in vrouters", "apt-get install dnsmasq-base", attempts.program("dnsmasq"), scratch=False
        ),
        Probe(
            "haproxy",
            "load balancers in vrouters",
            "apt-get install haproxy",
            attempts.program("haproxy"),
            scratch=False,
        ),
        Probe(
            "wg",
            "WireGuard tunnels",
            "apt-get install wireguard-tools",
            attempts.program("wg"),
            required=False,
            scratch=False,
        ),
        Probe(
            "wireguard-go",
            "WireGuard where the kernel lacks it",
            "apt-get install wireguard-go",
            attempts.program("wireguard-go"),
            required=False,
            scratch=False,
        ),
        Probe(
            "charon",
            "IPsec tunnels",
            "apt-get install strongswan-charon",
            attempts.file(charon.PROGRAM),
            required=False,
            scratch=False,
        ),
        Probe(
            "kernel-libipsec",
            "IPsec where the kernel lacks ESP",
            "apt-get install libcharon-extra-plugins",
            attempts.file("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so"),
            required=False,
            scratch=False,
        ),
        Probe(
            "udhcpc", "DHCP client in netns VMs", "apt-get install udhcpc", attempts.program("udhcpc"), scratch=False
        ),
        Probe(
            "macvlan",
            "nothing yet",
            "NoVlan networks bridge the interface itself",
            attempts.command("ip link add probemv0 type dummy", "ip link add probemv link probemv0 type macvlan"),
            required=False,
        ),
        Probe(
            "VLANs by eBPF",
            "VLAN networks; VLAN devices of the kernel are not needed",
            f"{_KERNEL}, or NoVlan networks on interfaces that the switch untags",
            attempts.vlans,
            required=False,
        ),
        Probe(
            "HTB, TBF, ifb, mirred",
            "bandwidth limits of VIPs",
            f"{_KERNEL}; without it limits are refused",
            attempts.command(
                "ip link add probeifb type ifb",
                "tc qdisc add dev probeifb root handle 1: htb default 0",
                "tc class add dev probeifb parent 1: classid 1:1 htb rate 1mbit",
                "tc qdisc add dev probeifb parent 1:1 tbf rate 1gbit burst 1mb limit 1mb",
                "tc qdisc add dev lo clsact",
                "tc filter add dev lo ingress protocol ip prio 1 u32 match u32 0 0 "
                "action mirred egress redirect dev probeifb",
            ),
            required=False,
        ),
        Probe(
            "neighbour table",
            "vrouters with more than a thousand machines and addresses",
            "the agent raises net.ipv4.neigh.default.gc_thresh* when it starts on the machine itself",
            attempts.neighbours,
            required=False,
            scratch=False,
        ),
        Probe(
            "ESP", "IPsec in the kernel", "strongSwan's own ESP, in user space: slower", attempts.esp, required=False
        ),
        Probe(
            "WireGuard",
            "tunnels in the kernel",
            "wireguard-go, in user space: slower",
            attempts.command("ip link add probewg type wireguard"),
            required=False,
        ),
        Probe(
            "netem",
            "delay and loss in tests",
            "tests that need it are left out",
            attempts.command("ip link add probene type dummy", "tc qdisc add dev probene root netem delay 1ms"),
            required=False,
        ),
        Probe(
            "KVM",
            "nothing yet: QEMU guests",
            "VMs of the netns driver",
            attempts.device("/dev/kvm"),
            required=False,
            scratch=False,
        ),
        *(
            Probe(name, use, f"apt-get install {package}", attempts.program(name), required=False, scratch=False)
            for name, use, package in (
                ("ip", "landbridge lab", "iproute2"),
                ("ping", "make demo", "iputils-ping"),
                ("traceroute", "make demo", "traceroute"),
                ("curl", "make demo", "curl"),
                ("tcpdump", "looking at packets", "tcpdump"),
            )
        ),
    ),
    "server": (
        Probe("Python", "everything", "Python 3.11 or newer", attempts.python, scratch=False),
        Probe(
            "SQLite",
            "the database, unless it is PostgreSQL",
            "SQLite 3.35 or newer (Debian 12 has it), or --database postgresql://…",
            attempts.sqlite,
            scratch=False,
        ),
        Probe(
            "postgres",
            "nothing, unless the database is to run here",
            "PostgreSQL on another machine, or the SQLite file",
            attempts.program("psql"),
            required=False,
            scratch=False,
        ),
    ),
}
