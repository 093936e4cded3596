"""The certificate authority inside the server: it vouches for server copies and for agents.

Its key is a document in the store, so that every server copy is the same authority and a backup of
the database is a backup of the cloud's identity.  Certificates: ECDSA P-256.

    authority   30 years, path length 0
    server      90 days, a new key at every start and renewed daily; server authentication only
    agent       10 years, common name = agent uuid; client authentication only

An agent is revoked by deleting its document, which every request checks; hence the long life.
"""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from landbridge.core.view import Tx
from landbridge.model.documents.places import Authority
from landbridge.model.errors import argerr
from landbridge.transports.identity import SERVER_NAME, fingerprint

if TYPE_CHECKING:
    from landbridge.store import Store

_CLOCK_SKEW = timedelta(days=1)
_AUTHORITY_LIFE = timedelta(days=30 * 365)
_SERVER_LIFE = timedelta(days=90)
_AGENT_LIFE = timedelta(days=10 * 365)


class Pki:
    """The authority, ready to sign."""

    def __init__(self, authority: Authority) -> None:
        key = serialization.load_pem_private_key(authority.private_key.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the stored authority's key is not an EC key")
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
        self.certificate = authority.certificate
        """In PEM, for agents to check and trust."""
        self.fingerprint = authority.fingerprint

    @classmethod
    async def load(cls, store: "Store") -> Self:
        """The cloud's authority; made by the first server copy that needs it."""
        stored = await store.read(lambda view: view.first(Authority))
        if stored is None:
            private_key, certificate = _make_authority()

            def keep(tx: Tx) -> Authority:
                other = tx.first(Authority)
                if other is not None:
                    return other
                made = Authority(
                    uuid=tx.new_uuid(),
                    private_key=private_key,
                    certificate=certificate,
                    fingerprint=fingerprint(certificate),
                )
                if not tx.claim("authority", "only", made.uuid):
                    raise RuntimeError("another server copy is making the authority: start again")
                tx.put(made)
                return made

            stored = await store.write(keep)
        return cls(stored)

    def sign(self, request: str, agent_uuid: str) -> str:
        """An agent's certificate for a signing request, both PEM.  SYS.1007 for a request that is none.

        Only the public key is taken from the request: the name is ours to give.
        """
        try:
            csr = x509.load_pem_x509_csr(request.encode())
        except ValueError as error:
            raise argerr(f"the certificate signing request cannot be read: {error}") from error
        if not csr.is_signature_valid:
            raise argerr("the certificate signing request is not signed with its own key")
        public = csr.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise argerr("the certificate signing request's key is not an EC key")
        return self._issue(public, agent_uuid, _AGENT_LIFE, ExtendedKeyUsageOID.CLIENT_AUTH, [])

    def server_context(self, names: tuple[str, ...] = ()) -> ssl.SSLContext:
        """TLS 1.3 for the nodelink port.  A client certificate is optional, but must be ours if shown."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=self.certificate)
        self.renew(context, names)
        return context

    def renew(self, context: ssl.SSLContext, names: tuple[str, ...] = ()) -> None:
        """Give a context a new server certificate; connections that are open stay.

        `names` (addresses or DNS names) are for people's tools; agents ask for `SERVER_NAME`.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [_general_name(name) for name in (SERVER_NAME, *names)]
        certificate = self._issue(
            key.public_key(), SERVER_NAME, _SERVER_LIFE, ExtendedKeyUsageOID.SERVER_AUTH, alternatives
        )
        # The ssl module takes keys from files only; these live for microseconds, in a private directory.
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "server.pem"
            path.touch(0o600)
            path.write_text(_pem(key) + certificate)
            context.load_cert_chain(path)

    def _issue(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        life: timedelta,
        usage: x509.ObjectIdentifier,
        alternatives: list[x509.GeneralName],
    ) -> str:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self._certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _make_authority() -> tuple[str, str]:
    """A new key and its self-signed certificate, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Landbridge authority")
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pem(key), certificate.public_bytes(serialization.Encoding.PEM).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
