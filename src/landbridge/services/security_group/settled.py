"""How changes of groups and memberships end: when the hosts that they concern have applied them."""

from collections.abc import Iterable, Mapping
from typing import Any

from landbridge.core.lifecycle import RUN_STATES, require_host
from landbridge.core.membership import named
from landbridge.core.service import Failed, Outcome, Then, Wait
from landbridge.core.view import Tx, View
from landbridge.model.documents.security_group import SECURITY_GROUP, SecurityGroup
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError

CHANGE_FAILED = "security-group.change-failed"


def everywhere(group: SecurityGroup, **answer: Any) -> Outcome:
    """End when every connected host that has to do with the change reflects it.  `answer`: fields of the Outcome."""
    answer = answer or {"inventory": (SECURITY_GROUP, group.uuid)}
    return Outcome(everywhere=True, failed=_failed(named(group)), **answer)


def at_nics(view: View, nics: Iterable[VmNic], what: str, **answer: Any) -> Outcome:
    """End when the hosts of the NICs, and whoever else is concerned, reflect it.

    HOST.1010 at once when the host of a running VM is away.  `what`: what was changed, for errors.
    """
    vms = {nic.vm_instance_uuid: view.need(VmInstance, nic.vm_instance_uuid) for nic in nics}
    hosts = {require_host(view, vm).uuid for vm in vms.values() if vm.state in RUN_STATES}
    waits = tuple(Wait(host) for host in sorted(hosts))
    return Outcome(wait=waits, everywhere=True, failed=_failed(what), **answer)


def _failed(what: str) -> Then:
    return Then(CHANGE_FAILED, {"what": what})


def _change_failed(tx: Tx, args: Mapping[str, Any], error: ApiError) -> ApiError:
    """What is stored stays: the hosts make it so as soon as they can."""
    details = f"the change of {args['what']} is stored, but not every host has confirmed it yet"
    return ApiError("SYS.1006", details, cause=error)


FAILED: Mapping[str, Failed] = {CHANGE_FAILED: _change_failed}
