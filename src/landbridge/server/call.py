"""One request of either API surface, read but not yet checked, and how it may be refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.core.api import Action
from landbridge.core.service import Caller

ANONYMOUS = Caller(account_uuid="", user_uuid="", is_admin=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, by whom.

    values      typed parameters by JSON name (constraints are checked later, see core.validate)
    want_schema the answer is to carry the map from JSON paths to Java classes
    job_uuid    the id that the client chose for the job
    timeout     seconds until the job fails, when the client said so
    address     where the request came from
    web_hook    who is told of the job's end, a URL
    long_job    the long job that it is run for
    by_message  it came through the message API, which asks for a job's result by the job's uuid alone
    """

    action: Action
    values: Mapping[str, Any]
    caller: Caller
    request_id: str
    system_tags: tuple[str, ...] = ()
    user_tags: tuple[str, ...] = ()
    want_schema: bool = False
    job_uuid: str | None = None
    timeout: float | None = None
    address: str = ""
    web_hook: str = ""
    long_job: str = ""
    by_message: bool = False


class HttpError(Exception):
    """A refusal outside the JSON envelopes: a status and a plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
