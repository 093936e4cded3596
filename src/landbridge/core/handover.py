"""A resource goes to another account, and nothing of it stays half with the one that had it.

What can be shared (networks, security groups, certificates …) others build on, whoever owns it.  Everything else that
names each other is of one account: it goes along, or has to be taken apart first.
"""

from landbridge.core import standing, vips
from landbridge.core.titles import title
from landbridge.core.view import Tx, View
from landbridge.model.documents.labels import TagPattern, UserTag
from landbridge.model.documents.sharing import SharedResource
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import argerr, operr
from landbridge.model.resource import document_name


def give(tx: Tx, uuid: str, account: str) -> None:
    """Make an account the owner of a resource and of what goes along.

    User tags by patterns that stay behind go, as in ZStack.

    Raises: SYS.1007 for a part of something and for what is no account's, SYS.1006 for what would be torn from
    something that stays behind.
    """
    owner = tx.owner_account(uuid)
    if owner is None or uuid == owner or tx.whole_of(uuid) != uuid:
        raise argerr(
            f"resource[uuid:{uuid}] is no account's, or part of something: name the VM, network, … that it is part of"
        )
    if owner == account:
        return
    together = _together(tx, uuid)
    for one in together:
        _settle_labels(tx, one, owner, account)
    for one in sorted(together):
        for other in sorted(tx.tied_to(one) - together):
            if tx.owner_account(other) == owner:
                raise operr(f"{_called(tx, uuid)} cannot be given away: {_why(tx, one, other)}")
    for one in together:
        hand_over(tx, one, account)


def hand_over(tx: Tx, uuid: str, account: str) -> None:
    """Make an account the owner of a whole, whatever else is of it; who shares it from now on."""
    tx.hand_over(uuid, account)
    for share in tx.find(SharedResource, resource_uuid=uuid):
        share.owner_account_uuid = account
        tx.put(share)


def _together(view: View, uuid: str) -> set[str]:
    """The resource, and what of the same account goes along."""
    owner = view.owner_account(uuid)
    found, open_ = {uuid}, [uuid]
    while open_:
        for other in standing.goes_along(view, open_.pop()):
            whole = view.whole_of(other)
            if whole is not None and whole not in found and view.owner_account(whole) == owner:
                found.add(whole)
                open_.append(whole)
    return found


def _settle_labels(tx: Tx, uuid: str, owner: str, account: str) -> None:
    """Plain user tags go along; those by a pattern go, be it the pattern that is given or what they are on."""
    for tag in tx.find(UserTag, resource_uuid=tx.parts_of(uuid)):
        if tx.owner_account(tag.uuid) != owner:
            continue
        if tag.tag_pattern_uuid is None:
            tx.hand_over(tag.uuid, account)
        else:
            tx.delete(tag)
    if tx.get(TagPattern, uuid) is not None:
        for tag in tx.find(UserTag, tag_pattern_uuid=uuid):
            tx.delete(tag)


def _why(view: View, one: str, other: str) -> str:
    hang = f"{_called(view, one)} and {_called(view, other)} hang together, and "
    if one in _together(view, other):
        return f"{hang}the first goes where the second goes: give that one"
    return f"{hang}the second would stay behind: take them apart first"


def _called(view: View, uuid: str) -> str:
    resource = view.any(uuid)
    match resource:
        case None:
            return f"resource[uuid:{uuid}]"
        case VmInstance():
            return title(resource)
        case Vip():
            return vips.named(resource)
        case _:
            name = getattr(resource, "name", "")
            return f"{document_name(type(resource))}[uuid:{uuid}{f', name:{name}' if name else ''}]"
