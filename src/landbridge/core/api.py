"""How an API action is declared: once.

From one declaration come the REST v1 route, the message API, the parameter checks, the
OpenAPI document, the CLI command and the docs table.  A request is a Struct whose fields
carry their constraints:

    class CreateZone(CreateRequest):
        \"\"\"Make a zone: the failure domain that clusters live in.\"\"\"
        name: Annotated[str, P(help="display name", regex=NAME, max=255)]
        description: Annotated[str | None, P(max=2048)] = None

    def create_zone(ctx: Context, req: CreateZone) -> Outcome: ...

    CREATE_ZONE = action("CreateZone", "POST", "/zones", create_zone, CreateZone,
                         message="org.zstack.header.zone.APICreateZoneMsg", result=ONE)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from landbridge.core.service import Context, Outcome
from landbridge.model.documents.labels import TAG_PATTERN
from landbridge.model.errors import operr
from landbridge.model.resource import Kind

NAME = r"^(?! )[\u4e00-\u9fa5a-zA-Z0-9\-_.():+\" ]*(?<! )$"
"""What ZStack allows in the names of zones, VMs and their like."""


@dataclass(frozen=True, slots=True)
class P:
    """Constraints and help of one parameter.  Source: conventions of the API, order of checks.

    help     one sentence for OpenAPI, CLI and docs
    max/min  length of a string
    values   the valid ones, case-sensitive
    regex    must match fully
    low/high numeric range, both included
    ref      `Kind.vo` of the resource that the uuid (or each uuid of a list) must name: SYS.1003
    nonempty an empty string (or list) is refused
    no_trim  keep surrounding white space
    touch    whether the action changes the resource or only uses it; left out: it changes the first of its path
    anyones  the resource may be another account's: only its being there is checked
    password "new": handlers get its hash; "old": they get the stored hash that it proves, or ""
    secret   never logged
    """

    help: str = ""
    max: int | None = None
    min: int | None = None
    values: tuple[str, ...] | tuple[int, ...] = ()
    regex: str | None = None
    low: int | None = None
    high: int | None = None
    ref: str | None = None
    nonempty: bool = False
    no_trim: bool = False
    touch: Literal["use", "change"] | None = None
    anyones: bool = False
    password: Literal["new", "old"] | None = None
    secret: bool = False


class Request(msgspec.Struct, kw_only=True, rename="camel"):
    """Base of every request."""


class CreateRequest(Request, kw_only=True):
    """Base of create requests."""

    resource_uuid: Annotated[str | None, P(help="the uuid to give to the new resource")] = None
    tag_uuids: Annotated[list[str] | None, P(help="user tags to attach", ref=TAG_PATTERN.vo)] = None


class DeleteRequest(Request, kw_only=True):
    """Base of delete requests: deleting what is absent succeeds."""

    uuid: Annotated[str, P(help="what to delete")]
    delete_mode: Annotated[
        str,
        P(help="Permissive refuses what is in use", values=("Permissive", "Enforcing")),
    ] = "Permissive"


Q = TypeVar("Q", bound=Request)

Users = Literal["policy", "always", "never"]

Result = Literal["inventory", "inventories", "body", "none"]


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the API.

    mode     "job": 202 and a location; "sync": answered at once; "query": conditions over `kind`
    body_key key of the parameters in a POST/PUT body ("" or absent body are accepted for POST)
    kind     what a query returns, or the kind of the result, for docs and CLI columns
    absent_ok for deletes: the parameter whose resource may be absent, with its `Kind.vo`
    unserved why it checks its parameters and then answers SYS.1006, and what to use instead ("": it is served)
    users    whether a user of an account needs a policy for it, may always do it, or never
    fields   names and JSON types of `body` results, for OpenAPI and docs
    """

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Callable[[Context, Any], Outcome] | None
    request: type[Request]
    message: str
    body_key: str
    mode: Literal["job", "sync", "query"]
    result: Result
    kind: Kind | None = None
    session: bool = True
    admin_only: bool = False
    users: Users = "policy"
    absent_ok: tuple[str, str] | None = None
    fields: tuple[tuple[str, str], ...] = ()
    extra_paths: tuple[str, ...] = ()
    since: str = "0.1"
    unserved: str = ""

    @property
    def help(self) -> str:
        """The request's docstring."""
        return (self.request.__doc__ or "").strip()

    @property
    def reads(self) -> bool:
        """Whether it changes nothing: queries, GET, and the synchronous POSTs."""
        return self.method == "GET" or (self.method == "POST" and self.mode == "sync")


def action(
    name: str,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    handler: Callable[[Context, Q], Outcome],
    request: type[Q],
    *,
    message: str,
    mode: Literal["job", "sync"] = "job",
    result: Result = "inventory",
    kind: Kind | None = None,
    body_key: str | None = None,
    session: bool = True,
    admin_only: bool = False,
    users: Users = "policy",
    absent_ok: tuple[str, str] | None = None,
    fields: tuple[tuple[str, str], ...] = (),
) -> Action:
    """Declare an action.  The body key defaults to `params` (POST) or the action's own name (PUT)."""
    default_key = name[0].lower() + name[1:] if method == "PUT" else "params"
    return Action(
        name=name,
        method=method,
        path=path,
        handler=handler,
        request=request,
        message=message,
        body_key=default_key if body_key is None else body_key,
        mode=mode,
        result=result,
        kind=kind,
        session=session,
        admin_only=admin_only,
        users=users,
        absent_ok=absent_ok,
        fields=fields,
    )


def unserved(
    name: str,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    request: type[Request],
    why: str,
    *,
    message: str,
    mode: Literal["job", "sync"] = "job",
    result: Result = "inventory",
    body_key: str | None = None,
    admin_only: bool = False,
    fields: tuple[tuple[str, str], ...] = (),
) -> Action:
    """Declare an action that cannot be carried out: it checks its parameters, then answers SYS.1006 with `why`."""

    def refuse(_ctx: Context, _req: Request) -> Outcome:
        raise operr(f"{name}: {why}")

    declared = action(
        name,
        method,
        path,
        refuse,
        request,
        message=message,
        mode=mode,
        result=result,
        body_key=body_key,
        admin_only=admin_only,
        fields=fields,
    )
    return replace(declared, unserved=why)


class QueryRequest(Request, kw_only=True):
    """Conditions, paging and shape of a query."""

    q: Annotated[list[str] | None, P(help="conditions, all of which must hold: name=x, ip~=10.%")] = None
    limit: Annotated[int | None, P(help="at most this many rows (1000)")] = None
    start: Annotated[int | None, P(help="skip this many rows")] = None
    sort: Annotated[str | None, P(help="+field or -field")] = None
    fields: Annotated[list[str] | None, P(help="only these fields")] = None
    count: Annotated[bool | None, P(help="only count")] = None
    reply_with_count: Annotated[bool | None, P(help="rows and their total")] = None
    group_by: Annotated[str | None, P(help="one row per value of the field")] = None
    filter_name: Annotated[str | None, P(help="accepted, not used")] = None


def query(
    name: str, path: str, kind: Kind, *, message: str, help: str, by_uuid: bool = True, admin_only: bool = False
) -> Action:
    """Declare the query action of a kind; `path/{uuid}` too, unless another action has it."""
    request = type(name, (QueryRequest,), {"__doc__": help, "__module__": __name__}, kw_only=True)
    return Action(
        name=name,
        method="GET",
        path=path,
        handler=None,
        request=request,
        message=message,
        body_key="",
        mode="query",
        result="inventories",
        kind=kind,
        admin_only=admin_only,
        extra_paths=(path + "/{uuid}",) if by_uuid else (),
    )
