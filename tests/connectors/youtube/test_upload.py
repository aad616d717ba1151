"""A video goes up once and whole, whatever happens to the line, the server and the process."""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Handle, Job
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.http import Http
from connectors.practice.youtube import PracticeYouTube
from connectors.youtube import upload
from connectors.youtube.transport import _Paced
from content.limits import MIB
from content.variant import MediaRef
from tests.connectors.youtube.harness import QUANTUM, ChannelHarness, Clock


class Crash(Exception):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "CHUNK_BYTES", QUANTUM)


def forget(_: Handle) -> None:
    """A save nobody reads."""


def died(harness: ChannelHarness, job: Job, at: int, *, stored: bool) -> Handle:
    """Prepare until that save and die there; what was committed by then."""
    committed: list[Handle] = [{}]
    saves = 0

    def save(handle: Handle) -> None:
        nonlocal saves
        saves += 1
        if stored or saves <= at:
            committed.append(json.loads(json.dumps(handle)))
        if saves > at:
            raise Crash

    with pytest.raises(Crash):
        harness.connector().prepare(job, {}, save)
    return committed[-1]


def assert_whole(harness: ChannelHarness, job: Job) -> None:
    (video,) = harness.videos(job)
    assert video.sha256 == job.variant.media[0].sha256
    assert sha256(video.path.read_bytes()).hexdigest() == video.sha256


@pytest.mark.parametrize("stored", [True, False])
def test_a_death_at_any_chunk_boundary_is_resumed_and_the_file_is_whole(
    harness: ChannelHarness, clock: Clock, stored: bool
) -> None:
    saves: list[Handle] = []
    size = 5 * QUANTUM + 777
    harness.connector().prepare(harness.job(size=size), {}, saves.append)
    assert len(saves) == 1 + 5 + 1, "the session, five chunks of six, the video"
    for at in range(len(saves)):
        job = harness.job(size=size)
        handle = died(harness, job, at, stored=stored)
        harness.server.world.arrivals.clear()
        tried = replace(job, first_try_at=clock())
        handle = harness.connector().prepare(tried, handle, forget)
        assert_whole(harness, job)
        if stored:
            assert harness.operations().count("chunk") == max(0, 6 - at), "no chunk goes up twice"
            assert "videos.insert" not in harness.operations()


def test_three_cuts_in_the_middle_of_chunks_lose_nothing_and_need_no_other_try(
    harness: ChannelHarness,
) -> None:
    job = harness.job(size=6 * QUANTUM + 5)
    for skip in (0, 2, 4):
        harness.server.fault("cut_mid", operation="chunk", skip=skip, keep=QUANTUM // 2)
    harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)
    assert harness.operations().count("ask") == 3
    assert harness.server.ledger()["total"]["sessions"] == 1


def test_the_servers_word_on_what_it_kept_counts_not_our_own(harness: ChannelHarness) -> None:
    job = harness.job(size=3 * QUANTUM)
    harness.server.fault("cut_mid", operation="chunk", skip=1, keep=1_000)
    harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)


@pytest.mark.parametrize("kind", ["503", "cut_before", "html_502", "500_after_accept", "cut_after_accept"])
def test_one_trouble_with_a_chunk_is_settled_by_asking(harness: ChannelHarness, kind: str) -> None:
    job = harness.job(size=3 * QUANTUM + 9)
    harness.server.fault(kind, operation="chunk", skip=1)
    harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)


@pytest.mark.parametrize(
    "kind", ["500_after_accept", "cut_after_accept", "truncated_200_after_accept", "empty_200_after_accept"]
)
def test_a_lost_last_answer_does_not_upload_again(harness: ChannelHarness, kind: str) -> None:
    job = harness.job(size=2 * QUANTUM)
    harness.server.fault(kind, operation="chunk", skip=1)
    harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)
    assert harness.operations().count("chunk") == 2


def test_trouble_that_goes_on_ends_the_try_and_the_next_goes_on_from_there(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, kept = harness.job(size=4 * QUANTUM), [{}]
    harness.server.fault("503", operation="chunk", skip=2, times=9)
    with pytest.raises(Unknown) as caught:
        harness.connector().prepare(job, {}, kept.append)
    assert caught.value.code == "yt:backendError"
    assert harness.operations().count("chunk") == 4, "two good ones, one trouble, one more try"
    harness.server.app.faults.clear()
    harness.server.world.arrivals.clear()
    harness.connector().prepare(replace(job, first_try_at=clock()), kept[-1], forget)
    assert_whole(harness, job)
    assert harness.operations().count("chunk") == 2


def test_a_line_that_cuts_gets_smaller_chunks(
    harness: ChannelHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "CHUNK_BYTES", 4 * QUANTUM)
    job = harness.job(size=8 * QUANTUM)
    harness.server.fault("cut_before", operation="chunk")
    harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)
    assert harness.operations().count("chunk") == 1 + 4


def test_the_session_is_saved_before_the_first_byte_leaves(harness: ChannelHarness) -> None:
    job = harness.job()
    handle = died(harness, job, 0, stored=True)
    assert handle["session"]["uri"].startswith(harness.server.url)
    assert handle["session"]["sha256"] == job.variant.media[0].sha256
    assert "chunk" not in harness.operations()


def test_the_file_name_the_server_keeps_is_our_mark(harness: ChannelHarness) -> None:
    job = harness.job()
    harness.connector().prepare(job, {}, forget)
    assert harness.videos(job)[0].file_name == "loa-1-7f3a.mp4"


def test_the_upload_is_private_and_says_so_about_children_and_machines(harness: ChannelHarness) -> None:
    job = harness.job()
    harness.connector(synthetic_media="true").prepare(job, {}, forget)
    status = harness.videos(job)[0].status
    assert status["privacyStatus"] == "private"
    assert status["selfDeclaredMadeForKids"] is False
    assert status["containsSyntheticMedia"] is True


def test_an_upload_that_youtube_shows_at_once_stops_the_channel(
    harness: ChannelHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, kept = harness.server.world, [{}]
    finish = world.finish

    def shown_at_once(session: Any) -> Any:
        video = finish(session)
        world.set_status(video, {"privacyStatus": "public"})
        return video

    monkeypatch.setattr(world, "finish", shown_at_once)
    with pytest.raises(AuthLost) as caught:
        harness.connector().prepare(harness.job(), {}, kept.append)
    assert caught.value.code == "yt:not-kept-private"
    assert kept[-1]["video"], "known all the same"


def test_an_expired_session_whose_video_was_finished_is_found_by_its_mark(
    harness: ChannelHarness, clock: Clock
) -> None:
    job = harness.job(size=2 * QUANTUM)
    handle = died(harness, job, 2, stored=False)  # the video is there, its id was not saved
    harness.server.world.sessions.clear()
    handle = harness.connector().prepare(replace(job, first_try_at=clock()), handle, forget)
    assert_whole(harness, job)
    assert handle["video"] == harness.videos(job)[0].id


def test_the_mark_holds_when_somebody_changed_the_title_in_studio(
    harness: ChannelHarness, clock: Clock
) -> None:
    job = harness.job(size=2 * QUANTUM)
    handle = died(harness, job, 2, stored=False)
    harness.server.world.sessions.clear()
    video = harness.videos(job)[0]
    video.snippet["title"] = "Tên khác"
    handle = harness.connector().prepare(replace(job, first_try_at=clock()), handle, forget)
    assert handle["video"] == video.id
    assert video.snippet["title"] == job.variant.title, "what was approved is what comes out"


def test_a_mark_that_youtube_dropped_leaves_title_and_size(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(size=2 * QUANTUM)
    handle = died(harness, job, 2, stored=False)
    harness.server.world.sessions.clear()
    harness.videos(job)[0].file_name = ""
    harness.connector().prepare(replace(job, first_try_at=clock()), handle, forget)
    assert_whole(harness, job)


def test_a_namesake_of_another_size_is_not_taken_for_ours(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(size=2 * QUANTUM)
    handle = died(harness, job, 2, stored=False)
    harness.server.world.sessions.clear()
    stranger = harness.videos(job)[0]
    stranger.file_name, stranger.size = "phim-cua-toi.mp4", stranger.size + 1
    handle = harness.connector().prepare(replace(job, first_try_at=clock()), handle, forget)
    assert handle["video"] != stranger.id


def test_nothing_is_sent_again_while_youtube_does_not_tell_name_and_size(
    harness: ChannelHarness, clock: Clock
) -> None:
    harness.server.world.details_delay_s = 60
    job = harness.job(size=2 * QUANTUM)
    handle = died(harness, job, 2, stored=False)
    harness.server.world.sessions.clear()
    tried = replace(job, first_try_at=clock())
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(tried, handle, forget)
    assert caught.value.code == "yt:file-details-missing"
    clock.advance(seconds=61)
    harness.connector().prepare(tried, handle, forget)
    assert_whole(harness, job)


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_session_that_ends_on_the_way_is_begun_again(harness: ChannelHarness, skip: int) -> None:
    job = harness.job(size=3 * QUANTUM)
    harness.server.fault("session_gone", operation="chunk", skip=skip)
    handle = harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)
    assert harness.server.ledger()["total"]["sessions"] == 2
    assert handle["session"]["uri"].endswith("upload_id=" + next(iter(harness.server.world.sessions)))


def test_a_file_that_changed_meanwhile_is_not_continued(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(size=3 * QUANTUM)
    handle = died(harness, job, 1, stored=True)
    path = harness.folder / job.variant.media[0].name
    path.write_bytes(b"x" * (3 * QUANTUM))
    with pytest.raises(Refused) as caught:
        harness.connector().prepare(replace(job, first_try_at=clock()), handle, forget)
    assert caught.value.code == "yt:media-changed"


def test_a_file_that_is_shorter_than_said_is_not_taken_for_its_end(harness: ChannelHarness) -> None:
    job = harness.job(size=3 * QUANTUM)
    with (harness.folder / job.variant.media[0].name).open("r+b") as file:
        file.truncate(QUANTUM + 5)
    with pytest.raises(NotSent):
        harness.connector().prepare(job, {}, forget)
    assert harness.videos(job) == []


def test_a_handle_of_another_file_begins_anew(harness: ChannelHarness, clock: Clock) -> None:
    first, second = harness.job(size=2 * QUANTUM), harness.job(size=2 * QUANTUM)
    handle = died(harness, first, 1, stored=True)
    harness.connector().prepare(replace(second, first_try_at=clock()), handle, forget)
    assert_whole(harness, second)


@pytest.mark.parametrize("operation", ["chunk", "ask", "videos.insert"])
def test_a_token_that_ends_on_the_way_is_renewed_and_the_whole_chunk_sent_again(
    harness: ChannelHarness, operation: str
) -> None:
    job = harness.job(size=3 * QUANTUM)
    if operation == "ask":
        harness.server.fault("cut_before", operation="chunk")
    harness.server.fault("expired", operation=operation)
    harness.connector().prepare(job, {}, forget)
    assert_whole(harness, job)
    assert harness.operations().count("token") == 2


def test_a_revoked_login_on_the_way_stops_the_channel_and_keeps_what_is_there(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, kept = harness.job(size=4 * QUANTUM), [{}]
    harness.server.fault("revoked", operation="chunk", skip=2)
    with pytest.raises(AuthLost):
        harness.connector().prepare(job, {}, kept.append)
    harness.channel.revoked = False
    harness.server.world.arrivals.clear()
    harness.connector().prepare(replace(job, first_try_at=clock()), kept[-1], forget)
    assert_whole(harness, job)
    assert harness.operations().count("chunk") == 2


def test_an_empty_quota_waits_for_midnight_in_california(harness: ChannelHarness, clock: Clock) -> None:
    harness.server.world.daily["uploads"] = 0
    with pytest.raises(Throttled) as caught:
        harness.connector().prepare(harness.job(), {}, forget)
    assert caught.value.retry_at is not None
    assert caught.value.retry_at.isoformat() == "2026-11-22T08:00:00+00:00"
    assert "chunk" not in harness.operations()


def test_a_start_whose_answer_is_lost_is_sent_once(harness: ChannelHarness) -> None:
    harness.server.fault("cut_after_accept", operation="videos.insert")
    with pytest.raises(Unknown):
        harness.connector().prepare(harness.job(), {}, forget)
    assert harness.operations().count("videos.insert") == 1


def test_our_token_goes_to_no_address_but_the_channels_own(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(size=2 * QUANTUM)
    handle = died(harness, job, 0, stored=True)
    handle["session"]["uri"] = "http://127.0.0.2:9/upload/youtube/v3/videos?upload_id=x"
    with pytest.raises(Unknown) as caught:
        harness.connector().prepare(replace(job, first_try_at=clock()), handle, forget)
    assert caught.value.code == "yt:strange-address"


def test_a_lost_lane_sends_nothing_more(harness: ChannelHarness) -> None:
    with pytest.raises(Crash):
        harness.connector().prepare(harness.job(size=5 * QUANTUM), {}, _raise_at(3))
    before = harness.traffic()
    assert harness.operations().count("chunk") == 2
    assert harness.traffic() == before


def _raise_at(number: int) -> Any:
    calls: list[Handle] = []

    def save(handle: Handle) -> None:
        calls.append(handle)
        if len(calls) == number:
            raise Crash

    return save


def test_memory_stays_flat_however_large_the_video_is(
    harness: ChannelHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Client and server together, in one process: a video of eight chunks needs less than three."""
    monkeypatch.setattr(upload, "CHUNK_BYTES", 8 * MIB)
    size, path = 64 * MIB, harness.folder / "dai.mp4"
    with path.open("wb") as file:
        file.truncate(size)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    job = harness.job(media=(MediaRef(digest, "video/mp4", size, "dai.mp4"),))
    connector = harness.connector()
    tracemalloc.start()
    try:
        connector.prepare(job, {}, forget)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert harness.videos(job)[0].sha256 == digest
    assert peak < 3 * 8 * MIB, f"{peak / MIB:.1f} MiB"


def test_a_body_that_leaves_too_slowly_is_cut_by_ourselves(server: PracticeYouTube, http: Http) -> None:
    with pytest.raises(Unknown) as caught:
        http.call("PUT", f"{server.url}/nowhere", creates=True, data=_Paced(b"x" * 100, -1.0))
    assert caught.value.code == "net:no-answer"
    assert "too long" in caught.value.detail
    assert io.BytesIO(_Paced(b"abc", 60).read()).getvalue() == b"abc"


def test_no_error_on_any_way_shows_a_secret_or_a_session(harness: ChannelHarness, tmp_path: Path) -> None:
    kinds = (
        "500",
        "cut_before",
        "html_502",
        "empty_200",
        "reason_forbidden",
        "reason_quotaExceeded",
        "revoked",
    )
    operations = ("videos.insert", "chunk", "thumbnails.set", "captions.insert", "videos.update", "token")
    seen = 0
    for kind in kinds:
        for operation in operations:
            harness.channel.revoked = False
            harness.server.fault(kind, operation=operation, times=5)
            job = harness.job(pictures=2)
            connector = harness.connector()
            try:
                connector.reveal(job, connector.prepare(job, {}, forget))
            except ConnectorError as error:
                seen += 1
                told = f"{error!r} {error} {error.detail} {error.__cause__!r} {error.__context__!r}"
                for secret in (*harness.secrets, "practice-session"):
                    assert secret not in told, f"{kind} on {operation}"
            harness.server.app.faults.clear()
    assert seen >= len(kinds) * (len(operations) - 2)
