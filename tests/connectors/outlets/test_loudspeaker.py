"""A bulletin: its words, how long it takes, the slots, a voice that says that it is none."""

from __future__ import annotations

import os
import re
import shutil
import stat
import wave
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.outlets.loudspeaker import Slot, slots
from content.spoken import syllables
from tests.connectors.outlets.harness import UNIT, forget

WAV = "ban-tin-phat-thanh-giong-doc-tong-hop.wav"


def _script(harness, job, **settings) -> str:
    return harness.files(job, **settings)["ban-tin-phat-thanh.txt"].decode()


def _rules(harness, job, **settings) -> dict[str, str]:
    return {one.rule: one.severity for one in harness.alone(**settings).check(job.variant)}


def test_a_script_greets_says_everything_in_words_and_takes_leave(office):
    harness = office("loudspeaker")
    said = _script(harness, harness.job()).partition("—" * 20)[2].strip()
    assert said.startswith(f"Kính thưa bà con! Sau đây là bản tin của {UNIT}.")
    assert said.endswith("Xin cảm ơn bà con đã lắng nghe.")
    assert "trước mười bảy giờ ba mươi phút ngày mười lăm tháng mười một" in said
    assert "Nộp tờ khai tại Ủy ban nhân dân xã" in said
    assert "Giấy chứng sinh.\nCăn cước." in said
    assert not re.search(r"\d|\*|#|http", said)


def test_a_unit_has_its_own_greeting_and_short_forms(office):
    harness = office(
        "loudspeaker", greeting="Alô! {unit} xin thông báo.", abbreviations="NVH5 = nhà văn hóa thôn"
    )
    said = _script(harness, harness.job(text="Họp tại NVH5, xem {unit} {0}."))
    assert f"Alô! {UNIT} xin thông báo." in said
    assert "Họp tại nhà văn hóa thôn" in said


def test_the_head_tells_the_air_time_the_slots_the_priority_and_the_length(office):
    harness = office("loudspeaker", slots="05:00-05:30, 17:00-17:30")
    head, _, said = _script(harness, harness.job()).partition("—" * 20)
    assert "Giờ phát: Thứ Hai 09/11/2026 17:00" in head
    assert "05:00-05:30, 17:00-17:30" in head
    assert "Mức ưu tiên: thông thường" in head
    assert f"({syllables(said)} âm tiết, 190 âm tiết một phút)" in head
    preferred = _script(harness, harness.job(), priority="preferred")
    assert "Mức ưu tiên: ưu tiên" in preferred


def test_urgent_is_no_priority_that_loa_can_claim(office):
    from connectors.registry import capabilities
    from content.wording import catalogue

    (field,) = [one for one in capabilities("loudspeaker").settings if one.name == "priority"]
    assert field.choices == ("normal", "preferred")
    labels = [text for key, text in catalogue("vi").items() if key.startswith("outlets.pack.priority")]
    assert not any("khẩn cấp" in text for text in labels)


@pytest.mark.parametrize(
    ("written", "rules"),
    [
        ("05:00-05:30, 17:00-17:30", set()),
        ("17h00-17h30", set()),
        ("05:00-05:30; 17:00 - 17:30", set()),
        ("22:00-18:00", set()),  # over midnight
        ("05:00-05:30", {"loudspeaker.no_slot"}),
        ("16:30-17:00", {"loudspeaker.no_slot"}),  # the end is no longer in it
        ("", {"loudspeaker.slots_missing"}),
        ("5 giờ sáng", {"loudspeaker.slot_wrong"}),
        ("25:00-26:00", {"loudspeaker.slot_wrong"}),
    ],
)
def test_a_minute_outside_the_slots_is_told(office, written, rules):
    harness = office("loudspeaker", slots=written)
    assert set(_rules(harness, harness.job())) - {"loudspeaker.lasts"} == rules


@given(st.times(), st.times(), st.times())
def test_a_slot_and_its_rest_of_the_day_hold_every_minute_once(begins, ends, at):
    begins, ends = (one.replace(second=0, microsecond=0) for one in (begins, ends))
    moment = datetime.combine(datetime(2026, 11, 9, tzinfo=UTC), at)
    if begins != ends:
        assert Slot(begins, ends).holds(moment) != Slot(ends, begins).holds(moment)


def test_slots_are_read_as_written():
    assert slots("05:00-05:30, 17h00–17h45") == (Slot(time(5), time(5, 30)), Slot(time(17), time(17, 45)))


def test_length_grows_with_the_words_and_falls_with_the_rate(office):
    harness = office("loudspeaker")
    said = "một " * 380
    assert harness.alone().seconds(said) == 120
    assert harness.alone(rate="380").seconds(said) == 60
    assert _rules(harness, harness.job(), rate="nhanh")["loudspeaker.rate_wrong"] == "warn"
    assert _rules(harness, harness.job(text="một hai ba bốn " * 1300))["loudspeaker.long"] == "warn"


def test_what_will_be_spelled_is_told_before_anybody_approves(office):
    harness = office("loudspeaker")
    (finding,) = [
        one
        for one in harness.alone().check(harness.job(text="Đến VPĐD.").variant)
        if one.rule == "outlets.spelled"
    ]
    assert finding.values == {"words": "VPĐD"}
    assert _rules(harness, harness.job(), abbreviations="VPĐD")["outlets.abbreviation_wrong"] == "warn"


def test_greeting_and_closing_know_the_same_short_forms_and_tell_what_they_do_not(office):
    settings = {
        "greeting": "Alô NVH5, VTV!",
        "closing": "Hẹn 3/4.",
        "abbreviations": "NVH5 = nhà văn hóa thôn",
    }
    harness = office("loudspeaker", **settings)
    said = _script(harness, harness.job())
    assert "Alô nhà văn hóa thôn, vê tê vê!" in said
    told = {one.rule: one.values for one in harness.alone(**settings).check(harness.job().variant)}
    assert told["outlets.spelled"] == {"words": "VTV"}
    assert told["outlets.unsure"] == {"pieces": "“Hẹn 3/4”"}


def _program(folder: Path, script: str) -> str:
    """A program called espeak-ng, alone on the PATH."""
    folder.mkdir()
    program = folder / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


def test_a_voice_is_labelled_in_its_name_the_script_and_its_first_sentence(office, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", _program(tmp_path / "bin", 'for last; do :; done; cat > "$last"'))
    harness = office("loudspeaker", voice="vi")
    job = harness.job()
    harness.alone().prepare(job, {}, forget)
    heard = (harness.pack(job) / WAV).read_text("utf-8")
    assert heard.startswith("Bản tin sau đây do giọng đọc tổng hợp thể hiện.")
    assert "GIỌNG ĐỌC TỔNG HỢP" in (harness.pack(job) / "ban-tin-phat-thanh.txt").read_text("utf-8")


@pytest.mark.parametrize(
    "script", ['for last; do :; done; echo half > "$last"; exit 1', "exit 0", "kill -9 $$"]
)
def test_a_voice_that_fails_leaves_no_file_and_the_pack_is_there(office, tmp_path, monkeypatch, script):
    monkeypatch.setenv("PATH", _program(tmp_path / "bin", script))
    harness = office("loudspeaker", voice="vi")
    job = harness.job()
    harness.alone().prepare(job, {}, forget)
    names = {path.name for path in harness.pack(job).iterdir()}
    assert WAV not in names
    assert {"ban-tin-phat-thanh.txt", "ban-tin-phat-thanh.pdf"} <= names


def test_without_the_program_or_the_wish_there_is_no_voice(office, tmp_path, monkeypatch):
    harness = office("loudspeaker")
    for settings, path in (({"voice": "vi"}, str(tmp_path)), ({"voice": "none"}, os.environ["PATH"])):
        monkeypatch.setenv("PATH", path)
        job = harness.job()
        harness.alone(**settings).prepare(job, {}, forget)
        assert not (harness.pack(job) / WAV).exists()


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_the_real_voice_says_about_as_long_as_estimated(office):
    harness = office("loudspeaker", voice="vi")
    job = harness.job(text="Cha mẹ có trách nhiệm đăng ký khai sinh cho con trong 60 ngày. " * 12)
    harness.alone().prepare(job, {}, forget)
    with wave.open(str(harness.pack(job) / WAV)) as voice:
        lasts = voice.getnframes() / voice.getframerate()
    assert lasts == pytest.approx(harness.alone().seconds(harness.alone().script(job.variant)), rel=0.2)
