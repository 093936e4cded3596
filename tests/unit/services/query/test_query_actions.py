"""ZQL as an action: results in the order of the statements, each with what it asked for."""

from collections.abc import Iterator

import pytest

from tests.unit.services.cloudkit import Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened() as made:
        yield made


def test_a_result_per_statement(cloud: Cloud) -> None:
    net = cloud.subnet("10.0.1.0/24")
    vms = [cloud.vm(net, name=name)["uuid"] for name in ("a", "b")]
    rows, counted, grouped, summed = cloud.call(
        "ZQLQuery",
        zql=f"query vminstance.name where vmNics.l3NetworkUuid = '{net}' return with (total) order by name desc "
        "named as 'mine'; count vminstance; count vminstance group by name; sum vminstance.cpuNum",
    )["results"]
    assert rows == {"name": "mine", "inventories": [{"name": "b"}, {"name": "a"}], "total": 2}
    assert counted == {"total": 2}
    assert grouped == {"inventoryCounts": [{"name": "a", "count": 1}, {"name": "b", "count": 1}]}
    assert summed == {"inventories": [{"cpuNum": 2}]}
    (found,) = cloud.call("ZQLQuery", zql=f"query vmnic where vmInstance.uuid = '{vms[0]}'")["results"]
    assert found["inventories"][0]["usedIps"][0]["ip"].startswith("10.0.1.")


def test_what_is_refused(cloud: Cloud) -> None:
    with cloud.refused("SYS.1007", "zql is missing"):
        cloud.call("ZQLQuery")
    with cloud.refused("SYS.1007", "ZQL knows no 'nothing'"):
        cloud.call("ZQLQuery", zql="query nothing")
    with cloud.refused("SYS.1006", "ZQLQuery takes several statements"):
        cloud.call("BatchQuery", script="query('vminstance')")


def test_relations_of_others_are_found(cloud: Cloud) -> None:
    results = cloud.call(
        "ZQLQuery",
        zql="query vip where eip.name = 'x' or portForwarding.name = 'x' or loadBalancer.name = 'x'; "
        "query vmnic where eip.name = 'x' or loadBalancerListener.name = 'x' or loadBalancerServerGroup.name = 'x'",
    )["results"]
    assert results == [{"inventories": []}, {"inventories": []}]
