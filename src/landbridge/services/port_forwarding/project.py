"""Projection `forward`, key (rule,): ports of a VIP, translated by the vrouter of the machine's network."""

from collections.abc import Iterable, Iterator
from typing import Literal

from landbridge.core import nat, vips
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, View
from landbridge.model.documents.nat import PortForwardingRule
from landbridge.model.documents.vm import VmNic
from landbridge.model.router_node import PortForward


def translation(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing while it is disabled, attached to no NIC, or the network has no vrouter."""
    rule = view.get(PortForwardingRule, key[0])
    if rule is None or rule.state != "Enabled" or rule.guest_ip is None:
        return
    place = nat.place(view, rule)
    if place is None:
        return
    protocol: Literal["TCP", "UDP"] = "TCP" if rule.protocol_type == vips.TCP else "UDP"
    forward = PortForward(
        vip_ip=rule.vip_ip,
        protocol=protocol,
        first=rule.vip_port_start,
        last=rule.vip_port_end,
        guest_ip=rule.guest_ip,
        guest_first=rule.private_port_start,
        allowed=rule.allowed_cidr,
    )
    yield Placed(f"router:{place[0].uuid}", f"forward/{rule.uuid}", forward)


def _rule_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for rule in (change.old, change.new):
        if isinstance(rule, PortForwardingRule):
            yield (rule.uuid,)


def _nic_changed(view: View, change: Change) -> Iterable[SourceKey]:
    return nat.concerned(view, change, PortForwardingRule)


def keys(view: View) -> list[SourceKey]:
    """Every rule."""
    return [(rule.uuid,) for rule in view.find(PortForwardingRule)]


FORWARD = Projection(
    name="forward",
    project=translation,
    affected={PortForwardingRule: _rule_changed, VmNic: _nic_changed},
    keys=keys,
)
