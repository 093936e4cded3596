"""What hosts say of balancers and tunnels, as users see it over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from landbridge.model.health import BalancerHealth, Health, TunnelHealth
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.public_site import IPSEC, Refusal, Site, balance


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("health")
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        made = Site(server, api.login(), directory)
        yield made
        made.close()
    server.stop()


@pytest.fixture(autouse=True)
def _nothing_left(site: Site) -> Iterator[None]:
    yield
    site.clear()


def made(outcome: Refusal | dict[str, Any]) -> str:
    """Its uuid."""
    assert not isinstance(outcome, Refusal), outcome
    return str(outcome["inventory"]["uuid"])


def fares(site: Site, health: Mapping[str, Health | None], *, everything: bool = False) -> None:
    """The vrouter's host says so."""
    site.server.run(site.hosts[0].fare(health, everything=everything))


def test_servers(site: Site) -> None:
    listener = made(site.make(balance(80), site.vip(), site.nic()))

    def statuses() -> set[str]:
        [shown] = site.query("/load-balancers/listeners", f"uuid={listener}")
        [group] = site.query("/load-balancers/servergroups", f"uuid={shown['serverGroupUuid']}")
        assert site.query("/load-balancers/listeners", f"vmNicRefs.status={shown['vmNicRefs'][0]['status']}") == [
            shown
        ]
        return {ref["status"] for ref in (*shown["vmNicRefs"], *group["vmNicRefs"])}

    dead = {f"lb/{listener}": BalancerHealth(dead=(site.vms["web"]["vmNics"][0]["ip"],))}
    assert statuses() == {"Active"}
    fares(site, dead)
    assert statuses() == {"Inactive"}
    fares(site, {f"lb/{listener}": BalancerHealth()})
    assert statuses() == {"Active"}
    fares(site, dead, everything=True)
    assert statuses() == {"Inactive"}
    fares(site, {}, everything=True)
    assert statuses() == {"Active"}


def test_tunnels(site: Site) -> None:
    connection = made(site.make(IPSEC, site.vip(), site.nic()))

    def status() -> tuple[str, str | None]:
        [shown] = site.query("/ipsec", f"uuid={connection}")
        return shown["status"], shown.get("statusReason")

    assert status() == ("down", None)
    fares(site, {f"ipsec/{connection}": TunnelHealth(up=False, reason="phase 1: the peer does not answer")})
    assert status() == ("down", "phase 1: the peer does not answer")
    fares(site, {f"ipsec/{connection}": TunnelHealth(up=True)})
    assert status() == ("up", None)
    assert len(site.query("/ipsec", "status=up")) == 1
    fares(site, {f"ipsec/{connection}": None})
    assert status() == ("down", "no vrouter does it")


def test_a_listener_that_is_refused_fails_its_own_job_alone(site: Site) -> None:
    vip = site.vip()
    good, bad = (made(site.make(balance(port), vip, site.nic())) for port in (80, 81))
    site.hosts[0].fail(f"lb/{bad}", "'bind' : unable to load it")
    change = {"changeLoadBalancerListener": {"connectionIdleTimeout": 70}}
    outcome = site.tried("PUT", f"/load-balancers/listeners/{bad}/actions", change)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "SYS.1006"
    assert "unable to load it" in outcome.details
    assert made(site.tried("PUT", f"/load-balancers/listeners/{good}/actions", change)) == good
    site.hosts[0].fail(f"lb/{bad}", None)
