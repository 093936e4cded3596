"""REST v1: HTTP requests in ZStack's dialect -> `Call`s, and results -> answers.

Conventions: one wrapper key around the parameters of POST and PUT, query strings for GET and
DELETE, `202` and a location for jobs, `503` and an envelope for errors, plain text for
requests that could not be understood.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from landbridge.core.api import Action
from landbridge.core.routes import Match, Routes
from landbridge.core.service import Caller
from landbridge.core.validate import Mistyped, from_json, from_query
from landbridge.model.errors import ApiError
from landbridge.server.body import read as body_of
from landbridge.server.call import ANONYMOUS, Call, HttpError
from landbridge.server.dispatch import Dispatcher
from landbridge.server.hooks import is_url
from landbridge.server.sessions import Sessions
from landbridge.server.time_limit import TimeLimit

PREFIX = "/zstack/v1"
JOBS = "/api-jobs/"

_JOB_UUID = re.compile(r"[0-9a-f]{32}")


class RestV1:
    """The surface below `/zstack/v1`."""

    def __init__(
        self, dispatcher: Dispatcher, sessions: Sessions, actions: Sequence[Action], limit: TimeLimit
    ) -> None:
        self._dispatcher = dispatcher
        self._sessions = sessions
        self._limit = limit
        self._routes = Routes(actions)

    async def answer(self, request: Request, path: str, request_id: str) -> Response:
        """`path` is what follows the prefix."""
        held = _preferred_wait(request.headers.get("prefer")) if path.startswith(JOBS) else 0.0
        work = self._answer(request, path, request_id, held)
        try:
            return await self._limit.within(work, f"{request.method} /v1{path}", held)
        except HttpError as error:
            return PlainTextResponse(error.text, error.status)
        except Mistyped as error:
            return PlainTextResponse(str(error), 400)
        except ApiError as error:
            return json_response(503, {"error": error.to_dict()})

    async def _answer(self, request: Request, path: str, request_id: str, held: float) -> Response:
        if path.startswith(JOBS):
            return await self._job(request, path.removeprefix(JOBS), held)
        matches = self._routes.match(request.method, path)
        if not matches:
            raise HttpError(404, f"no api mapping to /v1{path}")
        match request.method:
            case "GET" | "DELETE":
                call = await self._call_by_query(request, matches[0], request_id)
            case _:
                call = await self._call_by_body(request, matches, path, request_id)
        if call.action.mode == "job":
            return await self._submit(request, call)
        return json_response(200, await self._dispatcher.run(call))

    async def _submit(self, request: Request, call: Call) -> Response:
        submitted = await self._dispatcher.submit(call)
        host = request.headers.get("host", "localhost")
        return json_response(
            202,
            {
                "location": f"{request.url.scheme}://{host}{PREFIX}{JOBS}{submitted.uuid}",
                "apiTimeout": int(submitted.timeout * 1000),
            },
        )

    async def _job(self, request: Request, uuid: str, held: float) -> Response:
        """202 while it runs, then its result (200) or its error (503); 404 when unknown.

        `Prefer: wait=N` (RFC 7240) holds the answer up to N seconds (`held`) while the job runs.
        """
        if request.method != "GET":
            raise HttpError(405, f"only GET is allowed on {JOBS}{uuid}")
        caller = await self._caller(request)
        state = await self._dispatcher.job(uuid, caller, wait=held)
        if state is None:
            raise HttpError(404, f"there is no job {uuid}, or its result has expired")
        if state.error is not None:
            return json_response(503, {"error": state.error})
        if state.result is None:
            return json_response(202, {})
        result = dict(state.result)
        if not state.request["wantSchema"] and not _wants_schema(request):
            result.pop("schema", None)
        return json_response(200, result)

    async def _call_by_query(self, request: Request, match: Match, request_id: str) -> Call:
        action = match.action
        pairs = [*match.variables.items(), *request.query_params.multi_items()]
        values = from_query(action.request, pairs)
        if action.mode == "query" and "uuid" in match.variables:
            values["q"] = [f"uuid={match.variables['uuid']}", *values.get("q", ())]
        tags = {name: _repeated(pairs, name) for name in ("systemTags", "userTags")}
        return await self._call(request, action, values, tags, request_id)

    async def _call_by_body(self, request: Request, matches: Sequence[Match], path: str, request_id: str) -> Call:
        body = await _json_body(request)
        match, inner = _unwrap(matches, body, path)
        tags = {name: _tags(name, body, inner) for name in ("systemTags", "userTags")}
        values = from_json(match.action.request, {**inner, **match.variables})
        return await self._call(request, match.action, values, tags, request_id)

    async def _call(
        self,
        request: Request,
        action: Action,
        values: Mapping[str, Any],
        tags: Mapping[str, tuple[str, ...]],
        request_id: str,
    ) -> Call:
        headers = request.headers
        caller = ANONYMOUS
        if action.session:
            caller = await self._caller(request)
        return Call(
            action=action,
            values=values,
            caller=caller,
            request_id=request_id,
            system_tags=tags["systemTags"],
            user_tags=tags["userTags"],
            want_schema=_wants_schema(request),
            job_uuid=_chosen_job_uuid(headers.get("x-job-uuid")),
            timeout=_chosen_timeout(headers.get("x-api-timeout")),
            web_hook=_web_hook(headers.get("x-web-hook")),
            address=request.client.host if request.client else "",
        )

    async def _caller(self, request: Request) -> Caller:
        """By `OAuth <session uuid>`, or by `ZStack <key id>:<signature>`."""
        scheme, credential = _credential(request.headers.get("authorization"))
        if scheme == "oauth":
            return await self._sessions.caller(credential)
        path = "/v1" + request.scope["path"].removeprefix(PREFIX)
        return await self._sessions.signer(credential, request.method, request.headers.get("date"), path)


def json_response(status: int, body: Mapping[str, Any]) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _unwrap(matches: Sequence[Match], body: Mapping[str, Any], path: str) -> tuple[Match, Mapping[str, Any]]:
    """The action and its parameters.  POST also takes other SDKs' keys for "parameters" and none at all."""
    first = matches[0]
    if first.action.method == "POST":
        key = next((key for key in (first.action.body_key, "params", "", "null") if key in body), None)
        chosen, inner = first, body[key] if key is not None else None
    else:
        named = next((match for match in matches if match.action.body_key in body), None)
        if named is None:
            keys = ", ".join(match.action.body_key for match in matches)
            raise HttpError(400, f"the body of PUT /v1{path} must have one of the keys [{keys}]")
        chosen, inner = named, body[named.action.body_key]
    if inner is None:
        return chosen, {}
    if not isinstance(inner, dict):
        raise HttpError(400, f"the parameters of {chosen.action.name} must be a JSON object")
    return chosen, inner


async def _json_body(request: Request) -> Mapping[str, Any]:
    raw = await body_of(request)
    if not raw.strip():
        return {}
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HttpError(400, f"the body is not JSON: {error}") from None
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise HttpError(400, "the body must be a JSON object")
    return body


def _tags(name: str, body: Mapping[str, Any], inner: Mapping[str, Any]) -> tuple[str, ...]:
    """Tags beside the wrapper and inside it, each once."""
    found: dict[str, None] = {}
    for where in (body, inner):
        tags = where.get(name) or []
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise HttpError(400, f"{name} must be a list of strings")
        found.update(dict.fromkeys(tags))
    return tuple(found)


def _repeated(pairs: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for key, value in pairs if key == name))


def _credential(header: str | None) -> tuple[str, str]:
    if not header:
        raise HttpError(400, "missing header 'Authorization'")
    scheme, _, credential = header.strip().partition(" ")
    if scheme.lower() not in ("oauth", "zstack") or not credential.strip():
        raise HttpError(400, "header 'Authorization' must be 'OAuth <session uuid>' or 'ZStack <key id>:<signature>'")
    return scheme.lower(), credential.strip()


def _wants_schema(request: Request) -> bool:
    return request.headers.get("x-json-schema", "").lower() == "true"


def _chosen_job_uuid(header: str | None) -> str | None:
    if header is not None and not _JOB_UUID.fullmatch(header):
        raise HttpError(400, "header 'X-Job-UUID' must be 32 lower-case hex digits")
    return header


def _chosen_timeout(header: str | None) -> float | None:
    if header is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,6}", header):
        raise HttpError(400, "header 'X-API-Timeout' must be a number of seconds")
    return float(header)


def _web_hook(header: str | None) -> str:
    if header is not None and not is_url(header):
        raise HttpError(400, "header 'X-Web-Hook' must be an http or https URL")
    return header or ""


def _preferred_wait(header: str | None) -> float:
    found = re.search(r"\bwait=([0-9]{1,3})\b", header or "")
    return float(found[1]) if found else 0.0
