"""Files locked with a passphrase in the age format, written and read as streams of 64 KiB chunks.

The format is C2SP's age-encryption.org/v1 with its scrypt recipient (read 2026-11): a random file key wrapped
under the passphrase, a header with a MAC, then ChaCha20-Poly1305 chunks that can neither be changed, moved
nor cut off unseen. `age -d FILE` opens the same file without Loa.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import unicodedata
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

WORK = 18
"""log2 of scrypt's N: 256 MiB and about a second, as the age program itself does."""
MOST_WORK = 20
"""A file that asks for more (1 GiB) is refused before any of it is done."""
CHUNK = 64 * 1024
_TAG = 16
_VERSION = b"age-encryption.org/v1\n"
_LABEL = b"age-encryption.org/v1/scrypt"
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n"
    rb"--- ([A-Za-z0-9+/]{43})\n"
)
_LONGEST_HEADER = 200


class WrongPassphrase(Exception):
    """The passphrase does not open the file, which is sound as far as can be told."""


class Damaged(Exception):
    """Not a file of this format, changed, or cut off: nothing read from it so far may be used."""


class Locker:
    """Writes what it is given, locked, to `file`. Without `close` the file counts as cut off."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
        box = ChaCha20Poly1305(_stretch(passphrase, salt, WORK)).encrypt(bytes(12), key, None)
        header = _VERSION + b"-> scrypt %s %d\n%s\n---" % (_base64(salt), WORK, _base64(box))
        file.write(header + b" " + _base64(_mac(key, header)) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(_derived(key, nonce, b"payload"))
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

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        head = _HEADER.match(start := file.read(_LONGEST_HEADER))
        if head is None:
            raise Damaged("not a file locked with a passphrase")
        salt, box, mac = (base64.b64decode(text + b"=" * (-len(text) % 4)) for text in head.group(1, 3, 4))
        if (work := int(head[2])) > MOST_WORK:
            raise Damaged(f"asks for work {work}, more than {MOST_WORK}")
        try:
            key = ChaCha20Poly1305(_stretch(passphrase, salt, work)).decrypt(bytes(12), box, None)
        except InvalidTag:
            raise WrongPassphrase from None
        header = start[: head.start(4) - 1]
        if len(key) != 16 or not hmac.compare_digest(_mac(key, header), mac):
            raise Damaged("the header was changed")
        file.seek(head.end())
        self._cipher = ChaCha20Poly1305(_derived(key, self._file.read(16), b"payload"))
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


def _stretch(passphrase: str, salt: bytes, work: int) -> bytes:
    typed = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    return Scrypt(salt=_LABEL + salt, length=32, n=1 << work, r=8, p=1).derive(typed)


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(key)


def _mac(key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(key, b"", b"header"), header, "sha256")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
