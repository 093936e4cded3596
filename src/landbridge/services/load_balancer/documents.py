"""Load balancers: listeners on a VIP, and the groups of servers behind them."""

from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Kind, Ref, Relation, Resource


class LoadBalancer(Resource, kw_only=True):
    """Listeners on one VIP."""

    name: str
    vip_uuid: str
    description: str | None = None
    state: str = "Enabled"
    type: str = "Shared"


class LoadBalancerServerGroup(Resource, kw_only=True):
    """Servers that listeners share.  `listener_uuid`: whose default group it is, with which it comes and goes."""

    name: str
    load_balancer_uuid: str
    description: str | None = None
    ip_version: int = 4
    listener_uuid: str | None = None


class LoadBalancerListener(Resource, kw_only=True):
    """A port of the VIP and what becomes of connections to it; how, is in its system tags.

    instance_port      where servers listen
    server_group_uuid  its default group
    """

    name: str
    load_balancer_uuid: str
    load_balancer_port: int
    instance_port: int
    protocol: str
    server_group_uuid: str
    description: str | None = None
    security_policy_type: str | None = None


class ListenerServerGroup(Resource, kw_only=True):
    """A listener sends to the servers of a group, be it its default group."""

    listener_uuid: str
    server_group_uuid: str


class ServerGroupNic(Resource, kw_only=True):
    """A VM's NIC is in a group."""

    server_group_uuid: str
    vm_nic_uuid: str
    weight: int = 100
    ip_version: int = 4
    status: str = "Active"


class ListenerNic(Resource, kw_only=True):
    """A VM's NIC is in the default group of a listener: the same said of the listener."""

    listener_uuid: str
    vm_nic_uuid: str
    status: str = "Active"


class DeadServers(Resource, kw_only=True):
    """Servers of a listener whose checks fail; there is none when all live.  `host_uuid`: whose agent says so."""

    listener_uuid: str
    addresses: tuple[str, ...]
    host_uuid: str


class ServerGroupServerIp(Resource, kw_only=True):
    """An address that is no VM's NIC is in a group."""

    server_group_uuid: str
    ip_address: str
    weight: int = 100
    status: str = "Active"


_LB = "org.zstack.network.service.lb"

LOAD_BALANCER = Kind(
    vo="LoadBalancerVO",
    doc=LoadBalancer,
    java=f"{_LB}.LoadBalancerInventory",
    indexes=("name", "vipUuid"),
    refs=(Ref("vipUuid", Vip, "ignore"),),
    relations={
        "listeners": Relation("LoadBalancerListenerVO", "uuid", "loadBalancerUuid", nested=True),
        "vip": Relation("VipVO", "vipUuid", "uuid", back="loadBalancer"),
    },
)

SERVER_GROUP = Kind(
    vo="LoadBalancerServerGroupVO",
    doc=LoadBalancerServerGroup,
    java=f"{_LB}.LoadBalancerServerGroupInventory",
    indexes=("name", "loadBalancerUuid", "listenerUuid"),
    internal=frozenset({"listenerUuid"}),
    refs=(Ref("loadBalancerUuid", LoadBalancer, "ignore"),),
    relations={
        "listenerServerGroupRefs": Relation(
            "LoadBalancerListenerServerGroupRefVO", "uuid", "serverGroupUuid", nested=True
        ),
        "serverIps": Relation("LoadBalancerServerGroupServerIpVO", "uuid", "serverGroupUuid", nested=True),
        "vmNicRefs": Relation("LoadBalancerServerGroupVmNicRefVO", "uuid", "serverGroupUuid", nested=True),
        "serverGroupRef": Relation("LoadBalancerListenerServerGroupRefVO", "uuid", "serverGroupUuid"),
        "vmNicRef": Relation("LoadBalancerServerGroupVmNicRefVO", "uuid", "serverGroupUuid"),
    },
    aliases={"vmNic": "vmNicRef.vmNic", "listener": "serverGroupRef.listener"},
    within="loadBalancerUuid",
)

LISTENER = Kind(
    vo="LoadBalancerListenerVO",
    doc=LoadBalancerListener,
    java=f"{_LB}.LoadBalancerListenerInventory",
    indexes=("name", "loadBalancerUuid", "loadBalancerPort", "protocol"),
    refs=(
        Ref("loadBalancerUuid", LoadBalancer, "ignore"),
        Ref("serverGroupUuid", LoadBalancerServerGroup, "ignore"),
    ),
    relations={
        "vmNicRefs": Relation("LoadBalancerListenerVmNicRefVO", "uuid", "listenerUuid", nested=True),
        "aclRefs": Relation("LoadBalancerListenerACLRefVO", "uuid", "listenerUuid", nested=True),
        "certificateRefs": Relation("LoadBalancerListenerCertificateRefVO", "uuid", "listenerUuid", nested=True),
        "serverGroupRefs": Relation("LoadBalancerListenerServerGroupRefVO", "uuid", "listenerUuid", nested=True),
        "loadBalancer": Relation("LoadBalancerVO", "loadBalancerUuid", "uuid"),
        "vmNicRef": Relation("LoadBalancerListenerVmNicRefVO", "uuid", "listenerUuid"),
        "serverGroupRef": Relation("LoadBalancerListenerServerGroupRefVO", "uuid", "listenerUuid"),
        "certificate": Relation("LoadBalancerListenerCertificateRefVO", "uuid", "listenerUuid"),
    },
    aliases={"vmNic": "vmNicRef.vmNic", "serverGroup": "serverGroupRef.group"},
    within="loadBalancerUuid",
)

LISTENER_SERVER_GROUP = Kind(
    vo="LoadBalancerListenerServerGroupRefVO",
    doc=ListenerServerGroup,
    java=f"{_LB}.LoadBalancerListenerServerGroupRefInventory",
    indexes=("listenerUuid", "serverGroupUuid"),
    refs=(
        Ref("listenerUuid", LoadBalancerListener, "ignore"),
        Ref("serverGroupUuid", LoadBalancerServerGroup, "ignore"),
    ),
    relations={
        "group": Relation("LoadBalancerServerGroupVO", "serverGroupUuid", "uuid"),
        "listener": Relation("LoadBalancerListenerVO", "listenerUuid", "uuid"),
    },
    within="listenerUuid",
)

SERVER_GROUP_NIC = Kind(
    vo="LoadBalancerServerGroupVmNicRefVO",
    doc=ServerGroupNic,
    java=f"{_LB}.LoadBalancerServerGroupVmNicRefInventory",
    indexes=("serverGroupUuid", "vmNicUuid", "serverGroupUuid,vmNicUuid"),
    refs=(Ref("serverGroupUuid", LoadBalancerServerGroup, "ignore"), Ref("vmNicUuid", VmNic, "ignore")),
    relations={
        "vmNic": Relation("VmNicVO", "vmNicUuid", "uuid"),
        "serverGroup": Relation("LoadBalancerServerGroupVO", "serverGroupUuid", "uuid"),
    },
    within="serverGroupUuid",
)

LISTENER_NIC = Kind(
    vo="LoadBalancerListenerVmNicRefVO",
    doc=ListenerNic,
    java=f"{_LB}.LoadBalancerListenerVmNicRefInventory",
    indexes=("listenerUuid", "vmNicUuid", "listenerUuid,vmNicUuid"),
    refs=(Ref("listenerUuid", LoadBalancerListener, "ignore"), Ref("vmNicUuid", VmNic, "ignore")),
    relations={
        "vmNic": Relation("VmNicVO", "vmNicUuid", "uuid"),
        "listener": Relation("LoadBalancerListenerVO", "listenerUuid", "uuid"),
    },
    within="listenerUuid",
)

SERVER_GROUP_SERVER = Kind(
    vo="LoadBalancerServerGroupServerIpVO",
    doc=ServerGroupServerIp,
    java=f"{_LB}.LoadBalancerServerGroupServerIpInventory",
    indexes=("serverGroupUuid", "ipAddress"),
    refs=(Ref("serverGroupUuid", LoadBalancerServerGroup, "ignore"),),
    within="serverGroupUuid",
)

DEAD_SERVERS = Kind(
    vo="DeadServersVO",
    doc=DeadServers,
    java="org.landbridge.DeadServersInventory",
    indexes=("listenerUuid", "hostUuid"),
    refs=(Ref("listenerUuid", LoadBalancerListener, "ignore"),),
    within="listenerUuid",
)

KINDS = (
    LOAD_BALANCER,
    SERVER_GROUP,
    LISTENER,
    LISTENER_SERVER_GROUP,
    SERVER_GROUP_NIC,
    LISTENER_NIC,
    SERVER_GROUP_SERVER,
    DEAD_SERVERS,
)
