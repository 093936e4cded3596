"""Documents and the edges between them as rows: the SQL of one transaction, and what it has read of them.

On PostgreSQL each type has a partition of its own: statements name the type wherever it is known, so that one is
looked at and not all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from landbridge.core.catalog import Catalog
from landbridge.core.view import Scalar
from landbridge.model.errors import notfound, operr
from landbridge.model.resource import Limit, Resource, document_name
from landbridge.store.conditions import Conditions, python_names
from landbridge.store.database import Rows
from landbridge.store.schema import json_field, row_fields, rows_of

R = TypeVar("R", bound=Resource)
Stored = tuple[type[Resource], bytes]
"""A document's type, and its JSON as we write it."""


class ResourceRows:
    """What `SqlTx` reads and writes documents through."""

    def __init__(self, run: Callable[..., Rows], dialect: str, catalog: Catalog) -> None:
        self._run = run
        self._dialect = dialect
        self._catalog = catalog
        self._conditions = Conditions(dialect, catalog)
        self.known: dict[str, Stored | None] = {}
        """What has been read or written, by uuid; None: it is not there."""
        self._awaited: set[str] = set()
        """Of what there are parts already."""

    # ---- reading --------------------------------------------------------------------------

    def load(self, uuid: str, doc: type[Resource] | None = None) -> Stored | None:
        """A document, of a certain type if one is given."""
        if uuid not in self.known:
            only = "" if doc is None else f" AND type = '{document_name(doc)}'"
            row = self._run(f"SELECT type, doc FROM resource WHERE uuid = :uuid{only}", uuid=uuid).first()
            found = None if row is None else self._catalog.docs.get(row.type)
            if found is not None:
                self.known[uuid] = (found, self._normal(found, row.doc))
            elif doc is None:
                self.known[uuid] = None
        stored = self.known.get(uuid)
        return None if stored is None or doc not in (None, stored[0]) else stored

    def find(self, doc: type[R], equal: Mapping[str, Scalar | Sequence[str]], *, only_one: bool = False) -> list[R]:
        """Documents by indexed fields, in creation order."""
        where, values = self._conditions.where(doc, equal)
        limit = " LIMIT 1" if only_one else ""
        rows = self._run(f"SELECT uuid, doc FROM resource WHERE {where} ORDER BY seq{limit}", **values)
        return [self._remember(doc, row.uuid, row.doc) for row in rows]

    def count(self, doc: type[R], equal: Mapping[str, Scalar | Sequence[str]]) -> int:
        """How many documents."""
        where, values = self._conditions.where(doc, equal)
        return int(self._run(f"SELECT count(*) FROM resource WHERE {where}", **values).scalar_one())

    def distinct(self, doc: type[R], field: str, equal: Mapping[str, Scalar | Sequence[str]]) -> list[str]:
        """The different values of a text field.

        With an index over all these fields: a seek to the first value, then to the one after it, and so on.  Without
        one each seek would be a walk, so there is one walk.
        """
        where, values = self._conditions.where(doc, equal)
        column = json_field(self._dialect, self._conditions.indexed(doc, field))
        if not self._conditions.indexed_together(doc, equal, field):
            sql = f"SELECT DISTINCT {column} AS value FROM resource WHERE {where} AND {column} IS NOT NULL"
            return sorted(str(row.value) for row in self._run(sql, **values))
        least = f"SELECT min({column}) FROM resource WHERE {where}"
        rows = self._run(
            f"WITH RECURSIVE found (value) AS ({least} UNION ALL SELECT ({least} AND {column} > found.value) "
            "FROM found WHERE found.value IS NOT NULL) SELECT value FROM found WHERE value IS NOT NULL",
            **values,
        )
        return [str(row.value) for row in rows]

    def measure(self, account: str, limit: Limit) -> int:
        """How much an account has of what a quota limits."""
        number = "count(*)"
        if limit.amount is not None:
            number = f"COALESCE(SUM(CAST({json_field(self._dialect, limit.amount)} AS BIGINT)), 0)"
        parts = [f"type = '{document_name(limit.doc)}'", "owner = :owner"]
        for name, value in limit.where.items():
            column = json_field(self._dialect, name)
            parts.append(f"{column} IS NULL" if value is None else f"{column} = '{value}'")
        for name, excepted in limit.unless.items():
            parts.append(f"{json_field(self._dialect, name)} NOT IN ({', '.join(map(repr, excepted))})")
        sql = f"SELECT {number} FROM resource WHERE {' AND '.join(parts)}"
        return int(self._run(sql, owner=account).scalar_one())

    def owner(self, uuid: str) -> str | None:
        """The account that a document belongs to."""
        owner: str | None = self._run(f"SELECT owner FROM resource WHERE {self._one(uuid)}", uuid=uuid).scalar()
        return owner

    def family(self, uuid: str) -> str | None:
        """The shareable whole that a document is part of."""
        family: str | None = self._run(f"SELECT family FROM resource WHERE {self._one(uuid)}", uuid=uuid).scalar()
        return family

    def parts(self, uuid: str) -> list[str]:
        """A whole and all that is part of it."""
        return [row.uuid for row in self._run("SELECT uuid FROM resource WHERE family = :u ORDER BY seq", u=uuid)]

    def other_ends(self, whole: str, here: str, there: str) -> set[str]:
        """Wholes at the other ends of a whole's edges."""
        rows = self._run(
            f"SELECT DISTINCT other.family AS whole FROM resource AS mine JOIN edge ON edge.{here} = mine.uuid "
            f"JOIN resource AS other ON other.uuid = edge.{there} WHERE mine.family = :u AND other.family <> :u",
            u=whole,
        )
        return {row.whole for row in rows}

    def holder(self, uuid: str) -> tuple[Resource, str] | None:
        """A document because of which another one may not go, and why."""
        row = self._run(
            "SELECT source, field FROM edge "
            "WHERE target = :uuid AND on_delete = 'refuse' AND source <> :uuid LIMIT 1",
            uuid=uuid,
        ).first()
        holder = None if row is None else decoded(self.load(row.source))
        if row is None or holder is None:
            return None
        return holder, next(ref.why for ref in self._catalog.refs(type(holder)) if ref.field == row.field)

    # ---- writing --------------------------------------------------------------------------

    def write(self, document: Resource, text: bytes, known: Resource | None, account: str | None) -> None:
        """Insert it (for an account), or replace the one that is known."""
        doc = type(document)
        name, cast = document_name(doc), ":doc" if self._dialect == "sqlite" else "CAST(:doc AS JSONB)"
        whole = self._whole(document)
        values = {"uuid": document.uuid, "doc": text.decode()}
        if known is None and whole is None:
            self._run(
                f"INSERT INTO resource (uuid, type, owner, family, doc) VALUES (:uuid, :type, :owner, :uuid, {cast})",
                type=name,
                owner=account,
                **values,
            )
        elif known is None:
            if whole and whole != document.uuid and self.load(whole, self._catalog.whole(doc)) is None:
                self._awaited.add(whole)
            self._run(
                "INSERT INTO resource (uuid, type, owner, family, doc) VALUES (:uuid, :type, "
                f"COALESCE(({self._of_whole('owner', document, whole)}), :owner), "
                f"COALESCE(({self._of_whole('family', document, whole)}), :whole), {cast})",
                type=name,
                owner=account if whole != document.uuid else whole,
                whole=whole,
                **values,
            )
        else:
            self._run(f"UPDATE resource SET doc = {cast} WHERE uuid = :uuid AND type = '{name}'", **values)
            if whole != self._whole(known):
                self._rejoin(document, whole)
        if known is None and document.uuid in self._awaited:
            self._adopt(document)
        self.known[document.uuid] = (doc, text)

    def refer(self, document: Resource, known: Resource | None) -> None:
        """Keep the edges of the fields that name another document than before.  SYS.1003: that is not there."""
        names, links = python_names(type(document)), []
        for ref in self._catalog.refs(type(document)):
            target, before = (getattr(one, names[ref.field], None) for one in (document, known))
            if target == before:
                continue
            if not target:
                self._run("DELETE FROM edge WHERE source = :s AND field = :f", s=document.uuid, f=ref.field)
                continue
            if self.load(target, ref.target) is None:
                raise notfound(ref.field, target, f"{document_name(ref.target)}VO")
            links.append((ref.field, target, ref.on_delete))
        if links:
            self._run(
                "INSERT INTO edge (source, field, target, on_delete) "
                f"SELECT :s, {', '.join(row_fields(self._dialect, 3))} FROM {rows_of(self._dialect, 'rows')} "
                "WHERE true ON CONFLICT (source, field) DO UPDATE SET target = excluded.target",
                s=document.uuid,
                rows=msgspec.json.encode(links).decode(),
            )

    def delete(self, document: Resource) -> None:
        """Without it, and what it names."""
        self._run("DELETE FROM edge WHERE source = :uuid", uuid=document.uuid)
        self._run(f"DELETE FROM resource WHERE {self._one(document.uuid)}", uuid=document.uuid)
        self.known[document.uuid] = None

    def hand_over(self, uuid: str, account: str) -> list[type[Resource]] | None:
        """Make an account the owner of a whole and its parts: the types of those.  None: it is no account's whole."""
        whole = f"SELECT 1 FROM resource WHERE {self._one(uuid)} AND family = :uuid AND owner IS NOT NULL"
        if self._run(whole, uuid=uuid).scalar() is None:
            return None
        rows = self._run("SELECT DISTINCT type FROM resource WHERE family = :u", u=uuid).all()
        self._run("UPDATE resource SET owner = :a WHERE family = :u", a=account, u=uuid)
        return [self._catalog.docs[row.type] for row in rows]

    # ---- inside ---------------------------------------------------------------------------

    def _remember(self, doc: type[R], uuid: str, text: str) -> R:
        normal = self._normal(doc, text)
        self.known[uuid] = (doc, normal)
        return msgspec.json.decode(normal, type=doc)

    def _normal(self, doc: type[Resource], text: str) -> bytes:
        """The JSON as we would write it; PostgreSQL spells it its own way."""
        return (
            text.encode() if self._dialect == "sqlite" else msgspec.json.encode(msgspec.json.decode(text, type=doc))
        )

    def _one(self, uuid: str) -> str:
        """The row of `:uuid`, whose type this transaction may know."""
        stored = self.known.get(uuid)
        return "uuid = :uuid" if stored is None else f"uuid = :uuid AND type = '{document_name(stored[0])}'"

    def _whole(self, document: Resource) -> str | None:
        """What a document is part of, if anything."""
        field = self._catalog.within(type(document))
        return None if field is None else getattr(document, python_names(type(document))[field]) or None

    def _of_whole(self, column: str, document: Resource, whole: str | None) -> str:
        """SQL for a column of the whole (`:whole`) that a document is part of."""
        stored = self.known.get(whole or "")
        doc = stored[0] if stored is not None else self._catalog.whole(type(document))
        only = "" if doc is None else f" AND type = '{document_name(doc)}'"
        return f"SELECT {column} FROM resource WHERE uuid = :whole{only}"

    def _adopt(self, document: Resource) -> None:
        """Parts that were stored before what they are part of, which is a part itself, get its family and owner."""
        its = f"FROM resource WHERE uuid = :uuid AND type = '{document_name(type(document))}'"
        self._run(
            f"UPDATE resource SET owner = (SELECT owner {its}), family = (SELECT family {its}) "
            "WHERE family = :uuid AND uuid <> :uuid",
            uuid=document.uuid,
        )

    def _rejoin(self, document: Resource, whole: str | None) -> None:
        """A part has become part of something else, or of nothing: then it stays with its owner."""
        self._run(
            f"UPDATE resource SET owner = COALESCE(({self._of_whole('owner', document, whole)}), owner), "
            f"family = COALESCE(({self._of_whole('family', document, whole)}), :uuid) "
            f"WHERE uuid = :uuid AND type = '{document_name(type(document))}'",
            whole=whole,
            uuid=document.uuid,
        )


def decoded(stored: Stored | None) -> Resource | None:
    """The document, if there is one."""
    return None if stored is None else msgspec.json.decode(stored[1], type=stored[0])


def refused(document: Resource, holder: Resource, why: str) -> Exception:
    """SYS.1006: a document cannot go because of another one."""
    name, called = document_name(type(document)), getattr(document, "name", "") or document.uuid
    by = f"{document_name(type(holder))}[{getattr(holder, 'name', '') or holder.uuid}, uuid:{holder.uuid}]"
    return operr(f"{name}[{called}, uuid:{document.uuid}] is in use: {why}: {by}; delete that first")
