"""Certificates as users hand them in: PEM, with the chain and the private key in one text.

Reading them is pure: the one place outside the wiring that may use `cryptography`.
"""

import re
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_KEY = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)


class Identity(NamedTuple):
    """`chain`: certificates in PEM, the server's own first; `key`: its private key, PEM of PKCS #8."""

    chain: str
    key: str


def identity(text: str) -> Identity:
    """What a text holds, written anew: nothing else of it is kept.

    Raises ValueError, with a sentence, when certificate or key are missing or cannot be read, the key has a
    password, or it is not the certificate's.
    """
    found = list(_KEY.finditer(text))
    if len(found) != 1:
        raise ValueError(f"it has {len(found)} private keys, it must have one")
    try:
        chain = x509.load_pem_x509_certificates(_KEY.sub("", text).encode())
    except ValueError as error:
        raise ValueError(f"its certificate cannot be read: {error}") from error
    try:
        key = load_pem_private_key(found[0].group().encode(), None)
    except TypeError as error:
        raise ValueError("its private key has a password: take that off") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"its private key cannot be read: {error}") from error
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != chain[0].public_key().public_bytes(*form):
        raise ValueError("its private key is not that of its first certificate")
    return Identity(
        "".join(one.public_bytes(Encoding.PEM).decode() for one in chain),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    )
