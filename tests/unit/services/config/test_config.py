"""The settings that the services declare, and the quotas' among them."""

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.service import Service
from landbridge.model.resource import Limit
from landbridge.model.setting import Setting
from landbridge.server.services import SERVICES
from tests.unit.services.cloudkit import opened

CATALOG = Catalog(SERVICES)


@pytest.mark.parametrize("name", CATALOG.settings)
def test_each_default_is_one_of_its_values(name: str) -> None:
    setting = CATALOG.settings[name]
    if setting.values:
        assert setting.default in setting.values
    elif setting.low is not None:
        assert setting.low <= int(setting.default) <= setting.high


def test_what_is_declared_twice_is_refused() -> None:
    quota = Setting("quota", "vip.num", "1", "of somebody else")
    with pytest.raises(ValueError, match=r"quota/vip\.num"):
        Catalog([*SERVICES, Service(name="other", settings=(quota,))])


def test_a_quota_has_the_default_that_its_service_declares() -> None:
    with opened() as cloud:
        limits: list[Limit] = cloud.write(lambda tx: list(tx.limits()))
        assert limits
        assert {one.name: one.most for one in limits} == cloud.write(
            lambda tx: {one.name: int(tx.config("quota", one.name)) for one in limits}
        )
