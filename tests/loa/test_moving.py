"""`loa db move`: the same workspace on a PostgreSQL server and back in its file, row by row the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import OperationalError

from content.errors import LoaError, RefusedByRule, UsageError
from loa.cli.main import cli
from loa.services import auditing, backup, moving, restoring
from loa.services.listing import Listing, Wanted, mended
from loa.services.workspace import DATABASE_FILE, Workspace
from scheduler.status import Status
from scheduler.store import moving as store
from scheduler.store import search
from scheduler.store.database import Database
from scheduler.store.tables import audit_event, channel, delivery
from scheduler.trouble import MachineTrouble
from tests.support.office import Office

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]  # each begins with a file and wants a server

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)


@pytest.fixture
def empty(server: Any, tmp_path: Path) -> str:
    """The address of a database without any table."""
    return str(server.empty(tmp_path))


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the counted ones, in a fixed order."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in store.tables()
        }


def without_moves(told: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The audit of a moved workspace has one event more, which tells of the move."""
    events = [row for row in told["audit_event"] if "database_moved" not in row]
    return told | {"audit_event": events}


@pytest.fixture
def busy(office: Office) -> Office:
    """An office with a post that is public, one that waits, and one that somebody took down."""
    office.approved()
    office.publish_until(office.clock.now() + timedelta(days=400))
    office.approved("cho.md", id="cho", due="2028-01-05T08:00+07:00", title="Sổ đỏ và những điều cần biết")
    return office


def test_there_and_back_every_row_is_the_same(busy: Office, empty: str) -> None:
    workspace, before = busy.workspace, rows(busy.workspace.database)
    assert before["delivery"], "nothing to move: this would prove nothing"

    there = moving.move(workspace, busy.people["ky"], empty)

    assert not workspace.database.is_sqlite
    assert there.rows == sum(map(len, before.values()))
    assert without_moves(rows(workspace.database)) == before
    assert there.kept is not None
    assert there.kept.is_file()
    assert not (workspace.folder / DATABASE_FILE).exists()
    assert not mended(workspace), "counts and search came along"
    assert Listing(workspace, Wanted(search="so do")).count() == 2

    back = moving.move(workspace, busy.people["ky"], moving.FILE)

    assert workspace.database.is_sqlite
    assert back.kept is None
    assert without_moves(rows(workspace.database)) == before
    told = auditing.verify(workspace)
    assert told.whole
    assert not told.contradictions


def test_what_was_approved_before_the_move_is_published_after_it_once(busy: Office, empty: str) -> None:
    moving.move(busy.workspace, busy.people["ky"], empty)
    page = busy.server.world.pages["1001"]
    public = list(busy.server.world.public_posts(page))
    busy.publish_until(busy.clock.now() + timedelta(days=600))
    assert set(busy.statuses().values()) == {Status.PUBLISHED}
    assert len(list(busy.server.world.public_posts(page))) == len(public) + 1


def test_a_backup_of_a_server_is_restored_into_a_file_with_every_row(
    busy: Office, empty: str, tmp_path: Path
) -> None:
    moving.move(busy.workspace, busy.people["ky"], empty)
    before = rows(busy.workspace.database)
    made = backup.create(busy.workspace, tmp_path, "mot cum mat khau rat dai", proven=True)
    restored = tmp_path / "xa-khac"
    restoring.restore(Path(made.file), restored, "mot cum mat khau rat dai", clock=busy.clock)
    other = Workspace.open(restored, busy.clock)
    assert other.database.is_sqlite, "what is restored must not send from the server's database"
    after = rows(other.database)
    other.close()
    assert after["approval"] == before["approval"]
    assert after["reading"] == before["reading"]
    public = [row for row in before["delivery"] if Status.PUBLISHED in row]
    assert public
    assert [row for row in after["delivery"] if Status.PUBLISHED in row] == public


def test_new_rows_get_numbers_that_nobody_bears(busy: Office, empty: str) -> None:
    """A server's sequence begins at 1 unless it is told what was brought along."""
    moving.move(busy.workspace, busy.people["ky"], empty)
    busy.import_post("moi.md", id="moi", due="2028-02-05T08:00+07:00")
    with busy.workspace.database.read() as connection:
        numbers = connection.execute(select(delivery.c.seq)).scalars().all()
    assert len(set(numbers)) == len(numbers) == 6


def test_a_database_with_rows_in_it_is_never_written_over(busy: Office, empty: str) -> None:
    other = Database(empty)
    other.migrate()
    event = {"actor": "x", "action": "x", "subject": "x", "previous": "", "hash": ""}
    other.run(lambda c: c.execute(insert(audit_event).values(at=busy.clock.now(), **event)))
    other.close()
    with pytest.raises(RefusedByRule) as refused:
        moving.move(busy.workspace, busy.people["ky"], empty)
    assert refused.value.key == "store.not_empty"
    assert busy.workspace.database.is_sqlite


@pytest.mark.parametrize("when", ["copied", "compared"])
def test_killed_before_the_end_nothing_has_moved(
    busy: Office, empty: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(busy.workspace.database)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "install", killed) if when == "compared" else None
    progress = killed if when == "copied" else (lambda _table, _rows: None)
    with pytest.raises(KeyboardInterrupt):
        moving.move(busy.workspace, busy.people["ky"], empty, progress)
    monkeypatch.undo()
    assert rows(busy.workspace.database) == before
    target = Database(empty)
    assert store.is_empty(target)
    target.close()
    moving.move(busy.workspace, busy.people["ky"], empty)


def test_a_row_that_changed_on_the_way_is_noticed(
    busy: Office, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = store._copy

    def spoilt(table: Any, old: Any, new: Any, progress: Any) -> int:
        done = copy(table, old, new, progress)
        if table.name == "channel":
            new.execute(update(channel).values(name="Trang khác"))
        return done

    monkeypatch.setattr(store, "_copy", spoilt)
    with pytest.raises(RefusedByRule) as refused:
        moving.move(busy.workspace, busy.people["ky"], empty)
    assert refused.value.key == "store.row_differs"
    assert busy.workspace.database.is_sqlite


def test_a_value_that_only_sqlite_takes_is_named_and_nothing_is_moved(busy: Office, empty: str) -> None:
    busy.workspace.database.run(
        lambda c: c.execute(text("UPDATE delivery SET tries = 'nhiều' WHERE seq = 1"))
    )
    with pytest.raises(RefusedByRule) as refused:
        moving.move(busy.workspace, busy.people["ky"], empty)
    assert refused.value.key == "store.row_refused"
    assert "delivery" in str(refused.value)


def test_a_password_never_gets_into_the_settings(busy: Office) -> None:
    with pytest.raises(UsageError) as refused:
        moving.move(busy.workspace, busy.people["ky"], "postgresql://loa:bimat@may-chu/loa")
    assert refused.value.key == "store.password_in_address"
    assert "bimat" not in str(refused.value)


def test_a_server_that_does_not_answer_is_said_in_a_sentence(busy: Office, tmp_path: Path) -> None:
    with pytest.raises(RefusedByRule) as refused:
        moving.move(busy.workspace, busy.people["ky"], f"postgresql://loa@/loa?host={tmp_path}")
    assert refused.value.key == "store.no_answer"


def test_an_address_without_a_database_is_no_address(busy: Office) -> None:
    with pytest.raises(UsageError, match="thiếu tên cơ sở dữ liệu"):
        moving.move(busy.workspace, busy.people["ky"], "postgresql://loa@may-chu/")


def test_a_database_that_was_never_made_is_told_as_that(busy: Office, server: Any) -> None:
    with pytest.raises(MachineTrouble, match="createdb -O loa -E UTF8"):
        moving.move(busy.workspace, busy.people["ky"], server.address("chua_tao"))


def test_only_the_technician_moves_it(busy: Office, empty: str) -> None:
    with pytest.raises(RefusedByRule):
        moving.move(busy.workspace, busy.people["soan"], empty)


def test_from_the_command_line_with_all_settings_kept(busy: Office, empty: str) -> None:
    folder = busy.workspace.folder
    before = (folder / "config.toml").read_text("utf-8")
    busy.workspace.close()
    run = CliRunner().invoke
    env = {"LOA_USER": "ky", "LOA_PASSPHRASE": "mot cum mat khau"}
    moved = run(cli, ["-w", str(folder), "db", "move", empty], env=env, catch_exceptions=False)
    assert moved.exit_code == 0, moved.output
    after = (folder / "config.toml").read_text("utf-8")
    assert [one for one in after.splitlines() if not one.startswith("database")] == [
        one for one in before.splitlines() if not one.startswith("database")
    ]
    shown = run(cli, ["-w", str(folder), "db", "show"], env=env, catch_exceptions=False)
    assert "postgresql://" in shown.output
    listed = run(cli, ["-w", str(folder), "queue", "list", "--json"], env=env, catch_exceptions=False)
    assert '"cho@website"' in listed.output


def writes(database: Database) -> None:
    event = {"actor": "x", "action": "x", "subject": "x", "previous": "", "hash": ""}
    database.run(lambda c: c.execute(insert(audit_event).values(at=NOON, **event)))


def test_whoever_still_has_the_old_one_open_writes_nothing_into_it(busy: Office, empty: str) -> None:
    """A window that was not closed, or one that waited for the move: its words would be lost."""
    window = Database(busy.workspace.default_url())
    with window.read():
        moving.move(busy.workspace, busy.people["ky"], empty)
    with pytest.raises(LoaError) as refused:
        writes(window)
    assert refused.value.key == "store.left"
    window.close()


def test_another_machine_that_knows_only_the_server_cannot_send_all_again(busy: Office, empty: str) -> None:
    moving.move(busy.workspace, busy.people["ky"], empty)
    moving.move(busy.workspace, busy.people["ky"], moving.FILE)
    other = Database(empty)
    for way in (other.migrate, lambda: writes(other)):
        with pytest.raises(LoaError) as refused:
            way()
        assert refused.value.key == "store.left"
    other.close()
    writes(busy.workspace.database)


def test_nobody_writes_between_the_copy_and_the_new_address(
    busy: Office, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    write_setting = moving._write_setting

    def meanwhile(folder: Path, url: str) -> None:
        late = Database(busy.workspace.default_url())
        late.patience_ms = 1
        try:
            writes(late)
        except OperationalError:
            tried.append("waits")
        late.close()
        write_setting(folder, url)

    monkeypatch.setattr(moving, "_write_setting", meanwhile)
    moving.move(busy.workspace, busy.people["ky"], empty)
    assert tried == ["waits"]


def test_killed_on_the_way_back_it_can_be_tried_again(
    busy: Office, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving.move(busy.workspace, busy.people["ky"], empty)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        moving.move(busy.workspace, busy.people["ky"], moving.FILE)
    monkeypatch.undo()
    moving.move(busy.workspace, busy.people["ky"], moving.FILE)
    assert busy.workspace.database.is_sqlite


def test_a_file_with_rows_is_never_written_over(busy: Office, empty: str) -> None:
    moved = moving.move(busy.workspace, busy.people["ky"], empty)
    assert moved.kept is not None
    moved.kept.rename(busy.workspace.folder / DATABASE_FILE)
    with pytest.raises(RefusedByRule) as refused:
        moving.move(busy.workspace, busy.people["ky"], moving.FILE)
    assert refused.value.key == "store.file_there"


@pytest.mark.parametrize("key", ["password", "sslpassword"])
def test_a_password_behind_the_question_mark_is_one_too(busy: Office, key: str) -> None:
    with pytest.raises(UsageError) as refused:
        moving.move(busy.workspace, busy.people["ky"], f"postgresql://loa@may-chu/loa?{key}=bimat")
    assert refused.value.key == "store.password_in_address"


@pytest.mark.parametrize("head", ['tu = [\n["a"],\n]\n', 'tu = """\n[x]\n"""\n'])
def test_settings_that_the_line_would_break_are_told_before_anything_moves(
    busy: Office, empty: str, head: str
) -> None:
    file = busy.workspace.folder / "config.toml"
    rest = "\n".join(one for one in file.read_text("utf-8").splitlines() if not one.startswith("database"))
    file.write_text(head + rest, "utf-8")
    with pytest.raises(UsageError) as refused:
        moving.move(busy.workspace, busy.people["ky"], empty)
    assert refused.value.key == "store.setting_unwritten"
    assert file.read_text("utf-8") == head + rest
    assert busy.workspace.database.is_sqlite
