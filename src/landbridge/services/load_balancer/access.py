"""What a listener presents, and whom it lets in."""

from collections.abc import Sequence

from landbridge.core.view import Tx, View
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer.documents import LoadBalancerListener
from landbridge.services.load_balancer.documents_access import (
    AccessControlList,
    AccessControlListEntry,
    Certificate,
    ListenerAcl,
    ListenerCertificate,
)
from landbridge.services.load_balancer.rules import named

REDIRECT, REDIRECT_RULE, IP_ENTRY = "redirect", "RedirectRule", "IpEntry"
"""The type of a list at a listener that leads requests somewhere; the types of entries."""
_USUAL_POLICY = "tls_cipher_policy_default"


def policy(protocol: str, given: str | None) -> str | None:
    """Of TLS.  SYS.1007 when the listener has none."""
    if protocol == "https":
        return given or _USUAL_POLICY
    if given is not None:
        raise argerr(f"securityPolicyType[{given}] is for listeners of https, this one is {protocol}")
    return None


def present(tx: Tx, listener: LoadBalancerListener, certificate_uuid: str) -> None:
    """From now on.  SYS.1007 when it is not of https, SYS.1006 when it presents it already."""
    if listener.protocol != "https":
        raise argerr(f"{named(listener)} is of {listener.protocol}: a certificate is for https")
    certificate = tx.need(Certificate, certificate_uuid)
    if any(
        ref.certificate_uuid == certificate.uuid for ref in tx.find(ListenerCertificate, listener_uuid=listener.uuid)
    ):
        raise operr(
            f"{named(listener)} presents certificate[uuid:{certificate.uuid}, name:{certificate.name}] already"
        )
    tx.put(ListenerCertificate(uuid=tx.new_uuid(), listener_uuid=listener.uuid, certificate_uuid=certificate.uuid))


def acl_named(acl: AccessControlList) -> str:
    """As errors name it."""
    return f"access control list[uuid:{acl.uuid}, name:{acl.name}]"


def rule_of(view: View, acl_uuid: str) -> AccessControlListEntry | None:
    """The redirect rule of a list; None when it has none."""
    entries = view.find(AccessControlListEntry, acl_uuid=acl_uuid)
    return next((entry for entry in entries if entry.type == REDIRECT_RULE), None)


def heed(tx: Tx, listener: LoadBalancerListener, acl_uuids: Sequence[str], kind: str) -> None:
    """From now on let in whom lists say.

    SYS.1007 for a list twice, lists of two types, one that has a redirect rule, or more than the cloud's settings
    allow.
    """
    known = [ref for ref in tx.find(ListenerAcl, listener_uuid=listener.uuid) if ref.type != REDIRECT]
    most = int(tx.config("loadBalancer", "aclMaxCount"))
    if len(known) + len(acl_uuids) > most:
        raise argerr(f"{named(listener)} would heed more than {most} access control lists: remove some first")
    if any(ref.type != kind for ref in known):
        raise argerr(f"{named(listener)} heeds lists of type {known[0].type}: remove them first, or choose that type")
    present = {ref.acl_uuid for ref in known}
    for uuid in acl_uuids:
        acl = tx.need(AccessControlList, uuid)
        if uuid in present:
            raise argerr(f"{named(listener)} heeds {acl_named(acl)} already")
        if rule_of(tx, uuid) is not None:
            raise argerr(f"{acl_named(acl)} has a redirect rule: its type is {REDIRECT}, not {kind}")
        present.add(uuid)
        tx.put(ListenerAcl(uuid=tx.new_uuid(), listener_uuid=listener.uuid, acl_uuid=uuid, type=kind))
