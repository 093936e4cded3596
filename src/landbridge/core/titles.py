"""How errors name machines."""

from landbridge.model.documents.vm import APPLIANCE_VM, VmInstance


def is_router(vm: VmInstance) -> bool:
    """Whether it is a vrouter."""
    return vm.type == APPLIANCE_VM


def title(vm: VmInstance) -> str:
    """A VM or a vrouter."""
    return f"{'vrouter' if is_router(vm) else 'VM'}[uuid:{vm.uuid}, name:{vm.name}]"
