"""A second machine: joining, whom it believes, its media, its keys, and what people are told of it."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from connectors.practice import PracticeServer
from content.approval import Role
from content.errors import LoaError, MediaError, NotFound, RefusedByRule, UsageError
from content.variant import MediaRef
from loa.cli.main import cli
from loa.services import (
    approving,
    backup,
    deciding,
    joining,
    machines,
    mediashare,
    moving,
    people,
    rotating,
    trusting,
)
from loa.services.verifying import verify
from loa.services.workspace import Workspace
from scheduler import mediaparts
from scheduler.mediaparts import PIECE, SharedMedia
from scheduler.store.tables import media_part
from tests.support.clock import TestClock
from tests.support.machines import PACK, attack, first_machine, joined, quick_packs
from tests.support.office import PASSPHRASE, Office

NIGHT = datetime.fromisoformat("2026-11-09T21:00+07:00")
WITH_PICTURE = {"channels": "[fanpage]", "media": "[{file: anh.png, alt: Hội trường xã}]"}


@pytest.fixture(autouse=True)
def _quick_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_packs(monkeypatch)


@pytest.fixture
def here(tmp_path: Path, clock: TestClock, server: Any) -> Iterator[Office]:
    with (
        PracticeServer(clock=clock.now) as platform,
        first_machine(tmp_path / "a", platform, clock, server.empty(tmp_path)) as office,
    ):
        Image.new("RGB", (640, 480), "#aa3322").save(office.folder / "posts" / "anh.png")
        yield office


@pytest.fixture
def there(here: Office, tmp_path: Path) -> Iterator[Office]:
    with joined(here, tmp_path / "b", "may-b") as office:
        yield office


def pictures(office: Office) -> list[Path]:
    return sorted(path for path in (office.folder / "media").rglob("*") if path.is_file())


# ---- joining


def test_a_pack_opens_with_its_passphrase_alone_and_brings_every_key(here: Office, tmp_path: Path):
    pack = tmp_path / "may.loa"
    joining.pack(here.workspace, here.people["ky"], pack, PACK)
    for name in ("vault.key", "witness.key"):
        assert (here.folder / name).read_bytes().strip() not in pack.read_bytes()
    about = {"officer": "ky", "officers_passphrase": PASSPHRASE, "name": "b", "clock": here.clock}
    with pytest.raises(RefusedByRule):
        joining.join(pack, tmp_path / "b", "cụm khác hẳn", **about)
    with pytest.raises(RefusedByRule):
        joining.join(pack, tmp_path / "b", PACK, **{**about, "officers_passphrase": "sai"})
    with pytest.raises(RefusedByRule):
        joining.join(pack, tmp_path / "b", PACK, **{**about, "officer": "soan"})
    assert [path.name for path in tmp_path.iterdir() if "b" in path.name] == [], "nothing is left behind"
    joining.join(pack, tmp_path / "b", PACK, **about)
    for name in ("vault.key", "witness.key", "trust.toml"):
        assert (tmp_path / "b" / name).read_bytes() == (here.folder / name).read_bytes()
        if name.endswith(".key"):
            assert (tmp_path / "b" / name).stat().st_mode & 0o077 == 0
    assert "b" in [view.name for view in machines.listing(here.workspace)]


def test_a_folder_with_other_keys_and_a_file_that_is_no_pack_are_refused(here: Office, tmp_path: Path):
    pack, copy = tmp_path / "may.loa", tmp_path / "sao-luu.age"
    joining.pack(here.workspace, here.people["ky"], pack, PACK)
    backup.create(here.workspace, copy, PACK)
    other = Workspace.create(tmp_path / "khac", here.clock)
    other.close()
    before = (tmp_path / "khac" / "vault.key").read_bytes()
    about = {"officer": "ky", "officers_passphrase": PASSPHRASE, "clock": here.clock}
    with pytest.raises(RefusedByRule, match="khóa của một chỗ làm việc khác"):
        joining.join(pack, tmp_path / "khac", PACK, **about)
    assert (tmp_path / "khac" / "vault.key").read_bytes() == before
    with pytest.raises(RefusedByRule, match="không phải tệp nối máy"):
        joining.join(copy, tmp_path / "b", PACK, **about)
    assert not (tmp_path / "b").exists()


def test_two_machines_of_one_name_are_refused(here: Office, there: Office, tmp_path: Path):
    with pytest.raises(RefusedByRule, match="may-b"), joined(here, tmp_path / "c", "may-b"):
        pass


def test_a_workspace_in_a_file_has_no_machines(office: Office, tmp_path: Path):
    if not office.workspace.database.is_sqlite:
        pytest.skip("about the SQLite file")
    with pytest.raises(UsageError, match="loa db move"):
        joining.pack(office.workspace, office.people["ky"], tmp_path / "may.loa", PACK)


def test_packing_and_joining_are_in_the_record(here: Office, there: Office):
    with here.workspace.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT action, actor, subject FROM audit_event ORDER BY id").all()
    assert ("machine_packed", "ky", "machine") in [tuple(row) for row in rows]
    assert ("machine_joined", "ky", "may-b") in [tuple(row) for row in rows]


def test_the_list_says_who_is_behind_and_the_doctor_who_may_not_publish(here: Office, there: Office):
    here.approved()
    machines.hear(here.workspace)
    views = {view.name: view for view in machines.listing(here.workspace)}
    assert views["may-b"].behind > 0
    machines.seen(there.workspace)
    machines.hear(there.workspace)
    machines.seen(there.workspace)
    assert {view.name: view for view in machines.listing(here.workspace)}["may-b"].behind == 0
    run = CliRunner()
    told = run.invoke(cli, ["-w", str(there.folder), "doctor"]).output
    assert "sổ ghi chung" in told
    (there.folder / "witness.key").write_text("ab" * 32)
    told = run.invoke(cli, ["-w", str(there.folder), "doctor"]).output
    assert "khác khóa của các máy" in told
    listed = run.invoke(cli, ["-w", str(here.folder), "machine", "list", "--json"])
    assert {one["name"] for one in json.loads(listed.stdout)} >= {"may-b"}
    assert "may-b" in run.invoke(cli, ["-w", str(here.folder), "machine", "list"]).output


def test_everything_can_be_done_from_the_command_line(here: Office, tmp_path: Path):
    run, pack = CliRunner(), tmp_path / "may.loa"
    own = {"LOA_USER": "ky", "LOA_PASSPHRASE": PASSPHRASE, "LOA_PACK_PASSPHRASE": PACK}
    done = run.invoke(cli, ["-w", str(here.folder), "machine", "pack", str(pack)], env=own)
    assert done.exit_code == 0, done.output
    join = ["machine", "join", str(pack), str(tmp_path / "b"), "--name", "may-b"]
    done = run.invoke(cli, join, env=own)
    assert done.exit_code == 0, done.output
    assert "may-b" in done.output
    done = run.invoke(cli, ["-w", str(tmp_path / "b"), "machine", "media"], env=own)
    assert done.exit_code == 0, done.output
    done = run.invoke(cli, ["-w", str(here.folder), "machine", "forget", "may-b"], env=own)
    assert done.exit_code == 0, done.output
    with pytest.raises(NotFound):
        machines.forget(here.workspace, here.people["ky"], "may-b")
    with pytest.raises(RefusedByRule):
        machines.accept(here.workspace, here.people["ky"], "thử")


# ---- whom it believes


def test_an_officer_pinned_on_one_machine_is_believed_on_the_other_and_no_more_when_taken_back(
    here: Office, there: Office
):
    workspace, ky = here.workspace, here.people["ky"]
    duyet2 = people.add(
        workspace, ky, "duyet2", full_name="Người Hai", roles=[Role.APPROVER], passphrase=PASSPHRASE
    )
    machines.hear(workspace)
    machines.hear(there.workspace)
    assert there.workspace.trust.people()["duyet2"] == workspace.trust.people()["duyet2"]
    of_a_commune = replace(workspace.trust.people()["duyet2"], units=("xa-a",))
    workspace.trust.write({**workspace.trust.people(), "duyet2": of_a_commune})
    machines.hear(workspace)
    machines.hear(there.workspace)
    assert there.workspace.trust.people()["duyet2"].units == ("xa-a",), "believed for another unit's channels"
    workspace.trust.write({**workspace.trust.people(), "duyet2": replace(of_a_commune, units=())})
    post = here.import_post(channels="[fanpage]")
    approving.submit(workspace, here.people["soan"], post)
    approving.approve(workspace, duyet2, post)
    trusting.remove(there.workspace, ky, "duyet2")
    machines.hear(there.workspace)
    machines.hear(workspace)
    assert "duyet2" not in workspace.trust.people()
    attack(here, "UPDATE approval SET voided_at = NULL", "UPDATE delivery SET status = 'queued', fence = 1")
    attack(here, "UPDATE delivery SET wake_at = '2026-11-08T00:00+07'")
    here.publish_until(NIGHT)
    assert here.view(f"{post}@fanpage").status == "held"


def test_killed_between_the_note_and_the_trust_file_a_machine_follows_its_own_note(
    here: Office, monkeypatch: pytest.MonkeyPatch
):
    machines.hear(here.workspace)
    trust = here.workspace.trust
    without = {name: one for name, one in trust.people().items() if name != "duyet"}

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(trust), "_replace", killed)
    with pytest.raises(KeyboardInterrupt):
        trust.write(without)
    monkeypatch.undo()
    assert "duyet" in trust.people()
    machines.hear(here.workspace)
    assert "duyet" not in trust.people()


def test_nobody_without_the_key_says_whom_to_believe(here: Office, there: Office):
    from scheduler.travelled import chained

    known = here.workspace.trust.witness.travelled()
    key = here.workspace.trust.people()["ky"].key
    body = json.dumps([["trust", "ma", json.dumps([key, ["approver"], "2026-01-01T00:00+00:00", "x", None])]])
    machines.hear(here.workspace)
    with here.workspace.database.read() as connection:
        n, mac = connection.exec_driver_sql("SELECT n, mac FROM note ORDER BY n DESC LIMIT 1").one()
    forged = chained(b"", mac, n + 1, known.machine, body)
    with here.workspace.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO note VALUES (%s, %s, %s, %s)", (n + 1, known.machine, body, forged)
        )
    machines.hear(there.workspace)
    assert "ma" not in there.workspace.trust.people()
    assert machines.hindrance(there.workspace) == "", "it is a note that says nothing"


# ---- media


def test_a_picture_brought_in_on_one_machine_is_published_by_the_other(here: Office, there: Office):
    here.approved(**WITH_PICTURE)
    assert pictures(there) == []
    there.publish_until(NIGHT)
    assert set(there.statuses().values()) == {"published"}
    assert [path.name for path in pictures(there)] == [path.name for path in pictures(here)]
    [public] = there.server.world.public_posts(there.server.world.pages["1001"])
    assert public.photos


@pytest.mark.parametrize("hand", ["DELETE FROM media_part", "UPDATE media_part SET body = 'x'::bytea"])
def test_what_another_hand_put_in_a_pictures_place_is_never_published(here: Office, there: Office, hand: str):
    post = here.approved(**WITH_PICTURE)
    attack(here, hand)
    there.publish_until(NIGHT)
    assert there.view(f"{post}@fanpage").status == "held"
    assert pictures(there) == [], "nor kept"
    assert mediashare.carry(here.workspace).brought == (1 if "DELETE" in hand else 0)


def test_a_server_that_does_not_answer_is_no_reason_to_doubt_the_picture(
    here: Office, there: Office, monkeypatch: pytest.MonkeyPatch
):
    from sqlalchemy.exc import OperationalError

    post = here.approved(**WITH_PICTURE)

    def gone(*_: object) -> bool:
        raise OperationalError("SELECT", {}, Exception("connection lost"))

    there.clock.instant = datetime.fromisoformat("2026-11-09T06:59:50+07:00")
    with there.publisher() as worker:
        with monkeypatch.context() as patch:
            patch.setattr(SharedMedia, "fetch", gone)
            worker.work()
        assert there.steps(f"{post}@fanpage") == [("prepare", "retry")]
        worker.work_until(NIGHT)
    assert there.view(f"{post}@fanpage").status == "published"


def test_a_large_video_passes_through_in_pieces_and_a_kill_in_the_middle_costs_only_time(
    here: Office, there: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store, other = here.workspace.media, there.workspace.media
    assert isinstance(store, SharedMedia)
    assert isinstance(other, SharedMedia)
    ref = _video(store, 12 * PIECE + 17)
    put, left = mediaparts._put, list(range(5))

    def killed(connection: Any, values: dict[str, object]) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        put(connection, values)

    monkeypatch.setattr(mediaparts, "_put", killed)
    with pytest.raises(KeyboardInterrupt):
        store.bring(ref)
    monkeypatch.setattr(mediaparts, "_put", put)
    assert not other.fetch(ref)
    assert list((there.folder / "media").rglob("*.mp4")) == []
    tracemalloc.start()
    assert store.bring(ref) == 8, "five of the thirteen were there"
    assert other.verify(ref).stat().st_size == ref.size_bytes
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * PIECE, "a piece, and what the driver makes of it"
    assert store.bring(ref) == 0


def _video(store: SharedMedia, size: int) -> MediaRef:
    import hashlib

    data = random.Random(7).randbytes(size)
    ref = MediaRef(hashlib.sha256(data).hexdigest(), "video/mp4", size, "phim.mp4", "Phim")
    path = store.path(ref)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return ref


def test_moving_back_to_a_file_and_a_backup_have_every_picture_of_every_machine(
    here: Office, there: Office, tmp_path: Path
):
    there.people = here.people
    Image.new("RGB", (320, 240), "#112233").save(there.folder / "posts" / "anh.png")
    there.approved(**WITH_PICTURE)
    assert pictures(here) == []
    seen = backup.create(here.workspace, tmp_path / "sao.age", PACK)
    assert verify(Path(seen.file), PACK).media == 1
    for path in pictures(here):
        path.unlink()
    machines.forget(here.workspace, here.people["ky"], "may-b")
    moving.move(here.workspace, here.people["ky"], moving.FILE)
    assert [path.name for path in pictures(here)] == [path.name for path in pictures(there)]


def test_what_nothing_names_any_more_is_taken_from_the_server_after_a_week(here: Office):
    post = here.approved(**WITH_PICTURE)
    store = here.workspace.media
    assert isinstance(store, SharedMedia)
    loose = _video(store, 100)
    store.bring(loose)
    here.clock.instant += timedelta(days=6)
    assert mediashare.tidy(here.workspace) == 0
    here.clock.instant += timedelta(days=2)
    assert mediashare.tidy(here.workspace) == 1
    with here.workspace.database.read() as connection:
        kept = mediaparts.known(connection)
    assert kept == {path.stem for path in pictures(here)} - {loose.sha256}
    assert post


# ---- keys


def test_after_a_rotation_other_machines_wait_to_be_joined_again_and_lose_no_token(
    here: Office, there: Office, tmp_path: Path
):
    ky = here.people["ky"]
    with pytest.raises(RefusedByRule, match="may-b"):
        rotating.rotate(here.workspace, ky)
    rotating.rotate(here.workspace, ky, others_join_again=True)
    post = here.approved(channels="[fanpage]")
    assert "vault.key" in machines.hindrance(there.workspace)
    with there.publisher() as worker, pytest.raises(LoaError, match="khóa cũ"):
        worker.queue.claim(NIGHT, 64)
    pack = tmp_path / "lai.loa"
    joining.pack(here.workspace, ky, pack, PACK)
    done = joining.join(
        pack, there.folder, PACK, officer="ky", officers_passphrase=PASSPHRASE, clock=here.clock
    )
    assert done.anew
    assert done.machine == "may-b"
    there.publish_until(NIGHT)
    assert there.view(f"{post}@fanpage").status == "published"


def test_joining_again_forgets_nothing_that_only_this_machine_had_stopped(
    here: Office, there: Office, tmp_path: Path
):
    post = here.approved(channels="[fanpage]")
    machines.hear(there.workspace)
    pack = tmp_path / "lai.loa"
    joining.pack(here.workspace, here.people["ky"], pack, PACK)
    deciding.cancel(there.workspace, there.people["ky"], f"{post}@fanpage", "không đăng nữa")
    attack(here, "DELETE FROM note WHERE n = (SELECT max(n) FROM note)")
    joining.join(pack, there.folder, PACK, officer="ky", officers_passphrase=PASSPHRASE, clock=here.clock)
    machines.hear(there.workspace)
    machines.hear(here.workspace)
    names = here.workspace.trust.witness.everything()["approval"]
    assert "void" in names.values()


def test_a_server_to_which_the_rows_were_moved_begins_its_notes_anew(here: Office, server: Any):
    for _ in range(2):  # the second hears what the first said
        machines.hear(here.workspace)
    before = here.workspace.trust.witness.travelled()
    moving.move(here.workspace, here.people["ky"], moving.FILE)
    here.approved(channels="[fanpage]")
    moving.move(here.workspace, here.people["ky"], server.empty("anew"))
    machines.hear(here.workspace)
    assert machines.hindrance(here.workspace) == ""
    after = here.workspace.trust.witness.travelled()
    assert (before.machine, before.n, after.n) == (after.machine, 1, 1)
    assert after.mac != before.mac, "another chain: what was noted on the file is history"
    here.publish_until(NIGHT)
    assert set(here.statuses().values()) == {"published"}


def test_media_that_a_damaged_server_says_is_whole_is_still_hashed(here: Office):
    store = here.workspace.media
    assert isinstance(store, SharedMedia)
    ref = _video(store, 10)
    store.path(ref).unlink()
    with here.workspace.database.engine.begin() as connection:
        connection.execute(
            media_part.insert().values(
                sha256=ref.sha256, number=0, of=1, added_at=here.clock.now(), body=os.urandom(10)
            )
        )
    with pytest.raises(MediaError):
        store.verify(ref)
