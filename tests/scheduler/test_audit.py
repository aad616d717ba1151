"""P7: whoever changes, removes, moves or slips in a row of the audit is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from scheduler import audit
from scheduler.store.database import Database
from tests.support.office import Office

START = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
ROWS = 9


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'loa.db'}")
    made.migrate()
    for number in range(ROWS):
        made.run(lambda c, n=number: note(c, n))  # type: ignore[misc]
    yield made
    made.close()


def note(connection, number: int) -> None:
    audit.record(
        connection,
        at=START + timedelta(minutes=number),
        actor="duyệt" if number % 2 else "soạn",
        action="approved",
        subject=f"bai-{number}@fanpage",
        seal=f"{number:064x}",
        reason="Đúng tên, đúng số “22/2026/NĐ-CP”",
    )


def first_broken(database: Database) -> int | None:
    with database.read() as connection:
        return audit.broken_link(connection)


def tamper(database: Database, *statements: str) -> None:
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def test_an_untouched_chain_is_whole(database: Database):
    assert first_broken(database) is None


def test_an_empty_one_too(tmp_path: Path):
    fresh = Database(f"sqlite:///{tmp_path / 'moi.db'}")
    fresh.migrate()
    assert first_broken(fresh) is None
    fresh.close()


def test_the_chain_of_a_real_day_is_whole(office: Office):
    office.approved()
    office.publish_until(START + timedelta(hours=2))
    assert first_broken(office.workspace.database) is None
    with office.workspace.database.read() as connection:
        actions = set(connection.exec_driver_sql("SELECT action FROM audit_event").scalars())
    assert {"imported", "submitted", "approved", "published", "channel_added", "officer_added"} <= actions


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "'2026-11-09 00:03:00.000001'"),
        ("actor", "'nguoi-khac'"),
        ("action", "'rejected'"),
        ("subject", "'bai-4@website'"),
        ("detail", "'{}'"),
        ("detail", "replace(detail, '22/2026', '23/2026')"),
        ("hash", f"'{'0' * 64}'"),
        ("previous", f"'{'0' * 64}'"),
    ],
)
def test_an_altered_row_is_found_whichever_column_it_was(database: Database, column: str, value: str):
    tamper(database, f"UPDATE audit_event SET {column} = {value} WHERE id = 4")
    assert first_broken(database) == 4


@pytest.mark.parametrize("gone", [1, 4, ROWS - 1])
def test_a_removed_row_is_found_at_the_one_after_it(database: Database, gone: int):
    tamper(database, f"DELETE FROM audit_event WHERE id = {gone}")
    assert first_broken(database) == gone + 1


def test_rows_that_changed_places_are_found(database: Database):
    tamper(
        database,
        "UPDATE audit_event SET id = -1 WHERE id = 3",
        "UPDATE audit_event SET id = 3 WHERE id = 5",
        "UPDATE audit_event SET id = 5 WHERE id = -1",
    )
    assert first_broken(database) == 3


def test_a_row_that_was_slipped_in_is_found_even_with_a_hash_that_fits_the_one_before(database: Database):
    """Whoever knows the recipe can forge one link; the next one gives it away."""
    with database.read() as connection:
        previous = connection.exec_driver_sql("SELECT hash FROM audit_event WHERE id = 4").scalar()
    at = START + timedelta(minutes=3, seconds=30)
    forged = audit.chain(str(previous), at, "duyệt", "approved", "bai-99@fanpage", "{}")
    tamper(
        database,
        *(f"UPDATE audit_event SET id = {n + 1} WHERE id = {n}" for n in range(ROWS, 4, -1)),
        "INSERT INTO audit_event (id, at, actor, action, subject, detail, previous, hash) VALUES "
        f"(5, '{at:%Y-%m-%d %H:%M:%S}.000000', 'duyệt', 'approved', 'bai-99@fanpage', '{{}}', "
        f"'{previous}', '{forged}')",
    )
    assert first_broken(database) == 6


def test_a_rolled_back_change_leaves_no_event(database: Database):
    with pytest.raises(RuntimeError):
        database.run(fail_after_noting)
    assert first_broken(database) is None
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM audit_event").scalar() == ROWS


def fail_after_noting(connection) -> None:
    note(connection, 99)
    raise RuntimeError


def test_the_zone_a_time_was_given_in_does_not_matter_to_the_chain():
    here = START.astimezone(timezone(timedelta(hours=7)))
    assert audit.chain("0", here, "a", "b", "c", "{}") == audit.chain("0", START, "a", "b", "c", "{}")


def test_fields_cannot_be_shifted_into_each_other():
    assert audit.chain("0", START, "ab", "c", "d", "{}") != audit.chain("0", START, "a", "bc", "d", "{}")
