"""Certificates, and which of them listeners present."""

from typing import Annotated

from landbridge.core import pem
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_vip
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer import access
from landbridge.services.load_balancer.documents import LISTENER, LoadBalancerListener
from landbridge.services.load_balancer.documents_access import CERTIFICATE, Certificate, ListenerCertificate
from landbridge.services.load_balancer.rules import named, vip_of

_PACKAGE = "org.zstack.network.service.lb"


class CreateCertificate(CreateRequest, kw_only=True):
    """Keep a certificate for listeners of https; its private key is never shown again."""

    name: Annotated[str, P(help="display name", max=255)]
    certificate: Annotated[str, P(help="PEM: the certificate, its chain, its private key", max=60000, secret=True)]
    description: Annotated[str | None, P(max=2048)] = None


class UpdateCertificate(Request, kw_only=True):
    """Change a certificate's name or description."""

    uuid: Annotated[str, P(help="the certificate", ref=CERTIFICATE.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteCertificate(DeleteRequest, kw_only=True):
    """Delete a certificate that no listener presents."""


class AddCertificateToLoadBalancerListener(Request, kw_only=True):
    """Present a certificate; the first is for clients whose name is in none of the others (SNI)."""

    certificate_uuid: Annotated[str, P(help="the certificate", ref=CERTIFICATE.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="a listener of https", ref=LISTENER.vo)]


class RemoveCertificateFromLoadBalancerListener(Request, kw_only=True):
    """Present a certificate no longer; without any, the listener is closed."""

    certificate_uuid: Annotated[str, P(help="the certificate", ref=CERTIFICATE.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


def create(ctx: Context, req: CreateCertificate) -> Outcome:
    """SYS.1007 unless it is a certificate with its own private key."""
    try:
        found = pem.identity(req.certificate)
    except ValueError as error:
        raise argerr(f"certificate[{req.name}] cannot be used: {error}") from error
    made = Certificate(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        description=req.description,
        certificate=found.chain,
        private_key=found.key,
    )
    ctx.tx.put(made)
    return Outcome(inventory=(CERTIFICATE, made.uuid))


def update(ctx: Context, req: UpdateCertificate) -> Outcome:
    """Absent parameters stay as they are."""
    certificate = ctx.tx.need(Certificate, req.uuid)
    rename(certificate, req)
    ctx.tx.put(certificate)
    return Outcome(inventory=(CERTIFICATE, certificate.uuid))


def delete(ctx: Context, req: DeleteCertificate) -> Outcome:
    """SYS.1006 while a listener presents it."""
    ctx.tx.delete(ctx.tx.need(Certificate, req.uuid))
    return Outcome()


def add(ctx: Context, req: AddCertificateToLoadBalancerListener) -> Outcome:
    """What `access.present` raises."""
    listener = ctx.tx.need(LoadBalancerListener, req.listener_uuid)
    access.present(ctx.tx, listener, req.certificate_uuid)
    return at_vip(ctx.tx, vip_of(ctx.tx, listener.load_balancer_uuid).uuid, (LISTENER, listener.uuid))


def remove(ctx: Context, req: RemoveCertificateFromLoadBalancerListener) -> Outcome:
    """SYS.1006 when it does not present it."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    refs = [ref for ref in tx.find(ListenerCertificate, listener_uuid=listener.uuid)
            if ref.certificate_uuid == req.certificate_uuid]  # fmt: skip
    if not refs:
        raise operr(f"{named(listener)} does not present certificate[uuid:{req.certificate_uuid}]")
    for ref in refs:
        tx.delete(ref)
    return at_vip(tx, vip_of(tx, listener.load_balancer_uuid).uuid, (LISTENER, listener.uuid))


_OF_LISTENER = "/load-balancers/listeners/{listenerUuid}/certificate"
ACTIONS = (
    action("CreateCertificate", "POST", "/certificates", create, CreateCertificate,
           message=f"{_PACKAGE}.APICreateCertificateMsg", kind=CERTIFICATE),
    action("UpdateCertificate", "PUT", "/certificates/{uuid}/actions", update, UpdateCertificate,
           message=f"{_PACKAGE}.APIUpdateCertificateMsg", kind=CERTIFICATE),
    action("DeleteCertificate", "DELETE", "/certificates/{uuid}", delete, DeleteCertificate,
           message=f"{_PACKAGE}.APIDeleteCertificateMsg", result="none", absent_ok=("uuid", CERTIFICATE.vo)),
    action("AddCertificateToLoadBalancerListener", "POST", _OF_LISTENER, add,
           AddCertificateToLoadBalancerListener,
           message=f"{_PACKAGE}.APIAddCertificateToLoadBalancerListenerMsg", kind=LISTENER),
    action("RemoveCertificateFromLoadBalancerListener", "DELETE", _OF_LISTENER, remove,
           RemoveCertificateFromLoadBalancerListener,
           message=f"{_PACKAGE}.APIRemoveCertificateFromLoadBalancerListenerMsg", kind=LISTENER),
    query("QueryCertificate", "/certificates", CERTIFICATE, message=f"{_PACKAGE}.APIQueryCertificateMsg",
          help="Find certificates."),
)  # fmt: skip
