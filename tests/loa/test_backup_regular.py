"""Backups that nobody makes: locked without a passphrase, read back, pruned, and missed when they stop."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from content.errors import RefusedByRule, UsageError
from content.wording import say
from loa import agefile
from loa.config import parse
from loa.services import backup, checkup, health, publishing, regular, restoring, verifying
from loa.services.archive import OWNER_FILE
from loa.services.workspace import Workspace
from loa.settings import BackupPlan
from scheduler.clock import SystemClock
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE as OFFICERS
from tests.support.office import Office

PASSPHRASE = "cụm mật khẩu sao lưu"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agefile, "WORK", 2)


@pytest.fixture
def drive(desk: Office, tmp_path: Path) -> Path:
    """Where the settings want the backups, with the key made."""
    folder = tmp_path / "usb"
    folder.mkdir()
    planned(desk, folder)
    regular.make_key(desk.workspace, desk.people["ky"], PASSPHRASE)
    return folder


def planned(desk: Office, folder: Path | None, **how: object) -> None:
    plan = BackupPlan(folder, **how)  # type: ignore[arg-type]
    desk.workspace.config = replace(desk.workspace.config, backup=plan)


def made(drive: Path) -> list[str]:
    return sorted(path.name for path in drive.iterdir())


def alerts(desk: Office) -> list[str]:
    return [one.key for one in health.examine(desk.workspace).alerts if one.key.startswith("backup")]


def sentences(desk: Office) -> str:
    return " ".join(one.message for one in health.examine(desk.workspace).alerts)


# ---- made by itself, opened by people


def test_a_backup_is_made_without_a_passphrase_and_opened_only_with_it(desk: Office, drive: Path):
    desk.approved()
    regular.tend(desk.workspace)
    [file] = drive.iterdir()
    assert verifying.verify(file, PASSPHRASE).deliveries == {"queued": 2}
    with pytest.raises(RefusedByRule, match="không mở được"):
        verifying.verify(file, "cụm mật khẩu khác hẳn")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (desk.folder / OWNER_FILE).stat().st_mode & 0o777 == 0o600


def test_the_passphrase_and_the_bare_secret_key_lie_nowhere(desk: Office, drive: Path):
    regular.tend(desk.workspace)
    for file in [*desk.folder.rglob("*"), *drive.rglob("*")]:
        if file.is_file():
            data = file.read_bytes()
            assert PASSPHRASE.encode() not in data, file
            assert b"AGE-SECRET-KEY" not in data.upper(), file


def test_another_machine_is_restored_from_it_and_goes_on_making_them(
    desk: Office, drive: Path, tmp_path: Path
):
    desk.approved()
    regular.tend(desk.workspace)
    [file] = drive.iterdir()
    elsewhere = tmp_path / "máy-khác"
    done = restoring.restore(file, elsewhere, PASSPHRASE, clock=desk.clock)
    assert (done.held, done.in_doubt) == (2, 0)
    desk.clock.forward(minutes=1)
    workspace = Workspace.open(elsewhere, desk.clock)
    try:
        workspace.config = replace(workspace.config, backup=BackupPlan(drive))
        again = regular.make(workspace)
    finally:
        workspace.close()
    assert verifying.verify(Path(again.backup.file), PASSPHRASE).deliveries == {"held": 2}
    assert len(made(drive)) == 2, "of the same unit, under the same name"


def test_a_new_key_leaves_the_older_backups_their_passphrase(desk: Office, drive: Path):
    regular.make(desk.workspace)
    with pytest.raises(RefusedByRule, match="Đã có khóa"):
        regular.make_key(desk.workspace, desk.people["ky"], "một cụm khác hẳn")
    regular.make_key(desk.workspace, desk.people["ky"], "một cụm khác hẳn", anew=True)
    regular.make(desk.workspace)
    opened = {
        file.name: [word for word in (PASSPHRASE, "một cụm khác hẳn") if _opens(file, word)]
        for file in drive.iterdir()
    }
    assert sorted(opened.values()) == [[PASSPHRASE], ["một cụm khác hẳn"]]


def _opens(file: Path, passphrase: str) -> bool:
    try:
        verifying.verify(file, passphrase)
    except RefusedByRule:
        return False
    return True


def test_only_a_technical_officer_makes_the_key_and_not_with_a_short_passphrase(desk: Office):
    with pytest.raises(RefusedByRule):
        regular.make_key(desk.workspace, desk.people["soan"], PASSPHRASE)
    with pytest.raises(UsageError, match="ít nhất 12"):
        regular.make_key(desk.workspace, desk.people["ky"], "ngắn quá")
    assert not (desk.folder / OWNER_FILE).exists()


# ---- when


def test_it_is_made_once_within_the_time_and_again_after_it(desk: Office, drive: Path):
    for forward, expected in ((0, 1), (23 * 60, 1), (61, 2), (10, 2)):
        desk.clock.forward(minutes=forward)
        regular.tend(desk.workspace)
        assert len(made(drive)) == expected


def test_a_clock_that_was_wrong_does_not_put_it_off_for_years(desk: Office, drive: Path):
    now = desk.clock.now()
    desk.clock.instant = now + 3650 * DAY
    regular.tend(desk.workspace)
    desk.clock.instant = now
    regular.tend(desk.workspace)
    assert len(made(drive)) == 2


@pytest.mark.sqlite
def test_the_publisher_does_it_where_a_folder_is_set_and_only_there(desk: Office, drive: Path):
    with publishing.publisher(desk.workspace) as publisher:
        [job] = [job for job in publisher._periodic if job.name == "backup"]
        job.call()
    assert len(made(drive)) == 1
    planned(desk, None)
    with publishing.publisher(desk.workspace) as publisher:
        assert "backup" not in [job.name for job in publisher._periodic]


def test_one_made_by_hand_counts_for_its_age_but_not_for_the_plan(desk: Office, drive: Path):
    regular.tend(desk.workspace)
    desk.clock.forward(days=4)
    assert alerts(desk) == ["backup"]
    backup.create(desk.workspace, drive / "tay.age", PASSPHRASE)
    assert alerts(desk) == []
    regular.tend(desk.workspace)
    assert len(made(drive)) == 3


# ---- pruned, never too early


def test_the_oldest_go_when_there_are_enough_newer_ones(desk: Office, drive: Path):
    planned(desk, drive, keep=3)
    names = []
    for _ in range(5):
        names.append(Path(regular.make(desk.workspace).backup.file).name)
        desk.clock.forward(days=1)
    assert made(drive) == names[2:]


def test_what_is_not_its_own_stays(desk: Office, drive: Path):
    planned(desk, drive, keep=1)
    others = ["loa-backup-20200101-0000.age", "loa-auto-00000000-20200101-000000.age", "ảnh.jpg"]
    for name in others:
        (drive / name).write_bytes(b"x")
    for _ in range(3):
        last = regular.make(desk.workspace)
        desk.clock.forward(days=1)
    assert made(drive) == sorted([*others, Path(last.backup.file).name])


def test_the_new_one_stays_although_a_wrong_clock_gave_it_the_oldest_name(desk: Office, drive: Path):
    planned(desk, drive, keep=2)
    later = []
    for _ in range(2):
        later.append(Path(regular.make(desk.workspace).backup.file).name)
        desk.clock.forward(days=1)
    desk.clock.forward(days=-1000)
    new = Path(regular.make(desk.workspace).backup.file).name
    assert made(drive) == [new, later[1]]


def test_nothing_goes_for_a_new_one_that_is_not_read_back_whole(
    desk: Office, drive: Path, monkeypatch: pytest.MonkeyPatch
):
    """A stick that keeps something else than what was written."""
    planned(desk, drive, keep=1)
    old = Path(regular.make(desk.workspace).backup.file).name
    flush = backup._onto_the_disk

    def rotten(file: BinaryIO) -> None:
        flush(file)
        os.pwrite(file.fileno(), b"\0\1\2\3", os.fstat(file.fileno()).st_size // 2)

    monkeypatch.setattr(backup, "_onto_the_disk", rotten)
    desk.clock.forward(days=1)
    regular.tend(desk.workspace)
    assert made(drive) == [old]
    assert "nguyên vẹn" in _noted(desk)


def _noted(desk: Office) -> str:
    with desk.workspace.database.read() as connection:
        tried = health.noted(connection, "backup_try")
    return tried[1]["why"] if tried else ""


# ---- what goes wrong


def test_a_disk_that_is_not_there_is_told_once_and_used_when_it_is_back(
    desk: Office, drive: Path, caplog: pytest.LogCaptureFixture
):
    drive.rmdir()
    for _ in range(3):
        regular.tend(desk.workspace)
        desk.clock.forward(minutes=10)
    told = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 1
    assert "Không thấy thư mục" in told[0].getMessage()
    assert alerts(desk) == ["backup_none"]
    assert str(drive) in sentences(desk)
    assert not drive.exists(), "nothing is written beside a missing disk"
    drive.mkdir()
    regular.tend(desk.workspace)
    assert len(made(drive)) == 1
    assert alerts(desk) == []


def test_a_good_one_that_grows_old_is_alerted_with_the_reason(desk: Office, drive: Path):
    regular.tend(desk.workspace)
    [file] = drive.iterdir()
    aside = file.rename(drive.with_name("x.age"))
    drive.rmdir()
    desk.clock.forward(days=2, hours=23)
    regular.tend(desk.workspace)
    assert alerts(desk) == []
    desk.clock.forward(hours=1)
    assert alerts(desk) == ["backup"]
    assert "Không thấy thư mục" in sentences(desk)
    assert aside.exists()


def test_without_a_key_the_way_to_make_one_is_told(desk: Office, tmp_path: Path):
    planned(desk, tmp_path)
    regular.tend(desk.workspace)
    assert "backup key" in _noted(desk)
    (desk.folder / OWNER_FILE).write_text("age1xyz", "ascii")
    with pytest.raises(RefusedByRule, match="không đọc được"):
        regular.make(desk.workspace)


def test_after_another_failure_an_hour_passes_before_the_next_try(desk: Office, tmp_path: Path):
    planned(desk, tmp_path / "usb")
    (tmp_path / "usb").mkdir()
    regular.tend(desk.workspace)
    regular.make_key(desk.workspace, desk.people["ky"], PASSPHRASE)
    desk.clock.forward(minutes=59)
    regular.tend(desk.workspace)
    assert made(tmp_path / "usb") == []
    desk.clock.forward(minutes=1)
    regular.tend(desk.workspace)
    assert len(made(tmp_path / "usb")) == 1


CHILD = """
import os, resource, signal, sys
from pathlib import Path
from loa import agefile
from loa.services import backup, regular
from loa.services.workspace import Workspace
agefile.WORK = 2
workspace = Workspace.open(Path(sys.argv[1]))
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
def on(done, total):
    if sys.argv[2] == "while it is written" and done > total // 2:
        die()
if sys.argv[2] == "while it is read back":
    backup.verify = die
if sys.argv[2] == "before it has its name":
    Path.replace = die
if sys.argv[2] == "before the old ones go":
    regular._prune = die
if sys.argv[2] == "disk full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))  # no file grows beyond it
    regular.tend(workspace)
else:
    regular.make(workspace, progress=on)
workspace.close()
"""


def child(desk: Office, drive: Path, what: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, with a backup of some megabytes to make."""
    video = desk.folder / "media" / "ab" / ("ab" * 32 + ".mp4")
    video.parent.mkdir(parents=True, exist_ok=True)
    video.write_bytes(os.urandom(6_000_000))
    settings = (desk.folder / "config.toml").read_text("utf-8")
    (desk.folder / "config.toml").write_text(settings.replace('folder = ""', f'folder = "{drive}"'), "utf-8")
    return subprocess.run(
        [sys.executable, "-c", CHILD, desk.folder, what], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "when",
    ["while it is written", "while it is read back", "before it has its name", "before the old ones go"],
)
@pytest.mark.sqlite
def test_killed_anywhere_every_backup_by_name_is_whole_and_the_next_one_clears_up(
    desk: Office, drive: Path, when: str
):
    planned(desk, drive, keep=1)
    old = Path(regular.make(desk.workspace).backup.file).name
    assert child(desk, drive, when).returncode == -signal.SIGKILL
    named = [path for path in drive.iterdir() if path.suffix == ".age"]
    assert old in [path.name for path in named]
    assert all(verifying.verify(path, PASSPHRASE).audit_events for path in named)
    assert len(made(drive)) == 2, "a draft beside it, or the new one"
    desk.clock.instant = SystemClock().now() + DAY
    new = Path(regular.make(desk.workspace).backup.file).name
    assert made(drive) == [new]
    assert list(desk.folder.glob(".backup.db*")) == []


@pytest.mark.sqlite
def test_a_disk_that_fills_up_leaves_the_old_ones_and_is_told(desk: Office, drive: Path):
    planned(desk, drive, keep=1)
    old = Path(regular.make(desk.workspace).backup.file).name
    desk.workspace.database.run(lambda c: c.exec_driver_sql("DELETE FROM checked"))
    ended = child(desk, drive, "disk full")
    assert ended.returncode == 0, ended.stderr
    assert made(drive) == [old]
    assert "Không ghi được bản sao lưu" in _noted(desk)
    assert alerts(desk) == ["backup_none"]
    planned(desk, drive)
    desk.clock.instant = desk.workspace.now() + 10 * 365 * DAY
    regular.tend(desk.workspace)
    assert len(made(drive)) == 2, "and goes on when there is room"


def test_too_little_room_is_seen_before_anything_is_written(
    desk: Office, drive: Path, monkeypatch: pytest.MonkeyPatch
):
    import shutil

    usage = shutil.disk_usage
    little = type(usage("/"))(10, 9, 1)
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda path: little if path == drive else usage(path))
    with pytest.raises(RefusedByRule, match="không đủ chỗ"):
        regular.make(desk.workspace)
    assert made(drive) == []


def test_two_at_once_are_one_too_many(desk: Office, drive: Path):
    from filelock import FileLock

    with FileLock(desk.folder / ".backup-regular.lock"), pytest.raises(RefusedByRule, match="khác chạy"):
        regular.make(desk.workspace)


# ---- told


def test_doctor_and_status_tell_the_last_good_one(desk: Office, drive: Path):
    def told() -> checkup.Check:
        return checkup._backup(desk.workspace)

    assert (told().ok, told().saw) == (True, say("alerts.screen.no_backup"))
    regular.tend(desk.workspace)
    assert told().ok
    assert "09/11/2026" in told().saw
    assert health.examine(desk.workspace).backup_at == desk.clock.now()
    desk.clock.forward(days=4)
    assert not told().ok


def test_by_commands_from_the_key_to_the_backup(desk: Office, at_desk: Loa, tmp_path: Path):
    assert at_desk("backup", "now", user=None).code == 3
    drive = tmp_path / "usb"
    drive.mkdir()
    file = desk.folder / "config.toml"
    file.write_text(file.read_text("utf-8").replace('folder = ""', f'folder = "{drive}"'), "utf-8")
    assert "backup key" in at_desk("backup", "now", user=None).err
    secret = {"LOA_BACKUP_PASSPHRASE": PASSPHRASE}
    keyed = at_desk("backup", "key", **secret)
    assert keyed.code == 0, keyed.err
    assert at_desk("backup", "key", **secret).code == 3
    assert at_desk("backup", "key", "--new", user="soan", **secret).code == 3
    done = at_desk("backup", "now", "--json", user=None)
    assert done.code == 0, done.err
    assert done.json["removed"] == []
    assert at_desk("backup", "verify", done.json["file"], user=None, **secret).code == 0
    assert "09/11/2026" in at_desk("status").out
    drive.rename(tmp_path / "rút")
    assert at_desk("backup", "now", user=None).code == 4
    assert all(word not in keyed.out + keyed.err for word in (PASSPHRASE, OFFICERS))


@pytest.mark.parametrize(
    "written", ['every = "0d"', 'every = "1w"', 'every = "ngày"', "keep = 0", 'folder = "usb"', "keep = true"]
)
def test_settings_that_make_no_sense_are_refused(written: str):
    with pytest.raises(UsageError, match=r"backup\."):
        parse(f"[backup]\n{written}\n")


def test_settings_are_read_as_they_are_meant():
    plan = parse('[backup]\nfolder = "/media/usb"\nevery = "12h"\nkeep = 3\n').backup
    assert plan == BackupPlan(Path("/media/usb"), timedelta(hours=12), 3)
    assert parse("").backup.folder is None
