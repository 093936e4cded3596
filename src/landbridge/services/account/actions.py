"""Sessions: log in, out, validate, renew.

Checking a password takes tens of milliseconds on purpose (argon2), so it happens before the
transaction, in a thread of its own (`server/sessions.py`).  `log_in` then runs with a caller
whose account is the one whose password was right, or with none.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from landbridge.core.api import P, Request, action, query
from landbridge.core.inventory import format_date
from landbridge.core.service import Context, Outcome, Service, Tx
from landbridge.model.documents.account import ACCOUNT, SESSION, Account, Session
from landbridge.model.errors import ApiError
from landbridge.model.ids import ADMIN_ACCOUNT_UUID

_PACKAGE = "org.zstack.header.identity"

ADMIN_NAME = "admin"

INITIAL_ADMIN_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$8gAkyfU+5VlHn7SUlqHwiQ$4re74puUXNGRHEU5YYSXbw+xpD8JbcB6Czf5XXQ1g68"
)
"""argon2id of the SHA-512 of `password`, the documented first password of the bootstrap account."""


class LogInByAccount(Request, kw_only=True):
    """Open a session with an account's name and password."""

    account_name: Annotated[str, P(help="the account's name")]
    password: Annotated[str, P(help="SHA-512 of the password, in lower-case hex", secret=True)]
    account_type: Annotated[str | None, P(help="accepted, not used")] = None
    captcha_uuid: Annotated[str | None, P(help="accepted, not used")] = None
    verify_code: Annotated[str | None, P(help="accepted, not used")] = None
    client_info: Annotated[dict[str, str] | None, P(help="accepted, not used")] = None


def log_in(ctx: Context, req: LogInByAccount) -> Outcome:
    """ID.1000 when name or password are wrong, ID.1006 when the account has too many sessions."""
    account = ctx.tx.get(Account, ctx.caller.account_uuid)
    if account is None or account.name != req.account_name:
        raise ApiError("ID.1000", "wrong account name or password")
    maximum = int(ctx.tx.config("identity", "session.maxConcurrent"))
    if ctx.tx.count(Session, account_uuid=account.uuid) >= maximum:
        drop_expired(ctx.tx, account.uuid)
        if ctx.tx.count(Session, account_uuid=account.uuid) >= maximum:
            raise ApiError(
                "ID.1006",
                f"account[{account.name}] has {maximum} open sessions: log out of one, or raise the global config"
                " identity/session.maxConcurrent",
            )
    session = Session(
        uuid=ctx.tx.new_uuid(),
        account_uuid=account.uuid,
        user_uuid=account.uuid,
        expires=ctx.tx.now + 1000 * int(ctx.tx.config("identity", "session.timeout")),
    )
    ctx.tx.put(session)
    return _session_outcome(ctx.tx, session)


class LogOut(Request, kw_only=True):
    """Close a session."""

    session_uuid: Annotated[str | None, P(help="the session; your own when left out", secret=True)] = None
    client_info: Annotated[dict[str, str] | None, P(help="accepted, not used")] = None


def log_out(ctx: Context, req: LogOut) -> Outcome:
    """Closing what is already closed succeeds."""
    session = ctx.tx.get(Session, req.session_uuid or ctx.caller.session_uuid)
    if session is not None:
        ctx.tx.delete(session)
    return Outcome()


class ValidateSession(Request, kw_only=True):
    """Ask whether a session is open."""

    session_uuid: Annotated[str, P(help="the session", secret=True)]


def validate_session(ctx: Context, req: ValidateSession) -> Outcome:
    """`valid` is false for an unknown and for an expired session."""
    session = ctx.tx.get(Session, req.session_uuid)
    return Outcome(body={"valid": session is not None and session.expires > ctx.tx.now})


class RenewSession(Request, kw_only=True):
    """Let a session live longer."""

    session_uuid: Annotated[str, P(help="the session", ref=SESSION.vo, secret=True)]
    duration: Annotated[int | None, P(help="seconds from now; default as at login", low=60, high=31536000)] = None


def renew_session(ctx: Context, req: RenewSession) -> Outcome:
    """Only one's own account's sessions; an admin any."""
    session = ctx.tx.need(Session, req.session_uuid)
    if not ctx.caller.is_admin and session.account_uuid != ctx.caller.account_uuid:
        raise ApiError("ID.1002", "the session belongs to another account: renew only your own")
    duration = req.duration or int(ctx.tx.config("identity", "session.timeout"))
    session.expires = ctx.tx.now + 1000 * duration
    ctx.tx.put(session)
    return _session_outcome(ctx.tx, session)


def drop_expired(tx: Tx, account_uuid: str) -> None:
    """Delete an account's sessions that are over."""
    for session in tx.find(Session, account_uuid=account_uuid):
        if session.expires <= tx.now:
            tx.delete(session)


def _session_outcome(tx: Tx, session: Session) -> Outcome:
    inventory: Mapping[str, Any] = {
        "uuid": session.uuid,
        "accountUuid": session.account_uuid,
        "userUuid": session.user_uuid,
        "userType": session.user_type,
        "expiredDate": format_date(session.expires),
        "createDate": format_date(session.create_date or tx.now),
        "noSessionEvaluation": False,
    }
    return Outcome(body={"inventory": inventory})


def _seed_admin(tx: Tx) -> None:
    """The bootstrap account, unless somebody has it (then its password may have been changed)."""
    if tx.get(Account, ADMIN_ACCOUNT_UUID) is None:
        tx.put(
            Account(uuid=ADMIN_ACCOUNT_UUID, name=ADMIN_NAME, type="SystemAdmin", password_hash=INITIAL_ADMIN_HASH)
        )


LOG_IN = action("LogInByAccount", "PUT", "/accounts/login", log_in, LogInByAccount,
                message=f"{_PACKAGE}.APILogInByAccountMsg", mode="sync", kind=SESSION, session=False)  # fmt: skip

SERVICE = Service(
    name="account",
    kinds=(ACCOUNT, SESSION),
    actions=(
        LOG_IN,
        action("LogOut", "DELETE", "/accounts/sessions/{sessionUuid}", log_out, LogOut,
               message=f"{_PACKAGE}.APILogOutMsg", mode="sync", result="none", session=False),
        action("ValidateSession", "GET", "/accounts/sessions/{sessionUuid}/valid", validate_session, ValidateSession,
               message=f"{_PACKAGE}.APIValidateSessionMsg", mode="sync", result="body",
               fields=(("valid", "boolean"),), session=False),
        action("RenewSession", "PUT", "/accounts/sessions/{sessionUuid}/renew", renew_session, RenewSession,
               message=f"{_PACKAGE}.APIRenewSessionMsg", kind=SESSION),
        query("QueryAccount", "/accounts", ACCOUNT, message=f"{_PACKAGE}.APIQueryAccountMsg", help="Find accounts."),
    ),
    seeds=(_seed_admin,),
)  # fmt: skip
