"""What is said about the references of a text on the day it is published."""

from __future__ import annotations

from datetime import date

import pytest

from content.law import shipped
from content.law.checks import Piece, Watch, check_law
from content.law.vanban import COLUMNS, read_rows

ON = date(2026, 11, 22)


def said(text: str, on: date = ON, **chosen: str) -> list[tuple[str, str]]:
    settings = {rule.replace("__", "."): severity for rule, severity in chosen.items()}
    found = check_law([Piece("tin.md", text, 7)], shipped(), on, settings)
    assert all("{" not in finding.line() for finding in found)
    return [(finding.rule.removeprefix("law."), finding.severity) for finding in found]


OLD = "Nghị định số 13/2023/NĐ-CP"


def test_the_last_day_in_force_is_fine_and_the_next_is_not():
    text = f"Theo {OLD}, ảnh của bạn là dữ liệu cá nhân."
    assert said(text, date(2025, 12, 31)) == []
    assert said(text, date(2026, 1, 1)) == [("expired", "block")]


@pytest.mark.parametrize(
    "text",
    [
        f"Nghị định số 356/2025/NĐ-CP thay thế {OLD}.",
        f"{OLD} (hết hiệu lực từ 01/01/2026) từng quy định như vậy.",
        f"{OLD} đã bị thay thế.",
    ],
)
def test_an_old_document_may_be_told_as_history(text: str):
    assert said(text) == []


def test_history_in_the_next_sentence_does_not_count():
    assert said(f"Áp dụng {OLD}. Văn bản trước đây đã hết hiệu lực.") == [("expired", "block")]


def test_what_nobody_checked_at_the_source_is_never_a_block():
    assert said("Nghị định số 15/2020/NĐ-CP") == [("expired", "warn")]


def test_what_is_not_yet_in_force_has_to_say_from_when():
    new, before = "Nghị định số 49/2024/NĐ-CP", date(2024, 6, 1)
    assert said(new, before) == [("not_yet_effective", "block")]
    assert said(f"{new} có hiệu lực từ ngày 01/7/2024", before) == []
    assert said(f"{new} có hiệu lực thi hành kể từ ngày 01 tháng 7 năm 2024", before) == []
    assert said(f"{new} có hiệu lực từ ngày 01/8/2024", before) == [("effective_date_claim", "block")]
    assert said(f"{new} có hiệu lực từ 01/8/2024") == [("effective_date_claim", "block")]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Thông tư số 10/2026/TT-BTP ngày 22/6/2016", "ngày ban hành là 22/06/2016"),
        ("Quyết định 27/2025/QĐ-TTg của Bộ trưởng Bộ Tư pháp", "Thủ tướng Chính phủ"),
        ("Công văn số 156/QH-HĐPH", "không có ký hiệu QH-HĐPH"),
        ("Thông tư số 168/2024/NĐ-CP", "gọi là Thông tư"),
        ("Nghị định số 168/NĐ-CP", "phải có năm"),
        ("Luật số 15/2019/QH15", "nhiệm kỳ 2021–2026"),
        ("Thông tư số 12/2026/TT-BTTTT", "không còn từ sau ngày 28/02/2025"),
        ("Nghị định số 1/2031/NĐ-CP", "ở tương lai"),
        ("Luật Đất đai số 45/2019/QH14", "Bộ luật Lao động"),
        ("Nghị định số 49/2024/NĐ-CP ngày 11/05/2024", "10/05/2024"),
    ],
)
def test_parts_that_contradict_each_other_are_named(text: str, detail: str):
    found = [f for f in check_law([Piece("x", text)], shipped(), ON) if f.rule == "law.mismatch"]
    assert [detail in finding.message for finding in found] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Quyết định 766/QĐ-TTg ngày 15/4/2025 của Thủ tướng",
        "Thông tư 22/2016/TT-BTTTT của Bộ trưởng Bộ Thông tin và Truyền thông",
        "Luật số 31/2024/QH15 của Quốc hội",
        "Quyết định số 828/QĐ-UBND ngày 09/04/2021 của Chủ tịch UBND tỉnh Tây Ninh",
        "Kết luận số 80-KL/TW ngày 20/6/2020 của Ban Bí thư",
        "Nghị định số 64/CP",
    ],
)
def test_a_right_reference_is_left_alone(text: str):
    assert said(text) == []


def test_a_number_of_two_documents_is_asked_about():
    [finding] = check_law([Piece("x", "Quyết định 766/QĐ-TTg")], shipped(), ON)
    assert (finding.rule, finding.severity) == ("law.ambiguous", "warn")
    assert "15/04/2025" in finding.message
    assert "23/06/2022" in finding.message


def test_what_is_named_in_full_elsewhere_in_the_post_is_not_asked_about():
    bare = "Luật Phổ biến, giáo dục pháp luật"
    assert said(bare) == [("ambiguous", "warn")]
    assert said(f"{bare} chọn ngày 9/11.\n\nCăn cứ: Điều 8 {bare} số 14/2012/QH13.") == []
    assert said("Quyết định 766/QĐ-TTg. Quyết định số 766/QĐ-TTg ngày 15/4/2025.") == []


def test_a_bare_number_is_a_hint_unless_the_full_one_came_before():
    assert said("Theo Nghị định 168, mức phạt tăng.") == [("first_in_full", "hint")]
    assert said("Nghị định 168/2024/NĐ-CP tăng mức phạt. Theo Nghị định 168 thì vậy.") == []


def test_spelling_and_blank_numbers_are_told():
    assert said("nghị định 49/2024/nđ-cp") == [("spelling", "hint")]
    assert said("Quyết định số .../2026/QĐ-UBND") == [("blank", "warn")]


def test_a_part_out_of_force_wants_the_place_that_is_meant():
    assert said("Nghị định 100/2019/NĐ-CP") == [("partly", "warn")]
    assert said("khoản 3 Điều 72 Nghị định 100/2019/NĐ-CP") == []


def test_each_thing_is_said_once_and_at_its_line():
    text = f"Dòng đầu\n\nTheo {OLD}.\nTheo {OLD}."
    [finding] = check_law([Piece("tin.md", text, 7)], shipped(), ON)
    assert finding.place == "tin.md:9"


def test_a_unit_decides_how_grave_a_rule_is():
    assert said(f"Theo {OLD}", law__expired="warn") == [("expired", "warn")]
    assert said(f"Theo {OLD}", law__expired="off") == []
    assert said("Nghị định số 168/NĐ-CP", law__mismatch="block") == [("mismatch", "block")]


def test_the_watch_says_no_to_what_the_check_blocks_and_to_nothing_else():
    at_work = Watch(shipped(), ON, {})
    refused = at_work.refusal(["Tiêu đề", f"Theo {OLD}"])
    assert refused is not None
    assert refused.rule == "law.expired"
    for text in (
        "Năm 2023 có nhiều đổi mới",
        f"Nghị định 356/2025/NĐ-CP thay thế {OLD}",
        "Nghị định 15/2020/NĐ-CP",
    ):
        assert at_work.refusal([text]) is None, text
    assert Watch(shipped(), date(2025, 12, 31), {}).refusal([f"Theo {OLD}"]) is None
    assert Watch(shipped(), ON, {"law.expired": "warn"}).refusal([f"Theo {OLD}"]) is None


@pytest.mark.parametrize(
    ("number", "name", "text"),
    [
        ("7-CT/TW", "", "Thực hiện Chỉ thị số 07-CT/TW"),
        ("7-CT/TW", "", "Thực hiện Chỉ thị số 7 - CT/TƯ của Ban Bí thư"),
        ("70/2006/QH11", "Luật Công chứng", "theo Luật Công chứng thì"),
        ("70/2006/QH11", "Luật Công chứng", "theo Luật Công chứng số 70/2006/QH11"),
    ],
)
def test_the_watch_misses_no_way_to_name_what_has_ended(number: str, name: str, text: str):
    cells = {"so_ky_hieu": number, "ten": name, "ngay_het": "2026-11-01", "do_tin_cay": "cao"}
    table = ",".join(COLUMNS) + "\n" + ",".join(cells.get(column, "") for column in COLUMNS)
    known = shipped().with_own(read_rows(table, place="x"))
    assert Watch(known, ON, {}).refusal([text]) is not None
