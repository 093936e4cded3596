"""What is done to images: the one that there is, `netns`, is built in."""

from typing import Annotated

from landbridge.core.api import P, Request, unserved

_WHY = "images are on disks; the drivers netns and external have none: the built-in image netns is all there is"


class AddImage(Request, kw_only=True):
    """Register an image."""

    name: Annotated[str, P(max=255)]
    url: Annotated[str, P(max=1024)]
    backup_storage_uuids: Annotated[list[str], P(nonempty=True)]
    description: Annotated[str | None, P(max=2048)] = None
    media_type: Annotated[str | None, P(values=("RootVolumeTemplate", "ISO", "DataVolumeTemplate"))] = None
    guest_os_type: Annotated[str | None, P(max=255)] = None
    architecture: Annotated[str | None, P(max=32, values=("x86_64", "aarch64", "mips64el", "loongarch64"))] = None
    system: bool | None = None
    format: str | None = None
    platform: Annotated[
        str | None, P(values=("Linux", "Windows", "Other", "Paravirtualization", "WindowsVirtio"))
    ] = None
    type: str | None = None
    virtio: bool | None = None
    resource_uuid: str | None = None
    tag_uuids: list[str] | None = None


class ChangeImageState(Request, kw_only=True):
    """Enable or disable an image."""

    uuid: Annotated[str, P(ref="ImageVO")]
    state_event: Annotated[str, P(values=("enable", "disable"))]


class DeleteImage(Request, kw_only=True):
    """Delete an image."""

    uuid: Annotated[str, P(ref="ImageVO")]
    backup_storage_uuids: Annotated[list[str] | None, P(nonempty=True)] = None
    delete_mode: Annotated[str | None, P(values=("Permissive", "Enforcing"))] = None


class ExpungeImage(Request, kw_only=True):
    """Delete an image for good."""

    image_uuid: Annotated[str, P(ref="ImageVO")]
    uuid: str | None = None
    backup_storage_uuids: Annotated[list[str] | None, P(nonempty=True)] = None


class RecoverImage(Request, kw_only=True):
    """Bring a deleted image back."""

    image_uuid: Annotated[str, P(ref="ImageVO")]
    backup_storage_uuids: list[str] | None = None


class UpdateImage(Request, kw_only=True):
    """Change an image's name and properties."""

    uuid: Annotated[str, P(ref="ImageVO")]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    guest_os_type: Annotated[str | None, P(max=255)] = None
    media_type: Annotated[str | None, P(max=255, values=("RootVolumeTemplate", "DataVolumeTemplate", "ISO"))] = None
    format: Annotated[str | None, P(max=255, values=("raw", "qcow2", "iso"))] = None
    system: bool | None = None
    platform: Annotated[
        str | None, P(values=("Linux", "Windows", "Other", "Paravirtualization", "WindowsVirtio"))
    ] = None
    architecture: Annotated[str | None, P(max=32, values=("x86_64", "aarch64", "mips64el", "loongarch64"))] = None
    virtio: bool | None = None


ACTIONS = (
    unserved("AddImage", "POST", "/images", AddImage, _WHY, message="org.zstack.header.image.APIAddImageMsg"),
    unserved(
        "ChangeImageState",
        "PUT",
        "/images/{uuid}/actions",
        ChangeImageState,
        _WHY,
        message="org.zstack.header.image.APIChangeImageStateMsg",
    ),
    unserved(
        "DeleteImage",
        "DELETE",
        "/images/{uuid}",
        DeleteImage,
        _WHY,
        message="org.zstack.header.image.APIDeleteImageMsg",
        result="none",
    ),
    unserved(
        "ExpungeImage",
        "PUT",
        "/images/{imageUuid}/actions",
        ExpungeImage,
        _WHY,
        message="org.zstack.header.image.APIExpungeImageMsg",
        result="none",
    ),
    unserved(
        "RecoverImage",
        "PUT",
        "/images/{imageUuid}/actions",
        RecoverImage,
        _WHY,
        message="org.zstack.header.image.APIRecoverImageMsg",
    ),
    unserved(
        "UpdateImage",
        "PUT",
        "/images/{uuid}/actions",
        UpdateImage,
        _WHY,
        message="org.zstack.header.image.APIUpdateImageMsg",
    ),
)
