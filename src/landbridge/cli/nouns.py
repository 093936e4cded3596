"""What each noun of the command line is, in a few words, and the columns of its table.

A table of its own, so that `landbridge --help` need not import the services; a test holds it
equal to what the action declarations give.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """columns: paths into an inventory, `vmNics.ip` reaches into nested rows; empty: what it has first."""

    help: str
    columns: tuple[str, ...] = ()


_L2 = ("name", "uuid", "type", "vni", "physicalInterface")
_ROUTER = ("name", "uuid", "state", "status", "hostUuid", "vmNics.ip")
_OFFERING = ("name", "uuid", "state", "cpuNum", "memorySize")

NOUNS: Mapping[str, Noun] = {
    "access-control-list": Noun(
        "Addresses of clients that listeners let in or not.", ("name", "uuid", "entries.ipEntries")
    ),
    "account": Noun("Accounts.", ("name", "uuid", "type")),
    "address-pool": Noun("Address pools: ranges for virtual IPs.", ("name", "uuid", "startIp", "endIp")),
    "appliance-vm": Noun("VMs that serve: vrouters.", _ROUTER),
    "attachable-vpc-l3-network": Noun("Subnets that a vrouter could take."),
    "certificate": Noun("Certificates of https listeners.", ("name", "uuid", "listeners.listenerUuid")),
    "cluster": Noun("Clusters of hosts.", ("name", "uuid", "state", "hypervisorType", "zoneUuid")),
    "cpu-memory-capacity": Noun("CPU and memory of hosts."),
    "dhcp-leases": Noun(
        "What VMs were told by DHCP.",
        ("ip", "mac", "hostname", "state", "expiredDate", "lastMessage", "vmNicUuid", "hostUuid"),
    ),
    "eip": Noun("Public addresses of VMs.", ("name", "uuid", "vipIp", "guestIp", "state", "vmNicUuid")),
    "free-ip": Noun("Free addresses of a network or range.", ("ip", "netmask", "gateway")),
    "global-config": Noun("Settings of the whole cloud.", ("category", "name", "value", "defaultValue")),
    "host": Noun("Hosts.", ("name", "uuid", "status", "state", "managementIp", "clusterUuid")),
    "host-agent": Noun("Agents that the server knows.", ("uuid", "managementIp", "connected", "hostUuid")),
    "host-join-token": Noun("Tokens with which hosts join."),
    "hypervisor-types": Noun("Hypervisors that there are."),
    "image": Noun("Images of VMs.", ("name", "uuid", "state", "status", "format")),
    "instance-offering": Noun("CPU and memory by name.", _OFFERING),
    "ipsec-connection": Noun(
        "Tunnels between subnets and networks elsewhere.",
        ("name", "uuid", "state", "vipUuid", "peerAddress", "peerCidrs.cidr"),
    ),
    "ipsec-log": Noun("What the IPsec daemons of vrouters say."),
    "ip-address": Noun("Addresses in use.", ("ip", "uuid", "usedFor", "vmNicUuid", "l3NetworkUuid")),
    "ip-availability": Noun("Whether an address is free."),
    "ip-range": Noun("Ranges of addresses.", ("name", "uuid", "startIp", "endIp", "networkCidr", "gateway")),
    "kvm-host": Noun(
        "Hosts by ZStack's own action: claims a waiting agent.", ("name", "uuid", "status", "managementIp")
    ),
    "l2-network": Noun("L2 networks of every type.", _L2),
    "l2-no-vlan-network": Noun("L2 networks that are a physical interface.", _L2),
    "l2-vlan-network": Noun("L2 networks with a VLAN tag.", _L2),
    "l2-vxlan-network": Noun("VXLAN networks.", ("name", "uuid", "vni", "poolUuid")),
    "l2-vxlan-network-pool": Noun(
        "VXLAN pools: VNI ranges and VTEPs.",
        ("name", "uuid", "attachedVniRanges.startVni", "attachedVniRanges.endVni", "attachedVtepRefs.vtepIp"),
    ),
    "l3-network": Noun("L3 networks and VPC subnets.", ("name", "uuid", "type", "ipRanges.networkCidr", "dns")),
    "load-balancer": Noun("Load balancers.", ("name", "uuid", "state", "vipUuid", "listeners.name")),
    "load-balancer-listener": Noun(
        "Ports of load balancers.",
        ("name", "uuid", "protocol", "loadBalancerPort", "instancePort", "vmNicRefs.vmNicUuid"),
    ),
    "load-balancer-server-group": Noun(
        "Servers that listeners share.",
        ("name", "uuid", "vmNicRefs.vmNicUuid", "serverIps.ipAddress", "loadBalancerUuid"),
    ),
    "network-service-l3-network-ref": Noun(
        "Network services of L3 networks.", ("l3NetworkUuid", "networkServiceType", "networkServiceProviderUuid")
    ),
    "network-service-provider": Noun("Who provides network services.", ("name", "uuid", "networkServiceTypes")),
    "network-service-types": Noun("Network services that there are."),
    "port-forwarding-rule": Noun(
        "Ports of VIPs that lead to VMs.",
        (
            "name",
            "uuid",
            "protocolType",
            "vipIp",
            "vipPortStart",
            "vipPortEnd",
            "guestIp",
            "privatePortStart",
            "allowedCidr",
            "state",
        ),
    ),
    "security-group": Noun(
        "Source-based security groups.", ("name", "uuid", "state", "description", "attachedL3NetworkUuids")
    ),
    "security-group-rule": Noun(
        "Rules of security groups.",
        (
            "type",
            "priority",
            "uuid",
            "action",
            "ipVersion",
            "protocol",
            "dstPortRange",
            "srcIpRange",
            "dstIpRange",
            "remoteSecurityGroupUuid",
            "state",
        ),
    ),
    "session": Noun("Login sessions."),
    "system-tag": Noun("System tags.", ("tag", "uuid", "resourceType", "resourceUuid")),
    "vip": Noun("Virtual IPs.", ("name", "uuid", "ip", "state", "useFor", "l3NetworkUuid")),
    "virtual-router": Noun("Virtual routers of every type.", _ROUTER),
    "virtual-router-offering": Noun(
        "Offerings of virtual routers.", (*_OFFERING, "publicNetworkUuid", "managementNetworkUuid")
    ),
    "vm-instance": Noun("Virtual machines.", ("name", "uuid", "state", "hostUuid", "vmNics.ip")),
    "vm-nic": Noun("NICs of VMs.", ("internalName", "uuid", "ip", "mac", "vmInstanceUuid", "l3NetworkUuid")),
    "vm-nic-allowed-address-pair": Noun(
        "What NICs may send from besides their own.", ("ip", "mac", "uuid", "vmNicUuid")
    ),
    "vm-nic-in-security-group": Noun(
        "Which NICs are in which security groups.", ("vmNicUuid", "priority", "securityGroupUuid", "vmInstanceUuid")
    ),
    "vm-nic-security-policy": Noun(
        "What holds at NICs when no rule matches.", ("vmNicUuid", "ingressPolicy", "egressPolicy")
    ),
    "vni-range": Noun("Ranges of VXLAN identifiers.", ("name", "uuid", "startVni", "endVni", "l2NetworkUuid")),
    "vpc-shared-qos": Noun("Bandwidth that VIPs share.", ("name", "uuid", "bandwidth", "vips", "vpcUuid")),
    "vpc-snat-state": Noun("Source NAT of vrouters.", ("vpcUuid", "l3NetworkUuid", "state")),
    "vpc-vrouter": Noun("VPC vrouters.", _ROUTER),
    "v-switch-types": Noun("Kinds of virtual switch."),
    "vxlan-l2-network": Noun("VXLAN networks, by ZStack's other name."),
    "vxlan-pool-remote-vtep": Noun("VXLAN devices that are none of our hosts.", ("vtepIp", "uuid", "poolUuid")),
    "vxlan-vtep": Noun("VTEPs of hosts, made by hand.", ("vtepIp", "uuid", "hostUuid", "poolUuid")),
    "vtep": Noun("VXLAN tunnel end points.", ("vtepIp", "uuid", "hostUuid", "poolUuid", "port")),
    "wireguard-connection": Noun(
        "WireGuard tunnels that end on VIPs.", ("name", "uuid", "vipIp", "listenPort", "publicKey", "state")
    ),
    "wireguard-peer": Noun(
        "Who uses WireGuard tunnels.", ("name", "uuid", "connectionUuid", "allowedCidrs", "endpoint", "state")
    ),
    "zone": Noun("Zones.", ("name", "uuid", "state", "isDefault")),
}

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "GetSecurityGroupRuleCounters": (
        "type",
        "priority",
        "ruleUuid",
        "action",
        "acceptedPackets",
        "acceptedBytes",
        "droppedPackets",
        "droppedBytes",
    ),
    "GetVmNicCounters": (
        "ip",
        "vmNicUuid",
        "sentPackets",
        "sentBytes",
        "receivedPackets",
        "receivedBytes",
        "droppedPackets",
        "drops.reason",
    ),
    "GetVipQos": (
        "port",
        "inboundBandwidth",
        "outboundBandwidth",
        "effectiveInboundBandwidth",
        "effectiveOutboundBandwidth",
        "uuid",
    ),
    "GetVpcVRouterDistributedRoutingConnections": (
        "srcIp",
        "dstIp",
        "state",
        "srcHostUuid",
        "dstHostUuid",
        "packets",
        "bytes",
        "reason",
    ),
    "GetVmNicDrops": ("date", "direction", "reason", "summary", "ruleUuid", "vmNicUuid"),
}
"""Columns of actions whose rows are no resources."""

ALIASES: Mapping[str, str] = {
    "l2": "l2-network",
    "l2-no-vlan": "l2-no-vlan-network",
    "l2-vlan": "l2-vlan-network",
    "l2-vxlan": "l2-vxlan-network",
    "l2-vxlan-pool": "l2-vxlan-network-pool",
    "l3": "l3-network",
    "leases": "dhcp-leases",
    "nic": "vm-nic",
    "sg": "security-group",
    "vm": "vm-instance",
}
"""Short forms for the hands."""
