"""Images: what VMs start from.  `netns` is built in; it is a network namespace, not a disk."""

from landbridge.core.api import query
from landbridge.core.service import Service
from landbridge.core.view import Tx
from landbridge.model.documents.vm import IMAGE, NETNS_IMAGE_UUID, Image
from landbridge.services.image.unserved import ACTIONS

_PACKAGE = "org.zstack.header.image"


def seed_netns(tx: Tx) -> None:
    """The built-in image."""
    if tx.get(Image, NETNS_IMAGE_UUID) is None:
        tx.put(Image(uuid=NETNS_IMAGE_UUID, name="netns", description="A VM that is a network namespace"))


SERVICE = Service(
    name="image",
    kinds=(IMAGE,),
    actions=(
        query("QueryImage", "/images", IMAGE, message=f"{_PACKAGE}.APIQueryImageMsg", help="Find images."),
        *ACTIONS,
    ),
    seeds=(seed_netns,),
)
