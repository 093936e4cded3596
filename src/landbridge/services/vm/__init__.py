"""VMs: their life, their NICs, their place on a host.  Vrouters share the life cycle."""

from landbridge.core.service import Service
from landbridge.model.documents.vm import VM_INSTANCE, VM_NIC
from landbridge.services.vm import actions_create, actions_life, actions_nic, continuations, hostname
from landbridge.services.vm.project import INSTANCE, PORT

SERVICE = Service(
    name="vm",
    kinds=(VM_INSTANCE, VM_NIC),
    actions=(*actions_create.ACTIONS, *actions_life.ACTIONS, *actions_nic.ACTIONS, *hostname.ACTIONS),
    projections=(INSTANCE, PORT),
    done=continuations.DONE,
    failed=continuations.FAILED,
)
