"""A look inside a vrouter: whom it asks."""

from collections.abc import Iterator

import pytest

from landbridge.core.service import Answered
from landbridge.model.documents.vm import VmInstance
from landbridge.model.questions.router import AskRouter, RouteInForce, RouterRuntime
from tests.unit.services.cloudkit import Cloud, opened

ROUTE = RouteInForce(
    destination="0.0.0.0/0", via="203.0.113.1", interface="eth1", metric=0, black_hole=False, ours=True
)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened() as cloud:
        yield cloud


def test_its_host_is_asked_and_the_answer_is_the_body(cloud: Cloud) -> None:
    router = cloud.router()
    asked = cloud.begin("GetVpcVRouterRuntime", uuid=router["uuid"]).asked
    assert asked is not None
    (ask,) = asked.asks
    assert (ask.node, ask.question) == (router["hostUuid"], AskRouter(router_uuid=router["uuid"]))
    assert not asked.partial
    seen = RouterRuntime(routes=(ROUTE,), neighbours=(), nftables=None, connections=3, changes=0, failed={})
    body = asked.merge([Answered(ask.node, ask.question, seen)])
    assert body["routes"][0]["blackHole"] is False
    assert (body["connections"], body["nftables"], body["neighbours"]) == (3, None, ())


def test_a_stopped_one_cannot_be_looked_into(cloud: Cloud) -> None:
    router = cloud.router()
    cloud.edit(VmInstance, router["uuid"], state="Stopped", host_uuid=None)
    with cloud.refused("VM.1010"):
        cloud.begin("GetVpcVRouterRuntime", uuid=router["uuid"])
