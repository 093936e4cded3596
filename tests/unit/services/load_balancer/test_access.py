"""Certificates and access control lists by the API; how a listener does."""

from collections.abc import Iterator

import pytest

from landbridge.core.service import Answered
from landbridge.model.balancer_node import Access
from landbridge.model.balancer_runtime import ListenerRuntime, ServerRuntime
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.questions.router import AskBalancers, BalancerList
from landbridge.services.load_balancer.documents_access import CERTIFICATE, AccessControlListEntry
from tests.support.certificates import certificate
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


def keep(cloud: NatCloud, name: str = "one.example") -> str:
    return str(cloud.call("CreateCertificate", name=name, certificate=certificate(name))["uuid"])


def acl(cloud: NatCloud, *entries: str) -> str:
    uuid = str(cloud.call("CreateAccessControlList", name="list")["uuid"])
    for entry in entries:
        cloud.call("AddAccessControlListEntry", aclUuid=uuid, entries=entry)
    return uuid


def test_certificates_of_a_listener(cloud: NatCloud) -> None:
    first, second = keep(cloud), keep(cloud, "two.example")
    listener = cloud.listener(
        cloud.balancer(cloud.vip()), 443, cloud.guest(), protocol="https", certificateUuid=first
    )
    cloud.call("AddCertificateToLoadBalancerListener", certificateUuid=second, listenerUuid=listener)
    told = cloud.listening(listener)
    assert told is not None
    assert told.tls is not None
    assert [one.count("PRIVATE KEY") for one in told.tls.certificates] == [2, 2]
    assert told.tls.policy == "tls_cipher_policy_default"
    cloud.check_compiled()
    with cloud.refused("SYS.1006", "a listener presents it"):
        cloud.call("DeleteCertificate", uuid=first)
    with cloud.refused("SYS.1006", "already"):
        cloud.call("AddCertificateToLoadBalancerListener", certificateUuid=first, listenerUuid=listener)
    cloud.call("RemoveCertificateFromLoadBalancerListener", certificateUuid=first, listenerUuid=listener)
    with cloud.refused("SYS.1006", "does not present"):
        cloud.call("RemoveCertificateFromLoadBalancerListener", certificateUuid=first, listenerUuid=listener)
    cloud.call("DeleteCertificate", uuid=first)
    cloud.call("DeleteCertificate", uuid=first)
    cloud.call("UpdateCertificate", uuid=second, name="new")
    cloud.check_compiled()


def test_a_private_key_is_never_shown(cloud: NatCloud) -> None:
    keep(cloud)
    [row] = cloud.ask(CERTIFICATE)
    assert "BEGIN CERTIFICATE" in row["certificate"]
    assert "PRIVATE" not in str(row)


def test_certificates_that_cannot_be_used(cloud: NatCloud) -> None:
    good, other = certificate("one.example"), certificate("two.example")
    public, _, key = good.partition("-----BEGIN PRIVATE KEY-----")
    strange = public + "-----BEGIN PRIVATE KEY-----" + other.partition("-----BEGIN PRIVATE KEY-----")[2]
    for text, words in (
        ("nothing", "0 private keys"),
        (public, "0 private keys"),
        ("-----BEGIN PRIVATE KEY-----" + key, "certificate cannot be read"),
        (public + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "private key cannot be read"),
        (strange, "not that of its first certificate"),
        (good + good, "2 private keys"),
    ):
        with cloud.refused("SYS.1007", words):
            cloud.call("CreateCertificate", name="c", certificate=text)
    plain = cloud.listener(cloud.balancer(cloud.vip()), 80)
    kept = keep(cloud)
    with cloud.refused("SYS.1007", "is for https"):
        cloud.call("AddCertificateToLoadBalancerListener", certificateUuid=kept, listenerUuid=plain)


def test_lists_of_a_listener(cloud: NatCloud) -> None:
    first, second = acl(cloud, "192.0.2.1,192.0.2.0/25", "198.51.100.0-198.51.100.3"), acl(cloud, "192.0.2.128/25")
    more = {"aclStatus": "enable", "aclUuids": [first], "aclType": "white"}
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, cloud.guest(), **more)  # type: ignore[arg-type]

    def access() -> Access | None:
        told = cloud.listening(listener)
        assert told is not None
        return told.access

    assert access() == Access(deny=False, cidrs=("192.0.2.0/25", "198.51.100.0/30"))
    cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[second], aclType="white", listenerUuid=listener)
    assert access() == Access(deny=False, cidrs=("192.0.2.0/24", "198.51.100.0/30"))
    cloud.check_compiled()
    [entry] = cloud.all(AccessControlListEntry, acl_uuid=second)
    cloud.call("RemoveAccessControlListEntry", aclUuid=second, uuid=entry.uuid)
    assert access() == Access(deny=False, cidrs=("192.0.2.0/25", "198.51.100.0/30"))
    shown = cloud.call("GetLoadBalancerListenerACLEntries", listenerUuids=[listener])
    assert [row["ipEntries"] for row in shown[listener]] == ["192.0.2.1,192.0.2.0/25", "198.51.100.0-198.51.100.3"]
    cloud.call("ChangeLoadBalancerListener", uuid=listener, aclStatus="disable")
    assert access() is None
    with cloud.refused("SYS.1006", "a listener heeds it"):
        cloud.call("DeleteAccessControlList", uuid=first)
    cloud.call("RemoveAccessControlListFromLoadBalancer", aclUuids=[first, second], listenerUuid=listener)
    cloud.call("DeleteAccessControlList", uuid=first)
    cloud.check_compiled()


def test_lists_that_are_refused(cloud: NatCloud) -> None:
    listener, first = cloud.listener(cloud.balancer(cloud.vip()), 80), acl(cloud, "192.0.2.1")
    add = {"listenerUuid": listener}
    with cloud.refused("SYS.1007", "not an IPv4"):
        cloud.call("AddAccessControlListEntry", aclUuid=first, entries="nobody")
    with cloud.refused("SYS.1007", "ipVersion"):
        cloud.call("CreateAccessControlList", name="six", ipVersion=6)
    cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[first], aclType="black", **add)
    with cloud.refused("SYS.1007", "already"):
        cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[first], aclType="black", **add)
    second = acl(cloud)
    with cloud.refused("SYS.1007", "of type black"):
        cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[second], aclType="white", **add)
    with cloud.refused("SYS.1006", "does not heed"):
        cloud.call("RemoveAccessControlListFromLoadBalancer", aclUuids=[second], **add)
    [entry] = cloud.all(AccessControlListEntry)
    with cloud.refused("SYS.1003"):
        cloud.call("RemoveAccessControlListEntry", aclUuid=second, uuid=entry.uuid)
    cloud.call("UpdateGlobalConfig", category="loadBalancer", name="aclMaxCount", value="1")
    with cloud.refused("SYS.1007", "more than 1"):
        cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[second], aclType="black", **add)


def test_how_a_listener_does(cloud: NatCloud) -> None:
    assert cloud.route is not None
    nic = cloud.guest()
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, nic)
    asked = cloud.begin("GetLoadBalancerListenerHealth", listenerUuid=listener).asked
    assert asked is not None
    [ask] = asked.asks
    assert ask.node == cloud.route["hostUuid"]
    assert ask.question == AskBalancers(router_uuid=cloud.route["uuid"], listener_uuids=(listener,))
    server = ServerRuntime(ip=str(cloud.get(VmNic, nic).ip), state="DOWN", reason="L4CON", since=3, weight=1)
    runtime = ListenerRuntime(listener_uuid=listener, servers=(server,), connections=2)
    body = asked.merge([Answered(ask.node, ask.question, BalancerList(listeners=(runtime,)))])
    assert body["connections"] == 2
    assert (body["servers"][0]["state"], body["servers"][0]["vmNicUuid"]) == ("DOWN", nic)
    with pytest.raises(ApiError, match="is not served"):
        asked.merge([Answered(ask.node, ask.question, BalancerList(listeners=()))])
    cloud.edit(VmInstance, cloud.route["uuid"], state="Stopped", host_uuid=None)
    with cloud.refused("VM.1010"):
        cloud.begin("GetLoadBalancerListenerHealth", listenerUuid=listener)
    lonely = cloud.listener(cloud.balancer(cloud.vip()), 80)
    with cloud.refused("SYS.1006", "on no vrouter"):
        cloud.begin("GetLoadBalancerListenerHealth", listenerUuid=lonely)
