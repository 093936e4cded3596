"""All services together: what the processes look things up in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

from landbridge.core import quota
from landbridge.core.api import Action
from landbridge.core.service import Done, Failed, Projection, Service
from landbridge.model.documents import (
    account,
    address_pair,
    distributed_routing,
    event,
    identity,
    l2,
    l3,
    labels,
    long_job,
    ownership,
    places,
    route_table,
    security_group,
    sharing,
    vip,
    vm,
)
from landbridge.model.resource import Kind, Limit, Ref, Relation, Resource, document_name
from landbridge.model.setting import Setting

V = TypeVar("V")

SHARED_KINDS = (
    *places.KINDS,
    *l2.KINDS,
    *l3.KINDS,
    *vm.KINDS,
    *security_group.KINDS,
    *address_pair.KINDS,
    *distributed_routing.KINDS,
    *vip.KINDS,
    *route_table.KINDS,
    *account.KINDS,
    *long_job.KINDS,
    *identity.KINDS,
    *sharing.KINDS,
    *labels.KINDS,
    *ownership.KINDS,
    *event.KINDS,
)
"""Kinds that several services speak of; a service's own come with the service."""


class Catalog:
    """The union of the services.  A name given twice is a ValueError that names it."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = tuple(services)
        own = chain.from_iterable(service.kinds for service in self.services)
        unique = {id(kind): kind for kind in chain(SHARED_KINDS, own)}
        declared = _by_name("kind", ((kind.vo, kind) for kind in unique.values()))
        self.kinds: Mapping[str, Kind] = {vo: _with_ways_back(kind, declared) for vo, kind in declared.items()}
        self.docs: Mapping[str, type[Resource]] = {document_name(k.doc): k.doc for k in self.kinds.values()}
        self.actions: tuple[Action, ...] = tuple(
            _by_name("action", ((a.name, a) for s in self.services for a in s.actions)).values()
        )
        self.service_of: Mapping[str, str] = {a.name: s.name for s in self.services for a in s.actions}
        self.projections: Mapping[str, Projection] = _by_name(
            "projection", ((p.name, p) for s in self.services for p in s.projections)
        )
        self.done: Mapping[str, Done] = _by_name("continuation", _items(s.done for s in self.services))
        self.failed: Mapping[str, Failed] = _by_name("continuation", _items(s.failed for s in self.services))
        self.seeds = tuple(chain.from_iterable(s.seeds for s in self.services))
        self.health_told = tuple(s.health_told for s in self.services if s.health_told is not None)
        self.host_changed = tuple(chain.from_iterable(s.host_changed for s in self.services))
        self.limits: Mapping[str, Limit] = _by_name("quota", ((x.name, x) for s in self.services for x in s.limits))
        settings = chain(
            chain.from_iterable(s.settings for s in self.services), map(quota.setting, self.limits.values())
        )
        self.settings: Mapping[str, Setting] = _by_name(
            "global config", ((f"{one.category}/{one.name}", one) for one in settings)
        )
        self.limits_of: Mapping[type[Resource], tuple[Limit, ...]] = {
            doc: tuple(limit for limit in self.limits.values() if limit.doc is doc)
            for doc in {limit.doc for limit in self.limits.values()}
        }
        self._kinds_of: dict[type[Resource], list[Kind]] = {}
        self._indexes: dict[type[Resource], frozenset[str]] = {}
        self._refs: dict[type[Resource], tuple[Ref, ...]] = {}
        self._within: dict[type[Resource], str] = {}
        for kind in self.kinds.values():
            self._kinds_of.setdefault(kind.doc, []).append(kind)
            self._indexes[kind.doc] = self.indexes(kind.doc) | frozenset(kind.indexes)
            self._refs[kind.doc] = tuple(dict.fromkeys((*self.refs(kind.doc), *kind.refs)))
            if kind.within is not None:
                self._within[kind.doc] = kind.within

    def indexes(self, doc: type[Resource]) -> frozenset[str]:
        """JSON fields of a document type that have an index."""
        return self._indexes.get(doc, frozenset())

    def refs(self, doc: type[Resource]) -> tuple[Ref, ...]:
        """Fields of a document type that name other documents."""
        return self._refs.get(doc, ())

    def within(self, doc: type[Resource]) -> str | None:
        """The JSON field that names what a document of a type is part of."""
        return self._within.get(doc)

    def whole(self, doc: type[Resource]) -> type[Resource] | None:
        """The type of what a document of a type is part of, where that is always the same."""
        field = self.within(doc)
        named = (ref.target for ref in self.refs(doc) if ref.field == field)
        related = (
            self.kinds[relation.vo].doc
            for kind in self._kinds_of.get(doc, ())
            for relation in kind.relations.values()
            if (relation.key, relation.target_key) == (field, "uuid")
        )
        return next(chain(named, related), None)

    def kind_of(self, document: Mapping[str, Any], doc: type[Resource], asked: Kind | None = None) -> Kind:
        """The kind a document answers as: the most specific one that it matches.

        Asked through a kind that restricts (`where`), it answers as that kind.
        """
        if asked is not None and asked.where:
            return asked
        fitting = [kind for kind in self._kinds_of.get(doc, ()) if kind.matches(document)]
        return max(fitting, key=lambda kind: len(kind.where))

    def kinds_of(self, document: Mapping[str, Any], doc: type[Resource]) -> list[str]:
        """Names of the kinds that a document matches, the most general first."""
        fitting = [kind for kind in self._kinds_of.get(doc, ()) if kind.matches(document)]
        return [kind.vo for kind in sorted(fitting, key=lambda kind: len(kind.where))]


def _with_ways_back(kind: Kind, kinds: Mapping[str, Kind]) -> Kind:
    """With the relations that others declare the other way round (`Relation.back`)."""
    ways = (
        (other, way) for other in kinds.values() for way in other.relations.values() if way.vo == kind.vo and way.back
    )
    back = {way.back: Relation(other.vo, way.target_key, way.key) for other, way in ways}
    return replace(kind, relations={**kind.relations, **back}) if back else kind


def _items(parts: Iterable[Mapping[str, V]]) -> Iterable[tuple[str, V]]:
    return chain.from_iterable(part.items() for part in parts)


def _by_name(what: str, pairs: Iterable[tuple[str, V]]) -> dict[str, V]:
    found: dict[str, V] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{what} {name} is declared twice")
        found[name] = value
    return found
