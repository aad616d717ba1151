"""Files locked with a passphrase, or for a key's owner, in the age format: streams of 64 KiB chunks.

The format is C2SP's age-encryption.org/v1 (read 2026-11): a random file key, wrapped under a passphrase
(scrypt) or for a public key (X25519), a header with a MAC, then ChaCha20-Poly1305 chunks that can neither be
changed, moved nor cut off unseen. `age -d FILE` opens the same file without Loa.

A file for a key's owner carries the secret key as well, itself locked with the owner's passphrase, in a
stanza of its own, which age programs pass over. So the passphrase opens every file, and making one needs
nobody.
"""

from __future__ import annotations

import base64
import hmac
import io
import os
import re
import unicodedata
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from loa.agekeys import read_secret, written_secret

WORK = 18
"""log2 of scrypt's N: 256 MiB and about a second, as the age program itself does."""
MOST_WORK = 20
"""A file that asks for more (1 GiB) is refused before any of it is done."""
CHUNK = 64 * 1024
_TAG = 16
_VERSION = b"age-encryption.org/v1\n"
_SCRYPT = b"age-encryption.org/v1/scrypt"
_X25519 = b"age-encryption.org/v1/X25519"
_OWN = b"loa-secret-key"
_COLUMNS = 64
_STANZA = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63})\n")
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n((?:-> [ -~]+\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+)"
    rb"--- ([A-Za-z0-9+/]{43})\n"
)
_LONGEST_HEADER = 2000
_BY_PASSPHRASE = re.compile(rb"scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)")
_FOR_OWNER = re.compile(rb"X25519 ([A-Za-z0-9+/]{43})")


class WrongPassphrase(Exception):
    """The passphrase does not open the file, which is sound as far as can be told."""


class Damaged(Exception):
    """Not a file of this format, changed, or cut off: nothing read from it so far may be used."""


@dataclass(frozen=True)
class Owner:
    """Whom a file is locked for. `public`: 32 bytes; `secret`: the other half as a locked file of its own."""

    public: bytes
    secret: bytes

    @staticmethod
    def new(passphrase: str) -> Owner:
        """A new pair of keys; only the passphrase opens what is locked for it."""
        key = X25519PrivateKey.generate()
        file = io.BytesIO()
        locker = Locker(file, passphrase)
        locker.write(written_secret(key.private_bytes_raw()))
        locker.close()
        return Owner(key.public_key().public_bytes_raw(), file.getvalue())


@dataclass(frozen=True)
class FileKey:
    """Opens one file; whoever has just made it has it, and can read back what was written."""

    value: bytes = field(repr=False)


class Locker:
    """Writes what it is given, locked, to `file`. Without `close` the file counts as cut off."""

    def __init__(self, file: BinaryIO, lock: str | Owner) -> None:
        self._file = file
        self.key, nonce = FileKey(os.urandom(16)), os.urandom(16)
        wrapped = (
            _by_passphrase(self.key.value, lock) if isinstance(lock, str) else _for(lock, self.key.value)
        )
        header = _VERSION + wrapped + b"---"
        file.write(header + b" " + _base64(_mac(self.key.value, header)) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(_derived(self.key.value, nonce, b"payload"))
        self._number = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK:  # a full chunk may be the last one: kept until more comes
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk, which says that it is the last. Leaves `file` open."""
        self._put(bytes(self._waiting), last=True)

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), chunk, None))
        self._number += 1


class Opener:
    """Reads a locked file from its beginning. Raises WrongPassphrase or Damaged."""

    def __init__(self, file: BinaryIO, key: str | FileKey) -> None:
        self._file = file
        head = _HEADER.match(start := file.read(_LONGEST_HEADER))
        if head is None:
            raise Damaged("not a file locked with a passphrase")
        opened = key.value if isinstance(key, FileKey) else _unwrapped(_STANZA.findall(head[1]), key)
        header = start[: head.start(2) - 1]
        if len(opened) != 16 or not hmac.compare_digest(_mac(opened, header), _bytes(head[2])):
            raise Damaged("the header was changed")
        file.seek(head.end())
        self._cipher = ChaCha20Poly1305(_derived(opened, self._file.read(16), b"payload"))
        self._number = 0
        self._ready = b""
        self._next = file.read(CHUNK + _TAG)
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end; all that is left for a negative `size`."""
        parts, wanted = [], size
        while wanted and not (self._ended and not self._ready):
            if not self._ready:
                self._ready = self._chunk()
            part = self._ready if wanted < 0 else self._ready[:wanted]
            self._ready = self._ready[len(part) :]
            wanted -= len(part) if wanted > 0 else 0
            parts.append(part)
        return b"".join(parts)

    def _chunk(self) -> bytes:
        sealed, self._next = self._next, self._file.read(CHUNK + _TAG)
        last = not self._next
        try:
            chunk = self._cipher.decrypt(_nonce(self._number, last), sealed, None)
        except InvalidTag:
            raise Damaged("changed, or cut off") from None
        if last and not chunk and self._number:
            raise Damaged("an empty last chunk")
        self._number, self._ended = self._number + 1, last
        return chunk


# ---- the file key, wrapped


def _by_passphrase(key: bytes, passphrase: str) -> bytes:
    salt = os.urandom(16)
    box = ChaCha20Poly1305(_stretch(passphrase, salt, WORK)).encrypt(bytes(12), key, None)
    return _stanza(b"scrypt %s %d" % (_base64(salt), WORK), box)


def _for(owner: Owner, key: bytes) -> bytes:
    once = X25519PrivateKey.generate()
    share = once.public_key().public_bytes_raw()
    agreed = once.exchange(X25519PublicKey.from_public_bytes(owner.public))
    wrapping = _derived(agreed, share + owner.public, _X25519)
    box = ChaCha20Poly1305(wrapping).encrypt(bytes(12), key, None)
    return _stanza(b"X25519 " + _base64(share), box) + _stanza(_OWN, owner.secret)


def _unwrapped(stanzas: list[tuple[bytes, bytes]], passphrase: str) -> bytes:
    match stanzas:
        case [(kind, body)] if asked := _BY_PASSPHRASE.fullmatch(kind):
            if (work := int(asked[2])) > MOST_WORK:
                raise Damaged(f"asks for work {work}, more than {MOST_WORK}")
            return _unboxed(_stretch(passphrase, _bytes(asked[1]), work), body, WrongPassphrase())
        case [(kind, body), (own, secret)] if own == _OWN and (asked := _FOR_OWNER.fullmatch(kind)):
            try:
                key = X25519PrivateKey.from_private_bytes(
                    read_secret(Opener(io.BytesIO(_bytes(secret)), passphrase).read())
                )
                share = _bytes(asked[1])
                agreed = key.exchange(X25519PublicKey.from_public_bytes(share))
            except ValueError as error:  # no key, or a share that every key agrees with
                raise Damaged(str(error)) from None
            salt = share + key.public_key().public_bytes_raw()
            return _unboxed(_derived(agreed, salt, _X25519), body, Damaged("made for another key"))
        case _:
            raise Damaged("not a file locked with a passphrase")


def _unboxed(key: bytes, box: bytes, trouble: Exception) -> bytes:
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), _bytes(box), None)
    except InvalidTag:
        raise trouble from None


def _stanza(kind: bytes, body: bytes) -> bytes:
    """The last line is shorter than a full one, and so may be empty."""
    text = _base64(body)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]
    return b"-> %s\n%s\n" % (kind, b"\n".join(lines))


def _stretch(passphrase: str, salt: bytes, work: int) -> bytes:
    typed = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    return Scrypt(salt=_SCRYPT + salt, length=32, n=1 << work, r=8, p=1).derive(typed)


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(key)


def _mac(key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(key, b"", b"header"), header, "sha256")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    """Of Base64 in lines; raises Damaged for what is none, or is written as nobody would write it."""
    joined = text.replace(b"\r", b"").replace(b"\n", b"")
    try:
        told = base64.b64decode(joined + b"=" * (-len(joined) % 4))
    except ValueError as error:
        raise Damaged(str(error)) from None
    if _base64(told) != joined.rstrip(b"="):  # a letter that is none, or bits of the last that mean nothing
        raise Damaged("not canonical Base64")
    return told
