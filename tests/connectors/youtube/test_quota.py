"""Four buckets, counted per project and Pacific day, shared by all processes of a workspace."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import Throttled
from connectors.youtube.quota import QuotaBook, cost_of
from tests.connectors.youtube.harness import CLIENT_ID, PLAYLIST, ChannelHarness, Clock


def book(folder: Path, clock: Clock, client: str = CLIENT_ID) -> QuotaBook:
    return QuotaBook(folder / "quota", client, clock)


def test_a_publication_costs_one_upload_and_some_units(harness: ChannelHarness, clock: Clock) -> None:
    harness.settings["playlist"] = PLAYLIST
    harness.publish(harness.job(pictures=2))
    left = book(harness.folder, clock).left()
    assert left == {"uploads": 99, "search": 100, "stats": 10_000, "units": 10_000 - 50 - 400 - 50 - 50}
    assert harness.server.world.used == {
        ("10001000", "2026-11-21", "uploads"): 1,
        ("10001000", "2026-11-21", "units"): 550,
    }


def test_the_count_here_is_the_count_there(harness: ChannelHarness, clock: Clock) -> None:
    """Written apart, on both sides of the wire: they must agree on every call."""
    job = harness.job(pictures=2)
    handle, published = harness.publish(job)
    connector = harness.connector()
    connector.health()
    connector.measure(published)
    connector.find(job, handle)
    connector.find(job, {})
    there = {bucket: used for (_, _, bucket), used in harness.server.world.used.items()}
    left = book(harness.folder, clock).left()
    assert {bucket: 10_000 - left[bucket] for bucket in ("stats", "units")} == {
        bucket: there[bucket] for bucket in ("stats", "units")
    }
    assert 100 - left["uploads"] == there["uploads"]


def test_buckets_fill_at_midnight_in_california(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 22, 7, 59, tzinfo=UTC))
    book(tmp_path, clock).count("youtube.videos.insert")
    assert book(tmp_path, clock).left()["uploads"] == 99
    clock.advance(minutes=2)
    assert book(tmp_path, clock).left()["uploads"] == 100


def test_projects_are_counted_apart_and_channels_of_one_together(tmp_path: Path, clock: Clock) -> None:
    book(tmp_path, clock, "123456-a.apps.googleusercontent.com").count("youtube.videos.insert")
    book(tmp_path, clock, "123456-b.apps.googleusercontent.com").count("youtube.videos.insert")
    book(tmp_path, clock, "không phải của Google").count("youtube.videos.insert")
    assert book(tmp_path, clock, "123456-c.apps.googleusercontent.com").left()["uploads"] == 98
    assert len(list((tmp_path / "quota").glob("*.json"))) == 2


def test_no_count_is_lost_between_threads(tmp_path: Path, clock: Clock) -> None:
    def work() -> None:
        for _ in range(25):
            book(tmp_path, clock).count("youtube.videos.list")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert book(tmp_path, clock).left()["units"] == 10_000 - 100


def test_google_knows_better_when_a_bucket_is_empty(harness: ChannelHarness, clock: Clock) -> None:
    harness.server.fault("reason_quotaExceeded", operation="videos.insert")
    with pytest.raises(Throttled, match="quotaExceeded"):
        harness.connector().prepare(harness.job(), {}, lambda _: None)
    assert book(harness.folder, clock).left()["uploads"] == 0
    warning = str(harness.connector().health().values["warning"])
    assert "còn 0 lượt tải lên" in warning


def test_a_broken_or_unwritable_file_troubles_nobody(tmp_path: Path, clock: Clock) -> None:
    kept = book(tmp_path, clock)
    kept.count("youtube.videos.list")
    (file,) = (tmp_path / "quota").glob("*.json")
    for text in ("", "[]", '{"day": 3}', json.dumps({"day": "2026-11-21", "used": {"units": "x"}})):
        file.write_text(text)
        assert kept.left()["units"] == 10_000
        kept.count("youtube.videos.list")
        assert kept.left()["units"] == 9_999
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    QuotaBook(blocked / "quota", CLIENT_ID, clock).count("youtube.videos.list")


def test_analytics_has_a_quota_of_its_own() -> None:
    assert cost_of("youtubeAnalytics.reports.query") is None
    assert cost_of("youtube.videos.list") == ("units", 1)
