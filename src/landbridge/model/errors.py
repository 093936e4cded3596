"""Errors as users see them: a code with a fixed description, and details that help.

`details` names the resource and, where there is one, the remedy.  Codes and descriptions
are ZStack's facts; the sentences in `details` are ours.
"""

from collections.abc import Mapping
from typing import Any

DESCRIPTIONS: Mapping[str, str] = {
    "SYS.1000": "An internal error happened in system",
    "SYS.1001": "A message or a operation timeout",
    "SYS.1003": "A resource can not be found",
    "SYS.1004": "Unable to delete a resource",
    "SYS.1006": "An operation failed",
    "SYS.1007": "One or more API argument is invalid",
    "SYS.1009": "No route for message",
    "SYS.1010": "Management server is not ready to serve",
    "SYS.1014": "The operation is not implemented or not supported yet",
    "SYS.1017": "A message or a operation cancelled",
    "ID.1000": "Unable to authenticate a user",
    "ID.1001": "The session is invalid, either wrong session id or the session has been expired",
    "ID.1002": "The user doesn't have permission to perform the operation",
    "ID.1003": "The user exceeds a quota of a resource",
    "ID.1006": "Max number of active sessions exceeded",
    "L2.1000": "Unable to attach L2Network to a cluster",
    "L2.1001": "Unable to allocate a vni from L2Network",
    "L3.1000": "Unable to allocate an ip address from L3Network",
    "VM.1000": "Unable to create a new vm",
    "VM.1001": "Unable to start a vm",
    "VM.1002": "Unable to stop a vm",
    "VM.1003": "Unable to reboot a vm",
    "VM.1004": "Unable to destroy a vm",
    "VM.1007": "Unable to attach a network to vm",
    "VM.1008": "Unable to migrate a vm",
    "VM.1009": "Unable to allocate a mac address for vm's nic",
    "VM.1010": "VM is not in state that allows required operation",
    "HOST.1000": "Unable to add host",
    "HOST.1001": "Unable to put host to maintenance mode",
    "HOST.1002": "Unable to reconnect host",
    "HOST.1003": "An error happened when connecting to host",
    "HOST.1004": "Unable to allocate a host for vm",
    "HOST.1010": "This host is disconnected, cannot perform the required operation",
}


class ApiError(Exception):
    """What an action answers when it refuses or fails.

    `cause` nests the error of a lower layer (for example the host's own words).
    """

    def __init__(self, code: str, details: str, *, cause: "ApiError | None" = None) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        self.details = details
        self.cause = cause

    def to_dict(self) -> dict[str, Any]:
        """The wire form (wire conventions: code, description, details, cause)."""
        body: dict[str, Any] = {
            "code": self.code,
            "description": DESCRIPTIONS[self.code],
            "details": self.details,
        }
        if self.cause is not None:
            body["cause"] = self.cause.to_dict()
        return body

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> "ApiError":
        """Inverse of `to_dict`, for errors that were stored with a job."""
        cause = body.get("cause")
        return cls(body["code"], body["details"], cause=cls.from_dict(cause) if cause else None)


def argerr(details: str) -> ApiError:
    """An argument is wrong: SYS.1007."""
    return ApiError("SYS.1007", details)


def operr(details: str) -> ApiError:
    """The arguments are right, but it cannot be done now: SYS.1006."""
    return ApiError("SYS.1006", details)


def notfound(field: str, uuid: str, vo: str) -> ApiError:
    """A reference points nowhere: SYS.1003."""
    return ApiError("SYS.1003", f"invalid field[{field}], resource[uuid:{uuid}, type:{vo}] not found")
