"""Loa's locked files and those of rage, which nobody here wrote, open each other."""

from __future__ import annotations

import io
import os

import pyrage
import pytest

from loa import agefile, agekeys
from loa.agefile import CHUNK, Locker, Opener, Owner

PASSPHRASE = "cụm mật khẩu sao lưu"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 200_000])
def test_rage_opens_what_loa_locked(size: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(agefile, "WORK", 10)
    data, file = os.urandom(size), io.BytesIO()
    locker = Locker(file, PASSPHRASE)
    locker.write(data)
    locker.close()
    assert pyrage.passphrase.decrypt(file.getvalue(), PASSPHRASE) == data
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(file.getvalue()[:-1], PASSPHRASE)


@pytest.mark.slow  # rage chooses the work itself: several seconds on a small machine
@pytest.mark.parametrize("size", [0, CHUNK, 200_000])
def test_loa_opens_what_rage_locked(size: int):
    data = os.urandom(size)
    assert Opener(io.BytesIO(pyrage.passphrase.encrypt(data, PASSPHRASE)), PASSPHRASE).read() == data


def test_rage_opens_with_its_own_keys_what_loa_locked_for_an_owner(monkeypatch: pytest.MonkeyPatch):
    """The stanza with the locked secret key is passed over; that key, opened, is one that rage knows."""
    monkeypatch.setattr(agefile, "WORK", 10)
    owner = Owner.new(PASSPHRASE)
    identity = pyrage.x25519.Identity.from_str(
        pyrage.passphrase.decrypt(owner.secret, PASSPHRASE).decode().strip()
    )
    assert agekeys.encode("age", owner.public) == str(identity.to_public())
    data, file = os.urandom(200_000), io.BytesIO()
    locker = Locker(file, owner)
    locker.write(data)
    locker.close()
    assert pyrage.decrypt(file.getvalue(), [identity]) == data
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(file.getvalue(), [pyrage.x25519.Identity.generate()])


def test_keys_are_written_and_read_as_rage_does():
    for _ in range(20):
        identity = pyrage.x25519.Identity.generate()
        secret = agekeys.read_secret(str(identity).encode())
        assert agekeys.written_secret(secret).decode().strip() == str(identity)
        written = str(identity.to_public())
        assert agekeys.encode("age", agekeys.decode("age", written)) == written
        with pytest.raises(ValueError, match="begins with"):
            agekeys.decode("age", written[:-1] + ("q" if written[-1] != "q" else "p"))
