"""The message API: `{"<Java message class>": {parameters, "session": {"uuid": …}}}`.

Everything is HTTP 200: a synchronous answer is `state: Done` with the result as a JSON
*string*; a job is `state: Processing` and a uuid to poll below `/zstack/api/result/`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from landbridge.core.api import Action
from landbridge.core.inventory import format_date
from landbridge.core.validate import Mistyped, from_json
from landbridge.model.errors import ApiError, argerr
from landbridge.server.body import read as body_of
from landbridge.server.call import ANONYMOUS, Call, HttpError
from landbridge.server.dispatch import Dispatcher
from landbridge.server.sessions import Sessions
from landbridge.server.time_limit import TimeLimit
from landbridge.server.v1 import json_response

PATH = "/zstack/api"
RESULT = "/zstack/api/result/"


class MessageApi:
    """The surface below `/zstack/api`."""

    def __init__(
        self, dispatcher: Dispatcher, sessions: Sessions, actions: Sequence[Action], limit: TimeLimit
    ) -> None:
        self._dispatcher = dispatcher
        self._sessions = sessions
        self._limit = limit
        self._actions = {action.message: action for action in actions}
        self._by_name = {action.name: action for action in actions}

    async def answer(self, request: Request, path: str, request_id: str) -> Response:
        """`path` is the whole path."""
        if path.startswith(RESULT):
            return await self._polled(request, path.removeprefix(RESULT).strip("/"))
        if request.method not in ("POST", "PUT"):
            return PlainTextResponse(f"only POST and PUT are allowed on {PATH}", 405)
        try:
            action, body = self._read(await body_of(request))
        except HttpError as error:
            return PlainTextResponse(error.text, error.status)
        try:
            return await self._limit.within(self._carry_out(request, action, body, request_id), action.message)
        except ApiError as error:
            return _done(action, {"success": False, "error": error.to_dict()})

    async def _carry_out(
        self, request: Request, action: Action, body: Mapping[str, Any], request_id: str
    ) -> Response:
        call = await self._call(request, action, body, request_id)
        if action.mode == "job":
            submitted = await self._dispatcher.submit(call)
            return json_response(
                200, {"uuid": submitted.uuid, "state": "Processing", "createdDate": format_date(submitted.created)}
            )
        return _done(action, {**await self._dispatcher.run(call), "success": True})

    def _read(self, raw: bytes) -> tuple[Action, Mapping[str, Any]]:
        """What cannot be decoded (an unknown class too) is answered with 200 and plain text."""
        try:
            message = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise HttpError(200, f"the message is not JSON: {error}") from None
        if not isinstance(message, dict) or len(message) != 1:
            raise HttpError(200, "a message is a JSON object with one key, the message's class")
        ((name, body),) = message.items()
        action = self._actions.get(name)
        if action is None:
            raise HttpError(200, f"no api mapping to message {name}")
        if not isinstance(body, dict):
            raise HttpError(200, f"the parameters of {name} must be a JSON object")
        return action, body

    async def _call(self, request: Request, action: Action, body: Mapping[str, Any], request_id: str) -> Call:
        session = body.get("session")
        uuid = session.get("uuid") if isinstance(session, dict) else None
        caller = ANONYMOUS
        if action.session:
            caller = await self._sessions.caller(str(uuid or ""))
        elif uuid:
            caller = await self._sessions.caller_or_anonymous(str(uuid))
        try:
            values = _query_values(action, body) if action.mode == "query" else from_json(action.request, body)
        except Mistyped as error:
            raise argerr(str(error)) from None
        return Call(
            action=action,
            values=values,
            caller=caller,
            request_id=request_id,
            system_tags=_strings(body.get("systemTags")),
            user_tags=_strings(body.get("userTags")),
            address=request.client.host if request.client else "",
            by_message=True,
        )

    async def _polled(self, request: Request, uuid: str) -> Response:
        """There is no message to answer with an error: 503 and plain text."""
        try:
            return await self._limit.within(self._result(request, uuid), f"{request.method} {RESULT}{uuid}")
        except ApiError as error:
            return PlainTextResponse(error.details, 503)

    async def _result(self, request: Request, uuid: str) -> Response:
        """The job's state, in the same shape as the answer to its message."""
        if request.method != "GET":
            return PlainTextResponse(f"only GET is allowed on {RESULT}{uuid}", 405)
        state = await self._dispatcher.job(uuid, None, wait=0.0)
        if state is None:
            return PlainTextResponse(f"there is no job {uuid}, or its result has expired", 404)
        if not state.ended:
            body = {"uuid": uuid, "state": "Processing", "createdDate": format_date(state.created)}
            return json_response(200, body)
        reply: dict[str, Any] = {"apiId": uuid}
        if state.error is not None:
            reply |= {"success": False, "error": state.error}
        else:
            reply |= {name: value for name, value in (state.result or {}).items() if name != "schema"}
            reply["success"] = True
        dates = {"createdDate": format_date(state.created), "finishedDate": format_date(state.finished)}
        return json_response(
            200, {"uuid": uuid, "state": "Done", **dates, "result": _wrapped(self._by_name[state.action], reply)}
        )


def _done(action: Action, reply: Mapping[str, Any]) -> Response:
    """A synchronous answer; sync actions have `…Reply` classes, jobs (refused at once) `…Event`."""
    return json_response(200, {"state": "Done", "result": _wrapped(action, reply)})


def _wrapped(action: Action, reply: Mapping[str, Any]) -> str:
    suffix = "Event" if action.mode == "job" else "Reply"
    return msgspec.json.encode({action.message.removesuffix("Msg") + suffix: reply}).decode()


def _query_values(action: Action, body: Mapping[str, Any]) -> dict[str, Any]:
    """A query message's fields by the names that `QueryRequest` has; conditions are objects or strings."""
    conditions = body.get("conditions") or []
    if not isinstance(conditions, list):
        raise Mistyped("parameter[conditions] must be a list")
    named = {name: value for name, value in body.items() if name not in ("q", "sort")}
    values = from_json(action.request, named)
    if conditions:
        values["q"] = conditions
    if isinstance(sort := body.get("sortBy"), str):
        values["sort"] = ("-" if body.get("sortDirection") == "desc" else "+") + sort
    return values


def _strings(tags: Any) -> tuple[str, ...]:
    if tags is None:
        return ()
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise argerr("systemTags and userTags must be lists of strings")
    return tuple(dict.fromkeys(tags))
