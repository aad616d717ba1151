"""Repeated posts: a preview tells every day, creating makes drafts once and wholly, it goes on later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from content.calendar.recurrence import LunarDay, RecurrenceError
from content.calendar.spoken import rule_of
from content.errors import NotFound, RefusedByRule, UsageError
from loa import config
from loa.services import (
    approving,
    backup,
    blackouts,
    calendar,
    deciding,
    drafts,
    law,
    posts,
    repeats,
    restoring,
)
from loa.services import repeat_records as records
from loa.services.importing import import_files
from loa.services.posts import RefusedFindings
from loa.services.repeats import RepeatPlan, Wish
from loa.services.workspace import Workspace
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE, Office, write_post

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
NINTH = rule_of("tháng", "9")
Planning = Callable[..., RepeatPlan]


@pytest.fixture
def template(desk: Office) -> str:
    """A post that goes out today and is to be repeated."""
    return desk.import_post("tra-loi.md")


@pytest.fixture
def planned(desk: Office, template: str) -> Planning:
    def plan(**wish: object) -> RepeatPlan:
        told = {"rule": NINTH, "until": date(2027, 6, 30)} | wish
        return repeats.plan(desk.workspace, template, Wish(**told))  # type: ignore[arg-type]

    return plan


def rules(made: RepeatPlan) -> list[str]:
    found = [*made.findings, *(remark for one in made.occurrences for remark in one.findings)]
    return [one.rule.partition(".")[2] for one in found]


def dates(made: RepeatPlan) -> list[str]:
    return [one.day.isoformat() for one in made.occurrences]


def keys(desk: Office) -> set[str]:
    return {view.id for view in posts.listing(desk.workspace)}


# ---- the preview


def test_a_preview_tells_every_day_and_creates_nothing(desk: Office, planned: Planning) -> None:
    made = planned()
    assert dates(made) == [
        "2026-12-09", "2027-01-09", "2027-02-09", "2027-03-09", "2027-04-09", "2027-05-09", "2027-06-09",
    ]  # fmt: skip
    first = made.occurrences[0]
    assert (first.post, first.lunar) == ("tra-loi-2026-12-09", "1/11")
    assert first.at == datetime(2026, 12, 9, 0, 0, tzinfo=UTC), "at the time of the post itself, 07:00 here"
    assert first.channels == ("website", "fanpage")
    tet = made.occurrences[2]
    assert ([one.name for one in tet.holidays], tet.off) == (["Tết Nguyên đán"], True)
    assert [one.rule for one in tet.findings] == ["time.holiday"]
    assert keys(desk) == {"tra-loi"}
    assert repeats.listing(desk.workspace) == []


def test_a_day_off_moves_where_the_officer_says_so(planned: Planning) -> None:
    """9/1/2027 is a Saturday, 9/2 the fourth day of Tết, 9/5 a Sunday."""
    until = {"until": date(2027, 5, 31)}
    assert dates(planned(shift="next", **until)) == [
        "2026-12-09", "2027-01-11", "2027-02-10", "2027-03-09", "2027-04-09", "2027-05-10",
    ]  # fmt: skip
    back = planned(shift="previous", **until)
    assert dates(back)[1:3] == ["2027-01-08", "2027-02-04"]
    assert back.occurrences[1].post == "tra-loi-2027-01-08"
    assert rules(back).count("shifted") == 3


def test_law_day_of_eight_years_meets_a_weekend_twice(planned: Planning) -> None:
    """9/11/2030 is a Saturday, 9/11/2031 a Sunday; on working days it is Law Day's own date."""
    yearly = {"rule": rule_of("năm", "9/11"), "until": date(2034, 12, 31)}
    assert dates(planned(**yearly)) == [f"{year}-11-09" for year in range(2027, 2035)]
    assert rules(planned(**yearly)).count("weekend") == 2
    moved = planned(shift="next", **yearly)
    assert [one.day for one in moved.occurrences if one.day != one.on] == [
        date(2030, 11, 11),
        date(2031, 11, 10),
    ]
    kept = [one for one in moved.occurrences if one.day == one.on]
    assert {tuple(day.name for day in one.holidays) for one in kept} == {("Ngày Pháp luật Việt Nam",)}


def test_days_that_move_onto_each_other_make_one_post(planned: Planning) -> None:
    made = planned(rule=rule_of("tuần", "T7, CN"), until=date(2026, 11, 23), shift="next")
    assert dates(made) == ["2026-11-16", "2026-11-23"]
    assert rules(made).count("merged") == 2


def test_exceptions_are_left_out_and_a_slip_among_them_is_told(planned: Planning) -> None:
    made = planned(excluded=(date(2027, 2, 9), date(2027, 3, 10)))
    assert "2027-02-09" not in dates(made)
    [slip] = [one for one in made.findings if one.rule == "time.except_unused"]
    assert "10/03/2027" in slip.message


def test_months_without_such_a_day_are_told(planned: Planning) -> None:
    made = planned(rule=rule_of("month", "31"))
    assert dates(made) == ["2026-12-31", "2027-01-31", "2027-03-31", "2027-05-31"]
    assert "month_end" in rules(made)
    last = planned(rule=rule_of("month", "cuối"))
    assert dates(last)[3] == "2027-02-28"
    assert "month_end" not in rules(last)
    leap = planned(rule=rule_of("năm", "29/2"), until=date(2036, 12, 31))
    assert dates(leap) == ["2028-02-29", "2032-02-29", "2036-02-29"]
    assert "leap_day" in rules(leap)


def test_lunar_days_are_vietnams_and_a_leap_month_is_told(planned: Planning) -> None:
    """2028 has a second fifth month, from 23 June on."""
    monthly = planned(rule="", lunar=(LunarDay(15),), start=date(2028, 6, 1), until=date(2028, 8, 31))
    assert [one.lunar for one in monthly.occurrences] == ["15/5", "15/5N", "15/6"]
    assert "leap_month" in rules(monthly)
    yearly = planned(rule="", lunar=(LunarDay(15, 7),), until=date(2029, 12, 31))
    assert dates(yearly) == ["2027-08-16", "2028-09-03", "2029-08-24"]
    assert "leap_month" not in rules(yearly), "the leap month of 2028 is another one"


def test_what_else_the_channel_says_and_quiet_hours_are_told(desk: Office, planned: Planning) -> None:
    desk.import_post("khac.md", due="2027-01-09T07:30+07:00", channels="[website]")
    desk.workspace.config = config.parse('[quiet_hours]\nfacebook = "21:30-07:30"')
    january = planned().occurrences[1]
    found = {one.rule: one for one in january.findings}
    assert "khac@website" in found["time.crowded"].message
    assert "fanpage" in found["time.quiet"].message
    assert found["time.quiet"].place == "2027-01-09"


def test_days_on_which_posts_stay_back_are_told(desk: Office, planned: Planning) -> None:
    duyet = desk.people["duyet"]
    blackouts.add(desk.workspace, duyet, date(2027, 1, 8), date(2027, 1, 10), "Quốc tang")
    found = {one.day.isoformat(): [remark.rule for remark in one.findings] for one in planned().occurrences}
    assert "blackout.due_inside" in found["2027-01-09"]
    assert "blackout.due_inside" not in found["2027-02-09"]


def test_a_law_that_ends_before_the_last_day_is_told(desk: Office) -> None:
    """As a remark: each copy is judged again when it is submitted, and at its own minute."""
    desk.import_post("luat.md", text="Theo Nghị định số 49/2024/NĐ-CP, loa xã là một hình thức thông tin.")
    wish = Wish(rule=NINTH, count=3)
    assert "law" not in rules(repeats.plan(desk.workspace, "luat", wish))
    row = {"so_ky_hieu": "49/2024/NĐ-CP", "ngay_ban_hanh": "2024-05-10", "ngay_hieu_luc": "2024-07-01"}
    row |= {"do_tin_cay": "cao", "ngay_het": "2027-01-31"}
    table = desk.folder / "het.csv"
    table.write_text("\n".join(",".join(line) for line in (row, row.values())) + "\n", "utf-8-sig")
    law.import_table(desk.workspace, desk.people["duyet"], table)
    made = repeats.plan(desk.workspace, "luat", wish)
    [told] = [one for one in made.findings if one.rule == "time.law"]
    assert (told.severity, "49/2024/NĐ-CP" in told.message) == ("warn", True)
    assert made.refused == []


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"until": None}, "kết thúc"),
        ({"count": 3}, "một cách"),
        ({"rule": "FREQ=DAILY", "until": date(2027, 12, 31)}, "120"),
        ({"rule": "FREQ=HOURLY"}, "FREQ=HOURLY"),
        ({"rule": "FREQ=MONTHLY;BYHOUR=7"}, "BYHOUR=7"),
        ({"rule": rule_of("năm", "30/2"), "until": date(2040, 1, 1)}, "Không có ngày nào"),
        ({"until": date(2070, 1, 1)}, "20 năm"),
        ({"rule": ""}, "một cách lặp"),
    ],
)
def test_what_cannot_be_repeated_so_says_why(
    planned: Planning, wish: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UsageError) as error:
        planned(**wish)
    assert sentence in str(error.value)


def test_a_post_without_a_time_or_channel_says_what_it_lacks(desk: Office) -> None:
    desk.import_post("khong-gio.md", due="")
    wish = Wish(rule=NINTH, count=2)
    with pytest.raises(UsageError, match="--at"):
        repeats.plan(desk.workspace, "khong-gio", wish)
    assert len(repeats.plan(desk.workspace, "khong-gio", Wish(rule=NINTH, count=2, at=time(8))).new) == 2
    with pytest.raises(NotFound, match="khong-gio"):
        repeats.plan(desk.workspace, "khong-gi", wish)


def test_days_that_are_past_and_the_posts_own_day_are_left_out(desk: Office, planned: Planning) -> None:
    desk.clock.instant = datetime(2026, 11, 9, 9, 0, tzinfo=HERE)
    made = planned(start=date(2026, 9, 1), at=time(10))
    assert dates(made)[0] == "2026-12-09"
    assert {"past", "own_day"} <= set(rules(made))


# ---- creating


def test_a_series_becomes_drafts_that_each_need_their_own_approval(desk: Office, planned: Planning) -> None:
    done = repeats.create(desk.workspace, desk.people["soan"], planned())
    assert (done.outcome, len(done.posts), done.posts[0]) == ("new", 7, "tra-loi-2026-12-09")
    statuses = desk.statuses()
    assert {statuses[f"{post}@website"] for post in done.posts} == {"draft"}
    copy = posts.get(desk.workspace, "tra-loi-2027-03-09")
    assert copy.title == posts.get(desk.workspace, "tra-loi").title
    assert copy.deliveries[0].due_at == datetime(2027, 3, 9, 0, 0, tzinfo=UTC)
    desk.clock.instant = datetime(2026, 12, 1, tzinfo=UTC)  # an approval is good for 30 days
    approving.submit(desk.workspace, desk.people["soan"], "tra-loi-2026-12-09")
    approving.approve(desk.workspace, desk.people["duyet"], "tra-loi-2026-12-09")
    desk.publish_until(datetime(2027, 2, 1, tzinfo=UTC))
    after = desk.statuses()
    assert after["tra-loi-2026-12-09@website"] == "published"
    assert after["tra-loi-2027-01-09@website"] == "draft", "nothing unapproved is ever public"
    [view] = repeats.listing(desk.workspace)
    assert (view.posts, view.planned, view.done) == (7, 14, 1)


def test_the_same_again_adds_nothing_whatever_happened_meanwhile(desk: Office, planned: Planning) -> None:
    soan = desk.people["soan"]
    repeats.create(desk.workspace, soan, planned(shift="next"))
    before = keys(desk)
    (desk.folder / calendar.OWN).write_text('[[day]]\ndate = 2027-03-09\nname = "Nghỉ"\n', "utf-8")
    deciding.cancel(desk.workspace, soan, "tra-loi-2027-04-09@website", "thôi")
    desk.clock.instant = datetime(2026, 12, 20, tzinfo=UTC)
    again = planned(shift="next")
    assert again.new == []
    assert repeats.create(desk.workspace, soan, again).outcome == "same"
    assert keys(desk) == before


def test_a_later_end_continues_where_the_series_ended(desk: Office, planned: Planning) -> None:
    soan = desk.people["soan"]
    repeats.create(desk.workspace, soan, planned(excluded=(date(2027, 2, 9),)))
    more = repeats.extended(desk.workspace, "tra-loi", date(2027, 9, 30))
    assert [one.day.isoformat() for one in more.new] == ["2027-07-09", "2027-08-09", "2027-09-09"]
    assert repeats.create(desk.workspace, soan, more).posts[0] == "tra-loi-2027-07-09"
    again = repeats.extended(desk.workspace, "tra-loi", date(2027, 9, 30))
    assert repeats.create(desk.workspace, soan, again).outcome == "same"
    shorter = planned(excluded=(date(2027, 2, 9),))
    assert repeats.create(desk.workspace, soan, shorter).outcome == "same", (
        "the first command is harmless still"
    )
    [series] = records.every(desk.workspace)
    assert (series.told.until, series.told.excluded) == (date(2027, 9, 30), (date(2027, 2, 9),))
    longer = planned(until=date(2027, 10, 31))
    assert [one.day.isoformat() for one in longer.new] == ["2027-10-09"], "so does a later end told anew"


def test_a_day_left_out_too_late_stays_and_is_told(desk: Office, planned: Planning) -> None:
    repeats.create(desk.workspace, desk.people["soan"], planned())
    made = planned(excluded=(date(2027, 3, 9),))
    [late] = [one for one in made.findings if one.rule == "time.except_late"]
    assert "tra-loi-2027-03-09" in late.message
    assert made.new == []


def test_another_rule_needs_another_name(desk: Office, planned: Planning) -> None:
    repeats.create(desk.workspace, desk.people["soan"], planned())
    with pytest.raises(RefusedByRule, match="mỗi tháng, ngày 9"):
        planned(rule=rule_of("month", "15"))
    other = planned(rule=rule_of("month", "15"), name="Giữa tháng")
    repeats.create(desk.workspace, desk.people["soan"], other)
    assert [one.id for one in repeats.listing(desk.workspace)] == ["giua-thang", "tra-loi"]


def test_nothing_is_created_when_one_copy_cannot_be(desk: Office, planned: Planning) -> None:
    desk.import_post("tra-loi-2027-03-09.md")
    before = keys(desk)
    with pytest.raises(RefusedByRule, match="tra-loi-2027-03-09"):
        repeats.create(desk.workspace, desk.people["soan"], planned())
    assert keys(desk) == before
    assert records.every(desk.workspace) == []
    repeats.create(desk.workspace, desk.people["soan"], planned(name="khac"))
    assert "khac-2027-03-09" in keys(desk)


def test_killed_between_record_and_posts_the_same_command_completes_it(
    desk: Office, planned: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    soan = desk.people["soan"]
    repeats.create(desk.workspace, soan, planned(until=date(2027, 1, 31)))

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(repeats, "import_files", killed)
        patch.setattr(records, "write", _only_once(records.write))  # a killed process mends no record
        with pytest.raises(Killed):
            repeats.create(desk.workspace, soan, planned())
    assert len(records.every(desk.workspace)[0].made) == 7
    assert len(keys(desk)) == 3
    cells = repeats.progress(desk.workspace, "tra-loi").cells
    assert [cell.status for cell in cells if cell.post == "tra-loi-2027-06-09"] == ["", ""]
    done = repeats.create(desk.workspace, soan, planned())
    assert (done.outcome, len(done.posts), len(keys(desk))) == ("new", 5, 8)


def _only_once(write: Callable[..., None]) -> Callable[..., None]:
    left = [write, lambda *_: None]
    return lambda *args: left.pop(0)(*args)


def test_pictures_and_the_latest_hour_come_along(desk: Office) -> None:
    Image.new("RGB", (40, 30), "red").save(desk.folder / "posts" / "anh.png")
    desk.import_post(
        "co-anh.md", media='[{file: anh.png, alt: "Cán bộ trả lời dân"}]', deadline="2026-11-09T10:00+07:00"
    )
    made = repeats.plan(desk.workspace, "co-anh", Wish(rule=NINTH, count=2))
    repeats.create(desk.workspace, desk.people["soan"], made)
    for variant in posts.variants(desk.workspace, "co-anh-2026-12-09"):
        assert [ref.alt for ref in variant.media] == ["Cán bộ trả lời dân"]
        assert variant.deadline - variant.not_before == timedelta(hours=3)


def test_a_rule_that_the_unit_made_forbidding_forbids_it(desk: Office, planned: Planning) -> None:
    desk.workspace.config = config.parse(
        '[quiet_hours]\ndefault = "21:30-07:30"\n[checks]\n"time.quiet" = "block"'
    )
    with pytest.raises(RefusedFindings):
        repeats.create(desk.workspace, desk.people["soan"], planned())
    assert keys(desk) == {"tra-loi"}


def test_only_a_drafter_creates(desk: Office, planned: Planning) -> None:
    with pytest.raises(RefusedByRule):
        repeats.create(desk.workspace, desk.people["ky"], planned())
    assert keys(desk) == {"tra-loi"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"post": 1}', "null"])
def test_a_record_that_is_none_hides_nothing_else(desk: Office, planned: Planning, text: str) -> None:
    repeats.create(desk.workspace, desk.people["soan"], planned())
    (records.room(desk.workspace) / "hong.json").write_text(text, "utf-8")
    assert [one.id for one in repeats.listing(desk.workspace)] == ["tra-loi"]


def test_a_long_name_still_makes_names_of_posts(desk: Office) -> None:
    name = "mot-ma-bai-rat-dai-" + "a" * 40
    desk.import_post(f"{name}.md")
    [key] = keys(desk)
    made = repeats.plan(desk.workspace, key, Wish(rule=NINTH, count=1))
    done = repeats.create(desk.workspace, desk.people["soan"], made)
    assert len(done.posts[0]) <= 60
    assert done.posts[0].endswith("-2026-12-09")


def test_a_rule_may_bring_its_own_end(planned: Planning) -> None:
    bare = {"until": None}
    assert len(planned(rule="FREQ=MONTHLY;BYMONTHDAY=9;COUNT=4", **bare).new) == 4
    to_the_minute = planned(rule="RRULE:FREQ=MONTHLY;BYMONTHDAY=9;UNTIL=20270109T000000Z", **bare)
    assert dates(to_the_minute)[-1] == "2027-01-09", "07:00 here is that instant"
    a_second_less = planned(rule="FREQ=MONTHLY;BYMONTHDAY=9;UNTIL=20270108T235959Z", **bare)
    assert dates(a_second_less)[-1] == "2026-12-09"
    with pytest.raises(RecurrenceError):
        planned(rule="FREQ=DAILY;COUNT=2")


# ---- the command line


def test_from_the_command_line(desk: Office, at_desk: Loa, template: str) -> None:
    told = (
        "--every",
        "tháng",
        "--on",
        "9",
        "--at",
        "08:00",
        "--until",
        "31/12/2027",
        "--except",
        "2027-02-09",
    )
    seen = at_desk("repeat", "plan", template, *told)
    assert seen.code == 0
    assert "09/01/2027 08:00" in seen.out
    assert "tra-loi-2027-02-09" not in seen.out
    assert "12 bài sẽ tạo" in seen.err
    plan = at_desk("repeat", "plan", template, *told, "--json").json
    assert len(plan["occurrences"]) == 12
    assert plan["occurrences"][0]["at"] == "2026-12-09T01:00:00Z"
    made = at_desk("repeat", "new", template, *told, user="soan")
    assert "Đã tạo 12 bài nháp" in made.err
    assert "không tạo thêm" in at_desk("repeat", "new", template, *told, user="soan").err
    more = at_desk("repeat", "extend", template, "--until", "2028-01-31", "--json", user="soan").json
    assert more["posts"] == ["tra-loi-2028-01-09"]
    assert "mỗi tháng, ngày 9, lúc 08:00" in at_desk("repeat", "list").out
    [one] = at_desk("repeat", "list", "--json").json
    assert (one["posts"], one["done"]) == (13, 0)
    assert "tra-loi-2028-01-09" in at_desk("repeat", "show", template).out
    assert len(at_desk("repeat", "show", template, "--json").json["cells"]) == 26
    assert at_desk("repeat", "show", "tra-loj").code == NotFound.exit_code


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (["--every", "giờ"], "chu kỳ"),
        (["--every", "tháng", "--on", "T2"], "ngày trong tháng"),
        (["--every", "tháng", "--lunar", "15"], "một cách lặp"),
        (["--on", "9"], "một cách lặp"),
        (["--lunar", "32"], "âm lịch"),
        (["--every", "tháng", "--at", "25:00"], "--at"),
        (["--every", "tháng", "--until", "mai"], "không phải ngày"),
        (["--rule", "FREQ=SECONDLY"], "FREQ=SECONDLY"),
    ],
)
def test_a_slip_is_told_in_a_sentence(at_desk: Loa, template: str, told: list[str], sentence: str) -> None:
    answer = at_desk("repeat", "plan", template, *told)
    assert answer.code == 2
    assert sentence in answer.err


def test_series_come_back_from_a_backup(desk: Office, planned: Planning, tmp_path: Path) -> None:
    repeats.create(desk.workspace, desk.people["soan"], planned())
    kept = backup.create(desk.workspace, tmp_path / "sao-luu", PASSPHRASE)
    restoring.restore(Path(kept.file), tmp_path / "moi", PASSPHRASE, clock=desk.clock)
    back = Workspace.open(tmp_path / "moi", desk.clock)
    assert repeats.listing(back) == repeats.listing(desk.workspace)
    back.close()


def test_nobody_approves_their_own_text_because_another_repeated_it(desk: Office) -> None:
    """A post with a guest's and the approver's words: the copies are theirs too, whoever ran the command."""
    source = write_post(desk.folder / "posts", channels="[website]").read_text("utf-8")
    about = {"guest": "Nguyễn Văn Khách", "officer": "duyet"}
    draft = drafts.begin_with(desk.workspace, "duyet", source, {}, name="cua-khach", origin=about)
    post = drafts.save(desk.workspace, desk.people["soan"], draft).post
    made = repeats.plan(desk.workspace, post, Wish(rule=NINTH, count=2))
    repeats.create(desk.workspace, desk.people["soan"], made)
    copy = made.occurrences[0].post
    wrote = posts.get(desk.workspace, copy).contributors
    assert wrote == posts.get(desk.workspace, post).contributors
    assert set(wrote) == {"guest:Nguyễn Văn Khách", "duyet", "soan"}
    approving.submit(desk.workspace, desk.people["soan"], copy)
    with pytest.raises(RefusedByRule):
        approving.approve(desk.workspace, desk.people["duyet"], copy)


def test_copies_of_a_post_with_a_long_id_are_known_as_its_series(desk: Office) -> None:
    """Their ids are cut to make room for the day, so that no comparison of ids finds the original."""
    text = " ".join(f"chữ{number}" for number in range(60))
    name = "chuyen-muc-moi-tuan-mot-dieu-luat-cho-ba-con-nong-dan-vung-cao.md"
    path = write_post(desk.folder / "posts", name, channels="[website]", text=text)
    [done] = import_files(desk.workspace, desk.people["soan"], [path])
    made = repeats.plan(desk.workspace, done.post, Wish(rule=NINTH, count=2))
    repeats.create(desk.workspace, desk.people["soan"], made)
    found = posts.check(desk.workspace, made.occurrences[0].post)
    said = {str(one.values["post"]): one.rule for one in found if "duplicate" in one.rule}
    assert said[done.post] == "content.duplicate_series"
    assert set(said.values()) == {"content.duplicate_series"}


def test_an_extension_that_was_killed_does_not_outlive_an_earlier_end_told_later(
    desk: Office, planned: Planning
) -> None:
    """The record was written and nothing created; then the officer wants less."""
    soan, workspace = desk.people["soan"], desk.workspace
    made = planned(until=date(2027, 1, 31))
    repeats.create(workspace, soan, made)
    killed = repeats.extended(workspace, made.series.id, date(2027, 6, 30))
    records.write(workspace, replace(killed.series, officer="soan", created_at=workspace.now()))
    again = repeats.extended(workspace, made.series.id, date(2027, 2, 28))
    assert [one.day for one in again.new] == [date(2027, 2, 9)]
    repeats.create(workspace, soan, again)
    series = repeats.get(workspace, made.series.id)
    assert (series.told.until, len(series.made)) == (date(2027, 2, 28), 3)
    records.write(workspace, replace(killed.series, officer="soan", created_at=workspace.now()))
    assert len(repeats.extended(workspace, made.series.id, date(2027, 6, 30)).new) == 4, (
        "or the rest comes now"
    )


def test_words_that_name_the_posts_own_date_are_told_before_every_copy_says_them(desk: Office) -> None:
    text = "Sáng thứ Hai 9/11/2026 xã tiếp dân.\n\n## website\n\nLịch tháng 11."
    post = desk.import_post(title="Tiếp dân ngày 9 tháng 11", text=text)
    made = repeats.plan(desk.workspace, post, Wish(rule=NINTH, count=3))
    [told] = [one for one in made.findings if one.rule == "time.dated"]
    assert told.severity == "warn"
    assert all(words in told.message for words in ("“ngày 9 tháng 11”", "“9/11/2026”"))
    repeats.create(desk.workspace, desk.people["soan"], made)
    later = repeats.extended(desk.workspace, made.series.id, date(2027, 12, 31))
    assert "dated" in rules(later), "and when it goes on"
    yearly = repeats.plan(
        desk.workspace, desk.import_post("nam.md", title="Ngày Pháp luật 9/11"),
        Wish(rule=rule_of("năm", "9/11"), count=2),
    )  # fmt: skip
    assert "dated" not in rules(yearly), "what is right each year"
