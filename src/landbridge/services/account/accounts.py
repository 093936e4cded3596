"""Accounts: what is known of them, and how they end."""

from landbridge.core.view import Tx
from landbridge.model.documents.account import Account, Session
from landbridge.model.documents.identity import AccessKey, Policy, User, UserGroup
from landbridge.model.documents.sharing import Quota, SharedResource
from landbridge.model.errors import argerr
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.services.account.users import delete_group, delete_policy, delete_user

ADMIN_NAME = "admin"

INITIAL_ADMIN_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$8gAkyfU+5VlHn7SUlqHwiQ$4re74puUXNGRHEU5YYSXbw+xpD8JbcB6Czf5XXQ1g68"
)
"""argon2id of the SHA-512 of `password`, the documented first password of the bootstrap account."""

_NAMES = "account-name"


def seed_admin(tx: Tx) -> None:
    """The bootstrap account, unless somebody has it (then its password may have been changed)."""
    if tx.get(Account, ADMIN_ACCOUNT_UUID) is None:
        tx.put(
            Account(uuid=ADMIN_ACCOUNT_UUID, name=ADMIN_NAME, type="SystemAdmin", password_hash=INITIAL_ADMIN_HASH)
        )
    tx.claim(_NAMES, ADMIN_NAME, ADMIN_ACCOUNT_UUID)


def take_name(tx: Tx, account: Account, name: str) -> None:
    """Names are unique, since accounts log in by them: SYS.1007 for one that another has."""
    if not tx.claim(_NAMES, name, account.uuid):
        raise argerr(f"there is an account[name:{name}] already: choose another name")
    if account.name != name:
        tx.release(_NAMES, account.name)
    account.name = name


def close_sessions(tx: Tx, account: str, but: str = "") -> None:
    """Everybody who acts for an account has to log in again, except through one session."""
    for session in tx.find(Session, account_uuid=account):
        if session.uuid != but:
            tx.delete(session)


def remove(tx: Tx, account: Account) -> None:
    """An account that owns nothing, with all who act for it, what it may use and how much it might have."""
    close_sessions(tx, account.uuid)
    for user in tx.find(User, account_uuid=account.uuid):
        delete_user(tx, user)
    for group in tx.find(UserGroup, account_uuid=account.uuid):
        delete_group(tx, group)
    for policy in tx.find(Policy, account_uuid=account.uuid):
        delete_policy(tx, policy)
    for key in tx.find(AccessKey, account_uuid=account.uuid):
        tx.delete(key)
    for quota in tx.find(Quota, identity_uuid=account.uuid):
        tx.delete(quota)
    for share in (
        *tx.find(SharedResource, receiver=account.uuid),
        *tx.find(SharedResource, owner_account_uuid=account.uuid),
    ):
        tx.delete(share)
    tx.delete(account)
