"""A store with one zone and one cluster, for the tests of zones, clusters and hosts."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller, Context, Outcome, Placed, Projection
from landbridge.core.view import Tx
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.errors import ApiError
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.model.resource import Resource
from landbridge.services import cluster, config, host, zone
from landbridge.store import Store

ADMIN = Caller(account_uuid=ADMIN_ACCOUNT_UUID, user_uuid=ADMIN_ACCOUNT_UUID, is_admin=True)

D = TypeVar("D", bound=Resource)
Q = TypeVar("Q")
R = TypeVar("R")


@dataclass
class Places:
    """The store and the uuids of what is in it."""

    store: Store
    zone: str
    cluster: str

    def write(self, unit: Callable[[Tx], R]) -> R:
        """One transaction."""
        return self.store.sync_write(unit)

    def run(self, handler: Callable[[Context, Q], Outcome], request: Q) -> Outcome:
        """Run a handler in a transaction."""
        return self.write(lambda tx: handler(Context(tx=tx, caller=ADMIN, request_id="r"), request))

    def make(self, handler: Callable[[Context, Q], Outcome], request: Q) -> str:
        """Run a create action; the new uuid."""
        outcome = self.run(handler, request)
        assert outcome.inventory is not None
        return outcome.inventory[1]

    @contextmanager
    def refused(self, code: str, *words: str) -> Iterator[pytest.ExceptionInfo[ApiError]]:
        """The block raises the error, whose details have the words, and nothing stored changes."""
        before = self._everything()
        with pytest.raises(ApiError) as caught:
            yield caught
        assert caught.value.code == code, caught.value
        for word in words:
            assert word in caught.value.details
        assert self._everything() == before

    def all(self, doc: type[D], **equal: Any) -> list[D]:
        """Documents of a type."""
        return self.write(lambda tx: tx.find(doc, **equal))

    def get(self, doc: type[D], uuid: str) -> D:
        """One document."""
        return self.write(lambda tx: tx.need(doc, uuid))

    def put(self, document: D) -> str:
        """Store a document as it is."""
        self.write(lambda tx: tx.put(document))
        return document.uuid

    def edit(self, doc: type[D], uuid: str, **fields: Any) -> None:
        """Change fields of a document."""

        def change(tx: Tx) -> None:
            document = tx.need(doc, uuid)
            for name, value in fields.items():
                setattr(document, name, value)
            tx.put(document)

        self.write(change)

    def uuid(self) -> str:
        """A fresh uuid."""
        return self.write(lambda tx: tx.new_uuid())

    def placed(self, projection: Projection, *key: str) -> list[Placed]:
        """The node objects that a projection places for a key."""
        found = self.write(lambda tx: list(projection.project(tx, key)))
        return [one for one in found if isinstance(one, Placed)]

    def add_host(self, name: str = "host-1") -> str:
        """A host that never had an agent."""
        made = Host(
            uuid=self.uuid(),
            name=name,
            zone_uuid=self.zone,
            cluster_uuid=self.cluster,
            management_ip="172.16.0.1",
        )
        return self.put(made)

    def _everything(self) -> list[Resource]:
        docs = self.store.catalog.docs.values()
        return self.write(lambda tx: [document for doc in docs for document in tx.find(doc)])


@contextmanager
def make_places() -> Iterator[Places]:
    """A fresh cloud in memory."""
    services = (config.SERVICE, zone.SERVICE, cluster.SERVICE, host.SERVICE)
    store = asyncio.run(Store.open("sqlite://", Catalog(services)))

    def plant(tx: Tx) -> tuple[str, str]:
        made = Zone(uuid=tx.new_uuid(), name="zone-1")
        tx.put(made)
        inside = Cluster(uuid=tx.new_uuid(), name="cluster-1", zone_uuid=made.uuid)
        tx.put(inside)
        return made.uuid, inside.uuid

    try:
        yield Places(store, *store.sync_write(plant))
    finally:
        asyncio.run(store.close())
