"""How a server becomes a host: a single-use token, redeemed when its agent enrols.

The secret half of a token is shown once and stored as a hash.  The other half is the fingerprint
of our authority, by which the agent knows that it talks to the right server (transports/enrol.py).
"""

import hashlib
from typing import Annotated

from landbridge.core.api import P, Request
from landbridge.core.inventory import format_date
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.places import CLUSTER, Agent, Authority, Cluster, Host, JoinToken, ServerCopy
from landbridge.model.errors import argerr, operr
from landbridge.model.facts import HostFacts
from landbridge.services.host.hosts import bind, make_host, waiting_host

TOKEN_MILLISECONDS = 3_600_000


class CreateHostJoinToken(Request, kw_only=True):
    """Make a single-use token with which one server can join a cluster: `landbridge agent join URL --token T`."""

    cluster_uuid: Annotated[str, P(help="the cluster that the server joins", ref=CLUSTER.vo)]
    name: Annotated[str | None, P(help="the host's name (default: its host name)", max=255, nonempty=True)] = None


def create_host_join_token(ctx: Context, req: CreateHostJoinToken) -> Outcome:
    """The token is good for one hour; used up and old ones go away here."""
    tx = ctx.tx
    for old in tx.find(JoinToken):
        if old.used or old.expires < tx.now:
            tx.delete(old)
    authority = tx.first(Authority)
    if authority is None:
        raise operr("this server has no certificate authority yet: start its nodelink first")
    secret = tx.new_uuid() + tx.new_uuid()
    token = JoinToken(
        uuid=tx.new_uuid(),
        secret_hash=_hash(secret),
        cluster_uuid=req.cluster_uuid,
        name=req.name,
        expires=tx.now + TOKEN_MILLISECONDS,
    )
    tx.put(token)
    copy = tx.first(ServerCopy)
    return Outcome(
        body={
            "token": f"{authority.fingerprint}.{secret}",
            "caFingerprint": authority.fingerprint,
            "expiredDate": format_date(token.expires),
            "url": copy.nodelink_url if copy else None,
        }
    )


def redeem(tx: Tx, token: str, agent_uuid: str, facts: HostFacts, *, wait: bool) -> None:
    """Use up a token: the agent becomes known and, unless it is to `wait`, a host.

    A host of the same address in the same cluster whose agent is gone is taken over (a server
    that was installed anew).  SYS.1007 when the token is wrong, used or expired, or the address taken.
    """
    stored = tx.first(JoinToken, secret_hash=_hash(token.strip().partition(".")[2]))
    if stored is None:
        raise argerr("this join token is not known: copy it whole, or make a new one with CreateHostJoinToken")
    if stored.used:
        raise argerr("this join token has been used: each is for one server, make another with CreateHostJoinToken")
    if stored.expires < tx.now:
        raise argerr("this join token has expired: make a new one with CreateHostJoinToken")
    stored.used = True
    tx.put(stored)
    agent = tx.get(Agent, agent_uuid) or Agent(uuid=agent_uuid, management_ip=facts.management_ip)
    agent.management_ip = facts.management_ip
    agent.facts = facts
    if not wait:
        host = waiting_host(tx, facts.management_ip) or _abandoned_host(tx, stored.cluster_uuid, facts.management_ip)
        if host is None:
            host = make_host(
                tx,
                uuid=tx.new_uuid(),
                name=stored.name or facts.hostname,
                cluster=tx.need(Cluster, stored.cluster_uuid),
                management_ip=facts.management_ip,
            )
        bind(agent, host)
        tx.put(host)
    tx.put(agent)


def _abandoned_host(tx: Tx, cluster_uuid: str, management_ip: str) -> Host | None:
    for host in tx.find(Host, management_ip=management_ip):
        previous = tx.get(Agent, host.agent_uuid)
        if host.cluster_uuid == cluster_uuid and previous is not None and not previous.connected:
            previous.host_uuid = ""
            tx.put(previous)
            return host
    return None


def _hash(secret: str) -> str:
    """The secret has 244 random bits: a plain hash is as good as a slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()
