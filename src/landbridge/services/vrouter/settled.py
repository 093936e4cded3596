"""How the actions on a vrouter end: when its host has it so, or at once when it does not run."""

from landbridge.core.lifecycle import RUN_STATES, require_host
from landbridge.core.service import Outcome
from landbridge.core.view import View
from landbridge.core.waiting import wait_host
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.model.resource import Kind


def settled(view: View, router: VmInstance, kind: Kind = VPC_ROUTER) -> Outcome:
    """Answer with the vrouter as `kind`.  HOST.1010 at once when its host is away."""
    if router.state not in RUN_STATES:
        return Outcome(inventory=(kind, router.uuid))
    require_host(view, router)
    return wait_host(router, kind=kind)
