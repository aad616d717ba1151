"""A filled-in table goes into the ledger whole or not at all, and never twice."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from content.activity.entry import Activity
from loa.services import activities, activity_import
from tests.loa.conftest import Answer, Loa
from tests.support.office import Office

HEAD = "Loại hoạt động;Tên hoạt động;Từ ngày;Nơi tổ chức;Lượt người dự;Ghi chú"
TWO = ("hoi_nghi;Họp thôn 1;03/10/2026;Thôn 1;80;", "tap_huan;Tập huấn hòa giải;04/10/2026;;1.234;")


class Table:
    """An officer with a file: look at it, take it in."""

    def __init__(self, desk: Office, loa: Loa, folder: Path) -> None:
        self.desk, self._loa, self.file = desk, loa, folder / "so.csv"

    def takes(self, *lines: str, more: tuple[str, ...] = ()) -> Answer:
        self.file.write_text("\n".join((HEAD, *lines)), "utf-8-sig")
        return self._loa("activity", "import", self.file, *more, user="soan")

    def counts(self) -> dict[str, Any]:
        return {e.activity.title: dict(e.activity.counts) for e in activities.listing(self.desk.workspace)}


@pytest.fixture
def table(desk: Office, at_desk: Loa, tmp_path: Path) -> Table:
    return Table(desk, at_desk, tmp_path)


def test_the_template_filled_in_is_taken_in(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    file = tmp_path / "so.xlsx"
    assert at_desk("activity", "template", file).code == 0
    assert at_desk("activity", "template", file).code == 3, "an older file may be somebody's work"
    assert at_desk("activity", "template", tmp_path / "so.xls").code == 2
    book = load_workbook(io.BytesIO(file.read_bytes()))
    for letter, value in zip(
        "ABCG", ("Phiên tòa giả định", "Vụ tranh chấp", date(2026, 10, 3), 300), strict=True
    ):
        book.active[f"{letter}2"] = value
    book.save(file)
    looked = at_desk("activity", "import", file, "--check", user=None)
    assert looked.code == 0, "looking at it needs nobody's passphrase"
    assert "Chưa ghi gì" in looked.err
    assert activities.listing(desk.workspace) == []
    assert at_desk("activity", "import", file, user="soan").code == 0
    [entry] = activities.listing(desk.workspace)
    assert (entry.activity.kind, dict(entry.activity.counts)) == ("phien_toa", {"nguoi_du": 300})
    assert entry.source == "so.xlsx"


def test_the_same_file_again_changes_nothing(table: Table) -> None:
    assert table.takes(*TWO).code == 0
    before = activities.listing(table.desk.workspace)
    again = table.takes(*TWO, more=("--update",))
    assert "2 hoạt động đã có sẵn" in again.err
    assert activities.listing(table.desk.workspace) == before
    assert table.counts() == {"Họp thôn 1": {"nguoi_du": 80}, "Tập huấn hòa giải": {"nguoi_du": 1234}}


def test_one_wrong_cell_and_no_row_is_written(table: Table) -> None:
    answer = table.takes(*TWO, "hoi_nghi;Họp thôn 2;31/02/2026;;1,5;0912345678")
    assert answer.code == 3
    for place in ("C4", "E4", "F4"):
        assert f"{place}: " in answer.err
    assert "→" in answer.err
    assert table.counts() == {}


def test_two_rows_of_one_activity_are_told(table: Table) -> None:
    answer = table.takes(*TWO, "hoi_nghi;HỌP THÔN 1;3/10/2026;thôn 1;90;")
    assert answer.code == 3
    assert "dòng 2" in answer.err
    assert table.counts() == {}


def test_what_differs_is_told_and_corrected_only_when_asked(table: Table) -> None:
    table.takes(*TWO)
    more = TWO[0].replace("80", "95")
    answer = table.takes(more, TWO[1])
    assert answer.code == 0
    assert "--update" in answer.err
    assert table.counts()["Họp thôn 1"] == {"nguoi_du": 80}
    assert table.takes(more, TWO[1], more=("--update",)).code == 0
    assert table.counts()["Họp thôn 1"] == {"nguoi_du": 95}
    newest, first = activities.history(table.desk.workspace, 1)
    assert (first.activity.counts, newest.action, newest.source) == ({"nguoi_du": 80}, "changed", "so.csv")
    assert "so.csv" in newest.reason


def test_a_blank_cell_takes_nothing_away(table: Table) -> None:
    table.takes(*TWO)
    answer = table.takes(TWO[0].replace("80", ""), more=("--update",))
    assert "1 hoạt động đã có sẵn" in answer.err
    assert table.counts()["Họp thôn 1"] == {"nguoi_du": 80}


def test_a_blank_last_day_or_state_takes_nothing_away(table: Table) -> None:
    desk, day = table.desk, date(2026, 10, 3)
    long = Activity("hoi_nghi", "Họp thôn 1", day, date(2026, 10, 9), place="Thôn 1", counts={"nguoi_du": 80})
    activities.add(desk.workspace, desk.people["soan"], long)
    planned = Activity("hoi_nghi", "Dự kiến", day, day, done=False)
    activities.add(desk.workspace, desk.people["soan"], planned)
    more = ("--update",)
    answer = table.takes(TWO[0], "hoi_nghi;Dự kiến;03/10/2026;;;", more=more)
    assert "2 hoạt động đã có sẵn" in answer.err, answer.err
    assert [one.activity for one in activities.listing(desk.workspace)] == [long, planned]
    table.takes("hoi_nghi;Dự kiến;03/10/2026;;25;", more=more)
    held = activities.history(desk.workspace, 2)[0].activity
    assert (held.done, held.counts) == (True, {"nguoi_du": 25}), "a count says that it was held"


def test_a_row_that_only_lacks_the_place_of_one_in_the_ledger_is_remarked(table: Table) -> None:
    table.takes(*TWO)
    for row, remarked in (
        ("hoi_nghi;Họp thôn 1;03/10/2026;;80;", True),
        ("tap_huan;Tập huấn HÒA GIẢI;04/10/2026;Thôn 2;3;", True),
        ("hoi_nghi;Họp thôn 1;03/10/2026;Thôn 2;80;", False),
        ("hoi_nghi;Họp thôn 1;02/10/2026;;80;", False),
    ):
        answer = table.takes(row, more=("--check",))
        assert ("D2: Sổ có hoạt động số" in answer.err) == remarked, answer.err


def test_what_was_taken_out_does_not_come_back_with_its_file(table: Table) -> None:
    table.takes(*TWO)
    desk = table.desk
    activities.remove(desk.workspace, desk.people["soan"], 1, "không tổ chức")
    answer = table.takes(*TWO, more=("--json",))
    assert [row["outcome"] for row in answer.json["rows"]] == ["gone", "same"]
    assert answer.json["made"] == {"added": 0, "changed": 0}
    assert list(table.counts()) == ["Tập huấn hòa giải"]


def test_somebody_who_writes_the_same_meanwhile_is_met_by_all_or_nothing(table: Table) -> None:
    desk = table.desk
    table.takes(*TWO, more=("--check",))
    read = activity_import.read(desk.workspace, table.file)
    activities.add(desk.workspace, desk.people["soan"], read.rows[1].activity)
    with pytest.raises(activities.SameAlready):
        activity_import.make(desk.workspace, desk.people["soan"], read)
    assert list(table.counts()) == ["Tập huấn hòa giải"]


def test_a_campaign_that_is_none_is_told_at_its_cell(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    file = tmp_path / "so.csv"
    head = "Loại hoạt động;Tên hoạt động;Từ ngày;Chiến dịch"
    file.write_text(f"{head}\nhoi_nghi;Họp;03/10/2026;khong-co\n", "utf-8")
    answer = at_desk("activity", "import", file, user="soan")
    assert answer.code == 3
    assert "D2: Không có chiến dịch" in answer.err
    assert activities.listing(desk.workspace) == []


def test_only_who_may_draft_takes_a_table_in(table: Table, at_desk: Loa) -> None:
    table.takes(*TWO, more=("--check",))
    assert at_desk("activity", "import", table.file, user="duyet").code == 3
    assert table.counts() == {}
    assert at_desk("activity", "import", table.file.with_name("khong-co.csv"), user="soan").code == 2


def test_a_pipe_is_no_table_and_is_not_waited_for(at_desk: Loa, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "so.csv")
    answer = at_desk("activity", "import", tmp_path / "so.csv", "--check", user=None)
    assert (answer.code, "Không có tệp này" in answer.err) == (2, True)
