"""Port forwarding rules: created on a VIP, attached to VMs' NICs, detached, deleted."""

from ipaddress import IPv4Network
from typing import Annotated

from landbridge.core import nat, vips
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.attached import Attached, attached
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.documents.vm import VM_NIC
from landbridge.model.errors import argerr
from landbridge.services.port_forwarding.document import PORT_FORWARDING_RULE, PortForwardingRule
from landbridge.services.port_forwarding.translations import RULES, USE, overlap, ports_of, refusal

_PACKAGE = "org.zstack.network.service.portforwarding"


class CreatePortForwardingRule(CreateRequest, kw_only=True):
    """Lead ports of a VIP to ports of a VM, or of none yet."""

    vip_uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    vip_port_start: Annotated[int, P(help="first port of the VIP", low=1, high=vips.LAST_PORT)]
    vip_port_end: Annotated[int | None, P(help="last one; the first", low=1, high=vips.LAST_PORT)] = None
    private_port_start: Annotated[
        int | None, P(help="first port of the VM; the VIP's", low=1, high=vips.LAST_PORT)
    ] = None
    private_port_end: Annotated[int | None, P(help="last one", low=1, high=vips.LAST_PORT)] = None
    protocol_type: Annotated[str, P(help="TCP or UDP", values=vips.PROTOCOLS)]
    vm_nic_uuid: Annotated[str | None, P(help="the VM's NIC", ref=VM_NIC.vo)] = None
    allowed_cidr: Annotated[str | None, P(help="only from these addresses, a CIDR")] = None
    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None


class AttachPortForwardingRule(Request, kw_only=True):
    """Lead a rule's ports to a VM's NIC."""

    rule_uuid: Annotated[str, P(help="the rule", ref=PORT_FORWARDING_RULE.vo)]
    vm_nic_uuid: Annotated[str, P(help="the VM's NIC", ref=VM_NIC.vo)]


class DetachPortForwardingRule(Request, kw_only=True):
    """Lead a rule's ports nowhere; connections through them end."""

    uuid: Annotated[str, P(help="the rule", ref=PORT_FORWARDING_RULE.vo)]


class UpdatePortForwardingRule(Request, kw_only=True):
    """Change a rule's name or description."""

    uuid: Annotated[str, P(help="the rule", ref=PORT_FORWARDING_RULE.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class ChangePortForwardingRuleState(Request, kw_only=True):
    """Enable or disable a rule; a disabled one carries nothing."""

    uuid: Annotated[str, P(help="the rule", ref=PORT_FORWARDING_RULE.vo)]
    state_event: Annotated[str, P(help="enable or disable", values=("enable", "disable"))]


class DeletePortForwardingRule(DeleteRequest, kw_only=True):
    """Delete a rule; its ports are free."""


class GetPortForwardingAttachableVmNics(Request, kw_only=True):
    """NICs that a rule may lead to."""

    rule_uuid: Annotated[str, P(help="the rule", ref=PORT_FORWARDING_RULE.vo)]


class GetVpcAttachedPortForwardingRules(Attached, kw_only=True):
    """The port forwarding rules that a vrouter carries out."""


def create(ctx: Context, req: CreatePortForwardingRule) -> Outcome:
    """SYS.1007 for ports that another rule has, SYS.1006 for any other service's."""
    tx = ctx.tx
    vip = tx.need(Vip, req.vip_uuid)
    vips.require_enabled(vip)
    rule = _rule(req, req.resource_uuid or tx.new_uuid(), vip)
    error = overlap(tx, rule)
    if error:
        raise error
    return RULES.create(tx, rule, req.vm_nic_uuid, ports_of(rule))


def attach(ctx: Context, req: AttachPortForwardingRule) -> Outcome:
    """SYS.1006 when it is attached or disabled; the rest as `translations.refusal` says."""
    return RULES.attach(ctx.tx, req.rule_uuid, req.vm_nic_uuid)


def detach(ctx: Context, req: DetachPortForwardingRule) -> Outcome:
    """SYS.1006 when it is attached to nothing."""
    return RULES.detach(ctx.tx, req.uuid)


def update(ctx: Context, req: UpdatePortForwardingRule) -> Outcome:
    """Absent parameters stay as they are."""
    return RULES.update(ctx.tx, req.uuid, req)


def change_state(ctx: Context, req: ChangePortForwardingRuleState) -> Outcome:
    """It keeps its NIC and its ports."""
    return RULES.change_state(ctx.tx, req.uuid, req.state_event)


def delete(ctx: Context, req: DeletePortForwardingRule) -> Outcome:
    """The job ends when its vrouter no longer does it."""
    return RULES.delete(ctx.tx, req.uuid)


def nics(ctx: Context, req: GetPortForwardingAttachableVmNics) -> Outcome:
    """None while the rule is attached."""
    rule = ctx.tx.need(PortForwardingRule, req.rule_uuid)
    fitting = (nic.uuid for nic in nat.user_nics(ctx) if refusal(ctx.tx, rule, nic) is None)
    return Outcome(inventories=(VM_NIC, tuple(fitting) if rule.vm_nic_uuid is None else ()))


def _rule(req: CreatePortForwardingRule, uuid: str, vip: Vip) -> PortForwardingRule:
    """With its ports made out; SYS.1007 when they do not fit together."""
    first = req.vip_port_start
    last = first if req.vip_port_end is None else req.vip_port_end
    private_first = first if req.private_port_start is None else req.private_port_start
    private_last = private_first + last - first if req.private_port_end is None else req.private_port_end
    if last < first or private_last < private_first:
        raise argerr(f"ports {first}-{last} or {private_first}-{private_last} end before they begin")
    if last - first != private_last - private_first:
        raise argerr(
            f"vip ports {first}-{last} and private ports {private_first}-{private_last} must be as many of either"
        )
    if private_last > vips.LAST_PORT:
        raise argerr(f"private ports {private_first}-{private_last} go beyond {vips.LAST_PORT}")
    return PortForwardingRule(
        uuid=uuid,
        name=req.name,
        description=req.description,
        vip_uuid=vip.uuid,
        vip_ip=vip.ip,
        vip_port_start=first,
        vip_port_end=last,
        private_port_start=private_first,
        private_port_end=private_last,
        protocol_type=req.protocol_type,
        allowed_cidr=_cidr(req.allowed_cidr),
    )


def _cidr(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(IPv4Network(text, strict=False)) if "/" in text else _not_cidr(text)
    except ValueError:
        return _not_cidr(text)


def _not_cidr(text: str) -> str:
    raise argerr(f"allowedCidr[{text}] is not an IPv4 CIDR like 192.0.2.0/24")


ACTIONS = (
    action("CreatePortForwardingRule", "POST", "/port-forwarding", create, CreatePortForwardingRule,
           message=f"{_PACKAGE}.APICreatePortForwardingRuleMsg", kind=PORT_FORWARDING_RULE),
    action("AttachPortForwardingRule", "POST", "/port-forwarding/{ruleUuid}/vm-instances/nics/{vmNicUuid}", attach,
           AttachPortForwardingRule, message=f"{_PACKAGE}.APIAttachPortForwardingRuleMsg",
           kind=PORT_FORWARDING_RULE),
    action("DetachPortForwardingRule", "DELETE", "/port-forwarding/{uuid}/vm-instances/nics", detach,
           DetachPortForwardingRule, message=f"{_PACKAGE}.APIDetachPortForwardingRuleMsg",
           kind=PORT_FORWARDING_RULE),
    action("UpdatePortForwardingRule", "PUT", "/port-forwarding/{uuid}/actions", update, UpdatePortForwardingRule,
           message=f"{_PACKAGE}.APIUpdatePortForwardingRuleMsg", kind=PORT_FORWARDING_RULE),
    action("ChangePortForwardingRuleState", "PUT", "/port-forwarding/{uuid}/actions", change_state,
           ChangePortForwardingRuleState, message=f"{_PACKAGE}.APIChangePortForwardingRuleStateMsg",
           kind=PORT_FORWARDING_RULE),
    action("DeletePortForwardingRule", "DELETE", "/port-forwarding/{uuid}", delete, DeletePortForwardingRule,
           message=f"{_PACKAGE}.APIDeletePortForwardingRuleMsg", result="none",
           absent_ok=("uuid", PORT_FORWARDING_RULE.vo)),
    action("GetPortForwardingAttachableVmNics", "GET", "/port-forwarding/{ruleUuid}/vm-instances/candidate-nics",
           nics, GetPortForwardingAttachableVmNics,
           message=f"{_PACKAGE}.APIGetPortForwardingAttachableVmNicsMsg", mode="sync", result="inventories",
           kind=VM_NIC),
    attached(GetVpcAttachedPortForwardingRules, "attached-pf", PORT_FORWARDING_RULE, USE),
    query("QueryPortForwardingRule", "/port-forwarding", PORT_FORWARDING_RULE,
          message=f"{_PACKAGE}.APIQueryPortForwardingRuleMsg", help="Find port forwarding rules."),
)  # fmt: skip
