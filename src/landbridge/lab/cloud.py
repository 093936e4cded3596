"""Zone, cluster and hosts of a lab, made through the public API; and what it knows of names."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from landbridge.cli.errors import CliError
from landbridge.client import Client
from landbridge.drivers import children
from landbridge.drivers.processes import write_atomically
from landbridge.lab import processes
from landbridge.lab.layout import INTERNET_NAME, PUBLIC, UNDERLAY, Lab, LabHost

ACCOUNT, PASSWORD = "admin", "password"
START_SECONDS = 20.0
JOIN_SECONDS = 30.0

Say = Callable[[str], None]


def client(lab: Lab) -> Client:
    """A logged-in client.  Every command of the lab shares one session: an account has a limited number."""
    kept = lab.path / "session"
    made = Client(f"http://127.0.0.1:{lab.port}")
    known = kept.read_text() if kept.exists() else ""
    if known and made.call("ValidateSession", sessionUuid=known)["valid"]:
        made.session = known
    else:
        write_atomically(kept, made.login(ACCOUNT, PASSWORD).encode())
    return made


def await_server(lab: Lab) -> Client:
    """A client as soon as the server answers; OSError with the end of its log if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return client(lab)
        except (CliError, OSError) as error:
            if time.monotonic() > deadline or not children.runs(lab.path / "server"):
                tail = processes.log_tail(lab.path / "server")
                raise OSError(f"the server does not answer on port {lab.port}: {error}\n{tail}") from error
        time.sleep(0.1)


def ensure_cluster(api: Client) -> tuple[str, str]:
    """`zone-1` and `cluster-1`, made if need be; their uuids."""
    zone = _first(api, "QueryZone", "zone-1") or _inventory(api.call("CreateZone", name="zone-1"))
    cluster = _first(api, "QueryCluster", "cluster-1") or _inventory(
        api.call("CreateCluster", name="cluster-1", zoneUuid=zone["uuid"], hypervisorType="KVM")
    )
    return zone["uuid"], cluster["uuid"]


def join_hosts(lab: Lab, api: Client, cluster: str, say: Say) -> None:
    """Every host joins with a token of its own; what has joined is only started."""
    url = f"https://{lab.server_address}:{lab.nodelink_port}"
    for host in lab.members:
        if not processes.joined(host):
            token = api.call("CreateHostJoinToken", clusterUuid=cluster, name=host.name)["token"]
            _join(host, url, token)
        if processes.ensure(processes.agent(host)):
            say(f"{host.name}: agent started")
    await_hosts(lab, api)


def _join(host: LabHost, url: str, token: str) -> None:
    argv = (*processes.CLI, "agent", "join", url, "--token", token, "--no-run", *processes.agent_options(host))
    process = children.launch(children.Child(argv=argv, directory=host.directory / "join", netns=host.namespace))
    if not process.wait(JOIN_SECONDS) or not processes.joined(host):
        raise OSError(f"{host.name} did not join:\n{processes.log_tail(host.directory / 'join')}")


def await_hosts(lab: Lab, api: Client) -> None:
    """Until every host is Connected; OSError naming those that are not, with the reason."""
    deadline = time.monotonic() + JOIN_SECONDS
    while True:
        hosts = {host["name"]: host for host in api.call("QueryHost")["inventories"]}
        away = [host for host in lab.members if hosts.get(host.name, {}).get("status") != "Connected"]
        if not away:
            return
        if time.monotonic() > deadline:
            reasons = [_reason(host, hosts.get(host.name)) for host in away]
            raise OSError("not connected:\n" + "\n".join(reasons))
        time.sleep(0.05)


def _reason(host: LabHost, inventory: Mapping[str, Any] | None) -> str:
    stated = (inventory or {}).get("disconnectReason", "it never connected")
    return f"{host.name}: {stated}\n{processes.log_tail(host.directory)}"


def status(lab: Lab) -> dict[str, Any]:
    """What `lab status --output json` prints."""
    uuids: dict[str, Any] = names(lab)
    hosts = [
        {
            "name": host.name,
            "uuid": uuids["hosts"].get(host.name),
            "namespace": host.namespace,
            "underlayInterface": "underlay0",
            "underlayAddress": str(host.underlay_address),
            "managementIp": str(host.management_address),
        }
        for host in lab.members
    ]
    return {
        "api": f"http://127.0.0.1:{lab.port}",
        "zone": {"name": "zone-1", "uuid": uuids["zones"].get("zone-1")},
        "cluster": {"name": "cluster-1", "uuid": uuids["clusters"].get("cluster-1")},
        "hosts": hosts,
        "underlay": {"cidr": str(UNDERLAY), "mtu": lab.underlay_mtu},
        "public": {
            "interface": "public0",
            "cidr": str(PUBLIC),
            "freeStart": str(PUBLIC[100]),
            "freeEnd": str(PUBLIC[199]),
            "gateway": lab.gateway,
            "webServer": f"http://{lab.gateway}/",
            "nameServer": lab.gateway,
            "name": INTERNET_NAME,
        },
        "routerInterface": "router0",
        "directory": lab.directory,
        "processes": _processes(lab, uuids),
    }


def _processes(lab: Lab, uuids: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [{"name": "server", "pid": children.running_pid(lab.path / "server")}]
    called = {vm["uuid"]: vm["name"] for vm in uuids["vms"]}
    for host in lab.members:
        found.append({"name": host.name, "pid": children.running_pid(host.directory)})
        for record in sorted((host.directory / "run" / "routers").glob("*/process.json")):
            uuid = record.parent.name
            found.append({"name": f"vrouter:{called.get(uuid, uuid)}", "pid": children.running_pid(record.parent)})
    return found


def names(lab: Lab) -> dict[str, Any]:
    """Uuids by name: from the API, else as the API last said (it may be down on purpose)."""
    cache = lab.path / "names.json"
    with contextlib.suppress(CliError, OSError):
        api = client(lab)
        fresh = {
            "zones": _uuids(api.call("QueryZone")),
            "clusters": _uuids(api.call("QueryCluster")),
            "hosts": _uuids(api.call("QueryHost")),
            "vms": [
                {key: vm.get(key) for key in ("uuid", "name", "type", "hostUuid")}
                for vm in api.call("QueryVmInstance", limit=100_000)["inventories"]
            ],
        }
        write_atomically(cache, json.dumps(fresh).encode())
        return fresh
    if cache.exists():
        known: dict[str, Any] = json.loads(cache.read_text())
        return known
    return {"zones": {}, "clusters": {}, "hosts": {}, "vms": []}


def _uuids(answer: Mapping[str, Any]) -> dict[str, str]:
    return {row["name"]: row["uuid"] for row in answer["inventories"]}


def _first(api: Client, action: str, name: str) -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = api.call(action, q=[f"name={name}"])["inventories"]
    return rows[0] if rows else None


def _inventory(answer: Mapping[str, Any]) -> dict[str, Any]:
    inventory: dict[str, Any] = answer["inventory"]
    return inventory


def load(directory: Path) -> Lab | None:
    """The lab of a directory, or None."""
    path = directory / "lab.json"
    return msgspec.json.decode(path.read_bytes(), type=Lab) if path.exists() else None
