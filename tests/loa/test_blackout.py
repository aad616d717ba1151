"""Days entered ahead: what is due inside and covered stays back until a person says go after their end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from loa import agefile
from loa.services import (
    acting,
    aftermath,
    approving,
    auditing,
    backup,
    blackouts,
    calendar,
    campaigns,
    channels,
    deciding,
    posts,
    releasing,
    restoring,
    stopping,
)
from loa.services.blackouts import Added
from scheduler import witness
from scheduler.blackouts import Period
from scheduler.publisher import LOOK_AT_HELD_EVERY
from tests.loa.conftest import Loa
from tests.support.office import Office

DAY = date(2026, 11, 24)
DUE = datetime.fromisoformat("2026-11-24T07:00+07:00")
OVER = datetime.fromisoformat("2026-11-26T00:00+07:00")
FANPAGE = "bai@fanpage"
LATE = "2026-11-30T07:00+07:00"
"""A deadline long after the days, so that nothing is held for being late."""


def enter(
    office: Office, first: date = DAY, days: int = 2, name: str = "Quốc tang", **named: list[str]
) -> Added:
    covers = blackouts.scopes(everything=not named, **named)  # type: ignore[arg-type]
    last = first + timedelta(days=days - 1)
    return blackouts.add(office.workspace, office.people["ky"], first, last, name, covers)


def planned(office: Office, name: str = "bai.md", due: datetime = DUE, **keys: str) -> str:
    return office.approved(name, due=due.isoformat(), **{"deadline": LATE, **keys})


def state(office: Office, delivery: str = FANPAGE) -> tuple[str, str]:
    view = office.view(delivery)
    return view.status, view.last_error


def public(office: Office) -> int:
    return int(office.server.ledger(arrivals=False)["total"]["public"])


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.exec_driver_sql(statement))


# ---- what stays back


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ({}, {"bai@website", FANPAGE}),
        ({"kinds": ["Hỏi đáp"]}, {"bai@website", FANPAGE}),
        ({"kinds": ["cuoc_thi"]}, set()),
        ({"tags": ["giải trí"]}, {"bai@website", FANPAGE}),
        ({"tags": ["GIAI TRI"]}, {"bai@website", FANPAGE}),
        ({"tags": ["hộ tịch"]}, set()),
        ({"channels": ["fanpage"]}, {FANPAGE}),
        ({"kinds": ["cuoc_thi"], "channels": ["website"]}, {"bai@website"}),
    ],
)
def test_what_is_due_inside_and_covered_is_held_and_the_rest_goes_out(
    office: Office, named: dict[str, list[str]], held: set[str]
):
    planned(office, tags="[Giải trí]")
    assert set(enter(office, **named).covered) == held
    office.publish_until(DUE + timedelta(hours=1))
    statuses = office.statuses()
    assert {name for name, status in statuses.items() if status == "held"} == held
    assert {name for name, status in statuses.items() if status == "published"} == set(statuses) - held
    assert all(state(office, name)[1] == "blackout" for name in held)


@pytest.mark.parametrize(
    ("due", "status"),
    [
        ("2026-11-23T23:59+07:00", "published"),
        ("2026-11-24T00:00+07:00", "held"),
        ("2026-11-25T23:59+07:00", "held"),
        ("2026-11-26T00:00+07:00", "published"),
    ],
)
def test_its_days_begin_and_end_at_midnight_where_the_unit_is(office: Office, due: str, status: str):
    enter(office)
    planned(office, due=datetime.fromisoformat(due))
    office.publish_until(OVER + timedelta(hours=1))
    assert state(office)[0] == status


def test_what_is_late_does_not_slip_into_it(office: Office):
    planned(office, due=DUE - timedelta(days=1))
    enter(office)
    office.clock.instant = DUE  # the publisher was off the day before
    office.publish_until(DUE + timedelta(hours=1))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


# ---- nothing goes by itself afterwards


def test_when_it_is_over_nothing_is_released_and_a_person_lets_it_go_once(office: Office):
    planned(office)
    enter(office)
    office.publish_until(OVER + timedelta(days=1))
    assert state(office) == ("held", "blackout")
    deciding.retry(office.workspace, office.people["ky"], FANPAGE)
    office.publish_until(OVER + timedelta(days=2))
    assert (state(office)[0], public(office)) == ("published", 1)


def test_nor_is_it_when_nobody_looked_all_the_time(office: Office):
    planned(office)
    enter(office)
    office.clock.instant = OVER + timedelta(hours=3)  # the machine was off
    office.publish_until(OVER + timedelta(hours=4))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


def test_nor_by_a_channel_that_works_again(office: Office):
    planned(office, due=DUE - timedelta(days=1), channels="[fanpage]")
    enter(office)
    office.clock.instant = DUE  # late, so that only the day itself keeps it back
    office.publish_until(DUE + timedelta(hours=1))
    sql(office, "UPDATE channel SET state = 'stopped', state_reason = 'mất quyền' WHERE id = 'fanpage'")
    office.clock.instant = OVER + timedelta(hours=1)
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok
    office.publish_until(OVER + timedelta(hours=2))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


def test_a_go_that_was_given_before_the_end_is_none(office: Office):
    planned(office)
    office.clock.instant = DUE - timedelta(hours=2)
    deciding.move(
        office.workspace, office.people["duyet"], FANPAGE, (DUE + timedelta(minutes=30)).isoformat()
    )
    enter(office)
    office.clock.instant = OVER + timedelta(hours=3)
    office.publish_until(OVER + timedelta(hours=4))
    assert state(office) == ("held", "blackout")


def test_while_it_lasts_a_go_is_refused_with_the_way_out(office: Office):
    planned(office)
    enter(office)
    office.publish_until(DUE + timedelta(hours=1))
    with pytest.raises(RefusedByRule, match="đến hết 25/11/2026"):
        deciding.retry(office.workspace, office.people["ky"], FANPAGE)


def test_moved_behind_it_within_what_was_approved_it_goes_out_at_its_new_minute(office: Office):
    planned(office)
    enter(office)
    office.publish_until(DUE + timedelta(hours=1))
    later = OVER + timedelta(hours=7)
    deciding.move(office.workspace, office.people["ky"], FANPAGE, later.isoformat(), "sau quốc tang")
    office.publish_until(later - timedelta(minutes=1))
    assert public(office) == 0
    office.publish_until(later + timedelta(hours=1))
    assert (state(office)[0], public(office)) == ("published", 1)


def test_all_that_it_held_can_be_let_go_together(office: Office):
    planned(office)
    enter(office)
    office.publish_until(OVER + timedelta(hours=1))
    waiting = [v for v in aftermath.left(office.workspace).views if aftermath.kind_of(v, OVER) == "blackout"]
    assert {view.id for view in waiting} == {"bai@website", FANPAGE}
    done = aftermath.decide_together(office.workspace, office.people["ky"], "retry", waiting)
    assert [one.trouble for one in done] == ["", ""]
    office.publish_until(OVER + timedelta(hours=2))
    assert set(office.statuses().values()) == {"published"}


def test_to_have_it_looked_at_once_more_is_no_go(office: Office):
    planned(office, channels="[fanpage]")
    enter(office)
    office.publish_until(DUE + timedelta(hours=1))
    sql(office, "UPDATE delivery SET status = 'unknown', wake_at = NULL")  # stands for an unclear answer
    office.clock.instant = OVER + timedelta(hours=1)
    deciding.settle(office.workspace, office.people["ky"], FANPAGE)
    office.publish_until(OVER + timedelta(hours=2))
    assert (state(office), public(office)) == (("held", "blackout"), 0)
    deciding.retry(office.workspace, office.people["ky"], FANPAGE)
    office.publish_until(OVER + timedelta(hours=3))
    assert (state(office)[0], public(office)) == ("published", 1)


def test_a_drafter_may_move_it_behind_the_days_and_it_still_waits_for_a_go(office: Office):
    planned(office, channels="[fanpage]")
    enter(office)
    office.publish_until(DUE + timedelta(hours=1))
    later = OVER + timedelta(hours=7)
    deciding.move(office.workspace, office.people["soan"], FANPAGE, later.isoformat())
    office.publish_until(later + timedelta(hours=1))
    assert (state(office), public(office)) == (("held", "blackout"), 0)
    deciding.retry(office.workspace, office.people["duyet"], FANPAGE)
    office.publish_until(later + timedelta(hours=2))
    assert (state(office)[0], public(office)) == ("published", 1)


def test_planned_around_the_days_before_they_begin_it_goes_out_whoever_did_it(office: Office):
    planned(office, channels="[fanpage]")
    enter(office)
    later = OVER + timedelta(hours=7)
    deciding.move(office.workspace, office.people["soan"], FANPAGE, later.isoformat())
    office.publish_until(later + timedelta(hours=1))
    assert (state(office)[0], public(office)) == ("published", 1)


def test_approved_after_the_end_it_goes_out_late(office: Office):
    enter(office)
    post = office.import_post("bai.md", due=DUE.isoformat(), deadline=LATE, channels="[fanpage]")
    approving.submit(office.workspace, office.people["soan"], post)
    office.clock.instant = OVER + timedelta(hours=1)
    approving.approve(office.workspace, office.people["duyet"], post)
    office.publish_until(OVER + timedelta(hours=2))
    assert (state(office)[0], public(office)) == ("published", 1)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE delivery SET status = 'queued', wake_at = due_at",
        "UPDATE delivery SET status = 'queued', wake_at = due_at, due_at = (SELECT ends_at FROM blackout)",
        "INSERT INTO audit_event (at, actor, action, subject, detail, previous, hash)"
        " VALUES ('2026-11-25 18:00:00.000000', 'ky', 'retried', 'bai@fanpage', '{}', '', 'x')",
    ],
)
@pytest.mark.parametrize("days_before", [0, 1])
def test_whoever_changes_the_delivery_in_the_database_is_no_person_who_said_go(
    office: Office, attack: str, days_before: int
):
    planned(office, due=DUE - timedelta(days=days_before), channels="[fanpage]")
    enter(office)
    office.clock.instant = DUE
    office.publish_until(OVER + timedelta(hours=2))
    sql(office, attack)
    sql(office, "UPDATE delivery SET status = 'queued', wake_at = due_at")
    office.publish_until(OVER + timedelta(hours=3))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


# ---- platforms, removal, another hand


def handed_over(office: Office) -> None:
    planned(office, channels="[fanpage]")
    office.clock.instant = DUE - timedelta(days=3)
    stopping.hand_over(office.workspace, office.people["ky"], [FANPAGE])
    office.publish_until(office.clock.now() + timedelta(minutes=1))
    assert state(office)[0] == "handed_over"


def test_what_a_platform_holds_is_called_back_at_once(office: Office):
    handed_over(office)
    [one] = enter(office).recalls
    assert one.done
    assert state(office) == ("held", "blackout")
    office.publish_until(OVER + timedelta(days=1))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


def test_what_could_not_be_called_back_at_once_the_publisher_calls_back(office: Office):
    handed_over(office)
    office.server.fault("cut_before", method="DELETE", times=1)
    assert [one.done for one in enter(office).recalls] == [False]
    office.publish_until(office.clock.now() + timedelta(hours=1))
    assert state(office) == ("held", "blackout")
    assert public(office) == 0


def test_the_publisher_by_itself_calls_back_what_an_entry_covers(office: Office):
    handed_over(office)
    period = Period(OVER - timedelta(days=2), OVER)
    office.workspace.trust.witness.blackout(
        1, period.order
    )  # all that is left of one when its row is deleted
    office.publish_until(office.clock.now() + 2 * LOOK_AT_HELD_EVERY)
    assert (state(office), public(office)) == (("held", "blackout"), 0)


def test_removed_what_it_did_not_hold_yet_goes_out_and_what_it_held_waits(office: Office):
    planned(office)
    planned(office, "sau.md", DUE + timedelta(days=1), title="Sau", text="Bài hôm sau.")
    enter(office)
    office.publish_until(DUE + timedelta(hours=1))
    done = blackouts.remove(office.workspace, office.people["duyet"], 1, "hoãn kỳ thi")
    assert set(done.waiting) == {"bai@website", FANPAGE}
    office.publish_until(OVER + timedelta(hours=1))
    assert state(office) == ("held", "blackout")
    assert state(office, "sau@fanpage")[0] == "published"


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM blackout",
        "UPDATE blackout SET removed_at = '2026-11-09 00:00:00.000000', removed_by = 'ky'",
        "UPDATE blackout SET begins_at = '2027-01-01 00:00:00', ends_at = '2027-01-02 00:00:00'",
        'UPDATE blackout SET scopes = \'[["channel", "khong-co"]]\'',
        "UPDATE blackout SET id = 7",
    ],
)
def test_whoever_changes_it_in_the_database_lifts_nothing_and_is_told_of(office: Office, attack: str):
    planned(office)
    enter(office)
    sql(office, attack)
    office.publish_until(OVER + timedelta(hours=1))
    assert (state(office), public(office)) == (("held", "blackout"), 0)
    assert ("blackout", "1") in {
        (one.key, one.subject) for one in auditing.verify(office.workspace).contradictions
    }
    assert 1 in {one.id for one in blackouts.listing(office.workspace)}
    blackouts.remove(office.workspace, office.people["ky"], 1, "xong việc")
    assert 1 not in {one.id for one in blackouts.listing(office.workspace)}


def test_a_number_that_is_gone_from_the_database_is_not_given_again(desk: Office):
    enter(desk)
    sql(desk, "DELETE FROM blackout")
    assert enter(desk, name="Kỳ thi").blackout.id == 2


@pytest.mark.parametrize("scopes", ["", "[", "7", "[]", '["all"]'])
def test_scopes_that_nobody_can_read_cover_everything(office: Office, scopes: str):
    planned(office)
    enter(office, kinds=["cuoc_thi"])
    sql(office, f"UPDATE blackout SET scopes = '{scopes}'")
    office.publish_until(DUE + timedelta(hours=1))
    assert state(office) == ("held", "blackout")


@pytest.mark.parametrize("column", ["begins_at", "ends_at", "at", "removed_at"])
@pytest.mark.parametrize("told", ["chiều nay", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"])
@pytest.mark.sqlite
def test_times_that_another_hand_wrote_keep_nobody_from_looking(desk: Office, column: str, told: str):
    enter(desk)
    post = desk.import_post("bai.md", due=DUE.isoformat())
    sql(desk, f"UPDATE blackout SET {column} = '{told}'")
    begins, ends = "'2026-11-01 00:00:00'", "'2026-12-01 00:00:00'"
    values = {"begins_at": begins, "ends_at": ends, "at": begins, "removed_at": "NULL", column: f"'{told}'"}
    names, row = ", ".join(values), ", ".join(values.values())  # one of which the witness knows nothing
    sql(desk, f"INSERT INTO blackout (id, officer, {names}) VALUES (9, 'ky', {row})")
    assert len(auditing.verify(desk.workspace).contradictions) == (column != "at")
    assert blackouts.listing(desk.workspace)
    assert "blackout.due_inside" in {f.rule for f in posts.check(desk.workspace, post)}
    assert calendar.month(desk.workspace, DAY)


def test_a_witness_that_begins_now_takes_over_those_that_stand(desk: Office, tmp_path: Path):
    enter(desk)
    enter(desk, name="Kỳ thi", kinds=["cuoc_thi"])
    blackouts.remove(desk.workspace, desk.people["ky"], 1, "nhầm ngày")
    begun = witness.Witness(tmp_path)
    begun.begin(desk.workspace.database)
    assert begun.blackouts() == desk.workspace.trust.witness.blackouts()
    assert list(begun.blackouts()) == [2]


class Killed(BaseException):
    pass


def test_killed_before_the_notes_it_counts_by_its_row(office: Office, monkeypatch: pytest.MonkeyPatch):
    handed_over(office)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(witness.Witness, "blackout", die)
        with pytest.raises(Killed):
            enter(office)
    office.publish_until(OVER + timedelta(hours=1))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


def test_killed_while_removing_it_stands(office: Office, monkeypatch: pytest.MonkeyPatch):
    planned(office)
    enter(office)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("scheduler.audit.record_of", die)  # after the notes, before the commit
        with pytest.raises(Killed):
            blackouts.remove(office.workspace, office.people["ky"], 1, "nhầm ngày")
    office.publish_until(DUE + timedelta(hours=1))
    assert state(office) == ("held", "blackout")
    blackouts.remove(office.workspace, office.people["ky"], 1, "nhầm ngày")


def test_out_of_a_backup_it_still_keeps_back(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(agefile, "WORK", 2)
    planned(office)
    enter(office)
    made = backup.create(office.workspace, tmp_path, "bon chu that dai")
    office.workspace.close()
    restoring.restore(Path(made.file), tmp_path / "ve", "bon chu that dai", clock=office.clock)
    office.workspace = type(office.workspace).open(tmp_path / "ve", office.clock)
    releasing.release(office.workspace, office.people["ky"], [FANPAGE], "đã xem lại")
    office.publish_until(DUE + timedelta(hours=1))
    assert (state(office), public(office)) == (("held", "blackout"), 0)


def test_what_is_due_on_other_days_is_not_read_while_it_is_entered(
    desk: Office, monkeypatch: pytest.MonkeyPatch
):
    desk.approved("bai.md", due=DUE.isoformat(), tags="[a]")
    desk.approved("sau.md", due=(OVER + timedelta(days=9)).isoformat(), tags="[a]", text="Bài khác hẳn.")
    read: list[str] = []
    known = acting.covers

    def reading(scope: str, target: str, row: Any) -> bool:
        read.append(row.id)
        return known(scope, target, row)

    monkeypatch.setattr(acting, "covers", reading)
    assert enter(desk, tags=["a"]).covered == ["bai@website", FANPAGE]
    assert read == ["bai@website", FANPAGE]


# ---- planning


def test_it_is_remarked_wherever_a_post_is_planned_into_it(desk: Office):
    enter(desk, kinds=["hoi_dap"])
    post = desk.import_post("bai.md", due=DUE.isoformat())
    told = [f for f in posts.check(desk.workspace, post) if f.rule == "blackout.due_inside"]
    assert {(f.severity, f.place) for f in told} == {("warn", "website"), ("warn", "fanpage")}
    assert "Quốc tang" in told[0].line()
    assert "24/11/2026–25/11/2026" in told[0].line()
    approving.submit(desk.workspace, desk.people["soan"], post)
    [day] = calendar.span(desk.workspace, DAY, 1)
    assert [one.name for one in day.blackouts] == ["Quốc tang"]
    [before] = calendar.span(desk.workspace, DAY - timedelta(days=1), 1)
    assert before.blackouts == []
    ahead = calendar.prospect(desk.workspace, FANPAGE, DUE + timedelta(days=1))
    assert [one.name for one in ahead.day.blackouts] == ["Quốc tang"]


def test_a_campaign_is_planned_with_it_in_sight(desk: Office):
    plan = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9))
    slot = next(one for one in plan.slots if one.channels)
    assert "blackout.due_inside" not in {f.rule for f in slot.findings}
    enter(desk, slot.day, 1)
    again = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9))
    remarked = {one.item for one in again.slots for f in one.findings if f.rule == "blackout.due_inside"}
    assert remarked == {one.item for one in again.slots if one.day == slot.day and one.channels}


# ---- entering


@pytest.mark.parametrize(
    ("first", "days", "name"),
    [
        (DAY, 0, "Ngược"),
        (DAY, 93, "Cả mùa"),
        (date(2026, 11, 1), 2, "Đã qua"),
        (date.max - timedelta(days=9), 1, "Rất xa"),
        (DAY, 1, " "),
        (DAY, 1, "x" * 121),
    ],
)
def test_days_that_are_none_are_refused(desk: Office, first: date, days: int, name: str):
    with pytest.raises(UsageError):
        enter(desk, first, days, name)
    assert blackouts.listing(desk.workspace) == []


def test_scopes_are_named_and_none_is_guessed(desk: Office):
    for wrong in ({"kinds": ["khong co"]}, {"channels": ["khong-co"]}):
        with pytest.raises(NotFound):
            enter(desk, **wrong)
    for wrong_pair in ({"everything": True, "tags": ["a"]}, {"everything": False}):
        with pytest.raises(UsageError):
            blackouts.scopes(**wrong_pair)  # type: ignore[arg-type]
    with pytest.raises(RefusedByRule):
        blackouts.add(desk.workspace, desk.people["soan"], DAY, DAY, "Thi")
    assert blackouts.listing(desk.workspace) == []


def test_the_commands_enter_list_show_and_remove(desk: Office, at_desk: Loa):
    desk.approved("bai.md", due=DUE.isoformat(), tags="[giải trí]")
    days = ("--from", "2026-11-24", "--to", "25/11/2026", "--name", "Quốc tang")
    added = at_desk("blackout", "add", *days, "--tags", "giải trí, thể thao", "--kinds", "cuoc_thi")
    assert added.code == 0, added.err
    assert "2 lượt đăng đang chờ rơi vào những ngày này" in added.err
    [view] = at_desk("blackout", "list", "--json").json
    assert view["scopes"] == [["kind", "cuoc_thi"], ["tag", "giải trí"], ["tag", "thể thao"]]
    assert "loại Cuộc thi, thẻ giải trí, thẻ thể thao" in at_desk("blackout", "list").out
    assert "TẠM DỪNG ĐĂNG: Quốc tang" in at_desk("calendar", "2026-11").out
    assert at_desk("blackout", "add", "--from", "2026-11-24", "--name", "Thi").code == 2
    assert at_desk("blackout", "remove", "9", "--reason", "nhầm").code == 4
    removed = at_desk("blackout", "remove", "1", "--reason", "hoãn")
    assert "Đã bỏ ngày tạm dừng số 1" in removed.err
    assert "Chưa ghi ngày tạm dừng" in at_desk("blackout", "list").err
    [gone] = at_desk("blackout", "list", "--removed", "--json").json
    assert (gone["removed_by"], gone["remove_reason"]) == ("ky", "hoãn")
    told = {event.action for event in auditing.listing(desk.workspace, subject="Quốc tang")}
    assert told == {"blackout_added", "blackout_removed"}
    with pytest.raises(LoaError):
        blackouts.remove(desk.workspace, desk.people["ky"], 1, "lần nữa")
