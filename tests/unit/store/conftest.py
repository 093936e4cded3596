"""A fresh store on each engine."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from landbridge.core.catalog import Catalog
from landbridge.store import Store
from tests.support import postgres


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
    return await postgres.empty_database(str(request.getfixturevalue("postgres_url")))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store that knows the shared kinds."""
    opened = await Store.open(url, Catalog([]))
    yield opened
    await opened.close()
