"""Secrets on their way to the machine that publishes, from machines that have none of its keys.

A unit's own PC may hand over a channel's token but read none, not even that one. So it is closed for a public
key (X25519, ChaCha20-Poly1305, RFC 7748 and 8439), whose private half follows from `witness.key`: every
machine that publishes has that. Anybody can close one: it proves nothing about who did, so nothing is sent
with such a secret before an operator at the publishing machine has confirmed the channel.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loa import agekeys

_PREFIX = "loa"
_SEALED = "sealed:"
_NONCE = bytes(12)
"""The key that it is used with is good for one text."""


def public_key(witness_key: bytes) -> str:
    """What units' PCs close secrets for, with a checksum of its own: `loa1…`."""
    return agekeys.encode(_PREFIX, _private(witness_key).public_key().public_bytes_raw())


def read_public(text: str) -> bytes:
    """Its 32 bytes; raises ValueError for a slip."""
    return agekeys.decode(_PREFIX, text.strip())


def seal(text: str, public: bytes) -> str:
    """Closed so that not even this machine opens it again."""
    once = X25519PrivateKey.generate()
    share = once.public_key().public_bytes_raw()
    agreed = once.exchange(X25519PublicKey.from_public_bytes(public))
    box = ChaCha20Poly1305(_derived(agreed, share + public)).encrypt(_NONCE, text.encode("utf-8"), None)
    return _SEALED + base64.b64encode(share + box).decode("ascii")


def is_sealed(text: str) -> bool:
    return text.startswith(_SEALED)


def unseal(sealed: str, witness_key: bytes) -> str:
    """Raises ValueError for what was closed for another key, or changed since."""
    private = _private(witness_key)
    try:
        data = base64.b64decode(sealed.removeprefix(_SEALED), validate=True)
        share, box = data[:32], data[32:]
        agreed = private.exchange(X25519PublicKey.from_public_bytes(share))
        key = _derived(agreed, share + private.public_key().public_bytes_raw())
        return ChaCha20Poly1305(key).decrypt(_NONCE, box, None).decode("utf-8")
    except (InvalidTag, binascii.Error) as error:
        raise ValueError("closed for another key") from error


def _private(witness_key: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_derived(witness_key, b"", b"loa-units-secrets"))


def _derived(secret: bytes, salt: bytes, purpose: bytes = b"loa-sealed-secret") -> bytes:
    return HKDF(SHA256(), 32, salt or None, purpose).derive(secret)
