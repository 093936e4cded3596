"""Accounts, who acts for them, what they may do, share and have."""

from landbridge.core.service import Service
from landbridge.model.documents import account, identity, ownership, sharing
from landbridge.services.account import (
    actions_account,
    actions_key,
    actions_policy,
    actions_session,
    actions_share,
    actions_user,
)
from landbridge.services.account.accounts import seed_admin
from landbridge.services.account.defaults import SETTINGS

SERVICE = Service(
    name="account",
    settings=SETTINGS,
    kinds=(account.ACCOUNT, account.SESSION, *identity.KINDS, *sharing.KINDS, *ownership.KINDS),
    actions=(
        *actions_session.ACTIONS,
        *actions_account.ACTIONS,
        *actions_user.ACTIONS,
        *actions_policy.ACTIONS,
        *actions_key.ACTIONS,
        *actions_share.ACTIONS,
    ),
    seeds=(seed_admin,),
)
