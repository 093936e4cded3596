"""Random requests made from the server's own OpenAPI document never crash it.

Bounded: a few dozen requests per operation.  The seed is printed; FUZZ_SEED=N repeats a run.
"""

import os
import random
from typing import Any

import hypothesis
import pytest
import schemathesis

from tests.api.conftest import Client, Server

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))

NOT_FUZZED = {"CrashWidget"}
"""Crashes on purpose."""

UNDERSTOOD = {200, 202, 400, 404, 405, 503}


def test_no_request_crashes_the_server(server: Server, api: Client, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(2**32)))
    with capsys.disabled():
        print(f"\nfuzz seed: {seed}")
    schema = schemathesis.openapi.from_dict(api.get("/openapi.json").json())
    headers = {"Authorization": api.headers["Authorization"]}
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # an invalid schema is a failure of this test, too
        if operation.definition.raw["operationId"] in NOT_FUZZED:
            continue

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(case=operation.as_strategy())
        def check(case: "schemathesis.Case[Any]") -> None:
            reply = case.call(base_url=server.url + "/zstack/v1", headers=headers, timeout=20)
            assert reply.status_code in UNDERSTOOD, f"{case.method} {case.formatted_path}: {reply.status_code}"

        check()
    assert api.get("/zstack/v1/widgets").status_code == 200
