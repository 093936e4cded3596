"""What listeners of load balancers present, whom they let in and where they send whom: certificates, lists."""

from landbridge.model.resource import Kind, Ref, Relation, Resource
from landbridge.services.load_balancer.documents import LoadBalancerListener, LoadBalancerServerGroup


class Certificate(Resource, kw_only=True):
    """A chain of certificates in PEM, the server's own first.  `private_key`, also PEM, is never shown."""

    name: str
    certificate: str
    private_key: str
    description: str | None = None


class ListenerCertificate(Resource, kw_only=True):
    """A listener presents a certificate."""

    listener_uuid: str
    certificate_uuid: str


class AccessControlList(Resource, kw_only=True):
    """Addresses of clients; or one rule, for which requests it is."""

    name: str
    description: str | None = None
    ip_version: int = 4


class AccessControlListEntry(Resource, kw_only=True):
    """Part of a list: an IpEntry, or the only one, a RedirectRule.

    ip_entries  addresses, CIDRs and ranges with commas between
    domain      of requests, which may begin with `*`; None: any
    url         what their path begins with; `/`: any
    """

    acl_uuid: str
    type: str
    ip_entries: str | None = None
    name: str | None = None
    domain: str | None = None
    url: str | None = None
    description: str | None = None


class ListenerAcl(Resource, kw_only=True):
    """A listener lets only those of a list in (white), or all but them (black), or leads them to a group (redirect).

    server_group_uuid  of redirect: one of the groups; there is a document for each of them
    """

    listener_uuid: str
    acl_uuid: str
    type: str
    server_group_uuid: str | None = None


_LB = "org.zstack.network.service.lb"
_ACL = "org.zstack.header.acl"

CERTIFICATE = Kind(
    vo="CertificateVO",
    doc=Certificate,
    java=f"{_LB}.CertificateInventory",
    indexes=("name",),
    internal=frozenset({"privateKey"}),
    relations={
        "listeners": Relation("LoadBalancerListenerCertificateRefVO", "uuid", "certificateUuid", nested=True),
        "listener": Relation("LoadBalancerListenerCertificateRefVO", "uuid", "certificateUuid"),
    },
    shareable=True,
)

LISTENER_CERTIFICATE = Kind(
    vo="LoadBalancerListenerCertificateRefVO",
    doc=ListenerCertificate,
    java=f"{_LB}.LoadBalancerListenerCertificateRefInventory",
    indexes=("listenerUuid", "certificateUuid"),
    refs=(
        Ref("listenerUuid", LoadBalancerListener, "ignore"),
        Ref("certificateUuid", Certificate, "refuse", "a listener presents it"),
    ),
    relations={
        "certificate": Relation("CertificateVO", "certificateUuid", "uuid"),
        "listener": Relation("LoadBalancerListenerVO", "listenerUuid", "uuid"),
    },
    within="listenerUuid",
)

ACL = Kind(
    vo="AccessControlListVO",
    doc=AccessControlList,
    java=f"{_ACL}.AccessControlListInventory",
    indexes=("name",),
    relations={"entries": Relation("AccessControlListEntryVO", "uuid", "aclUuid", nested=True)},
    shareable=True,
)

ACL_ENTRY = Kind(
    vo="AccessControlListEntryVO",
    doc=AccessControlListEntry,
    java=f"{_ACL}.AccessControlListEntryInventory",
    indexes=("aclUuid",),
    refs=(Ref("aclUuid", AccessControlList, "ignore"),),
    relations={"acl": Relation("AccessControlListVO", "aclUuid", "uuid")},
    within="aclUuid",
)

LISTENER_ACL = Kind(
    vo="LoadBalancerListenerACLRefVO",
    doc=ListenerAcl,
    java=f"{_LB}.LoadBalancerListenerACLRefInventory",
    indexes=("listenerUuid", "aclUuid", "serverGroupUuid"),
    refs=(
        Ref("listenerUuid", LoadBalancerListener, "ignore"),
        Ref("aclUuid", AccessControlList, "refuse", "a listener heeds it"),
        Ref("serverGroupUuid", LoadBalancerServerGroup, "refuse", "a list of type redirect leads to it"),
    ),
    relations={
        "acl": Relation("AccessControlListVO", "aclUuid", "uuid"),
        "listener": Relation("LoadBalancerListenerVO", "listenerUuid", "uuid"),
    },
    within="listenerUuid",
)

KINDS = (CERTIFICATE, LISTENER_CERTIFICATE, ACL, ACL_ENTRY, LISTENER_ACL)
