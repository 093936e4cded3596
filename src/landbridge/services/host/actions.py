"""The actions on hosts and on the agents behind them."""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Any

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Service, Then, Wait
from landbridge.core.view import Tx
from landbridge.model.documents.places import (
    AGENT,
    AUTHORITY,
    CLUSTER,
    HOST,
    HOST_BONDING,
    HOST_INTERFACE,
    JOIN_TOKEN,
    SERVER_COPY,
    Agent,
    Cluster,
    Host,
)
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.services.host.defaults import SETTINGS
from landbridge.services.host.hosts import make_host, remove_host, take_management_ip
from landbridge.services.host.join import CreateHostJoinToken, create_host_join_token
from landbridge.services.host.project import HOST_SETTINGS
from landbridge.services.host.reads import (
    GetCpuMemoryCapacity,
    GetHostNetworkFacts,
    GetHypervisorTypes,
    get_cpu_memory_capacity,
    get_host_network_facts,
    get_hypervisor_types,
)
from landbridge.services.host.unserved import ACTIONS as UNSERVED

_PACKAGE = "org.zstack.header.host"
_OWN = ("host",)


class AddKVMHost(CreateRequest, kw_only=True):
    """Make a host of the server at an address, whose agent waits there (`landbridge agent join … --wait`)."""

    name: Annotated[str, P(help="display name", max=255)]
    management_ip: Annotated[str, P(help="the IPv4 address that the agent reported", nonempty=True)]
    cluster_uuid: Annotated[str, P(help="the cluster to put it in", ref=CLUSTER.vo)]
    username: Annotated[str, P(help="kept for clients; nothing logs in to hosts", max=255)]
    password: Annotated[str, P(help="ignored; nothing logs in to hosts", max=255, secret=True)]
    ssh_port: Annotated[int, P(help="kept for clients", low=1, high=65535)] = 22
    description: Annotated[str | None, P(help="free text", max=2048)] = None


def add_kvm_host(ctx: Context, req: AddKVMHost) -> Outcome:
    """Store the host; the agent that waits at its address takes it, now or within the time limit."""
    tx = ctx.tx
    host = make_host(
        tx,
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        cluster=tx.need(Cluster, req.cluster_uuid),
        management_ip=_ipv4(req.management_ip),
    )
    host.description, host.username, host.ssh_port = req.description, req.username, req.ssh_port
    tx.put(host)
    return Outcome(
        inventory=(HOST, host.uuid),
        wait=(Wait(host.uuid, _OWN),),
        failed=Then("host.add-failed", {"uuid": host.uuid, "name": host.name, "ip": host.management_ip}),
        timeout=float(tx.config("kvm", "agent.claim.timeout")),
    )


def add_failed(tx: Tx, args: Mapping[str, Any], error: ApiError) -> ApiError:
    """Nothing stays of a host that could not be added."""
    host = tx.get(Host, args["uuid"])
    what = f"unable to add host[name:{args['name']}, managementIp:{args['ip']}]"
    claimed = host is not None and host.agent_uuid is not None
    if host is not None:
        remove_host(tx, host)
    if claimed:
        return ApiError("HOST.1000", f"{what}: its agent answered, but the host is not usable", cause=error)
    return ApiError(
        "HOST.1000",
        f"{what}: no agent waits there; run `landbridge agent join URL --token T --wait` on it",
        cause=error,
    )


class UpdateHost(Request, kw_only=True):
    """Change a host's name, description or management address."""

    uuid: Annotated[str, P(help="the host", ref=HOST.vo)]
    name: Annotated[str | None, P(help="display name", max=255)] = None
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    management_ip: Annotated[str | None, P(help="IPv4 address", max=255, nonempty=True)] = None


def update_host(ctx: Context, req: UpdateHost) -> Outcome:
    """What is not given stays."""
    host = ctx.tx.need(Host, req.uuid)
    _update(ctx.tx, host, req)
    ctx.tx.put(host)
    return Outcome(inventory=(HOST, host.uuid))


class UpdateKVMHost(UpdateHost, kw_only=True):
    """Change a host's name, description, management address or kept credentials."""

    username: Annotated[str | None, P(help="kept for clients", max=255, nonempty=True)] = None
    password: Annotated[str | None, P(help="ignored", max=255, secret=True)] = None
    ssh_port: Annotated[int | None, P(help="kept for clients", low=1, high=65535)] = None


def update_kvm_host(ctx: Context, req: UpdateKVMHost) -> Outcome:
    """What is not given stays."""
    host = ctx.tx.need(Host, req.uuid)
    _update(ctx.tx, host, req)
    host.username = req.username or host.username
    host.ssh_port = req.ssh_port or host.ssh_port
    ctx.tx.put(host)
    return Outcome(inventory=(HOST, host.uuid))


def _update(tx: Tx, host: Host, req: UpdateHost) -> None:
    if req.name is not None:
        host.name = req.name
    if req.description is not None:
        host.description = req.description
    if req.management_ip is not None and req.management_ip != host.management_ip:
        take_management_ip(tx, host.uuid, _ipv4(req.management_ip))
        tx.release("managementip", host.management_ip)
        host.management_ip = req.management_ip


class ChangeHostState(Request, kw_only=True):
    """Enable or disable a host, or put it into maintenance."""

    uuid: Annotated[str, P(help="the host", ref=HOST.vo)]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable", "maintain"))]


def change_host_state(ctx: Context, req: ChangeHostState) -> Outcome:
    """A disabled host takes no new VMs; one in maintenance has none (HOST.1001 while VMs run on it)."""
    host = ctx.tx.need(Host, req.uuid)
    if req.state_event == "maintain":
        running = ctx.tx.find(VmInstance, host_uuid=host.uuid)
        if running:
            names = ", ".join(vm.name for vm in running[:5]) + (" …" if len(running) > 5 else "")
            cause = operr(f"{len(running)} VM(s) are on host[uuid:{host.uuid}, name:{host.name}]: {names}")
            raise ApiError("HOST.1001", f"stop the VMs on host[name:{host.name}] first", cause=cause)
    host.state = {"enable": "Enabled", "disable": "Disabled", "maintain": "Maintenance"}[req.state_event]
    ctx.tx.put(host)
    return Outcome(inventory=(HOST, host.uuid))


class ReconnectHost(Request, kw_only=True):
    """Have a host's agent read its kernel anew and report its facts, and check them again (VTEPs, interfaces)."""

    uuid: Annotated[str, P(help="the host", ref=HOST.vo)]


def reconnect_host(ctx: Context, req: ReconnectHost) -> Outcome:
    """Ends when the fresh facts are accepted and the host reflects its state; HOST.1002 otherwise."""
    host = ctx.tx.need(Host, req.uuid)
    agent = ctx.tx.get(Agent, host.agent_uuid)
    if agent is None or not agent.connected:
        raise ApiError(
            "HOST.1002",
            f"the agent of host[uuid:{host.uuid}, name:{host.name}] has no connection to this server: "
            f"start it (`landbridge agent run`) on {host.management_ip}, it connects by itself",
        )
    host.reconnect += 1
    host.status, host.disconnect_reason = "Connecting", None
    ctx.tx.put(host)
    return Outcome(
        inventory=(HOST, host.uuid),
        wait=(Wait(host.uuid, _OWN),),
        failed=Then("host.reconnect-failed", {"uuid": host.uuid, "reconnect": host.reconnect}),
    )


def reconnect_failed(tx: Tx, args: Mapping[str, Any], error: ApiError) -> ApiError:
    """A host that did not answer is not usable until it does."""
    host = tx.get(Host, args["uuid"])
    if host is not None and host.reconnected < args["reconnect"] and host.status == "Connecting":
        host.status, host.disconnect_reason = "Disconnected", "its agent did not answer a reconnect"
        tx.put(host)
    name = host.name if host else "deleted"
    return ApiError("HOST.1002", f"host[uuid:{args['uuid']}, name:{name}] did not reconnect", cause=error)


class DeleteHost(DeleteRequest, kw_only=True):
    """Take a host out of the cloud; its agent removes everything of ours from it."""


def delete_host(ctx: Context, req: DeleteHost) -> Outcome:
    """Refused (SYS.1006) while a VM is on it, in either delete mode: a VM is never stopped by the way."""
    remove_host(ctx.tx, ctx.tx.need(Host, req.uuid))
    return Outcome()


class DeleteAgent(DeleteRequest, kw_only=True):
    """Revoke an agent's certificate: its server can only come back with a new join token."""


def delete_agent(ctx: Context, req: DeleteAgent) -> Outcome:
    """Refused (SYS.1006) while the agent is a host's."""
    agent = ctx.tx.need(Agent, req.uuid)
    host = ctx.tx.get(Host, agent.host_uuid)
    if host is not None:
        raise operr(
            f"agent[uuid:{agent.uuid}] is that of host[uuid:{host.uuid}, name:{host.name}]: delete the host first"
        )
    ctx.tx.delete(agent)
    return Outcome()


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError as error:
        raise argerr(f"managementIp[{text}] is not an IPv4 address") from error


SERVICE = Service(
    name="host",
    settings=SETTINGS,
    kinds=(HOST, HOST_INTERFACE, HOST_BONDING, AGENT, JOIN_TOKEN, AUTHORITY, SERVER_COPY),
    actions=(
        action("CreateHostJoinToken", "POST", "/hosts/join-tokens", create_host_join_token, CreateHostJoinToken,
               message="org.landbridge.APICreateHostJoinTokenMsg", result="body", admin_only=True,
               fields=(("token", "string"), ("caFingerprint", "string"), ("expiredDate", "string"),
                       ("url", "string"))),
        action("AddKVMHost", "POST", "/hosts/kvm", add_kvm_host, AddKVMHost,
               message="org.zstack.kvm.APIAddKVMHostMsg", kind=HOST, admin_only=True),
        action("UpdateHost", "PUT", "/hosts/{uuid}/actions", update_host, UpdateHost,
               message=f"{_PACKAGE}.APIUpdateHostMsg", kind=HOST, admin_only=True),
        action("UpdateKVMHost", "PUT", "/hosts/kvm/{uuid}/actions", update_kvm_host, UpdateKVMHost,
               message="org.zstack.kvm.APIUpdateKVMHostMsg", kind=HOST, admin_only=True),
        action("ChangeHostState", "PUT", "/hosts/{uuid}/actions", change_host_state, ChangeHostState,
               message=f"{_PACKAGE}.APIChangeHostStateMsg", kind=HOST, admin_only=True),
        action("ReconnectHost", "PUT", "/hosts/{uuid}/actions", reconnect_host, ReconnectHost,
               message=f"{_PACKAGE}.APIReconnectHostMsg", kind=HOST, admin_only=True),
        action("DeleteHost", "DELETE", "/hosts/{uuid}", delete_host, DeleteHost,
               message=f"{_PACKAGE}.APIDeleteHostMsg", result="none", admin_only=True, absent_ok=("uuid", HOST.vo)),
        action("DeleteAgent", "DELETE", "/agents/{uuid}", delete_agent, DeleteAgent,
               message="org.landbridge.APIDeleteAgentMsg", result="none", admin_only=True,
               absent_ok=("uuid", AGENT.vo)),
        action("GetHypervisorTypes", "GET", "/hosts/hypervisor-types", get_hypervisor_types, GetHypervisorTypes,
               message=f"{_PACKAGE}.APIGetHypervisorTypesMsg", mode="sync", result="body",
               fields=(("hypervisorTypes", "array"),)),
        action("GetCpuMemoryCapacity", "GET", "/hosts/capacities/cpu-memory",
               get_cpu_memory_capacity, GetCpuMemoryCapacity,
               message="org.zstack.header.allocator.APIGetCpuMemoryCapacityMsg", mode="sync", result="body",
               fields=(("totalCpu", "integer"), ("availableCpu", "integer"), ("totalMemory", "integer"),
                       ("availableMemory", "integer"), ("managedCpuNum", "integer"), ("capacityData", "array"),
                       ("resourceType", "string"))),
        action("GetHostNetworkFacts", "GET", "/hosts/network-facts/{hostUuid}",
               get_host_network_facts, GetHostNetworkFacts,
               message=f"{_PACKAGE}.APIGetHostNetworkFactsMsg", mode="sync", result="body",
               fields=(("bondings", "array"), ("nics", "array"))),
        query("QueryHost", "/hosts", HOST, message=f"{_PACKAGE}.APIQueryHostMsg", help="Find hosts."),
        query("QueryHostNetworkInterface", "/hosts/nics", HOST_INTERFACE,
              message=f"{_PACKAGE}.APIQueryHostNetworkInterfaceMsg", help="Find interfaces of hosts."),
        query("QueryHostNetworkBonding", "/hosts/bondings", HOST_BONDING,
              message=f"{_PACKAGE}.APIQueryHostNetworkBondingMsg", help="Find bonds of hosts."),
        query("QueryAgent", "/agents", AGENT, message="org.landbridge.APIQueryAgentMsg",
              help="Find agents: those of hosts, and those that wait to be claimed."),
        *UNSERVED,
    ),
    projections=(HOST_SETTINGS,),
    failed={"host.add-failed": add_failed, "host.reconnect-failed": reconnect_failed},
)  # fmt: skip
