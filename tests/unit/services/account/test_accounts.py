"""Accounts, users, policies, keys, shares and quotas, as the server performs them."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Caller
from landbridge.model.documents.account import Account, Session
from landbridge.model.documents.identity import AccessKey, Policy, User
from landbridge.model.documents.l2 import L2_VXLAN_NETWORK, L2_VXLAN_POOL
from landbridge.model.documents.ownership import RESOURCE_REF
from landbridge.model.documents.sharing import QUOTA, Quota, SharedResource
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.model.resource import Kind
from tests.unit.services.cloudkit import Cloud, opened
from tests.unit.services.netkit import ADMIN


class Tenants(Cloud):
    """A cloud and its accounts."""

    def account(self, name: str, **params: Any) -> Caller:
        made = self.call("CreateAccount", name=name, password="hash", **params)
        return Caller(made["uuid"], made["uuid"], is_admin=False)

    def as_(self, caller: Caller, action: str, /, **params: Any) -> Any:
        """An action from beginning to end, of somebody."""
        return self.finish(self.begin(action, caller=caller, **params), caller)

    def user(self, account: Caller, name: str, **params: Any) -> Caller:
        made = self.as_(account, "CreateUser", name=name, password="hash", **params)
        return Caller(account.account_uuid, made["uuid"], is_admin=account.is_admin)

    def sees(self, kind: Kind, caller: Caller, *conditions: str) -> list[str]:
        return [str(row["name"]) for row in self.ask(kind, *conditions, caller=caller)]


@pytest.fixture
def cloud() -> Iterator[Tenants]:
    with opened(1) as found:
        yield Tenants(found.store, found.zone, found.cluster, found.hosts)


def test_an_account_from_beginning_to_end(cloud: Tenants) -> None:
    made = cloud.call("CreateAccount", name="dep", password="hash", description="a department")
    assert (made["name"], made["type"], made["description"]) == ("dep", "Normal", "a department")
    assert "passwordHash" not in made
    with cloud.refused("SYS.1007", "dep"):
        cloud.begin("CreateAccount", name="dep", password="other")
    changed = cloud.call("UpdateAccount", uuid=made["uuid"], name="department", password="new")
    assert changed["name"] == "department"
    assert cloud.get(Account, made["uuid"]).password_hash == "new"
    cloud.call("CreateAccount", name="dep", password="hash")
    cloud.call("DeleteAccount", uuid=made["uuid"])
    assert cloud.all(Account, name="department") == []
    assert cloud.all(Quota, identity_uuid=made["uuid"]) == []
    cloud.call("CreateAccount", name="department", password="hash")


def test_the_bootstrap_account_stays(cloud: Tenants) -> None:
    with cloud.refused("SYS.1006", "bootstrap"):
        cloud.begin("DeleteAccount", uuid=ADMIN_ACCOUNT_UUID)
    with cloud.refused("SYS.1006", "keeps its name"):
        cloud.begin("UpdateAccount", uuid=ADMIN_ACCOUNT_UUID, name="root")


def test_a_new_password_closes_the_other_sessions(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    here, there = (cloud.as_(dep, "LogInByAccount", accountName="dep", password="x")["uuid"] for _ in range(2))
    with cloud.refused("ID.1000", "old password"):
        cloud.begin("UpdateAccount", caller=dep, uuid=dep.account_uuid, password="new", oldPassword="wrong")
    caller = Caller(dep.account_uuid, dep.account_uuid, is_admin=False, session_uuid=here)
    cloud.as_(caller, "UpdateAccount", uuid=dep.account_uuid, password="new", oldPassword="hash")
    assert [session.uuid for session in cloud.all(Session, account_uuid=dep.account_uuid)] == [here]
    assert there != here


def test_what_an_account_owns_outlives_it_only_on_request(cloud: Tenants) -> None:
    dep, other = cloud.account("dep"), cloud.account("other")
    cloud.user(dep, "u")
    group = cloud.as_(dep, "CreateSecurityGroup", name="sg")["uuid"]
    cloud.as_(dep, "ShareResource", resourceUuids=[group], accountUuids=[other.account_uuid])
    with cloud.refused("SYS.1006", "owns 1 resources", group, "ChangeResourceOwner"):
        cloud.begin("DeleteAccount", uuid=dep.account_uuid)
    cloud.call("DeleteAccount", uuid=dep.account_uuid, deleteMode="Enforcing")
    assert cloud.write(lambda tx: tx.owner_account(group)) == ADMIN_ACCOUNT_UUID
    left = [
        one for doc in (User, Policy, Session, AccessKey) for one in cloud.all(doc, account_uuid=dep.account_uuid)
    ]
    assert left == []
    assert [share.owner_account_uuid for share in cloud.all(SharedResource)] == [ADMIN_ACCOUNT_UUID]


def test_sharing_and_its_end(cloud: Tenants) -> None:
    """Used, not changed; what was made with it stays when the share ends."""
    dep, other = cloud.account("dep"), cloud.account("other")
    pool = cloud.pool()
    with cloud.refused("SYS.1003", pool):
        cloud.begin("CreateL2VxlanNetwork", caller=dep, name="n", poolUuid=pool)
    with cloud.refused("SYS.1007", "nobody"):
        cloud.begin("ShareResource", resourceUuids=[pool])
    for _ in range(2):
        cloud.call("ShareResource", resourceUuids=[pool], accountUuids=[dep.account_uuid])
    assert len(cloud.all(SharedResource)) == 1
    made = cloud.as_(dep, "CreateL2VxlanNetwork", name="n", poolUuid=pool)
    assert (cloud.sees(L2_VXLAN_POOL, dep), cloud.sees(L2_VXLAN_POOL, other)) == (["pool"], [])
    with cloud.refused("ID.1002", pool, "shares it for use"):
        cloud.begin("UpdateL2Network", caller=dep, uuid=pool, name="mine")
    with cloud.refused("ID.1002", pool):
        cloud.begin("DeleteL2Network", caller=dep, uuid=pool)
    with cloud.refused("ID.1002", pool):
        cloud.begin("ShareResource", caller=dep, resourceUuids=[pool], accountUuids=[other.account_uuid])
    cloud.call("RevokeResourceSharing", resourceUuids=[pool], accountUuids=[dep.account_uuid])
    assert cloud.sees(L2_VXLAN_POOL, dep) == []
    assert cloud.sees(L2_VXLAN_NETWORK, dep) == ["n"]
    with cloud.refused("SYS.1003", pool):
        cloud.begin("CreateL2VxlanNetwork", caller=dep, name="m", poolUuid=pool)
    cloud.as_(dep, "UpdateL2Network", uuid=made["uuid"], name="still mine")
    cloud.as_(dep, "DeleteL2Network", uuid=made["uuid"])


def test_sharing_with_everybody(cloud: Tenants) -> None:
    pool = cloud.pool()
    cloud.call("ShareResource", resourceUuids=[pool], toPublic=True)
    later = cloud.account("later")
    assert cloud.sees(L2_VXLAN_POOL, later) == ["pool"]
    cloud.call("RevokeResourceSharing", resourceUuids=[pool], all=True)
    assert cloud.sees(L2_VXLAN_POOL, later) == []


def test_what_cannot_be_shared(cloud: Tenants) -> None:
    net = cloud.subnet("10.1.0.0/24")
    vm = cloud.vm(net)
    for uuid in (vm["uuid"], cloud.zone, vm["vmNics"][0]["uuid"]):
        with cloud.refused("SYS.1007", "cannot be shared", uuid):
            cloud.begin("ShareResource", resourceUuids=[uuid], toPublic=True)


def test_owners_change(cloud: Tenants) -> None:
    dep, other = cloud.account("dep"), cloud.account("other")
    net = cloud.subnet("10.1.0.0/24")
    vm = cloud.vm(net)
    nic = vm["vmNics"][0]["uuid"]
    ref = cloud.call("ChangeResourceOwner", accountUuid=dep.account_uuid, resourceUuid=vm["uuid"])
    assert (ref["accountUuid"], ref["resourceUuid"], ref["resourceType"]) == (
        dep.account_uuid, vm["uuid"], "VmInstanceVO",
    )  # fmt: skip
    owners = cloud.write(lambda tx: {tx.owner_account(one) for one in (vm["uuid"], nic)})
    assert owners == {dep.account_uuid}
    [row] = cloud.ask(RESOURCE_REF, f"accountUuid={dep.account_uuid}", caller=dep)
    assert (row["resourceUuid"], row["resourceType"]) == (vm["uuid"], "VmInstanceVO")
    assert cloud.ask(RESOURCE_REF, caller=other) == []
    for uuid in (nic, cloud.zone, dep.account_uuid):
        with cloud.refused("SYS.1007", "part of"):
            cloud.begin("ChangeResourceOwner", accountUuid=other.account_uuid, resourceUuid=uuid)
    asked = cloud.as_(dep, "GetResourceAccount", resourceUuids=[vm["uuid"], net])
    assert {uuid: account["name"] for uuid, account in asked.items()} == {vm["uuid"]: "dep"}
    named = cloud.as_(dep, "GetResourceNames", uuids=[vm["uuid"], net, "nothing"])
    assert named == [{"uuid": vm["uuid"], "resourceName": "vm", "resourceType": "VmInstanceVO"}]


def test_candidates_are_ones_own_and_what_is_shared(cloud: Tenants) -> None:
    """Networks that a VM or a vrouter could have, but are another account's, are not named."""
    dep = cloud.account("dep")
    mine, theirs, shared = (cloud.subnet(f"10.1.{n}.0/24", f"net{n}", vpc=n > 2) for n in (1, 2, 3))
    cloud.call("ShareResource", resourceUuids=[shared], accountUuids=[dep.account_uuid])
    vm, router = cloud.vm(mine), cloud.router()
    cloud.give(mine, vm["uuid"], router["uuid"], to=dep)
    nic, image = vm["vmNics"][0]["uuid"], cloud.query("QueryImage")[0]

    def uuids(action: str, **params: Any) -> set[str]:
        return {row["uuid"] for row in cloud.as_(dep, action, **params)}

    assert uuids("GetVmAttachableL3Network", vmInstanceUuid=vm["uuid"]) == {shared}
    assert uuids("GetAttachableVpcL3Network", uuid=router["uuid"]) == {shared}
    assert uuids("GetAttachablePublicL3ForVRouter", vmInstanceUuid=router["uuid"]) == set()
    cloud.give(router["publicNetworkUuid"], to=dep)
    assert uuids("GetInterdependentL3NetworksImages", zoneUuid=cloud.zone, imageUuid=image) == {
        mine, shared, router["publicNetworkUuid"],
    }  # fmt: skip
    cloud.as_(dep, "StopVmInstance", uuid=vm["uuid"])
    assert uuids("GetCandidateL3NetworksForChangeVmNicNetwork", vmNicUuid=nic) == {
        shared, router["publicNetworkUuid"],
    }  # fmt: skip
    assert theirs in {row["uuid"] for row in cloud.call("GetVmAttachableL3Network", vmInstanceUuid=vm["uuid"])}


def test_users_do_what_policies_allow(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    user = cloud.user(dep, "ann")
    with cloud.refused("SYS.1007", "ann"):
        cloud.begin("CreateUser", caller=dep, name="ann", password="x")
    assert cloud.as_(user, "GetResourceNames", uuids=[user.user_uuid])[0]["resourceName"] == "ann"
    with cloud.refused("ID.1002", "no policy allows", "security-group:CreateSecurityGroup"):
        cloud.begin("CreateSecurityGroup", caller=user, name="sg")
    allow = [{"effect": "Allow", "actions": ["security-group:*"]}]
    policy = cloud.as_(dep, "CreatePolicy", name="groups", statements=allow)["uuid"]
    cloud.as_(dep, "AttachPolicyToUser", userUuid=user.user_uuid, policyUuid=policy)
    group = cloud.as_(user, "CreateSecurityGroup", name="sg")["uuid"]
    assert cloud.write(lambda tx: tx.owner_account(group)) == dep.account_uuid
    deny = [{"effect": "Deny", "actions": ["APIDeleteSecurityGroupMsg"], "resources": [f"SecurityGroupVO:{group}"]}]
    denial = cloud.as_(dep, "CreatePolicy", name="but", statements=deny)["uuid"]
    team = cloud.as_(dep, "CreateUserGroup", name="team")["uuid"]
    cloud.as_(dep, "AttachPolicyToUserGroup", groupUuid=team, policyUuid=denial)
    cloud.as_(dep, "AddUserToGroup", groupUuid=team, userUuid=user.user_uuid)
    with cloud.refused("ID.1002"):
        cloud.begin("DeleteSecurityGroup", caller=user, uuid=group)
    cloud.as_(dep, "RemoveUserFromGroup", groupUuid=team, userUuid=user.user_uuid)
    cloud.as_(user, "DeleteSecurityGroup", uuid=group)
    cloud.as_(dep, "AddUserToGroup", groupUuid=team, userUuid=user.user_uuid)
    cloud.as_(dep, "DetachPolicyFromUserGroup", groupUuid=team, policyUuid=denial)
    cloud.as_(dep, "DetachPolicyFromUser", userUuid=user.user_uuid, policyUuid=policy)
    with cloud.refused("ID.1002"):
        cloud.begin("CreateSecurityGroup", caller=user, name="sg")
    cloud.as_(dep, "AttachPoliciesToUser", userUuid=user.user_uuid, policyUuids=[policy, denial])
    asked = cloud.as_(
        user, "CheckApiPermission", apiNames=["CreateSecurityGroup", "CreateVip", "Nonsense", "CreateUser"]
    )
    assert asked == {"CreateSecurityGroup": "Allow", "CreateVip": "Deny", "Nonsense": "Deny", "CreateUser": "Deny"}
    cloud.as_(dep, "DetachPoliciesFromUser", userUuid=user.user_uuid, policyUuids=[policy, denial])
    cloud.as_(dep, "DeletePolicy", uuid=policy)
    assert [one.name for one in cloud.all(Policy)][1:] == ["but"]


def test_users_and_groups_change_and_go(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    ann, bob = cloud.user(dep, "ann"), cloud.user(dep, "bob")
    renamed = cloud.as_(dep, "UpdateUser", uuid=ann.user_uuid, name="anna", description="d")
    assert (renamed["name"], renamed["description"]) == ("anna", "d")
    cloud.as_(ann, "UpdateUser", password="new", oldPassword="hash")
    assert cloud.get(User, ann.user_uuid).password_hash == "new"
    with cloud.refused("ID.1000"):
        cloud.begin("UpdateUser", caller=ann, password="x", oldPassword="hash")
    others: tuple[dict[str, Any], ...] = ({"uuid": bob.user_uuid, "password": "x"}, {"name": "x"})
    for params in others:
        with cloud.refused("ID.1002", "only its own password"):
            cloud.begin("UpdateUser", caller=ann, **params)
    with cloud.refused("ID.1002", "for the account itself"):
        cloud.begin("CreateUser", caller=ann, name="x", password="x")
    team = cloud.as_(dep, "CreateUserGroup", name="team")["uuid"]
    assert cloud.as_(dep, "UpdateUserGroup", uuid=team, name="crew")["name"] == "crew"
    cloud.as_(dep, "AddUserToGroup", groupUuid=team, userUuid=bob.user_uuid)
    session = cloud.as_(bob, "LogInByUser", accountName="dep", userName="bob", password="x")
    assert (session["userUuid"], session["userType"]) == (bob.user_uuid, "user")
    cloud.as_(dep, "DeleteUser", uuid=bob.user_uuid)
    assert cloud.all(Session) == []
    cloud.as_(dep, "DeleteUserGroup", uuid=team)
    cloud.user(dep, "bob")


def test_of_two_accounts_nothing_is_tied_together(cloud: Tenants) -> None:
    dep, other = cloud.account("dep"), cloud.account("other")
    user = cloud.user(dep, "ann").user_uuid
    policy = cloud.as_(other, "CreatePolicy", name="p", statements=[{"effect": "Allow", "actions": ["*"]}])["uuid"]
    with cloud.refused("SYS.1003", policy):
        cloud.begin("AttachPolicyToUser", caller=dep, userUuid=user, policyUuid=policy)
    with cloud.refused("SYS.1007", "different accounts"):
        cloud.begin("AttachPolicyToUser", userUuid=user, policyUuid=policy)


@pytest.mark.parametrize(
    "statements", [[{"effect": "Perhaps", "actions": ["*"]}], [{"effect": "Allow", "actions": []}], [{}]]
)
def test_statements_that_say_nothing(cloud: Tenants, statements: Any) -> None:
    with cloud.refused("SYS.1007"):
        cloud.begin("CreatePolicy", name="p", statements=statements)


def test_access_keys(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    user = cloud.user(dep, "ann")
    who: dict[str, Any] = {"accountUuid": dep.account_uuid, "userUuid": dep.account_uuid}
    made = cloud.as_(dep, "CreateAccessKey", **who)
    assert (len(made["AccessKeyID"]), len(made["AccessKeySecret"]), made["state"]) == (20, 40, "Enabled")
    changed = cloud.as_(dep, "ChangeAccessKeyState", uuid=made["uuid"], stateEvent="disable")
    assert changed["state"] == "Disabled"
    assert "AccessKeySecret" not in changed
    with cloud.refused("SYS.1007", "already"):
        cloud.begin("CreateAccessKey", caller=dep, **who, AccessKeyID=made["AccessKeyID"])
    with cloud.refused("SYS.1003", "no user"):
        cloud.begin("CreateAccessKey", caller=dep, accountUuid=dep.account_uuid, userUuid=ADMIN_ACCOUNT_UUID)
    keys = [{"effect": "Allow", "actions": ["account:*AccessKey"]}]
    policy = cloud.as_(dep, "CreatePolicy", name="keys", statements=keys)["uuid"]
    cloud.as_(dep, "AttachPolicyToUser", userUuid=user.user_uuid, policyUuid=policy)
    with cloud.refused("ID.1002", "only for itself"):
        cloud.begin("CreateAccessKey", caller=user, **who)
    with cloud.refused("ID.1002", "another user's"):
        cloud.begin("DeleteAccessKey", caller=user, uuid=made["uuid"])
    cloud.as_(user, "CreateAccessKey", accountUuid=dep.account_uuid, userUuid=user.user_uuid)
    cloud.as_(dep, "DeleteAccessKey", uuid=made["uuid"])
    assert len(cloud.all(AccessKey)) == 1


def test_quotas(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    assert {row["name"]: row["value"] for row in cloud.ask(QUOTA, caller=dep)}["vxlan.num"] == 8
    with cloud.refused("SYS.1007", "vip.num"):
        cloud.begin("UpdateQuota", identityUuid=dep.account_uuid, name="cats", value=1)
    changed = cloud.call("UpdateQuota", identityUuid=dep.account_uuid, name="securityGroup.num", value=2)
    assert changed["value"] == 2
    groups = [cloud.as_(dep, "CreateSecurityGroup", name="sg")["uuid"] for _ in range(2)]
    with cloud.refused("ID.1003", "securityGroup.num", "is 2", "3"):
        cloud.begin("CreateSecurityGroup", caller=dep, name="sg")
    usage = {row["name"]: row for row in cloud.as_(dep, "GetAccountQuotaUsage", uuid=dep.account_uuid)["usages"]}
    assert usage["securityGroup.num"] == {"name": "securityGroup.num", "total": 2, "used": 2}
    cloud.as_(dep, "DeleteSecurityGroup", uuid=groups[0])
    cloud.as_(dep, "CreateSecurityGroup", name="sg")
    mine = cloud.call("CreateSecurityGroup", name="sg")["uuid"]
    with cloud.refused("ID.1003"):
        cloud.begin("ChangeResourceOwner", accountUuid=dep.account_uuid, resourceUuid=mine)
    cloud.call("UpdateQuota", identityUuid=dep.account_uuid, name="securityGroup.num", value=0)
    cloud.as_(dep, "DeleteSecurityGroup", uuid=groups[1])


def test_quotas_of_vms_count_cpu_and_memory_of_those_that_are_not_at_rest(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    net = cloud.subnet("10.1.0.0/24")
    cloud.call("ShareResource", resourceUuids=[net], toPublic=True)
    cloud.call("UpdateQuota", identityUuid=dep.account_uuid, name="vm.cpuNum", value=3)
    vm = cloud.as_(dep, "CreateVmInstance", **cloud.vm_params(net) | {"cpuNum": 2})
    assert cloud.write(lambda tx: tx.owner_account(vm["vmNics"][0]["uuid"])) == dep.account_uuid
    with cloud.refused("ID.1003", "vm.cpuNum"):
        cloud.begin("CreateVmInstance", caller=dep, **cloud.vm_params(net) | {"cpuNum": 2})
    cloud.as_(dep, "StopVmInstance", uuid=vm["uuid"])
    cloud.as_(dep, "CreateVmInstance", **cloud.vm_params(net) | {"cpuNum": 2})
    with cloud.refused("ID.1003", "vm.cpuNum"):
        cloud.begin("StartVmInstance", caller=dep, uuid=vm["uuid"])


def test_sessions_of_others(cloud: Tenants) -> None:
    dep = cloud.account("dep")
    user, other = cloud.user(dep, "ann"), cloud.account("other")
    mine = cloud.as_(dep, "LogIn", username="dep", password="x", loginType="account")["uuid"]
    with cloud.refused("ID.1002", "another user's"):
        cloud.begin("RenewSession", caller=user, sessionUuid=mine)
    with cloud.refused("SYS.1003", "(hidden)"):
        cloud.begin("RenewSession", caller=other, sessionUuid=mine)
    with cloud.refused("SYS.1007", "ldap"):
        cloud.begin("LogIn", caller=dep, username="dep", password="x", loginType="ldap")
    cloud.finish(cloud.begin("RenewSession", caller=ADMIN, sessionUuid=mine))
