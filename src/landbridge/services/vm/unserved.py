"""What VMs of ZStack do and these do not: they have no disks, no screens and no spare NICs.

Each checks its parameters and then says what is missing and what to use instead.
"""

from typing import Annotated, Any

import msgspec

from landbridge.core.api import P, Request, unserved

_DISK = "this needs a disk; the drivers netns and external have none: what a VM starts from is on its host"
_SCREEN = (
    "this needs a screen; the drivers netns and external have none: `landbridge lab exec` runs a command in a VM"
)
_PAUSE = "the drivers netns and external cannot pause a VM: StopVmInstance and StartVmInstance keep its NICs"
_GUEST = "nothing is written into guests: they take addresses, routes and names by DHCP"
_DEVICE = "the drivers netns and external have one kind of device each: whoever made an external one chose it"
_LONE = "a NIC is made and deleted with its VM: use AttachL3NetworkToVm and DetachL3NetworkFromVm"


class ChangeVmImage(Request, kw_only=True):
    """Start a VM from another image."""

    vm_instance_uuid: str
    image_uuid: str
    resource_uuid: str | None = None
    tag_uuids: list[str] | None = None


class CloneVmInstance(Request, kw_only=True):
    """Copy a VM with its disks."""

    vm_instance_uuid: str
    names: Annotated[list[str], P(nonempty=True)]
    strategy: Annotated[str | None, P(values=("InstantStart", "JustCreate", "CreateStopped"))] = None
    vm_nic_params: list[Any] | None = None
    primary_storage_uuid_for_root_volume: str | None = None
    primary_storage_uuid_for_data_volume: str | None = None
    full: bool | None = None
    root_volume_system_tags: list[str] | None = None
    data_volume_system_tags: list[str] | None = None
    cluster_uuid: str | None = None
    host_uuid: str | None = None


class ReimageVmInstance(Request, kw_only=True):
    """Put a VM's disk back to its image."""

    vm_instance_uuid: Annotated[str, P(ref="VmInstanceVO")]


class GetVmBootOrder(Request, kw_only=True):
    """From what a VM boots."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]


class SetVmBootOrder(Request, kw_only=True):
    """Choose from what a VM boots."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]
    boot_order: list[Any] | None = None


class SetVmSshKey(Request, kw_only=True):
    """Put an SSH key onto a VM's disk."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]
    ssh_key: str = msgspec.field(name="SshKey")


class GetVmSshKey(Request, kw_only=True):
    """Read the SSH key on a VM's disk."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]


class DeleteVmSshKey(Request, kw_only=True):
    """Take the SSH key off a VM's disk."""

    uuid: str | None = None


class GetVmConsoleAddress(Request, kw_only=True):
    """Where a VM's screen is."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]


class RequestConsoleAccess(Request, kw_only=True):
    """Open a VM's screen."""

    vm_instance_uuid: Annotated[str, P(ref="VmInstanceVO")]


class PauseVmInstance(Request, kw_only=True):
    """Stop a VM's clock."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]


class ResumeVmInstance(Request, kw_only=True):
    """Let a paused VM go on."""

    uuid: Annotated[str, P(ref="VmInstanceVO")]


class UpdateVmNetworkConfig(Request, kw_only=True):
    """Write addresses into a guest."""

    vm_instance_uuid: str
    vm_nic_uuids: Annotated[list[str], P(nonempty=True)]


class UpdateVmNicDriver(Request, kw_only=True):
    """Choose what device a guest sees."""

    vm_instance_uuid: Annotated[str, P(ref="VmInstanceVO")]
    vm_nic_uuid: Annotated[str, P(ref="VmNicVO", nonempty=True)]
    driver_type: str


class CreateVmNic(Request, kw_only=True):
    """Make a NIC that no VM has yet."""

    l3_network_uuid: Annotated[str, P(ref="L3NetworkVO")]
    ip: str | None = None
    resource_uuid: str | None = None
    tag_uuids: list[str] | None = None


class DeleteVmNic(Request, kw_only=True):
    """Delete a NIC that no VM has."""

    uuid: Annotated[str, P(ref="VmNicVO")]
    delete_mode: Annotated[str | None, P(values=("Permissive", "Enforcing"))] = None


class AttachVmNicToVm(Request, kw_only=True):
    """Give a VM a NIC that was made before."""

    vm_nic_uuid: Annotated[str, P(ref="VmNicVO")]
    vm_instance_uuid: Annotated[str, P(ref="VmInstanceVO")]


class AttachL3NetworkToVmNic(Request, kw_only=True):
    """Give a NIC an address of one more network."""

    vm_nic_uuid: Annotated[str, P(ref="VmNicVO")]
    l3_network_uuid: Annotated[str, P(ref="L3NetworkVO")]
    static_ip: str | None = None


ACTIONS = (
    unserved(
        "ChangeVmImage",
        "PUT",
        "/vm-instances/{vmInstanceUuid}/actions",
        ChangeVmImage,
        _DISK,
        message="org.zstack.header.vm.APIChangeVmImageMsg",
    ),
    unserved(
        "CloneVmInstance",
        "PUT",
        "/vm-instances/{vmInstanceUuid}/actions",
        CloneVmInstance,
        _DISK,
        message="org.zstack.header.vm.APICloneVmInstanceMsg",
        result="body",
        fields=(("result", "object"),),
    ),
    unserved(
        "ReimageVmInstance",
        "PUT",
        "/vm-instances/{vmInstanceUuid}/actions",
        ReimageVmInstance,
        _DISK,
        message="org.zstack.header.vm.APIReimageVmInstanceMsg",
    ),
    unserved(
        "GetVmBootOrder",
        "GET",
        "/vm-instances/{uuid}/boot-orders",
        GetVmBootOrder,
        _DISK,
        message="org.zstack.header.vm.APIGetVmBootOrderMsg",
        mode="sync",
        result="body",
        fields=(("orders", "array"),),
    ),
    unserved(
        "SetVmBootOrder",
        "PUT",
        "/vm-instances/{uuid}/actions",
        SetVmBootOrder,
        _DISK,
        message="org.zstack.header.vm.APISetVmBootOrderMsg",
    ),
    unserved(
        "SetVmSshKey",
        "PUT",
        "/vm-instances/{uuid}/actions",
        SetVmSshKey,
        _DISK,
        message="org.zstack.header.vm.APISetVmSshKeyMsg",
    ),
    unserved(
        "GetVmSshKey",
        "GET",
        "/vm-instances/{uuid}/ssh-keys",
        GetVmSshKey,
        _DISK,
        message="org.zstack.header.vm.APIGetVmSshKeyMsg",
        mode="sync",
        result="body",
        fields=(("sshKey", "string"),),
    ),
    unserved(
        "DeleteVmSshKey",
        "DELETE",
        "/vm-instances/{uuid}/ssh-keys",
        DeleteVmSshKey,
        _DISK,
        message="org.zstack.header.vm.APIDeleteVmSshKeyMsg",
        result="none",
    ),
    unserved(
        "GetVmConsoleAddress",
        "GET",
        "/vm-instances/{uuid}/console-addresses",
        GetVmConsoleAddress,
        _SCREEN,
        message="org.zstack.header.vm.APIGetVmConsoleAddressMsg",
        mode="sync",
        result="body",
        fields=(
            ("hostIp", "string"),
            ("port", "integer"),
            ("path", "string"),
            ("protocol", "string"),
            ("vdiPortInfo", "object"),
        ),
    ),
    unserved(
        "RequestConsoleAccess",
        "POST",
        "/consoles",
        RequestConsoleAccess,
        _SCREEN,
        message="org.zstack.header.console.APIRequestConsoleAccessMsg",
    ),
    unserved(
        "PauseVmInstance",
        "PUT",
        "/vm-instances/{uuid}/actions",
        PauseVmInstance,
        _PAUSE,
        message="org.zstack.header.vm.APIPauseVmInstanceMsg",
    ),
    unserved(
        "ResumeVmInstance",
        "PUT",
        "/vm-instances/{uuid}/actions",
        ResumeVmInstance,
        _PAUSE,
        message="org.zstack.header.vm.APIResumeVmInstanceMsg",
    ),
    unserved(
        "UpdateVmNetworkConfig",
        "PUT",
        "/vm-instances/{vmInstanceUuid}/update-nic-config",
        UpdateVmNetworkConfig,
        _GUEST,
        message="org.zstack.guesttools.APIUpdateVmNetworkConfigMsg",
        result="none",
    ),
    unserved(
        "UpdateVmNicDriver",
        "PUT",
        "/vm-instances/{vmInstanceUuid}/actions",
        UpdateVmNicDriver,
        _DEVICE,
        message="org.zstack.header.vm.APIUpdateVmNicDriverMsg",
    ),
    unserved("CreateVmNic", "POST", "/nics", CreateVmNic, _LONE, message="org.zstack.header.vm.APICreateVmNicMsg"),
    unserved(
        "DeleteVmNic",
        "DELETE",
        "/nics/{uuid}",
        DeleteVmNic,
        _LONE,
        message="org.zstack.header.vm.APIDeleteVmNicMsg",
        result="none",
    ),
    unserved(
        "AttachVmNicToVm",
        "POST",
        "/vm-instances/{vmInstanceUuid}/nices/{vmNicUuid}",
        AttachVmNicToVm,
        _LONE,
        message="org.zstack.header.vm.APIAttachVmNicToVmMsg",
    ),
    unserved(
        "AttachL3NetworkToVmNic",
        "POST",
        "/nics/{vmNicUuid}/l3-networks/{l3NetworkUuid}",
        AttachL3NetworkToVmNic,
        _LONE,
        message="org.zstack.header.vm.APIAttachL3NetworkToVmNicMsg",
    ),
)
