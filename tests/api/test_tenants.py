"""Accounts through the API: log-ins, signatures, jobs of others, who did what, and a department in a shared pool."""

import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from landbridge.core.signature import sign
from landbridge.server.services import SERVICES
from tests.api.conftest import LOGIN, PASSWORD, Client, Server
from tests.api.simulated import V1, Simulated

ADMIN_KEY = {"accountUuid": "36c27e8ff05c4780bf6d2fa65700f22e", "userUuid": "36c27e8ff05c4780bf6d2fa65700f22e"}


def digest(password: str) -> str:
    return hashlib.sha512(password.encode()).hexdigest()


def job(client: Client, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
    """A job from beginning to end: its last answer."""
    return client.end(client.request(method, V1 + path, json=body, params=params or None))


def made(client: Client, path: str, **params: Any) -> dict[str, Any]:
    reply = job(client, "POST", path, {"params": params})
    assert reply.status_code == 200, reply.text
    inventory: dict[str, Any] = reply.json()["inventory"]
    return inventory


def logged_in(server: Server, name: str, password: str, user: str = "") -> Client:
    client = Client(base_url=server.url)
    body = {"logInByAccount": {"accountName": name, "password": digest(password)}}
    path = "/accounts/login"
    if user:
        body = {"logInByUser": {"accountName": name, "userName": user, "password": digest(password)}}
        path = "/accounts/users/login"
    reply = httpx.put(server.url + V1 + path, json=body)
    assert reply.status_code == 200, reply.text
    client.headers["Authorization"] = "OAuth " + reply.json()["inventory"]["uuid"]
    return client


def tenant(server: Server, admin: Client, name: str) -> Client:
    made(admin, "/accounts", name=name, password=digest(name))
    return logged_in(server, name, name)


def refused(reply: httpx.Response) -> tuple[str, str]:
    assert reply.status_code == 503, reply.text
    error = reply.json()["error"]
    return str(error["code"]), str(error["details"])


def wrong(api: Client, name: str, user: str = "") -> str:
    """The details of a log-in with a wrong password."""
    body: dict[str, Any] = {"logIn": {"username": user or name, "password": "wrong", "loginType": "account"}}
    if user:
        body["logIn"] |= {"loginType": "user", "properties": {"accountName": name}}
    code, details = refused(api.put(f"{V1}/login", json=body))
    assert code == "ID.1000"
    return details


def config(api: Client, name: str, value: int) -> None:
    reply = job(
        api, "PUT", f"/global-configurations/identity/{name}/actions", {"updateGlobalConfig": {"value": str(value)}}
    )
    assert reply.status_code == 200, reply.text


def test_users_and_passwords(server: Server, api: Client) -> None:
    with tenant(server, api, "dep") as dep:
        made(dep, "/accounts/users", name="ann", password=digest("ann's"))
        with logged_in(server, "dep", "ann's", "ann") as ann:
            assert ann.get(f"{V1}/accounts").json()["inventories"][0]["name"] == "dep"
            assert refused(job(ann, "POST", "/widgets", {"params": {"name": "w"}}))[0] == "ID.1002"
            code, _ = refused(job(ann, "PUT", "/accounts/users/actions", {
                "updateUser": {"password": digest("new"), "oldPassword": digest("bob's")}}))  # fmt: skip
            assert code == "ID.1000"
            done = job(ann, "PUT", "/accounts/users/actions", {
                "updateUser": {"password": digest("new"), "oldPassword": digest("ann's")}})  # fmt: skip
            assert done.status_code == 200
        logged_in(server, "dep", "new", "ann").close()


def test_wrong_passwords_are_throttled_by_account_and_address(server: Server, api: Client) -> None:
    """An account's owner gets in from where it has been before, whatever strangers do; not the strangers."""
    made(api, "/accounts", name="dep", password=digest("dep"))
    config(api, "login.failures.perAccount", 3)
    with Client(base_url=server.url) as stranger:
        for _ in range(3):
            assert "wrong account" in wrong(stranger, "dep")
        assert "too many wrong passwords" in wrong(stranger, "dep")
        assert "wrong account" in wrong(stranger, "nobody"), "another name is counted apart"
        assert "wrong account" in wrong(stranger, "dep", "ann")
        assert stranger.put(f"{V1}/accounts/login", json=LOGIN).status_code == 200
        right = {"logInByAccount": {"accountName": "dep", "password": digest("dep")}}
        assert "too many" in refused(stranger.put(f"{V1}/accounts/login", json=right))[1]
        config(api, "login.failures.perAccount", 0)
        assert stranger.put(f"{V1}/accounts/login", json=right).status_code == 200
        config(api, "login.failures.perAccount", 1)
        assert "wrong account" in wrong(stranger, "dep")
        assert "wrong account" in wrong(stranger, "dep"), "this address has logged in to it"
        config(api, "login.failures.perAddress", 2)
        assert "too many" in refused(stranger.put(f"{V1}/accounts/login", json=right))[1]


def signed(
    server: Server, key: dict[str, Any], method: str, path: str, *, secret: str = "", minutes: int = 0, **more: Any
) -> httpx.Response:
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    date = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
    signature = sign(secret or key["AccessKeySecret"], method, date, "/v1" + path)
    headers = {"Authorization": f"ZStack {key['AccessKeyID']}:{signature}", "Date": date}
    return httpx.request(method, server.url + V1 + path, headers=headers, **more)


def test_requests_are_signed_instead(server: Server, api: Client) -> None:
    key = made(api, "/accesskeys", **ADMIN_KEY)
    assert (
        signed(server, key, "GET", "/accounts", params={"q": "name=admin"}).json()["inventories"][0]["name"]
        == "admin"
    )
    assert signed(server, key, "POST", "/widgets", json={"params": {"name": "w"}}).status_code == 202
    late = signed(server, key, "GET", "/accounts", minutes=-16)
    assert (late.status_code, late.text.partition(":")[0]) == (403, "requestTimeTooSkewed")
    forged = signed(server, key, "GET", "/accounts", secret="0" * 40)
    unknown = signed(server, {**key, "AccessKeyID": "0" * 20}, "GET", "/accounts")
    for reply in (forged, unknown):
        assert (reply.status_code, reply.text.partition(":")[0]) == (403, "invalidAccessKey")
    job(api, "PUT", f"/accesskeys/{key['uuid']}/actions", {"changeAccessKeyState": {"stateEvent": "disable"}})
    assert signed(server, key, "GET", "/accounts").status_code == 403
    [shown] = api.get(f"{V1}/accesskeys").json()["inventories"]
    assert "AccessKeySecret" not in shown


def test_jobs_of_others_are_not_there(server: Server, api: Client) -> None:
    """Neither by REST, nor by the message API, which asks without a session, if the uuid could be guessed."""
    chosen = "1" * 32
    accepted = api.post(f"{V1}/widgets", json={"params": {"name": "secret"}}, headers={"X-Job-UUID": chosen})
    assert accepted.status_code == 202
    with tenant(server, api, "dep") as dep:
        assert dep.get(f"{V1}/api-jobs/{chosen}").status_code == 404
        assert dep.get(f"/zstack/api/result/{chosen}").status_code == 404
        message = {"org.zstack.header.widget.APICreateWidgetMsg": {"name": "w", "session": {
            "uuid": dep.headers["Authorization"].split()[1]}}}  # fmt: skip
        mine = dep.post("/zstack/api/", json=message).json()["uuid"]
        assert dep.get(f"/zstack/api/result/{mine}").json()["state"] == "Done"


def test_who_did_what(server: Server, api: Client) -> None:
    with tenant(server, api, "dep") as dep:
        widget = dep.widget()
        job(dep, "DELETE", "/widgets/" + widget["uuid"])
        refused(job(dep, "POST", "/widgets", {"params": {"name": "x" * 99}}))
        wrong(dep, "dep")
        rows = dep.get(f"{V1}/eventlogs", params={"sort": "+time"}).json()["inventories"]
        account = rows[0]["accountUuid"]
        assert [(row["action"], row.get("resourceUuid"), row.get("errorCode")) for row in rows] == [
            ("LogInByAccount", None, None),
            ("CreateWidget", widget["uuid"], None),
            ("DeleteWidget", widget["uuid"], None),
            ("CreateWidget", None, "SYS.1007"),
        ]
        assert {row["address"] for row in rows} == {"127.0.0.1"}
        assert f"account[uuid:{account}] called DeleteWidget on resource[uuid:{widget['uuid']}]: done" in [
            row["content"] for row in rows
        ]
    failed = api.get(f"{V1}/eventlogs", params={"q": ["action=LogIn", "errorCode=ID.1000"]}).json()["inventories"]
    assert [row["accountUuid"] for row in failed] == [""]


def test_session_uuids_are_not_logged(server: Server, api: Client, capsys: pytest.CaptureFixture[str]) -> None:
    session = api.headers["Authorization"].split()[1]
    job(api, "PUT", f"/accounts/sessions/{session}/renew", {"renewSession": {"duration": 60}})
    refused(job(api, "PUT", f"/accounts/sessions/{'0' * 32}/renew", {"renewSession": {}}))
    api.get(f"{V1}/accounts/sessions/{session}/valid")
    api.delete(f"{V1}/accounts/sessions/{session}")
    said = capsys.readouterr()
    assert "RenewSession" in said.out
    for secret in (session, "0" * 32, PASSWORD):
        assert secret not in said.out + said.err


def test_bodies_are_bounded(server: Server, api: Client) -> None:
    huge = b'{"params": {"name": "' + b"x" * (5 << 20) + b'"}}'
    for path in (f"{V1}/widgets", "/zstack/api/"):
        assert "larger than" in api.post(path, content=huge).text


# ---- a department ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    directory = tmp_path_factory.mktemp("tenants")
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        found = Simulated(server, api.login(), Path(directory), 2)
        yield found
        found.close()
    server.stop()


def public(cloud: Simulated) -> tuple[str, str]:
    """The administrator's public network, and an offering on it."""
    l2 = cloud.post("/l2-networks/no-vlan", name="public", zoneUuid=cloud.zone, physicalInterface="eth0")["uuid"]
    cloud.post(f"/l2-networks/{l2}/clusters/{cloud.cluster}")
    l3 = cloud.post("/l3-networks", name="public", l2NetworkUuid=l2, category="Public")["uuid"]
    cloud.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name="r", networkCidr="203.0.113.0/24")
    (image,) = cloud.query("/images", "name=netns")
    offering = cloud.post(
        "/instance-offerings/virtual-routers", name="small", zoneUuid=cloud.zone, managementNetworkUuid=l3,
        imageUuid=image["uuid"], cpuNum=1, memorySize=1 << 28,
    )["uuid"]  # fmt: skip
    return str(l3), str(offering)


def test_a_department_in_a_shared_pool(cloud: Simulated) -> None:
    """It makes networks, a vrouter, VMs and services of what it was given; another department sees none of it."""
    server, admin = cloud.server, cloud.api
    l3, offering = public(cloud)
    with tenant(server, admin, "research") as research, tenant(server, admin, "sales") as sales:
        account = research.get(f"{V1}/accounts").json()["inventories"][0]["uuid"]
        shared = job(admin, "PUT", "/accounts/resources/actions", {
            "shareResource": {"resourceUuids": [cloud.pool, l3, offering], "accountUuids": [account]}})  # fmt: skip
        assert shared.status_code == 200, shared.text
        net = made(research, "/l2-networks/vxlan", name="net", poolUuid=cloud.pool)["uuid"]
        subnet = made(research, "/l3-networks", name="subnet", l2NetworkUuid=net, type="L3VpcNetwork")["uuid"]
        made(research, f"/l3-networks/{subnet}/ip-ranges/by-cidr", name="r", networkCidr="10.1.0.0/24")
        job(
            research,
            "POST",
            f"/l3-networks/{subnet}/network-services",
            {"params": {"networkServices": {"vrouter": ["SNAT", "Eip"]}}},
        )
        router = made(research, "/vpc/virtual-routers", name="router", virtualRouterOfferingUuid=offering)["uuid"]
        made(research, f"/vm-instances/{router}/l3-networks/{subnet}")
        vm = made(research, "/vm-instances", name="vm", l3NetworkUuids=[subnet], cpuNum=1, memorySize=1 << 26)
        vip = made(research, "/vips", name="vip", l3NetworkUuid=l3)
        eip = made(research, "/eips", name="eip", vipUuid=vip["uuid"], vmNicUuid=vm["vmNics"][0]["uuid"])
        assert eip["guestIp"] == vm["vmNics"][0]["ip"]
        group = made(research, "/security-groups", name="group")
        private = {net, subnet, router, vm["uuid"], vm["vmNics"][0]["uuid"], vip["uuid"], eip["uuid"], group["uuid"]}

        paths = {
            action.path
            for service in SERVICES
            for action in service.actions
            if action.mode == "query" and not action.admin_only
        }
        mine = "".join(research.get(V1 + path).text for path in sorted(paths))
        theirs = "".join(sales.get(V1 + path).text for path in sorted(paths))
        assert [uuid for uuid in private if uuid not in mine] == []
        assert [uuid for uuid in {*private, cloud.pool, l3, offering, account} if uuid in theirs] == []
        assert (
            refused(job(sales, "POST", "/l2-networks/vxlan", {"params": {"name": "n", "poolUuid": cloud.pool}}))[0]
            == "SYS.1003"
        )
        assert refused(job(research, "DELETE", f"/l3-networks/{l3}"))[0] == "ID.1002"
        assert refused(job(research, "POST", "/zones", {"params": {"name": "z"}}))[0] == "ID.1002"

        job(admin, "PUT", "/accounts/resources/actions", {
            "revokeResourceSharing": {"resourceUuids": [cloud.pool, l3, offering], "all": True}})  # fmt: skip
        assert research.get(f"{V1}/l2-networks/vxlan-pool").json()["inventories"] == []
        assert job(research, "PUT", f"/vm-instances/{vm['uuid']}/actions", {"stopVmInstance": {}}).status_code == 200
        assert job(research, "PUT", f"/vm-instances/{vm['uuid']}/actions", {"startVmInstance": {}}).status_code == 200
        assert (
            refused(job(research, "POST", "/vips", {"params": {"name": "v", "l3NetworkUuid": l3}}))[0] == "SYS.1003"
        )
