"""Restored elsewhere, nothing goes out twice: all waits for a person, and the platform is read back first."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from PIL import Image

from content.errors import NotFound, RefusedByRule, UsageError
from loa import agefile
from loa.services import (
    approving,
    auditing,
    backup,
    channels,
    deciding,
    deliveries,
    publishing,
    releasing,
    restoring,
    stopping,
    verifying,
)
from loa.services.workspace import Workspace
from scheduler import restores
from scheduler.store.tables import delivery
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.office import Office

PASSPHRASE = "cụm mật khẩu sao lưu"
DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
FANPAGE, WEBSITE = "hoi-dap@fanpage", "hoi-dap@website"
MINUTE = timedelta(minutes=1)
NOON = datetime.fromisoformat("2026-11-09T12:00+07:00")


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agefile, "WORK", 2)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Where the other machine's workspace will be."""
    return tmp_path / "máy-khác" / "xa"


@pytest.fixture
def poster(office: Office) -> Path:
    """A picture beside the posts."""
    path = office.folder / "posts" / "ap-phich.png"
    Image.new("RGB", (640, 480), "navy").save(path)
    return path


Backed = Callable[[], Path]


@pytest.fixture
def backed(office: Office, drive: Path) -> Backed:
    return lambda: Path(backup.create(office.workspace, drive, PASSPHRASE).file)


@contextmanager
def restored(office: Office, file: Path, folder: Path) -> Iterator[Office]:
    """The office on another machine, with the same platform and the same clock."""
    restoring.restore(file, folder, PASSPHRASE, clock=office.clock)
    workspace = Workspace.open(folder, office.clock)
    try:
        yield Office(workspace, office.server, office.clock, office.people)
    finally:
        workspace.close()


def release(office: Office, *names: str) -> list[deliveries.DeliveryView]:
    return releasing.release(office.workspace, office.people["ky"], names, "máy cũ đã hỏng")


def total(office: Office, name: str) -> int:
    return int(office.server.ledger(arrivals=False)["total"][name])


def counts(office: Office) -> tuple[int, int, int]:
    return total(office, "public"), total(office, "creates_feed"), total(office, "reveals")


def articles(office: Office) -> list[str]:
    return sorted(path.stem for path in (office.folder / "site" / "current" / "bai").glob("*.html"))


def unleased(office: Office) -> int:
    """Failures in a row that the lanes count, and rests: a breaker must not open for a restore."""
    with office.workspace.database.read() as connection:
        query = "SELECT coalesce(sum(failures), 0) + count(rest_until) FROM lane"
        return int(connection.exec_driver_sql(query).scalar() or 0)


# ---- the way there


def test_the_restored_workspace_is_whole_and_usable_at_once(office: Office, backed: Backed, elsewhere: Path):
    office.approved()
    file = backed()
    got = restoring.restore(file, elsewhere, PASSPHRASE, clock=office.clock)
    assert (got.held, got.in_doubt, got.findings) == (2, 0, [])
    for name in ("config.toml", "vault.key", "trust.toml", "posts/hoi-dap.md"):
        assert (elsewhere / name).read_bytes() == (office.folder / name).read_bytes()
    assert stat.S_IMODE((elsewhere / "vault.key").stat().st_mode) == 0o600
    assert not (elsewhere / restoring.UNFINISHED).exists()
    workspace = Workspace.open(elsewhere, office.clock)
    assert auditing.verify(workspace).whole
    assert channels.check(workspace, None, "fanpage").ok, "the token opens with the restored key"
    assert workspace.trust.people().keys() == office.workspace.trust.people().keys()
    [event] = [e for e in auditing.listing(workspace) if e.action == "restored"]
    assert event.detail["held"] == 2
    assert event.detail["file"] == file.name
    workspace.close()


@pytest.mark.sqlite
def test_the_publisher_of_the_old_machine_is_not_taken_for_a_live_one(
    office: Office, backed: Backed, elsewhere: Path
):
    from loa.services.overview import overview

    with publishing.publisher(office.workspace) as publisher:
        publisher.run(once=True)
    office.workspace.database.run(lambda c: c.exec_driver_sql("UPDATE heartbeat SET stopped = 0"))
    alive = overview(office.workspace).publisher
    assert alive
    assert alive.alive
    with restored(office, backed(), elsewhere) as other:
        silent = overview(other.workspace).publisher
        assert silent
        assert not silent.alive


def test_only_a_free_folder_is_restored_into(office: Office, backed: Backed, elsewhere: Path):
    file = backed()
    elsewhere.mkdir(parents=True)
    (elsewhere / "ghi-chú.txt").write_text("của ai đó", "utf-8")
    with pytest.raises(UsageError, match="đã có tệp khác"):
        restoring.restore(file, elsewhere, PASSPHRASE)
    (elsewhere / "ghi-chú.txt").unlink()
    restoring.restore(file, elsewhere, PASSPHRASE)
    with pytest.raises(UsageError, match="đã có tệp khác"):
        restoring.restore(file, elsewhere, PASSPHRASE)
    with pytest.raises(NotFound, match="Không thấy tệp"):
        restoring.restore(file.with_name("không-có.age"), elsewhere / "b", PASSPHRASE)


def test_a_restore_that_fails_leaves_nothing(office: Office, backed: Backed, elsewhere: Path):
    file = backed()
    with pytest.raises(RefusedByRule, match="không mở được"):
        restoring.restore(file, elsewhere, "cụm mật khẩu sai")
    assert not elsewhere.exists()
    file.write_bytes(file.read_bytes()[:-1])
    elsewhere.mkdir(parents=True)
    with pytest.raises(RefusedByRule, match="nguyên vẹn"):
        restoring.restore(file, elsewhere, PASSPHRASE)
    assert list(elsewhere.iterdir()) == []


DYING = """
import os, sys
from pathlib import Path
from loa.services import restoring
file, folder, passphrase, call, left = sys.argv[1:]
left = int(left)
def dying(real):
    def counted(*args):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*args)
    return counted
if call == "member":
    restoring._place = dying(restoring._place)
elif call == "transaction":
    restoring.restores.note = lambda *args, **more: os._exit(9)
else:
    Path.rename = dying(Path.rename)
restoring.restore(Path(file), Path(folder), passphrase)
"""


@pytest.mark.parametrize(
    ("call", "left"), [("member", 2), ("transaction", 0), ("move", 0), ("move", 2), ("move", 5)]
)
def test_a_restore_that_was_killed_is_no_workspace_and_says_so(
    office: Office, backed: Backed, elsewhere: Path, run_loa: Loa, call: str, left: int
):
    """A real process, ended without a chance to tidy up: writing, marking, moving things up."""
    file = backed()
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(file), str(elsewhere), PASSPHRASE, call, str(left)]
    )
    assert done.returncode == 9
    assert run_loa("-w", elsewhere, "status").code == 4
    with pytest.raises(RefusedByRule, match="còn dở một lần khôi phục"):
        restoring.restore(file, elsewhere, PASSPHRASE)


def test_a_backup_that_names_another_database_is_not_restored(
    office: Office, backed: Backed, elsewhere: Path
):
    """It would open, and send from, the database of the machine it came from."""
    settings = office.folder / "config.toml"
    with_database = settings.read_text("utf-8").replace(
        'database = ""', 'database = "sqlite:////tmp/khác.db"'
    )
    settings.write_text(with_database, "utf-8")
    with pytest.raises(RefusedByRule, match="names another database"):
        restoring.restore(backed(), elsewhere, PASSPHRASE)


@pytest.mark.sqlite
def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    office: Office, backed: Backed, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
):
    from scheduler.store.database import HEAD, alembic_config

    monkeypatch.setattr(backup.health, "note", lambda *_: None)  # a Loa of then had no table for it
    monkeypatch.setattr(backup.audit, "record", lambda *_, **__: None)  # nor its columns

    with office.workspace.database.engine.begin() as begun:
        config = alembic_config()
        config.attributes["connection"] = begun
        command.downgrade(config, "0005")
    with sqlite3.connect(office.folder / "loa.db") as connection:
        for table in ("standing", "correction", "freeze_order", "alert_target", "alert_told", "checked"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE delivery DROP COLUMN hand_over")
        connection.execute("ALTER TABLE officer DROP COLUMN public_key")
        connection.execute("ALTER TABLE officer DROP COLUMN locked_key")
        connection.execute("ALTER TABLE approval DROP COLUMN signature")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    file = backed()
    assert verifying.verify(file, PASSPHRASE).revision == "0001"
    with restored(office, file, elsewhere) as other:
        assert other.workspace.database.revision() == HEAD


# ---- nothing goes out by itself


def test_nothing_is_sent_before_a_person_says_go(office: Office, backed: Backed, elsewhere: Path):
    office.approved()
    with restored(office, backed(), elsewhere) as other:
        assert {v.id: (v.status, v.last_error) for v in releasing.waiting(other.workspace)} == {
            FANPAGE: ("held", "restored"),
            WEBSITE: ("held", "restored"),
        }
        other.publish_until(DUE + timedelta(days=2))
        assert counts(office) == (0, 0, 0)
        assert set(other.statuses().values()) == {"held"}


def test_what_was_in_flight_waits_as_well(office: Office, backed: Backed, elsewhere: Path):
    """The old machine may be at it this very moment: even reading back could end in sending again."""
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - 5 * MINUTE)
    office.clock.instant = DUE
    with office.publisher() as worker:
        worker.claim_one()
        assert office.view(FANPAGE).status == "revealing"
        with restored(office, backed(), elsewhere) as other:
            assert (other.view(FANPAGE).status, other.view(FANPAGE).last_error) == ("unknown", "restored")
            with publishing.publisher(other.workspace) as publisher:
                publisher.run(once=True)
            assert other.view(FANPAGE).status == "unknown"
            assert counts(office) == (0, 1, 0)
            release(other)
            other.publish_until(DUE + MINUTE)
            assert counts(office) == (1, 1, 1)


def test_what_waited_for_a_person_keeps_its_reason(office: Office, backed: Backed, elsewhere: Path):
    office.approved()
    values = {"status": "unknown", "wake_at": None, "last_error": "settle.twins: a b"}
    office.workspace.database.run(
        lambda c: c.execute(delivery.update().where(delivery.c.id == FANPAGE).values(**values))
    )
    with restored(office, backed(), elsewhere) as other:
        assert other.view(FANPAGE).last_error == "settle.twins: a b"
        assert [v.id for v in releasing.waiting(other.workspace)] == [WEBSITE]


def test_reopening_a_channel_releases_nothing(office: Office, backed: Backed, elsewhere: Path):
    office.approved(channels="[fanpage]")
    file = backed()
    with restored(office, file, elsewhere) as other:
        other.workspace.database.run(lambda c: c.exec_driver_sql("UPDATE channel SET state = 'stopped'"))
        assert channels.check(other.workspace, other.people["ky"], "fanpage").ok
        assert other.view(FANPAGE).status == "held"


# ---- what the old machine published after the backup


@pytest.mark.parametrize("when", [-45, -5], ids=["queued", "prepared"])
def test_what_was_published_after_the_backup_is_adopted_not_sent_again(
    office: Office, backed: Backed, elsewhere: Path, when: int
):
    """Once with nothing prepared at the time of the backup (no handle), once with the hidden post's id."""
    office.approved(channels="[fanpage]")
    office.publish_until(DUE + when * MINUTE)
    file = backed()
    before = office.view(FANPAGE).status
    assert before == ("queued" if when == -45 else "ready")
    office.publish_until(DUE + 10 * MINUTE)
    assert counts(office) == (1, 1, 1)
    with restored(office, file, elsewhere) as other:
        [gone] = release(other)
        assert gone.status == "unknown"
        other.publish_until(DUE + 20 * MINUTE)
        view = other.view(FANPAGE)
        assert (view.status, view.url) == ("published", office.view(FANPAGE).url)
        assert view.remote_id == office.view(FANPAGE).remote_id
        assert other.steps(FANPAGE)[-1] == ("settle", "seen_public")
    assert counts(office) == (1, 1, 1)


def test_a_post_with_pictures_is_known_again_by_its_text(
    office: Office, backed: Backed, elsewhere: Path, poster: Path
):
    office.approved(
        channels="[fanpage]", media=f"[{{file: {poster.name}, alt: Áp phích ngày hội pháp luật của xã}}]"
    )
    file = backed()
    office.publish_until(DUE + 10 * MINUTE)
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(DUE + 20 * MINUTE)
        assert other.view(FANPAGE).status == "published"
    assert counts(office) == (1, 1, 1)
    assert total(office, "creates_photos") == 1


def test_another_hidden_post_than_the_one_in_the_backup_is_found_too(
    office: Office, backed: Backed, elsewhere: Path
):
    """The old machine lost the hidden post that the backup knows, made another and published that."""
    office.approved(channels="[fanpage]")
    office.publish_until(DUE - 5 * MINUTE)
    file = backed()
    [hidden] = office.server.world.posts.values()
    office.server.world.remove(hidden)
    office.publish_until(DUE + 10 * MINUTE)
    assert (total(office, "public"), total(office, "creates_feed")) == (1, 2)
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(DUE + 20 * MINUTE)
        assert other.view(FANPAGE).status == "published"
    assert (total(office, "public"), total(office, "creates_feed")) == (1, 2)


def test_what_was_moved_and_published_long_before_its_time_in_the_backup_is_found(
    office: Office, backed: Backed, elsewhere: Path
):
    """Waiting for next week in the backup, moved to today and published, and restored a day after that."""
    office.approved(channels="[fanpage]", due="2026-11-16T07:00+07:00", deadline="2026-11-17T07:00+07:00")
    file = backed()
    deciding.move(office.workspace, office.people["soan"], FANPAGE, "2026-11-09 08:00", "sớm hơn")
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    approving.approve(office.workspace, office.people["duyet"], "hoi-dap")
    office.publish_until(DUE + timedelta(days=2))
    assert counts(office) == (1, 1, 1)
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(DUE + timedelta(days=8))
        assert other.view(FANPAGE).status == "published"
    assert counts(office) == (1, 1, 1)


def test_what_was_a_draft_in_the_backup_is_read_back_when_it_is_approved_again(
    office: Office, backed: Backed, elsewhere: Path
):
    """The likeliest accident: the nightly backup knows a draft that was published in the morning."""
    office.import_post(channels="[fanpage]")
    file = backed()
    approving.submit(office.workspace, office.people["soan"], "hoi-dap")
    approving.approve(office.workspace, office.people["duyet"], "hoi-dap")
    office.publish_until(DUE + 10 * MINUTE)
    assert counts(office) == (1, 1, 1)
    with restored(office, file, elsewhere) as other:
        assert other.view(FANPAGE).status == "draft"
        deciding.move(other.workspace, other.people["soan"], FANPAGE, "2026-11-09 08:00", "đăng lại")
        approving.submit(other.workspace, other.people["soan"], "hoi-dap")
        approving.approve(other.workspace, other.people["duyet"], "hoi-dap")
        other.publish_until(DUE + 3 * 60 * MINUTE)
        assert other.view(FANPAGE).status == "published"
        assert other.steps(FANPAGE) == [("prepare", "seen_public")]
    assert counts(office) == (1, 1, 1)


@pytest.mark.parametrize("way", ["retry", "move", "approve again"])
def test_no_other_way_of_letting_it_go_passes_the_read_back(
    office: Office, backed: Backed, elsewhere: Path, way: str
):
    office.approved(channels="[fanpage]")
    file = backed()
    office.publish_until(DUE + 10 * MINUTE)
    with restored(office, file, elsewhere) as other:
        if way == "retry":
            deciding.retry(other.workspace, other.people["ky"], FANPAGE)
        elif way == "move":
            deciding.move(other.workspace, other.people["ky"], FANPAGE, "2026-11-09 07:30", "muộn hơn")
        else:
            approving.withdraw(other.workspace, other.people["duyet"], "hoi-dap", "xem lại")
            deciding.move(other.workspace, other.people["soan"], FANPAGE, "2026-11-09 07:30", "muộn hơn")
            approving.submit(other.workspace, other.people["soan"], "hoi-dap")
            approving.approve(other.workspace, other.people["duyet"], "hoi-dap")
        other.publish_until(DUE + 60 * MINUTE)
        assert other.view(FANPAGE).status == "published"
    assert counts(office) == (1, 1, 1)


def test_a_post_made_after_the_restore_is_not_looked_for_first(
    office: Office, backed: Backed, elsewhere: Path
):
    with restored(office, backed(), elsewhere) as other:
        other.approved(channels="[fanpage]")
        other.publish_until(DUE + 10 * MINUTE)
        assert [step for step, _ in other.steps(FANPAGE)] == ["prepare", "reveal", "verify"]
    assert counts(office) == (1, 1, 1)


# ---- what nobody published


@pytest.mark.parametrize("when", [-45, -5], ids=["queued", "prepared"])
def test_what_nobody_published_goes_out_once_at_its_minute(
    office: Office, backed: Backed, elsewhere: Path, when: int
):
    office.approved(channels="[fanpage]")
    office.publish_until(DUE + when * MINUTE)
    with restored(office, backed(), elsewhere) as other:
        release(other)
        other.publish_until(DUE - timedelta(seconds=1))
        assert counts(office)[0] == 0, "never early"
        other.publish_until(DUE + MINUTE)
        assert counts(office) == (1, 1, 1)
        assert other.view(FANPAGE).published_at == DUE
        assert auditing.verify(other.workspace).whole


def test_a_crash_after_the_release_is_settled_with_all_the_platforms_patience(
    office: Office, backed: Backed, elsewhere: Path
):
    """The looks that the release took are not counted against a reveal that follows."""
    office.approved(channels="[fanpage]")
    with restored(office, backed(), elsewhere) as other:
        release(other)
        other.publish_until(DUE - MINUTE)
        office.clock.instant = DUE
        with other.publisher() as worker:
            worker.claim_one()
            worker.queue.recover(office.clock.now())
            worker.work_until(DUE + MINUTE)
        after_crash = other.steps(FANPAGE)[other.steps(FANPAGE).index(("reveal", "interrupted")) + 1 :]
        waits = [("settle", "not_seen")] * 2 + [("settle", "not_public")]
        assert after_crash[:3] == waits, "as often as the platform's waits say"
    assert counts(office) == (1, 1, 1)


def test_what_is_due_next_week_is_not_prepared_today(office: Office, backed: Backed, elsewhere: Path):
    office.approved(channels="[fanpage]", due="2026-11-16T07:00+07:00")
    with restored(office, backed(), elsewhere) as other:
        release(other)
        other.publish_until(DUE + timedelta(days=6))
        assert (other.view(FANPAGE).status, total(office, "creates_feed")) == ("queued", 0)
        other.publish_until(DUE + timedelta(days=7, minutes=1))
        assert counts(office) == (1, 1, 1)


def test_what_is_too_late_and_not_public_is_missed(office: Office, backed: Backed, elsewhere: Path):
    office.approved(channels="[fanpage]", deadline="2026-11-09T09:00+07:00")
    file = backed()
    office.clock.instant = DUE + timedelta(hours=5)
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(DUE + timedelta(hours=6))
        assert other.view(FANPAGE).status == "missed"
    assert counts(office) == (0, 0, 0)


def test_many_that_were_never_prepared_go_out_without_opening_the_breaker(
    office: Office, backed: Backed, elsewhere: Path
):
    names = [f"bai-{number:02}" for number in range(12)]
    for name in names:
        office.approved(f"{name}.md", title=f"Bài {name}", text=f"Nội dung {name}.", channels="[fanpage]")
    file = backed()
    office.clock.instant = DUE
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(DUE + MINUTE)
        assert set(other.statuses().values()) == {"published"}
        assert unleased(other) == 0
    assert counts(office) == (12, 12, 12)


def test_released_one_by_one_only_the_named_ones_go(office: Office, backed: Backed, elsewhere: Path):
    office.approved()
    with restored(office, backed(), elsewhere) as other:
        release(other, WEBSITE)
        other.publish_until(DUE + MINUTE)
        assert other.statuses() == {WEBSITE: "published", FANPAGE: "held"}
        with pytest.raises(RefusedByRule, match="không chờ cho phép"):
            release(other, WEBSITE)
        with pytest.raises(NotFound, match="Không có lượt đăng"):
            release(other, "không-có@fanpage")
        with pytest.raises(UsageError, match="lý do"):
            releasing.release(other.workspace, other.people["ky"], [], " ")
        with pytest.raises(RefusedByRule, match="không có vai trò"):
            releasing.release(other.workspace, other.people["soan"], [], "cứ đăng")


# ---- the website


def test_the_website_is_there_again_and_what_it_lacks_is_published_once(
    office: Office, backed: Backed, elsewhere: Path
):
    office.approved("truoc.md", title="Bài trước", channels="[website]")
    office.approved("sau.md", title="Bài sau", channels="[website]", due="2026-11-09T08:00+07:00")
    office.publish_until(DUE + 10 * MINUTE)
    file = backed()
    office.publish_until(DUE + 120 * MINUTE)
    assert len(articles(office)) == 2
    with restored(office, file, elsewhere) as other:
        assert len(articles(other)) == 1, "made again from its articles before anything is released"
        release(other)
        other.publish_until(DUE + 130 * MINUTE)
        assert set(other.statuses().values()) == {"published"}
        assert articles(other) == articles(office)
        pages = [path.read_text("utf-8") for path in (other.folder / "site/current/bai").glob("*.html")]
        assert str(office.folder) not in "".join(pages)


def test_an_article_published_while_the_backup_was_written_is_found_in_it(
    office: Office, drive: Path, elsewhere: Path
):
    """Database first, articles after: what came out in between is in the section and not in the rows."""
    office.approved(channels="[website]")
    office.clock.instant = DUE
    done = []

    def on(_done: int, _total: int) -> None:
        if not done:
            done.append(office.publish_until(DUE + MINUTE))

    (office.folder / "site" / "data").mkdir(parents=True)
    file = Path(backup.create(office.workspace, drive, PASSPHRASE, progress=on).file)
    assert office.view(WEBSITE).status == "published"
    with restored(office, file, elsewhere) as other:
        assert other.view(WEBSITE).status == "held"
        release(other)
        other.publish_until(DUE + 2 * MINUTE)
        assert other.view(WEBSITE).status == "published"
        assert len(articles(other)) == 1


def test_what_an_officer_took_back_while_the_backup_was_written_is_not_sent_by_it(
    office: Office, drive: Path, elsewhere: Path
):
    """Database first, the witness after: the stricter of the two holds."""
    office.approved(channels="[fanpage]")
    done = []

    def on(_done: int, _total: int) -> None:
        if not done:
            done.append(deciding.cancel(office.workspace, office.people["ky"], FANPAGE, "sai"))

    file = Path(backup.create(office.workspace, drive, PASSPHRASE, progress=on).file)
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(DUE + MINUTE)
        view = other.view(FANPAGE)
        assert (view.status, view.last_error) == ("held", "approval.forged")
        assert total(office, "public") == 0


# ---- what a platform held when the backup was made


def handed(office: Office, drive: Path) -> Path:
    """A backup made while the Page holds one post."""
    office.approved(channels="[fanpage]", due=NOON.isoformat())
    stopping.hand_over(office.workspace, office.people["ky"], [FANPAGE])
    office.publish_until(office.clock.now() + MINUTE)
    assert office.view(FANPAGE).status == "handed_over"
    return Path(backup.create(office.workspace, drive, PASSPHRASE).file)


def test_what_the_platform_publishes_by_itself_is_seen_without_a_word(
    office: Office, drive: Path, elsewhere: Path
):
    with restored(office, handed(office, drive), elsewhere) as other:
        other.publish_until(NOON + 5 * MINUTE)
        assert other.view(FANPAGE).status == "published"
        assert total(office, "public") == 1


def test_what_the_platform_did_not_publish_loa_reveals_only_when_a_person_says_go(
    office: Office, drive: Path, elsewhere: Path
):
    file = handed(office, drive)
    # the other machine called it back, after the backup: nothing will come out by itself
    stopping.recall(office.workspace, office.people["ky"], [FANPAGE], "chờ ý kiến")
    with restored(office, file, elsewhere) as other:
        other.publish_until(NOON - MINUTE)
        assert [a.step for a in deliveries.dossier(other.workspace, FANPAGE).attempts][-1] == "hand_over"
        other.publish_until(NOON + 30 * MINUTE)
        view = other.view(FANPAGE)
        assert (view.status, view.last_error) == ("held", "restored")
        assert total(office, "public") == 0
        assert [one.id for one in releasing.waiting(other.workspace)] == [FANPAGE]
        release(other)
        other.publish_until(NOON + 60 * MINUTE)
        assert other.view(FANPAGE).status == "published"
        assert total(office, "public") == 1


def test_what_a_person_hands_over_after_the_restore_goes_on_by_itself(
    office: Office, drive: Path, elsewhere: Path
):
    office.approved(channels="[fanpage]", due=NOON.isoformat())
    file = Path(backup.create(office.workspace, drive, PASSPHRASE).file)
    with restored(office, file, elsewhere) as other:
        release(other)
        other.publish_until(other.clock.now() + MINUTE)
        stopping.hand_over(other.workspace, other.people["ky"], [FANPAGE])
        other.publish_until(other.clock.now() + MINUTE)
        assert other.view(FANPAGE).status == "handed_over"
        other.publish_until(NOON + 5 * MINUTE)
        assert (other.view(FANPAGE).status, total(office, "public")) == ("published", 1)


@pytest.mark.sqlite
def test_a_section_elsewhere_is_told_of_and_left_alone(
    office: Office, backed: Backed, elsewhere: Path, tmp_path: Path
):
    www = tmp_path / "www"
    settings = json.dumps({"folder": str(www)})
    office.workspace.database.run(
        lambda c: c.exec_driver_sql(
            "UPDATE channel SET settings = ?, version = version + 1 WHERE id = 'website'", (settings,)
        )
    )
    got = restoring.restore(backed(), elsewhere, PASSPHRASE, clock=office.clock)
    assert [f.rule for f in got.findings] == ["backup.section_elsewhere"]
    assert not www.exists()


# ---- the drill, and the doubt


def test_a_drill_leaves_nothing_and_tells_how_it_went(
    office: Office, backed: Backed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office.approved()
    office.publish_until(DUE - 5 * MINUTE)
    file = backed()
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = counts(office)
    done = restoring.drill(file, PASSPHRASE, clock=office.clock)
    assert (done.held, done.in_doubt, done.secrets, done.trusted, done.lacking_media) == (2, 0, 1, 3, [])
    assert done.seconds > 0
    assert list(scratch.iterdir()) == []
    restoring.drill(file, PASSPHRASE, where=tmp_path / "usb", clock=office.clock)
    assert list((tmp_path / "usb").iterdir()) == [file]
    assert counts(office) == before
    assert set(office.statuses().values()) == {"ready"}


def test_a_drill_finds_tokens_that_no_key_opens(office: Office, backed: Backed):
    from cryptography.fernet import Fernet

    office.approved()
    (office.folder / "vault.key").write_bytes(Fernet.generate_key())
    with pytest.raises(UsageError, match="không mở được bí mật"):
        restoring.drill(backed(), PASSPHRASE, clock=office.clock)


@pytest.mark.sqlite  # a server has the pictures too: the backup fetches what is missing here
def test_a_drill_names_what_lacks_its_pictures(office: Office, backed: Backed, poster: Path):
    office.approved(
        channels="[fanpage]", media=f"[{{file: {poster.name}, alt: Áp phích ngày hội pháp luật của xã}}]"
    )
    for picture in (office.folder / "media").rglob("*.*"):
        if picture.is_file():
            picture.unlink()
    assert restoring.drill(backed(), PASSPHRASE, clock=office.clock).lacking_media == [FANPAGE]


def test_every_restore_a_store_went_through_counts(office: Office, clock: TestClock):
    database = office.workspace.database
    office.approved(channels="[fanpage]")
    first = clock.now()
    run: Any = database.run
    run(lambda c: restores.note(c, at=clock.now(), actor="backup", made_at=first))
    office.approved("hai.md", title="Hai", channels="[fanpage]")
    clock.forward(days=1)
    run(lambda c: restores.note(c, at=clock.now(), actor="backup", made_at=clock.now()))
    with database.read() as connection:
        known = restores.Restores.of(connection)
    assert [known.in_doubt_since(seq) for seq in (1, 2, 3)] == [first, clock.now(), None]


def test_release_by_command_lists_first_and_goes_when_told(
    office: Office, backed: Backed, elsewhere: Path, run_loa: Loa
):
    office.approved()
    file = backed()
    secret = {"LOA_BACKUP_PASSPHRASE": PASSPHRASE}
    told = run_loa("backup", "restore", file, elsewhere, user=None, **secret)
    assert told.code == 0, told.err
    assert "Chưa có gì được gửi đi. Có 2 lượt đăng" in told.err
    asked = run_loa("-w", elsewhere, "backup", "release", user=None)
    assert asked.code == 0
    assert "--all" in asked.err
    assert FANPAGE in asked.out
    assert "chờ người cho phép" in asked.out
    both = run_loa("-w", elsewhere, "backup", "release", FANPAGE, "--all", "--reason", "x")
    assert both.code == 2
    gone = run_loa("-w", elsewhere, "backup", "release", "--all", "--reason", "máy cũ hỏng", "--json")
    assert {v["status"] for v in gone.json} == {"unknown"}
    again = run_loa("-w", elsewhere, "backup", "release", "--all", "--reason", "máy cũ hỏng")
    assert "0 lượt đăng" in again.err
