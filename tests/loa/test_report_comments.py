"""Readers' questions in reports: counted a second time by loops, never a name or a word, missing is not 0."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from loa.reports import comments as told
from loa.reports import forms, rollup_make, tables
from loa.services import report_periods, reporting
from scheduler.store.tables import comment, comment_look, delivery
from tests.loa.conftest import Loa
from tests.support.ledger import YEAR, fill
from tests.support.office import Office
from tests.support.reached import out

WORDS = "lời của người hỏi, không được ra khỏi hộp"


def scatter(office: Office, seed: int) -> list[dict[str, Any]]:
    """Comments of two years under the ledger's deliveries, in every state."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []

    def work(connection: Any) -> None:
        public = connection.execute(
            select(delivery.c.seq, delivery.c.channel_id).where(delivery.c.published_at.is_not(None))
        ).all()
        for number in range(150):
            seq, channel = chance.choice([tuple(row) for row in public if row.channel_id != "zalo"])
            at = YEAR + timedelta(hours=chance.choice((0, -1, chance.randint(-9000, 9000))))
            state = chance.choice(("open", "answered", "none"))
            gone = chance.choice((None, None, None, at + timedelta(days=1)))
            answered = at + timedelta(hours=chance.randint(-1, 600)) if state == "answered" else None
            rows.append(
                {
                    "channel_id": channel,
                    "delivery_seq": seq,
                    "remote_id": f"c{number}",
                    "reply_to": "",
                    "text": WORDS,
                    "by_us": chance.random() < 0.1,
                    "hidden": chance.random() < 0.1,
                    "written_at": at,
                    "first_seen_at": at,
                    "seen_at": at,
                    "gone_at": gone,
                    "state": state,
                    "due_at": at + timedelta(days=7) if state != "none" else None,
                    "answered_at": answered,
                }
            )
        connection.execute(insert(comment), rows)

    office.workspace.database.run(work)
    return rows


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["2026", "6-thang-dau-2026"])
def test_every_count_is_what_the_rows_say(desk: Office, seed: int, name: str) -> None:
    fill(desk, seed)
    rows = scatter(desk, seed)
    period = report_periods.named(name)
    facts = reporting.facts(desk.workspace, "periodic", period)
    zone = desk.workspace.config.zone
    since, until = period.since(zone), period.until(zone)
    now = min(until, desk.clock.now())
    for one in facts.comments:
        mine = [
            r
            for r in rows
            if r["channel_id"] == one.channel and not r["by_us"] and since <= r["written_at"] < until
        ]
        if one.received is None:
            assert mine == []
            continue
        asked = [r for r in mine if r["state"] != "none"]
        answered = [r for r in asked if r["answered_at"] and r["answered_at"] < now]
        waiting = [r for r in asked if r not in answered and not r["hidden"] and not r["gone_at"]]
        assert (one.received, one.questions, one.answered) == (len(mine), len(asked), len(answered))
        assert one.in_time == sum(r["answered_at"] <= r["due_at"] for r in answered)
        assert one.open == len(waiting)
        assert one.overdue == sum(r["due_at"] <= now for r in waiting)
        hours = sorted(max((r["answered_at"] - r["written_at"]).total_seconds() / 3600, 0) for r in answered)
        if hours:
            middle = (hours[(len(hours) - 1) // 2] + hours[len(hours) // 2]) / 2
            assert one.median_hours == pytest.approx(middle, abs=0.06)
    [zalo] = [one for one in facts.comments if one.channel == "zalo"]
    assert zalo.received is None
    assert "nền tảng không cho đọc bình luận" in zalo.why


def question(office: Office, delivery_id: str, **values: Any) -> None:
    def work(connection: Any) -> None:
        row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()
        at = office.clock.now() - timedelta(days=1)
        told = {
            "channel_id": row.channel_id,
            "delivery_seq": row.seq,
            "reply_to": "",
            "text": WORDS,
            "by_us": False,
            "hidden": False,
            "written_at": at,
            "first_seen_at": at,
            "seen_at": at,
            "state": "open",
            "due_at": at,
        }
        connection.execute(insert(comment).values(**told | values))

    office.workspace.database.run(work)


def read(office: Office, delivery_id: str, trouble: str = "") -> None:
    def work(connection: Any) -> None:
        seq = connection.execute(select(delivery.c.seq).where(delivery.c.id == delivery_id)).scalar_one()
        at = office.clock.now()
        when = {"looked_at": at, "read_at": None if trouble else at, "trouble": trouble}
        connection.execute(insert(comment_look).values(delivery_seq=seq, pages=0, whole=True, **when))

    office.workspace.database.run(work)


def this_year(office: Office) -> Any:
    day = f"{office.clock.now():%Y}"
    return reporting.facts(office.workspace, "periodic", report_periods.named(day))


def test_a_channel_that_was_read_without_a_comment_has_0_and_others_have_none(desk: Office) -> None:
    out(desk, "mot", 3, "fanpage", "website")
    before = {one.channel: (one.received, one.why) for one in this_year(desk).comments}
    assert before["fanpage"] == (None, "chưa đọc lần nào")
    read(desk, "mot@fanpage")
    after = {one.channel: one for one in this_year(desk).comments}
    assert (after["fanpage"].received, after["fanpage"].read, after["fanpage"].posts) == (0, 1, 1)
    assert after["website"].received is None


def test_a_right_that_was_lost_is_no_0(desk: Office) -> None:
    out(desk, "mot", 3, "fanpage")
    read(desk, "mot@fanpage", "fb:comments-unreadable: #10")
    [one] = this_year(desk).comments
    assert (one.received, "không cho đơn vị đọc" in one.why) == (None, True)


def test_sums_and_counters_leave_out_what_is_unknown_and_are_unknown_without_any(desk: Office) -> None:
    out(desk, "mot", 3, "fanpage", "website")
    assert set(told.counters(this_year(desk)).values()) == {None}
    question(desk, "mot@fanpage")
    question(desk, "mot@fanpage", state="answered", answered_at=desk.clock.now() - timedelta(hours=20))
    question(desk, "mot@fanpage", state="none", due_at=None)
    facts = this_year(desk)
    assert told.counters(facts) == {
        "so_y_kien": 3,
        "so_cau_hoi": 2,
        "so_tra_loi": 1,
        "so_tra_loi_dung_han": 0,
        "so_cau_hoi_qua_han": 1,
    }
    values = told.values(facts, desk.workspace.config.zone)
    assert values["cau"] == (
        "Trong kỳ, đơn vị nhận 3 ý kiến của bạn đọc, trong đó 2 câu hỏi; đã trả lời 1 câu (0 câu đúng hạn), "
        "1 câu quá hạn chưa trả lời. Mới đọc được bình luận của 0/1 bài: các số trên có thể còn thiếu. "
        "Không có số liệu ý kiến của: website; không được tính là 0."
    )


def test_a_count_of_which_some_posts_were_not_read_is_told_as_partial_and_not_handed_up(desk: Office) -> None:
    for name in ("mot", "hai"):
        out(desk, name, 3, "fanpage", "website")
    question(desk, "mot@fanpage")
    read(desk, "mot@fanpage")
    form = forms.Form("x", "x", "x", YEAR.date(), False, (forms.Row("Số câu hỏi", "câu", "so_cau_hoi"),))
    shown = forms.table(form, forms.fill(form, this_year(desk))).rows[0][3]
    assert shown == "ít nhất 1 (mới có số của 1/2)", (
        "of the website nobody could tell more: what is typed in is all"
    )
    handed = {one.name: one for one in rollup_make.own_figures(desk.workspace, this_year(desk))}
    assert handed["so_cau_hoi"].value is None
    read(desk, "hai@fanpage")
    assert forms.table(form, forms.fill(form, this_year(desk))).rows[0][3] == 1
    handed = {one.name: one for one in rollup_make.own_figures(desk.workspace, this_year(desk))}
    assert handed["so_cau_hoi"].value == 1


@pytest.mark.parametrize("kind", ["periodic", "engagement"])
def test_a_report_tells_it_in_a_sentence_when_any_channel_was_read(
    desk: Office, at_desk: Loa, tmp_path: Any, kind: str
) -> None:
    out(desk, "mot", 3, "fanpage")
    year = f"{desk.clock.now():%Y}"
    file = tmp_path / "bao-cao.html"
    assert at_desk("report", kind, "--period", year, "--to-file", file).code == 0
    assert "ý kiến của bạn đọc" not in file.read_text("utf-8")
    question(desk, "mot@fanpage")
    file = tmp_path / "lai.docx"
    assert at_desk("report", kind, "--period", year, "--to-file", file).code == 0
    from docx import Document

    text = "\n".join(one.text for one in Document(str(file)).paragraphs)
    assert "đơn vị nhận 1 ý kiến của bạn đọc, trong đó 1 câu hỏi" in text


def test_no_word_of_a_reader_is_in_any_report(desk: Office, at_desk: Loa, tmp_path: Any) -> None:
    out(desk, "mot", 3, "fanpage")
    question(desk, "mot@fanpage")
    facts = this_year(desk)
    table = tables.names()["y-kien"](facts, desk.workspace.config.zone)
    assert table.rows[0][1:8] == (1, 1, 0, 0, 1, 1, None)
    for ending in ("json", "csv", "html"):
        file = tmp_path / f"bao-cao.{ending}"
        answer = at_desk("report", "periodic", "--period", f"{desk.clock.now():%Y}", "--to-file", file)
        assert answer.code == 0, answer.err
        assert WORDS not in file.read_text("utf-8")
    assert WORDS not in json.dumps([str(one) for one in facts.comments])


def filled(facts: Any, formula: str) -> forms.Filled:
    form = forms.Form("x", "x", "x", YEAR.date(), False, (forms.Row("Số câu trả lời", "", formula),))
    [row] = forms.fill(form, facts)
    return row


@pytest.mark.parametrize("formula", ["so_tra_loi", "so_tra_loi + 1", "so_bai + so_tra_loi", "2 * so_tra_loi"])
def test_a_form_says_not_available_where_nobody_could_read(desk: Office, formula: str) -> None:
    out(desk, "mot", 3, "website")
    row = filled(this_year(desk), formula)
    assert (row.value, row.by_hand) == (None, False)
