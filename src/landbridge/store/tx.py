"""A unit of work on one SQL connection: documents, claims, tags (the `Tx` of core/service.py).

What changed is remembered with what it was before; `flush` compiles it into node objects and
resolves what jobs wait for.  The same code runs on SQLite and PostgreSQL.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from landbridge.core import quota
from landbridge.core.catalog import Catalog
from landbridge.core.service import Change, Scalar, Service, Task
from landbridge.model.documents.account import GlobalConfig, SystemTag
from landbridge.model.documents.labels import HANGING, ResourceConfig
from landbridge.model.documents.sharing import PUBLIC, SharedResource
from landbridge.model.errors import notfound, operr
from landbridge.model.resource import Kind, Limit, Resource, document_name, to_json
from landbridge.store.claims import Claims
from landbridge.store.compiled import CompiledState
from landbridge.store.database import Database, Rows
from landbridge.store.schema import json_field, row_fields, rows_of

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
        self._stored: dict[str, tuple[type[Resource], bytes] | None] = {}
        self._before: dict[str, tuple[type[Resource], bytes] | None] = {}
        self._logged: list[tuple[str, str, str]] = []
        self._awaited: set[str] = set()
        """Of what there are parts already."""
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
        stored = self._load(uuid) if uuid else None
        if stored is None or stored[0] is not doc:
            return None
        return msgspec.json.decode(stored[1], type=doc)

    def need(self, doc: type[R], uuid: str | None) -> R:
        """The document; SYS.1003 if it is not there."""
        found = self.get(doc, uuid)
        if found is None:
            raise notfound("uuid", str(uuid), f"{document_name(doc)}VO")
        return found

    def find(self, doc: type[R], **equal: Scalar | Sequence[str]) -> list[R]:
        """Documents by indexed fields, in creation order."""
        where, values = self._where(doc, equal)
        rows = self.run(f"SELECT uuid, doc FROM resource WHERE {where} ORDER BY seq", **values)
        return [self._remember(doc, row.uuid, row.doc) for row in rows]

    def first(self, doc: type[R], **equal: Scalar | Sequence[str]) -> R | None:
        """The first of `find`."""
        where, values = self._where(doc, equal)
        row = self.run(f"SELECT uuid, doc FROM resource WHERE {where} ORDER BY seq LIMIT 1", **values).first()
        return None if row is None else self._remember(doc, row.uuid, row.doc)

    def count(self, doc: type[R], **equal: Scalar | Sequence[str]) -> int:
        """How many documents."""
        where, values = self._where(doc, equal)
        return int(self.run(f"SELECT count(*) FROM resource WHERE {where}", **values).scalar_one())

    def distinct(self, doc: type[R], field: str, **equal: Scalar | Sequence[str]) -> list[str]:
        """The different values of a text field.

        With an index over all these fields: a seek to the first value, then to the one after it, and so on.  Without
        one each seek would be a walk, so there is one walk.
        """
        where, values = self._where(doc, equal)
        column = json_field(self.dialect, self._indexed(doc, field))
        if not self._indexed_together(doc, equal, field):
            sql = f"SELECT DISTINCT {column} AS value FROM resource WHERE {where} AND {column} IS NOT NULL"
            return sorted(str(row.value) for row in self.run(sql, **values))
        least = f"SELECT min({column}) FROM resource WHERE {where}"
        rows = self.run(
            f"WITH RECURSIVE found (value) AS ({least} UNION ALL SELECT ({least} AND {column} > found.value) "
            "FROM found WHERE found.value IS NOT NULL) SELECT value FROM found WHERE value IS NOT NULL",
            **values,
        )
        return [str(row.value) for row in rows]

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
        stored = self._load(uuid)
        return [] if stored is None else self.catalog.kinds_of(msgspec.json.decode(stored[1]), stored[0])

    def owner_account(self, uuid: str) -> str | None:
        """The account that owns a resource."""
        owner: str | None = self.run("SELECT owner FROM resource WHERE uuid = :uuid", uuid=uuid).scalar()
        return owner

    def whole_of(self, uuid: str) -> str | None:
        """What a resource is part of."""
        family: str | None = self.run("SELECT family FROM resource WHERE uuid = :uuid", uuid=uuid).scalar()
        return family

    def parts_of(self, uuid: str) -> list[str]:
        """A whole and all that is part of it."""
        return [row.uuid for row in self.run("SELECT uuid FROM resource WHERE family = :u ORDER BY seq", u=uuid)]

    def tied_to(self, uuid: str) -> set[str]:
        """Wholes that name a whole or that it names."""
        named = {other for other in self._other_ends(uuid, "source", "target") if self._is_private(other)}
        return named | (self._other_ends(uuid, "target", "source") if self._is_private(uuid) else set())

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
        number = "count(*)"
        if limit.amount is not None:
            number = f"COALESCE(SUM(CAST({json_field(self.dialect, limit.amount)} AS BIGINT)), 0)"
        parts = ["type = :type", "owner = :owner"]
        for name, value in limit.where.items():
            column = json_field(self.dialect, name)
            parts.append(f"{column} IS NULL" if value is None else f"{column} = '{value}'")
        for name, excepted in limit.unless.items():
            parts.append(f"{json_field(self.dialect, name)} NOT IN ({', '.join(map(repr, excepted))})")
        sql = f"SELECT {number} FROM resource WHERE {' AND '.join(parts)}"
        return int(self.run(sql, type=document_name(limit.doc), owner=account).scalar_one())

    def limits(self) -> Sequence[Limit]:
        """The quotas that there are."""
        return list(self.catalog.limits.values())

    def is_shareable(self, resource: Resource) -> bool:
        """Whether it is of a kind that accounts may share."""
        return self.catalog.kind_of(to_json(resource), type(resource)).shareable

    def any(self, uuid: str) -> Resource | None:
        """The document, of whatever type."""
        return _decoded(self._load(uuid))

    def tags(self, uuid: str) -> list[str]:
        """System tags on a resource."""
        return [tag.tag for tag in self.find(SystemTag, resource_uuid=uuid)]

    # ---- writing --------------------------------------------------------------------------

    def put(self, document: Resource) -> None:
        """Insert or replace a document; checks the targets of its refs."""
        doc, uuid_ = type(document), document.uuid
        before = self._load(uuid_)
        if before is not None and before[0] is not doc:
            raise operr(f"resource[uuid:{uuid_}] exists already and is no {document_name(doc)}")
        document.create_date = document.create_date or self.now
        known = None if before is None else msgspec.json.decode(before[1], type=doc)
        if before is not None and known is not None:
            document.last_op_date = known.last_op_date
            if msgspec.json.encode(document) == before[1]:
                return
        document.last_op_date = self.now
        text = msgspec.json.encode(document)
        self._write(document, text, known)
        self._refer(document, known)
        self._before.setdefault(uuid_, before)
        self._stored[uuid_] = (doc, text)

    def delete(self, document: Resource) -> None:
        """Remove a document with its claims and tags; SYS.1006 if something refuses."""
        uuid_, name = document.uuid, document_name(type(document))
        before = self._load(uuid_)
        if before is None:
            return
        self._refuse_if_held(document, name)
        for hanging in (SystemTag, *HANGING):
            for one in self.find(hanging, resource_uuid=uuid_):
                self.delete(one)
        self._claims.release_all(uuid_)
        self.run("DELETE FROM edge WHERE source = :uuid", uuid=uuid_)
        self.run("DELETE FROM resource WHERE uuid = :uuid", uuid=uuid_)
        self._logged.append((name, uuid_, "delete"))
        self._before.setdefault(uuid_, before)
        self._stored[uuid_] = None

    def act_for(self, account: str) -> None:
        """From here on new documents belong to an account."""
        self._account = account

    def hand_over(self, uuid: str, account: str) -> bool:
        """Make an account the owner of a whole and of all that is part of it; False: it is no account's whole."""
        whole = self.run("SELECT 1 FROM resource WHERE uuid = :u AND family = :u AND owner IS NOT NULL", u=uuid)
        if whole.scalar() is None:
            return False
        for row in self.run("SELECT DISTINCT type FROM resource WHERE family = :u", u=uuid):
            for limit in self.catalog.limits_of.get(self.catalog.docs[row.type], ()):
                self._grown.add((account, limit.name))
        self.run("UPDATE resource SET owner = :a WHERE family = :u", a=account, u=uuid)
        return True

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
        self._stored[fresh] = None
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
        return [Change(_decoded(old), _decoded(self._stored[uuid_])) for uuid_, old in before.items()]

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

    def _other_ends(self, whole: str, here: str, there: str) -> set[str]:
        """Wholes at the other ends of a whole's edges."""
        rows = self.run(
            f"SELECT DISTINCT other.family AS whole FROM resource AS mine JOIN edge ON edge.{here} = mine.uuid "
            f"JOIN resource AS other ON other.uuid = edge.{there} WHERE mine.family = :u AND other.family <> :u",
            u=whole,
        )
        return {row.whole for row in rows}

    def _is_private(self, uuid_: str) -> bool:
        """Whether it is an account's, and nobody else can build on it."""
        stored = self._load(uuid_)
        if stored is None:
            return False
        kind = self.catalog.kind_of(msgspec.json.decode(stored[1]), stored[0])
        return kind.seen_by == "owner" and not kind.shareable

    def _load(self, uuid_: str) -> tuple[type[Resource], bytes] | None:
        if uuid_ not in self._stored:
            row = self.run("SELECT type, doc FROM resource WHERE uuid = :uuid", uuid=uuid_).first()
            known = None if row is None else self.catalog.docs.get(row.type)
            self._stored[uuid_] = None if row is None or known is None else (known, self._normal(known, row.doc))
        return self._stored[uuid_]

    def _remember(self, doc: type[R], uuid_: str, text: str) -> R:
        normal = self._normal(doc, text)
        self._stored[uuid_] = (doc, normal)
        return msgspec.json.decode(normal, type=doc)

    def _normal(self, doc: type[Resource], text: str) -> bytes:
        """The JSON as we would write it; PostgreSQL spells it its own way."""
        return text.encode() if self.dialect == "sqlite" else msgspec.json.encode(msgspec.json.decode(text, type=doc))

    def _write(self, document: Resource, text: bytes, known: Resource | None) -> None:
        name, cast = document_name(type(document)), ":doc" if self.dialect == "sqlite" else "CAST(:doc AS JSONB)"
        whole = self._whole(document)
        values = {"uuid": document.uuid, "doc": text.decode()}
        if known is None and whole is None:
            self.run(
                f"INSERT INTO resource (uuid, type, owner, family, doc) VALUES (:uuid, :type, :owner, :uuid, {cast})",
                type=name,
                owner=self._account,
                **values,
            )
        elif known is None:
            if whole and whole != document.uuid and self._load(whole) is None:
                self._awaited.add(whole)
            self.run(
                "INSERT INTO resource (uuid, type, owner, family, doc) VALUES (:uuid, :type, "
                "COALESCE((SELECT owner FROM resource WHERE uuid = :whole), :owner), "
                f"COALESCE((SELECT family FROM resource WHERE uuid = :whole), :whole), {cast})",
                type=name,
                owner=self._account if whole != document.uuid else whole,
                whole=whole,
                **values,
            )
        else:
            self.run(f"UPDATE resource SET doc = {cast} WHERE uuid = :uuid", **values)
            if whole != self._whole(known):
                self._rejoin(document.uuid, whole)
        if known is None and document.uuid in self._awaited:
            self._adopt(document.uuid)
        self._logged.append((name, document.uuid, "create" if known is None else "update"))

    def _whole(self, document: Resource) -> str | None:
        """What a document is part of, if anything."""
        field = self.catalog.within(type(document))
        return None if field is None else getattr(document, _python_names(type(document))[field]) or None

    def _adopt(self, uuid_: str) -> None:
        """Parts that were stored before what they are part of, which is a part itself, get its family and owner."""
        self.run(
            "UPDATE resource SET owner = (SELECT owner FROM resource WHERE uuid = :uuid), "
            "family = (SELECT family FROM resource WHERE uuid = :uuid) WHERE family = :uuid AND uuid <> :uuid",
            uuid=uuid_,
        )

    def _rejoin(self, uuid_: str, whole: str | None) -> None:
        """A part has become part of something else, or of nothing: then it stays with its owner."""
        self.run(
            "UPDATE resource SET owner = COALESCE((SELECT owner FROM resource WHERE uuid = :whole), owner), "
            "family = COALESCE((SELECT family FROM resource WHERE uuid = :whole), :uuid) WHERE uuid = :uuid",
            whole=whole,
            uuid=uuid_,
        )

    def _refer(self, document: Resource, known: Resource | None) -> None:
        """Keep the edges of the fields that name another document than before."""
        names, links = _python_names(type(document)), []
        for ref in self.catalog.refs(type(document)):
            target, before = (getattr(one, names[ref.field], None) for one in (document, known))
            if target == before:
                continue
            if not target:
                self.run("DELETE FROM edge WHERE source = :s AND field = :f", s=document.uuid, f=ref.field)
                continue
            stored = self._load(target)
            if stored is None or stored[0] is not ref.target:
                raise notfound(ref.field, target, f"{document_name(ref.target)}VO")
            links.append((ref.field, target, ref.on_delete))
        if links:
            self.run(
                "INSERT INTO edge (source, field, target, on_delete) "
                f"SELECT :s, {', '.join(row_fields(self.dialect, 3))} FROM {rows_of(self.dialect, 'rows')} "
                "WHERE true ON CONFLICT (source, field) DO UPDATE SET target = excluded.target",
                s=document.uuid,
                rows=msgspec.json.encode(links).decode(),
            )

    def _refuse_if_held(self, document: Resource, name: str) -> None:
        row = self.run(
            "SELECT source, field FROM edge "
            "WHERE target = :uuid AND on_delete = 'refuse' AND source <> :uuid LIMIT 1",
            uuid=document.uuid,
        ).first()
        holder = None if row is None else _decoded(self._load(row.source))
        if row is None or holder is None:
            return
        why = next(ref.why for ref in self.catalog.refs(type(holder)) if ref.field == row.field)
        called = getattr(document, "name", "") or document.uuid
        by = f"{document_name(type(holder))}[{getattr(holder, 'name', '') or holder.uuid}, uuid:{holder.uuid}]"
        raise operr(f"{name}[{called}, uuid:{document.uuid}] is in use: {why}: {by}; delete that first")

    def _where(self, doc: type[Resource], equal: Mapping[str, Scalar | Sequence[str]]) -> tuple[str, dict[str, Any]]:
        parts, values = [f"type = '{document_name(doc)}'"], {}
        for field, value in equal.items():
            json_name = self._indexed(doc, field)
            column = "uuid" if json_name == "uuid" else json_field(self.dialect, json_name)
            if value is None:
                parts.append(f"{column} IS NULL")
            elif isinstance(value, str | int):
                parts.append(f"{column} = :{field}")
                values[field] = self._literal(value)
            else:
                marks = [f"{field}_{index}" for index in range(len(value))]
                parts.append(f"{column} IN ({', '.join(':' + mark for mark in marks)})" if marks else "1 = 0")
                values.update(zip(marks, value, strict=True))
        return " AND ".join(parts), values

    def _indexed(self, doc: type[Resource], field: str) -> str:
        """The JSON name of a field that finds may ask for."""
        name = next(json for json, python in _python_names(doc).items() if python == field)
        if name != "uuid" and name not in self.catalog.indexes(doc):
            raise ValueError(f"{document_name(doc)}.{name} has no index: declare it in the kind")
        return name

    def _indexed_together(self, doc: type[Resource], equal: Iterable[str], last: str) -> bool:
        """Whether an index has these fields, in any order, and then this one."""
        first = {self._indexed(doc, field) for field in equal}
        end = self._indexed(doc, last)
        declared = (fields.split(",") for fields in self.catalog.indexes(doc))
        return any(fields[-1] == end and set(fields[:-1]) == first for fields in declared)

    def _literal(self, value: str | int) -> str | int:
        """As `json_field` yields it: text on PostgreSQL, 1 and 0 for booleans on SQLite."""
        if self.dialect == "sqlite":
            return int(value) if isinstance(value, bool) else value
        return str(value).lower() if isinstance(value, bool) else str(value)


def _decoded(stored: tuple[type[Resource], bytes] | None) -> Resource | None:
    return None if stored is None else msgspec.json.decode(stored[1], type=stored[0])


_names: dict[type[Resource], dict[str, str]] = {}


def _python_names(doc: type[Resource]) -> dict[str, str]:
    """JSON field name -> attribute name."""
    if doc not in _names:
        _names[doc] = {field.encode_name: field.name for field in msgspec.structs.fields(doc)}
    return _names[doc]
