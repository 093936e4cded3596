"""Sessions: log in, out, validate, renew.

Checking a password takes tens of milliseconds on purpose (argon2), so it happens before the
transaction, in a thread of its own (`server/logins.py`).  `log_in` then runs with a caller
that is whose password was right, or with nobody.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from landbridge.core.api import Action, P, Request, action
from landbridge.core.inventory import format_date
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.account import SESSION, Account, Session
from landbridge.model.documents.identity import User
from landbridge.model.errors import ApiError, argerr

_PACKAGE = "org.zstack.header.identity"

_UNUSED = "accepted, not used"

Q = TypeVar("Q", bound=Request)


class LogInByAccount(Request, kw_only=True):
    """Open a session with an account's name and password."""

    account_name: Annotated[str, P(help="the account's name")]
    password: Annotated[str, P(help="SHA-512 of the password, in lower-case hex", secret=True)]
    account_type: Annotated[str | None, P(help=_UNUSED)] = None
    captcha_uuid: Annotated[str | None, P(help=_UNUSED)] = None
    verify_code: Annotated[str | None, P(help=_UNUSED)] = None
    client_info: Annotated[dict[str, str] | None, P(help=_UNUSED)] = None


class LogInByUser(Request, kw_only=True):
    """Open a session as a user of an account."""

    account_uuid: Annotated[str | None, P(help="the account; or its name")] = None
    account_name: Annotated[str | None, P(help="the account's name; or its uuid")] = None
    user_name: Annotated[str, P(help="the user's name")]
    password: Annotated[str, P(help="SHA-512 of the password, in lower-case hex", secret=True)]
    client_info: Annotated[dict[str, str] | None, P(help=_UNUSED)] = None


class LogIn(Request, kw_only=True):
    """Open a session as an account, or as a user of the account that `properties` names."""

    username: Annotated[str, P(help="the account's or the user's name")]
    password: Annotated[str, P(help="SHA-512 of the password, in lower-case hex", secret=True)]
    login_type: Annotated[str, P(help="`account`, or `user` (then properties.accountName or .accountUuid)")]
    captcha_uuid: Annotated[str | None, P(help=_UNUSED)] = None
    verify_code: Annotated[str | None, P(help=_UNUSED)] = None
    client_info: Annotated[dict[str, str] | None, P(help=_UNUSED)] = None
    properties: Annotated[dict[str, str] | None, P(help="accountName or accountUuid of a user")] = None


def log_in(ctx: Context, _req: Request) -> Outcome:
    """ID.1000 when name or password are wrong, ID.1006 when the account has too many sessions."""
    tx, caller = ctx.tx, ctx.caller
    account = tx.get(Account, caller.account_uuid)
    if account is None or (caller.is_user and tx.get(User, caller.user_uuid) is None):
        raise ApiError("ID.1000", "wrong account name or password")
    maximum = int(tx.config("identity", "session.maxConcurrent"))
    if tx.count(Session, account_uuid=account.uuid) >= maximum:
        drop_expired(tx, account.uuid)
        if tx.count(Session, account_uuid=account.uuid) >= maximum:
            raise ApiError(
                "ID.1006",
                f"account[{account.name}] has {maximum} open sessions: log out of one, or raise the global config"
                " identity/session.maxConcurrent",
            )
    session = Session(
        uuid=tx.new_uuid(),
        account_uuid=account.uuid,
        user_uuid=caller.user_uuid,
        user_type="user" if caller.is_user else "account",
        expires=tx.now + 1000 * int(tx.config("identity", "session.timeout")),
    )
    tx.put(session)
    return _session_outcome(tx, session)


def log_in_by_type(ctx: Context, req: LogIn) -> Outcome:
    """SYS.1007 for a way to log in that there is not."""
    if req.login_type not in ("account", "user"):
        raise argerr(f"nobody logs in by loginType '{req.login_type}': it is account or user")
    return log_in(ctx, req)


class LogOut(Request, kw_only=True):
    """Close a session."""

    session_uuid: Annotated[str | None, P(help="the session; your own when left out", secret=True)] = None
    client_info: Annotated[dict[str, str] | None, P(help=_UNUSED)] = None


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
    """Only one's own account's sessions, a user only its own; an administrator any."""
    session = ctx.tx.need(Session, req.session_uuid)
    if ctx.caller.is_user and session.user_uuid != ctx.caller.user_uuid:
        raise ApiError("ID.1002", "the session is another user's: renew only your own")
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


def _log_in(
    name: str, path: str, request: type[Q], message: str, handler: Callable[[Context, Q], Outcome] = log_in
) -> Action:
    return action(
        name,
        "PUT",
        path,
        handler,
        request,
        message=f"{_PACKAGE}.{message}",
        mode="sync",
        kind=SESSION,
        session=False,
    )


ACTIONS = (
    _log_in("LogInByAccount", "/accounts/login", LogInByAccount, "APILogInByAccountMsg"),
    _log_in("LogInByUser", "/accounts/users/login", LogInByUser, "APILogInByUserMsg"),
    _log_in("LogIn", "/login", LogIn, "login.APILogInMsg", log_in_by_type),
    action("LogOut", "DELETE", "/accounts/sessions/{sessionUuid}", log_out, LogOut,
           message=f"{_PACKAGE}.APILogOutMsg", mode="sync", result="none", session=False),
    action("ValidateSession", "GET", "/accounts/sessions/{sessionUuid}/valid", validate_session, ValidateSession,
           message=f"{_PACKAGE}.APIValidateSessionMsg", mode="sync", result="body",
           fields=(("valid", "boolean"),), session=False),
    action("RenewSession", "PUT", "/accounts/sessions/{sessionUuid}/renew", renew_session, RenewSession,
           message=f"{_PACKAGE}.APIRenewSessionMsg", kind=SESSION, users="always"),
)  # fmt: skip
