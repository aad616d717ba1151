"""A channel that has been still for long is mentioned: days told as they are, judged by working days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from content.calendar import Calendar
from content.errors import UsageError
from loa.config import parse
from loa.services import alerts, calendar, health, stopping
from loa.services.cadence import Silence, _Days
from loa.settings import CadenceRules
from scheduler.store.tables import channel, delivery
from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.reached import out

MONDAY, LAST = date(2026, 11, 9), date(2028, 12, 31)


def silences(desk: Office, rules: CadenceRules | None = None) -> dict[str, Silence]:
    desk.workspace.config = replace(desk.workspace.config, cadence=rules or CadenceRules(days=5))
    return {one.channel: one for one in health.facts(desk.workspace).silences}


def test_a_channel_is_mentioned_when_its_working_days_without_a_post_are_over(desk: Office) -> None:
    out(desk, "mot", 0, "fanpage")  # Monday 09/11/2026
    desk.clock.forward(days=7)
    assert silences(desk) == {}, "from Tuesday to Sunday there are four working days"
    desk.clock.forward(days=1)
    still = silences(desk)["fanpage"]
    assert (still.days, still.working, still.next_at) == (8, 5, None)
    assert silences(desk)["website"].last_at is None, "nothing ever went out there"


def test_the_number_of_days_is_the_units_own_for_each_channel(desk: Office) -> None:
    out(desk, "mot", 0, "fanpage", "website")
    desk.clock.forward(days=9)
    assert set(silences(desk, CadenceRules(5, {"website": 20}))) == {"fanpage"}
    assert set(silences(desk, CadenceRules(0, {"website": 3}))) == {"website"}
    assert set(silences(desk, CadenceRules(0))) == set()


def test_days_off_are_not_held_against_a_channel(desk: Office) -> None:
    out(desk, "mot", 0, "fanpage", "website")
    desk.clock.forward(days=8)
    (desk.folder / calendar.OWN).write_text(
        '[[day]]\ndate = 2026-11-12\nname = "Nghỉ bù"\noff = true\n', "utf-8"
    )
    assert silences(desk) == {}
    (desk.folder / calendar.OWN).write_text("[[day]\n", "utf-8")
    assert set(silences(desk)) == {"fanpage", "website"}, "a broken file of days off hides nothing"


@given(
    st.dates(min_value=MONDAY, max_value=LAST),
    st.integers(0, 90),
    st.integers(0, 90),
)
def test_working_days_add_up_and_are_never_more_than_the_days(first: date, length: int, more: int) -> None:
    days = _Days(Calendar())
    middle, last = first + timedelta(days=length), first + timedelta(days=length + more)
    between = days.working_between(first, last)
    assert 0 <= between <= max(0, (last - first).days - 1)
    itself = length > 0 and more > 0 and not Calendar().is_off(middle)
    assert between == days.working_between(first, middle) + days.working_between(middle, last) + itself


def test_a_stopped_channel_is_left_alone(desk: Office) -> None:
    out(desk, "mot", 0, "fanpage", "website")
    desk.clock.forward(days=20)
    desk.workspace.database.run(
        lambda c: c.execute(update(channel).where(channel.c.id == "fanpage").values(state="stopped"))
    )
    assert set(silences(desk)) == {"website"}


def test_under_a_freeze_nobody_is_asked_to_post_nor_the_day_after_it(desk: Office) -> None:
    out(desk, "mot", 0, "fanpage", "website")
    desk.clock.forward(days=1)
    order = stopping.start(desk.workspace, desk.people["ky"], "all", "", "quốc tang")
    desk.clock.forward(days=20)
    assert silences(desk) == {}
    stopping.lift(desk.workspace, desk.people["ky"], order.freeze.id, "hết quốc tang")
    assert silences(desk) == {}
    desk.clock.forward(days=9)
    still = silences(desk)["fanpage"]
    assert still.days == 30, "what readers saw is told as it is"
    assert 5 <= still.working <= 7, "the days of the freeze are not counted"


def test_a_post_that_is_no_longer_public_does_not_count(desk: Office) -> None:
    out(desk, "mot", 0, "fanpage")
    desk.clock.forward(days=3)
    desk.import_post("hai.md", title="Bài hai của xã", due="2026-11-13T07:00+07:00", channels="[fanpage]")
    now = {"status": "published", "published_at": desk.clock.now(), "wake_at": None}
    this = delivery.c.id == "hai@fanpage"
    desk.workspace.database.run(lambda c: c.execute(update(delivery).where(this).values(**now)))
    desk.clock.forward(days=9)
    assert silences(desk)["fanpage"].days == 9
    gone = update(delivery).where(this).values(status="removed")
    desk.workspace.database.run(lambda c: c.execute(gone))
    assert silences(desk)["fanpage"].days == 12


def test_it_is_a_mild_notice_with_the_next_planned_post(desk: Office, run_loa: Loa) -> None:
    out(desk, "mot", 0, "fanpage")
    desk.clock.forward(days=16)
    desk.approved("sau.md", title="Bài sau của xã", due="2026-12-20T07:00+07:00", channels="[fanpage]")
    found = [one for one in health.examine(desk.workspace).alerts if one.key.startswith("cadence")]
    assert [(one.key, one.severity, one.subject) for one in found] == [
        ("cadence", "notice", "fanpage"),
        ("cadence_new_unplanned", "notice", "website"),
    ]
    assert "16 ngày chưa có bài (10 ngày làm việc; bài gần nhất" in found[0].message
    assert "20/12" in found[0].message
    told = run_loa("status", workspace=desk.folder).out
    assert "fanpage: 16 ngày chưa có bài" in told
    assert "website: chưa có bài nào sau 16 ngày" in told


def test_a_still_channel_alone_asks_for_no_person(desk: Office) -> None:
    still = [Silence("zalo", desk.clock.now(), 20, 14, None)]
    seen = health.facts(desk.workspace)
    found = alerts.conditions(replace(seen, publisher=None, silences=still), desk.workspace.config.alerts)
    assert [(one.key, one.severity) for one in found if one.subject == "zalo"] == [
        ("cadence_unplanned", "notice")
    ]


@pytest.mark.parametrize(
    "written", ["days = -1", "days = 1000", "[cadence.channels]\nzalo = -1", 'days = "5"']
)
def test_days_that_there_are_not_are_refused(written: str) -> None:
    with pytest.raises(UsageError):
        parse(f"[cadence]\n{written}\n")


def test_settings_are_read() -> None:
    rules = parse("[cadence]\ndays = 7\n[cadence.channels]\nzalo = 3\nloa = 0\n").cadence
    assert [rules.limit(name) for name in ("fanpage", "zalo", "loa")] == [7, 3, 0]
