"""How listeners balance: settings as parameters and system tags, what follows from them, what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.balancer_node import Balancer, Cookie, HealthCheck, Redirect
from landbridge.model.documents.account import SystemTag
from landbridge.services.load_balancer.documents import LISTENER, LoadBalancerListener
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture(scope="module")
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


@pytest.fixture
def balancer(cloud: NatCloud) -> Iterator[str]:
    vip = cloud.vip()
    yield cloud.balancer(vip)
    cloud.check_compiled()
    cloud.call("DeleteVip", uuid=vip)


def told(cloud: NatCloud, listener: str) -> Balancer:
    """What the vrouter is told; the listener has a server."""
    if not cloud.ask(LISTENER, f"uuid={listener}")[0]["vmNicRefs"]:
        cloud.call("AddVmNicToLoadBalancer", listenerUuid=listener, vmNicUuids=[cloud.guest()])
    found = cloud.listening(listener)
    assert found is not None
    return found


def tags_of(cloud: NatCloud, listener: str) -> dict[str, str]:
    return dict(tag.split("::", 1) for tag in cloud.write(lambda tx: tx.tags(listener)))


def test_defaults_are_tags(cloud: NatCloud, balancer: str) -> None:
    assert tags_of(cloud, cloud.listener(balancer, 80, protocol="http")) == {
        "balancerAlgorithm": "roundrobin",
        "connectionIdleTimeout": "60",
        "healthCheckInterval": "5",
        "healthCheckTarget": "tcp:default",
        "healthCheckTimeout": "2",
        "healthyThreshold": "2",
        "unhealthyThreshold": "6",
        "maxConnection": "200000",
        "Nbprocess": "1",
        "accessControlStatus": "disable",
        "httpMode": "http-server-close",
    }
    assert tags_of(cloud, cloud.listener(balancer, 53, protocol="udp"))["healthCheckTarget"] == "udp:default"


def test_the_clouds_settings_are_the_defaults(cloud: NatCloud, balancer: str) -> None:
    before = cloud.listener(balancer, 80, cloud.guest())
    config: dict[str, Any] = {"category": "loadBalancer", "name": "connectionIdleTimeout"}
    cloud.call("UpdateGlobalConfig", value="90", **config)
    after = cloud.listener(balancer, 81, cloud.guest())
    assert (told(cloud, before).idle_timeout, told(cloud, after).idle_timeout) == (60, 90)
    cloud.check_compiled()
    cloud.call("UpdateGlobalConfig", **config)


def test_tags_at_creation(cloud: NatCloud, balancer: str) -> None:
    tags = ("balancerAlgorithm::leastconn", "healthCheckTarget::tcp:9090", "maxConnection::7", "other::thing")
    found = told(cloud, cloud.listener(balancer, 80, tags=tags))
    assert (found.algorithm, found.health.port, found.max_connections) == ("leastconn", 9090, 7)


@pytest.mark.parametrize(
    ("protocol", "change", "what"),
    [
        ("tcp", {"connectionIdleTimeout": 7}, {"idle_timeout": 7}),
        ("tcp", {"maxConnection": 0}, {"max_connections": 0}),
        ("tcp", {"balancerAlgorithm": "source"}, {"algorithm": "source"}),
        ("tcp", {"balancerAlgorithm": "weightroundrobin"}, {"algorithm": "roundrobin"}),
        ("tcp", {"nbprocess": 4}, {"threads": 4}),
        ("tcp", {"tcpProxyProtocol": "v2"}, {"proxy_protocol": "v2"}),
        ("http", {"httpMode": "http-keep-alive"}, {"http_mode": "http-keep-alive"}),
        ("http", {"sessionPersistence": "iphash"}, {"algorithm": "source", "cookie": None}),
        (
            "http",
            {"sessionPersistence": "insert"},
            {"cookie": Cookie(name="LANDBRIDGE", rewrite=False, idle=60)},
        ),
        (
            "http",
            {"sessionPersistence": "rewrite", "cookieName": "S"},
            {"cookie": Cookie(name="S", rewrite=True)},
        ),
        ("http", {"httpRedirectHttps": "enable"}, {"redirect": Redirect(port=443, code=302)}),
        (
            "http",
            {"httpRedirectHttps": "enable", "redirectPort": 8443, "statusCode": 308},
            {"redirect": Redirect(port=8443, code=308)},
        ),
        ("https", {"httpCompressAlgos": ["gzip"]}, {"compression": ("gzip",)}),
        ("https", {"httpVersions": ["h1"]}, {"http2": False}),
    ],
)
def test_changes(cloud: NatCloud, balancer: str, protocol: str, change: dict[str, Any], what: dict[str, Any]) -> None:
    listener = cloud.listener(balancer, 80, cloud.guest(), protocol=protocol)
    cloud.call("ChangeLoadBalancerListener", uuid=listener, **change)
    found = told(cloud, listener)
    assert {name: getattr(found, name) for name in what} == what


def test_changes_of_the_check(cloud: NatCloud, balancer: str) -> None:
    listener = cloud.listener(balancer, 80, cloud.guest(), protocol="http")
    change = {"uuid": listener, "healthyThreshold": 3, "unhealthyThreshold": 4, "healthCheckInterval": 9}
    cloud.call("ChangeLoadBalancerListener", healthCheckTarget="8081", **change)
    assert told(cloud, listener).health == HealthCheck(
        protocol="tcp", interval=9, timeout=2, rise=3, fall=4, port=8081
    )
    http = {"healthCheckProtocol": "http", "healthCheckURI": "/ok", "healthCheckHttpCode": "http_2xx,http_3xx"}
    cloud.call("ChangeLoadBalancerListener", uuid=listener, healthCheckMethod="GET", **http)
    found = told(cloud, listener).health
    assert (found.protocol, found.port, found.method, found.uri) == ("http", 8081, "GET", "/ok")
    assert found.codes == ("200-299", "300-399")
    cloud.call("ChangeLoadBalancerListener", uuid=listener, healthCheckTarget="tcp:default")
    assert (told(cloud, listener).health.protocol, told(cloud, listener).health.port) == ("tcp", None)


def test_a_check_over_http_at_creation(cloud: NatCloud, balancer: str) -> None:
    listener = cloud.listener(balancer, 80, healthCheckProtocol="http", healthCheckURI="/health")
    found = told(cloud, listener).health
    assert (found.protocol, found.method, found.uri, found.codes) == ("http", "HEAD", "/health", ("200-299",))


@pytest.mark.parametrize(
    ("protocol", "params", "refusal"),
    [
        ("udp", {"healthCheckProtocol": "tcp"}, ("SYS.1006", "udp by udp")),
        ("tcp", {"healthCheckProtocol": "udp"}, ("SYS.1006", "udp by udp")),
        ("tcp", {"healthCheckProtocol": "http"}, ("SYS.1006", "healthCheckURI")),
        ("tcp", {"healthCheckProtocol": "http", "healthCheckURI": "nowhere"}, ("SYS.1007", "healthCheckURI")),
        (
            "tcp",
            {"healthCheckProtocol": "http", "healthCheckURI": "/", "healthCheckHttpCode": "http_9xx"},
            ("SYS.1007", "http_9xx"),
        ),
        ("tcp", {"protocol": "sctp"}, ("SYS.1007", "protocol")),
        ("tcp", {"loadBalancerPort": 0}, ("SYS.1007", "loadBalancerPort")),
        ("tcp", {"loadBalancerPort": 65536}, ("SYS.1007", "loadBalancerPort")),
        ("http", {"tcpProxyProtocol": "v1"}, ("SYS.1007", "for listeners of tcp")),
        ("tcp", {"tcpProxyProtocol": "v3"}, ("SYS.1007", "v3")),
        ("tcp", {"httpCompressAlgos": ["gzip"]}, ("SYS.1007", "for listeners of http")),
        ("http", {"httpCompressAlgos": ["zip"]}, ("SYS.1007", "zip")),
        ("http", {"httpVersions": ["h4"]}, ("SYS.1007", "h4")),
        ("tcp", {"securityPolicyType": "tls_cipher_policy_1_2"}, ("SYS.1007", "for listeners of https")),
    ],
)
def test_refused_at_creation(
    cloud: NatCloud, balancer: str, protocol: str, params: dict[str, Any], refusal: tuple[str, str]
) -> None:
    wanted = {"name": "l", "loadBalancerUuid": balancer, "loadBalancerPort": 80, "protocol": protocol, **params}
    with cloud.refused(*refusal):
        cloud.call("CreateLoadBalancerListener", **wanted)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("balancerAlgorithm::random", "valid values"),
        ("connectionIdleTimeout::-1", "integer"),
        ("connectionIdleTimeout::1.5", "integer"),
        ("connectionIdleTimeout::", "integer"),
        ("maxConnection::10000001", "integer"),
        ("healthCheckTarget::tcp:0", "a port"),
        ("healthCheckTarget::icmp:default", "tcp, udp or http"),
        ("Nbprocess::65", "integer"),
        ("sessionPersistence::insert", "for listeners of http"),
        ("sessionPersistence::iphash", "for listeners of http"),
        ("cookieName::a b", "cookieName"),
        ("cookieName::" + "a" * 21, "20"),
        ("httpMode::http-tunnel", "for listeners of http"),
        ("httpRedirectHttps::enable", "for listeners of http"),
    ],
)
def test_tags_that_are_refused(cloud: NatCloud, balancer: str, tag: str, words: str) -> None:
    with cloud.refused("SYS.1007", words):
        cloud.begin(
            "CreateLoadBalancerListener", tags=(tag,), name="l", loadBalancerUuid=balancer, loadBalancerPort=80
        )


def test_a_tag_twice(cloud: NatCloud, balancer: str) -> None:
    with cloud.refused("SYS.1007", "twice"):
        cloud.listener(balancer, 80, tags=("maxConnection::1", "maxConnection::2"))


@pytest.mark.parametrize(
    ("algorithm", "params", "words"),
    [
        ("leastconn", {"sessionPersistence": "insert"}, "only be disable"),
        ("leastconn", {"sessionPersistence": "iphash"}, "only be disable"),
        ("source", {"sessionPersistence": "insert"}, "only be iphash"),
        ("source", {"sessionPersistence": "disable"}, "only be iphash"),
        ("roundrobin", {"sessionPersistence": "rewrite"}, "give cookieName"),
        ("roundrobin", {"sessionPersistence": "insert", "httpMode": "http-tunnel"}, "http-tunnel"),
        ("roundrobin", {"sessionPersistence": "insert", "sessionIdleTimeout": 29}, "sessionIdleTimeout"),
        ("roundrobin", {"statusCode": 304}, "statusCode"),
        ("roundrobin", {"healthCheckTarget": "somewhere"}, "a port"),
        ("roundrobin", {"healthCheckProtocol": "udp"}, ""),
    ],
)
def test_changes_that_are_refused(
    cloud: NatCloud, balancer: str, algorithm: str, params: dict[str, Any], words: str
) -> None:
    listener = cloud.listener(balancer, 80, protocol="http", tags=(f"balancerAlgorithm::{algorithm}",))
    code = "SYS.1006" if "healthCheckProtocol" in params else "SYS.1007"
    with cloud.refused(code, words):
        cloud.call("ChangeLoadBalancerListener", uuid=listener, **params)


def test_another_way_of_keeping_clients_forgets_the_old_one(cloud: NatCloud, balancer: str) -> None:
    listener = cloud.listener(balancer, 80, protocol="http")
    change = {"uuid": listener}
    cloud.call("ChangeLoadBalancerListener", sessionPersistence="insert", sessionIdleTimeout=90, **change)
    cloud.call("ChangeLoadBalancerListener", sessionPersistence="disable", **change)
    assert not {"sessionIdleTimeout", "cookieName"} & tags_of(cloud, listener).keys()
    cloud.call("ChangeLoadBalancerListener", balancerAlgorithm="leastconn", **change)


def test_a_tag_that_says_nothing_is_as_if_it_were_not_there(cloud: NatCloud, balancer: str) -> None:
    listener = cloud.listener(balancer, 80, cloud.guest())
    assert cloud.get(LoadBalancerListener, listener).protocol == "tcp"
    [tag] = [row for row in cloud.all(SystemTag, resource_uuid=listener) if row.tag.startswith("maxConnection")]
    with cloud.refused("SYS.1007", "maxConnection::many"):
        cloud.call("UpdateSystemTag", uuid=tag.uuid, tag="maxConnection::many")
    cloud.edit(SystemTag, tag.uuid, tag="maxConnection::many")
    assert told(cloud, listener).max_connections == 200000
    cloud.check_compiled()
