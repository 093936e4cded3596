"""VMs, their NICs, images and offerings; a vrouter is a VM of type ApplianceVm."""

from typing import Literal

from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.resource import Kind, Ref, Relation, Resource

USER_VM = "UserVm"
APPLIANCE_VM = "ApplianceVm"
VPC_VROUTER = "vpcvrouter"

NETNS_IMAGE_UUID = "b1d7c0de5a0e4c57a1f0000000006e73"
"""The built-in image, the same in every cloud."""

PUBLIC, MANAGEMENT, GUEST, ADDITIONAL_PUBLIC = 1, 2, 4, 8
"""Bits of a vrouter NIC's `metaData`."""


class Image(Resource, kw_only=True):
    """What a VM starts from.  `netns` is built in."""

    name: str
    description: str | None = None
    state: str = "Enabled"
    status: str = "Ready"
    size: int = 0
    actual_size: int = 0
    url: str = ""
    media_type: str = "RootVolumeTemplate"
    guest_os_type: str | None = None
    type: str = "zstack"
    platform: str = "Linux"
    architecture: str = "x86_64"
    format: str = "netns"
    system: bool = False
    virtio: bool = True


class InstanceOffering(Resource, kw_only=True):
    """CPU and memory by name.  A vrouter offering (type VirtualRouter) also names networks."""

    name: str
    cpu_num: int = 1
    memory_size: int = 0
    cpu_speed: int = 0
    reserved_memory_size: int = 0
    description: str | None = None
    type: str = "UserVm"
    allocator_strategy: str = "LeastVmPreferredHostAllocatorStrategy"
    sort_key: int = 0
    state: str = "Enabled"
    zone_uuid: str | None = None
    management_network_uuid: str | None = None
    public_network_uuid: str | None = None
    image_uuid: str | None = None
    is_default: bool | None = None


class VmInstance(Resource, kw_only=True):
    """A VM or a vrouter.

    state: Created, Starting, Running, Migrating, Stopping, Stopped, Rebooting, Destroying, Destroyed, Expunging.
    `number` names its NICs' host side (`vnic<number>.<deviceId>`).  `boot` goes up with each start.
    `standby_host_uuid`, while it migrates: where it is as well, without being reached there.
    """

    name: str
    zone_uuid: str
    cluster_uuid: str | None = None
    host_uuid: str | None = None
    last_host_uuid: str | None = None
    standby_host_uuid: str | None = None
    description: str | None = None
    image_uuid: str | None = None
    instance_offering_uuid: str | None = None
    platform: str = "Linux"
    architecture: str = "x86_64"
    default_l3_network_uuid: str | None = None
    type: str = USER_VM
    hypervisor_type: str = "KVM"
    memory_size: int = 0
    reserved_memory_size: int = 0
    cpu_num: int = 1
    cpu_speed: int = 0
    allocator_strategy: str = "LeastVmPreferredHostAllocatorStrategy"
    state: str = "Created"
    guest_os_type: str | None = None
    number: int = 0
    boot: int = 0
    driver: Literal["netns", "router"] = "netns"
    # a vrouter's own fields
    appliance_vm_type: str | None = None
    management_network_uuid: str | None = None
    public_network_uuid: str | None = None
    default_route_l3_network_uuid: str | None = None
    status: str | None = None
    agent_port: int | None = None
    ha_status: str | None = None
    reconnect: int = 0
    """Goes up with each ReconnectVirtualRouter."""


class VmNic(Resource, kw_only=True):
    """An interface of a VM.  `host_uuid` is where it is plugged now (empty: nowhere).

    While its VM migrates it is plugged on `standby_host_uuid` as well, where it is closed: first where it goes,
    then where it came from.  `closed`: for the moment it is closed on `host_uuid`, too.
    `generation` goes up whenever it is plugged somewhere else; a time in milliseconds, so that it also does
    when a NIC with the same MAC and address follows on another.  `known`: its MAC may be taken to be elsewhere, as
    it was plugged before, or a user chose it.

    `guard` goes up with every change of its groups, policy and allowed pairs: two changes at once,
    or one while it is plugged, cannot both start from what was.  0: it never had any.
    """

    vm_instance_uuid: str
    l3_network_uuid: str
    l2_network_uuid: str
    mac: str
    ip: str | None = None
    netmask: str | None = None
    gateway: str | None = None
    device_id: int = 0
    internal_name: str = ""
    hypervisor_type: str = "KVM"
    meta_data: str | None = None
    ip_version: int = 4
    driver_type: str | None = "virtio"
    type: str = "VNIC"
    state: str = "enable"
    host_uuid: str = ""
    standby_host_uuid: str = ""
    closed: bool = False
    generation: int = 0
    known: bool = False
    guard: int = 0
    inbound_bandwidth: int | None = None
    """Bits per second towards the VM, `outbound_bandwidth` from it."""
    outbound_bandwidth: int | None = None


class NicRelay(Resource, kw_only=True):
    """Where a NIC was before it moved: for a while that host passes on what still comes for it over shortcuts.

    `until`: milliseconds since the epoch, when nobody can need it any more.
    """

    vm_nic_uuid: str
    host_uuid: str
    l2_network_uuid: str
    until: int


class NicConnections(Resource, kw_only=True):
    """The connections of a NIC that moves, on their way.  `host_uuid`: where they belong, once that is settled."""

    vm_nic_uuid: str
    data: bytes
    host_uuid: str = ""


class HostLoad(Resource, kw_only=True):
    """How many VMs and vrouters are on a host.  Kept, since counting them would cost more with each."""

    host_uuid: str
    vms: int = 0


class VpcDns(Resource, kw_only=True):
    """An upstream resolver of a vrouter."""

    vpc_router_uuid: str
    dns: str


class SnatState(Resource, kw_only=True):
    """Source NAT of a vrouter towards one public network: `enable` or `disable`."""

    vpc_uuid: str
    l3_network_uuid: str
    state: str


_VM = "org.zstack.header.vm"
_VM_INTERNAL = frozenset({"number", "boot", "driver", "reconnect", "standbyHostUuid"})
_ROUTER_FIELDS = frozenset(
    {
        "applianceVmType",
        "managementNetworkUuid",
        "publicNetworkUuid",
        "defaultRouteL3NetworkUuid",
        "status",
        "agentPort",
        "haStatus",
    }
)
_VM_RELATIONS = {
    "zone": Relation("ZoneVO", "zoneUuid", "uuid"),
    "cluster": Relation("ClusterVO", "clusterUuid", "uuid"),
    "host": Relation("HostVO", "hostUuid", "uuid"),
    "image": Relation("ImageVO", "imageUuid", "uuid"),
    "instanceOffering": Relation("InstanceOfferingVO", "instanceOfferingUuid", "uuid"),
    "vmNics": Relation("VmNicVO", "uuid", "vmInstanceUuid", nested=True, order="deviceId"),
}
_ROUTER_RELATIONS = {
    **_VM_RELATIONS,
    "virtualRouterOffering": Relation("VirtualRouterOfferingVO", "instanceOfferingUuid", "uuid"),
}

VM_INSTANCE = Kind(
    vo="VmInstanceVO",
    doc=VmInstance,
    java=f"{_VM}.VmInstanceInventory",
    indexes=(
        "name",
        "zoneUuid",
        "clusterUuid",
        "hostUuid",
        "standbyHostUuid",
        "type",
        "state",
        "imageUuid",
        "instanceOfferingUuid",
        "applianceVmType",
    ),
    internal=_VM_INTERNAL | _ROUTER_FIELDS,
    refs=(
        Ref("zoneUuid", Zone, "refuse", "a VM is in it"),
        Ref("clusterUuid", Cluster, "refuse", "a VM is in it"),
        Ref("hostUuid", Host, "refuse", "a VM is on it"),
        Ref("standbyHostUuid", Host, "refuse", "a VM migrates to it or from it"),
    ),
    relations=_VM_RELATIONS,
)

APPLIANCE = Kind(
    vo="ApplianceVmVO",
    doc=VmInstance,
    java="org.zstack.appliancevm.ApplianceVmInventory",
    where={"type": APPLIANCE_VM},
    internal=_VM_INTERNAL,
    relations=_VM_RELATIONS,
)

VIRTUAL_ROUTER = Kind(
    vo="VirtualRouterVmVO",
    doc=VmInstance,
    java="org.zstack.network.service.virtualrouter.VirtualRouterVmInventory",
    where={"type": APPLIANCE_VM},
    internal=_VM_INTERNAL,
    relations=_ROUTER_RELATIONS,
)

VPC_ROUTER = Kind(
    vo="VpcRouterVmVO",
    doc=VmInstance,
    java="org.zstack.header.vpc.VpcRouterVmInventory",
    where={"applianceVmType": VPC_VROUTER},
    internal=_VM_INTERNAL,
    relations={**_ROUTER_RELATIONS, "dns": Relation("VpcRouterDnsVO", "uuid", "vpcRouterUuid", nested=True)},
)

VM_NIC = Kind(
    vo="VmNicVO",
    doc=VmNic,
    java=f"{_VM}.VmNicInventory",
    indexes=(
        "vmInstanceUuid",
        "l3NetworkUuid",
        "l2NetworkUuid",
        "mac",
        "ip",
        "hostUuid",
        "hostUuid,l2NetworkUuid",
        "hostUuid,l3NetworkUuid",
        "standbyHostUuid",
        "metaData",
        "l3NetworkUuid,metaData",
    ),
    internal=frozenset(
        {
            "l2NetworkUuid",
            "hostUuid",
            "standbyHostUuid",
            "closed",
            "generation",
            "known",
            "guard",
            "inboundBandwidth",
            "outboundBandwidth",
        }
    ),
    refs=(
        Ref("vmInstanceUuid", VmInstance, "ignore"),
        Ref("l3NetworkUuid", L3Network, "refuse", "a NIC is on it"),
    ),
    relations={
        "vmInstance": Relation("VmInstanceVO", "vmInstanceUuid", "uuid"),
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
        "usedIp": Relation("UsedIpVO", "uuid", "vmNicUuid"),
        "usedIps": Relation("UsedIpVO", "uuid", "vmNicUuid", nested=True),
        "securityGroupRef": Relation("VmNicSecurityGroupRefVO", "uuid", "vmNicUuid"),
        "loadBalancerListenerRef": Relation("LoadBalancerListenerVmNicRefVO", "uuid", "vmNicUuid"),
        "loadBalancerServerGroupRef": Relation("LoadBalancerServerGroupVmNicRefVO", "uuid", "vmNicUuid"),
    },
    aliases={
        "securityGroup": "securityGroupRef.securityGroup",
        "loadBalancerListener": "loadBalancerListenerRef.listener",
        "loadBalancerServerGroup": "loadBalancerServerGroupRef.serverGroup",
    },
    within="vmInstanceUuid",
)

NIC_RELAY = Kind(
    vo="NicRelayVO",
    doc=NicRelay,
    java="org.landbridge.NicRelayInventory",
    indexes=("vmNicUuid", "hostUuid", "l2NetworkUuid"),
    refs=(
        Ref("vmNicUuid", VmNic, "ignore"),
        Ref("hostUuid", Host, "ignore"),
    ),
    seen_by="admins",
)

NIC_CONNECTIONS = Kind(
    vo="NicConnectionsVO",
    doc=NicConnections,
    java="org.landbridge.NicConnectionsInventory",
    indexes=("vmNicUuid",),
    refs=(Ref("vmNicUuid", VmNic, "ignore"),),
    within="vmNicUuid",
)

IMAGE = Kind(
    vo="ImageVO",
    doc=Image,
    java="org.zstack.header.image.ImageInventory",
    indexes=("name",),
    seen_by="everyone",
)

INSTANCE_OFFERING = Kind(
    vo="InstanceOfferingVO",
    doc=InstanceOffering,
    java="org.zstack.header.configuration.InstanceOfferingInventory",
    indexes=("name", "type", "zoneUuid", "managementNetworkUuid", "publicNetworkUuid", "imageUuid"),
    internal=frozenset({"zoneUuid", "managementNetworkUuid", "publicNetworkUuid", "imageUuid", "isDefault"}),
    refs=(
        Ref("managementNetworkUuid", L3Network, "refuse", "a vrouter offering uses it"),
        Ref("publicNetworkUuid", L3Network, "refuse", "a vrouter offering uses it"),
        Ref("imageUuid", Image, "refuse", "a vrouter offering uses it"),
    ),
    relations={"vmInstance": Relation("VmInstanceVO", "uuid", "instanceOfferingUuid")},
    shareable=True,
)

VROUTER_OFFERING = Kind(
    vo="VirtualRouterOfferingVO",
    doc=InstanceOffering,
    java="org.zstack.network.service.virtualrouter.VirtualRouterOfferingInventory",
    where={"type": "VirtualRouter"},
    relations={
        "managementL3Network": Relation("L3NetworkVO", "managementNetworkUuid", "uuid"),
        "publicL3Network": Relation("L3NetworkVO", "publicNetworkUuid", "uuid"),
        "zone": Relation("ZoneVO", "zoneUuid", "uuid"),
        "image": Relation("ImageVO", "imageUuid", "uuid"),
    },
    shareable=True,
)

HOST_LOAD = Kind(
    vo="HostLoadVO",
    doc=HostLoad,
    java="org.landbridge.HostLoadInventory",
    indexes=("hostUuid",),
    refs=(Ref("hostUuid", Host, "ignore"),),
    seen_by="admins",
)

VPC_DNS = Kind(
    vo="VpcRouterDnsVO",
    doc=VpcDns,
    java="org.zstack.header.vpc.VpcRouterDnsInventory",
    indexes=("vpcRouterUuid",),
    refs=(Ref("vpcRouterUuid", VmInstance, "ignore"),),
    within="vpcRouterUuid",
)

SNAT_STATE = Kind(
    vo="VpcSnatStateVO",
    doc=SnatState,
    java="org.zstack.header.vpc.VpcSnatStateInventory",
    indexes=("vpcUuid", "l3NetworkUuid"),
    refs=(Ref("vpcUuid", VmInstance, "ignore"),),
    relations={"l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid")},
    within="vpcUuid",
)

KINDS = (
    VM_INSTANCE,
    APPLIANCE,
    VIRTUAL_ROUTER,
    VPC_ROUTER,
    VM_NIC,
    NIC_RELAY,
    NIC_CONNECTIONS,
    IMAGE,
    INSTANCE_OFFERING,
    VROUTER_OFFERING,
    HOST_LOAD,
    VPC_DNS,
    SNAT_STATE,
)
