"""New names and descriptions, as most resources may be given."""

from typing import Protocol


class Named(Protocol):
    """A document with a name."""

    name: str
    description: str | None


class Renaming(Protocol):
    """A request that may change them."""

    name: str | None
    description: str | None


def rename(document: Named, req: Renaming) -> None:
    """What is absent stays as it is."""
    document.name = document.name if req.name is None else req.name
    document.description = document.description if req.description is None else req.description
