"""What server and agent say to each other over nodelink; the node objects themselves are in `node`."""

import msgspec

from landbridge.model.facts import HostFacts
from landbridge.model.health import Health
from landbridge.model.node import AnyObject


class ScopeDelta(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """News of one scope.  `full`: forget what you had of it first."""

    revision: int
    full: bool
    put: dict[str, AnyObject] = msgspec.field(default_factory=dict)
    gone: tuple[str, ...] = ()


class StateMessage(msgspec.Struct, frozen=True, tag_field="type", tag="state", rename="camel", kw_only=True):
    """Server to agent.  `dropped` scopes are no longer the node's.

    `complete`: with this message the node knows everything that is meant for it; until the
    first complete one of a boot, a node deletes nothing.
    """

    scopes: dict[str, ScopeDelta] = {}
    dropped: tuple[str, ...] = ()
    complete: bool = True


class RefreshMessage(msgspec.Struct, frozen=True, tag_field="type", tag="refresh", rename="camel", kw_only=True):
    """Server to agent: report facts now, and re-read the kernel (a reconnect)."""

    token: str
    """Echoed in the report, so that the caller knows that it is the answer."""


class PingMessage(msgspec.Struct, frozen=True, tag_field="type", tag="ping", rename="camel", kw_only=True):
    """Server to agent, every few seconds: the stream is alive."""


class AskMessage(msgspec.Struct, frozen=True, tag_field="type", tag="ask", rename="camel", kw_only=True):
    """Server to agent: a user waits for the answer.  Sent again on a new stream while nobody has answered.

    `question` is left undecoded, so that an agent which does not know it can say just that.
    """

    uuid: str
    question: msgspec.Raw
    """One of `model.questions.AnyQuestion`."""
    seconds: float
    """How long the answer is of use."""


ServerMessage = StateMessage | RefreshMessage | AskMessage | PingMessage


class WatchRequest(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server, opens the stream: what it has, and what it is."""

    have: dict[str, int]
    facts: HostFacts
    boot_id: str


class ObjectStatus(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How one object fares on the node.  `error` is the node's own words."""

    error: str | None = None


class Report(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server after a reconcile pass.

    `applied`: per scope, the revision that the kernel now reflects.
    `failed`: objects that could not be applied, whole list each time (so absence = healthy).
    `carried`: by NIC, the connections of ports that are closed here because their VM moves (`drivers.carried`).
    `health`: objects that fare otherwise than was told before; None: it is not here any more.
    `all_health`: `health` has all that are here.
    """

    applied: dict[str, int] = {}
    failed: dict[str, ObjectStatus] = {}
    facts: HostFacts | None = None
    refresh_token: str | None = None
    carried: dict[str, bytes] = {}
    health: dict[str, Health | None] = {}
    all_health: bool = False


class AnswerMessage(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server: the answer to an `AskMessage`, to whichever server copy.

    `value` is of the type that the question names; or null, and `error` has the host's own words.
    """

    uuid: str
    value: msgspec.Raw = msgspec.Raw(b"null")
    error: str | None = None


class EnrolRequest(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server with a join token: a certificate signing request in PEM."""

    token: str
    csr: str
    facts: HostFacts
    wait: bool = False
    """Only wait to be claimed by AddKVMHost instead of becoming a host at once."""


class EnrolReply(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The agent's certificate chain in PEM and its identity (the certificate's common name)."""

    agent_uuid: str
    certificate: str
    authority: str
