"""Secrets at rest: channel tokens encrypted with a key that lies beside, not in, the database.

The key file holds one Fernet key a line, the newest first: it encrypts, all of them decrypt. There are
several only while a rotation is under way, or after one was killed.

Not in the OS keyring: the publisher runs as a service, where nobody has unlocked one, and several processes
of one machine must read the same key. A file that only its owner can read works everywhere alike.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from content.errors import UsageError
from loa import sealing

KEY_FILE = "vault.key"
_BOUND = "loa-secret:"


class Vault:
    """Encrypts and decrypts short secrets (Fernet: AES-128-CBC with HMAC-SHA256).

    `publisher_key`: of the machine that publishes for this one, which then can close secrets only
    (`loa.sealing`).
    """

    def __init__(self, folder: Path, publisher_key: str = "") -> None:
        self.publisher_key = publisher_key
        self._file = folder / KEY_FILE
        self._keys: MultiFernet | None = None

    def create_key(self) -> None:
        """Make the key file, readable by its owner only; keeps an existing one."""
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())

    def hide(self, secret: str, place: str = "") -> str:
        """Encrypt with the newest key; the first secret of a workspace makes one.

        `place` is the one it can be shown for: another channel's token is no use here. The file is read each
        time: another process may have rotated the key meanwhile.
        """
        bound = f"{_BOUND}{place}\n{secret}" if place else secret
        if self.publisher_key:
            return sealing.seal(bound, sealing.read_public(self.publisher_key))
        self.create_key()
        return self._read().encrypt(bound.encode("utf-8")).decode("ascii")

    def show(self, ciphertext: str, place: str = "") -> str:
        """Raises UsageError when the secret was hidden with none of the file's keys, or for another place.

        One that was hidden for no place is of an older Loa.
        """
        if sealing.is_sealed(ciphertext):
            raise UsageError("unit.secret_sealed")
        return self._for(place, self._plain(ciphertext))

    def open_sealed(self, ciphertext: str, place: str, witness_key: bytes) -> str:
        """What a unit's PC has closed for us; raises UsageError like `show`."""
        try:
            plain = sealing.unseal(ciphertext, witness_key)
        except ValueError:
            raise UsageError("unit.sealed_for_another") from None
        if not plain.startswith(_BOUND):
            raise UsageError("unit.sealed_for_another")
        return self._for(place, plain)

    def _for(self, place: str, plain: str) -> str:
        if not plain.startswith(_BOUND):
            return plain
        bound, _, secret = plain.removeprefix(_BOUND).partition("\n")
        if place and bound != place:
            raise UsageError("cli.vault.wrong_place", place=place, bound=bound)
        return secret

    def _plain(self, ciphertext: str) -> str:
        hidden = ciphertext.encode("ascii", "replace")
        if self._keys is not None:
            try:
                return self._keys.decrypt(hidden).decode("utf-8")
            except InvalidToken:
                pass  # the key may have been rotated since it was read
        try:
            return self._read().decrypt(hidden).decode("utf-8")
        except InvalidToken:
            raise UsageError("cli.vault.wrong_key", file=self._file) from None

    # -- rotation, see loa.services.rotating -----------------------------------------------------------

    def add_key(self) -> None:
        """Put a new key before the others, which stay."""
        self._read()  # a file that is damaged is told of, not built upon
        self._write([Fernet.generate_key(), *self._lines()])

    def drop_old_keys(self) -> None:
        """Keep the newest key alone. What was hidden with another cannot be shown any more."""
        self._write(self._lines()[:1])

    def _lines(self) -> list[bytes]:
        return self._file.read_bytes().split()

    def _read(self) -> MultiFernet:
        try:
            self._keys = MultiFernet([Fernet(line) for line in self._lines()])
        except FileNotFoundError:
            raise UsageError("cli.vault.no_key", file=self._file) from None
        except OSError as error:
            raise UsageError("cli.vault.unreadable", file=self._file, why=error.strerror) from None
        except ValueError:
            raise UsageError("cli.vault.wrong_key", file=self._file) from None
        return self._keys

    def _write(self, lines: list[bytes]) -> None:
        """All or nothing, on the disk before it counts: a key that is lost takes every secret along."""
        there = self._file.resolve()  # a link to the key stays a link
        beside = there.with_name(f"{KEY_FILE}.new")
        beside.unlink(missing_ok=True)  # of a rotation that was killed; its mode is not ours to trust
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"\n".join(lines) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(there)
        if os.name == "posix":
            folder = os.open(there.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
