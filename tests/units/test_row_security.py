"""What a unit's login sees: its own rows of every table there is, whoever asks and however."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, ProgrammingError

from content.errors import LoaError, NotFound, RefusedByRule
from loa.services import (
    approving,
    auditing,
    calendar,
    channels,
    deliveries,
    health,
    overview,
    people,
    posts,
    publishing,
    stopping,
)
from loa.services.workspace import Workspace
from scheduler.store import row_security, tally, word_index
from scheduler.store.tables import METADATA, UtcTime, delivery, post, unit_login
from tests.units.conftest import Province

FOR_ALL = {"unit", "heartbeat", "checked", "note", "media_part", "machine"}
"""Of no unit: names of units and machines, how the publisher does, notes by their proof, media by digest."""
TABLES = [one for one in METADATA.sorted_tables if one.name in row_security.RULES]
NOW = datetime(2026, 11, 8, tzinfo=UTC)


def filled(connection: Connection, unit: str) -> None:
    """A row of this unit in every table, made from the columns: a table that is new is filled by itself."""
    made: dict[str, dict[str, Any]] = {}
    for table in METADATA.sorted_tables:
        if table.name in (tally.delivery_tally.name, unit_login.name, "unit", "note"):  # notes are a chain
            continue
        values = {
            column.name: _value(column, made, unit) for column in table.columns if not _by_itself(column)
        }
        connection.execute(insert(table).values(values))
        keys = [getattr(table.c, name) for name in values]
        row = (
            connection.execute(select(table).where(*(key == values[key.name] for key in keys)))
            .mappings()
            .first()
        )
        assert row is not None, table.name
        made[table.name] = dict(row)


def _by_itself(column: Any) -> bool:
    return column.nullable or (
        column.primary_key
        and isinstance(column.type, Integer)
        and not column.foreign_keys
        and len(column.table.primary_key) == 1
    )


def _value(column: Any, made: dict[str, dict[str, Any]], unit: str) -> Any:
    if column.foreign_keys:
        there = next(iter(column.foreign_keys)).column
        return made[there.table.name][there.name]
    if column.name == "unit":
        return unit
    if isinstance(column.type, UtcTime):
        return NOW
    if isinstance(column.type, LargeBinary):
        return b"x"
    if isinstance(column.type, Boolean):
        return True
    return 7 if isinstance(column.type, Integer) else f"{column.table.name}-{unit}"


def counted(workspace: Workspace, table: Table) -> int:
    with workspace.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_every_table_of_the_database_has_its_rule(province: Province):
    """A table that is added later belongs to `row_security.RULES`, or to one of the lists with a reason."""
    there = province.sql("SELECT relname, relrowsecurity FROM pg_class WHERE relkind IN ('r', 'p')"
                         " AND relnamespace = 'public'::regnamespace")  # fmt: skip
    exceptions = {**row_security.LOOKED_AT, **row_security.OWNERS}
    unruled = {name for name, _ in there} - row_security.RULES.keys() - exceptions.keys()
    assert not unruled, "say in scheduler.store.row_security whose rows they are"
    assert {name for name, on in there if on} == row_security.RULES.keys()
    assert all(exceptions.values()), "each exception with its reason"


def test_a_units_login_may_touch_nothing_that_has_no_rule(province: Province):
    login = province.a.workspace.database.url.username
    granted = province.sql(
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace ="
        " 'public'::regnamespace AND has_table_privilege(%s, c.oid, 'SELECT, INSERT, UPDATE, DELETE')",
        login,
    )
    allowed = {*row_security.RULES, *row_security.LOOKED_AT, word_index.VIEW}
    assert {name for (name,) in granted} <= allowed
    views = province.sql("SELECT relname, reloptions FROM pg_class WHERE relkind = 'v'"
                         " AND relnamespace = 'public'::regnamespace")  # fmt: skip
    assert all("security_invoker=true" in (options or []) for _, options in views), views


def test_no_table_shows_a_row_of_another_unit_nor_lets_it_be_changed(province: Province):
    province.house.workspace.database.run(lambda c: filled(c, "00002"))
    seen = {
        desk.code: {one.name: counted(desk.workspace, one) for one in TABLES}
        for desk in (province.a, province.b)
    }
    for table in TABLES:
        if table.name in FOR_ALL:
            continue
        with province.house.workspace.database.read() as connection:
            whole = connection.execute(select(func.count()).select_from(table)).scalar_one()
        assert seen["00002"][table.name] > 0, f"{table.name}: a unit does not see its own"
        own = seen["00001"][table.name]
        assert own + seen["00002"][table.name] <= whole, f"{table.name}: a row is seen by two"
        with province.a.workspace.database.read() as connection:
            for change in (update(table).values({next(iter(table.columns)).name: None}), delete(table)):
                with suppress(ProgrammingError):  # no right to it at all, which is as good
                    connection.execute(change.where(text(_theirs(table))))
    for table in TABLES:
        assert counted(province.b.workspace, table) >= seen["00002"][table.name], (
            f"{table.name}: rows are gone"
        )


def _theirs(table: Table) -> str:
    return f"{table.name}.unit = '00002'" if "unit" in table.c else "true"


def test_nobody_writes_a_row_under_another_units_name(province: Province):
    values = {
        "id": "gia",
        "title": "x",
        "kind": "hoi_dap",
        "contributors": "x",
        "created_at": NOW,
        "updated_at": NOW,
    }
    with pytest.raises(RefusedByRule, match="đơn vị khác"):
        province.a.workspace.database.run(lambda c: c.execute(insert(post).values(**values, unit="00002")))
    theirs = province.b.draft()
    foreign = dict.fromkeys(("id", "marker"), "x") | dict.fromkeys(("fence", "tries", "looks", "reads"), 0)
    foreign |= {"post_id": theirs, "channel_id": province.b.channel, "status": "draft"}
    foreign |= dict.fromkeys(("created_at", "updated_at"), NOW)
    with pytest.raises(RefusedByRule, match="đơn vị khác"):
        province.a.workspace.database.run(
            lambda c: c.execute(insert(delivery).values(**foreign, unit="00001"))
        )


def test_the_services_show_nothing_of_another_unit(province: Province):
    a, b = province.a, province.b
    b.approved("bi-mat.md", title="Chuyện riêng của xã Hai")
    stopping.start(b.workspace, b.people["ky"], "tag", "riêng", "chờ")
    for workspace in (a.workspace, province.own()):
        assert posts.listing(workspace) == []
        assert posts.listing(workspace, search="chuyen rieng") == []
        assert deliveries.listing(workspace) == []
        assert stopping.listing(workspace) == []
        assert b.channel not in {one.id for one in channels.listing(workspace)}
        assert not {one.name for one in people.listing(workspace)} & {one.name for one in b.people.values()}
        month = calendar.month(workspace, date(2026, 11, 1))
        told = repr(
            (month, auditing.listing(workspace), overview.overview(workspace), health.examine(workspace))
        )
        assert "bi-mat" not in told
        assert "Chuyện riêng" not in told
        with workspace.database.read() as connection:
            assert tally.counts(connection) == {}
        with pytest.raises(NotFound) as met:
            posts.get(workspace, "bi-mat")
        assert "bi-mat@" not in str(met.value)
    assert [one.id for one in posts.listing(b.workspace, search="chuyen rieng")] == ["bi-mat"]
    assert [one.id for one in posts.listing(province.house.workspace)] == ["bi-mat"]


def test_what_another_unit_does_with_it_says_that_there_is_no_such_post(province: Province):
    province.b.submitted("bi-mat.md")
    a = province.a
    for tried in (
        lambda: approving.approve(a.workspace, a.people["duyet"], "bi-mat"),
        lambda: approving.withdraw(a.workspace, a.people["duyet"], "bi-mat", "phá"),
        lambda: deliveries.dossier(a.workspace, f"bi-mat@{province.b.channel}"),
    ):
        with pytest.raises(LoaError):
            tried()
    assert posts.get(province.b.workspace, "bi-mat").status == "in_review"


def test_two_units_may_call_a_post_the_same_and_neither_learns_of_the_other(province: Province):
    assert province.a.draft("ngay-phap-luat.md", title="Của xã Một") == "ngay-phap-luat"
    assert province.b.draft("ngay-phap-luat.md", title="Của xã Hai") == "dv00002-ngay-phap-luat"
    assert province.b.draft("ngay-phap-luat.md", title="Của xã Hai, sửa") == "dv00002-ngay-phap-luat"
    assert province.house.draft("ngay-phap-luat.md", title="Của tỉnh") == "nha-ngay-phap-luat"
    assert posts.get(province.a.workspace, "ngay-phap-luat").title == "Của xã Một"
    assert [one.title for one in posts.listing(province.b.workspace)] == ["Của xã Hai, sửa"]


def test_a_taken_name_is_told_with_one_that_is_free_and_not_whose_it_is(province: Province):
    a, b = province.a, province.b
    where = {"folder": "khac"}
    with pytest.raises(RefusedByRule, match="dv00001-web00002") as met:
        channels.add(a.workspace, a.people["ky"], b.channel, platform="website", settings=where, secrets={})
    assert "Xã Hai" not in str(met.value)
    with pytest.raises(RefusedByRule, match="dv00001-soan00002"):
        people.add(
            a.workspace, a.people["ky"], "soan00002", full_name="x", roles=["drafter"], passphrase="m" * 20
        )


def test_numbers_that_people_say_are_given_once_for_all_units(province: Province):
    first = stopping.start(province.a.workspace, province.a.people["ky"], "tag", "x", "chờ").freeze
    second = stopping.start(province.b.workspace, province.b.people["ky"], "tag", "x", "chờ").freeze
    assert (first.id, second.id) == (1, 2)
    assert {first.unit, second.unit} == {"00001", "00002"}


def test_each_unit_verifies_a_record_of_its_own_and_the_house_all_of_them(province: Province):
    a, b = province.a, province.b
    a.approved("mot.md")
    b.approved("hai.md")
    a.draft("ba.md")
    for desk in (a, b, province.house):
        desk.workspace.note_audit()
        assert auditing.verify(desk.workspace).broken_at is None
        assert auditing.verify(desk.workspace).cut_at is None
    gone = province.sql("DELETE FROM audit_event WHERE unit = '00001' AND action = 'approved' RETURNING id")
    assert gone
    assert auditing.verify(a.workspace).broken_at is not None
    assert auditing.verify(province.house.workspace).broken_at is not None
    assert auditing.verify(b.workspace).broken_at is None


def test_an_event_cannot_be_moved_into_another_units_record(province: Province):
    province.a.draft("mot.md")
    province.sql("UPDATE audit_event SET unit = '00002' WHERE unit = '00001'")
    assert auditing.verify(province.house.workspace).broken_at is not None


def test_the_record_of_a_unit_cannot_be_rewritten_by_its_own_login(province: Province):
    for statement in ("UPDATE audit_event SET actor = 'ai'", "DELETE FROM audit_event"):
        with (
            province.a.workspace.database.read() as connection,
            pytest.raises(DBAPIError, match="permission"),
        ):
            connection.exec_driver_sql(statement)


def test_what_the_publisher_does_stands_in_the_units_own_record(province: Province):
    province.a.approved("mot.md", due="2026-11-09T07:00+07:00")
    province.pin(province.a)
    province.office.publish_until(datetime.fromisoformat("2026-11-09T07:05+07:00"))
    delivery_id = f"mot@{province.a.channel}"
    assert deliveries.dossier(province.a.workspace, delivery_id).delivery.status == "published"
    assert "published" in {one.action for one in auditing.listing(province.a.workspace, subject=delivery_id)}
    assert auditing.verify(province.a.workspace).broken_at is None


def test_a_units_connection_runs_no_publisher(province: Province):
    with pytest.raises(RefusedByRule, match="bộ đăng bài"), publishing.publisher(province.a.workspace):
        pass


def test_a_login_that_no_unit_knows_sees_nothing(province: Province):
    province.a.draft("mot.md")
    province.sql("DELETE FROM unit_login WHERE unit = '00001'")
    assert posts.listing(province.a.workspace) == []
    assert people.listing(province.a.workspace) == []


def test_a_table_of_the_sessions_own_does_not_stand_for_one_of_ours(province: Province):
    """A login may make temporary tables; the functions that say who it is must not look at them."""
    province.b.draft("bi-mat.md")
    with province.a.workspace.database.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TEMP TABLE unit_login (login text, unit text)")
        connection.exec_driver_sql("INSERT INTO unit_login VALUES (session_user, '00002')")
        assert connection.exec_driver_sql("SELECT loa_unit()").scalar() == "00001"
        assert connection.exec_driver_sql("SELECT count(*) FROM post").scalar() == 0
