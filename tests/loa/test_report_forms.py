"""Due dates and forms are data: reckoned from the facts, marked where nobody compared them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.errors import NotFound, UsageError
from loa.reports import due, forms
from loa.services import report_periods, reporting
from loa.services.report_facts import Facts
from tests.loa.conftest import Loa
from tests.support.ledger import fill
from tests.support.office import Office

HEAD = 'ma = "rieng"\nten = "Riêng"\nnguon = "x"\nngay_kiem_tra = 2026-01-01\n'


@pytest.fixture
def facts(desk: Office) -> Facts:
    fill(desk, 6)
    return reporting.facts(desk.workspace, "periodic", report_periods.named("2026"))


def own(desk: Office, text: str) -> None:
    (desk.folder / "bieu_mau").mkdir(exist_ok=True)
    (desk.folder / "bieu_mau" / "rieng.toml").write_text(text, "utf-8")


def value(desk: Office, facts: Facts, formula: str) -> float | int | None:
    own(desk, f'{HEAD}[[dong]]\nten = "a"\ncong_thuc = "{formula}"\n')
    return forms.fill(forms.get(desk.folder, "rieng"), facts)[0].value


def test_the_shipped_forms_are_filled_from_the_facts(desk: Office, facts: Facts) -> None:
    rows = {one.name: one for one in forms.fill(forms.get(desk.folder, "so-lieu-ky"), facts)}
    assert rows["Số tài liệu đăng tải trên Internet"].value == facts.posts
    video = sum(one.posts for one in facts.kinds if one.key == "video")
    assert rows["Trong đó: video"].value == video > 0
    on_the_pole = tuple(replace(one, platform="loudspeaker") for one in facts.channels)
    away = forms.counters(replace(facts, channels=on_the_pole))
    assert (away["bai_internet"], away["so_bai"]) == (0, facts.posts), "a loudspeaker is not the Internet"
    networks = sum(one.published for one in facts.channels if one.platform in ("facebook", "zalo"))
    assert rows["Lượt đăng trên mạng xã hội"].value == networks
    assert rows["Tỷ lệ thực hiện kế hoạch"].value == facts.plan.done * 100 / facts.plan.planned
    assert rows["Số cuộc thi tìm hiểu pháp luật"].by_hand
    assert not any(one.verified for one in forms.listing(desk.folder))
    assert len(forms.fill(forms.get(desk.folder, "minh-chung-so"), facts)) == 8


def test_what_loa_has_no_record_of_is_not_said_to_be_missing(desk: Office, facts: Facts) -> None:
    form = forms.get(desk.folder, "minh-chung-so")
    shown = {row[1]: row[3] for row in forms.table(form, forms.fill(form, facts)).rows}
    assert str(shown["Phổ biến pháp luật trên mạng xã hội"]).startswith("Có (")
    assert "không ghi nhận" in str(shown["Thi tìm hiểu pháp luật trực tuyến"])
    assert "không ghi nhận" in str(shown["Tin nhắn SMS"])
    assert shown["Hình thức khác"] == "(đơn vị ghi)"


def test_a_formula_reckons_and_a_share_of_nothing_is_not_available(desk: Office, facts: Facts) -> None:
    assert value(desk, facts, "so_luot - so_luot + 7") == 7
    assert value(desk, facts, "(so_bai + 1) * 2 / 2") == facts.posts + 1
    assert value(desk, facts, "so_bai / (so_bai - so_bai)") is None
    assert value(desk, facts, "1 + so_bai / 0") is None
    for endless in ("1e999", "1e999 - 1e999", "1e308 * 10"):
        assert value(desk, facts, endless) is None


def test_a_folder_among_the_forms_is_none(desk: Office) -> None:
    shipped = forms.listing(desk.folder)
    (desk.folder / "bieu_mau" / "y.toml").mkdir(parents=True)
    assert forms.listing(desk.folder) == shipped


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("so_baii", "so_bai"),
        ("__import__('os').system('x')", "chỉ gồm"),
        ("so_bai ** 9", "chỉ gồm"),
        ("so_bai +", "chỉ gồm"),
        ("[1]", "chỉ gồm"),
        ("'a' * 9", "chỉ gồm"),
        ("-so_bai", "chỉ gồm"),
    ],
)
def test_a_formula_that_says_nothing_is_told_with_its_row(
    desk: Office, facts: Facts, formula: str, why: str
) -> None:
    with pytest.raises(UsageError, match=why) as told:
        value(desk, facts, formula)
    assert formula in str(told.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text("0123456789abso_i +-*/().'[]{}\\\"=\n", max_size=40))
def test_whatever_stands_in_a_form_is_a_value_or_a_sentence(desk: Office, formula: str) -> None:
    empty = reporting.facts(desk.workspace, "periodic", report_periods.named("2026"))
    with suppress(UsageError):
        told = value(desk, empty, formula)
        assert told is None or isinstance(told, int | float)


@pytest.mark.parametrize("text", ["ma = ", "", HEAD, f"{HEAD}dong = 3", f"{HEAD}[[dong]]\nx = 1\n"])
def test_a_broken_form_is_told_with_its_file(desk: Office, text: str) -> None:
    own(desk, text)
    with pytest.raises(UsageError, match=r"bieu_mau/rieng\.toml"):
        forms.listing(desk.folder)


def test_a_form_is_written_with_its_mark(desk: Office, facts: Facts, at_desk: Loa, tmp_path: Path) -> None:
    file = tmp_path / "bieu.xlsx"
    answer = at_desk("report", "form", "so-lieu-ky", "--period", "2026", "--to-file", file)
    assert answer.code == 0, answer.err
    assert "CHƯA ĐỐI CHIẾU BẢN GỐC" in answer.err
    cells = [cell.value for row in openpyxl.load_workbook(file).active.iter_rows() for cell in row]
    assert facts.posts in cells
    assert any("CHƯA ĐỐI CHIẾU" in str(cell) for cell in cells)
    told = at_desk("report", "form", "so-lieu-ky", "--period", "2026", "--json").json
    assert (told["form"], told["verified"]) == ("so-lieu-ky", False)
    assert (
        at_desk("report", "form", "so-lieu-ky", "--period", "2026", "--to-file", tmp_path / "b.csv").code == 0
    )
    assert (tmp_path / "b.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert at_desk("report", "form", "so-lieu", "--period", "2026").code == 4
    assert "so-lieu-ky" in at_desk("report", "forms").out
    with pytest.raises(NotFound, match="so-lieu-ky"):
        forms.get(desk.folder, "so-lieu-kyy")


def test_due_dates_count_down_and_roll_over(desk: Office) -> None:
    yearly = {one.period: one for one in due.upcoming(desk.folder, date(2026, 11, 22))}["nam-2026"]
    assert (yearly.on, yearly.days_left, yearly.verified) == (date(2026, 12, 5), 13, False)
    on_the_day = due.upcoming(desk.folder, date(2026, 12, 5))[0]
    assert on_the_day.days_left == 0
    late = due.upcoming(desk.folder, date(2026, 12, 6))[0]
    assert (late.period, late.days_left) == ("nam-2026", -1), "the day after, it is wanted more than ever"
    assert due.upcoming(desk.folder, date(2027, 2, 3))[0].days_left == -60
    after = due.upcoming(desk.folder, date(2027, 2, 4))[0]
    assert (after.on, after.period) == (date(2027, 12, 5), "nam-2027")


@pytest.mark.parametrize(
    ("today", "period"),
    [
        (date(2026, 5, 1), "6-thang-dau-2025"),
        (date(2026, 6, 30), "6-thang-dau-2025"),
        (date(2026, 7, 1), "6-thang-dau-2026"),
        (date(2026, 12, 31), "6-thang-dau-2026"),
    ],
)
def test_without_a_due_date_the_period_last_over_is_told(desk: Office, today: date, period: str) -> None:
    [half] = [one for one in due.upcoming(desk.folder, today) if one.on is None]
    assert (half.period, half.days_left) == (period, None)


@pytest.mark.parametrize(
    ("today", "on"), [(date(2027, 1, 1), date(2027, 2, 28)), (date(2028, 1, 1), date(2028, 2, 29))]
)
def test_due_on_leap_day_is_the_day_before_in_other_years(desk: Office, today: date, on: date) -> None:
    (desk.folder / "templates").mkdir()
    (desk.folder / "templates" / "han-bao-cao.toml").write_text(
        '[[bao_cao]]\nten="x"\nloai="periodic"\nky="nam"\nhan="29/02"\nnam_sau=true\nnguon="y"\n'
        "ngay_kiem_tra=2026-01-01\n",
        "utf-8",
    )
    [told] = due.upcoming(desk.folder, today)
    assert (told.on, told.period) == (on, f"nam-{on.year - 1}")


@given(st.dates(date(2002, 1, 1), date(2090, 1, 1)))
def test_a_due_date_is_at_most_60_days_past_and_less_than_two_years_off(today: date) -> None:
    for one in due.upcoming(Path("/khong-co"), today):
        if one.on is not None:
            assert today - timedelta(days=60) <= one.on < today + timedelta(days=732)
        assert report_periods.named(one.period).label == one.label


def test_due_dates_are_told_on_the_screen_and_corrected_in_a_file(desk: Office, at_desk: Loa) -> None:
    answer = at_desk("report", "due")
    assert "05/12/2026" in answer.out
    assert "chưa đặt hạn" in answer.out
    assert "chưa đối chiếu bản gốc" in answer.out
    assert "--period nam-2026" in answer.err
    folder = desk.folder / "templates"
    folder.mkdir()
    entry = '[[bao_cao]]\nten="x"\nloai="periodic"\nky="nam"\nhan="15/01"\nnam_sau=true\nnguon="y"\n'
    mine = folder / "han-bao-cao.toml"
    mine.write_text(f"{entry}ngay_kiem_tra=2026-01-01\n", "utf-8")
    [told] = at_desk("report", "due", "--json").json
    desk.clock.instant = datetime(2027, 1, 18, tzinfo=UTC)
    assert "quá hạn 3 ngày" in at_desk("report", "due").out
    assert (told["on"], told["period"]) == ("2027-01-15", "nam-2026")
    for wrong in (entry, entry.replace("15/01", "31/02") + "ngay_kiem_tra=2026-01-01\n", "bao_cao = 1", "["):
        mine.write_text(wrong, "utf-8")
        answer = at_desk("report", "due")
        assert answer.code == 2
        assert "han-bao-cao.toml" in answer.err
