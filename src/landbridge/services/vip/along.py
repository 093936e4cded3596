"""What changes its owner with a VIP or a vrouter."""

from collections.abc import Iterator

from landbridge.core import vips
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip, VipService


def goes_along(view: View, uuid: str) -> Iterator[str]:
    """With a VIP its address and all that stands on it; with a vrouter its own VIP."""
    vip = view.get(Vip, uuid)
    if vip is None:
        yield from (own.uuid for own in view.find(Vip, router_uuid=uuid))
        return
    if not vip.system:  # else it is the vrouter's
        yield vip.used_ip_uuid
    yield from (one.service_uuid for one in view.find(VipService, vip_uuid=uuid) if one.service_type != vips.SNAT)
