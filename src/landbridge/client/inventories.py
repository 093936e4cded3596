"""What the API shows of each kind, as it is on the wire.  Made from the declarations by `python -m tests.support.client_types`."""

from typing import Any, TypedDict


class AccessControlListEntryInventory(TypedDict, total=False):
    """AccessControlListEntry."""

    uuid: str
    createDate: str
    lastOpDate: str
    aclUuid: str
    type: str
    ipEntries: str
    name: str
    domain: str
    url: str
    description: str


class AccessControlListInventory(TypedDict, total=False):
    """AccessControlList."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    description: str
    ipVersion: int
    entries: list[Any]


class AccessKeyInventory(TypedDict, total=False):
    """AccessKey."""

    uuid: str
    createDate: str
    lastOpDate: str
    accountUuid: str
    userUuid: str
    description: str
    AccessKeyID: str
    state: str


class AccountInventory(TypedDict, total=False):
    """Account."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    type: str
    description: str


class AccountResourceRefInventory(TypedDict, total=False):
    """AccountResourceRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    accountUuid: str
    resourceUuid: str
    resourceType: str
    concreteResourceType: str


class AddressPoolInventory(TypedDict, total=False):
    """AddressPool."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    l3NetworkUuid: str
    startIp: str
    endIp: str
    netmask: str
    gateway: str
    networkCidr: str
    prefixLen: int
    description: str
    ipVersion: int
    ipRangeType: str


class AgentInventory(TypedDict, total=False):
    """Agent."""

    uuid: str
    createDate: str
    lastOpDate: str
    managementIp: str
    hostUuid: str
    connected: bool


class ApplianceVmInventory(TypedDict, total=False):
    """ApplianceVm."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    clusterUuid: str
    hostUuid: str
    lastHostUuid: str
    description: str
    imageUuid: str
    instanceOfferingUuid: str
    platform: str
    architecture: str
    defaultL3NetworkUuid: str
    type: str
    hypervisorType: str
    memorySize: int
    reservedMemorySize: int
    cpuNum: int
    cpuSpeed: int
    allocatorStrategy: str
    state: str
    guestOsType: str
    applianceVmType: str
    managementNetworkUuid: str
    publicNetworkUuid: str
    defaultRouteL3NetworkUuid: str
    status: str
    agentPort: int
    haStatus: str
    vmNics: list[Any]


class AuthorityInventory(TypedDict, total=False):
    """Authority."""

    uuid: str
    createDate: str
    lastOpDate: str
    certificate: str
    fingerprint: str


class CertificateInventory(TypedDict, total=False):
    """Certificate."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    certificate: str
    description: str
    listeners: list[Any]


class ClusterInventory(TypedDict, total=False):
    """Cluster."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    description: str
    state: str
    hypervisorType: str
    type: str
    architecture: str


class DeadServersInventory(TypedDict, total=False):
    """DeadServers."""

    uuid: str
    createDate: str
    lastOpDate: str
    listenerUuid: str
    addresses: list[str]
    hostUuid: str


class EipInventory(TypedDict, total=False):
    """Eip."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    vipUuid: str
    vipIp: str
    description: str
    state: str
    vmNicUuid: str
    guestIp: str


class EventLogInventory(TypedDict, total=False):
    """EventLog."""

    uuid: str
    createDate: str
    lastOpDate: str
    content: str
    action: str
    accountUuid: str
    userUuid: str
    resourceUuid: str
    resourceType: str
    category: str
    trackingId: str
    type: str
    time: int
    address: str
    errorCode: str


class GlobalConfigInventory(TypedDict, total=False):
    """GlobalConfig."""

    uuid: str
    createDate: str
    lastOpDate: str
    category: str
    name: str
    value: str
    defaultValue: str
    description: str


class HostInventory(TypedDict, total=False):
    """Host."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    clusterUuid: str
    managementIp: str
    description: str
    hypervisorType: str
    state: str
    status: str
    totalCpuCapacity: int
    availableCpuCapacity: int
    cpuSockets: int
    totalMemoryCapacity: int
    availableMemoryCapacity: int
    cpuNum: int
    architecture: str
    username: str
    sshPort: int
    osDistribution: str
    osVersion: str
    disconnectReason: str


class HostLoadInventory(TypedDict, total=False):
    """HostLoad."""

    uuid: str
    createDate: str
    lastOpDate: str
    hostUuid: str
    vms: int


class HostNetworkBondingInventory(TypedDict, total=False):
    """HostNetworkBonding."""

    uuid: str
    createDate: str
    lastOpDate: str
    hostUuid: str
    bondingName: str
    bondingType: str
    type: str
    mode: str
    miiStatus: str
    mac: str
    ipAddresses: list[str]
    description: str
    slaves: list[Any]


class HostNetworkInterfaceInventory(TypedDict, total=False):
    """HostNetworkInterface."""

    uuid: str
    createDate: str
    lastOpDate: str
    hostUuid: str
    interfaceName: str
    interfaceType: str
    mac: str
    carrierActive: bool
    slaveActive: bool
    ipAddresses: list[str]
    bondingUuid: str
    description: str


class IPsecConnectionInventory(TypedDict, total=False):
    """IPsecConnection."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    vipUuid: str
    peerAddress: str
    description: str
    authMode: str
    ikeAuthAlgorithm: str
    ikeEncryptionAlgorithm: str
    ikeDhGroup: int
    policyAuthAlgorithm: str
    policyEncryptionAlgorithm: str
    pfs: str
    policyMode: str
    transformProtocol: str
    ikeVersion: str
    idType: str
    localId: str
    remoteId: str
    state: str
    status: str
    statusReason: str
    ikeLifeTime: int
    lifeTime: int
    peerCidrs: list[Any]
    l3NetworkRefs: list[Any]


class IPsecL3NetworkRefInventory(TypedDict, total=False):
    """IPsecL3NetworkRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    connectionUuid: str
    l3NetworkUuid: str


class IPsecPeerCidrInventory(TypedDict, total=False):
    """IPsecPeerCidr."""

    uuid: str
    createDate: str
    lastOpDate: str
    connectionUuid: str
    cidr: str


class ImageInventory(TypedDict, total=False):
    """Image."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    description: str
    state: str
    status: str
    size: int
    actualSize: int
    url: str
    mediaType: str
    guestOsType: str
    type: str
    platform: str
    architecture: str
    format: str
    system: bool
    virtio: bool


class InstanceOfferingInventory(TypedDict, total=False):
    """InstanceOffering."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    cpuNum: int
    memorySize: int
    cpuSpeed: int
    reservedMemorySize: int
    description: str
    type: str
    allocatorStrategy: str
    sortKey: int
    state: str


class IpRangeInventory(TypedDict, total=False):
    """IpRange."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    l3NetworkUuid: str
    startIp: str
    endIp: str
    netmask: str
    gateway: str
    networkCidr: str
    prefixLen: int
    description: str
    ipVersion: int
    ipRangeType: str


class JoinTokenInventory(TypedDict, total=False):
    """JoinToken."""

    uuid: str
    createDate: str
    lastOpDate: str
    clusterUuid: str
    name: str
    expires: int
    used: bool


class L2NetworkClusterRefInventory(TypedDict, total=False):
    """L2NetworkClusterRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    l2NetworkUuid: str
    clusterUuid: str
    cidr: str


class L2NetworkInventory(TypedDict, total=False):
    """L2Network."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    type: str
    physicalInterface: str
    description: str
    vSwitchType: str
    virtualNetworkId: int
    isolated: bool
    pvlan: str
    vlan: int
    vni: int
    poolUuid: str
    attachedClusterUuids: list[Any]


class L2NoVlanNetworkInventory(TypedDict, total=False):
    """L2NoVlanNetwork."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    type: str
    physicalInterface: str
    description: str
    vSwitchType: str
    virtualNetworkId: int
    isolated: bool
    pvlan: str
    vlan: int
    vni: int
    poolUuid: str
    attachedClusterUuids: list[Any]


class L2VlanNetworkInventory(TypedDict, total=False):
    """L2VlanNetwork."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    type: str
    physicalInterface: str
    description: str
    vSwitchType: str
    virtualNetworkId: int
    isolated: bool
    pvlan: str
    vlan: int
    vni: int
    poolUuid: str
    attachedClusterUuids: list[Any]


class L3NetworkDnsInventory(TypedDict, total=False):
    """L3NetworkDns."""

    uuid: str
    createDate: str
    lastOpDate: str
    l3NetworkUuid: str
    dns: str


class L3NetworkHostRouteInventory(TypedDict, total=False):
    """L3NetworkHostRoute."""

    uuid: str
    createDate: str
    lastOpDate: str
    l3NetworkUuid: str
    prefix: str
    nexthop: str


class L3NetworkInventory(TypedDict, total=False):
    """L3Network."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    l2NetworkUuid: str
    type: str
    description: str
    state: str
    dnsDomain: str
    system: bool
    category: str
    ipVersion: int
    enableIPAM: bool
    isolated: bool
    dns: list[Any]
    ipRanges: list[Any]
    networkServices: list[Any]
    hostRoute: list[Any]
    reservedIpRanges: list[Any]


class LoadBalancerInventory(TypedDict, total=False):
    """LoadBalancer."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    vipUuid: str
    description: str
    state: str
    type: str
    listeners: list[Any]


class LoadBalancerListenerACLRefInventory(TypedDict, total=False):
    """LoadBalancerListenerACLRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    listenerUuid: str
    aclUuid: str
    type: str
    serverGroupUuid: str


class LoadBalancerListenerCertificateRefInventory(TypedDict, total=False):
    """LoadBalancerListenerCertificateRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    listenerUuid: str
    certificateUuid: str


class LoadBalancerListenerInventory(TypedDict, total=False):
    """LoadBalancerListener."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    loadBalancerUuid: str
    loadBalancerPort: int
    instancePort: int
    protocol: str
    serverGroupUuid: str
    description: str
    securityPolicyType: str
    vmNicRefs: list[Any]
    aclRefs: list[Any]
    certificateRefs: list[Any]
    serverGroupRefs: list[Any]


class LoadBalancerListenerServerGroupRefInventory(TypedDict, total=False):
    """LoadBalancerListenerServerGroupRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    listenerUuid: str
    serverGroupUuid: str


class LoadBalancerListenerVmNicRefInventory(TypedDict, total=False):
    """LoadBalancerListenerVmNicRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    listenerUuid: str
    vmNicUuid: str
    status: str


class LoadBalancerServerGroupInventory(TypedDict, total=False):
    """LoadBalancerServerGroup."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    loadBalancerUuid: str
    description: str
    ipVersion: int
    listenerServerGroupRefs: list[Any]
    serverIps: list[Any]
    vmNicRefs: list[Any]


class LoadBalancerServerGroupServerIpInventory(TypedDict, total=False):
    """LoadBalancerServerGroupServerIp."""

    uuid: str
    createDate: str
    lastOpDate: str
    serverGroupUuid: str
    ipAddress: str
    weight: int
    status: str


class LoadBalancerServerGroupVmNicRefInventory(TypedDict, total=False):
    """LoadBalancerServerGroupVmNicRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    serverGroupUuid: str
    vmNicUuid: str
    weight: int
    ipVersion: int
    status: str


class LongJobInventory(TypedDict, total=False):
    """LongJob."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    description: str
    apiId: str
    jobName: str
    jobData: str
    jobResult: str
    state: str
    targetResourceUuid: str
    executeTime: int


class ManagementNodeInventory(TypedDict, total=False):
    """ManagementNode."""

    uuid: str
    createDate: str
    lastOpDate: str
    hostName: str
    joinDate: int
    heartBeat: int


class NetworkServiceL3NetworkRefInventory(TypedDict, total=False):
    """NetworkServiceL3NetworkRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    l3NetworkUuid: str
    networkServiceProviderUuid: str
    networkServiceType: str


class NetworkServiceProviderInventory(TypedDict, total=False):
    """NetworkServiceProvider."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    type: str
    description: str
    networkServiceTypes: list[str]


class NicConnectionsInventory(TypedDict, total=False):
    """NicConnections."""

    uuid: str
    createDate: str
    lastOpDate: str
    vmNicUuid: str
    data: Any
    hostUuid: str


class NicRelayInventory(TypedDict, total=False):
    """NicRelay."""

    uuid: str
    createDate: str
    lastOpDate: str
    vmNicUuid: str
    hostUuid: str
    l2NetworkUuid: str
    until: int


class PolicyInventory(TypedDict, total=False):
    """Policy."""

    uuid: str
    createDate: str
    lastOpDate: str
    accountUuid: str
    name: str
    description: str
    statements: list[Any]


class PolicyRouteRuleInventory(TypedDict, total=False):
    """PolicyRouteRule."""

    uuid: str
    createDate: str
    lastOpDate: str
    ruleNumber: int
    ruleSetUuid: str
    tableUuid: str
    destIp: str
    sourceIp: str
    destPort: str
    sourcePort: str
    protocol: str
    state: str


class PolicyRouteRuleSetInventory(TypedDict, total=False):
    """PolicyRouteRuleSet."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    type: str
    description: str
    rules: list[Any]
    l3Refs: list[Any]


class PolicyRouteRuleSetL3RefInventory(TypedDict, total=False):
    """PolicyRouteRuleSetL3Ref."""

    uuid: str
    createDate: str
    lastOpDate: str
    ruleSetUuid: str
    l3NetworkUuid: str


class PolicyRouteRuleSetVRouterRefInventory(TypedDict, total=False):
    """PolicyRouteRuleSetVRouterRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    ruleSetUuid: str
    vRouterUuid: str


class PolicyRouteTableInventory(TypedDict, total=False):
    """PolicyRouteTable."""

    uuid: str
    createDate: str
    lastOpDate: str
    tableNumber: int
    type: str
    description: str
    routes: list[Any]


class PolicyRouteTableRouteEntryInventory(TypedDict, total=False):
    """PolicyRouteTableRouteEntry."""

    uuid: str
    createDate: str
    lastOpDate: str
    tableUuid: str
    destinationCidr: str
    nextHopIp: str
    distance: int


class PolicyRouteTableVRouterRefInventory(TypedDict, total=False):
    """PolicyRouteTableVRouterRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    tableUuid: str
    vRouterUuid: str


class PortForwardingRuleInventory(TypedDict, total=False):
    """PortForwardingRule."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    vipUuid: str
    vipIp: str
    description: str
    state: str
    vmNicUuid: str
    guestIp: str
    vipPortStart: int
    vipPortEnd: int
    privatePortStart: int
    privatePortEnd: int
    protocolType: str
    allowedCidr: str


class QuotaInventory(TypedDict, total=False):
    """Quota."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    identityUuid: str
    identityType: str
    value: int


class RemoteVtepInventory(TypedDict, total=False):
    """RemoteVtep."""

    uuid: str
    createDate: str
    lastOpDate: str
    poolUuid: str
    clusterUuid: str
    vtepIp: str
    port: int
    type: str


class ReservedIpRangeInventory(TypedDict, total=False):
    """ReservedIpRange."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    l3NetworkUuid: str
    startIp: str
    endIp: str
    description: str
    ipVersion: int


class ResourceConfigInventory(TypedDict, total=False):
    """ResourceConfig."""

    uuid: str
    createDate: str
    lastOpDate: str
    resourceUuid: str
    resourceType: str
    category: str
    name: str
    value: str
    description: str


class SecurityGroupInventory(TypedDict, total=False):
    """SecurityGroup."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    description: str
    state: str
    ipVersion: int
    rules: list[Any]
    attachedL3NetworkUuids: list[Any]


class SecurityGroupL3NetworkRefInventory(TypedDict, total=False):
    """SecurityGroupL3NetworkRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    securityGroupUuid: str
    l3NetworkUuid: str


class SecurityGroupRuleInventory(TypedDict, total=False):
    """SecurityGroupRule."""

    uuid: str
    createDate: str
    lastOpDate: str
    securityGroupUuid: str
    type: str
    ipVersion: int
    protocol: str
    action: str
    state: str
    priority: int
    description: str
    srcIpRange: str
    dstIpRange: str
    srcPortRange: str
    dstPortRange: str
    remoteSecurityGroupUuid: str
    allowedCidr: str
    startPort: int
    endPort: int


class ServerCopyInventory(TypedDict, total=False):
    """ServerCopy."""

    uuid: str
    createDate: str
    lastOpDate: str
    nodelinkUrl: str
    renewed: int


class SessionInventory(TypedDict, total=False):
    """Session."""

    uuid: str
    createDate: str
    lastOpDate: str
    accountUuid: str
    userUuid: str
    userType: str


class SharedResourceInventory(TypedDict, total=False):
    """SharedResource."""

    uuid: str
    createDate: str
    lastOpDate: str
    ownerAccountUuid: str
    resourceUuid: str
    resourceType: str
    receiverAccountUuid: str
    toPublic: bool


class SystemTagInventory(TypedDict, total=False):
    """SystemTag."""

    uuid: str
    createDate: str
    lastOpDate: str
    resourceUuid: str
    resourceType: str
    tag: str
    type: str
    inherent: bool


class TagPatternInventory(TypedDict, total=False):
    """TagPattern."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    value: str
    description: str
    color: str
    type: str


class UsedIpInventory(TypedDict, total=False):
    """UsedIp."""

    uuid: str
    createDate: str
    lastOpDate: str
    l3NetworkUuid: str
    ipRangeUuid: str
    ip: str
    netmask: str
    gateway: str
    ipInLong: int
    usedFor: str
    vmNicUuid: str
    ipVersion: int


class UserGroupInventory(TypedDict, total=False):
    """UserGroup."""

    uuid: str
    createDate: str
    lastOpDate: str
    accountUuid: str
    name: str
    description: str


class UserGroupPolicyRefInventory(TypedDict, total=False):
    """UserGroupPolicyRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    groupUuid: str
    policyUuid: str


class UserGroupUserRefInventory(TypedDict, total=False):
    """UserGroupUserRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    groupUuid: str
    userUuid: str


class UserInventory(TypedDict, total=False):
    """User."""

    uuid: str
    createDate: str
    lastOpDate: str
    accountUuid: str
    name: str
    description: str


class UserPolicyRefInventory(TypedDict, total=False):
    """UserPolicyRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    userUuid: str
    policyUuid: str


class UserTagInventory(TypedDict, total=False):
    """UserTag."""

    uuid: str
    createDate: str
    lastOpDate: str
    resourceUuid: str
    resourceType: str
    tag: str
    type: str
    tagPatternUuid: str


class VRouterRouteEntryInventory(TypedDict, total=False):
    """VRouterRouteEntry."""

    uuid: str
    createDate: str
    lastOpDate: str
    routeTableUuid: str
    type: str
    destination: str
    distance: int
    target: str
    description: str


class VRouterRouteTableInventory(TypedDict, total=False):
    """VRouterRouteTable."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    description: str
    attachedRouterRefs: list[Any]
    routeEntries: list[Any]


class VipInventory(TypedDict, total=False):
    """Vip."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    l3NetworkUuid: str
    ip: str
    gateway: str
    netmask: str
    prefixLen: int
    description: str
    state: str
    serviceProvider: str
    useFor: str
    system: bool
    servicesRefs: list[Any]
    peerL3NetworkUuids: list[Any]


class VipNetworkServicesRefInventory(TypedDict, total=False):
    """VipNetworkServicesRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    vipUuid: str
    serviceUuid: str
    serviceType: str


class VipPeerL3NetworkRefInventory(TypedDict, total=False):
    """VipPeerL3NetworkRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    vipUuid: str
    l3NetworkUuid: str


class VipPortsInventory(TypedDict, total=False):
    """VipPorts."""

    uuid: str
    createDate: str
    lastOpDate: str
    vipUuid: str
    serviceUuid: str
    protocol: str
    first: int
    last: int


class VipQosInventory(TypedDict, total=False):
    """VipQos."""

    uuid: str
    createDate: str
    lastOpDate: str
    vipUuid: str
    port: int
    inboundBandwidth: int
    outboundBandwidth: int
    type: str


class VirtualRouterOfferingInventory(TypedDict, total=False):
    """VirtualRouterOffering."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    cpuNum: int
    memorySize: int
    cpuSpeed: int
    reservedMemorySize: int
    description: str
    type: str
    allocatorStrategy: str
    sortKey: int
    state: str
    zoneUuid: str
    managementNetworkUuid: str
    publicNetworkUuid: str
    imageUuid: str
    isDefault: bool


class VirtualRouterVRouterRouteTableRefInventory(TypedDict, total=False):
    """VirtualRouterVRouterRouteTableRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    virtualRouterVmUuid: str
    routeTableUuid: str


class VirtualRouterVmInventory(TypedDict, total=False):
    """VirtualRouterVm."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    clusterUuid: str
    hostUuid: str
    lastHostUuid: str
    description: str
    imageUuid: str
    instanceOfferingUuid: str
    platform: str
    architecture: str
    defaultL3NetworkUuid: str
    type: str
    hypervisorType: str
    memorySize: int
    reservedMemorySize: int
    cpuNum: int
    cpuSpeed: int
    allocatorStrategy: str
    state: str
    guestOsType: str
    applianceVmType: str
    managementNetworkUuid: str
    publicNetworkUuid: str
    defaultRouteL3NetworkUuid: str
    status: str
    agentPort: int
    haStatus: str
    vmNics: list[Any]


class VmInstanceInventory(TypedDict, total=False):
    """VmInstance."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    clusterUuid: str
    hostUuid: str
    lastHostUuid: str
    description: str
    imageUuid: str
    instanceOfferingUuid: str
    platform: str
    architecture: str
    defaultL3NetworkUuid: str
    type: str
    hypervisorType: str
    memorySize: int
    reservedMemorySize: int
    cpuNum: int
    cpuSpeed: int
    allocatorStrategy: str
    state: str
    guestOsType: str
    vmNics: list[Any]


class VmNicAllowedAddressPairInventory(TypedDict, total=False):
    """VmNicAllowedAddressPair."""

    uuid: str
    createDate: str
    lastOpDate: str
    vmNicUuid: str
    ip: str
    mac: str


class VmNicInventory(TypedDict, total=False):
    """VmNic."""

    uuid: str
    createDate: str
    lastOpDate: str
    vmInstanceUuid: str
    l3NetworkUuid: str
    mac: str
    ip: str
    netmask: str
    gateway: str
    deviceId: int
    internalName: str
    hypervisorType: str
    metaData: str
    ipVersion: int
    driverType: str
    type: str
    state: str
    usedIps: list[Any]


class VmNicSecurityGroupRefInventory(TypedDict, total=False):
    """VmNicSecurityGroupRef."""

    uuid: str
    createDate: str
    lastOpDate: str
    vmNicUuid: str
    securityGroupUuid: str
    vmInstanceUuid: str
    priority: int


class VmNicSecurityPolicyInventory(TypedDict, total=False):
    """VmNicSecurityPolicy."""

    uuid: str
    createDate: str
    lastOpDate: str
    vmNicUuid: str
    ingressPolicy: str
    egressPolicy: str


class VniRangeInventory(TypedDict, total=False):
    """VniRange."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    l2NetworkUuid: str
    startVni: int
    endVni: int
    description: str


class VpcDistributedRoutingInventory(TypedDict, total=False):
    """VpcDistributedRouting."""

    uuid: str
    createDate: str
    lastOpDate: str
    routerUuid: str


class VpcRouterDnsInventory(TypedDict, total=False):
    """VpcRouterDns."""

    uuid: str
    createDate: str
    lastOpDate: str
    vpcRouterUuid: str
    dns: str


class VpcRouterVmInventory(TypedDict, total=False):
    """VpcRouterVm."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    clusterUuid: str
    hostUuid: str
    lastHostUuid: str
    description: str
    imageUuid: str
    instanceOfferingUuid: str
    platform: str
    architecture: str
    defaultL3NetworkUuid: str
    type: str
    hypervisorType: str
    memorySize: int
    reservedMemorySize: int
    cpuNum: int
    cpuSpeed: int
    allocatorStrategy: str
    state: str
    guestOsType: str
    applianceVmType: str
    managementNetworkUuid: str
    publicNetworkUuid: str
    defaultRouteL3NetworkUuid: str
    status: str
    agentPort: int
    haStatus: str
    vmNics: list[Any]
    dns: list[Any]


class VpcSharedQosInventory(TypedDict, total=False):
    """VpcSharedQos."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    l3NetworkUuid: str
    bandwidth: int
    vpcUuid: str
    description: str
    vips: list[Any]


class VpcSharedQosRefVipInventory(TypedDict, total=False):
    """VpcSharedQosRefVip."""

    uuid: str
    createDate: str
    lastOpDate: str
    vipUuid: str
    sharedQosUuid: str


class VpcSnatStateInventory(TypedDict, total=False):
    """VpcSnatState."""

    uuid: str
    createDate: str
    lastOpDate: str
    vpcUuid: str
    l3NetworkUuid: str
    state: str


class VtepInventory(TypedDict, total=False):
    """Vtep."""

    uuid: str
    createDate: str
    lastOpDate: str
    hostUuid: str
    poolUuid: str
    vtepIp: str
    port: int
    type: str
    physicalInterface: str


class VxlanNetworkInventory(TypedDict, total=False):
    """VxlanNetwork."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    type: str
    physicalInterface: str
    description: str
    vSwitchType: str
    virtualNetworkId: int
    isolated: bool
    pvlan: str
    vlan: int
    vni: int
    poolUuid: str
    attachedClusterUuids: list[Any]


class VxlanNetworkPoolInventory(TypedDict, total=False):
    """VxlanNetworkPool."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    zoneUuid: str
    type: str
    physicalInterface: str
    description: str
    vSwitchType: str
    virtualNetworkId: int
    isolated: bool
    pvlan: str
    vlan: int
    vni: int
    poolUuid: str
    attachedClusterUuids: list[Any]
    attachedVtepRefs: list[Any]
    remoteVteps: list[Any]
    attachedVxlanNetworkRefs: list[Any]
    attachedVniRanges: list[Any]
    attachedCidrs: dict[str, Any]


class WireGuardConnectionInventory(TypedDict, total=False):
    """WireGuardConnection."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    vipUuid: str
    vipIp: str
    listenPort: int
    publicKey: str
    l3NetworkUuids: list[str]
    description: str
    address: str
    state: str
    peers: list[Any]


class WireGuardPeerInventory(TypedDict, total=False):
    """WireGuardPeer."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    connectionUuid: str
    publicKey: str
    allowedCidrs: list[str]
    description: str
    endpoint: str
    persistentKeepalive: int
    state: str


class ZoneInventory(TypedDict, total=False):
    """Zone."""

    uuid: str
    createDate: str
    lastOpDate: str
    name: str
    description: str
    state: str
    type: str
    isDefault: bool
