"""Loa's locked files and those of rage, which nobody here wrote, open each other."""

from __future__ import annotations

import io
import os

import pyrage
import pytest

from loa import agefile
from loa.agefile import CHUNK, Locker, Opener

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
