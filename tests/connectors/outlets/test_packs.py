"""A pack is whole or not there, is the approved one, and is the same every time."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import packs
from connectors.contract import Pending
from connectors.errors import NotPrepared, NotSent
from connectors.extras import BY_WORD
from tests.connectors.outlets.harness import DUE, PLATFORMS, forget


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_job_makes_the_same_bytes(office, platform):
    harness = office(platform)
    job = harness.job(pictures=2)
    assert harness.files(job) == harness.files(job)
    harness.alone().prepare(job, {}, forget)
    before = _bytes(harness.pack(job))
    (harness.pack(job) / packs.RECORD).unlink()
    harness.alone().prepare(job, {}, forget)
    assert _bytes(harness.pack(job)) == before


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_pack_that_somebody_changed_is_made_anew_at_the_minute(office, platform):
    harness = office(platform)
    job = harness.job()
    handle = harness.alone().prepare(job, {}, forget)
    approved = _bytes(harness.pack(job))
    name = next(name for name in approved if name not in (packs.RECORD, "viec-can-lam.txt"))
    (harness.pack(job) / name).write_bytes(b"sua")
    harness.alone().reveal(job, handle)
    assert _bytes(harness.pack(job)) == approved


def test_another_approved_text_makes_another_pack_in_the_same_place(office):
    harness = office("notice")
    job = harness.job()
    harness.alone().prepare(job, {}, forget)
    first = harness.pack(job)
    edited = replace(job, variant=replace(job.variant, text="Nộp tờ khai tại nhà văn hóa."))
    harness.alone().prepare(edited, {}, forget)
    assert harness.pack(edited) == first
    assert "nhà văn hóa" in (first / "ban-doc.txt").read_text("utf-8")


def test_what_people_put_into_a_pack_stays_when_it_is_made_anew(office):
    harness = office("loudspeaker")
    job = harness.job()
    harness.alone().prepare(job, {}, forget)
    (harness.pack(job) / "giong-nguoi-doc.mp3").write_bytes(b"thu am")
    (harness.pack(job) / "ghi-am").mkdir()
    (harness.pack(job) / "ghi-am" / "1.mp3").write_bytes(b"thu am 1")
    later = replace(job, due_at=job.due_at + timedelta(days=1))
    edited = replace(later, variant=replace(job.variant, text="Nộp tờ khai tại nhà văn hóa."))
    harness.alone().prepare(edited, {}, forget)
    assert (harness.pack(edited) / "giong-nguoi-doc.mp3").read_bytes() == b"thu am"
    assert (harness.pack(edited) / "ghi-am" / "1.mp3").read_bytes() == b"thu am 1"
    assert "nhà văn hóa" in (harness.pack(edited) / "ban-tin-phat-thanh.txt").read_text("utf-8")


def test_other_settings_make_another_pack(office):
    harness = office("sms")
    job = harness.job()
    harness.alone().prepare(job, {}, forget)
    assert "Uy ban" in (harness.pack(job) / "tin-nhan.txt").read_text("utf-8")
    harness.alone(marks="yes", parts="5").prepare(job, {}, forget)
    assert "Ủy ban" in (harness.pack(job) / "tin-nhan.txt").read_text("utf-8")


@pytest.mark.parametrize("platform", ["loudspeaker", "press"])
def test_killed_at_any_rename_it_is_whole_or_absent_and_the_next_try_makes_it(office, platform, monkeypatch):
    harness = office(platform)
    real = os.replace

    class Killed(BaseException):
        pass

    for at in range(2):
        job = harness.job()
        harness.alone().prepare(job, {}, forget)
        edited = replace(job, variant=replace(job.variant, text="Một bài khác, đã duyệt lại."))
        calls = []

        def dying(*given, calls=calls, at=at):
            if len(calls) == at:
                raise Killed
            calls.append(given)
            real(*given)

        monkeypatch.setattr(packs.os, "replace", dying)
        with pytest.raises(Killed):
            harness.alone().prepare(edited, {}, forget)
        monkeypatch.setattr(packs.os, "replace", real)
        harness.alone().prepare(edited, {}, forget)
        assert (harness.pack(edited) / packs.RECORD).is_file()
        assert not list(harness.pack(edited).parent.glob(".*"))


def test_a_full_disk_is_named_and_leaves_nothing(office, monkeypatch):
    harness = office("sms")

    def full(self, data):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NotSent) as caught:
        harness.alone().prepare(harness.job(), {}, forget)
    assert caught.value.code == "outlets:no-space"
    assert not list((harness.workspace / "kenh-co-so" / "loa-xa").iterdir())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_people_are_told_what_to_do_and_how_to_say_that_it_is_done(office, platform):
    harness = office(platform)
    job = harness.job()
    harness.alone().prepare(job, {}, forget)
    told = (harness.pack(job) / "viec-can-lam.txt").read_text("utf-8")
    assert "17:00" in told
    assert f"loa queue show {job.delivery}" in told
    assert f"loa queue done {job.delivery} --count" in told


def test_it_reminds_ever_more_rarely_until_the_deadline(office, caplog):
    harness = office("loudspeaker")
    job = harness.job()
    handle = harness.alone().prepare(job, {}, forget)
    harness.clock = DUE
    pending = harness.alone().reveal(job, handle)
    assert (pending.remote_id, pending.wait) == (BY_WORD, timedelta(minutes=5))
    assert "ĐẾN GIỜ" in caplog.text
    harness.clock = DUE + timedelta(minutes=40)
    assert harness.alone().poll(job, pending).wait == timedelta(minutes=40)
    harness.clock = job.variant.deadline - timedelta(minutes=2)
    assert harness.alone().poll(job, pending).wait == timedelta(minutes=2, seconds=1)
    harness.clock = job.variant.deadline + timedelta(seconds=1)
    with pytest.raises(NotPrepared) as caught:
        harness.alone().poll(job, Pending(BY_WORD, timedelta()))
    assert caught.value.code == "outlets:overdue"
    assert harness.alone().find(job, handle) == []


def test_a_folder_that_cannot_be_written_is_found_before_the_day(office):
    harness = office("leaflet")
    assert harness.alone().health().ok
    (harness.workspace / "kenh-co-so").rmdir()
    (harness.workspace / "kenh-co-so").write_text("a file in the way")
    health = harness.alone().health()
    assert (health.ok, health.problem) == (False, "outlets.problems.not_writable")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_post_without_words_is_held(office, platform):
    harness = office(platform)
    job = harness.job(title=" ", text="\n")
    rules = [finding.rule for finding in harness.alone().check(job.variant) if finding.severity == "block"]
    assert rules[:2] == ["outlets.title_missing", "outlets.text_missing"]


WORD = {"by": "soan", "at": "2026-11-09T10:05:00+00:00", "count": 1, "note": ""}
NO_WORDS = [None, {}, "x", WORD | {"at": "?"}, WORD | {"at": "2026-11-09T10:05:00"}, WORD | {"count": "x"}]


@pytest.mark.parametrize("kept", [{}, *({"word": word} for word in NO_WORDS)])
def test_what_is_no_word_is_not_taken_for_one(office, kept):
    harness = office("press")
    assert harness.alone().find(harness.job(), kept) == []
    assert len(harness.alone().find(harness.job(), {"word": WORD})) == 1
