"""Posts compared at the same age, group by group; hours called better only with posts enough."""

from __future__ import annotations

import random
import statistics
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from content.errors import NotFound, UsageError
from loa.services import campaigns
from loa.services.reach import groups, hours
from loa.services.reach.groups import Comparison, Group, compared, grouped
from loa.services.reach.hours import Slot, best_hours
from loa.services.reach.samples import Sample
from loa.services.reporting import campaigns_of
from loa.services.workspace import Workspace
from scheduler.store.tables import delivery, follower_day
from tests.loa.conftest import Loa
from tests.support.grown import DAY, many, published, read_at
from tests.support.ledger import fill
from tests.support.office import Office

WEEK = 7 * DAY
FIRST = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def now(desk: Office) -> datetime:
    return desk.clock.now()


def by_key(told: Comparison, channel: str = "fanpage") -> dict[str, Group]:
    return {one.key: one for one in told.groups if one.channel == channel}


def test_an_old_post_does_not_win_because_it_is_old(desk: Office, now: datetime) -> None:
    published(desk, "cu", now - 80 * DAY, "fanpage", kind="video")
    published(desk, "moi", now - 10 * DAY, "fanpage", kind="hoi_dap")
    read_at(desk, "cu@fanpage", {DAY: 20, WEEK: 100, 30 * DAY: 5000})
    read_at(desk, "moi@fanpage", {DAY: 50, WEEK: 150})
    told = by_key(compared(desk.workspace, "kind"))
    assert [one.spread.median if one.spread else None for one in told.values()] == [150, 100]
    assert list(told) == ["hoi_dap", "video"], "the highest median first"
    young = by_key(compared(desk.workspace, "kind", age="30d"))
    assert young["video"].spread
    assert young["video"].spread.median == 5000
    assert (young["hoi_dap"].spread, young["hoi_dap"].young, young["hoi_dap"].unread) == (None, 1, 0)


def test_what_nobody_read_at_that_age_is_counted_beside_and_is_not_zero(desk: Office, now: datetime) -> None:
    many(desk, "fanpage", [now - n * DAY for n in (20, 21, 22, 23, 3)], [100, 200, None, 0, None])
    [told] = compared(desk.workspace, "channel").groups
    assert told.spread is not None
    assert (told.posts, told.spread.known, told.unread, told.young) == (5, 3, 1, 1)
    assert (told.spread.mean, told.spread.median, told.few) == (100, 100, True)


def test_posts_that_nobody_has_read_yet_are_not_told_as_no_posts(
    desk: Office, now: datetime, at_desk: Loa
) -> None:
    assert "chưa có bài nào" in at_desk("reach", "hours").err
    many(desk, "fanpage", [now - DAY], [None])
    told = at_desk("reach", "hours").err
    assert "chưa có bài nào" not in told
    assert "Có 1 lượt đăng" in told


def test_channels_stand_side_by_side_and_two_ways_of_counting_apart(desk: Office, now: datetime) -> None:
    published(desk, "mot", now - 40 * DAY, "fanpage", "website")
    published(desk, "hai", now - 20 * DAY, "fanpage")
    read_at(desk, "mot@fanpage", {WEEK: 100}, definition="lượt hiển thị")
    read_at(desk, "hai@fanpage", {WEEK: 10}, definition="lượt xem nội dung")
    read_at(desk, "mot@website", {WEEK: 7})
    told = compared(desk.workspace, "channel").groups
    lines = [(one.channel, one.way, one.spread.mean if one.spread else None) for one in told]
    assert lines == [("fanpage", 1, 100), ("fanpage", 2, 10), ("website", 0, 7)]


SAMPLES = st.lists(
    st.builds(
        Sample,
        delivery=st.uuids().map(str),
        post=st.sampled_from("abc"),
        kind=st.sampled_from(["video", "hoi_dap"]),
        channel=st.sampled_from(["fanpage", "website"]),
        published_at=st.timedeltas(timedelta(), 300 * DAY).map(lambda gone: FIRST + gone),
        value=st.none() | st.integers(0, 10**6),
        definition=st.sampled_from(["cũ", "mới"]),
        taken_at=st.none(),
        young=st.booleans(),
    ),
    max_size=30,
)


@given(SAMPLES)
def test_every_figure_stands_in_exactly_one_row_and_no_row_mixes_channels(posts: list[Sample]) -> None:
    told = grouped(posts, lambda one: (one.kind,), {})
    known = [one for one in posts if one.value is not None]
    assert sum(one.spread.known for one in told if one.spread) == len(known)
    for row in told:
        mine = [one for one in posts if (one.channel, one.kind) == (row.channel, row.key)]
        values = [one.value for one in mine if one.definition == row.definition and one.value is not None]
        assert row.posts == len(mine)
        if row.spread:
            assert (row.spread.known, row.spread.least) == (len(values), min(values))
            assert row.spread.mean == pytest.approx(sum(values) / len(values))
        else:
            assert not any(one.value is not None for one in mine)


def test_fields_of_law_come_from_tags_and_from_what_is_cited(desk: Office, now: datetime) -> None:
    published(desk, "mot", now - 20 * DAY, "fanpage", tags="[Luật Đất đai, giao thông]")
    published(desk, "hai", now - 19 * DAY, "fanpage", citations="[Nghị định 168/2024/NĐ-CP]")
    published(desk, "ba", now - 18 * DAY, "fanpage")
    for name, value in (("mot", 10), ("hai", 30), ("ba", 5)):
        read_at(desk, f"{name}@fanpage", {WEEK: value})
    told = compared(desk.workspace, "field")
    assert {key: one.posts for key, one in by_key(told).items()} == {"giao-thong": 2, "dat-dai": 1, "": 1}
    assert told.shared == 1, "one post counts in two fields, and whoever reads is told"
    assert by_key(told)[""].label == "Chưa rõ lĩnh vực"
    own = desk.folder / "templates" / "linh-vuc.toml"
    own.parent.mkdir(exist_ok=True)
    head = 'ngay_kiem_tra = 2026-11-01\nnguon = "Phòng Tư pháp"\n[[linh_vuc]]\nma = "a"\nten = "Của xã"\n'
    own.write_text(f'{head}tu = ["đất đai"]\n', "utf-8")
    mine = compared(desk.workspace, "field")
    assert {key: one.label for key, one in by_key(mine).items()} == {"a": "Của xã", "": "Chưa rõ lĩnh vực"}
    assert mine.division
    assert mine.division.source == "Phòng Tư pháp"
    own.write_text(f'{head}tu = "đất đai"\n', "utf-8")
    with pytest.raises(UsageError, match=r"templates/linh-vuc\.toml.*linh_vuc 1"):
        compared(desk.workspace, "field")


def test_campaigns_stand_beside_what_belongs_to_none(desk: Office, now: datetime) -> None:
    plan = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9))
    made = campaigns.create(desk.workspace, desk.people["soan"], plan)
    mine = campaigns_of(desk.workspace)[made.id][1][0]
    gone = {"status": "published", "published_at": now - 20 * DAY, "wake_at": None}
    of_campaign = update(delivery).where(delivery.c.post_id == mine).values(**gone)
    desk.workspace.database.run(lambda c: c.execute(of_campaign))
    published(desk, "le", now - 20 * DAY, "website")
    told = compared(desk.workspace, "campaign", channel="website")
    assert {one.label: one.posts for one in told.groups} == {made.name: 1, "Ngoài chiến dịch": 1}


def test_periods_stand_beside_the_one_before_and_the_same_a_year_ago(desk: Office, now: datetime) -> None:
    for name, days in (("nay", 10), ("truoc", 40), ("nam-ngoai", 375)):
        published(desk, name, now - days * DAY, "fanpage")
        read_at(desk, f"{name}@fanpage", {WEEK: days})
    told = by_key(compared(desk.workspace, "period", period="30d"))
    assert {key: one.spread.mean for key, one in told.items() if one.spread} == {
        "now": 10,
        "before": 40,
        "year_ago": 375,
    }
    assert list(told) == ["now", "before", "year_ago"]
    whole = compared(desk.workspace, "period", period="365d")
    assert sum(one.posts for one in whole.groups) == 4, "a post that lies in two spans stands in both"


def test_weekdays_and_hours_are_those_of_the_units_zone_and_keep_their_order(desk: Office) -> None:
    monday_early = datetime(2026, 10, 11, 23, 30, tzinfo=UTC)  # 06:30 on Monday in Vietnam
    many(desk, "fanpage", [monday_early, monday_early + 3 * DAY], [5, 500])
    told = compared(desk.workspace, "weekday")
    assert [(one.label, one.posts) for one in told.groups] == [("Thứ Hai", 1), ("Thứ Năm", 1)]
    assert [one.label for one in compared(desk.workspace, "hour").groups] == ["6–7 giờ"]


def test_slips_of_the_hand_are_told_with_what_there_is(desk: Office, now: datetime) -> None:
    many(desk, "fanpage", [now - 20 * DAY], [5])
    with pytest.raises(UsageError, match="views"):
        compared(desk.workspace, "kind", metric="view")
    with pytest.raises(UsageError, match="7d"):
        compared(desk.workspace, "kind", age="8d")
    with pytest.raises(UsageError, match="quy-3-2026"):
        compared(desk.workspace, "kind", period="quý năm")
    with pytest.raises(NotFound, match="fanpage"):
        compared(desk.workspace, "kind", channel="fanpag")


def moments(hour: int, count: int, first: datetime) -> list[datetime]:
    """So many working days at that hour of Vietnam."""
    start = first.replace(hour=(hour - 7) % 24, minute=10)
    days = (start + n * DAY for n in range(3 * count))
    return [at for at in days if (at + timedelta(hours=7)).weekday() < 5][:count]


def test_an_hour_is_better_only_with_posts_enough(desk: Office) -> None:
    many(desk, "fanpage", moments(19, 10, FIRST), [300 + n for n in range(10)], "toi")
    many(desk, "fanpage", moments(9, 20, FIRST), [100 + n for n in range(20)], "sang")
    many(desk, "fanpage", moments(12, 3, FIRST), [900, 901, 902], "trua")
    [told] = best_hours(desk.workspace).channels
    verdicts = {one.slot: (one.verdict, one.spread.known) for one in told.slots}
    assert verdicts == {
        Slot(False, 12): ("few", 3),
        Slot(False, 19): ("better", 10),
        Slot(False, 9): ("same", 20),
    }
    assert told.slots[0].slot.hour == 12, "it stands where it lies, and is not called better"
    few = best_hours(desk.workspace, period="30d")
    assert not few.channels


def test_an_hour_tells_whether_it_is_one_of_the_units_posting_slots(desk: Office) -> None:
    config = desk.folder / "config.toml"
    text = config.read_text("utf-8").replace('# fanpage = "T2-T6 07:30', 'fanpage = "T2-T6 19:30')
    config.write_text(text, "utf-8")
    many(desk, "fanpage", [*moments(19, 1, FIRST), *moments(9, 1, FIRST)], [3, 2])
    [told] = best_hours(Workspace.open(desk.folder, desk.clock)).channels
    assert {one.slot.hour: one.planned for one in told.slots} == {19: True, 9: False}


def test_the_commands_tell_age_numbers_and_what_cannot_be_said(desk: Office, at_desk: Loa) -> None:
    many(desk, "website", moments(9, 3, FIRST), [100, 200, 10_000])
    answer = at_desk("reach", "compare", "--by", "kind", "--period", "365d")
    assert "khi bài được 7 ngày, 365 ngày qua" in answer.err
    assert "200" in answer.out
    assert "3/3" in answer.out
    assert "ít bài, chưa nên kết luận" in answer.out
    assert "3.433" in answer.out, "the mean stands beside the median"
    assert "không được tính vào, không phải 0" in answer.err
    told = at_desk("reach", "compare", "--by", "kind", "--period", "365d", "--json").json
    assert told["groups"][0]["spread"]["median"] == 200
    assert (told["metric"], told["age"]) == ("views", "7d")
    hours_told = at_desk("reach", "hours")
    assert "website: chưa đủ bài để kết luận giờ nào tốt hơn (cần từ 8 bài" in hours_told.out
    assert at_desk("reach", "hours", "--json").json["channels"][0]["slots"][0]["verdict"] == "few"
    slip = at_desk("reach", "compare", "--by", "loại")
    assert slip.code == 2
    assert "kind" in slip.err
    assert "chưa có bài nào" in at_desk("reach", "compare", "--period", "thang-1-2024").err


def test_one_delivery_is_drawn_over_its_ages_with_gaps_and_breaks(
    desk: Office, at_desk: Loa, now: datetime
) -> None:
    published(desk, "mot", now - 40 * DAY, "website")
    read_at(desk, "mot@website", {timedelta(hours=1): 10, DAY: 40, 3 * DAY: None}, definition="cũ")
    read_at(desk, "mot@website", {14 * DAY: 5, 30 * DAY: 10}, definition="mới")
    answer = at_desk("reach", "show", "mot@website")
    assert "lượt xem: ·▃·█··|▅█" in answer.out
    assert answer.out.count("không đọc lúc ấy") == 3
    assert answer.out.count("nền tảng không cho biết") == 1
    assert answer.out.count("đổi cách đếm từ đây") == 1
    points = at_desk("reach", "show", "mot@website", "--json").json["curves"]["views"]
    assert [one["value"] for one in points] == [None, 10, None, 40, None, None, 5, 10, None]
    assert [one["state"] for one in points][-1] == "ahead"
    assert "mot@website · lượt xem: ·▃·█··|▅█" in at_desk("reach", "show", "mot").out


def test_a_figure_that_a_person_noted_besides_is_no_change_of_counting(
    desk: Office, at_desk: Loa, now: datetime
) -> None:
    published(desk, "mot", now - 40 * DAY, "website")
    read_at(desk, "mot@website", {DAY: 10, 14 * DAY: 30})
    read_at(desk, "mot@website", {7 * DAY: 20}, definition="tự đọc", source="typed:soan")
    assert "lượt xem: ···▃·▆█" in at_desk("reach", "show", "mot@website").out


def test_a_channel_tells_its_plan_its_followers_and_its_posts(
    desk: Office, at_desk: Loa, now: datetime
) -> None:
    published(desk, "mot", now - 20 * DAY, "website")
    read_at(desk, "mot@website", {DAY: 1, WEEK: 3})
    for n, count in ((30, 100), (1, 140)):
        day = (now - n * DAY).date().isoformat()
        row = {"channel_id": "website", "day": day, "followers": count, "taken_at": now - n * DAY}
        desk.workspace.database.run(lambda c, row=row: c.execute(insert(follower_day).values(**row)))
    answer = at_desk("reach", "show", "website")
    assert "hẹn 1 lượt đăng, đã đăng 1 (100%)." in answer.out
    assert "Người theo dõi kênh website: 140 (+40 trong 90 ngày) ···················▆·········█" in answer.out
    assert "mot@website · lượt xem: ···▃·█" in answer.out
    assert "chưa cho biết số người theo dõi" in at_desk("reach", "show", "fanpage").out
    assert at_desk("reach", "show", "website", "--json").json["plan"]["done"] == 1
    unknown = at_desk("reach", "show", "websit")
    assert unknown.code != 0
    assert "website" in unknown.err


def test_the_groups_a_command_offers_are_those_there_are() -> None:
    from loa.cli import reach_compare

    assert reach_compare._BY == groups.BY
    assert hours.USUAL_PERIOD == "365d"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_groups_and_medians_are_those_of_a_second_count_from_raw_rows(desk: Office, seed: int) -> None:
    """A ledger with all that can happen; counted again here without any of the code above."""
    fill(desk, seed)
    chance = random.Random(seed)
    public = (
        "SELECT d.id, d.seq, d.channel_id, p.kind, d.published_at FROM delivery d JOIN post p"
        " ON p.id = d.post_id WHERE d.status IN ('published', 'removing', 'removed')"
        " AND d.published_at IS NOT NULL"
    )
    raw = "SELECT delivery_seq, taken_at, value, definition, source FROM reading WHERE metric = 'views'"
    with desk.workspace.database.read() as connection:
        rows = connection.execute(text(public)).all()
    for row in rows:
        for definition, source in (("cũ", "graph"), ("mới", "graph"), ("tự đọc", "typed:soan")):
            ages = [chance.uniform(0, 12) * DAY for _ in range(chance.randint(0, 3))]
            told_then = {age: chance.choice([None, 0, chance.randint(1, 900)]) for age in ages}
            read_at(desk, row.id, told_then, definition=definition, source=source)
    desk.clock.forward(days=60)
    told = compared(desk.workspace, "kind", metric="views", period="2026")
    with desk.workspace.database.read() as connection:
        readings = connection.execute(text(raw)).all()
    year = (datetime(2025, 12, 31, 17, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC))
    values: dict[tuple[str, str, str], list[int]] = {}
    posts: dict[tuple[str, str], int] = {}
    for _, seq, channel, kind, written in rows:
        out = datetime.fromisoformat(str(written)).replace(tzinfo=UTC)
        if not year[0] <= out < year[1]:
            continue
        posts[channel, kind] = posts.get((channel, kind), 0) + 1
        best = None
        for of, taken, value, definition, source in readings:
            age = datetime.fromisoformat(str(taken)).replace(tzinfo=UTC) - out
            if of == seq and value is not None and 5.25 * DAY <= age <= 8.75 * DAY:
                mark = (source.startswith("typed:"), abs(age - WEEK), -age)
                best = min(filter(None, [best, (mark, value, definition)]))
        if best:
            values.setdefault((channel, kind, best[2]), []).append(best[1])
    assert {(one.channel, one.key): one.posts for one in told.groups} == posts
    found = {(o.channel, o.key, o.definition): o.spread.median for o in told.groups if o.spread}
    assert found == {key: pytest.approx(statistics.median(many)) for key, many in values.items()}
    assert found
