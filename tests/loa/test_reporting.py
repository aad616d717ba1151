"""Every figure of a report is counted a second time, straight from the rows, by loops that know no SQL."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from connectors.practice.insights import interactions
from content.errors import NotFound, UsageError
from loa.reports import texts
from loa.services import campaigns, reach, report_periods, reporting
from loa.services.report_facts import ADDABLE
from loa.services.report_periods import Period
from scheduler.store.tables import delivery, follower_day, reading
from tests.support.ledger import YEAR, fill
from tests.support.office import Office
from tests.support.reached import out

VIETNAM = timedelta(hours=7)
PUBLIC = ("published", "removing", "removed")


def raw(office: Office, table: str) -> list[dict[str, Any]]:
    file = office.workspace.database.file
    assert file is not None
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["2026", "6-thang-dau-2026", "quy-4-2025", "thang-1-2026"])
@pytest.mark.sqlite
def test_every_number_is_what_the_rows_say(desk: Office, seed: int, name: str) -> None:
    fill(desk, seed)
    period = report_periods.named(name)
    told = reporting.facts(desk.workspace, "periodic", period)
    since = datetime.combine(period.first, datetime.min.time(), UTC) - VIETNAM
    until = datetime.combine(period.last, datetime.min.time(), UTC) - VIETNAM + timedelta(days=1)
    posts = {row["id"]: row for row in raw(desk, "post")}
    rows = raw(desk, "delivery")
    out = [r for r in rows if r["status"] in PUBLIC and since <= at(r["published_at"]) < until]
    assert (told.deliveries, told.posts) == (len(out), len({r["post_id"] for r in out}))
    assert {one.delivery for one in told.items} == {r["id"] for r in out}
    assert told.days_with_posts == len({(at(r["published_at"]) + VIETNAM).date() for r in out})
    assert {one.key: one.deliveries for one in told.kinds} == Counter(
        posts[r["post_id"]]["kind"] for r in out
    )
    months = Counter(f"{at(r['published_at']) + VIETNAM:%Y-%m}" for r in out)
    assert {one.key: one.deliveries for one in told.months if one.deliveries} == months
    assert {one.channel: one.published for one in told.channels if one.published} == Counter(
        r["channel_id"] for r in out
    )
    due = [r for r in rows if since <= at(r["due_at"]) < until]
    states = Counter(r["status"] for r in due)
    assert (told.plan.planned, told.plan.done) == (len(due), states["published"])
    assert told.plan.removed == states["removed"] + states["removing"]
    assert (told.plan.missed, told.plan.failed) == (states["missed"], states["failed"])
    assert (told.plan.cancelled, told.plan.unapproved) == (states["cancelled"], states["draft"])
    assert told.plan.open == states["queued"]
    for part in ("planned", "done", "removed", "missed", "failed", "cancelled", "unapproved", "open"):
        assert getattr(told.plan, part) == sum(getattr(one.plan, part) for one in told.channels), part

    # figures: the newest before the period's end, or before now
    end = min(until, desk.clock.now())
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    readings = raw(desk, "reading")
    known_by_then = {
        (r["delivery_seq"], r["metric"])
        for r in readings
        if r["value"] is not None and at(r["taken_at"]) < end
    }
    by_seq = {r["seq"]: r for r in out}
    for r in sorted(readings, key=lambda one: (one["taken_at"], one["id"])):
        hidden = r["value"] is None and (r["delivery_seq"], r["metric"]) in known_by_then
        if r["delivery_seq"] in by_seq and at(r["taken_at"]) < end and not hidden:
            newest[by_seq[r["delivery_seq"]]["id"], r["metric"]] = r
    # of what had none by then, the first that came afterwards
    late = set[str]()
    for r in sorted(readings, key=lambda one: (one["taken_at"], one["id"])):
        if end < until or r["delivery_seq"] not in by_seq or at(r["taken_at"]) < end or r["value"] is None:
            continue
        key = by_seq[r["delivery_seq"]]["id"], r["metric"]
        if key not in newest or newest[key]["value"] is None:
            newest[key] = r
            late.add(key[0])
    assert told.read_late == len(late)
    assert {(one.delivery, one.metric): one.value for one in told.readings} == {
        key: r["value"] for key, r in newest.items()
    }
    for one in told.summaries:
        if one.of_channel:
            continue
        values = [
            r["value"]
            for (_, metric), r in newest.items()
            if metric == one.metric
            and by_seq[r["delivery_seq"]]["channel_id"] == one.channel
            and r["definition"] == one.definition
            and r["value"] is not None
        ]
        assert one.known == len(values)
        assert one.posts == sum(r["channel_id"] == one.channel for r in out)
        assert one.total == (sum(values) if values and one.metric in ADDABLE else None)
        assert one.highest == max(values, default=None)
        assert one.mean == (round(sum(values) / len(values)) if values else None)
    known = sum(r["value"] is not None for (_, m), r in newest.items() if m != "followers")
    assert known == sum(one.known for one in told.summaries), "no figure is told twice or left out"
    assert told.unread == len(out) - len({name for name, _ in newest})
    yes = [
        r
        for r in raw(desk, "approval")
        if r["delivery_seq"] in by_seq
        and r["officer"] == "duyet"  # the ledger's others are forged
        and (not r["voided_at"] or at(r["voided_at"]) > at(by_seq[r["delivery_seq"]]["published_at"]))
    ]
    assert (told.approvals.given, told.approvals.with_approval) == (
        len(yes),
        len({r["delivery_seq"] for r in yes}),
    )
    gone = end - since if end < until else timedelta(days=366)  # of what is not over, as many days before
    for mine, earlier in ((told.before, period.before), (told.year_ago, period.year_ago)):
        begun = datetime.combine(earlier.first, datetime.min.time(), UTC) - VIETNAM
        ended = min(begun + timedelta(days=earlier.days), begun + gone)
        went = [r for r in rows if r["status"] in PUBLIC and begun <= at(r["published_at"]) < ended]
        assert (mine.posts, mine.deliveries) == (len({r["post_id"] for r in went}), len(went))
    assert sum(one.published_before for one in told.channels) == told.before.deliveries


def test_what_was_read_from_the_platform_is_what_the_platform_has(office: Office) -> None:
    office.approved("mot.md", title="Một")
    office.approved("hai.md", title="Hai", due="2026-11-09T08:00+07:00")
    office.publish_until(datetime(2026, 11, 9, 2, tzinfo=UTC))
    office.clock.forward(days=2)
    assert reach.pull(office.workspace, lambda *_: None).stored > 0
    world, read_at = office.server.world, office.clock.now()
    there = [interactions(post, read_at) for page in world.pages.values() for post in page.posts]
    office.clock.forward(minutes=1)
    told = reporting.facts(office.workspace, "engagement", report_periods.named("thang-11-2026"))
    assert (told.posts, told.deliveries) == (2, 4)
    assert told.approvals.with_approval == 4
    assert told.approvals.median_hours == 0.0
    views, people = told.of("fanpage", "views"), told.of("fanpage", "reach")
    assert views is not None
    assert people is not None
    assert len(there) == 2
    assert views.total == sum(counts["view"] for counts in there) > 0
    assert (views.known, views.posts) == (2, 2)
    assert people.total is None, "people are never added up"
    assert people.highest == max(counts["reach"] for counts in there)
    uncounted = told.of("website", "views")
    assert uncounted is not None
    assert uncounted.total is None, "no counter is not 0"
    assert (uncounted.known, uncounted.posts, told.unavailable) == (0, 2, 2)


def test_reasons_are_told_for_what_did_not_stay_public(desk: Office) -> None:
    fill(desk, 3)
    told = reporting.facts(desk.workspace, "periodic", report_periods.named("2026"))
    states = {one.status for one in told.troubles}
    assert {"missed", "failed", "cancelled", "removed"} <= states
    assert all(
        one.reason == f"sai tên {one.delivery.partition('@')[0]}"
        for one in told.troubles
        if one.status == "removed"
    )
    assert all(one.reason for one in told.troubles if one.status in ("missed", "failed"))


def test_followers_are_the_channels_newest_count_before_the_periods_end(desk: Office) -> None:
    fill(desk, 1)
    counts = [("2026-03-01", 100), ("2026-06-30", 120), ("2026-07-01", 500)]
    for day, followers in counts:
        taken = datetime.fromisoformat(f"{day}T05:00:00+07:00")
        row = {"channel_id": "fanpage", "day": day, "followers": followers, "taken_at": taken}
        desk.workspace.database.run(lambda c, r=row: c.execute(insert(follower_day).values(**r)))
    desk.workspace.database.run(lambda c: c.execute(delete(reading)))
    told = reporting.facts(desk.workspace, "periodic", report_periods.named("6-thang-dau-2026"))
    [one] = [one for one in told.summaries if one.of_channel]
    assert (one.channel, one.metric, one.highest, one.total) == ("fanpage", "followers", 120, None)


def test_a_campaign_report_is_of_its_posts_alone(desk: Office) -> None:
    plan = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9))
    made = campaigns.create(desk.workspace, desk.people["soan"], plan)
    fill(desk, 1)
    gone = update(delivery).where(delivery.c.post_id == made.posts[0])
    when = {"status": "published", "published_at": desk.clock.now(), "wake_at": None}
    desk.workspace.database.run(lambda c: c.execute(gone.values(**when)))
    period = reporting.whole_campaign(desk.workspace, made.id)
    told = reporting.facts(desk.workspace, "campaign", period, made.id)
    assert {one.post for one in told.items} == {made.posts[0]}
    assert told.plan.planned == sum(len(slot.channels) for slot in plan.taken)
    assert [one.label for one in told.campaigns] == [made.name]
    with pytest.raises(NotFound, match=made.id):
        reporting.facts(desk.workspace, "campaign", period, made.id + "x")


def test_a_period_that_is_not_over_is_compared_with_as_many_days_of_earlier_ones(desk: Office) -> None:
    out(desk, "nay", 1, "website")
    for name, day in (
        ("som", date(2026, 7, 10)),
        ("muon", date(2026, 9, 20)),
        ("nam-truoc", date(2025, 12, 1)),
    ):
        out(desk, name, (date(2026, 11, 9) - day).days, "website")
    told = reporting.facts(desk.workspace, "periodic", report_periods.named("quy-4-2026"))
    assert desk.clock.now() == datetime(2026, 11, 8, 23, tzinfo=UTC), "the 40th day of the quarter in Vietnam"
    assert (told.deliveries, told.before.deliveries, told.year_ago.deliveries) == (1, 1, 0)
    assert (told.before.label, told.before.last) == ("quý 3 năm 2026, tính 40 ngày đầu kỳ", date(2026, 8, 9))
    desk.clock.instant = datetime(2027, 1, 1, tzinfo=UTC)
    told = reporting.facts(desk.workspace, "periodic", report_periods.named("quy-4-2026"))
    assert (told.before.deliveries, told.year_ago.deliveries) == (2, 1)
    assert told.before.label == "quý 3 năm 2026"


def test_a_period_that_has_not_begun_is_compared_with_nothing(desk: Office) -> None:
    out(desk, "som", 40, "website")
    told = reporting.facts(desk.workspace, "periodic", report_periods.named("2027"))
    assert (told.deliveries, told.before.deliveries) == (0, 0)
    assert texts.compared(told.deliveries, told.before.deliveries) == "không có số liệu để so sánh"


def test_the_facts_are_json(desk: Office) -> None:
    from loa.cli.output import plain

    fill(desk, 2)
    told = plain(reporting.facts(desk.workspace, "periodic", report_periods.named("2026")))
    assert json.loads(json.dumps(told))["first"] == "2026-01-01"


@pytest.mark.parametrize(
    ("written", "first", "last", "label"),
    [
        ("2026", "2026-01-01", "2026-12-31", "năm 2026"),
        ("6-thang-dau-2026", "2026-01-01", "2026-06-30", "6 tháng đầu năm 2026"),
        ("6 tháng cuối năm 2026", "2026-07-01", "2026-12-31", "6 tháng cuối năm 2026"),
        ("Quý 3 năm 2026", "2026-07-01", "2026-09-30", "quý 3 năm 2026"),
        ("thang-2-2028", "2028-02-01", "2028-02-29", "tháng 2 năm 2028"),
    ],
)
def test_a_period_is_named_as_people_say_it(written: str, first: str, last: str, label: str) -> None:
    told = report_periods.named(written)
    assert (told.first.isoformat(), told.last.isoformat(), told.label) == (first, last, label)


@pytest.mark.parametrize("written", ["", "6 tháng", "quy-5-2026", "thang-13-2026", "1999", "20266", "٢٠٢٦"])
def test_what_is_no_period_is_refused_with_the_forms_there_are(written: str) -> None:
    with pytest.raises(UsageError, match="6-thang-dau-2026"):
        report_periods.named(written)


def test_days_may_be_given_instead() -> None:
    told = report_periods.between("01/01/2026", "2026-06-30")
    assert told == report_periods.named("6-thang-dau-2026")
    assert report_periods.between("02/01/2026", "05/01/2026").before.last == date(2026, 1, 1)
    for first, last in (("31/02/2026", "01/03/2026"), ("02/01/2026", "01/01/2026"), ("x", "y")):
        with pytest.raises(UsageError):
            report_periods.between(first, last)


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(0, 800))
def test_the_period_before_ends_where_this_one_begins(first: date, days: int) -> None:
    period = report_periods.between(f"{first:%d/%m/%Y}", f"{first + timedelta(days=days):%d/%m/%Y}")
    assert period.before.last + timedelta(days=1) == period.first
    assert period.before.months == period.months
    assert period.months or period.before.days == period.days
    assert isinstance(period.year_ago, Period)


def test_a_campaign_longer_than_a_report_may_be_is_refused(desk: Office) -> None:
    plan = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9))
    made = campaigns.create(desk.workspace, desk.people["soan"], plan)
    far = update(delivery).where(delivery.c.post_id == made.posts[-1])
    for year in (2040, 9999):
        when = {"due_at": datetime(year, 12, 31, 12, tzinfo=UTC)}
        desk.workspace.database.run(lambda c, when=when: c.execute(far.values(**when)))
        with pytest.raises(UsageError, match="dài nhất"):
            reporting.whole_campaign(desk.workspace, made.id)


def test_the_calendars_last_day_ends_too(desk: Office) -> None:
    period = Period(date(9999, 12, 1), date.max)
    assert period.until(desk.workspace.config.zone) == datetime.max.replace(tzinfo=UTC)


def test_a_year_begins_at_midnight_in_vietnam(desk: Office) -> None:
    assert report_periods.named("2026").since(desk.workspace.config.zone) == YEAR
