"""A file is there whole, or the older one stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from content.whole import PRIVATE, whole, write_whole


def full(_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_is_written_takes_the_older_ones_place(tmp_path: Path) -> None:
    file = tmp_path / "bài.md"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["bài.md"], "leftovers"


def test_a_full_disk_leaves_the_older_one_and_says_which_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bài.md"
    write_whole(file, b"one")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as said:
        write_whole(file, b"two")
    assert said.value.filename == str(file)
    assert file.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["bài.md"], "leftovers"


def test_nothing_is_replaced_when_the_writer_finds_a_reason_not_to(tmp_path: Path) -> None:
    file = tmp_path / "bài.md"
    file.write_text("somebody's work", "utf-8")

    def over_it() -> None:
        with whole(file) as written:
            written.write(b"half")
            raise ValueError("it is not ours")

    with pytest.raises(ValueError, match="not ours"):
        over_it()
    assert file.read_text("utf-8") == "somebody's work"
    assert [path.name for path in tmp_path.iterdir()] == ["bài.md"], "leftovers"


@pytest.mark.skipif(os.name == "nt", reason="there modes are another thing")
@pytest.mark.parametrize("mode", [0o644, PRIVATE])
def test_it_can_be_read_by_whom_it_is_for(tmp_path: Path, mode: int) -> None:
    write_whole(tmp_path / "a", b"", mode)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_the_name_is_on_the_disk_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.path.isdir(f"/proc/self/fd/{descriptor}"))  # noqa: PTH112
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    write_whole(tmp_path / "a", b"one")
    assert synced == [False, True], "first the bytes, then the folder"
