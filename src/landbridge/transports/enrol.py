"""How a host becomes known: `agent join URL --token T`.

The token is `<fingerprint of the authority>.<secret>`.  Whoever answers at the URL first shows its
authority's certificate; only when that has the token's fingerprint is the secret sent, over TLS
that this authority vouches for.  So neither side needs to have been told about the other before.
"""

import ssl

import msgspec

from landbridge.model.facts import HostFacts
from landbridge.model.nodelink import EnrolReply, EnrolRequest
from landbridge.transports.https import HttpsConnection, LinkRefused
from landbridge.transports.identity import SERVER_NAME, Identity, fingerprint, signing_request, trusting


async def enrol(url: str, token: str, identity: Identity, facts: HostFacts, *, wait: bool = False) -> EnrolReply:
    """Obtain a certificate and store it in `identity`.

    An identity that this authority already issued is presented: the agent stays the same one (and
    the token is not used up while it has a host).  Raises `LinkRefused` with the reason, or `LinkLost`.
    """
    url = url.rstrip("/")
    wanted, dot, _secret = token.strip().partition(".")
    if not dot:
        raise LinkRefused("the join token is not of the form FINGERPRINT.SECRET: copy it whole")
    authority = await _authority(url)
    if fingerprint(authority) != wanted:
        raise LinkRefused(
            f"{url} is not the server that issued this token: its authority's fingerprint is "
            f"{fingerprint(authority)}, the token's {wanted}"
        )
    known = identity.exists and identity.authority_fingerprint == wanted
    key = identity.load_or_make_key()
    body = EnrolRequest(token=token.strip(), csr=signing_request(key), facts=facts, wait=wait)
    tls = identity.tls() if known else trusting(authority)
    connection = await HttpsConnection.open(url, tls, SERVER_NAME)
    try:
        status, answer = await connection.request("POST", "/nodelink/v1/enrol", msgspec.json.encode(body))
    finally:
        connection.close()
    if status != 200:
        raise LinkRefused(answer.decode(errors="replace"))
    reply = msgspec.json.decode(answer, type=EnrolReply)
    identity.save(key, reply.certificate, reply.authority, url)
    return reply


async def _authority(url: str) -> str:
    """The certificate that the server says is its authority's.  Nothing of this is trusted yet."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    connection = await HttpsConnection.open(url, unverified, None)
    try:
        status, answer = await connection.request("GET", "/nodelink/v1/authority")
    finally:
        connection.close()
    if status != 200:
        raise LinkRefused(f"{url} is not a nodelink URL: it answers {status}")
    return answer.decode(errors="replace")
