"""What a tag is put on: any resource that the caller sees."""

from landbridge.core.service import Context
from landbridge.model.errors import argerr, notfound

ANY_RESOURCE = "ResourceVO"
"""The reference that any resource satisfies."""

RESOURCE_TYPE = r"[A-Za-z0-9]+VO"


def target(ctx: Context, uuid: str, claimed: str | None = None) -> str:
    """The resource's type.  SYS.1003 if there is none that the caller sees, SYS.1007 if it is not what is claimed."""
    kinds = ctx.tx.kinds_of(uuid)
    if not kinds or not ctx.sees(uuid):
        raise notfound("resourceUuid", uuid, claimed or ANY_RESOURCE)
    if claimed is not None and claimed not in kinds:
        raise argerr(f"resource[uuid:{uuid}] is a {kinds[0]}, not a {claimed}")
    return kinds[0]
