"""Who an agent is: a private key that never leaves its state directory, and a certificate for it.

<state dir>/identity/key.pem          0600, ECDSA P-256
<state dir>/identity/certificate.pem  common name = the agent's uuid
<state dir>/identity/authority.pem    the only authority that this agent trusts
<state dir>/identity/url              where nodelink is
"""

import hashlib
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SERVER_NAME = "nodelink.landbridge.internal"
"""Every server copy's certificate carries this name, so that addresses and balancers do not matter."""


class Identity:
    """The files of an identity, in a directory that need not exist yet."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._key = directory / "key.pem"
        self._certificate = directory / "certificate.pem"
        self._authority = directory / "authority.pem"
        self._url = directory / "url"

    @property
    def exists(self) -> bool:
        """Whether this agent has enrolled."""
        return self._key.exists() and self._certificate.exists() and self._authority.exists()

    @property
    def url(self) -> str:
        """The nodelink URL that it enrolled at."""
        return self._url.read_text().strip()

    @property
    def agent_uuid(self) -> str:
        """The common name of the certificate."""
        certificate = x509.load_pem_x509_certificate(self._certificate.read_bytes())
        return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def authority_fingerprint(self) -> str:
        """SHA-256 of the trusted authority's certificate, hex."""
        return fingerprint(self._authority.read_text())

    def tls(self) -> ssl.SSLContext:
        """A context that presents this identity and trusts only its authority."""
        context = trusting(self._authority.read_text())
        context.load_cert_chain(self._certificate, self._key)
        return context

    def load_or_make_key(self) -> ec.EllipticCurvePrivateKey:
        """The stored key, or a new one that is not stored yet."""
        if self._key.exists():
            key = serialization.load_pem_private_key(self._key.read_bytes(), password=None)
            if isinstance(key, ec.EllipticCurvePrivateKey):
                return key
        return ec.generate_private_key(ec.SECP256R1())

    def save(self, key: ec.EllipticCurvePrivateKey, certificate: str, authority: str, url: str) -> None:
        """Store an identity; the certificate last, so that a half-written one does not count."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._certificate.unlink(missing_ok=True)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(self._key, pem.decode())
        _write(self._authority, authority)
        _write(self._url, url + "\n")
        _write(self._certificate, certificate)


def signing_request(key: ec.EllipticCurvePrivateKey) -> str:
    """A certificate signing request in PEM; the server chooses the name."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate's DER form, lower-case hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def trusting(authority: str) -> ssl.SSLContext:
    """A client context that trusts one authority and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authority)
    return context


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner reads, all or nothing, on disk before it counts."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
