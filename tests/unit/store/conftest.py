"""A fresh store on each engine."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from landbridge.core.catalog import Catalog
from landbridge.store import Store
from tests.support import postgres

_numbers = itertools.count()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    base = str(request.getfixturevalue("postgres_url"))
    name = f"store{next(_numbers)}"
    connection = await asyncpg.connect(base)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return base.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store that knows the shared kinds."""
    opened = await Store.open(url, Catalog([]))
    yield opened
    await opened.close()
