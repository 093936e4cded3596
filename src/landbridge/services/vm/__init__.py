"""VMs: their life, their NICs, their place on a host.  Vrouters share the life cycle."""

from landbridge.core.service import Service
from landbridge.model.documents.address_pair import ADDRESS_PAIR
from landbridge.model.documents.vm import NIC_CONNECTIONS, NIC_RELAY, USER_VM, VM_INSTANCE, VM_NIC, VmInstance
from landbridge.model.resource import Limit
from landbridge.services.vm import (
    actions_choice,
    actions_create,
    actions_life,
    actions_nic,
    actions_pair,
    actions_traffic,
    continuations,
    guard,
    hostname,
    move,
    unserved,
)
from landbridge.services.vm.defaults import SETTINGS
from landbridge.services.vm.names import NAME
from landbridge.services.vm.project import CONNECTIONS, INSTANCE, PORT, RELAY

_VMS = {"type": USER_VM}
_AT_REST = {"state": ("Created", "Stopped", "Destroyed")}
"""What holds neither CPU nor memory of a host."""

LIMITS = (
    Limit("vm.num", 20, "VMs that are not at rest", VmInstance, _VMS, _AT_REST),
    Limit("vm.totalNum", 20, "VMs", VmInstance, _VMS),
    Limit("vm.cpuNum", 80, "virtual CPUs of VMs that are not at rest", VmInstance, _VMS, _AT_REST, "cpuNum"),
    Limit(
        "vm.memorySize",
        80 << 30,
        "bytes of memory of VMs that are not at rest",
        VmInstance,
        _VMS,
        _AT_REST,
        "memorySize",
    ),
)


def _check_tag(tag: str) -> None:
    """SYS.1007 for a system tag of a VM that could not be read."""
    hostname.check_tags((tag,))
    guard.check_tags((tag,))


SERVICE = Service(
    name="vm",
    settings=SETTINGS,
    tag_checks={VM_INSTANCE.vo: _check_tag},
    kinds=(VM_INSTANCE, VM_NIC, ADDRESS_PAIR, NIC_RELAY, NIC_CONNECTIONS),
    actions=(
        *actions_create.ACTIONS,
        *actions_life.ACTIONS,
        *actions_nic.ACTIONS,
        *actions_pair.ACTIONS,
        *actions_traffic.ACTIONS,
        *move.ACTIONS,
        *guard.ACTIONS,
        *hostname.ACTIONS,
        *actions_choice.ACTIONS,
        *unserved.ACTIONS,
    ),
    limits=LIMITS,
    projections=(INSTANCE, PORT, RELAY, CONNECTIONS, NAME),
    done={**continuations.DONE, **move.DONE},
    failed={**continuations.FAILED, **move.FAILED},
)
