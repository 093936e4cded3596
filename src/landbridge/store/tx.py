"""A unit of work on one SQL connection: documents, claims, tags (the `Tx` of core/service.py).

What changed is remembered with what it was before; `flush` compiles it into node objects and
resolves what jobs wait for.  The same code runs on SQLite and PostgreSQL.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from landbridge.core import quota
from landbridge.core.catalog import Catalog
from landbridge.core.service import Change, Service
from landbridge.core.view import Scalar, Task
from landbridge.model.documents.account import GlobalConfig, SystemTag
from landbridge.model.documents.labels import HANGING, ResourceConfig
from landbridge.model.documents.sharing import PUBLIC, SharedResource
from landbridge.model.errors import notfound, operr
from landbridge.model.resource import Kind, Limit, Resource, document_name, to_json
from landbridge.model.setting import Setting
from landbridge.store.claims import Claims
from landbridge.store.compiled import CompiledState
from landbridge.store.database import Database, Rows
from landbridge.store.rows import ResourceRows, Stored, decoded, refused
from landbridge.store.schema import row_fields, rows_of

R = TypeVar("R", bound=Resource)


class SqlTx:
    """One transaction.  Not thread-safe; lives as long as its connection's transaction."""

    def __init__(
        self, database: Database, catalog: Catalog, now: int, account: str | None, hints: dict[str, int]
    ) -> None:
        self._database = database
        self.catalog = catalog
        self.now = now
        self._account = account
        self.dialect = database.dialect
        self._claims = Claims(self.run, hints)
        self._rows = ResourceRows(self.run, database.dialect, catalog)
        self._before: dict[str, Stored | None] = {}
        self._logged: list[tuple[str, str, str]] = []
        self._grown: set[tuple[str, str]] = set()
        """Accounts and quotas of which they have more than before."""
        self.state = CompiledState(self)
        self.wake_ups: set[str] = set()
        """Whom to wake after the commit, besides nodes with news: `kind:uuid`, see `Engine.notify`."""

    def run(self, sql: str, **values: Any) -> Rows:
        """Execute one statement."""
        return self._database.run(sql, values)

    def finish(self) -> None:
        """Compile what has changed, and write the log of it: the last thing before the commit."""
        self.state.flush()
        if self._logged:
            self.run(
                "INSERT INTO change (at, type, uuid, op) "
                f"SELECT :at, {', '.join(row_fields(self.dialect, 3))} FROM {rows_of(self.dialect, 'rows')}",
                at=self.now,
                rows=msgspec.json.encode(self._logged).decode(),
            )
            self._logged = []

    # ---- reading --------------------------------------------------------------------------

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Everything that can be named or queried."""
        return self.catalog.kinds

    @property
    def services(self) -> tuple[Service, ...]:
        """Every service there is."""
        return self.catalog.services

    def get(self, doc: type[R], uuid: str | None) -> R | None:
        """The document, or None."""
        stored = self._rows.load(uuid, doc) if uuid else None
        return None if stored is None else msgspec.json.decode(stored[1], type=doc)

    def need(self, doc: type[R], uuid: str | None) -> R:
        """The document; SYS.1003 if it is not there."""
        found = self.get(doc, uuid)
        if found is None:
            raise notfound("uuid", str(uuid), f"{document_name(doc)}VO")
        return found

    def find(self, doc: type[R], **equal: Scalar | Sequence[str]) -> list[R]:
        """Documents by indexed fields, in creation order."""
        return self._rows.find(doc, equal)

    def first(self, doc: type[R], **equal: Scalar | Sequence[str]) -> R | None:
        """The first of `find`."""
        return next(iter(self._rows.find(doc, equal, only_one=True)), None)

    def count(self, doc: type[R], **equal: Scalar | Sequence[str]) -> int:
        """How many documents."""
        return self._rows.count(doc, equal)

    def distinct(self, doc: type[R], field: str, **equal: Scalar | Sequence[str]) -> list[str]:
        """The different values of a text field."""
        return self._rows.distinct(doc, field, equal)

    def claim_owner(self, scope: str, key: str | int) -> str | None:
        """Who holds a claim."""
        return self._claims.owner(scope, key)

    def claims_between(self, scope: str, low: int, high: int) -> list[int]:
        """Integer keys taken in [low, high]."""
        return self._claims.between(scope, low, high)

    def count_claims_between(self, scope: str, low: int, high: int) -> int:
        """How many integer keys are taken in [low, high]."""
        return self._claims.count_between(scope, low, high)

    def config(self, category: str, name: str, *of: str | None) -> str:
        """A config's value in force."""
        for uuid_ in of:
            for own in self.find(ResourceConfig, resource_uuid=uuid_) if uuid_ else ():
                if (own.category, own.name) == (category, name):
                    return own.value
        found = self.first(GlobalConfig, category=category, name=name)
        if found is None:
            raise operr(f"there is no global config {category}/{name}")
        return found.value

    def task(self, job: str) -> Task | None:
        """How far a job is."""
        text = self.run("SELECT row FROM job WHERE uuid = :job", job=job).scalar()
        if text is None:
            return None
        row = msgspec.json.decode(text)
        left = int(self.run("SELECT count(*) FROM job_wait WHERE job = :job", job=job).scalar_one())
        asked = max(left, len(row["waits"]))
        ended = row["phase"] in ("done", "failed")
        return Task(job, row["action"], row["account"], ended, asked, asked - left)

    def kinds_of(self, uuid: str) -> list[str]:
        """What a resource may be called."""
        stored = self._rows.load(uuid)
        return [] if stored is None else self.catalog.kinds_of(msgspec.json.decode(stored[1]), stored[0])

    def owner_account(self, uuid: str) -> str | None:
        """The account that owns a resource."""
        return self._rows.owner(uuid)

    def whole_of(self, uuid: str) -> str | None:
        """What a resource is part of."""
        return self._rows.family(uuid)

    def parts_of(self, uuid: str) -> list[str]:
        """A whole and all that is part of it."""
        return self._rows.parts(uuid)

    def tied_to(self, uuid: str) -> set[str]:
        """Wholes that name a whole or that it names."""
        named = {other for other in self._rows.other_ends(uuid, "source", "target") if self._is_private(other)}
        return named | (self._rows.other_ends(uuid, "target", "source") if self._is_private(uuid) else set())

    def shared_with(self, uuid: str, account: str) -> bool:
        """Whether a resource, or the whole that it is part of, is shared with an account or with all."""
        family = self.whole_of(uuid)
        return bool(family and self.count(SharedResource, resource_uuid=family, receiver=[account, PUBLIC]))

    def owned_by(self, account: str) -> list[tuple[str, str]]:
        """The wholes that belong to an account: type and uuid, by creation."""
        rows = self.run("SELECT type, uuid FROM resource WHERE owner = :a AND family = uuid ORDER BY seq", a=account)
        return [(row.type, row.uuid) for row in rows]

    def measure(self, account: str, limit: Limit) -> int:
        """How much an account has of what a quota limits."""
        return self._rows.measure(account, limit)

    def limits(self) -> Sequence[Limit]:
        """The quotas that there are."""
        return list(self.catalog.limits.values())

    def settings(self) -> Sequence[Setting]:
        """The global configs that there are."""
        return list(self.catalog.settings.values())

    def is_shareable(self, resource: Resource) -> bool:
        """Whether it is of a kind that accounts may share."""
        return self.catalog.kind_of(to_json(resource), type(resource)).shareable

    def any(self, uuid: str) -> Resource | None:
        """The document, of whatever type."""
        return decoded(self._rows.load(uuid))

    def tags(self, uuid: str) -> list[str]:
        """System tags on a resource."""
        return [tag.tag for tag in self.find(SystemTag, resource_uuid=uuid)]

    # ---- writing --------------------------------------------------------------------------

    def put(self, document: Resource) -> None:
        """Insert or replace a document; checks the targets of its refs."""
        doc, uuid_ = type(document), document.uuid
        before = self._rows.load(uuid_)
        if before is not None and before[0] is not doc:
            raise operr(f"resource[uuid:{uuid_}] exists already and is no {document_name(doc)}")
        document.create_date = document.create_date or self.now
        known = None if before is None else msgspec.json.decode(before[1], type=doc)
        if before is not None and known is not None:
            document.last_op_date = known.last_op_date
            if msgspec.json.encode(document) == before[1]:
                return
        document.last_op_date = self.now
        self._rows.write(document, msgspec.json.encode(document), known, self._account)
        self._rows.refer(document, known)
        self._logged.append((document_name(doc), uuid_, "create" if known is None else "update"))
        self._before.setdefault(uuid_, before)

    def delete(self, document: Resource) -> None:
        """Remove a document with its claims and tags; SYS.1006 if something refuses."""
        uuid_ = document.uuid
        before = self._rows.load(uuid_, type(document))
        if before is None:
            return
        if held := self._rows.holder(uuid_):
            raise refused(document, *held)
        for hanging in (SystemTag, *HANGING):
            for one in self.find(hanging, resource_uuid=uuid_):
                self.delete(one)
        self._claims.release_all(uuid_)
        self._rows.delete(document)
        self._logged.append((document_name(type(document)), uuid_, "delete"))
        self._before.setdefault(uuid_, before)

    def act_for(self, account: str) -> None:
        """From here on new documents belong to an account."""
        self._account = account

    def hand_over(self, uuid: str, account: str) -> bool:
        """Make an account the owner of a whole and of all that is part of it; False: it is no account's whole."""
        docs = self._rows.hand_over(uuid, account)
        for doc in docs or ():
            for limit in self.catalog.limits_of.get(doc, ()):
                self._grown.add((account, limit.name))
        return docs is not None

    def claim(self, scope: str, key: str | int, owner: str) -> bool:
        """Take a unique key."""
        return self._claims.take(scope, key, owner)

    def claim_free(self, scope: str, low: int, high: int, owner: str) -> int | None:
        """Take some free integer of [low, high]."""
        return self._claims.take_free(scope, low, high, owner)

    def release(self, scope: str, key: str | int) -> None:
        """Give a claim back."""
        self._claims.release(scope, key)

    def new_uuid(self) -> str:
        """A fresh uuid; that nothing has it needs no look."""
        fresh = uuid.uuid4().hex
        self._rows.known[fresh] = None
        return fresh

    def set_tag(self, uuid: str, vo: str, tag: str) -> None:
        """Put a system tag on a resource."""
        if self.first(SystemTag, resource_uuid=uuid, tag=tag) is None:
            self.put(SystemTag(uuid=self.new_uuid(), resource_uuid=uuid, resource_type=vo, tag=tag))

    def delete_tag(self, uuid: str, tag: str) -> None:
        """Take a system tag off."""
        for found in self.find(SystemTag, resource_uuid=uuid, tag=tag):
            self.delete(found)

    def take_changes(self) -> list[Change]:
        """Documents that changed since the last call, as they were and as they are."""
        before, self._before = self._before, {}
        return [Change(decoded(old), decoded(self._rows.known[uuid_])) for uuid_, old in before.items()]

    def check_quotas(self, changes: Sequence[Change]) -> None:
        """ID.1003 when an account has more than it may of something that it has more of now.

        The claim is what two transactions that add to the same cannot both write: the one that loses begins
        again, and counts what the other has made.
        """
        for new, old in ((change.new, change.old) for change in changes if change.new is not None):
            for limit in self.catalog.limits_of.get(type(new), ()):
                if limit.of(new) > limit.of(old):
                    owner = self.owner_account(new.uuid)
                    if owner is not None:
                        self._grown.add((owner, limit.name))
        grown, self._grown = sorted(self._grown), set()
        for account, name in grown:
            if quota.is_limited(self, account):
                self._claims.take_turn(f"quota/{account}", name, account)
                quota.check(self, account, self.catalog.limits[name])

    # ---- inside ---------------------------------------------------------------------------

    def _is_private(self, uuid_: str) -> bool:
        """Whether it is an account's, and nobody else can build on it."""
        stored = self._rows.load(uuid_)
        if stored is None:
            return False
        kind = self.catalog.kind_of(msgspec.json.decode(stored[1]), stored[0])
        return kind.seen_by == "owner" and not kind.shareable
