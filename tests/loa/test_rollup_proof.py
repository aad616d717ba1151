"""The roll-up of a hundred communes: three duplicates, corrections in and out of order, a tampered file, a
stranger; every sum counted a second time, from the files' raw JSON and from the communes' own tables."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.communes import PROVINCE, Commune, commune, edited, list_units, resigned, trust

pytestmark = pytest.mark.slow  # a hundred offices

YEAR_END = datetime(2027, 1, 4, 2, tzinfo=UTC)
IN_JUNE = datetime(2026, 6, 9, 1, tzinfo=UTC)
CHILDREN = 100


def posts(one: Commune) -> int:
    file = one.workspace.database.file
    assert file is not None
    with sqlite3.connect(file) as connection:
        return int(connection.execute("SELECT count(*) FROM delivery WHERE status='published'").fetchone()[0])


def recount(files: list[Path]) -> dict[str, int]:
    """Counter → sum over files, by plain addition."""
    total: dict[str, int] = defaultdict(int)
    for file in files:
        for figure in json.loads(file.read_text("utf-8"))["report"]["area"]:
            if figure["value"] is not None:
                total[figure["name"]] += figure["value"]
    return total


def test_a_hundred_reports_are_summed_each_unit_once_and_every_number_is_traceable(
    tmp_path: Path, clock: TestClock, run_loa: Loa
) -> None:
    clock.instant = YEAR_END
    inbox = tmp_path / "hop-thu"
    inbox.mkdir()
    with ExitStack() as stack:
        parent = stack.enter_context(commune(tmp_path / "tinh", PROVINCE, "UBND tỉnh Thử Nghiệm", clock))
        units = [f"xa:{90000 + number}" for number in range(1, CHILDREN + 1)]
        rows = [f"xa,{unit[3:]},Xã Thử {unit[3:]},{PROVINCE},2025-07-01,," for unit in units]
        list_units(parent, ["tinh,99,Tỉnh Thử Nghiệm,,,,", *rows])

        def of_parent(*args: object) -> Any:
            answer = run_loa("rollup", *args, "--json", workspace=parent.folder)
            return answer.json

        communes: dict[str, Commune] = {}
        genuine: dict[str, Path] = {}
        for number, unit in enumerate(units):
            one = stack.enter_context(commune(tmp_path / unit[3:], unit, f"UBND Xã Thử {unit[3:]}", clock))
            one.publish(number % 7, IN_JUNE)
            file = inbox / f"b-{unit[3:]}.json"
            made = run_loa(
                "rollup", "make", "--period", "2026", "--to-file", file, "--json", workspace=one.folder
            )
            assert made.code == 0, made.err
            communes[unit], genuine[unit] = one, file

        # nobody is believed before a person compared the key
        answer = run_loa("rollup", "import", inbox, "--json", workspace=parent.folder)
        assert (answer.code, answer.json["counts"]["refused"]) == (3, CHILDREN)
        assert {one["reason"] for one in answer.json["files"]} == {"unknown_key"}
        for one in communes.values():
            trust(parent, one)

        # three duplicates: copied, laid out anew, with another end of lines
        text = genuine[units[2]].read_bytes()
        (inbox / "c-chep.json").write_bytes(text)
        (inbox / "c-xuong-dong.json").write_bytes(text.replace(b"\n", b"\r\n"))
        (inbox / "c-mot-dong.json").write_text(json.dumps(json.loads(genuine[units[3]].read_text("utf-8"))))
        # a correction
        clock.forward(days=1)
        for at, name in (
            (6, "d-dinh-chinh.json"),
            (41, "a-dinh-chinh.json"),
        ):  # `a-` comes before its original
            communes[units[at]].publish(4, IN_JUNE, "them")
            file = inbox / name
            again = ("make", "--period", "2026", "--correct", "--to-file", file)
            assert run_loa("rollup", *again, workspace=communes[units[at]].folder).code == 0
            genuine[units[at]] = file
        # the only file of one commune, edited on its way
        tampered = genuine.pop(units[12])
        original = tampered.read_bytes()
        report = json.loads(original)["report"]
        figures = [{**f, "value": f["value"] and f["value"] + 1000} for f in report["area"]]
        tampered.write_bytes(edited(original, own=figures, area=figures))
        # a stranger, who speaks for a commune
        stranger = stack.enter_context(commune(tmp_path / "la", units[19], "UBND Xã Thử 90020", clock))
        (inbox / "e-nguoi-la.json").write_bytes(
            resigned(genuine[units[19]].read_bytes(), stranger, notes="!")
        )

        looked = of_parent("import", "--check", inbox)["counts"]
        assert of_parent("list", "--period", "2026")["sent"] == 0, "a check writes nothing"
        counts = of_parent("import", inbox)["counts"]
        assert counts == looked
        assert counts == {
            "accepted": 98, "correction": 2, "same": 3, "older": 1, "conflict": 0, "refused": 2,
        }  # fmt: skip

        told = of_parent("sum", "--period", "2026")
        assert (told["sent"], told["expected"], told["missing"]) == (99, 100, [units[12]])
        check(told, genuine, communes, parent)

        # all of it once more changes nothing, in whatever order
        counts = of_parent("import", *sorted(inbox.iterdir(), reverse=True))["counts"]
        assert (counts["accepted"], counts["correction"], counts["refused"]) == (0, 0, 2)
        assert same_sum(of_parent("sum", "--period", "2026"), told)

        # the commune sends its file again, as it was signed
        tampered.write_bytes(original)
        genuine[units[12]] = tampered
        assert of_parent("import", tampered)["counts"]["accepted"] == 1
        told = of_parent("sum", "--period", "2026")
        assert (told["sent"], told["missing"]) == (100, [])
        check(told, genuine, communes, parent)

        book = tmp_path / "tong.xlsx"
        answer = run_loa("rollup", "sum", "--period", "2026", "--to-file", book, workspace=parent.folder)
        assert answer.code == 0
        assert "100/100 đơn vị đã gửi" in answer.err
        check_book(book, told)


def of(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in told["totals"] if one["name"] == name)


def same_sum(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return {k: v for k, v in one.items() if k != "summed_at"} == {
        k: v for k, v in other.items() if k != "summed_at"
    }


def check(
    told: dict[str, Any], genuine: dict[str, Path], communes: dict[str, Commune], parent: Commune
) -> None:
    known = {one["name"]: one["value"] for one in told["totals"] if one["value"] is not None}
    assert known == recount(list(genuine.values()))
    published = sum(posts(communes[unit]) for unit in genuine)
    assert of(told, "so_bai")["value"] == published > 250
    assert of(told, "so_bai")["known"] == len(genuine) + 1
    assert of(told, "so_bai")["of"] == len(communes) + 1
    sources = {one["digest"]: one for one in told["sources"]}
    assert len(sources) == len(genuine)
    for total in told["totals"]:
        assert sum(part["value"] for part in total["parts"]) == (total["value"] or 0)
        for part in total["parts"]:
            if part["digest"]:
                source = sources[part["digest"]]
                assert source["unit"] == part["unit"]
                assert source["signer"]
                assert source["received_at"]
                assert (parent.folder.parent / "hop-thu" / source["file"]).is_file()
    assert sum(row["values"]["da_dang"] or 0 for row in told["rows"]) == of(told, "da_dang")["value"]


def check_book(book: Path, told: dict[str, Any]) -> None:
    sheets = openpyxl.load_workbook(book)
    assert len(sheets.sheetnames) == 1 + 6 + CHILDREN
    totals = list(sheets["Tổng hợp"].iter_rows(min_row=2, values_only=True))
    words = "không có số liệu"
    assert [row[2] for row in totals] == [
        words if one["value"] is None else one["value"] for one in told["totals"]
    ]
    parts = list(sheets["Từng số"].iter_rows(min_row=2, values_only=True))
    assert len(parts) == sum(len(one["parts"]) for one in told["totals"])
    by_label: dict[str, int] = defaultdict(int)
    for row in parts:
        by_label[row[0]] += row[4]
    assert by_label[of(told, "so_bai")["label"]] == of(told, "so_bai")["value"]
    units = list(sheets["Theo đơn vị"].iter_rows(values_only=True))
    there = [one for one in told["totals"] if one["value"]]
    assert list(units[0][3:]) == [one["label"] for one in there]
    assert [
        sum(cell for cell in column if isinstance(cell, int))
        for column in list(zip(*units[1:], strict=True))[3:]
    ] == [one["value"] for one in there]
    assert len(list(sheets["Nguồn"].iter_rows(min_row=2))) == CHILDREN
