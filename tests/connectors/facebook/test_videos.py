"""Videos and Reels step by step: what goes up when, what is asked again, and what is never made twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Handle, Job, Pending, Published
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Throttled, Unknown
from connectors.practice.videos import Video
from tests.connectors.facebook.harness import PAGE, PageHarness

KIB = 1024


def tried(page: PageHarness, job: Job) -> Job:
    return replace(job, first_try_at=page.clock())


def videos(page: PageHarness) -> list[Video]:
    return list(page.server.world.videos.values())


def only(page: PageHarness) -> Video:
    (video,) = videos(page)
    return video


def phases(page: PageHarness) -> list[str]:
    """Method and edge of every call so far."""
    return [f"{method} {edge}".strip() for _, _, method, edge, _ in page.server.world.arrivals]


def publish(page: PageHarness, job: Job) -> tuple[Handle, Published]:
    handle = page.prepare(job)
    outcome = page.connector().reveal(job, handle)
    if isinstance(outcome, Pending):
        outcome = page.connector().poll(job, outcome)
    assert isinstance(outcome, Published)
    return handle, outcome


def edited(job: Job, **changes: object) -> Job:
    return replace(job, variant=replace(job.variant, **changes))


def test_a_feed_video_goes_up_in_the_chunks_the_server_asks_for(video: PageHarness):
    job = video.job(size=300 * KIB)
    handle = video.prepare(job)
    assert phases(video) == ["POST videos"] * 5, "start, three chunks of 128 KiB, finish"
    assert only(video).sha256 == job.variant.media[0].sha256
    assert (only(video).title, only(video).description) == (job.variant.title, job.variant.text)
    assert only(video).labels == [f"loa:{job.marker}"]
    assert video.public(job) == 0
    published = video.connector().reveal(job, handle)
    assert isinstance(published, Published)
    assert published.remote_id == only(video).id
    assert video.public(job) == 1


def test_thumbnail_and_captions_follow_the_video_once(video: PageHarness):
    job = video.job(pictures=2)
    handle = video.prepare(job)
    assert only(video).thumbnail
    assert only(video).captions == {
        "vi_VN": "1\n00:00:00,000 --> 00:00:02,000\nXin chào\n".encode(),
    }
    video.server.world.arrivals.clear()
    video.prepare(tried(video, job), handle)
    assert phases(video) == ["GET"], "only looked at"


def test_the_session_is_saved_before_the_first_byte_leaves(video: PageHarness, reel: PageHarness):
    for page, key in ((video, "session"), (reel, "address")):
        saved: list[tuple[Handle, int]] = []
        page.server.reset()
        job = page.job()
        page.connector().prepare(
            job, {}, lambda h, page=page, saved=saved: saved.append((h, only(page).received))
        )
        first, received = saved[0]
        assert received == 0
        assert first["video"] == only(page).id
        assert first[key]


def test_a_chunk_cut_midway_is_sent_again_and_nothing_else(video: PageHarness):
    job = video.job(size=300 * KIB)
    video.server.fault("cut_mid", method="POST", edge="videos", skip=1)
    video.prepare(job)
    assert phases(video).count("POST videos") == 5, "a half-arrived request is not one"
    assert only(video).sha256 == job.variant.media[0].sha256


@pytest.mark.parametrize("kind", ["cut_after_accept", "500_after_accept", "html_502_after_accept"])
def test_a_chunk_whose_answer_was_lost_is_not_stored_twice(video: PageHarness, kind: str):
    job = video.job(size=300 * KIB)
    video.server.fault(kind, method="POST", edge="videos", phase="transfer", skip=1)
    video.prepare(job)
    assert only(video).sha256 == job.variant.media[0].sha256


def test_a_new_process_goes_on_in_the_session(video: PageHarness):
    job, saved = video.job(size=300 * KIB), [{}]
    video.server.fault("cut", method="POST", edge="videos", phase="transfer", skip=1, times=9)
    with pytest.raises(Unknown):
        video.connector().prepare(job, {}, saved.append)
    video.server.app.faults.clear()
    video.prepare(tried(video, job), saved[-1])
    assert only(video).sha256 == job.variant.media[0].sha256


def test_a_session_the_server_has_forgotten_is_begun_anew(video: PageHarness):
    job, saved = video.job(size=300 * KIB), [{}]
    video.server.fault("cut", method="POST", edge="videos", phase="transfer", skip=1, times=9)
    with pytest.raises(Unknown):
        video.connector().prepare(job, {}, saved.append)
    video.server.app.faults.clear()
    video.server.world.remove_video(only(video))
    handle = video.prepare(tried(video, job), saved[-1])
    assert handle["video"] == only(video).id != saved[-1]["video"]
    assert only(video).sha256 == job.variant.media[0].sha256


def test_a_chunk_larger_than_what_is_held_is_streamed(video: PageHarness):
    video.server.world.shelf.chunk_bytes = 20 * 1024 * KIB
    job = video.job(size=20 * 1024 * KIB + 7)
    video.prepare(job)
    assert only(video).sha256 == job.variant.media[0].sha256


def test_an_unclear_finish_is_settled_by_the_videos_own_status(video: PageHarness):
    job, saved = video.job(), [{}]
    video.server.fault("500_after_accept", method="POST", edge="videos", phase="finish")
    with pytest.raises(Unknown):
        video.connector().prepare(job, {}, saved.append)
    video.server.world.arrivals.clear()
    handle = video.prepare(tried(video, job), saved[-1])
    assert phases(video) == ["GET"]
    video.connector().reveal(job, handle)
    assert (len(videos(video)), video.public(job)) == (1, 1)


def test_a_video_just_finished_that_does_not_exist_yet_is_waited_for(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    video.server.world.shelf.hidden_for = timedelta(seconds=40)
    for act in (
        lambda: video.connector().reveal(job, handle),
        lambda: video.connector().prepare(tried(video, job), handle, lambda _: None),
    ):
        with pytest.raises(NotSent, match="fb:not-visible-yet"):
            act()
    video.clock.advance(seconds=41)
    assert isinstance(video.connector().reveal(job, handle), Published)


def test_a_hidden_video_somebody_deleted_is_brought_up_again(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    video.server.world.remove_video(only(video))
    video.clock.advance(minutes=10)
    with pytest.raises(NotPrepared):
        video.connector().reveal(job, handle)
    again = video.prepare(tried(video, job), handle)
    assert again["video"] != handle["video"]
    video.connector().reveal(job, again)
    assert video.public(job) == 1


def test_what_somebody_wrote_into_the_hidden_video_never_becomes_public(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    only(video).description = "Tin giả"
    with pytest.raises(NotPrepared, match="fb:edited-elsewhere"):
        video.connector().reveal(job, handle)
    assert video.server.world.pages[PAGE].reveals == 0
    handle = video.prepare(tried(video, job), handle)
    assert only(video).description == job.variant.text
    video.connector().reveal(job, handle)
    assert video.public(job) == 1


def test_edited_words_are_changed_and_another_file_is_another_upload(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    reworded = edited(job, text="Lời mới")
    with pytest.raises(NotPrepared):
        video.connector().reveal(reworded, handle)
    handle = video.prepare(reworded, handle)
    assert (len(videos(video)), only(video).description) == (1, "Lời mới")
    recut = edited(reworded, media=(video.video("ban-dung-lai.mp4", size=9_000, seed=77),))
    video.prepare(recut, handle)
    assert [v.sha256 for v in videos(video)] == [recut.variant.media[0].sha256], "the old one is deleted"


def test_a_video_that_is_still_processed_is_pending_and_then_public(video: PageHarness, reel: PageHarness):
    for page in (video, reel):
        page.server.reset()
        page.server.world.shelf.processing = timedelta(seconds=30)
        job = page.job()
        handle = page.prepare(job)
        pending = page.connector().reveal(job, handle)
        assert isinstance(pending, Pending)
        assert page.public(job) == 0
        assert page.connector().find(tried(page, job), handle) == []
        assert isinstance(page.connector().reveal(job, handle), Pending), "told again, it is not told twice"
        assert isinstance(page.connector().poll(job, pending), Pending)
        page.clock.advance(seconds=31)
        assert isinstance(page.connector().poll(job, pending), Published)
        assert page.public(job) == 1


def test_a_video_facebook_cannot_process_is_refused_with_its_words(video: PageHarness, reel: PageHarness):
    for page, edge in ((video, "videos"), (reel, "video_reels")):
        page.server.reset()
        page.server.world.shelf.processing = timedelta(0)
        page.server.fault("processing_failed", method="POST", edge=edge, phase="finish")
        job = page.job()
        handle = page.prepare(job)
        if page is reel:
            pending = page.connector().reveal(job, handle)
            assert isinstance(pending, Pending)
            with pytest.raises(Refused, match="fb:video-error"):
                page.connector().poll(job, pending)
        with pytest.raises(Refused, match="could not be processed"):
            page.connector().reveal(tried(page, job), handle)
        assert page.public(job) == 0


def test_direct_mode_sends_the_thumbnail_with_the_finish(video_direct: PageHarness):
    job = video_direct.job(pictures=1)
    handle = video_direct.prepare(job)
    assert only(video_direct).finished_at is None
    video_direct.connector().reveal(job, handle)
    assert only(video_direct).thumbnail
    assert video_direct.public(job) == 1


def test_a_finish_is_not_repeated_when_the_video_is_on_its_way(video_direct: PageHarness, reel: PageHarness):
    for page in (video_direct, reel):
        page.server.world.shelf.processing = timedelta(seconds=30)
        job = page.job()
        handle = page.prepare(job)
        page.connector().reveal(job, handle)
        page.server.world.arrivals.clear()
        assert isinstance(page.connector().reveal(tried(page, job), handle), Pending)
        assert phases(page) == ["GET"]


def test_a_reel_goes_to_rupload_in_one_stream(reel: PageHarness):
    job = reel.job()
    handle, published = publish(reel, job)
    assert phases(reel)[:2] == ["POST video_reels", "POST video-upload"]
    assert only(reel).sha256 == job.variant.media[0].sha256
    assert published.remote_id == handle["video"]
    assert reel.server.world.posts[only(reel).post].reel


def test_a_reel_cut_on_its_way_goes_on_where_it_stopped(reel: PageHarness):
    job = reel.job(size=600 * KIB)
    reel.server.fault("cut_mid", method="POST", edge="video-upload", times=2)
    reel.prepare(job)
    assert only(reel).sha256 == job.variant.media[0].sha256
    assert phases(reel).count("POST video-upload") == 3


def test_a_reel_whose_answer_is_only_late_is_there(reel: PageHarness):
    job = reel.job(size=600 * KIB)
    reel.server.fault("slow", method="POST", edge="video-upload", seconds=0.01)
    reel.prepare(job)
    assert only(reel).sha256 == job.variant.media[0].sha256
    assert phases(reel).count("POST video-upload") == 1


def test_a_wrong_offset_is_settled_by_asking(reel: PageHarness):
    job = reel.job(size=600 * KIB)
    reel.server.fault("offset_invalid", method="POST", edge="video-upload")
    reel.prepare(job)
    assert only(reel).sha256 == job.variant.media[0].sha256


def test_a_new_process_asks_how_much_of_a_reel_arrived(reel: PageHarness):
    job, saved = reel.job(size=600 * KIB), [{}]
    reel.server.fault("cut_mid", method="POST", edge="video-upload")
    reel.server.fault("cut", method="POST", edge="video-upload", skip=1, times=9)
    with pytest.raises(Unknown):
        reel.connector().prepare(job, {}, saved.append)
    received = only(reel).received
    assert 0 < received < 600 * KIB
    reel.server.app.faults.clear()
    reel.server.world.arrivals.clear()
    reel.prepare(tried(reel, job), saved[-1])
    assert only(reel).sha256 == job.variant.media[0].sha256
    assert phases(reel)[:3] == ["GET", "GET", "POST video-upload"]


def test_the_thirty_first_reel_of_a_day_waits(reel: PageHarness):
    reel.server.world.shelf.reels_a_day = 1
    publish(reel, reel.job())
    job = reel.job()
    handle = reel.prepare(job)
    with pytest.raises(Throttled, match="fb:613") as caught:
        reel.connector().reveal(job, handle)
    assert caught.value.retry_at is not None
    reel.clock.advance(hours=25)
    reel.connector().reveal(job, handle)
    assert reel.public(job) == 1


def test_the_token_goes_to_no_strange_upload_host(reel: PageHarness):
    job, saved = reel.job(), [{}]
    reel.server.fault("cut", method="POST", edge="video-upload", times=9)
    with pytest.raises(Unknown):
        reel.connector().prepare(job, {}, saved.append)
    reel.server.world.arrivals.clear()
    with pytest.raises(NotSent, match="fb:upload-host"):
        reel.prepare(job, {**saved[-1], "address": "https://evil.example/video-upload"})
    assert "POST video-upload" not in phases(reel)


def test_without_a_handle_a_video_is_found_by_its_label_and_a_reel_by_its_words(
    video: PageHarness, reel: PageHarness
):
    for page in (video, reel):
        page.job()
        job = page.job()
        _, published = publish(page, job)
        found = page.connector().find(tried(page, job), {})
        assert [one.remote_id for one in found] == [published.remote_id]
        assert page.connector().find(tried(page, page.job()), {}) == []


def test_where_the_list_of_videos_is_closed_the_posts_are_read(video: PageHarness):
    job = video.job()
    publish(video, job)
    video.server.fault("code_100", method="GET", edge="videos")
    assert len(video.connector().find(tried(video, job), {})) == 1
    video.server.fault("code_190", method="GET", edge="videos")
    with pytest.raises(AuthLost):
        video.connector().find(tried(video, job), {})


def test_a_file_that_became_shorter_is_never_finished(video: PageHarness, reel: PageHarness):
    for page in (video, reel):
        page.server.reset()
        page.server.world.shelf.chunk_bytes = 128 * KIB
        job = page.job(size=300 * KIB)
        (page.folder / job.variant.media[0].name).write_bytes(b"short")
        with pytest.raises(NotSent, match="fb:media-shrunk"):
            page.prepare(job)
        assert only(page).finished_at is None


def test_a_way_changed_between_prepare_and_reveal_is_prepared_again(video: PageHarness, reel: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    with pytest.raises(NotPrepared):
        reel.connector().reveal(tried(video, job), handle)
    handle = reel.prepare(tried(video, job), handle)
    reel.connector().reveal(job, handle)
    assert video.public(job) == 1
    assert only(video).reel
