"""ZQL as an action; scripts are refused."""

from typing import Annotated

from landbridge.core import zql
from landbridge.core.api import P, Request, action, unserved
from landbridge.core.service import Context, Outcome, Service
from landbridge.model.errors import argerr

_PACKAGE = "org.zstack.query"


class ZQLQuery(Request, kw_only=True):
    """Ask in ZQL: query, count and sum, with sub-queries, and several at once."""

    zql: Annotated[str | None, P(help="statements, with ; between them", max=65536)] = None


class BatchQuery(Request, kw_only=True):
    """Run a Groovy script of queries."""

    script: Annotated[str | None, P(help="the script")] = None


def zql_query(ctx: Context, req: ZQLQuery) -> Outcome:
    """A result per statement, in their order."""
    if not req.zql:
        raise argerr("zql is missing: write for example query vminstance where state = 'Running'")
    return Outcome(select=tuple(zql.parse(ctx.tx, req.zql)))


SERVICE = Service(
    name="query",
    actions=(
        action("ZQLQuery", "GET", "/zql", zql_query, ZQLQuery, message=f"{_PACKAGE}.APIZQLQueryMsg", mode="sync",
               result="body", fields=(("results", "array"),)),
        unserved("BatchQuery", "GET", "/batch-queries", BatchQuery,
                 "no scripts are run here; ZQLQuery takes several statements at once and sub-queries",
                 message=f"{_PACKAGE}.APIBatchQueryMsg", mode="sync", result="body", fields=(("result", "object"),)),
    ),
)  # fmt: skip
