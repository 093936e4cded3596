"""What may be proposed, and the parameters that say it: shared by creating and changing.

Source: parameters of CreateIPsecConnection and ChangeIPsecConnection.
"""

from typing import Annotated, Any

from landbridge.core.api import CreateRequest, P
from landbridge.model.errors import argerr, operr
from landbridge.model.net import is_ipv4

INTEGRITY = ("md5", "sha1", "sha256", "sha384", "sha512")
ENCRYPTION = ("3des", "aes-128", "aes-192", "aes-256")
GROUPS = (2, 5, *range(14, 27))
"""Of Diffie and Hellman, by their numbers (RFC 8247 section 2.4)."""
NO_PFS = ("none", "dh-group0")
PFS = (*NO_PFS, *(f"dh-group{number}" for number in GROUPS))
_PREFIX = "dh-group"


class Proposals(CreateRequest, kw_only=True):
    """How the two ends know each other, and what protects what they say."""

    peer_address: Annotated[str, P(help="the peer's IPv4 address", max=255)]
    auth_mode: Annotated[str, P(help="psk; certs are not served", values=("psk", "certs"), max=255)] = "psk"
    auth_key: Annotated[str, P(help="the pre-shared key", nonempty=True, no_trim=True, secret=True)]
    id_type: Annotated[str, P(help="what localId and remoteId are", values=("ip", "name", "fqdn"), max=32)] = "ip"
    local_id: Annotated[str | None, P(help="as whom we show ourselves; with ip: the VIP", max=255)] = None
    remote_id: Annotated[str | None, P(help="as whom the peer does; with ip: peerAddress", max=255)] = None
    ike_version: Annotated[
        str, P(help="ike: begin with v2, accept both", values=("ike", "ikev1", "ikev2"), max=32)
    ] = "ike"
    ike_auth_algorithm: Annotated[str, P(help="phase 1: integrity", values=INTEGRITY, max=32)] = "sha256"
    ike_encryption_algorithm: Annotated[str, P(help="phase 1: encryption", values=ENCRYPTION, max=32)] = "aes-256"
    ike_dh_group: Annotated[int, P(help="phase 1: key exchange, 2, 5 or 14 to 26")] = 2
    ike_life_time: Annotated[int, P(help="phase 1: seconds until new keys", low=60, high=604800)] = 86400
    policy_auth_algorithm: Annotated[str, P(help="phase 2: integrity", values=INTEGRITY, max=32)] = "sha256"
    policy_encryption_algorithm: Annotated[str, P(help="phase 2: encryption", values=ENCRYPTION, max=32)] = "aes-256"
    pfs: Annotated[str, P(help="phase 2: key exchange", values=PFS, max=32)] = "dh-group14"
    policy_mode: Annotated[str, P(help="tunnel; transport is not served", values=("tunnel", "transport"), max=32)] = (
        "tunnel"
    )
    transform_protocol: Annotated[
        str, P(help="esp; ah and ah-esp are not served", values=("esp", "ah", "ah-esp"), max=32)
    ] = "esp"
    life_time: Annotated[int, P(help="phase 2: seconds until new keys", low=30, high=604800)] = 3600


def fields(req: Proposals, vip_ip: str) -> dict[str, Any]:
    """The parameters as fields of the document.

    Raises: SYS.1006 for what is not served (certificates, transport mode, AH); SYS.1007 for a group or address that
    is none, for a peer that is the VIP itself, for identities that are missing or not of `idType`.
    """
    _require_served(req)
    if req.ike_dh_group not in GROUPS:
        raise argerr(f"ikeDhGroup[{req.ike_dh_group}] is none of {', '.join(map(str, GROUPS))}")
    if not is_ipv4(req.peer_address) or not 0 < int(req.peer_address.split(".")[0]) < 224:
        raise argerr(f"peerAddress[{req.peer_address}] is not an IPv4 address of one machine")
    if req.peer_address == vip_ip:
        raise argerr(f"peerAddress[{req.peer_address}] is the VIP itself: name the other end")
    _check_ids(req)
    own = set(Proposals.__struct_fields__) - set(CreateRequest.__struct_fields__)
    return {name: getattr(req, name) for name in own}


def group_of(pfs: str) -> int | None:
    """The number of phase 2's group; None: keys are derived from those of phase 1."""
    return None if pfs in NO_PFS else int(pfs.removeprefix(_PREFIX))


def _require_served(req: Proposals) -> None:
    if req.auth_mode != "psk":
        raise operr(f"authMode[{req.auth_mode}] is not served: use psk, a pre-shared key")
    if req.policy_mode != "tunnel":
        raise operr(f"policyMode[{req.policy_mode}] is not served: networks are joined in mode tunnel, use that")
    if req.transform_protocol != "esp":
        raise operr(f"transformProtocol[{req.transform_protocol}] is not served: use esp, it protects integrity too")


def _check_ids(req: Proposals) -> None:
    for name, value in (("localId", req.local_id), ("remoteId", req.remote_id)):
        if req.id_type == "ip" and value is not None and not is_ipv4(value):
            raise argerr(f"{name}[{value}] is not an IPv4 address, which idType[ip] asks for")
        if req.id_type != "ip" and not value:
            raise argerr(f"{name} is missing, which idType[{req.id_type}] asks for")
