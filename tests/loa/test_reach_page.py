"""The report's page shows posts at the same age; reports are made in one step; what is due is told."""

from __future__ import annotations

import errno
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update

from content.activity.entry import Activity
from content.whole import whole
from loa.cli import report_page
from loa.reports import making, same_age
from loa.services import activities, report_periods, reporting
from scheduler.store.tables import post
from tests.loa.conftest import Loa
from tests.support.grown import DAY, many
from tests.support.office import Office

FIRST = datetime(2026, 8, 3, 12, 15, tzinfo=UTC)  # a Monday, 19:15 in Vietnam


def moments(count: int, hour: int) -> list[datetime]:
    days = (FIRST.replace(hour=(hour - 7) % 24) + n * DAY for n in range(3 * count))
    return [at for at in days if (at + timedelta(hours=7)).weekday() < 5][:count]


@pytest.fixture
def grown(desk: Office) -> Office:
    many(desk, "fanpage", moments(10, 19), [300 + n for n in range(10)], "toi")
    many(desk, "fanpage", moments(20, 9), [100 + n for n in range(20)], "sang")
    video = update(post).where(post.c.id.startswith("toi")).values(kind="video")
    desk.workspace.database.run(lambda c: c.execute(video))
    many(desk, "website", moments(2, 9), [7, 9], "trang")
    return desk


def page(office: Office, loa: Loa, *more: str) -> str:
    target = office.folder / "so-lieu.html"
    answer = loa("report", "html", "--period", "6-thang-cuoi-2026", "--to-file", target, *more)
    assert answer.code == 0, answer.err
    return unescape(target.read_text("utf-8"))


def test_the_page_shows_medians_with_how_many_posts_and_only_hours_that_can_be_judged(
    grown: Office, at_desk: Loa
) -> None:
    told = page(grown, at_desk)
    assert "So sánh ở cùng tuổi bài: lượt xem khi bài được 7 ngày" in told
    assert "Video: 304 (10 bài); Hỏi – đáp: 110 (20 bài)" in told, "read out as well as drawn"
    assert told.count('<svg role="img" aria-labelledby="tuoi-') == 1, "two posts of the website are no chart"
    assert "tốt hơn vào Thứ Hai – Thứ Sáu, 19–20 giờ" in told
    assert "chưa đủ bài để kết luận giờ nào tốt hơn" in told
    hours = told[told.index("Giờ đăng: lượt xem") :]
    assert re.findall(r"Thứ Hai – Thứ Sáu, \d+–\d+ giờ</td>", hours) == [
        "Thứ Hai – Thứ Sáu, 19–20 giờ</td>",
        "Thứ Hai – Thứ Sáu, 9–10 giờ</td>",
    ]


def test_a_report_without_posts_has_no_such_part(desk: Office, at_desk: Loa) -> None:
    assert "cùng tuổi bài" not in page(desk, at_desk)


def test_the_page_compares_its_own_posts_only(grown: Office) -> None:
    facts = reporting.facts(grown.workspace, "engagement", report_periods.named("thang-8-2026"))
    told = same_age.gathered(grown.workspace, facts)
    assert sum(one.posts for one in told.comparisons[0].groups) == len(facts.items) > 0


def test_html_is_one_command_and_opens_in_a_browser_where_there_is_one(
    grown: Office, at_desk: Loa, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(report_page, "opened", lambda address: not asked.append(address))
    answer = at_desk("report", "html", "--open")
    file = grown.folder / "bao-cao" / "bao-cao-nam-2026.html"
    assert file.is_file(), answer.err
    assert asked == [file.absolute().as_uri()]
    monkeypatch.setattr(report_page, "opened", lambda _: False)
    again = at_desk("report", "html", "--open")
    assert file.with_stem("bao-cao-nam-2026-2").is_file(), "what was made before is not overwritten"
    assert "Hãy mở tệp" in again.err
    assert at_desk("report", "html", "--to-file", file).code == 2
    assert at_desk("report", "html", "--to-file", grown.folder / "a.docx").code == 2


def test_the_report_is_a_word_file_in_one_step_and_its_period_and_place_are_told(
    desk: Office, at_desk: Loa
) -> None:
    answer = at_desk("report", "word")
    file = desk.folder / "bao-cao" / "bao-cao-nam-2026.docx"
    assert (answer.code, file.is_file()) == (0, True), answer.err
    assert (
        "Không nói kỳ nào nên lấy năm 2026. Kỳ khác thì thêm, ví dụ: --period 6-thang-dau-2026" in answer.err
    )
    assert f"Đã ghi {file.absolute()}." in answer.err
    assert "trình ký" in answer.err, "what to do with it"
    assert "để trống: địa danh (place), nơi kính gửi (to), người ký (signer). Điền một lần" in answer.err
    told = at_desk("report", "word", "--period", "6 tháng đầu năm 2026", "--json").json
    half = desk.folder / "bao-cao" / "bao-cao-6-thang-dau-nam-2026.docx"
    assert told == {"file": str(half.absolute()), "period": "6 tháng đầu năm 2026"}
    assert half.is_file()
    assert at_desk("report", "word", "--period", "6-thang-dau").code == 2


def test_a_look_without_a_period_says_which_one_it_is_and_how_to_get_a_file(at_desk: Loa) -> None:
    answer = at_desk("report", "periodic")
    assert answer.code == 0
    assert "nên lấy năm 2026" in answer.err
    assert "chưa ghi tệp" in answer.err
    assert at_desk("report", "campaign").code == 2, "which campaign is not guessed"


def test_a_file_is_told_with_its_whole_place(
    at_desk: Loa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, *words in (("a.docx", "periodic"), ("a.csv", "form", "so-lieu-ky"), ("a.zip", "evidence")):
        answer = at_desk("report", *words, "--period", "2026", "--to-file", name)
        assert str(tmp_path / name) in answer.err


def test_the_page_of_the_report_has_the_ledger_and_its_maker_hears_what_it_leaves_out(
    desk: Office, at_desk: Loa
) -> None:
    day = date(2026, 11, 5)
    for title, done in (("Đã họp", True), ("Chưa báo", False)):
        activities.add(desk.workspace, desk.people["soan"], Activity("hoi_nghi", title, day, day, done=done))
    for words in (("html",), ("word",), ("periodic",), ("form", "so-lieu-ky", "--period", "2026")):
        assert "chưa được tính: 2." in at_desk("report", *words).err, words
    assert "chưa được tính" not in at_desk("report", "engagement").err
    assert "chưa được tính" not in at_desk("report", "word", "--period", "6-thang-dau-2026").err
    page = (desk.folder / "bao-cao" / "bao-cao-nam-2026.html").read_text("utf-8")
    assert "Hoạt động trực tiếp" in page


def test_status_tells_the_report_that_is_due_and_then_that_it_is_overdue(desk: Office, run_loa: Loa) -> None:
    def told() -> list[str]:
        lines = run_loa("status", workspace=desk.folder).out.splitlines()
        return [line for line in lines if "Báo cáo năm" in line]

    [line] = told()
    assert "Báo cáo năm về phổ biến, giáo dục pháp luật (năm 2026): còn 26 ngày, hạn 05/12/2026" in line
    assert "loa report periodic --period nam-2026" in line
    [due] = run_loa("status", "--json", workspace=desk.folder).json["reports_due"]
    assert (due["due"]["period"], due["due"]["days_left"], due["overdue"]) == ("nam-2026", 26, False)
    desk.clock.forward(days=26)
    assert "hạn hôm nay" in told()[0]
    desk.clock.forward(days=10)
    assert told()[0].startswith("! ")
    assert "quá hạn 10 ngày" in told()[0]
    desk.clock.forward(days=100)
    assert told() == []


def test_a_file_of_due_dates_that_is_wrong_is_told_and_hides_nothing_else(desk: Office, run_loa: Loa) -> None:
    own = desk.folder / "templates" / "han-bao-cao.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text("[[bao_cao]\n", "utf-8")
    answer = run_loa("status", workspace=desk.folder)
    assert answer.code == 0
    assert "han-bao-cao.toml" in answer.out
    assert "UBND xã Thử Nghiệm" in answer.out


def test_a_file_where_the_folder_of_reports_should_be_is_said_in_a_sentence(
    desk: Office, at_desk: Loa
) -> None:
    (desk.folder / "bao-cao").write_text("", "utf-8")
    answer = at_desk("report", "html", "--period", "2026")
    assert answer.code == 2
    assert "bao-cao là một tệp" in answer.err


def test_what_the_page_is_told_to_do_about_a_file_that_is_there_can_be_done(
    desk: Office, at_desk: Loa
) -> None:
    page = desk.folder / "trang.html"
    page.write_text("cũ", "utf-8")
    words = ("report", "html", "--period", "2026", "--to-file", str(page))
    answer = at_desk(*words)
    assert (answer.code, page.read_text("utf-8")) == (2, "cũ")
    assert "--replace" in answer.err
    assert at_desk(*words, "--replace").code == 0
    assert "<html" in page.read_text("utf-8")


def test_a_full_disk_is_named_where_the_report_is_not_where_the_workspace_is(tmp_path: Path) -> None:
    target = tmp_path / "trang.html"
    with pytest.raises(OSError) as raised, whole(target):
        raise OSError(errno.ENOSPC, "no space")
    assert (raised.value.filename, [*tmp_path.iterdir()]) == (str(target), [])


def test_the_report_that_is_due_next_is_proposed_else_that_of_the_half_year_that_is_over(
    desk: Office,
) -> None:
    assert making.proposal(desk.workspace) == making.Proposal("periodic", "nam-2026")
    desk.clock.forward(days=120)
    assert making.proposal(desk.workspace).period == "6-thang-cuoi-2026"
    desk.clock.forward(days=150)
    assert making.proposal(desk.workspace).period == "6-thang-dau-2027"
