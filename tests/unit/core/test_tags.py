"""System tags with a value per network."""

import pytest

from landbridge.core.tags import by_network
from landbridge.model.errors import ApiError


def test_values_by_network() -> None:
    tags = ("staticIp::a::10.0.0.1", "customMac::b::fa:00:00:00:00:01", "hostname::web", "staticIp::b::10.0.0.2")
    assert by_network(tags, "staticIp", {"a", "b"}) == {"a": "10.0.0.1", "b": "10.0.0.2"}
    assert by_network(tags, "customMac", {"b"}) == {"b": "fa:00:00:00:00:01"}
    assert by_network((), "staticIp", ()) == {}


@pytest.mark.parametrize("tag", ["staticIp::a", "staticIp::a::", "staticIp::", "staticIp::c::10.0.0.1"])
def test_wrong_tags(tag: str) -> None:
    with pytest.raises(ApiError) as caught:
        by_network((tag,), "staticIp", {"a"})
    assert caught.value.code == "SYS.1007"
    assert tag in caught.value.details
