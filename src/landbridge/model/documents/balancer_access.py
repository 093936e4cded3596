"""What listeners of load balancers present and whom they let in: certificates, access control lists."""

from landbridge.model.documents.load_balancer import LoadBalancerListener
from landbridge.model.resource import Kind, Ref, Relation, Resource


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
    """Addresses of clients."""

    name: str
    description: str | None = None
    ip_version: int = 4


class AccessControlListEntry(Resource, kw_only=True):
    """Part of a list.  `ip_entries`: addresses, CIDRs and ranges with commas between."""

    acl_uuid: str
    ip_entries: str
    type: str = "IpEntry"
    description: str | None = None


class ListenerAcl(Resource, kw_only=True):
    """A listener lets only those of a list in (white), or all but them (black)."""

    listener_uuid: str
    acl_uuid: str
    type: str


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
    owned=False,
)

ACL = Kind(
    vo="AccessControlListVO",
    doc=AccessControlList,
    java=f"{_ACL}.AccessControlListInventory",
    indexes=("name",),
    relations={"entries": Relation("AccessControlListEntryVO", "uuid", "aclUuid", nested=True)},
)

ACL_ENTRY = Kind(
    vo="AccessControlListEntryVO",
    doc=AccessControlListEntry,
    java=f"{_ACL}.AccessControlListEntryInventory",
    indexes=("aclUuid",),
    refs=(Ref("aclUuid", AccessControlList, "ignore"),),
    relations={"acl": Relation("AccessControlListVO", "aclUuid", "uuid")},
    owned=False,
)

LISTENER_ACL = Kind(
    vo="LoadBalancerListenerACLRefVO",
    doc=ListenerAcl,
    java=f"{_LB}.LoadBalancerListenerACLRefInventory",
    indexes=("listenerUuid", "aclUuid"),
    refs=(
        Ref("listenerUuid", LoadBalancerListener, "ignore"),
        Ref("aclUuid", AccessControlList, "refuse", "a listener heeds it"),
    ),
    relations={
        "acl": Relation("AccessControlListVO", "aclUuid", "uuid"),
        "listener": Relation("LoadBalancerListenerVO", "listenerUuid", "uuid"),
    },
    owned=False,
)

KINDS = (CERTIFICATE, LISTENER_CERTIFICATE, ACL, ACL_ENTRY, LISTENER_ACL)
