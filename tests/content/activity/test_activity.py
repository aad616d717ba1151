"""One activity: what may stand in it, how counts are written, and that people never do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.activity.entry import Activity, check
from content.activity.kinds import FILE, GROUPS, Catalogue, read_catalogue
from content.activity.numbers import parse_count, parse_day, show_count
from content.activity.persons import persons_in
from content.errors import UsageError

TODAY = date(2026, 11, 22)
SHIPPED = resources.files("content").joinpath("templates", FILE).read_text("utf-8")
ONE = Activity("hoi_nghi", "Hội nghị phổ biến Luật Đất đai", TODAY, TODAY, counts={"nguoi_du": 120})


@pytest.fixture(scope="module")
def kinds() -> Catalogue:
    return read_catalogue(SHIPPED, FILE)


def rules(one: Activity, kinds: Catalogue) -> set[tuple[str, str]]:
    return {(f.rule.removeprefix("activity."), f.place) for f in check(one, kinds, TODAY)}


def test_the_shipped_kinds_cover_every_group_and_name_their_measures(kinds: Catalogue) -> None:
    assert {kind.group for kind in kinds.kinds.values()} == set(GROUPS)
    assert all(set(kind.measures) <= set(kinds.measures) for kind in kinds.kinds.values())
    for kind in kinds.kinds.values():
        assert kinds.code(kind.label.upper()) == kinds.code(kind.code.replace("_", " ")) == kind.code
    assert kinds.label("da_bo") == kinds.measure("da_bo").label == "da_bo"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("[", FILE),
        ("", "so_lieu"),
        (SHIPPED.replace('nhom = "khac"', 'nhom = "la"'), "nhom"),
        (SHIPPED.replace('so_lieu = ["ban_in"]', 'so_lieu = ["ban"]'), "so_lieu"),
        (SHIPPED.replace("nhieu_nhat = 1_000_000", "nhieu_nhat = true"), "nhieu_nhat"),
        (SHIPPED.replace('ma = "khac"', 'ma = "hoi_nghi"'), "giống nhau"),
        (SHIPPED.replace('ma = "khac"', 'ma = "Khác"'), "loai.ma"),
        (SHIPPED.replace('ma = "khac"', 'ma = "viec__khac"'), "loai.ma"),
        (SHIPPED.replace('ma = "tiet"', 'ma = "note"'), "cột có sẵn"),
        (SHIPPED.replace('ten = "Số tiết, số buổi"', 'ten = "Bài thi"'), "giống nhau"),
        (SHIPPED.replace('ten = "Số tiết, số buổi"', 'ten = "GHI CHÚ"'), "cột có sẵn"),
        (SHIPPED.replace('ten = "Hoạt động khác"', f'ten = "{"x" * 99}"'), "loai.ten"),
        (SHIPPED.replace('"Đất đai"', "3"), "linh_vuc"),
    ],
)
def test_a_wrong_file_of_kinds_is_told_with_its_place(wrong: str, why: str) -> None:
    with pytest.raises(UsageError, match=FILE) as told:
        read_catalogue(wrong, FILE)
    assert why in str(told.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.234", 1234),
        ("1 234", 1234),
        ("1234", 1234),
        (" 0 ", 0),
        ("1.234.567", 1234567),
        ("–", None),
        ("", None),
    ],
)
def test_counts_are_read_as_vietnamese_writes_them(written: str, value: int | None) -> None:
    assert parse_count(written) == value


@pytest.mark.parametrize(
    "written", ["1,5", "1.5", "1,234", "-3", "khoảng 100", "12.34", "1.2345", "1e3", "٣", "100 người"]
)
def test_what_may_mean_two_things_is_asked_back(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_count(written)


@given(st.none() | st.integers(0, 999_999_999))
def test_a_count_that_is_shown_is_read_back(value: int | None) -> None:
    assert parse_count(show_count(value)) == value


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_day_is_read_however_it_is_written(day: date) -> None:
    ways = (f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", f"{day:%d.%m.%Y}", day.isoformat())
    assert {parse_day(one) for one in ways} == {day}


@pytest.mark.parametrize("written", ["31/02/2026", "05/11/26", "05/11", "1999-12-31", "hôm qua", "45966"])
def test_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_day(written)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("liên hệ chị Lan 0912345678", "phone"),
        ("ĐT: 0912.345.678", "phone"),
        ("+84 912 345 678", "phone"),
        ("CCCD 001099012345", "identity"),
        ("001 099 012 345", "identity"),
        ("gửi về tuphap@xa.gov.vn", "mail"),
        ("Nguyễn Văn An, Trần Thị Bình, Lê Văn Cường", "names"),
        ("NGUYỄN VĂN AN; TRẦN THỊ BÌNH; LÊ VĂN CƯỜNG", "names"),
        ("1. Nguyễn Văn An\n2. Trần Thị Bình\n3. Lê Văn Cường", "names"),
        ("\n".join(f"ông {number}" for number in range(9)), "lines"),
        ("Kế hoạch 12/KH-UBND ngày 09/11/2026; 09.11.2026 10.11.2026", ""),
        ("270.153 lượt người, 699.213 tài liệu, 1.234.567 bản", ""),
        ("đường Nguyễn Trãi, Lê Lợi, Trần Phú, Lý Thường Kiệt", ""),
        ("Trường Lê Hồng Phong, Trường Trần Hưng Đạo, Trường Nguyễn Thị Minh Khai", ""),
        ("Chủ trì: Nguyễn Văn An; báo cáo viên: Trần Thị Bình", ""),
        ("", ""),
    ],
)
def test_people_are_known_by_what_lists_of_them_have(text: str, seen: str) -> None:
    assert persons_in(text) == seen


def test_a_good_activity_has_no_remark(kinds: Catalogue) -> None:
    assert rules(ONE, kinds) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": ""}, ("kind_missing", "kind")),
        ({"kind": "hop"}, ("kind_unknown", "kind")),
        ({"title": " "}, ("title_missing", "title")),
        ({"title": "x" * 201}, ("text_long", "title")),
        ({"note": "0912345678"}, ("persons_phone", "note")),
        ({"partners": "a@b.vn"}, ("persons_mail", "partners")),
        ({"last": TODAY - timedelta(days=1)}, ("backwards", "last")),
        ({"first": TODAY - timedelta(days=400)}, ("days_many", "last")),
        ({"last": TODAY + timedelta(days=1)}, ("not_over", "last")),
        ({"first": TODAY + timedelta(days=1), "last": TODAY + timedelta(days=1)}, ("not_over", "first")),
        ({"counts": {"bai_thi": 3}}, ("not_of_kind", "bai_thi")),
        ({"counts": {"nguoi_du": 1_000_001}}, ("count_large", "nguoi_du")),
        ({"counts": {"nguoi_du": -1}}, ("count_form", "nguoi_du")),
        ({"done": False}, ("counted_ahead", "nguoi_du")),
        ({"counts": {}}, ("uncounted", "nguoi_du")),
        (
            {"done": False, "counts": {}, "first": date(2030, 1, 1), "last": date(2030, 1, 1)},
            ("far", "first"),
        ),
    ],
)
def test_each_mistake_is_told_at_its_place(
    kinds: Catalogue, changes: dict[str, object], expected: tuple[str, str]
) -> None:
    wrong = replace(ONE, **changes)  # type: ignore[arg-type]  # names and values as the cases give them
    assert rules(wrong, kinds) == {expected}
    [finding] = check(wrong, kinds, TODAY)
    assert "{" not in finding.line()
    assert finding.severity == ("hint" if expected[0] == "uncounted" else "block")


def test_the_same_activity_is_known_whatever_marks_were_typed() -> None:
    again = replace(ONE, title="HOI NGHI  phổ biến luật đất đai", note="khác", counts={})
    assert again.key == ONE.key
    assert replace(ONE, title="Hội nghị phổ biến Luật Đất đai, buổi chiều").key != ONE.key
    assert replace(ONE, first=TODAY - timedelta(days=1)).key != ONE.key
    assert replace(ONE, place="Thôn 1").key != ONE.key


@given(st.text(max_size=300))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = replace(ONE, title=text, note=text).tidy
    assert once.tidy == once
    assert once.key == replace(ONE, title=text, note=text).key
