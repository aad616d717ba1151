"""An officer's signing key: Ed25519, locked with the passphrase (argon2id), opened only to say yes.

The lock also proves the passphrase: a wrong one does not open it (ChaCha20-Poly1305 is authenticated).
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from content.text import normalise

PASSES, MEMORY_KIB, LANES = 3, 65_536, 4
"""RFC 9106, second recommended option: 64 MiB, for machines that have other work as well."""
MOST_WORK_KIB = 2**20
"""Passes times memory: five times what `lock` asks for, some two seconds."""
FORMAT = 1


class WrongPassphrase(Exception):
    """The lock does not open: another passphrase, or a damaged lock."""


@dataclass(frozen=True)
class Signer:
    """An opened key. Lives as long as one command; never stored, never shown."""

    public: str
    """base64 of the 32 bytes of the public key."""
    _private: Ed25519PrivateKey = field(repr=False)

    def sign(self, statement: bytes) -> str:
        """base64 of the 64 bytes of an Ed25519 signature."""
        return base64.b64encode(self._private.sign(statement)).decode()


def new_signer() -> Signer:
    return _signer(Ed25519PrivateKey.generate())


def lock(signer: Signer, passphrase: str, salt: bytes | None = None) -> str:
    """The key as it is stored: JSON text that opens with this passphrase only."""
    salt, nonce = salt or os.urandom(16), os.urandom(12)
    derived = _derive(passphrase, salt, PASSES, MEMORY_KIB, LANES)
    raw = signer._private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    fields = {
        "format": FORMAT,
        "kdf": "argon2id",
        "passes": PASSES,
        "memory_kib": MEMORY_KIB,
        "lanes": LANES,
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "box": base64.b64encode(ChaCha20Poly1305(derived).encrypt(nonce, raw, None)).decode(),
    }
    return json.dumps(fields, sort_keys=True)


def unlock(locked: str, passphrase: str) -> Signer:
    """Raises WrongPassphrase, also for text that is no lock of ours or asks for absurd work."""
    try:
        fields = json.loads(locked)
        passes, memory, lanes = (int(fields[name]) for name in ("passes", "memory_kib", "lanes"))
        least = passes > 0 and lanes > 0 and memory > 0
        if fields["format"] != FORMAT or not least or passes * memory > MOST_WORK_KIB or lanes > 16:
            raise ValueError("not a lock of this format")
        salt, nonce, box = (base64.b64decode(fields[name]) for name in ("salt", "nonce", "box"))
        derived = _derive(passphrase, salt, passes, memory, lanes)
        raw = ChaCha20Poly1305(derived).decrypt(nonce, box, None)
        return _signer(Ed25519PrivateKey.from_private_bytes(raw))
    except (
        *(InvalidTag, HashingError, ValueError, KeyError, TypeError, OverflowError),
        RecursionError,  # brackets by the thousand
    ) as error:
        raise WrongPassphrase(type(error).__name__) from None


def _derive(passphrase: str, salt: bytes, passes: int, memory_kib: int, lanes: int) -> bytes:
    return hash_secret_raw(
        normalise(passphrase).encode(), salt, passes, memory_kib, lanes, hash_len=32, type=Type.ID
    )


def _signer(private: Ed25519PrivateKey) -> Signer:
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(base64.b64encode(raw).decode(), private)
