"""What a service folder may say, and what it is given to say it with.

A service is a value: its kinds, its actions, its projections (documents -> node objects),
its continuations (what happens when the nodes have answered) and its seeds.  Handlers are
plain functions `(ctx, request) -> Outcome`; everything a handler does is one transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from landbridge.core.query import Statement
from landbridge.core.uses import FarNetworks, NetworkService, NicUse, VipUse
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.health import Health
from landbridge.model.node import AnyObject
from landbridge.model.questions import AnyQuestion
from landbridge.model.questions.base import HostAnswer
from landbridge.model.resource import Kind, Limit, Resource
from landbridge.model.setting import Setting

# ---- compile ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """A node object where it belongs."""

    scope: str
    key: str
    value: AnyObject


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A node takes part in a scope.  `node` is a host uuid."""

    node: str
    scope: str


Projected = Placed | Subscribed

SourceKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One document, before and after a transaction (None: it was or is not there)."""

    old: Resource | None
    new: Resource | None


@dataclass(frozen=True, slots=True)
class Projection:
    """A function from stored documents to node objects, and when to run it again.

    project(view, key)  everything that this source places; depends on the view only.
                        Unknown key: nothing.  Two sources never place the same (scope, key).
    affected            per document type: which of this projection's keys a change may touch
                        (called with the view *after* the change; name the old keys as well)
    keys(view)          every key there is, for the from-scratch compile of the property test
    """

    name: str
    project: Callable[[View, SourceKey], Iterable[Projected]]
    affected: Mapping[type[Resource], Callable[[View, Change], Iterable[SourceKey]]]
    keys: Callable[[View], Iterable[SourceKey]]


# ---- handlers -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: an account itself (then `user_uuid` is the account's), or one of its users."""

    account_uuid: str
    user_uuid: str
    is_admin: bool
    session_uuid: str = ""

    @property
    def is_user(self) -> bool:
        """Whether policies say what it may do."""
        return self.user_uuid != self.account_uuid


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler is given besides its request."""

    tx: Tx
    caller: Caller
    request_id: str
    system_tags: tuple[str, ...] = ()
    user_tags: tuple[str, ...] = ()
    allowed: Callable[[str, str], bool] = field(default=lambda _action, _user: False)
    """(name of an action or of its message, account or user): whether it may call it, as far as policies say."""

    def sees(self, uuid: str) -> bool:
        """Whether the caller is shown a resource that has an owner: its own, or shared with it."""
        return self.owns(uuid) or self.tx.shared_with(uuid, self.caller.account_uuid)

    def owns(self, uuid: str) -> bool:
        """Whether the caller may change a resource that has an owner."""
        return self.caller.is_admin or self.tx.owner_account(uuid) == self.caller.account_uuid


@dataclass(frozen=True, slots=True)
class Wait:
    """The job ends when `node` (a host uuid) reflects this transaction's change of `keys`.

    An empty `keys`: whatever the transaction changed in the node's scopes.
    """

    node: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Then:
    """A continuation by name, stored with the job: it survives the server's death."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to `node` (a host uuid)."""

    node: str
    question: AnyQuestion


@dataclass(frozen=True, slots=True)
class Answered:
    """What a host answered; of the type that the question names."""

    node: str
    question: AnyQuestion
    value: HostAnswer


@dataclass(frozen=True, slots=True)
class Asked:
    """Part of the answer comes from hosts, asked at once and together after the transaction.

    merge    the answers, in the order of `asks`, as result fields; pure, may raise `ApiError`
    partial  a host that cannot answer is named in the result field `unanswered` (a list of
             hostUuid, hostName, error) instead of failing the whole action
    seconds  how long hosts may take
    """

    asks: tuple[Ask, ...]
    merge: Callable[[Sequence[Answered]], Mapping[str, Any]]
    partial: bool = False
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler did.

    inventory   the one resource to answer with (rendered again when the job ends)
    inventories several
    select      what to answer with in `results`: rows, counts and sums of queries, as the caller may see them
    once        inventory fields that only this answer shows
    body        other result fields
    wait        nodes to wait for; none: the job is done with the commit
    everywhere  wait, too, for every Connected host that the transaction concerns; one that goes away meanwhile
                fails nothing (it gets the change when it is back), nor does one's trouble with its own objects
    done        runs in one transaction when all waits are fulfilled; may return a new Outcome
    failed      runs when a node refuses, disconnects for good, or time is up: undo here
    timeout     seconds until `failed`
    asked       what hosts have to say to it; only of synchronous actions
    """

    inventory: tuple[Kind, str] | None = None
    inventories: tuple[Kind, tuple[str, ...]] | None = None
    select: tuple[Statement, ...] = ()
    once: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    wait: tuple[Wait, ...] = ()
    everywhere: bool = False
    done: Then | None = None
    failed: Then | None = None
    timeout: float = 60.0
    asked: Asked | None = None


Done = Callable[[Tx, Mapping[str, Any]], "Outcome | None"]
Failed = Callable[[Tx, Mapping[str, Any], ApiError], ApiError]
"""Undoes, and returns the error to answer with (often one that wraps the node's words)."""


@dataclass(frozen=True, slots=True)
class Service:
    """One network service: one folder, one value.

    seeds            run in one transaction at every server start; idempotent
    host_changed     (tx, host uuid) after a host connected or its facts changed
    health_told      (tx, host uuid, how objects fare by node object key, whether those are all that are there)
    vip_uses         as what it stands on VIPs
    network_services what the networks that it serves must have attached
    vip_goes         (tx, VIP) what of it is on the VIP, or limits that, goes with it
    nic_goes         (tx, NIC) the NIC goes or gets another address: what led to it leads nowhere, and waits
    far_networks     (view, L3 network uuid) what its tunnels lead the subnet to
    nic_uses         (view, NIC) what of it leads to the NIC
    tag_checks       by type of resource (`Kind.vo`): raises SYS.1007 for a system tag that could not be read
    router_goes      (tx, vrouter) it goes for good, and what of it is the vrouter's own
    goes_along       (view, uuid) what of it changes its owner when the resource does
    subnet_joins     (tx, vrouter, L3 network) the subnet has just been attached there
    refuse_subnet    (view, vrouter, L3 network) why the subnet cannot be attached there; None when it can
    """

    name: str
    kinds: tuple[Kind, ...] = ()
    actions: tuple[Any, ...] = ()
    """`core.api.Action` values."""
    limits: tuple[Limit, ...] = ()
    settings: tuple[Setting, ...] = ()
    projections: tuple[Projection, ...] = ()
    done: Mapping[str, Done] = field(default_factory=dict)
    failed: Mapping[str, Failed] = field(default_factory=dict)
    seeds: tuple[Callable[[Tx], None], ...] = ()
    host_changed: tuple[Callable[[Tx, str], None], ...] = ()
    vip_uses: tuple[VipUse, ...] = ()
    network_services: tuple[NetworkService, ...] = ()
    tag_checks: Mapping[str, Callable[[str], None]] = field(default_factory=dict)
    vip_goes: Callable[[Tx, Vip], None] | None = None
    nic_goes: Callable[[Tx, VmNic], None] | None = None
    far_networks: Callable[[View, str], Iterable[FarNetworks]] | None = None
    nic_uses: Callable[[View, VmNic], Iterable[NicUse]] | None = None
    router_goes: Callable[[Tx, VmInstance], None] | None = None
    goes_along: Callable[[View, str], Iterable[str]] | None = None
    subnet_joins: Callable[[Tx, VmInstance, L3Network], None] | None = None
    refuse_subnet: Callable[[View, VmInstance, L3Network], str | None] | None = None
    health_told: Callable[[Tx, str, Mapping[str, Health | None], bool], None] | None = None
