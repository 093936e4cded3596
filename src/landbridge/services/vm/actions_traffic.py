"""What passes and what is dropped at VMs' NICs: counters, and drops as they happen.  The hosts are asked."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from landbridge.core.api import P, Request, action
from landbridge.core.headers import headers
from landbridge.core.inventory import format_date
from landbridge.core.lifecycle import require_state
from landbridge.core.nics import is_shown, nics_of
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.model.documents.vm import VM_INSTANCE, VM_NIC, VmInstance, VmNic
from landbridge.model.drops import DropReason
from landbridge.model.errors import argerr, notfound
from landbridge.model.questions.ports import (
    AcceptCount,
    AskDrops,
    AskPortCounts,
    DropCount,
    DroppedPacket,
    DroppedPackets,
    PortCounts,
    PortCountsList,
)

MAX_WAIT = 30
"""Seconds."""
_ANSWER_SECONDS = 10.0
_BY_GROUPS = (DropReason.EGRESS, DropReason.INGRESS, DropReason.REVOKED)
_ABOUT_MACS = (DropReason.SOURCE_MAC, DropReason.OTHER_MAC, DropReason.RESERVED_MAC, DropReason.OTHER_PROTOCOL)


class GetVmNicCounters(Request, kw_only=True):
    """What has passed and what was dropped at NICs, by reason and rule; asks the hosts.

    Counted since the NIC was plugged. A NIC that is plugged nowhere is not listed.
    """

    vm_nic_uuids: Annotated[list[str] | None, P(help="these NICs", ref=VM_NIC.vo)] = None
    vm_instance_uuid: Annotated[str | None, P(help="all NICs of this VM or vrouter", ref=VM_INSTANCE.vo)] = None


class GetVmNicDrops(Request, kw_only=True):
    """What is being dropped at a NIC, or at all NICs of a VM or vrouter, and why; asks the host.

    Answered when there is something, or after `wait` seconds. The answer's `cursor` goes into the next call. Nothing
    is recorded before the first call, nor 15 seconds after the last one.
    """

    vm_instance_uuid: Annotated[str | None, P(help="at all NICs of this VM or vrouter", ref=VM_INSTANCE.vo)] = None
    vm_nic_uuid: Annotated[str | None, P(help="at this NIC", ref=VM_NIC.vo)] = None
    cursor: Annotated[str | None, P(help="of the last answer; without: what the host remembers", max=2048)] = None
    wait: Annotated[int, P(help="seconds to wait for something", low=0, high=MAX_WAIT)] = 0


def get_counters(ctx: Context, req: GetVmNicCounters) -> Outcome:
    """Of several NICs, a host that is away is named in `unanswered`; of one VM it is the error."""
    if req.vm_nic_uuids is None and req.vm_instance_uuid is None:
        raise argerr("vmNicUuids and vmInstanceUuid cannot both be missing: give one")
    named = [ctx.tx.need(VmNic, uuid) for uuid in dict.fromkeys(req.vm_nic_uuids or ())]
    of_vm = nics_of(ctx.tx, req.vm_instance_uuid) if req.vm_instance_uuid is not None else named
    wanted = set(req.vm_nic_uuids or (nic.uuid for nic in of_vm))
    nics = {nic.uuid: nic for nic in of_vm if nic.uuid in wanted and nic.host_uuid and is_shown(ctx, nic)}
    hosts = dict.fromkeys(nic.host_uuid for nic in nics.values())
    return Outcome(
        asked=Asked(
            asks=tuple(Ask(host, AskPortCounts(nic_uuids=_on(host, nics.values()))) for host in hosts),
            merge=partial(_counters, nics),
            partial=req.vm_instance_uuid is None,
        )
    )


def get_drops(ctx: Context, req: GetVmNicDrops) -> Outcome:
    """VM.1010 unless the VM runs; SYS.1003, too, for a VM of somebody else."""
    nics = {nic.uuid: nic for nic in _watched(ctx, req)}
    hosts = {nic.host_uuid for nic in nics.values() if nic.host_uuid}
    question = AskDrops(nic_uuids=tuple(nics), cursor=req.cursor or "", wait_seconds=req.wait)
    return Outcome(
        asked=Asked(
            asks=tuple(Ask(host, question) for host in hosts),
            merge=partial(_drops, nics, req.cursor or ""),
            seconds=req.wait + _ANSWER_SECONDS,
        )
    )


def _watched(ctx: Context, req: GetVmNicDrops) -> list[VmNic]:
    """The NICs that are meant: all of one VM, which runs."""
    if req.vm_nic_uuid is None and req.vm_instance_uuid is None:
        raise argerr("vmInstanceUuid and vmNicUuid cannot both be missing: give one")
    if req.vm_nic_uuid is None:
        vm = ctx.tx.need(VmInstance, req.vm_instance_uuid)
        nics = nics_of(ctx.tx, vm.uuid)
        if not ctx.sees(vm.uuid):
            raise notfound("vmInstanceUuid", vm.uuid, VM_INSTANCE.vo)
    else:
        nic = ctx.tx.need(VmNic, req.vm_nic_uuid)
        vm, nics = ctx.tx.need(VmInstance, nic.vm_instance_uuid), [nic]
        if req.vm_instance_uuid not in (None, vm.uuid):
            raise argerr(f"vmNicUuid[{nic.uuid}] is a NIC of VM[uuid:{vm.uuid}], not of {req.vm_instance_uuid}")
        if not is_shown(ctx, nic):
            raise notfound("vmNicUuid", nic.uuid, VM_NIC.vo)
    require_state(vm, "Running")
    return nics


def _on(host: str, nics: Collection[VmNic]) -> tuple[str, ...]:
    return tuple(nic.uuid for nic in nics if nic.host_uuid == host)


def _counters(nics: Mapping[str, VmNic], answers: Sequence[Answered]) -> Mapping[str, Any]:
    """In the order of the NICs."""
    found = {
        counts.nic_uuid: counts
        for answer in answers
        if isinstance(answer.value, PortCountsList)
        for counts in answer.value.ports
    }
    return {"inventories": [_nic_row(nic, found[uuid]) for uuid, nic in nics.items() if uuid in found]}


def _nic_row(nic: VmNic, counts: PortCounts) -> dict[str, Any]:
    return {
        "vmNicUuid": nic.uuid,
        "vmInstanceUuid": nic.vm_instance_uuid,
        "hostUuid": nic.host_uuid,
        "ip": nic.ip,
        "sentPackets": counts.sent_packets,
        "sentBytes": counts.sent_bytes,
        "receivedPackets": counts.received_packets,
        "receivedBytes": counts.received_bytes,
        "droppedPackets": sum(drops.packets for drops in counts.drops),
        "drops": [
            _why(drops.reason, drops) | _count(drops) for drops in sorted(counts.drops, key=lambda one: -one.packets)
        ],
        "accepted": [
            _rule(accepted) | _count(accepted) for accepted in sorted(counts.accepted, key=lambda one: -one.packets)
        ],
    }


def _count(counted: DropCount | AcceptCount) -> dict[str, Any]:
    return {"packets": counted.packets, "bytes": counted.bytes}


def _drops(nics: Mapping[str, VmNic], cursor: str, answers: Sequence[Answered]) -> Mapping[str, Any]:
    """One host answers: all NICs are of one VM."""
    found = next((answer.value for answer in answers if isinstance(answer.value, DroppedPackets)), None)
    if found is None:  # no NIC is plugged
        return {"inventories": [], "cursor": cursor, "lost": 0}
    rows = [_drop_row(nics[drop.nic_uuid], drop) for drop in found.drops if drop.nic_uuid in nics]
    return {"inventories": rows, "cursor": found.cursor, "lost": found.lost}


def _drop_row(nic: VmNic, drop: DroppedPacket) -> dict[str, Any]:
    frame = headers(drop.head)
    milliseconds = int(1000 * drop.time)
    known = {
        "sourceMac": frame.source_mac,
        "destinationMac": frame.destination_mac,
        "vlans": list(frame.vlans) or None,
        "protocol": frame.protocol,
        "sourceIp": frame.source,
        "destinationIp": frame.destination,
        "sourcePort": frame.source_port,
        "destinationPort": frame.destination_port,
    }
    return {
        "date": format_date(milliseconds),
        "timestamp": milliseconds,
        "vmNicUuid": nic.uuid,
        "vmInstanceUuid": nic.vm_instance_uuid,
        "direction": "Egress" if drop.egress else "Ingress",
        **_why(drop.reason, drop),
        "summary": frame.text(macs=drop.reason in _ABOUT_MACS),
        "length": drop.length,
        **{key: value for key, value in known.items() if value is not None},
    }


def _why(reason: DropReason, decided: DropCount | DroppedPacket) -> dict[str, Any]:
    """The reason in words; for security groups, what decided."""
    shown: dict[str, Any] = {"reason": reason.name, "description": reason.sentence}
    return shown | _rule(decided) if reason in _BY_GROUPS else shown


def _rule(decided: DropCount | AcceptCount | DroppedPacket) -> dict[str, Any]:
    """A rule, or the NIC's policy, for no rule has matched.  A rule that is gone since has no uuid."""
    shown = {"decidedBy": "Rule" if decided.rule else "Policy"}
    return shown | ({"ruleUuid": decided.rule_uuid} if decided.rule_uuid is not None else {})


ACTIONS = (
    action("GetVmNicCounters", "GET", "/vm-instances/nics/counters", get_counters, GetVmNicCounters,
           message="org.landbridge.APIGetVmNicCountersMsg", mode="sync", result="body",
           fields=(("inventories", "array"), ("unanswered", "array"))),
    action("GetVmNicDrops", "GET", "/vm-instances/nics/drops", get_drops, GetVmNicDrops,
           message="org.landbridge.APIGetVmNicDropsMsg", mode="sync", result="body",
           fields=(("inventories", "array"), ("cursor", "string"), ("lost", "integer"))),
)  # fmt: skip
