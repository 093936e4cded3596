"""Nodelink, the server's side: one mTLS port, one stream per agent, reports back.

    GET  /nodelink/v1/authority   the authority's certificate (nothing is trusted yet)
    POST /nodelink/v1/enrol       a join token and a signing request -> a certificate
    POST /nodelink/v1/watch       WatchRequest -> NDJSON of ServerMessage, until somebody hangs up
    POST /nodelink/v1/report      Report
    POST /nodelink/v1/answer      AnswerMessage

The first two work without a certificate; the others demand one of ours whose agent still exists.
Any server copy serves any agent: what this object holds in memory is only its open streams.
"""

import asyncio
import socket
import ssl
import uuid
from collections.abc import Coroutine
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import structlog
from prometheus_client import Counter

from landbridge.core.view import Tx
from landbridge.model.documents.places import Agent
from landbridge.model.errors import ApiError
from landbridge.model.nodelink import AnswerMessage, EnrolReply, EnrolRequest, Report, WatchRequest
from landbridge.server.nodelink_http import Receive, Scope, Send, answer, listener, read_body, refuse
from landbridge.server.nodelink_liveness import Liveness
from landbridge.server.nodelink_presence import Jobs, Presences
from landbridge.server.nodelink_stream import AgentStream, Streams
from landbridge.server.pki import Pki
from landbridge.services.host.join import redeem
from landbridge.services.host.presence import Stream
from landbridge.services.vm.move import take_connections
from landbridge.store import asks

if TYPE_CHECKING:
    from landbridge.store import Store

GRACE_SECONDS = 3.0
"""How long an agent may be without a stream before its host counts as Disconnected."""
STOP_SECONDS = 0.5
"""How long a peer has to take notice that this copy hangs up."""
LOOK_SECONDS = 1.0
RENEW_CERTIFICATE_SECONDS = 86_400.0
MAX_ENROL = 256 * 1024
MAX_BODY = 64 * 1024 * 1024

REPORTS = Counter("landbridge_nodelink_reports", "Reports received")

S = TypeVar("S", bound=msgspec.Struct)

_log = structlog.get_logger(__name__)


class NodelinkServer:
    """The nodelink port of one server copy.

    host, port: where to listen (port 0: any free one, then see `port`).  advertised: the https URL that
    agents are told; by default the address listened on.
    """

    def __init__(
        self, store: "Store", jobs: Jobs, pki: Pki, host: str, port: int, *, advertised: str | None = None
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._pki = pki
        self.host = host
        self.port = port
        self._advertised = advertised
        self._uuid = uuid.uuid4().hex
        self._presences = Presences(store, jobs, store.catalog.host_changed)
        self._streams = Streams()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def url(self) -> str:
        """What `landbridge agent join` is given."""
        if self._advertised:
            return self._advertised
        host = socket.gethostname() if ip_address(self.host).is_unspecified else self.host
        return f"https://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def start(self) -> None:
        """Listen.  OSError when the address is not ours or the port is taken."""
        listening = self._bind()
        self.port = listening.getsockname()[1]
        context = self._pki.server_context((self.host,))
        self._listener = listener(self._app, context)
        self._store.on_commit("node", self._streams.committed)
        self._store.on_commit("ask", self._streams.asked)
        liveness = Liveness(self._store, self._presences, self._uuid, self.url, self._streams.end)
        await liveness.announce()
        self._listening = asyncio.create_task(self._listener.serve(sockets=[listening]))
        self._spawn(liveness.run())
        self._spawn(self._renew_certificate(context))
        self._spawn(self._look_for_questions())
        while not self._listener.started and not self._listening.done():
            await asyncio.sleep(0.005)
        _log.info("nodelink_listens", url=self.url)

    async def stop(self) -> None:
        """Hang up.  Hosts stay Connected: their agents find another copy, or this one started again."""
        self._stopping = True
        self._streams.end()
        self._listener.should_exit = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait([self._listening], timeout=STOP_SECONDS)
        for connection in self._listener.server_state.connections:
            connection.transport.abort()
        await asyncio.gather(self._listening, *self._tasks, return_exceptions=True)

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # A host that lost power answers no ping: give up on it as fast as it would on us.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000)
            listening.bind((self.host, self.port))
        except OSError:
            listening.close()
            raise
        return listening

    # ---- requests -------------------------------------------------------------------------

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"], scope["path"]:
            case "GET", "/nodelink/v1/authority":
                await answer(send, 200, self._pki.certificate.encode(), b"application/x-pem-file")
            case "POST", "/nodelink/v1/enrol":
                await self._enrol(scope, receive, send)
            case "POST", "/nodelink/v1/watch":
                await self._watch(scope, receive, send)
            case "POST", "/nodelink/v1/report":
                await self._report(scope, receive, send)
            case "POST", "/nodelink/v1/answer":
                await self._answer(scope, receive, send)
            case _:
                await refuse(send, 404, "nodelink has no such address")

    async def _enrol(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _decode(receive, send, EnrolRequest, MAX_ENROL)
        if request is None:
            return
        peer = scope["state"]["peer"]
        known = await self._store.read(lambda view: view.get(Agent, peer or None))
        agent_uuid = known.uuid if known else uuid.uuid4().hex

        def enrol(tx: Tx) -> None:
            agent = tx.get(Agent, agent_uuid)
            if agent is None or not (agent.host_uuid or request.wait):
                redeem(tx, request.token, agent_uuid, request.facts, wait=request.wait)

        try:
            certificate = self._pki.sign(request.csr, agent_uuid)
            await self._store.write(enrol)
        except ApiError as error:
            _log.warning("enrolment_refused", address=request.facts.management_ip, reason=error.details)
            await refuse(send, 403, error.details, "enrolment")
            return
        _log.info("agent_enrolled", agent_uuid=agent_uuid, address=request.facts.management_ip)
        reply = EnrolReply(agent_uuid=agent_uuid, certificate=certificate, authority=self._pki.certificate)
        await answer(send, 200, msgspec.json.encode(reply))

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (agent_uuid := await _named(scope, send)) is None:
            return
        request = await _decode(receive, send, WatchRequest, MAX_BODY)
        if request is None:
            return
        if self._stopping:
            await refuse(send, 503, "this server copy is stopping")
            return
        identity = Stream(agent_uuid, uuid.uuid4().hex, self._uuid)
        presence = await self._presences.connect(identity, request.facts)
        if presence is None:
            await refuse(send, 403, _unknown(agent_uuid), "unknown agent")
            return
        stream = AgentStream(identity, presence, request, self._presences, self._streams)
        self._streams.add(stream)
        _log.info("agent_connected", agent_uuid=agent_uuid, host_uuid=presence.host_uuid, boot_id=request.boot_id)
        gone = asyncio.create_task(_until_gone(receive, stream))
        try:
            await _feed(stream, send)
        finally:
            gone.cancel()
            self._streams.remove(stream)
            if not self._stopping:
                self._spawn(self._after_grace(identity))

    async def _report(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (agent_uuid := await _named(scope, send)) is None:
            return
        report = await _decode(receive, send, Report, MAX_BODY)
        if report is None:
            return
        REPORTS.inc()
        host_uuid = await self._host_of(agent_uuid, send)
        if host_uuid is None:
            return
        stream = self._streams.of(agent_uuid)
        if report.facts is not None:
            reconnect = int(report.refresh_token) if report.refresh_token else None
            if host_uuid:
                await self._presences.facts_reported(host_uuid, report.facts, reconnect)
            if stream is not None:
                stream.answered(report.facts, reconnect)
        if host_uuid:
            if report.carried:
                await self._store.write(lambda tx: take_connections(tx, host_uuid, report.carried))
            if report.health or report.all_health:
                await self._store.write(lambda tx: self._fares(tx, host_uuid, report))
            await self._jobs.on_report(host_uuid, report)
        await answer(send, 200)

    def _fares(self, tx: Tx, host_uuid: str, report: Report) -> None:
        for hear in self._store.catalog.health_told:
            hear(tx, host_uuid, report.health, report.all_health)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (agent_uuid := await _named(scope, send)) is None:
            return
        message = await _decode(receive, send, AnswerMessage, MAX_BODY)
        if message is None or (host_uuid := await self._host_of(agent_uuid, send)) is None:
            return
        await self._store.write(lambda tx: asks.answer(tx, host_uuid, message))
        await answer(send, 200)

    async def _host_of(self, agent_uuid: str, send: Send) -> str | None:
        """The agent's host, "" if it waits for one; of an unknown agent the request is answered, and None."""
        stream = self._streams.of(agent_uuid)
        if stream is not None:
            return stream.presence.host_uuid
        agent = await self._store.read(lambda view: view.get(Agent, agent_uuid))
        if agent is None:
            await refuse(send, 403, _unknown(agent_uuid), "unknown agent")
            return None
        return agent.host_uuid

    async def _look_for_questions(self) -> None:
        """Find what is asked whose wake-up got lost between two server copies."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self._streams.asked(await self._store.read(asks.asked_nodes))
            except Exception:
                _log.exception("questions_not_looked_for")

    async def _after_grace(self, identity: Stream) -> None:
        await asyncio.sleep(GRACE_SECONDS)
        if self._streams.of(identity.agent_uuid) is None:
            await self._presences.disconnect(identity.agent_uuid, identity.uuid, "its agent has no connection")

    async def _renew_certificate(self, context: ssl.SSLContext) -> None:
        while True:
            await asyncio.sleep(RENEW_CERTIFICATE_SECONDS)
            self._pki.renew(context, (self.host,))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _feed(stream: AgentStream, send: Send) -> None:
    headers = [(b"content-type", b"application/x-ndjson")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def write(line: bytes) -> None:
        await send({"type": "http.response.body", "body": line, "more_body": True})

    await stream.run(write)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive, stream: AgentStream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _named(scope: Scope, send: Send) -> str | None:
    """The agent that the certificate names; without one, the request is answered and None returned."""
    peer: str = scope["state"]["peer"]
    if not peer:
        await refuse(send, 401, "this needs an agent's certificate: enrol first", "no certificate")
        return None
    return peer


async def _decode(receive: Receive, send: Send, shape: type[S], limit: int) -> S | None:
    """The body as a Struct; if it is none, the request is answered and None returned."""
    body = await read_body(receive, limit)
    if body is None:
        await refuse(send, 413, f"the body is longer than {limit} bytes")
        return None
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        await refuse(send, 400, str(error))
        return None


def _unknown(agent_uuid: str) -> str:
    return f"agent[uuid:{agent_uuid}] is not known (any more): join again with a new token"
