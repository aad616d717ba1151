"""Backups: whole or not there, consistent, locked, and nothing left lying about."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from loa import agefile
from loa.services import auditing, backup, verifying
from loa.services.archive import MANIFEST
from tests.loa.conftest import NOBODY_THERE, Loa
from tests.support.office import PASSPHRASE as OFFICERS
from tests.support.office import Office

PASSPHRASE = "cụm mật khẩu sao lưu"
TOKEN = "not-used"


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agefile, "WORK", 2)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """Where backups are kept."""
    folder = tmp_path / "usb"
    folder.mkdir()
    return folder


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary folder, to be found empty at the end."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def members(file: Path) -> dict[str, bytes]:
    opener: Any = agefile.Opener(file.open("rb"), PASSPHRASE)
    with tarfile.open(fileobj=opener, mode="r|") as tar:
        found = {m.name: source.read() for m in tar if (source := tar.extractfile(m))}
    opener._file.close()
    return found


def locked_tar(file: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    """A tar that `age` and `tar` would make, with whatever is in it."""
    with file.open("wb") as out:
        locker: Any = agefile.Locker(out, PASSPHRASE)
        with tarfile.open(fileobj=locker, mode="w|") as tar:
            for info, data in entries:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        locker.close()
    return file


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


# ---- making one


def test_everything_that_makes_a_workspace_is_in_one_file_of_its_owners(desk: Office, drive: Path):
    desk.approved()
    (desk.folder / "posts" / ".nháp.md.swp").write_text("half", "utf-8")
    (desk.folder / "posts" / "link.md").symlink_to("/etc/hostname")
    desk.workspace.note_audit()
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    file = drive / "loa-backup-20261109-0600.age"
    assert made.file == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = members(file)
    assert set(held) == {
        "config.toml",
        "loa.db",
        "vault.key",
        "trust.toml",
        "audit-anchors.txt",
        "witness.txt",
        "witness.key",
        "posts/hoi-dap.md",
        MANIFEST,
    }
    for name in ("config.toml", "vault.key", "trust.toml", "posts/hoi-dap.md"):
        assert held[name] == (desk.folder / name).read_bytes()
    assert (made.posts, made.deliveries, made.media) == (1, {"queued": 2}, 0)
    assert list(drive.iterdir()) == [file], "no draft beside it"


def test_the_file_tells_nothing_without_the_passphrase(desk: Office, drive: Path):
    desk.approved(text="Một câu không có ở đâu khác.")
    file = Path(backup.create(desk.workspace, drive, PASSPHRASE).file)
    data = file.read_bytes()
    for secret in (TOKEN, "câu không có", (desk.folder / "vault.key").read_text("ascii").strip()):
        assert secret.encode() not in data
    with pytest.raises(RefusedByRule, match="không mở được"):
        verifying.verify(file, "cụm mật khẩu khác hẳn")


def test_it_is_written_in_the_audit_who_made_it(desk: Office, drive: Path):
    backup.create(desk.workspace, drive, PASSPHRASE, actor="ky")
    [event] = [e for e in auditing.listing(desk.workspace) if e.action == "backed_up"]
    assert (event.actor, event.detail["file"]) == ("ky", "loa-backup-20261109-0600.age")


@pytest.mark.sqlite
def test_what_is_written_while_the_database_is_copied_is_either_in_it_or_not(desk: Office, drive: Path):
    """A transaction that is open meanwhile is not seen by half, and is not kept waiting either."""
    desk.approved()
    other = sqlite3.connect(desk.folder / "loa.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE delivery SET status = 'published' WHERE channel_id = 'website'")

    def on(done: int, total: int) -> None:
        if other.in_transaction:
            other.execute("UPDATE delivery SET status = 'published' WHERE channel_id = 'fanpage'")
            other.execute("COMMIT")

    made = backup.create(desk.workspace, drive, PASSPHRASE, progress=on)
    other.close()
    assert made.deliveries == {"queued": 2}
    assert verifying.verify(Path(made.file), PASSPHRASE).deliveries == {"queued": 2}
    assert set(desk.statuses().values()) == {"published"}


def test_the_audit_may_go_on_and_its_anchors_are_never_ahead_of_it(
    desk: Office, drive: Path, monkeypatch: pytest.MonkeyPatch
):
    """Events and their note right after the database was copied, before anything is written."""
    files = backup._files

    def later(*args: Any) -> dict[str, Path]:
        desk.import_post()
        desk.workspace.note_audit()
        return files(*args)

    monkeypatch.setattr(backup, "_files", later)
    desk.workspace.note_audit()
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    assert verifying.verify(Path(made.file), PASSPHRASE).audit_head == made.audit_head
    assert made.audit_events < auditing.verify(desk.workspace).events


def test_a_backup_that_breaks_off_leaves_nothing(desk: Office, drive: Path):
    def on(done: int, total: int) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        backup.create(desk.workspace, drive, PASSPHRASE, progress=on)
    assert list(drive.iterdir()) == []
    assert list(desk.folder.glob(".backup.db*")) == []


def test_the_copy_that_a_killed_backup_left_is_removed(desk: Office, drive: Path):
    for name in (".backup.db", ".backup.db-journal"):
        (desk.folder / name).write_bytes(b"left")
    backup.create(desk.workspace, drive, PASSPHRASE)
    assert list(desk.folder.glob(".backup.db*")) == []


def test_a_file_that_shrinks_under_the_reader_makes_no_backup(desk: Office, drive: Path):
    large = desk.folder / "posts" / "nháp.txt"
    large.write_bytes(bytes(3_000_000))

    def on(done: int, total: int) -> None:
        if done > total - 2_500_000:  # its first piece was read
            large.write_bytes(b"")

    with pytest.raises(RefusedByRule, match=r"nháp\.txt bị sửa"):
        backup.create(desk.workspace, drive, PASSPHRASE, progress=on)
    assert list(drive.iterdir()) == []


def test_two_backups_at_once_are_one_too_many(desk: Office, drive: Path):
    with (
        FileLock(desk.folder / ".backup.lock"),
        pytest.raises(RefusedByRule, match="một lần sao lưu khác"),
    ):
        backup.create(desk.workspace, drive, PASSPHRASE)


def test_nothing_is_overwritten(desk: Office, drive: Path):
    backup.create(desk.workspace, drive, PASSPHRASE)
    with pytest.raises(UsageError, match="không ghi đè"):
        backup.create(desk.workspace, drive, PASSPHRASE)
    named = backup.create(desk.workspace, drive / "hôm-nay.age", PASSPHRASE)
    assert Path(named.file).is_file()
    with pytest.raises(NotFound, match="Không thấy thư mục"):
        backup.create(desk.workspace, drive / "không" / "có.age", PASSPHRASE)


def test_a_short_passphrase_is_refused(desk: Office, drive: Path):
    with pytest.raises(UsageError, match="ít nhất 12"):
        backup.create(desk.workspace, drive, "ngắn quá")


def test_the_same_disk_is_warned_of(desk: Office, drive: Path):
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    assert [f.rule for f in made.findings] == ["backup.same_disk"]


@pytest.mark.sqlite
def test_a_website_outside_the_workspace_is_told_of(desk: Office, drive: Path, tmp_path: Path):
    (tmp_path / "www").mkdir()
    settings = json.dumps({"folder": str(tmp_path / "www")})
    desk.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE channel SET settings = ? WHERE id = 'website'", (settings,))
    )
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    assert "backup.section_outside" in [f.rule for f in made.findings]


def test_a_large_video_needs_no_memory_for_its_size(desk: Office, drive: Path, scratch: Path):
    import tracemalloc

    video = desk.folder / "media" / "ab" / ("ab" * 32 + ".mp4")
    video.parent.mkdir(parents=True)
    with video.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    verifying.verify(Path(made.file), PASSPHRASE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.size_bytes > 64 * 1024 * 1024
    assert most < 16 * 1024 * 1024, f"{most / 1e6:.0f} MB"


# ---- checking one


def test_a_whole_backup_is_told_as_it_was_made(desk: Office, drive: Path, scratch: Path):
    desk.approved()
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    seen = verifying.verify(Path(made.file), PASSPHRASE)
    assert {**seen.__dict__, "findings": made.findings} == made.__dict__


def test_a_damaged_backup_is_refused_wherever_the_damage_is(desk: Office, drive: Path, scratch: Path):
    file = Path(backup.create(desk.workspace, drive, PASSPHRASE).file)
    whole = file.read_bytes()
    for place in range(0, len(whole), 997):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(RefusedByRule, match=r"nguyên vẹn|không mở được"):
            verifying.verify(file, PASSPHRASE)
    for length in range(0, len(whole), 9973):
        file.write_bytes(whole[:length])
        with pytest.raises(RefusedByRule, match="nguyên vẹn"):
            verifying.verify(file, PASSPHRASE)


@pytest.mark.parametrize(
    "nasty",
    [
        member("/etc/passwd"),
        member("../outside"),
        member("posts/../../outside"),
        member("posts/a", tarfile.SYMTYPE, "/etc/passwd"),
        member("posts/a", tarfile.LNKTYPE, "vault.key"),
        member("posts/a", tarfile.FIFOTYPE),
        member("posts/a", tarfile.CHRTYPE),
        member("posts", tarfile.DIRTYPE),
        member("unknown.txt"),
        member("loa.db/inside"),
        member(".hidden"),
        member("posts//a"),
    ],
    ids=lambda info: f"{info.name}-{info.type.decode()}",
)
def test_what_no_backup_of_ours_holds_is_refused(drive: Path, scratch: Path, nasty: tarfile.TarInfo):
    file = locked_tar(drive / "nasty.age", (nasty, b""))
    with pytest.raises(RefusedByRule, match=r"not be in a backup|not known in a backup"):
        verifying.verify(file, PASSPHRASE)


def test_members_and_manifest_must_agree(desk: Office, drive: Path, scratch: Path):
    file = Path(backup.create(desk.workspace, drive, PASSPHRASE).file)
    held = members(file)
    told = json.loads(held[MANIFEST])

    def again(name: str, **changed: bytes | None) -> Path:
        entries = {**held, **changed}
        kept = ((member(n), data) for n, data in entries.items() if data is not None)
        return locked_tar(drive / name, *kept)

    with pytest.raises(RefusedByRule, match=r"manifest says: config\.toml"):
        verifying.verify(again("changed.age", **{"config.toml": b"language = 'en'"}), PASSPHRASE)
    with pytest.raises(RefusedByRule, match=r"manifest says: trust\.toml"):
        verifying.verify(again("less.age", **{"trust.toml": None}), PASSPHRASE)
    with pytest.raises(RefusedByRule, match="no manifest"):
        verifying.verify(again("none.age", **{MANIFEST: None}), PASSPHRASE)
    newer = json.dumps({**told, "format": 2}).encode()
    with pytest.raises(RefusedByRule, match="format 2"):
        verifying.verify(again("newer.age", **{MANIFEST: newer}), PASSPHRASE)
    del told["files"]["vault.key"]
    keyless = json.dumps(told).encode()
    with pytest.raises(RefusedByRule, match=r"it has no vault\.key"):
        verifying.verify(again("keyless.age", **{"vault.key": None, MANIFEST: keyless}), PASSPHRASE)
    later = json.dumps({**json.loads(held[MANIFEST]), "revision": "9999"}).encode()
    with pytest.raises(LoaError, match="bản Loa mới hơn"):
        verifying.verify(again("later.age", **{MANIFEST: later}), PASSPHRASE)


def test_a_member_twice_or_behind_the_manifest_is_refused(desk: Office, drive: Path, scratch: Path):
    held = members(Path(backup.create(desk.workspace, drive, PASSPHRASE).file))
    plain = [(member(name), data) for name, data in held.items()]
    for file in (
        locked_tar(drive / "twice.age", plain[0], *plain),
        locked_tar(drive / "behind.age", *plain, (member("posts/b.md"), b"x")),
    ):
        with pytest.raises(RefusedByRule, match="out of place"):
            verifying.verify(file, PASSPHRASE)


def test_a_tampered_audit_is_seen_before_anybody_trusts_the_backup(desk: Office, drive: Path, scratch: Path):
    desk.import_post()
    desk.workspace.note_audit()
    run = desk.workspace.database.run
    run(lambda c: c.exec_driver_sql("UPDATE audit_event SET actor = 'khác' WHERE id = 2"))
    with pytest.raises(RefusedByRule, match="từ dòng số 2"):
        verifying.verify(Path(backup.create(desk.workspace, drive, PASSPHRASE).file), PASSPHRASE)
    run(lambda c: c.exec_driver_sql("DELETE FROM audit_event WHERE id >= 2"))
    with pytest.raises(RefusedByRule, match="thiếu dòng số"):
        verifying.verify(Path(backup.create(desk.workspace, drive / "2.age", PASSPHRASE).file), PASSPHRASE)


def test_a_database_that_is_broken_is_refused(desk: Office, drive: Path, scratch: Path):
    held = members(Path(backup.create(desk.workspace, drive, PASSPHRASE).file))
    import hashlib

    broken = held["loa.db"][:20_000] + os.urandom(40_000) + held["loa.db"][60_000:]
    told = json.loads(held[MANIFEST])
    told["files"]["loa.db"] = {"size": len(broken), "sha256": hashlib.sha256(broken).hexdigest()}
    held |= {"loa.db": broken, MANIFEST: json.dumps(told).encode()}
    file = locked_tar(drive / "broken.age", *((member(name), data) for name, data in held.items()))
    with pytest.raises(RefusedByRule, match="nguyên vẹn"):
        verifying.verify(file, PASSPHRASE)


# ---- by commands


def test_the_commands_from_backup_to_drill(desk: Office, at_desk: Loa, drive: Path, scratch: Path):
    desk.approved()
    secret = {"LOA_BACKUP_PASSPHRASE": PASSPHRASE}
    told = []

    def loa(*args: object, **more: str | None) -> Any:
        answer = at_desk(*args, **secret, **more)
        assert answer.code == 0, answer.err
        told.append(answer.out + answer.err)
        return answer

    made = loa("backup", "create", drive, "--json", user=None).json
    assert made["deliveries"] == {"queued": 2}
    assert [f["rule"] for f in made["findings"]] == ["backup.same_disk"]
    assert "drill" in loa("backup", "create", drive / "b.age").err
    assert loa("backup", "verify", made["file"], "--json", user=None).json["audit_events"] > 0
    assert "nguyên vẹn" in loa("backup", "verify", made["file"], user=None).err
    tried = loa("backup", "drill", made["file"], "--json", user=None).json
    assert (tried["held"], tried["secrets"], tried["trusted"]) == (2, 1, 3)
    assert tried["seconds"] > 0
    assert "2 lượt đăng" in loa("backup", "drill", made["file"], user=None).err
    for secret_text in (TOKEN, PASSPHRASE, OFFICERS, (desk.folder / "vault.key").read_text("ascii")):
        assert all(secret_text.strip() not in text for text in told)


def test_without_passphrase_and_terminal_the_variable_is_named(desk: Office, at_desk: Loa, drive: Path):
    answer = at_desk("backup", "create", drive, user=None)
    assert answer.code == 2
    assert "LOA_BACKUP_PASSPHRASE" in answer.err


def test_a_wrong_passphrase_and_a_missing_file_have_their_exit_codes(desk: Office, at_desk: Loa, drive: Path):
    made = backup.create(desk.workspace, drive, PASSPHRASE)
    wrong = at_desk("backup", "verify", made.file, user=None, LOA_BACKUP_PASSPHRASE="cụm mật khẩu sai")
    assert wrong.code == 3
    assert "sao lưu" not in wrong.err, "a machine's pack is opened with the same words"
    gone = at_desk("backup", "verify", drive / "không-có.age", user=None, LOA_BACKUP_PASSPHRASE=PASSPHRASE)
    assert gone.code == 4
    assert NOBODY_THERE not in wrong.err + gone.err
