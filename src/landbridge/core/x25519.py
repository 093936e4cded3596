"""Keys as WireGuard has them: 32 bytes of X25519 (RFC 7748), in Base64."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_KEY_BYTES = 32


def encoded(raw: bytes) -> str:
    """32 bytes as text."""
    return base64.b64encode(raw).decode()


def public_of(private: str) -> str:
    """The public key of a private one."""
    key = X25519PrivateKey.from_private_bytes(base64.b64decode(private))
    return encoded(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def is_key(text: str) -> bool:
    """Whether it is 32 bytes in Base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
