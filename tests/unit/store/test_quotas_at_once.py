"""Creates of one account at once, through two copies of the server: together they never exceed a quota."""

import asyncio

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.view import Tx
from landbridge.model.documents.account import Account
from landbridge.model.documents.security_group import SecurityGroup
from landbridge.model.documents.sharing import Quota
from landbridge.model.errors import ApiError
from landbridge.server.services import SERVICES
from landbridge.store import Store

pytestmark = pytest.mark.anyio
ACCOUNT, MOST, MANY = "a" * 32, 5, 12


def tenant(tx: Tx) -> None:
    tx.put(Account(uuid=ACCOUNT, name="dep"))
    tx.put(Quota(uuid=tx.new_uuid(), name="securityGroup.num", identity_uuid=ACCOUNT, value=MOST))


def group(tx: Tx) -> str:
    made = SecurityGroup(uuid=tx.new_uuid(), name="g")
    tx.put(made)
    return made.uuid


async def test_a_quota_holds(url: str) -> None:
    copies = [await Store.open(url, Catalog(SERVICES)) for _ in range(2)]
    await copies[0].write(tenant)
    creates = (copies[number % 2].write(group, account=ACCOUNT) for number in range(MANY))
    ended = await asyncio.gather(*creates, return_exceptions=True)
    made = [one for one in ended if isinstance(one, str)]
    refused = [one.code for one in ended if isinstance(one, ApiError)]
    assert (len(made), refused) == (MOST, ["ID.1003"] * (MANY - MOST)), ended
    assert await copies[0].read(lambda view: view.count(SecurityGroup)) == MOST
    await copies[1].write(lambda tx: tx.delete(tx.need(SecurityGroup, made[0])))
    await copies[0].write(group, account=ACCOUNT)
    for copy in copies:
        await copy.close()
