"""The registry: what is shipped, what a unit's own table says, and what a reference may mean."""

from __future__ import annotations

from datetime import date

import pytest

from content.law import Document, Registry, Validity, find, shipped
from content.law.vanban import COLUMNS, VanBanError, read_rows, written

ON = date(2026, 11, 22)
HEAD = ",".join(COLUMNS)


def rows(*lines: str, head: str = HEAD) -> list[Document]:
    return read_rows("\n".join([head, *lines]) + "\n", place="van_ban.csv")


def row(**cells: str) -> str:
    return ",".join(cells.get(name, "") for name in COLUMNS)


def meant(text: str, registry: Registry | None = None) -> list[str]:
    [citation] = find(text)
    return [document.label for document in (registry or shipped()).meant(citation, ON)]


def test_every_shipped_row_says_where_it_is_from_and_when_it_was_looked_at():
    lacking = [d.label for d in shipped() if not d.source or d.checked_on is None]
    assert lacking == []
    assert len(shipped()) >= 40


def test_nothing_that_is_shipped_is_certain_about_a_law_whose_beginning_nobody_found():
    [old, new] = shipped().named("Luật Phổ biến, giáo dục pháp luật")
    assert (old.designation, new.designation) == ("14/2012/QH13", "12/2026/QH16")
    assert (new.validity(ON), new.verified) == (Validity.UNKNOWN, False)


def test_the_shipped_table_comes_back_as_it_was():
    assert read_rows(written(shipped()), place="x") == list(shipped())


def test_one_number_of_two_years_is_two_documents():
    assert len(meant("Quyết định 766/QĐ-TTg")) == 2
    [later] = shipped().meant(find("Quyết định số 766/QĐ-TTg ngày 15/4/2025")[0], ON)
    assert later.issued == date(2025, 4, 15)
    [earlier] = shipped().meant(find("Quyết định 766/QĐ-TTg năm 2022")[0], ON)
    assert earlier.issued == date(2022, 6, 23)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Luật Đất đai", "Luật Đất đai 31/2024/QH15"),
        ("Luật Đất đai năm 2013", "Luật Đất đai 45/2013/QH13"),
        ("Nghị định 168", "Nghị định 168/2024/NĐ-CP"),
        ("Nghị định 168 năm 2024", "Nghị định 168/2024/NĐ-CP"),
        ("nghị định 049/2024/nđ-cp", "Nghị định 49/2024/NĐ-CP"),
        ("BLLĐ", "Bộ luật Lao động 45/2019/QH14"),
    ],
)
def test_a_reference_means_the_document_that_a_reader_thinks_of(text: str, label: str):
    assert meant(text) == [label]


def test_the_units_own_row_takes_the_place_of_the_shipped_one():
    own = rows(row(so_ky_hieu="49/2024/NĐ-CP", ngay_ban_hanh="10/05/2024", ngay_hieu_luc="01/07/2024",
                   ngay_het="01/11/2026", do_tin_cay="cao"))  # fmt: skip
    known = shipped().with_own(own)
    [document] = known.bearing("49/2024/NĐ-CP")
    assert document.validity(ON) is Validity.ENDED
    assert len(known) == len(shipped())


def test_an_own_row_without_the_date_of_issue_is_still_the_same_document():
    known = shipped().with_own(rows(row(so_ky_hieu="49/2024/NĐ-CP", ngay_het="2026-11-01")))
    assert [d.ended for d in known.bearing("49/2024/NĐ-CP")] == [date(2026, 11, 1)]


def test_an_own_row_with_the_date_takes_the_place_of_one_that_did_not_know_it():
    known = shipped().with_own(
        rows(
            row(
                so_ky_hieu="12/2026/QH16",
                ten="Luật PBGDPL",
                ngay_ban_hanh="2026-06-20",
                ngay_hieu_luc="2027-01-01",
            )
        )
    )
    [document] = known.bearing("12/2026/QH16")
    assert (document.name, document.validity(ON)) == ("Luật Phổ biến, giáo dục pháp luật", Validity.NOT_YET)


def test_a_table_out_of_a_spreadsheet_is_read_in_any_order_and_with_semicolons():
    head, line = "Ngày hiệu lực;Số ký hiệu;Tên", "01/01/2020 00:00:00;12/2019/TT-BTP;Về việc thử, làm mẫu"
    [document] = rows(line, head=head)
    assert (document.designation, document.effective) == ("12/2019/TT-BTP", date(2020, 1, 1))
    assert document.title == "Về việc thử, làm mẫu"


def test_events_are_read_from_one_cell():
    events = '"2026-05-01 ngưng: 5/2026/NĐ-CP; 01/06/2026 tiếp tục; 2026-07-01 hết một phần"'
    [document] = rows(row(so_ky_hieu="12/2019/TT-BTP", ngay_hieu_luc="2020-01-01", su_kien=events))
    seen = [document.validity(date(2026, month, 15)) for month in (4, 5, 6, 7)]
    assert seen == [Validity.IN_FORCE, Validity.SUSPENDED, Validity.IN_FORCE, Validity.PARTLY]


@pytest.mark.parametrize(
    ("lines", "rule", "place"),
    [
        ([row(so_ky_hieu="không số")], "row_number", "van_ban.csv:2"),
        ([row(so_ky_hieu="")[:-1] + "x"], "row_number", "van_ban.csv:2"),
        ([row(so_ky_hieu="Nghị định 1/2020/NĐ-CP và 2/2020/NĐ-CP")], "row_number", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", ngay_hieu_luc="31/02/2020")], "row_date", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", ngay_het="sang năm")], "row_date", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", ngay_ban_hanh="2020-02-01", ngay_hieu_luc="2020-01-01")],
         "row_order", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", ngay_hieu_luc="2020-02-01", ngay_het="2020-01-01")],
         "row_order", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", su_kien="2026-01-01 bay mất")], "row_event", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", su_kien="bãi bỏ")], "row_event", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP", do_tin_cay="chắc lắm")], "row_confidence", "van_ban.csv:2"),
        ([row(so_ky_hieu="1/2020/NĐ-CP"), "", row(so_ky_hieu="1/2020/NĐ-CP")], "row_twice", "van_ban.csv:4"),
        (['1/2020/NĐ-CP,"' + "x" * 200_000], "row_broken", "van_ban.csv:2"),
    ],
)  # fmt: skip
def test_a_broken_table_is_refused_whole_and_says_where(lines: list[str], rule: str, place: str):
    good = row(so_ky_hieu="9/2020/NĐ-CP")
    with pytest.raises(VanBanError) as caught:
        rows(*lines, good)
    [finding] = caught.value.findings
    assert (finding.rule, finding.place) == (f"law.{rule}", place)
    assert "{" not in finding.line()


@pytest.mark.parametrize(
    ("head", "rule"),
    [("so_ky_hieu,ten,gia", "column_unknown"), ("ten,loai", "column_missing"), ("", "column_missing")],
)
def test_a_table_with_other_columns_is_refused(head: str, rule: str):
    with pytest.raises(VanBanError) as caught:
        rows("1/2020/NĐ-CP,a,b", head=head)
    assert [finding.rule for finding in caught.value.findings] == [f"law.{rule}"]
