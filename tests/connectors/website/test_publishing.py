"""An article's life in the section: staged, revealed, read back, revised."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from urllib.request import url2pathname

import pytest
from filelock import FileLock

from connectors.errors import NotSent
from connectors.http import Answer
from connectors.website import connector as connector_module
from content.variant import Variant


def _keep(_: dict[str, object]) -> None: ...


def test_preparing_changes_nothing_that_readers_see(place):
    place.publish(place.job(1))
    before = {path: path.read_bytes() for path in place.current.rglob("*") if path.is_file()}
    website, job = place.website(), place.job(2, media=(place.picture(),))
    for _ in range(3):
        website.prepare(job, {}, _keep)
    assert {path: path.read_bytes() for path in place.current.rglob("*") if path.is_file()} == before
    assert website.find(job, {}) == []


def test_a_revealed_article_stands_on_every_list(place):
    published = place.publish(place.job(1))
    (path,) = place.articles()
    assert path.startswith("bai/dang-ky-khai-sinh-cho-tre-em-bai-1-")
    for name in (
        "index.html",
        "tat-ca.html",
        "embed/list.html",
        "atom.xml",
        "rss.xml",
        "sitemap.xml",
        "search.json",
    ):
        assert path in place.page(name), name
    assert published.remote_id == "loa-0001"
    assert Path(url2pathname(published.url.removeprefix("file://"))).is_file()


def test_a_small_delay_does_not_show_in_the_date(place):
    job = place.job()
    place.now = job.due_at + timedelta(seconds=59.5)
    assert place.publish(job).published_at == job.due_at


def test_a_late_article_bears_the_moment_it_really_came_out(place):
    job = place.job()
    place.now = job.due_at + timedelta(hours=2, microseconds=5)
    published = place.publish(job)
    assert published.published_at == job.due_at + timedelta(hours=2)
    assert "09:00 (GMT+7)" in place.article()


def test_revealing_again_keeps_date_address_and_bytes(place):
    job = place.job(media=(place.picture(),))
    first = place.publish(job)
    release = place.current.resolve()
    page = place.article()
    place.now += timedelta(days=3)
    assert place.publish(job) == first
    assert place.article() == page
    assert place.current.resolve() == release


def test_a_new_revision_of_the_same_delivery_replaces_it_at_its_address(place):
    job = place.job()
    first = place.publish(job)
    place.now += timedelta(hours=5)
    again = place.publish(replace(job, variant=replace(job.variant, title="Tên khác hẳn", revision=2)))
    assert again.url == first.url
    assert again.published_at == first.published_at
    assert "Tên khác hẳn" in place.article()
    assert "Cập nhật: <time" in place.article()


def test_what_failed_to_come_out_does_not_slip_out_with_the_next_article(place, monkeypatch):
    place.publish(place.job(1))
    failing = place.job(2)
    monkeypatch.setattr("os.symlink", _raise(OSError(28, "No space left on device")))
    with pytest.raises(NotSent, match="no-space"):
        place.publish(failing)
    monkeypatch.undo()
    place.publish(place.job(3))
    assert place.website().find(failing, {}) == []
    assert len(place.articles()) == 2
    assert "bài 2" not in place.page("search.json")


def test_the_approved_text_goes_out_whatever_the_staged_file_says(place):
    website, job = place.website(), place.job()
    handle = website.prepare(job, {}, _keep)
    (staged,) = (place.folder / "data/staged").glob("*.json")
    staged.write_text(staged.read_text("utf-8").replace("60 ngày", "90 ngày"), "utf-8")
    website.reveal(job, handle)
    assert "60 ngày" in place.article()
    assert "90 ngày" not in place.article()


def test_a_damaged_live_record_stops_the_channel_and_is_named(place):
    place.publish(place.job(1))
    page = place.article()
    record = place.folder / "data/live/loa-0001.json"
    record.write_bytes(record.read_bytes()[:-40])
    with pytest.raises(NotSent, match=r"site:damaged: live/loa-0001\.json"):
        place.publish(place.job(2))
    assert place.article() == page


def test_a_lost_live_record_stops_the_channel_and_is_named(place):
    place.publish(place.job(1))
    (place.folder / "data/live/loa-0001.json").unlink()
    with pytest.raises(NotSent, match="loa-0001"):
        place.publish(place.job(2))
    assert len(place.articles()) == 1


def test_a_record_withdrawn_by_a_newer_loa_is_not_shown_by_this_one(place):
    place.publish(place.job(1))
    record = place.folder / "data/live/loa-0001.json"
    fields = json.loads(record.read_text("utf-8"))
    assert fields["withdrawn"] is None
    record.write_text(json.dumps(fields | {"withdrawn": {"note": "thu hồi"}}), "utf-8")
    with pytest.raises(NotSent, match="newer Loa"):
        place.publish(place.job(2))


def test_a_picture_that_is_not_the_approved_one_is_not_staged(place):
    ref = place.picture()
    place.pictures[ref.sha256].write_bytes(b"x" * ref.size_bytes)
    with pytest.raises(NotSent, match="media-changed"):
        place.website().prepare(place.job(media=(ref,)), {}, _keep)


def test_a_save_that_fails_passes_through(place):
    class LaneLost(OSError): ...

    with pytest.raises(LaneLost):
        place.website().prepare(place.job(), {}, _raise(LaneLost()))


def test_a_second_process_waits_and_then_says_that_the_section_is_busy(place, monkeypatch):
    monkeypatch.setattr(connector_module, "LOCK_WAIT_S", 0.0)
    place.publish(place.job(1))
    with FileLock(place.folder / ".lock"), pytest.raises(NotSent, match="site:busy"):
        place.publish(place.job(2))


def test_somebody_elses_folder_is_never_replaced(place):
    place.current.mkdir(parents=True)
    (place.current / "index.html").write_text("trang cũ của xã", "utf-8")
    with pytest.raises(NotSent, match="folder-taken"):
        place.publish(place.job())
    assert place.page() == "trang cũ của xã"


def test_an_empty_folder_made_for_the_web_server_is_taken_over(place):
    place.current.mkdir(parents=True)
    place.publish(place.job())
    assert place.current.is_symlink()


def test_only_the_last_three_releases_are_kept(place):
    for number in range(1, 7):
        place.publish(place.job(number))
    releases = place.folder / "releases"
    kept = [path.name for path in releases.iterdir() if path.is_dir()]
    assert len(kept) == 3
    assert place.current.resolve().name in kept
    assert sorted(path.stem for path in releases.glob("*.json")) == sorted(kept)


def test_a_strange_marker_still_makes_a_file_name_that_every_system_takes(place):
    job = place.job(marker="loa:../../2026/ấn phẩm?")
    place.publish(job)
    assert [found.remote_id for found in place.website().find(job, {})] == [job.marker]
    assert not (place.workspace / "2026").exists()


def test_read_back_fetches_the_public_address(place):
    served = place.serve()
    published = place.publish(place.job())
    (found,) = place.website().find(place.job(), {})
    assert found.url == published.url == served.asked[-1]
    assert found.url.startswith("https://xa.example.gov.vn/pbgdpl/bai/")
    assert found.published_at == place.job().due_at
    assert found.published_at.tzinfo is UTC


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_that_is_not_there_is_no_article(place, status):
    served = place.serve()
    place.publish(place.job())
    served.answer = Answer(status, {}, b"")
    assert place.website().find(place.job(), {}) == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {}, b"<title>Log in to the network</title>"),
        Answer(200, {}, b""),
        Answer(301, {"Location": "https://other.example/"}, b""),
        Answer(403, {}, b"no"),
        Answer(500, {}, b"oops"),
    ],
)
def test_an_answer_that_says_nothing_about_the_article_is_not_taken_for_one(place, answer):
    served = place.serve()
    place.publish(place.job())
    served.answer = answer
    with pytest.raises(NotSent):
        place.website().find(place.job(), {})


def test_a_server_that_answers_200_for_missing_pages_still_means_no_article(place):
    served = place.serve()
    served.answer = Answer(200, {}, b"<h1>Nothing here</h1>")
    assert place.website().find(place.job(), {}) == []


def test_a_base_url_that_is_no_address_publishes_nothing(place):
    place.settings["base_url"] = "xa.example.gov.vn/pbgdpl"
    with pytest.raises(NotSent, match="base-url"):
        place.website().prepare(place.job(), {}, _keep)


def test_new_settings_show_after_a_rebuild_and_publish_nothing_else(place):
    place.publish(place.job(1))
    place.website().prepare(place.job(2), {}, _keep)
    place.settings["phone"] = "0203 9 999 999"
    place.website().rebuild()
    assert "0203 9 999 999" in place.article()


def test_the_stored_record_holds_the_very_text_that_was_approved(place):
    job = place.job()
    place.publish(job)
    record = json.loads((place.folder / "data/live/loa-0001.json").read_text("utf-8"))
    assert Variant.parse(record["variant"]) == job.variant
    assert record["variant"] == job.variant.canonical()


def test_naming_the_platform_loads_no_template_engine():
    code = "import connectors.website, sys; print([m for m in ('jinja2', 'nh3', 'PIL') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def _raise(error):
    def fail(*args, **kwargs):
        raise error

    return fail
