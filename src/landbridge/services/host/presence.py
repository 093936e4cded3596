"""What is written down when an agent comes, speaks and goes.

Each function is one transaction of the nodelink server.  A host is Connected when its agent has a
stream *and* every service accepted its facts (`Service.host_changed`); else it is Disconnected
and `disconnectReason` says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from landbridge.core.view import Tx, View
from landbridge.model.documents.places import Agent, Host
from landbridge.model.facts import HostFacts
from landbridge.services.host.hosts import bind, take_facts, waiting_host

Hooks = Sequence[Callable[[Tx, str], None]]


@dataclass(frozen=True, slots=True)
class Presence:
    """Who an agent is now.  host_uuid: empty while it waits to be claimed; reconnect: see `Host`."""

    host_uuid: str
    reconnect: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A nodelink stream: whose it is, its own id, and the server copy that serves it."""

    agent_uuid: str
    uuid: str
    server_uuid: str


def connect(tx: Tx, stream: Stream, facts: HostFacts, hooks: Hooks, refusal: str | None = None) -> Presence | None:
    """An agent opened a stream, or was claimed while it has one.  None: this agent is not known (any more).

    refusal: why a service did not accept the facts (the `ApiError` of an earlier attempt, whose
    transaction was rolled back); the hooks are not run then, and the host is Disconnected.
    """
    agent = tx.get(Agent, stream.agent_uuid)
    if agent is None:
        return None
    agent.connected, agent.stream, agent.server_uuid = True, stream.uuid, stream.server_uuid
    agent.facts, agent.management_ip = facts, facts.management_ip
    host = tx.get(Host, agent.host_uuid) or waiting_host(tx, facts.management_ip)
    if host is None:
        agent.host_uuid = ""
        tx.put(agent)
        return Presence("", 0)
    bind(agent, host)
    tx.put(agent)
    host.reconnected = host.reconnect
    _judge(tx, host, facts, hooks, refusal)
    return Presence(host.uuid, host.reconnect)


def is_claimed(view: View, agent_uuid: str, management_ip: str) -> bool | None:
    """Whether an agent has a host, or one waits for it.  None: it is not known (any more)."""
    agent = view.get(Agent, agent_uuid)
    if agent is None:
        return None
    return bool(agent.host_uuid) or waiting_host(view, management_ip) is not None


def facts_reported(
    tx: Tx, host_uuid: str, facts: HostFacts, hooks: Hooks, *, answered: int | None, refusal: str | None = None
) -> bool:
    """A connected host has news of itself; `answered`: the reconnect that this answers.  Whether it counts.

    It does not while a newer reconnect is open, whose answer follows with facts that are newer.
    A refused answer leaves `reconnected` as it was: the reconnect has failed.
    """
    host = tx.get(Host, host_uuid)
    if host is None or (host.facts == facts and answered is None and host.status == "Connected"):
        return False
    if host.status == "Connecting" and (answered is None or answered < host.reconnect):
        return False
    if answered is not None and refusal is None:
        host.reconnected = max(host.reconnected, answered)
    _judge(tx, host, facts, hooks, refusal)
    return True


def disconnect(tx: Tx, agent_uuid: str, stream_uuid: str, reason: str) -> str | None:
    """A stream ended and no newer one came: the host that is now Disconnected, if the agent has one."""
    agent = tx.get(Agent, agent_uuid)
    if agent is None or agent.stream != stream_uuid:
        return None
    agent.connected, agent.stream, agent.server_uuid = False, "", ""
    tx.put(agent)
    host = tx.get(Host, agent.host_uuid)
    if host is None:
        return None
    host.status, host.disconnect_reason = "Disconnected", reason
    tx.put(host)
    return host.uuid


def _judge(tx: Tx, host: Host, facts: HostFacts, hooks: Hooks, refusal: str | None) -> None:
    take_facts(tx, host, facts)
    host.status = "Connected" if refusal is None else "Disconnected"
    host.disconnect_reason = refusal
    tx.put(host)
    if refusal is None:
        for hook in hooks:
            hook(tx, host.uuid)
