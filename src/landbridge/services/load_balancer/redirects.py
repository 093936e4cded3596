"""Lists of type redirect: requests of a host, or below a path, go to groups of servers of their own.

Source: behaviour of AddAccessControlListRedirectRule and AddAccessControlListToLoadBalancer.  A list has one rule,
and leads to groups of one listener; those get nothing else of that listener.
"""

import re
from collections.abc import Iterator, Sequence

from landbridge.core.view import Tx, View
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.access import IP_ENTRY, REDIRECT, acl_named, rule_of
from landbridge.services.load_balancer.documents import LoadBalancerListener, LoadBalancerServerGroup
from landbridge.services.load_balancer.documents_access import AccessControlList, AccessControlListEntry, ListenerAcl
from landbridge.services.load_balancer.rules import named
from landbridge.services.load_balancer.settings import is_http

_LABEL = "[a-zA-Z0-9][-a-zA-Z0-9]{0,62}"
_DOMAIN = re.compile(rf"(\*[-a-zA-Z0-9]{{0,62}}|{_LABEL})(\.{_LABEL})+")
_URL = re.compile(r"/[-a-zA-Z0-9._~%?&=+/]*")
ANY_URL = "/"


def rule(tx: Tx, acl: AccessControlList, entry: AccessControlListEntry) -> None:
    """It is the list's rule from now on.

    SYS.1006 for a list that has an entry or lets clients in, and without domain and URL; SYS.1007 for what is no
    domain or no URL, or when a listener of the list leads such requests elsewhere.
    """
    present = tx.first(AccessControlListEntry, acl_uuid=acl.uuid)
    if present is not None:
        what = "addresses" if present.type == IP_ENTRY else "a redirect rule"
        raise operr(f"{acl_named(acl)} has {what} already: a redirect rule needs a list of its own")
    entry.url = entry.url or ANY_URL
    if not entry.domain and entry.url == ANY_URL:
        raise operr("domain and url are both missing: a redirect rule needs one of them")
    if entry.domain and not _DOMAIN.fullmatch(entry.domain):
        raise argerr(f"domain[{entry.domain}] is no domain name; only its beginning may be *, as in *.example.com")
    if not _URL.fullmatch(entry.url):
        raise argerr(f"url[{entry.url}] must be a path that begins with /, of letters, digits and -._~%?&=+/")
    for ref in tx.find(ListenerAcl, acl_uuid=acl.uuid):
        listener = tx.need(LoadBalancerListener, ref.listener_uuid)
        if ref.type != REDIRECT:
            raise operr(f"{named(listener)} heeds {acl_named(acl)} as one of type {ref.type}: it can have addresses")
        _refuse_twice(tx, listener, acl, entry)
    tx.put(entry)


def lead(tx: Tx, listener: LoadBalancerListener, acl_uuids: Sequence[str], group_uuids: Sequence[str] | None) -> None:
    """What the lists' rules say goes to these groups from now on, to all of them together.

    SYS.1007 when the listener is not of http, a group is none of its groups, or none is given; when a list has no
    rule, leads there already, is another listener's or says the same as another one; when there are too many.
    """
    if not is_http(listener.protocol):
        raise argerr(f"{named(listener)} is of {listener.protocol}: only http and https say what is asked for")
    groups = _groups(tx, listener, group_uuids)
    lists = dict.fromkeys([*_lists(tx, listener), *acl_uuids])
    most = int(tx.config("loadBalancer", "redirectRuleMaxCount"))
    if len(lists) > most:
        raise argerr(f"{named(listener)} would have more than {most} lists of type {REDIRECT}: remove some first")
    for uuid in acl_uuids:
        acl = tx.need(AccessControlList, uuid)
        entry = rule_of(tx, uuid)
        if entry is None:
            raise argerr(f"{acl_named(acl)} has no redirect rule: add one (AddAccessControlListRedirectRule)")
        refs = tx.find(ListenerAcl, acl_uuid=uuid)
        for ref in refs:
            if ref.listener_uuid != listener.uuid:
                other = tx.need(LoadBalancerListener, ref.listener_uuid)
                raise argerr(f"{acl_named(acl)} leads requests of {named(other)}: it is for one listener alone")
        _refuse_twice(tx, listener, acl, entry)
        present = {ref.server_group_uuid for ref in refs}
        for group in groups:
            if group.uuid in present:
                raise argerr(f"{acl_named(acl)} leads to {named(group)} already")
            _put(tx, listener, uuid, group)


def lead_elsewhere(
    tx: Tx, listener: LoadBalancerListener, acl: AccessControlList, group_uuids: Sequence[str]
) -> None:
    """To these groups and no others.  SYS.1007 when the listener does not have it, or not the groups."""
    groups = _groups(tx, listener, group_uuids)
    known = tx.find(ListenerAcl, acl_uuid=acl.uuid)
    refs = [ref for ref in known if ref.listener_uuid == listener.uuid and ref.type == REDIRECT]
    if not refs:
        raise argerr(f"{named(listener)} does not heed {acl_named(acl)} as one of type {REDIRECT}")
    for ref in refs:
        tx.delete(ref)
    for group in groups:
        _put(tx, listener, acl.uuid, group)


def rules(view: View, listener_uuid: str) -> Iterator[tuple[AccessControlListEntry, tuple[str, ...]]]:
    """Rules with their groups, in the order in which they are tried: whatever says more comes first."""
    groups: dict[str, list[str]] = {}
    for ref in view.find(ListenerAcl, listener_uuid=listener_uuid):
        if ref.type == REDIRECT and ref.server_group_uuid is not None:
            groups.setdefault(ref.acl_uuid, []).append(ref.server_group_uuid)
    entries = (rule_of(view, uuid) for uuid in groups)
    for entry in sorted((one for one in entries if one is not None), key=_rank):
        yield entry, tuple(groups[entry.acl_uuid])


def groups_led_to(view: View, listener_uuid: str) -> frozenset[str]:
    """The groups that get what rules say, and nothing else."""
    refs = view.find(ListenerAcl, listener_uuid=listener_uuid)
    return frozenset(ref.server_group_uuid for ref in refs if ref.server_group_uuid is not None)


def _rank(entry: AccessControlListEntry) -> tuple[bool, bool, int, int, str]:
    """A domain before none, a whole one before `*`, the longer one; then the longer URL."""
    domain, url = entry.domain or "", entry.url or ANY_URL
    return not domain, domain.startswith("*"), -len(domain), -len(url), entry.uuid


def _lists(view: View, listener: LoadBalancerListener) -> list[str]:
    refs = view.find(ListenerAcl, listener_uuid=listener.uuid)
    return list(dict.fromkeys(ref.acl_uuid for ref in refs if ref.type == REDIRECT))


def _groups(
    tx: Tx, listener: LoadBalancerListener, group_uuids: Sequence[str] | None
) -> list[LoadBalancerServerGroup]:
    if not group_uuids:
        raise argerr(f"serverGroupUuids is missing: a list of type {REDIRECT} leads to groups of the listener")
    own = balancers.groups_of(tx, listener.uuid)
    groups = [tx.need(LoadBalancerServerGroup, uuid) for uuid in dict.fromkeys(group_uuids)]
    for group in groups:
        if group.uuid not in own:
            remedy = "AddServerGroupToLoadBalancerListener comes first"
            raise argerr(f"{named(listener)} does not send to {named(group)}: {remedy}")
    return groups


def _refuse_twice(
    view: View, listener: LoadBalancerListener, acl: AccessControlList, entry: AccessControlListEntry
) -> None:
    for uuid in _lists(view, listener):
        other = rule_of(view, uuid)
        if uuid != acl.uuid and other is not None and _requests(other) == _requests(entry):
            theirs, what = acl_named(view.need(AccessControlList, uuid)), "".join(_requests(entry))
            raise argerr(f"{named(listener)} leads requests for {what} elsewhere already, by {theirs}")


def _requests(entry: AccessControlListEntry) -> tuple[str, str]:
    return (entry.domain or "").lower(), (entry.url or ANY_URL).lower()


def _put(tx: Tx, listener: LoadBalancerListener, acl_uuid: str, group: LoadBalancerServerGroup) -> None:
    made = ListenerAcl(
        uuid=tx.new_uuid(),
        listener_uuid=listener.uuid,
        acl_uuid=acl_uuid,
        type=REDIRECT,
        server_group_uuid=group.uuid,
    )
    tx.put(made)
