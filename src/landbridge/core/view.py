"""What is stored, as services see it: to be read (`View`), and to be changed in one transaction (`Tx`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from landbridge.model.resource import Kind, Limit, Resource
from landbridge.model.setting import Setting

if TYPE_CHECKING:
    from landbridge.core.service import Service

R = TypeVar("R", bound=Resource)

Scalar = str | int | bool | None


class View(Protocol):
    """What is stored, as one transaction sees it.  Field names are JSON names' Python forms."""

    now: int
    """Milliseconds since the epoch, fixed for the transaction."""

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Everything that can be named or queried, by `Kind.vo`."""
        ...

    @property
    def services(self) -> "tuple[Service, ...]":
        """Every service there is."""
        ...

    def get(self, doc: type[R], uuid: str | None) -> R | None:
        """The document, or None (also for a None uuid)."""
        ...

    def need(self, doc: type[R], uuid: str | None) -> R:
        """The document; SYS.1003 if it is not there."""
        ...

    def find(self, doc: type[R], **equal: Scalar | Sequence[str]) -> list[R]:
        """Documents whose indexed fields equal the values (a sequence: any of), by creation order."""
        ...

    def first(self, doc: type[R], **equal: Scalar | Sequence[str]) -> R | None:
        """The first of `find`, without reading the rest."""
        ...

    def count(self, doc: type[R], **equal: Scalar | Sequence[str]) -> int:
        """How many `find` would return, without reading them."""
        ...

    def distinct(self, doc: type[R], field: str, **equal: Scalar | Sequence[str]) -> list[str]:
        """The different values that a text field has among `find`, ascending, absent ones left out.

        With an index over the equal fields and this one it costs a look per value, not per document.
        """
        ...

    def claim_owner(self, scope: str, key: str | int) -> str | None:
        """Who holds a claim."""
        ...

    def claims_between(self, scope: str, low: int, high: int) -> list[int]:
        """Integer keys of a scope that are taken, ascending, both ends included."""
        ...

    def count_claims_between(self, scope: str, low: int, high: int) -> int:
        """How many `claims_between` would return."""
        ...

    def config(self, category: str, name: str, *of: str | None) -> str:
        """A config's value in force: that of the first resource of `of` which has its own, else the cloud's."""
        ...

    def task(self, job: str) -> "Task | None":
        """How far a job is; None if there is none."""
        ...

    def kinds_of(self, uuid: str) -> list[str]:
        """What a resource may be called: the `Kind.vo` of its kinds, the most general first; none if it is gone."""
        ...

    def owner_account(self, uuid: str) -> str | None:
        """The account that owns a resource (or the whole that it is part of)."""
        ...

    def whole_of(self, uuid: str) -> str | None:
        """What a resource is part of; its own uuid when it is a whole; None if it is gone."""
        ...

    def parts_of(self, uuid: str) -> list[str]:
        """A whole and all that is part of it."""
        ...

    def tied_to(self, uuid: str) -> set[str]:
        """Wholes that name a whole or that it names, unless the one that is named can be shared or is the cloud's."""
        ...

    def shared_with(self, uuid: str, account: str) -> bool:
        """Whether a resource, or the whole that it is part of, is shared with an account or with all."""
        ...

    def owned_by(self, account: str) -> list[tuple[str, str]]:
        """The wholes that belong to an account: name of the document type and uuid, by creation order."""
        ...

    def measure(self, account: str, limit: Limit) -> int:
        """How much an account has of what a quota limits."""
        ...

    def limits(self) -> Sequence[Limit]:
        """The quotas that there are."""
        ...

    def settings(self) -> Sequence[Setting]:
        """The global configs that there are."""
        ...

    def is_shareable(self, resource: Resource) -> bool:
        """Whether it is of a kind that accounts may share."""
        ...

    def any(self, uuid: str) -> Resource | None:
        """The document with a uuid, of whatever type; None: there is none."""
        ...

    def tags(self, uuid: str) -> list[str]:
        """System tags on a resource."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A job: how many hosts it has asked for something, and how many have answered."""

    uuid: str
    action: str
    account: str
    ended: bool
    asked: int
    answered: int


class Tx(View, Protocol):
    """A unit of work.  Nothing is visible outside before it is committed, then all of it."""

    def put(self, document: Resource) -> None:
        """Insert or replace; sets the dates; checks that every `Ref` target exists."""
        ...

    def delete(self, document: Resource) -> None:
        """Remove it, its claims and tags.  SYS.1006 naming the holder if a `Ref` refuses."""
        ...

    def hand_over(self, uuid: str, account: str) -> bool:
        """Make an account the owner of a whole and of all that is part of it; False: it is no account's whole."""
        ...

    def claim(self, scope: str, key: str | int, owner: str) -> bool:
        """Take a unique key; False if somebody has it (the same owner again: True)."""
        ...

    def claim_free(self, scope: str, low: int, high: int, owner: str) -> int | None:
        """Take some free integer of [low, high]; None when all are taken."""
        ...

    def release(self, scope: str, key: str | int) -> None:
        """Give a claim back; absent is fine."""
        ...

    def new_uuid(self) -> str:
        """A fresh uuid."""
        ...

    def set_tag(self, uuid: str, vo: str, tag: str) -> None:
        """Put a system tag on a resource (the same tag twice is once)."""
        ...

    def delete_tag(self, uuid: str, tag: str) -> None:
        """Take a system tag off; absent is fine."""
        ...
