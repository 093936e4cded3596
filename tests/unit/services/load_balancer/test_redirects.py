"""Lists of type redirect: requests that go to groups of their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.model.documents.vm import VmNic
from landbridge.services.load_balancer.documents import LISTENER, LoadBalancerListener
from landbridge.services.load_balancer.documents_access import ACL, AccessControlListEntry, ListenerAcl
from landbridge.services.load_balancer.redirects import _rank
from tests.unit.services.natkit import NatCloud, opened


@dataclass
class Site:
    """A listener of http with a server of its own, and two groups with one each."""

    cloud: NatCloud
    balancer: str
    listener: str
    own: str
    groups: dict[str, str]

    def group(self, name: str) -> str:
        """The uuid of a new group with a server, which the listener sends to."""
        uuid = str(
            self.cloud.call("CreateLoadBalancerServerGroup", name=name, loadBalancerUuid=self.balancer)["uuid"]
        )
        nic = self.cloud.guest()
        self.cloud.call("AddBackendServerToServerGroup", serverGroupUuid=uuid, vmNics=[{"uuid": nic}])
        self.cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=uuid, listenerUuid=self.listener)
        self.groups[name] = uuid
        return str(self.cloud.get(VmNic, nic).ip)

    def rule(self, **rule: Any) -> str:
        """A list with a rule."""
        acl = str(self.cloud.call("CreateAccessControlList", name="list")["uuid"])
        self.cloud.call("AddAccessControlListRedirectRule", aclUuid=acl, **rule)
        return acl

    def lead(self, acl: str, *groups: str, listener: str = "", **params: Any) -> Any:
        """Requests of the list's rule go to groups."""
        wanted = {
            "aclUuids": [acl],
            "aclType": "redirect",
            "listenerUuid": listener or self.listener,
            "serverGroupUuids": [self.groups[name] for name in groups],
        }
        return self.cloud.call("AddAccessControlListToLoadBalancer", **(wanted | params))

    def told(self) -> list[tuple[str | None, str | None, list[str]]]:
        """(host, path, servers) of the routes, last of all other requests."""
        found = self.cloud.listening(self.listener)
        assert found is not None
        routes = [(one.host, one.path, [member.ip for member in one.members]) for one in found.routes]
        return [*routes, (None, None, [member.ip for member in found.members])]


@pytest.fixture
def site() -> Iterator[Site]:
    with opened() as cloud:
        balancer, nic = cloud.balancer(cloud.vip()), cloud.guest()
        listener = cloud.listener(balancer, 80, nic, protocol="http")
        yield Site(cloud, balancer, listener, str(cloud.get(VmNic, nic).ip), {})


def test_groups_get_what_rules_say_and_nothing_else(site: Site) -> None:
    cloud, api, shop = site.cloud, site.group("api"), site.group("shop")
    assert site.told() == [(None, None, sorted([site.own, api, shop]))]
    below, wild, whole = site.rule(url="/api"), site.rule(domain="*.example.org"), site.rule(domain="Www.Example.org")
    site.lead(below, "api")
    assert site.told() == [(None, "/api", [api]), (None, None, sorted([site.own, shop]))]
    site.lead(wild, "shop")
    site.lead(whole, "shop", "api")
    expected = [
        ("www.example.org", None, sorted([api, shop])),
        ("*.example.org", None, [shop]),
        (None, "/api", [api]),
        (None, None, [site.own]),
    ]
    assert site.told() == expected
    cloud.check_compiled()
    [shown] = cloud.ask(LISTENER, f"uuid={site.listener}")
    refs = {(ref["aclUuid"], ref["type"], ref["serverGroupUuid"]) for ref in shown["aclRefs"]}
    assert refs == {
        (below, "redirect", site.groups["api"]),
        (wild, "redirect", site.groups["shop"]),
        (whole, "redirect", site.groups["api"]),
        (whole, "redirect", site.groups["shop"]),
    }
    remove = {"listenerUuid": site.listener, "aclUuids": [whole]}
    cloud.call("RemoveAccessControlListFromLoadBalancer", serverGroupUuids=[site.groups["shop"]], **remove)
    assert site.told()[0] == ("www.example.org", None, [api])
    with cloud.refused("SYS.1006", "does not heed"):
        cloud.call("RemoveAccessControlListFromLoadBalancer", serverGroupUuids=[site.groups["shop"]], **remove)
    cloud.call("RemoveAccessControlListFromLoadBalancer", **remove)
    assert site.told() == expected[1:]
    cloud.check_compiled()


def test_a_list_leads_elsewhere(site: Site) -> None:
    cloud, api, shop = site.cloud, site.group("api"), site.group("shop")
    acl = site.rule(url="/api")
    site.lead(acl, "api")
    change = {"aclUuid": acl, "listenerUuid": site.listener, "serverGroupUuids": [site.groups["shop"]]}
    shown = cloud.call("ChangeAccessControlListServerGroup", **change)
    assert shown == {key: change[key] for key in ("aclUuid", "listenerUuid", "serverGroupUuids")}
    assert site.told() == [(None, "/api", [shop]), (None, None, sorted([site.own, api]))]
    other = site.rule(url="/other")
    with cloud.refused("SYS.1007", "does not heed"):
        cloud.call("ChangeAccessControlListServerGroup", **(change | {"aclUuid": other}))
    cloud.check_compiled()


def test_a_rule_comes_goes_and_has_a_name(site: Site) -> None:
    """A list without its rule leads nobody anywhere; its groups wait."""
    cloud, api = site.cloud, site.group("api")
    acl = site.rule(url="/api", name="old", description="d")
    site.lead(acl, "api")
    [entry] = cloud.all(AccessControlListEntry)
    renamed = cloud.call("ChangeAccessControlListRedirectRule", uuid=entry.uuid, name="new")
    expected = ("new", "d", "RedirectRule", "/api")
    assert (renamed["name"], renamed["description"], renamed["type"], renamed["url"]) == expected
    [shown] = cloud.ask(ACL, f"uuid={acl}")
    assert [one["name"] for one in shown["entries"]] == ["new"]
    for kind, number in (("RedirectRule", 1), ("IpEntry", 0)):
        found = cloud.call("GetLoadBalancerListenerACLEntries", listenerUuids=[site.listener], type=kind)
        assert len(found[site.listener]) == number
    cloud.call("RemoveAccessControlListEntry", aclUuid=acl, uuid=entry.uuid)
    assert site.told() == [(None, None, [site.own])]
    cloud.call("AddAccessControlListRedirectRule", aclUuid=acl, domain="example.org", url="/b?c=1")
    assert site.told() == [("example.org", "/b?c=1", [api]), (None, None, [site.own])]
    cloud.check_compiled()


def test_who_may_come_in_is_another_matter(site: Site) -> None:
    """Lists of both kinds at one listener; one of them is on or off, the other always there."""
    cloud, api = site.cloud, site.group("api")
    site.lead(site.rule(url="/api"), "api")
    cloud.call("ChangeLoadBalancerListener", uuid=site.listener, aclStatus="enable")
    nobody_meant = cloud.listening(site.listener)
    assert nobody_meant is not None
    assert nobody_meant.access is None
    acl = str(cloud.call("CreateAccessControlList", name="list")["uuid"])
    cloud.call("AddAccessControlListEntry", aclUuid=acl, entries="192.0.2.1")
    cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[acl], aclType="white", listenerUuid=site.listener)
    told = cloud.listening(site.listener)
    assert told is not None
    assert told.access is not None
    assert told.access.cidrs == ("192.0.2.1/32",)
    assert site.told()[0] == (None, "/api", [api])


@pytest.mark.parametrize(
    ("rule", "code", "words"),
    [
        ({}, "SYS.1006", "both missing"),
        ({"url": "/"}, "SYS.1006", "both missing"),
        ({"domain": "example"}, "SYS.1007", "no domain name"),
        ({"domain": "a.*.org"}, "SYS.1007", "no domain name"),
        ({"domain": "-a.example.org"}, "SYS.1007", "no domain name"),
        ({"domain": "a.example\n.org"}, "SYS.1007", "no domain name"),
        ({"domain": "a example.org"}, "SYS.1007", "no domain name"),
        ({"url": "api"}, "SYS.1007", "begins with /"),
        ({"url": "/a b"}, "SYS.1007", "begins with /"),
        ({"url": "/a#b"}, "SYS.1007", "begins with /"),
        ({"url": "/a}"}, "SYS.1007", "begins with /"),
        ({"url": "/" + "a" * 80}, "SYS.1007", "url"),
    ],
)
def test_rules_that_are_none(site: Site, rule: dict[str, str], code: str, words: str) -> None:
    acl = str(site.cloud.call("CreateAccessControlList", name="list")["uuid"])
    with site.cloud.refused(code, words):
        site.cloud.call("AddAccessControlListRedirectRule", aclUuid=acl, **rule)


def test_what_is_refused(site: Site) -> None:
    cloud = site.cloud
    site.group("api")
    addresses = str(cloud.call("CreateAccessControlList", name="addresses")["uuid"])
    cloud.call("AddAccessControlListEntry", aclUuid=addresses, entries="192.0.2.1")
    acl = site.rule(url="/api")
    with cloud.refused("SYS.1006", "has addresses already"):
        cloud.call("AddAccessControlListRedirectRule", aclUuid=addresses, url="/x")
    with cloud.refused("SYS.1006", "a redirect rule already"):
        cloud.call("AddAccessControlListRedirectRule", aclUuid=acl, url="/x")
    with cloud.refused("SYS.1006", "has a redirect rule"):
        cloud.call("AddAccessControlListEntry", aclUuid=acl, entries="192.0.2.1")
    with cloud.refused("SYS.1007", "its type is redirect"):
        site.lead(acl, aclType="white", serverGroupUuids=None)
    with cloud.refused("SYS.1007", "is for lists of type redirect"):
        site.lead(addresses, "api", aclType="black")
    with cloud.refused("SYS.1007", "has no redirect rule"):
        site.lead(addresses, "api")
    with cloud.refused("SYS.1007", "serverGroupUuids is missing"):
        site.lead(acl)
    tcp = cloud.listener(site.balancer, 81)
    with cloud.refused("SYS.1007", "only http and https"):
        site.lead(acl, "api", listener=tcp)
    other = cloud.listener(site.balancer, 82, protocol="http")
    with cloud.refused("SYS.1007", "does not send to"):
        site.lead(acl, "api", listener=other)
    site.lead(acl, "api")
    with cloud.refused("SYS.1007", "already"):
        site.lead(acl, "api")
    cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=site.groups["api"], listenerUuid=other)
    with cloud.refused("SYS.1007", "for one listener alone"):
        site.lead(acl, "api", listener=other)
    same, more = site.rule(url="/API"), site.rule(url="/x")
    with cloud.refused("SYS.1007", "elsewhere already"):
        site.lead(same, "api")
    with cloud.refused("SYS.1006", "leads to"):
        cloud.call("DeleteLoadBalancerServerGroup", uuid=site.groups["api"])
    with cloud.refused("SYS.1006", "leads to"):
        cloud.call(
            "RemoveServerGroupFromLoadBalancerListener",
            serverGroupUuid=site.groups["api"],
            listenerUuid=site.listener,
        )
    with cloud.refused("SYS.1006", "a listener heeds it"):
        cloud.call("DeleteAccessControlList", uuid=acl)
    [entry] = cloud.all(AccessControlListEntry, acl_uuid=addresses)
    with cloud.refused("SYS.1007", "no redirect rule"):
        cloud.call("ChangeAccessControlListRedirectRule", uuid=entry.uuid, name="n")
    empty = str(cloud.call("CreateAccessControlList", name="empty")["uuid"])
    cloud.call("AddAccessControlListToLoadBalancer", aclUuids=[empty], aclType="black", listenerUuid=site.listener)
    with cloud.refused("SYS.1006", "of type black"):
        cloud.call("AddAccessControlListRedirectRule", aclUuid=empty, url="/x")
    cloud.call("UpdateGlobalConfig", category="loadBalancer", name="redirectRuleMaxCount", value="1")
    with cloud.refused("SYS.1007", "more than 1"):
        site.lead(more, "api")


def test_they_go_with_their_load_balancer(site: Site) -> None:
    site.group("api")
    acl = site.rule(url="/api")
    site.lead(acl, "api")
    site.cloud.call("DeleteLoadBalancerListener", uuid=site.listener)
    assert not site.cloud.all(ListenerAcl)
    assert not site.cloud.all(LoadBalancerListener)
    site.cloud.call("DeleteLoadBalancer", uuid=site.balancer)
    site.cloud.call("DeleteAccessControlList", uuid=acl)


_DOMAINS = st.sampled_from([None, "*.org", "*.example.org", "a.example.org", "b.example.org"])
_URLS = st.sampled_from(["/", "/a", "/ab", "/ab/c", "/b"])


def _fits(entry: AccessControlListEntry, host: str, path: str) -> bool:
    domain = entry.domain or "*"
    named = host.endswith(domain[1:]) if domain.startswith("*") else host == domain
    return named and path.startswith(entry.url or "/")


@given(st.sets(st.tuples(_DOMAINS, _URLS)), _DOMAINS.filter(bool), _URLS)
def test_the_first_that_fits_says_most(found: set[tuple[str | None, str]], host: str, path: str) -> None:
    """Of the rules that fit none has the domain of the first and a longer URL, or a narrower domain."""
    asked = host.replace("*", "x")
    entries = [
        AccessControlListEntry(uuid=str(number), acl_uuid="", type="RedirectRule", domain=domain, url=url)
        for number, (domain, url) in enumerate(sorted(found, key=str))
    ]
    fitting = [entry for entry in sorted(entries, key=_rank) if _fits(entry, asked, path)]
    for entry in fitting[1:]:
        first, second = fitting[0].domain or "*", entry.domain or "*"
        assert second == first or first.endswith(second.removeprefix("*"))
        if first == second:
            assert len(entry.url or "") < len(fitting[0].url or "")
