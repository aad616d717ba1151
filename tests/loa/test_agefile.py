"""The locked file: opens with its passphrase, whole or not at all, and needs no memory for its size."""

from __future__ import annotations

import io
import os
import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa import agefile, agekeys
from loa.agefile import CHUNK, Damaged, Locker, Opener, Owner, WrongPassphrase

PASSPHRASE = "cụm mật khẩu sao lưu"


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agefile, "WORK", 2)


def locked(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    file = io.BytesIO()
    locker = Locker(file, passphrase)
    for start in range(0, len(data), 50_000):
        locker.write(data[start : start + 50_000])
    locker.close()
    return file.getvalue()


def opened(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return Opener(io.BytesIO(data), passphrase).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_what_was_locked_is_read_again_in_pieces_of_any_size(size: int):
    data = os.urandom(size)
    file = Opener(io.BytesIO(locked(data)), PASSPHRASE)
    pieces = []
    while piece := file.read(10_007):
        pieces.append(piece)
    assert b"".join(pieces) == data
    assert file.read(1) == b"", "its end stays its end"


def test_the_passphrase_may_be_typed_on_any_keyboard():
    assert opened(locked(b"x", unicodedata.normalize("NFD", PASSPHRASE))) == b"x"


def test_another_passphrase_opens_nothing():
    with pytest.raises(WrongPassphrase):
        opened(locked(b"x"), "cụm mật khẩu khác")


def test_nothing_of_the_text_stands_in_the_file():
    assert b"PAGE-TOKEN" not in locked(b"PAGE-TOKEN" * 1000)


@given(st.data())
def test_one_changed_bit_is_seen(data: st.DataObject):
    whole = locked(b"0123456789" * 20)
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
    with pytest.raises((Damaged, WrongPassphrase)):
        opened(changed)


def test_a_header_that_means_the_same_but_is_written_otherwise_is_damaged():
    """The last of 43 letters of Base64 carries two bits that mean nothing."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    whole = locked(b"x")
    last = whole.index(b"\n", whole.index(b"\n---") + 1) - 1
    other = letters[letters.index(whole[last]) ^ 1]
    with pytest.raises(Damaged):
        opened(whole[:last] + bytes([other]) + whole[last + 1 :])


@given(st.integers(0, 2 * CHUNK + 400))
def test_a_file_that_is_cut_off_anywhere_is_damaged(length: int):
    whole = locked(bytes(2 * CHUNK))
    with pytest.raises(Damaged):
        opened(whole[: min(length, len(whole) - 1)])


def test_bytes_behind_the_end_are_damage():
    with pytest.raises(Damaged):
        opened(locked(b"x") + b"more")


def test_chunks_that_changed_places_are_damage():
    whole = locked(bytes(CHUNK) + b"\1" * CHUNK + b"end")
    start = len(whole) - (2 * (CHUNK + 16) + 3 + 16)
    one, two = whole[start : start + CHUNK + 16], whole[start + CHUNK + 16 : start + 2 * (CHUNK + 16)]
    with pytest.raises(Damaged):
        opened(whole[:start] + two + one + whole[start + 2 * (CHUNK + 16) :])


def test_a_file_that_asks_for_absurd_work_is_refused_before_any_of_it():
    head, _, rest = locked(b"x").partition(b" 2\n")
    with pytest.raises(Damaged, match="work 29"):
        opened(head + b" 29\n" + rest)


def test_a_writer_that_was_killed_leaves_no_whole_file():
    file = io.BytesIO()
    Locker(file, PASSPHRASE).write(bytes(5 * CHUNK))
    with pytest.raises(Damaged):
        opened(file.getvalue())


def test_a_large_file_needs_no_memory_for_its_size():
    class Sink(io.RawIOBase):
        def write(self, data: object) -> int:
            return len(data)  # type: ignore[arg-type]

    piece = bytes(1024 * 1024)
    locker = Locker(Sink(), PASSPHRASE)  # type: ignore[arg-type]
    tracemalloc.start()
    for _ in range(64):
        locker.write(piece)
    locker.close()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(piece)


# ---- for a key's owner


def locked_for(owner: Owner, data: bytes) -> tuple[bytes, Locker]:
    file = io.BytesIO()
    locker = Locker(file, owner)
    locker.write(data)
    locker.close()
    return file.getvalue(), locker


def test_what_is_locked_for_an_owner_is_opened_with_the_passphrase_or_with_its_own_key():
    whole, locker = locked_for(Owner.new(PASSPHRASE), b"x" * 100_000)
    assert opened(whole) == b"x" * 100_000
    assert Opener(io.BytesIO(whole), locker.key).read() == b"x" * 100_000
    with pytest.raises(WrongPassphrase):
        opened(whole, "cụm mật khẩu khác")
    with pytest.raises(Damaged):
        Opener(io.BytesIO(whole), Locker(io.BytesIO(), PASSPHRASE).key)
    assert locker.key.value.hex() not in repr(locker.key), "and it is in no traceback"


@given(st.data())
def test_one_changed_bit_of_an_owners_file_is_seen(data: st.DataObject):
    whole, _ = locked_for(Owner.new(PASSPHRASE), b"0123456789")
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([whole[place] ^ 1 << data.draw(st.integers(0, 7))]) + whole[place + 1 :]
    with pytest.raises((Damaged, WrongPassphrase)):
        opened(changed)


def test_a_secret_key_of_another_owner_does_not_open_it():
    one, two = Owner.new(PASSPHRASE), Owner.new(PASSPHRASE)
    with pytest.raises(Damaged, match="another key"):
        opened(locked_for(Owner(one.public, two.secret), b"x")[0])


def test_the_key_file_is_read_as_it_was_written_and_nothing_else_is():
    owner = Owner.new(PASSPHRASE)
    text = agekeys.written_pair(owner.public, owner.secret)
    assert agekeys.read_pair(text) == (owner.public, owner.secret)
    for other in ("", text[1:], text[:-1], text + "x", text.replace("age1", "age2", 1), text.upper()):
        with pytest.raises(ValueError):
            agekeys.read_pair(other)
