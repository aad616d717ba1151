"""A database that is damaged, emptied, lost or older: nothing is overwritten, nothing goes twice."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.office import Office
from tests.trouble.conftest import soon
from tests.trouble.machine import Machine, stop, until

pytestmark = pytest.mark.slow


def scrambled(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096 : len(data) - 4096] = hashlib.shake_256(b"noise").digest(len(data) - 8192)
    file.write_bytes(data)


def half(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2 + 100])


def letter(file: Path) -> None:
    file.write_text("Kính gửi: UBND xã\n" * 500, "utf-8")


@pytest.mark.parametrize("damage", [scrambled, half, letter])
def test_a_damaged_database_is_told_of_and_left_as_it_is(
    office: Office, here: Machine, damage: Callable[[Path], None]
) -> None:
    office.approved("duyet.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    file = office.folder / "loa.db"
    damage(file)
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    for command in (["queue", "list"], ["status"], ["run", "--once"], ["audit", "verify"]):
        here.loa(*command).must_be_a_sentence("bị hỏng", "không ghi đè", "loa backup restore")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("how", ["emptied", "deleted"])
def test_an_empty_or_missing_database_is_not_begun_anew(office: Office, here: Machine, how: str) -> None:
    office.approved("duyet.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    file = office.folder / "loa.db"
    file.write_bytes(b"") if how == "emptied" else file.unlink()
    for command in (["queue", "list"], ["run", "--once"]):
        here.loa(*command).must_be_a_sentence("trống hoặc đã mất", "không tạo tệp mới", "loa backup restore")
    assert not file.exists() or file.stat().st_size == 0


def test_an_older_copy_put_back_sends_nothing_by_itself_and_then_nothing_twice(
    office: Office, here: Machine, tmp_path: Path
) -> None:
    office.approved("duyet.md", due=soon(1))
    office.workspace.close()
    file = office.folder / "loa.db"
    old = tmp_path / "old.db"
    shutil.copy(file, old)
    log = tmp_path / "run.log"
    process = here.publisher(log)
    until(lambda: set(here.statuses().values()) == {"published"}, "published the first time", log)
    assert stop(process) == 0
    for name in ("loa.db-wal", "loa.db-shm"):
        (office.folder / name).unlink(missing_ok=True)
    shutil.copy(old, file)
    again = here.publisher(log)
    until(lambda: "cũ hơn lần chạy trước" in log.read_text(), "it says that the database is older", log)
    assert set(here.statuses().values()) == {"held"}
    released = here.loa("--as", "ky", "backup", "release", "--all", "--reason", "đã xem")
    assert released.code == 0, released.err
    until(lambda: set(here.statuses().values()) == {"published"}, "found on the platforms", log)
    assert stop(again) == 0
    total = office.server.ledger(arrivals=False)["total"]
    assert (total["public"], total["reveals"]) == (1, 1)
    assert here.loa("audit", "verify").code != 0, "the cut stays told"


def test_a_workspace_that_is_moved_away_ends_the_publisher_with_a_sentence(
    office: Office, here: Machine, tmp_path: Path
) -> None:
    office.approved("duyet.md", channels="[fanpage]", due=soon(7200))
    office.workspace.close()
    log = tmp_path / "run.log"
    process = here.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    until(lambda: "đang chạy (máy" in here.loa("status").out, "it beats", log)
    office.folder.rename(tmp_path / "di-noi-khac")
    assert process.wait(60) == 1
    said = log.read_text()
    assert "Không còn thấy" in said
    assert "loa backup restore" in said
    assert "Traceback" not in said
    (tmp_path / "di-noi-khac").rename(office.folder)
    assert here.statuses()["duyet@fanpage"] in ("queued", "ready")
