"""Zones, clusters, hosts, and what hosts need to join."""

from landbridge.model.facts import HostFacts
from landbridge.model.resource import Kind, Ref, Relation, Resource


class Zone(Resource, kw_only=True):
    """A failure domain that clusters live in."""

    name: str
    description: str | None = None
    state: str = "Enabled"
    type: str = "zstack"
    is_default: bool = False


class Cluster(Resource, kw_only=True):
    """Hosts that share L2 networks."""

    name: str
    zone_uuid: str
    description: str | None = None
    state: str = "Enabled"
    hypervisor_type: str = "KVM"
    type: str = "zstack"
    architecture: str = "x86_64"


class Host(Resource, kw_only=True):
    """A Linux server with an agent.

    state: Enabled, Disabled, PreMaintenance, Maintenance.  status: Connecting, Connected,
    Disconnected.  `number` is unique among hosts; `agent_uuid` is the agent's certificate's name.
    """

    name: str
    zone_uuid: str
    cluster_uuid: str
    management_ip: str
    description: str | None = None
    hypervisor_type: str = "KVM"
    state: str = "Enabled"
    status: str = "Connecting"
    total_cpu_capacity: int = 0
    available_cpu_capacity: int = 0
    cpu_sockets: int = 1
    total_memory_capacity: int = 0
    available_memory_capacity: int = 0
    cpu_num: int = 0
    architecture: str = "x86_64"
    username: str | None = None
    ssh_port: int | None = None
    os_distribution: str | None = None
    os_version: str | None = None
    number: int = 0
    agent_uuid: str | None = None
    facts: HostFacts | None = None
    disconnect_reason: str | None = None
    """Why the status is Disconnected, in one sentence."""
    reconnect: int = 0
    """Goes up with each ReconnectHost."""
    reconnected: int = 0
    """The `reconnect` that the agent has answered."""


class HostNetworkInterface(Resource, kw_only=True):
    """An interface of a host, as its agent reported it; devices of ours are left out."""

    host_uuid: str
    interface_name: str
    interface_type: str = "noMaster"
    mac: str = ""
    carrier_active: bool = False
    slave_active: bool | None = None
    ip_addresses: tuple[str, ...] = ()
    bonding_uuid: str | None = None
    description: str | None = None


class HostNetworkBonding(Resource, kw_only=True):
    """A bond of a host's interfaces."""

    host_uuid: str
    bonding_name: str
    bonding_type: str = "noBridge"
    type: str = "LinuxBonding"
    mode: str | None = None
    mii_status: str = "down"
    mac: str = ""
    ip_addresses: tuple[str, ...] = ()
    description: str | None = None


class Agent(Resource, kw_only=True):
    """An agent that has enrolled: a certificate that was issued.  uuid = its common name.

    `host_uuid` is empty while it waits for somebody to claim it (AddKVMHost).  `stream` is the
    nodelink stream that holds it, `server_uuid` the server copy that serves this stream.
    """

    management_ip: str
    host_uuid: str = ""
    facts: HostFacts | None = None
    connected: bool = False
    stream: str = ""
    server_uuid: str = ""


class JoinToken(Resource, kw_only=True):
    """A single-use permission to enrol, by the SHA-256 of its secret."""

    secret_hash: str
    cluster_uuid: str
    name: str | None = None
    expires: int = 0
    used: bool = False


class Authority(Resource, kw_only=True):
    """The certificate authority of this cloud's agents; there is one.  Key and certificate in PEM."""

    private_key: str
    certificate: str
    fingerprint: str
    """SHA-256 of the certificate's DER form, lower-case hex."""


class ServerCopy(Resource, kw_only=True):
    """A running management server.  It renews `renewed` (milliseconds) while it lives."""

    nodelink_url: str
    renewed: int = 0


ZONE = Kind(
    vo="ZoneVO",
    doc=Zone,
    java="org.zstack.header.zone.ZoneInventory",
    indexes=("name", "isDefault"),
    relations={
        "cluster": Relation("ClusterVO", "uuid", "zoneUuid"),
        "host": Relation("HostVO", "uuid", "zoneUuid"),
        "l2Network": Relation("L2NetworkVO", "uuid", "zoneUuid"),
        "l3Network": Relation("L3NetworkVO", "uuid", "zoneUuid"),
        "vmInstance": Relation("VmInstanceVO", "uuid", "zoneUuid"),
    },
    seen_by="everyone",
)

CLUSTER = Kind(
    vo="ClusterVO",
    doc=Cluster,
    java="org.zstack.header.cluster.ClusterInventory",
    indexes=("name", "zoneUuid"),
    refs=(Ref("zoneUuid", Zone, "refuse", "a cluster is in it"),),
    relations={
        "zone": Relation("ZoneVO", "zoneUuid", "uuid"),
        "host": Relation("HostVO", "uuid", "clusterUuid"),
        "vmInstance": Relation("VmInstanceVO", "uuid", "clusterUuid"),
        "l2NetworkRef": Relation("L2NetworkClusterRefVO", "uuid", "clusterUuid"),
    },
    aliases={"l2Network": "l2NetworkRef.l2Network"},
    seen_by="everyone",
)

HOST = Kind(
    vo="HostVO",
    doc=Host,
    java="org.zstack.kvm.KVMHostInventory",
    indexes=("name", "zoneUuid", "clusterUuid", "managementIp", "agentUuid", "status"),
    internal=frozenset({"number", "agentUuid", "facts", "reconnect", "reconnected"}),
    refs=(Ref("clusterUuid", Cluster, "refuse", "a host is in it"),),
    relations={
        "zone": Relation("ZoneVO", "zoneUuid", "uuid"),
        "cluster": Relation("ClusterVO", "clusterUuid", "uuid"),
        "vmInstance": Relation("VmInstanceVO", "uuid", "hostUuid"),
    },
    seen_by="admins",
)

_INTERFACES = "org.zstack.network.hostNetworkInterface"

HOST_INTERFACE = Kind(
    vo="HostNetworkInterfaceVO",
    doc=HostNetworkInterface,
    java=f"{_INTERFACES}.HostNetworkInterfaceInventory",
    indexes=("hostUuid", "bondingUuid", "interfaceName"),
    refs=(Ref("hostUuid", Host, "ignore"), Ref("bondingUuid", HostNetworkBonding, "ignore")),
    relations={
        "host": Relation("HostVO", "hostUuid", "uuid"),
        "bonding": Relation("HostNetworkBondingVO", "bondingUuid", "uuid"),
    },
    seen_by="admins",
)

HOST_BONDING = Kind(
    vo="HostNetworkBondingVO",
    doc=HostNetworkBonding,
    java=f"{_INTERFACES}.HostNetworkBondingInventory",
    indexes=("hostUuid", "bondingName"),
    refs=(Ref("hostUuid", Host, "ignore"),),
    relations={
        "host": Relation("HostVO", "hostUuid", "uuid"),
        "slaves": Relation("HostNetworkInterfaceVO", "uuid", "bondingUuid", nested=True),
    },
    seen_by="admins",
)

AGENT = Kind(
    vo="AgentVO",
    doc=Agent,
    java="org.landbridge.AgentInventory",
    indexes=("managementIp", "hostUuid", "serverUuid"),
    internal=frozenset({"facts", "stream", "serverUuid"}),
    seen_by="admins",
)

JOIN_TOKEN = Kind(
    vo="JoinTokenVO",
    doc=JoinToken,
    java="org.landbridge.JoinTokenInventory",
    indexes=("secretHash",),
    internal=frozenset({"secretHash"}),
    seen_by="admins",
)

AUTHORITY = Kind(
    vo="AuthorityVO",
    doc=Authority,
    java="org.landbridge.AuthorityInventory",
    internal=frozenset({"privateKey"}),
    seen_by="admins",
)

SERVER_COPY = Kind(
    vo="ServerCopyVO",
    doc=ServerCopy,
    java="org.landbridge.ServerCopyInventory",
    seen_by="admins",
)

KINDS = (ZONE, CLUSTER, HOST, HOST_INTERFACE, HOST_BONDING, AGENT, JOIN_TOKEN, AUTHORITY, SERVER_COPY)
