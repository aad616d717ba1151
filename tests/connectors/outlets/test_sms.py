"""The text message of a post: what receivers read, what is told before approval, no number of anybody."""

from __future__ import annotations

import csv
import io

import pytest


def _text(harness, job, **settings) -> str:
    return harness.files(job, **settings)["tin-nhan.txt"].decode().rstrip("\n")


def _findings(harness, job, **settings):
    return {one.rule: one for one in harness.alone(**settings).check(job.variant)}


def test_it_says_who_speaks_what_and_where(office):
    harness = office("sms", sender="UBND xa Thong Nhat")
    told = _text(harness, harness.job(title="Đăng ký khai sinh"))
    assert told == (
        "UBND xa Thong Nhat: Dang ky khai sinh. Cha me co 60 ngay de dang ky, khong mat phi. "
        "https://xa.example.vn/khai-sinh"
    )
    marked = _text(harness, harness.job(title="Đăng ký khai sinh"), marks="yes", sender="UBND xã", parts="3")
    assert marked.startswith("UBND xã: Đăng ký khai sinh. Cha mẹ có 60 ngày")


def test_without_a_summary_the_text_itself_is_sent(office):
    harness = office("sms", sender="Xa")
    told = _text(harness, harness.job(title="Tin.", summary="", text="**Họp** dân\n\n- sáng mai", link=""))
    assert told == "Xa: Tin. Hop dan - sang mai"


def test_who_approves_reads_the_very_message(office):
    harness = office("sms")
    job = harness.job()
    shown = _findings(harness, job)["sms.shown"]
    assert shown.values["text"] == _text(harness, job)
    assert shown.severity == "hint"


def test_what_is_cut_is_told_with_what_is_left(office):
    harness = office("sms", parts="1")
    job = harness.job(summary="Cha mẹ có sáu mươi ngày. " * 20)
    cut = _findings(harness, job)["sms.cut"]
    assert (cut.severity, cut.values["parts"]) == ("warn", 1)
    assert cut.values["text"] == _text(harness, job)
    assert str(cut.values["text"]).endswith("... https://xa.example.vn/khai-sinh")


def test_a_sign_that_halves_the_room_is_named(office):
    harness = office("sms")
    found = _findings(harness, harness.job(summary="Nước 35°C 🙂"))
    assert found["sms.odd_letters"].values["letters"] == "°🙂"


@pytest.mark.parametrize("written", ["0", "11", "hai", "-1", "999"])
def test_a_number_of_parts_that_is_none_stops_it(office, written):
    harness = office("sms", parts=written)
    assert _findings(harness, harness.job())["sms.parts_wrong"].severity == "block"


def test_a_link_that_alone_is_too_long_is_told(office):
    harness = office("sms", parts="1")
    found = _findings(harness, harness.job(link=f"https://xa.example.vn/{'a' * 170}"))
    assert found["sms.link_long"].severity == "warn"


def test_the_table_has_one_row_and_nobodys_number(office):
    harness = office("sms")
    job = harness.job()
    data = harness.files(job)["tin-nhan.csv"]
    assert data.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert head == ["ma", "gio_gui", "noi_dung", "bang_ma", "do_dai", "so_tin"]
    assert row[2] == _text(harness, job)
    assert "0236" not in data.decode("utf-8-sig").replace(row[2], "")
