"""Secrets at rest: channel tokens encrypted with a key that lies beside, not in, the database."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from content.errors import UsageError

KEY_FILE = "vault.key"


class Vault:
    """Encrypts and decrypts short secrets (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / KEY_FILE
        self._fernet: Fernet | None = None

    def create_key(self) -> None:
        """Make the key file, readable by its owner only; keeps an existing one."""
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())

    def hide(self, secret: str) -> str:
        """Encrypt; the first secret of a workspace makes its key."""
        self.create_key()
        return self._key().encrypt(secret.encode("utf-8")).decode("ascii")

    def show(self, ciphertext: str) -> str:
        """Raises UsageError when the key is not the one the secret was hidden with."""
        try:
            return self._key().decrypt(ciphertext.encode("ascii")).decode("utf-8")
        except InvalidToken:
            raise UsageError("cli.vault.wrong_key", file=self._file) from None

    def _key(self) -> Fernet:
        if self._fernet is None:
            try:
                self._fernet = Fernet(self._file.read_bytes())
            except FileNotFoundError:
                raise UsageError("cli.vault.no_key", file=self._file) from None
            except OSError as error:
                raise UsageError("cli.vault.unreadable", file=self._file, why=error.strerror) from None
            except ValueError:
                raise UsageError("cli.vault.wrong_key", file=self._file) from None
        return self._fernet
