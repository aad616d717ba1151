"""A full disk: every command says so in one sentence, the publisher waits, nothing is lost or sent twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from tests.support.office import Office, write_post
from tests.trouble.conftest import soon
from tests.trouble.machine import Disk, stop, until

pytestmark = pytest.mark.slow

PICTURE = "[{file: anh.png, alt: Cán bộ tư pháp giải đáp thắc mắc của người dân}]"
FULL = ("đã đầy", "còn trống 0 MB", "Hãy xóa bớt tệp")


def counted(server: PracticeServer) -> tuple[int, int]:
    """(public posts, reveals) as the platform counts them."""
    total = server.ledger(arrivals=False)["total"]
    return int(total["public"]), int(total["reveals"])


@pytest.fixture
def full(office: Office, disk: Disk) -> Disk:
    """One post of each state on a disk without a free byte; nothing runs."""
    office.import_post("nhap.md", channels="[website]", due=soon(3600))
    office.approved("duyet.md", channels="[website, fanpage]", due=soon(3600))
    office.workspace.close()
    disk.take_in(office.folder)
    disk.fill()
    return disk


def test_looking_still_works_and_status_names_the_disk(full: Disk) -> None:
    assert full.loa("queue", "list").code == 0
    assert full.loa("audit", "verify").code == 0
    assert full.loa("reach", "show").code == 0
    status = full.loa("status")
    assert status.code == 0, status.err
    assert "Đĩa chỉ còn trống 0 MB" in status.out


def test_every_writing_command_says_one_sentence_and_leaves_nothing(full: Disk, tmp_path: Path) -> None:
    before, names = full.statuses(), full.names()
    (tmp_path / "moi").mkdir()
    fresh = write_post(tmp_path / "moi", "moi.md", channels="[website]", due=soon(3600))
    commands: list[list[object]] = [
        ["--as", "soan", "post", "import", fresh],
        ["--as", "soan", "post", "submit", "nhap"],
        ["--as", "soan", "queue", "cancel", "duyet@website", "--reason", "thử"],
        ["--as", "duyet", "freeze", "start", "--all", "--reason", "thử"],
        ["backup", "create", full.mount],
        ["run", "--once"],
    ]
    for command in commands:
        full.loa(*command).must_be_a_sentence(*FULL)
    assert full.statuses() == before
    assert {name for name in full.names() - names if not name.endswith((".lock", "-shm", "-wal"))} == set()
    full.empty()
    for command in commands[:2]:
        said = full.loa(*command)
        assert said.code == 0, said.err
    assert full.statuses()["nhap@website"] == "in_review"


def test_a_picture_that_has_no_room_is_told_as_a_full_disk(
    office: Office, disk: Disk, tmp_path: Path
) -> None:
    from PIL import Image

    office.workspace.close()
    disk.take_in(office.folder)
    (tmp_path / "moi").mkdir()
    Image.effect_noise((2400, 2400), 90).save(tmp_path / "moi" / "anh.png")
    fresh = write_post(tmp_path / "moi", "moi.md", channels="[website]", due=soon(3600), media=PICTURE)
    disk.sh(f"head -c 7400k /dev/zero > '{disk.mount}/ballast'")
    disk.loa("--as", "soan", "post", "import", fresh).must_be_a_sentence("đã đầy", "Hãy xóa bớt tệp")
    assert not [
        name for name in disk.names() if any(mark in name for mark in (".import-", ".new-", ".loa-"))
    ], "leftovers"
    assert disk.statuses() == {}
    disk.empty()
    assert disk.loa("--as", "soan", "post", "import", fresh).code == 0


def test_a_backup_that_has_no_room_leaves_no_half_file(office: Office, disk: Disk) -> None:
    office.approved("duyet.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    disk.take_in(office.folder)
    disk.sh(
        f"mkdir -p '{disk.folder}/media/ab' && head -c 500k /dev/urandom > '{disk.folder}/media/ab/x.bin'"
    )
    disk.fill(but_kb=1200)  # the database can be opened, its copy and the film's have no room
    said = disk.loa("backup", "create", disk.mount)
    said.must_be_a_sentence(str(disk.mount), "đủ chỗ", code=3)
    assert not [
        name for name in disk.names() if "partial" in name or ("backup" in name and ".lock" not in name)
    ]
    disk.empty()
    assert disk.loa("backup", "create", disk.mount).code == 0


def test_the_publisher_waits_for_room_says_so_and_publishes_each_post_once(
    office: Office, disk: Disk, server: PracticeServer, tmp_path: Path
) -> None:
    for number in range(3):
        office.approved(f"bai-{number}.md", title=f"Bài {number}", text=f"Bài số {number}.", due=soon(12))
    office.workspace.close()
    disk.take_in(office.folder)
    log = tmp_path / "run.log"
    process = disk.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    disk.fill()
    until(lambda: "Bộ đăng bài tạm dừng" in log.read_text(), "it says that it pauses", log)
    assert process.poll() is None
    assert not [s for s in disk.statuses().values() if s == "published"] or counted(server)[0]
    until(lambda: "ĐỨNG YÊN" in disk.loa("status").out, "status tells that it stands still", log)
    paused = log.read_text()
    disk.empty()
    until(lambda: set(disk.statuses().values()) == {"published"}, "all six are public", log)
    said = log.read_text()
    assert "chạy tiếp" in said.removeprefix(paused)
    assert said.count("Bộ đăng bài tạm dừng") <= 2, "told once, not every second"
    assert "Traceback" not in said
    until(lambda: "đang chạy (máy" in disk.loa("status").out, "status is well again", log)
    assert stop(process) == 0
    assert counted(server) == (3, 3)
    pages = [name for name in disk.names() if name.startswith("xa/site/") and name.endswith(".tmp")]
    assert pages == [], "no leftovers of the website"
    assert disk.loa("audit", "verify").code == 0


@pytest.mark.parametrize("room_kb", [8, 40, 120, 400, 900])
def test_room_that_runs_out_in_the_middle_of_the_work_loses_and_doubles_nothing(
    office: Office, disk: Disk, server: PracticeServer, tmp_path: Path, room_kb: int
) -> None:
    for number in range(4):
        office.approved(f"bai-{number}.md", title=f"Bài {number}", text=f"Bài số {number}.", due=soon(4))
    office.workspace.close()
    disk.take_in(office.folder)
    log = tmp_path / "run.log"
    disk.loa("status")
    process = disk.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    disk.fill()
    disk.sh(f"truncate -s -{room_kb}K '{disk.mount}/ballast'")
    until(
        lambda: "tạm dừng" in log.read_text() or counted(server)[0] == 4,
        "it ran out of room, or had enough",
        log,
    )
    disk.empty()
    until(lambda: set(disk.statuses().values()) == {"published"}, "all eight are public", log)
    assert stop(process) == 0
    assert counted(server) == (4, 4)
    assert "Traceback" not in log.read_text()
    assert disk.loa("audit", "verify").code == 0
