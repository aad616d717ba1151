"""What whoever holds a unit's password can do by hand: nothing that keeps the others, or the publisher, from
their work."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from content.errors import RefusedByRule
from content.variant import MediaRef
from loa.services import blackouts, deliveries, stopping
from loa.services.workspace import Workspace
from scheduler import mediaparts, presence
from scheduler.store import evicting, row_security, tally
from scheduler.store.database import Database
from scheduler.store.tables import audit_event, blackout, delivery, freeze, media_part
from tests.units.conftest import Province

NOW = datetime.fromisoformat("2026-11-08T07:00+07:00")
DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:05+07:00")
LARGEST = 2**31 - 1
NO_RIGHT = r"permission denied|row-level security"


def by_hand(workspace: Workspace, statement: Any) -> None:
    with workspace.database.engine.begin() as connection:
        connection.execute(statement)


def refused(workspace: Workspace, *statements: Any) -> None:
    for one in statements:
        with pytest.raises(DBAPIError, match=NO_RIGHT):
            by_hand(workspace, one)


def a_freeze(number: int, **more: Any) -> dict[str, Any]:
    told = {"scope": "all", "target": "", "reason": "x", "officer": "x", "at": NOW, "unit": "00001"}
    return {"id": number, **told, "lifted_by": "", "lift_reason": "", **more}


def test_no_number_is_so_large_that_the_province_can_stop_nothing_any_more(province: Province):
    """An emergency stop takes the number after the largest; after the largest of all there is none."""
    a, house = province.a, province.house
    day = {"name": "x", "begins_at": NOW, "ends_at": NOW, "officer": "x", "at": NOW, "unit": "00001"}
    day |= {"scopes": "[]", "removed_by": "", "remove_reason": ""}
    refused(
        a.workspace,
        *(insert(freeze).values(a_freeze(number)) for number in (LARGEST, 999_999_999, 0, -5)),
        insert(blackout).values(**day, id=LARGEST),
    )
    mine = stopping.start(a.workspace, a.people["ky"], "all", "", "chờ").freeze
    refused(a.workspace, text(f"UPDATE freeze_order SET id = {LARGEST} WHERE id = {mine.id}"))
    assert stopping.start(house.workspace, house.people["ky"], "all", "", "quốc tang").freeze.id == 2
    monday = date(2026, 11, 9)
    assert blackouts.add(house.workspace, house.people["ky"], monday, monday, "Giỗ").blackout.id == 1


def test_there_is_an_end_to_what_one_unit_makes_every_claim_read(province: Province):
    a = province.a
    many = [a_freeze(number) for number in range(1, row_security.GAP + 1)]
    for begin in range(0, row_security.MOST_STANDING, row_security.GAP):
        by_hand(a.workspace, insert(freeze).values([one | {"id": one["id"] + begin} for one in many]))
    refused(a.workspace, insert(freeze).values(a_freeze(row_security.MOST_STANDING + 1)))
    stopping.lift(province.house.workspace, province.house.people["ky"], 7, "xong")
    refused(a.workspace, insert(freeze).values(a_freeze(1_002, target="x" * 100_000)))
    by_hand(a.workspace, insert(freeze).values(a_freeze(1_002)))


def test_no_unit_takes_the_numbers_that_the_server_is_about_to_give(province: Province):
    """Else the publisher's next row of that table would meet one with its number, and fail."""
    a = province.a
    a.draft("mot.md", due=DUE)
    told = {"at": NOW, "actor": "x", "action": "x", "subject": "x", "previous": "", "hash": "x"}
    refused(
        a.workspace,
        insert(audit_event).values(**told, unit="00001", id=10_000),
        text("UPDATE delivery SET seq = 10000"),
        text("UPDATE delivery SET id = 'mot@web00002'"),
    )


def test_a_delivery_of_ones_own_never_stands_in_anothers_lane(province: Province):
    a, b = province.a, province.b
    a.approved("mot.md", due=DUE)
    province.pin(a, b)
    refused(a.workspace, text(f"UPDATE delivery SET channel_id = '{b.channel}'"))
    with a.workspace.database.read() as connection:
        row = dict(connection.execute(select(delivery)).mappings().one())
    row |= {"id": f"mot@{b.channel}", "channel_id": b.channel, "marker": "f" * 20}
    del row["seq"]
    refused(a.workspace, insert(delivery).values(row))
    refused(a.workspace, insert(delivery).values(row | {"channel_id": province.house.channel}))


def test_a_row_is_no_larger_than_what_the_publisher_can_hold(province: Province):
    province.a.approved("mot.md", due=DUE)
    refused(province.a.workspace, text("UPDATE delivery SET last_error = repeat('x', 20000000)"))
    province.pin(province.a)
    province.office.publish_until(AFTER)
    assert (
        deliveries.dossier(province.a.workspace, f"mot@{province.a.channel}").delivery.status == "published"
    )


def test_who_knows_a_pictures_digest_cannot_spoil_it_for_the_others(province: Province):
    """Every unit that was offered a post knows its pictures' digests."""
    a, b, house = (one.workspace for one in (province.a, province.b, province.house))
    body = b"anh" * 700_000
    ref = _ref(house, body)
    house.media.bring(ref)
    piece = {"sha256": ref.sha256, "added_at": NOW, "body": b"x"}
    for tried in (
        text("UPDATE media_part SET body = 'x'"),
        text("DELETE FROM media_part"),
        insert(media_part).values(**piece, number=3, of=3),
        insert(media_part).values(**piece, number=-1, of=3),
        insert(media_part).values(**(piece | {"body": b"x" * 2_000_000}), number=3, of=9),
    ):
        with pytest.raises(DBAPIError, match=NO_RIGHT):
            about(a, ref, tried)
    # one that hangs on behind, as if there were more of it
    about(a, ref, insert(media_part).values(**piece, number=3, of=9))
    assert b.media.fetch(ref)
    with house.database.read() as connection:
        assert ref.sha256 in mediaparts.known(connection)


def about(workspace: Workspace, ref: MediaRef, statement: Any) -> None:
    """By hand, by whoever knows a digest."""
    with workspace.database.engine.begin() as connection:
        asked = text("SELECT set_config('loa.media', :digests, true)")
        connection.execute(asked, {"digests": ref.sha256})
        connection.execute(statement)


def _ref(workspace: Workspace, body: bytes) -> MediaRef:
    digest = hashlib.sha256(body).hexdigest()
    ref = MediaRef(sha256=digest, name="anh.png", mime="image/png", size_bytes=len(body))
    file = workspace.media.path(ref)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    return ref


# ---- locks that are held for ever


def impatient(province: Province) -> None:
    province.house.workspace.database.patience_ms = 100


@pytest.mark.parametrize(
    "taken",
    [
        "SELECT pg_advisory_lock(4256)",
        "SELECT pg_advisory_lock_shared(266)",
        "BEGIN; SELECT pg_advisory_xact_lock(4256)",
        "BEGIN; SELECT 1 FROM delivery FOR UPDATE",
    ],
    ids=["session", "audit", "transaction", "rows"],
)
def test_a_lock_that_a_unit_never_gives_back_stops_the_publisher_for_a_moment(
    province: Province, monkeypatch: pytest.MonkeyPatch, taken: str
):
    monkeypatch.setattr(evicting, "_STUCK", evicting._STUCK.replace("60 s", "0 s"))
    province.a.approved("mot.md", due=DUE)
    province.pin(province.a)
    with by_psql(province) as connection:
        connection.execute(taken)
        impatient(province)

        def anything(c: Any) -> None:
            c.execute(text("SELECT pg_advisory_xact_lock(266)"))
            c.execute(text("UPDATE delivery SET updated_at = updated_at"))

        with pytest.raises(OperationalError):
            province.house.workspace.database.run(anything)
        province.house.workspace.database.run(anything)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    province.office.publish_until(AFTER)
    assert (
        deliveries.dossier(province.a.workspace, f"mot@{province.a.channel}").delivery.status == "published"
    )


def test_a_transaction_that_is_not_old_or_only_reads_is_left_alone(province: Province):
    """Sixty seconds are what our own sessions allow themselves; a backup reads for as long as it takes."""
    with by_psql(province) as connection:
        connection.execute("BEGIN; SELECT pg_advisory_xact_lock(4256)")
        assert evicting.end_stuck(province.house.workspace.database.engine) == 0
        connection.execute("COMMIT; BEGIN; SELECT count(*) FROM post")
        assert evicting.end_stuck(province.house.workspace.database.engine) == 0
        assert evicting.end_stuck(province.b.workspace.database.engine) == 0
        connection.execute("SELECT 1")


def test_no_unit_keeps_the_publisher_from_starting_by_holding_its_place(province: Province):
    with by_psql(province) as connection:
        connection.execute(f"SELECT pg_advisory_lock({presence.PUBLISHER})")
        lock = presence.PublisherLock(province.house.workspace.database)
        lock.take(NOW)
        second = presence.PublisherLock(province.house.workspace.database)
        with pytest.raises(RefusedByRule):
            second.take(NOW)
        lock.release()


def by_psql(province: Province) -> psycopg.Connection[Any]:
    """Another program than ours, with a unit's password."""
    url = province.a.workspace.database.url.set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


# ---- rules that were changed without a migration


def older(province: Province, mark: str = "") -> None:
    """As a database stands that an earlier Loa brought to this revision."""
    province.sql("DROP POLICY loa_see ON post")
    province.sql("CREATE POLICY loa_see ON post FOR SELECT USING (true)")
    login = province.a.workspace.database.url.username
    province.sql(f"GRANT DELETE ON audit_event TO {login}")
    province.sql("DROP FUNCTION tally_new() CASCADE")
    province.sql(f"COMMENT ON FUNCTION loa_unit() IS '{mark}'")


def seen_by_a(province: Province) -> int:
    with province.a.workspace.database.read() as connection:
        return connection.execute(text("SELECT count(*) FROM post")).scalar_one()


def reopened(workspace: Workspace) -> None:
    database = Database(workspace.database.url.render_as_string(hide_password=False))
    database.migrate()
    database.close()


@pytest.mark.parametrize("mark", ["", "loa 0 abc", f"loa {row_security.EDITION} abc", "khác"])
def test_older_rules_are_brought_up_to_date_when_the_house_opens(province: Province, mark: str):
    province.b.draft("bi-mat.md")
    older(province, mark)
    reopened(province.a.workspace)
    assert seen_by_a(province) == 1, "a unit's login can put nothing right"
    reopened(province.house.workspace)
    assert seen_by_a(province) == 0
    refused(province.a.workspace, text("DELETE FROM audit_event"))
    province.a.draft("mot.md")
    with province.house.workspace.database.read() as connection:
        assert tally.is_right(connection)
        assert not row_security.must_be_renewed(connection)


def test_rules_of_a_newer_loa_stay(province: Province):
    older(province, f"loa {row_security.EDITION + 1} abc")
    with province.house.workspace.database.read() as connection:
        assert not row_security.must_be_renewed(connection)


def test_of_two_machines_that_open_at_once_one_renews_and_the_other_finds_it_done(province: Province):
    older(province)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: reopened(province.house.workspace), range(4)))
    province.b.draft("bi-mat.md")
    assert seen_by_a(province) == 0


def test_who_is_reading_keeps_nobody_from_opening(province: Province):
    """Making rules anew needs each table alone: it gives way, and the next start does it."""
    older(province)
    with province.a.workspace.database.instant() as connection:
        connection.execute(text("SELECT count(*) FROM post"))
        reopened(province.house.workspace)
    assert seen_by_a(province) == 0
    reopened(province.house.workspace)
    with province.house.workspace.database.read() as connection:
        assert not row_security.must_be_renewed(connection)


RULES_OF = {1: "0df7416019f2f28d"}
"""What `row_security.digest()` was when the edition was given."""


@pytest.mark.sqlite
def test_a_change_of_the_rules_is_another_edition():
    told = f"raise EDITION in scheduler.store.row_security, and note {row_security.digest()} here"
    assert RULES_OF.get(row_security.EDITION) == row_security.digest(), told
