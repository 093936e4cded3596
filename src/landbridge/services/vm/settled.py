"""A continuation's VM, unless a later operation has won.

A continuation names the VM's `boot` and the state that it was in.  If that is not so any more (a destroy), the
job ends with SYS.1017 instead of meddling.
"""

from collections.abc import Mapping
from typing import Any

from landbridge.core.view import Tx
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import ApiError

Args = Mapping[str, Any]


def current(tx: Tx, args: Args) -> VmInstance | None:
    """The VM, unless something else has happened to it since."""
    vm = tx.get(VmInstance, args["uuid"])
    return vm if vm is not None and (vm.boot, vm.state) == (args["boot"], args["state"]) else None


def need(tx: Tx, args: Args) -> VmInstance:
    """The same.  SYS.1017 if something else has happened to it."""
    vm = current(tx, args)
    if vm is None:
        raise ApiError("SYS.1017", f"VM[uuid:{args['uuid']}] was changed by a later operation before this one ended")
    return vm
