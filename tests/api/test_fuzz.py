"""Random requests made from the server's own OpenAPI document never crash it.

Bounded in number and time.  The seed is printed; FUZZ_SEED=N repeats a run.
"""

import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis

from landbridge.core.service import Service
from landbridge.server.services import SERVICES
from tests.api.conftest import TOY_SERVICES, Client, Server

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))

NOT_FUZZED = {"CrashWidget"}
"""Crashes on purpose."""

UNDERSTOOD = {200, 202, 400, 404, 405, 503}


@pytest.mark.parametrize("services", [TOY_SERVICES, SERVICES], ids=["toy", "real"])
def test_no_request_crashes_the_server(
    tmp_path: Path, services: Sequence[Service], capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(2**32)))
    with capsys.disabled():
        print(f"\nfuzz seed: {seed}")
    server = Server(f"sqlite:///{tmp_path / 'fuzz.sqlite'}", services)
    try:
        with Client(base_url=server.url, timeout=20) as client:
            fuzz(client.login(), seed)
    finally:
        server.stop()


def fuzz(client: Client, seed: int) -> None:
    """Some random requests to every operation, until the time is up."""
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    headers = {"Authorization": client.headers["Authorization"]}
    crashed: list[str] = []
    deadline = time.monotonic() + SECONDS
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # an invalid schema is a failure of this test, too
        if operation.definition.raw["operationId"] in NOT_FUZZED or time.monotonic() > deadline:
            continue

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(case=operation.as_strategy())
        def check(case: "schemathesis.Case[Any]") -> None:
            reply = case.call(base_url=f"{client.base_url}/zstack/v1", headers=headers, timeout=20)
            if reply.status_code not in UNDERSTOOD:
                crashed.append(f"{case.method} {case.formatted_path} {case.query} {case.body!r}: {reply.status_code}")

        check()
    assert crashed == []
