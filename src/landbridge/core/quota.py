"""How much of something an account may have.

A service declares its limits; what an account has is counted when it is asked for, never kept, so
that it cannot drift.  Administrators have no limits.
"""

from landbridge.core.view import View
from landbridge.model.documents.account import Account
from landbridge.model.documents.sharing import Quota
from landbridge.model.errors import ApiError
from landbridge.model.resource import Limit
from landbridge.model.setting import Setting

CATEGORY = "quota"
"""Of the global configs that new accounts' quotas come from; their names are the quotas'."""


def setting(limit: Limit) -> Setting:
    """The global config that it has at first."""
    what = f"{limit.what} that a new account may have"
    return Setting(CATEGORY, limit.name, str(limit.most), what, low=0, high=2**63 - 1)


def allowed(view: View, account: str, name: str) -> int:
    """How much of it an account may have."""
    quota = view.first(Quota, identity_uuid=account, name=name)
    return quota.value if quota is not None else int(view.config(CATEGORY, name))


def is_limited(view: View, account: str | None) -> bool:
    """Whether quotas hold for an account."""
    found = view.get(Account, account)
    return found is not None and found.type != "SystemAdmin"


def check(view: View, account: str, limit: Limit) -> None:
    """ID.1003 when an account has more than it may."""
    used, most = view.measure(account, limit), allowed(view, account, limit.name)
    if used > most:
        raise ApiError(
            "ID.1003",
            f"quota[{limit.name}] of account[uuid:{account}] is {most}, with this it would have {used}: delete "
            "some, or have an administrator raise the quota (UpdateQuota)",
        )
