"""Storage: there is none.  The actions say so instead of being unknown."""

from typing import Annotated

from landbridge.core.api import P, Request, unserved

_WHY = "this is about disks; the drivers netns and external have none"


class AddImageStoreBackupStorage(Request, kw_only=True):
    """Add a store of images."""

    hostname: Annotated[str, P(max=255, nonempty=True)]
    username: Annotated[str, P(max=255)]
    password: Annotated[str, P(max=255)]
    url: Annotated[str, P(max=2048, nonempty=True)]
    name: Annotated[str, P(max=255)]
    ssh_port: Annotated[int | None, P(low=1, high=65535)] = None
    description: Annotated[str | None, P(max=2048)] = None
    type: str | None = None
    import_images: bool | None = None
    resource_uuid: str | None = None
    tag_uuids: list[str] | None = None


class AddLocalPrimaryStorage(Request, kw_only=True):
    """Add hosts' own disks as storage."""

    url: Annotated[str, P(max=2048)]
    name: Annotated[str, P(max=255)]
    zone_uuid: str
    description: Annotated[str | None, P(max=2048)] = None
    type: str | None = None
    resource_uuid: str | None = None
    tag_uuids: list[str] | None = None


class AddSftpBackupStorage(Request, kw_only=True):
    """Add a store of images that is reached by SFTP."""

    hostname: Annotated[str, P(max=255, nonempty=True)]
    username: Annotated[str, P(max=255)]
    password: Annotated[str, P(max=255)]
    url: Annotated[str, P(max=2048, nonempty=True)]
    name: Annotated[str, P(max=255)]
    ssh_port: Annotated[int | None, P(low=1, high=65535)] = None
    description: Annotated[str | None, P(max=2048)] = None
    type: str | None = None
    import_images: bool | None = None
    resource_uuid: str | None = None
    tag_uuids: list[str] | None = None


class AttachBackupStorageToZone(Request, kw_only=True):
    """Let a zone use a store of images."""

    zone_uuid: Annotated[str, P(ref="ZoneVO")]
    backup_storage_uuid: str


class AttachPrimaryStorageToCluster(Request, kw_only=True):
    """Let a cluster use a storage."""

    cluster_uuid: Annotated[str, P(ref="ClusterVO")]
    primary_storage_uuid: str


class DeleteBackupStorage(Request, kw_only=True):
    """Remove a store of images."""

    uuid: str
    delete_mode: Annotated[str | None, P(values=("Permissive", "Enforcing"))] = None


class DeletePrimaryStorage(Request, kw_only=True):
    """Remove a storage."""

    uuid: str
    delete_mode: Annotated[str | None, P(values=("Permissive", "Enforcing"))] = None


class DetachBackupStorageFromZone(Request, kw_only=True):
    """Take a store of images from a zone."""

    backup_storage_uuid: str
    zone_uuid: Annotated[str, P(ref="ZoneVO")]


class DetachPrimaryStorageFromCluster(Request, kw_only=True):
    """Take a storage from a cluster."""

    primary_storage_uuid: str
    cluster_uuid: Annotated[str, P(ref="ClusterVO")]


class QueryBackupStorage(Request, kw_only=True):
    """Find stores of images."""


class QueryPrimaryStorage(Request, kw_only=True):
    """Find storages."""


class QueryVolume(Request, kw_only=True):
    """Find volumes."""


ACTIONS = (
    unserved(
        "AddImageStoreBackupStorage",
        "POST",
        "/backup-storage/image-store",
        AddImageStoreBackupStorage,
        _WHY,
        message="",
    ),
    unserved(
        "AddLocalPrimaryStorage",
        "POST",
        "/primary-storage/local-storage",
        AddLocalPrimaryStorage,
        _WHY,
        message="org.zstack.storage.primary.local.APIAddLocalPrimaryStorageMsg",
    ),
    unserved(
        "AddSftpBackupStorage",
        "POST",
        "/backup-storage/sftp",
        AddSftpBackupStorage,
        _WHY,
        message="org.zstack.storage.backup.sftp.APIAddSftpBackupStorageMsg",
    ),
    unserved(
        "AttachBackupStorageToZone",
        "POST",
        "/zones/{zoneUuid}/backup-storage/{backupStorageUuid}",
        AttachBackupStorageToZone,
        _WHY,
        message="org.zstack.header.storage.backup.APIAttachBackupStorageToZoneMsg",
    ),
    unserved(
        "AttachPrimaryStorageToCluster",
        "POST",
        "/clusters/{clusterUuid}/primary-storage/{primaryStorageUuid}",
        AttachPrimaryStorageToCluster,
        _WHY,
        message="org.zstack.header.storage.primary.APIAttachPrimaryStorageToClusterMsg",
    ),
    unserved(
        "DeleteBackupStorage",
        "DELETE",
        "/backup-storage/{uuid}",
        DeleteBackupStorage,
        _WHY,
        message="org.zstack.header.storage.backup.APIDeleteBackupStorageMsg",
        result="none",
    ),
    unserved(
        "DeletePrimaryStorage",
        "DELETE",
        "/primary-storage/{uuid}",
        DeletePrimaryStorage,
        _WHY,
        message="org.zstack.header.storage.primary.APIDeletePrimaryStorageMsg",
        result="none",
    ),
    unserved(
        "DetachBackupStorageFromZone",
        "DELETE",
        "/zones/{zoneUuid}/backup-storage/{backupStorageUuid}",
        DetachBackupStorageFromZone,
        _WHY,
        message="org.zstack.header.storage.backup.APIDetachBackupStorageFromZoneMsg",
    ),
    unserved(
        "DetachPrimaryStorageFromCluster",
        "DELETE",
        "/clusters/{clusterUuid}/primary-storage/{primaryStorageUuid}",
        DetachPrimaryStorageFromCluster,
        _WHY,
        message="org.zstack.header.storage.primary.APIDetachPrimaryStorageFromClusterMsg",
    ),
    unserved(
        "QueryBackupStorage",
        "GET",
        "/backup-storage",
        QueryBackupStorage,
        _WHY,
        message="org.zstack.header.storage.backup.APIQueryBackupStorageMsg",
        mode="sync",
        result="inventories",
    ),
    unserved(
        "QueryPrimaryStorage",
        "GET",
        "/primary-storage",
        QueryPrimaryStorage,
        _WHY,
        message="org.zstack.header.storage.primary.APIQueryPrimaryStorageMsg",
        mode="sync",
        result="inventories",
    ),
    unserved(
        "QueryVolume",
        "GET",
        "/volumes",
        QueryVolume,
        _WHY,
        message="org.zstack.header.volume.APIQueryVolumeMsg",
        mode="sync",
        result="inventories",
    ),
)
