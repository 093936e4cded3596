"""The built-in image is there, once, for everybody."""

from landbridge.model.documents.vm import IMAGE, NETNS_IMAGE_UUID
from landbridge.model.ids import is_uuid
from landbridge.services.image import seed_netns
from tests.unit.services.cloudkit import opened


def test_netns_is_seeded() -> None:
    with opened(0) as cloud:
        cloud.write(seed_netns)
        (image,) = cloud.ask(IMAGE, "name=netns")
        assert (image["uuid"], image["mediaType"]) == (NETNS_IMAGE_UUID, "RootVolumeTemplate")
        assert (image["state"], image["status"]) == ("Enabled", "Ready")
    assert is_uuid(NETNS_IMAGE_UUID)
