"""Documents: what a user asked for, as it is stored.

A document is a msgspec Struct.  Its JSON form is, field for field, ZStack's inventory,
plus fields that only Landbridge needs (named in `Kind.internal`, left out of answers).
Several kinds may share one document type (an L2 network of any type is one `L2Network`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec


class Resource(msgspec.Struct, kw_only=True, rename="camel"):
    """Base of every document.  Dates are milliseconds since 1970-01-01 UTC, set by the store."""

    uuid: str
    create_date: int = 0
    last_op_date: int = 0


@dataclass(frozen=True, slots=True)
class Ref:
    """A field that names another document.

    `on_delete`: "refuse" (the target cannot be deleted while this document is there) or
    "ignore" (the services deal with it).  `why` completes "<target> is in use: …".
    """

    field: str
    target: type[Resource]
    on_delete: Literal["refuse", "ignore"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A name under which a query reaches other documents: `vmNics.l3Network.name=x`.

    Rows of the target kind with `target[target_key] == self[key]`.  `nested` puts the
    related inventories into this inventory under the relation's name.
    `key` and `target_key` are JSON field names.  `order` is the JSON field nested rows are sorted by.
    `shape` says how nested rows appear: None a list of inventories, `field` a list of the
    different values of that field, `key:value` one object with an entry per row.
    `back`: the name under which the target's kind reaches the rows of this one, which need not be declared there.
    """

    vo: str
    key: str
    target_key: str
    nested: bool = False
    order: str = "createDate"
    shape: str | None = None
    back: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A quota: what of an account is counted.

    name    the quota's, for example "vip.num"
    most    that a new account may have, unless the cloud's administrator says otherwise
    what    the things, in words
    doc     documents of this type are counted,
    where   whose JSON fields have these values (None: which do not have the field),
    unless  and not one of these
    amount  JSON field that is summed up; None: they count one each
    """

    name: str
    most: int
    what: str
    doc: type[Resource]
    where: Mapping[str, str | None] = field(default_factory=dict)
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    amount: str | None = None

    def of(self, document: Resource | None) -> int:
        """What one document counts."""
        if not isinstance(document, self.doc):
            return 0
        values = msgspec.to_builtins(document)
        if any(values.get(name) != value for name, value in self.where.items()):
            return 0
        if any(values.get(name) in excepted for name, excepted in self.unless.items()):
            return 0
        return 1 if self.amount is None else int(values[self.amount])


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of resources that users query and that references name.

    vo        name in references and errors, e.g. "VxlanNetworkPoolVO"
    doc       the stored document type
    java      server-side inventory class for the `schema` map
    where     documents of `doc` that belong to this kind, by JSON field
    indexes   JSON fields that get an expression index (uuid always has one); `a,b`: one over both,
              for finds by the pair where either alone has many rows
    internal  JSON fields that answers leave out
    refs      fields that name other documents
    relations names for nested and expanded queries
    aliases   short names in queries for a path of relations: `cluster` for `clusterRef.cluster`
    seen_by   "owner": rows belong to an account, whose tenants see them, and those it shares them with; "admins":
              the cloud's own; "everyone": the cloud's own, known to all
    within    JSON field that names what a row is part of: it belongs to whom that belongs, and is shared with it
              (absent in a row: it belongs to whoever made it; "uuid": it belongs to itself, as an account does)
    also_seen_by JSON field with an account (or `public`) that sees a row besides its owner
    shareable whether its owner may let other accounts use it in what they make
    shown_uuid JSON field that answers show as `uuid` instead of the document's own
    """

    vo: str
    doc: type[Resource]
    java: str
    where: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    internal: frozenset[str] = frozenset()
    refs: tuple[Ref, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    seen_by: Literal["owner", "admins", "everyone"] = "owner"
    within: str | None = None
    also_seen_by: str | None = None
    shareable: bool = False
    shown_uuid: str | None = None

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Whether a stored JSON document is of this kind."""
        return all(document.get(name) == value for name, value in self.where.items())


def document_name(doc: type[Resource]) -> str:
    """The name under which documents of a type are stored."""
    return doc.__name__


def to_json(document: Resource) -> dict[str, Any]:
    """The document with its JSON field names; absent values (None) left out."""
    fields: dict[str, Any] = msgspec.to_builtins(document)
    return {name: value for name, value in fields.items() if value is not None}
