"""Facebook's own clock: handed over, moved, called back; and what somebody changed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Job
from connectors.errors import NotPrepared, Refused, Unknown
from tests.connectors.facebook.harness import PAGE, PageHarness


def nothing(_: object) -> None:
    """A save nobody reads."""


def later(job: Job, **ahead: float) -> Job:
    return replace(job, due_at=job.due_at + timedelta(**ahead))


def posts(page: PageHarness):
    return page.server.world.pages[PAGE].posts


def test_a_hidden_post_gives_way_to_a_scheduled_one_with_photos_of_its_own(two_step: PageHarness):
    job = later(two_step.job(pictures=2), hours=2)
    hidden = two_step.prepare(job)
    handle = two_step.connector().hand_over(job, hidden, nothing)
    (post,) = posts(two_step)
    assert post.scheduled_at == job.due_at
    assert all(two_step.server.world.photos[name].temporary for name in post.photos)
    assert handle["scheduled"] == int(job.due_at.timestamp())
    assert handle["post"] == post.id != hidden["post"]


def test_a_hand_over_whose_answer_was_lost_is_found_and_not_repeated(two_step: PageHarness):
    job = later(two_step.job(pictures=1), hours=2)
    saved = [two_step.prepare(job)]
    two_step.server.fault("500_after_accept", method="POST", edge="feed")
    with pytest.raises(Unknown):
        two_step.connector().hand_over(job, saved[0], saved.append)
    tried = replace(job, first_try_at=two_step.clock())
    handle = two_step.connector().hand_over(tried, saved[-1], nothing)
    assert [post.id for post in posts(two_step)] == [handle["post"]]


def test_a_lost_hand_over_that_came_out_meanwhile_is_found_by_prepare(two_step: PageHarness):
    job = later(two_step.job(pictures=1), hours=2)
    saved = [two_step.prepare(job)]
    two_step.server.fault("cut_after_accept", method="POST", edge="feed")
    with pytest.raises(Unknown):
        two_step.connector().hand_over(job, saved[0], saved.append)
    two_step.clock.advance(hours=3)
    tried = replace(job, first_try_at=two_step.clock() - timedelta(hours=3))
    handle = two_step.prepare(tried, saved[-1])
    two_step.connector().reveal(tried, handle)
    assert len(posts(two_step)) == 1
    assert two_step.public(job) == 1


def test_a_lost_hand_over_can_still_be_called_back(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    saved = [two_step.prepare(job)]
    two_step.server.fault("cut_after_accept", method="POST", edge="feed")
    with pytest.raises(Unknown):
        two_step.connector().hand_over(job, saved[0], saved.append)
    two_step.connector().recall(job, saved[-1], nothing)
    two_step.clock.advance(hours=3)
    assert two_step.public(job) == 0


def test_another_approved_text_calls_the_scheduled_post_back(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    handle = two_step.connector().hand_over(job, two_step.prepare(job), nothing)
    changed = replace(job, variant=replace(job.variant, text="Bản đính chính"))
    with pytest.raises(NotPrepared):
        two_step.connector().hand_over(changed, handle, nothing)
    two_step.prepare(changed, handle)
    two_step.clock.advance(hours=3)
    assert two_step.public(job) == 0
    assert [post.message for post in posts(two_step)] == ["Bản đính chính"]


def test_a_video_is_handed_over_moved_and_called_back(video: PageHarness, reel: PageHarness):
    for page in (video, reel):
        page.server.reset()
        page.server.world.shelf.processing = timedelta(0)
        job = later(page.job(), hours=2)
        handle = page.connector().hand_over(job, page.prepare(job), nothing)
        moved = later(job, hours=1)
        handle = page.connector().hand_over(moved, handle, nothing)
        (post,) = posts(page)
        assert post.scheduled_at == moved.due_at
        assert page.connector().recall(moved, handle, nothing) == {}
        assert page.server.world.videos == {}


def test_a_video_that_facebook_did_not_publish_in_time_is_revealed(video: PageHarness, reel: PageHarness):
    for page in (video, reel):
        page.server.reset()
        page.server.world.shelf.processing = timedelta(0)
        job = later(page.job(), hours=2)
        handle = page.connector().hand_over(job, page.prepare(job), nothing)
        page.server.world.posts[page.server.world.videos[handle["video"]].post].scheduled_at += timedelta(
            days=9
        )
        page.jump(job.due_at)
        assert page.public(job) == 0
        page.connector().reveal(job, handle)
        assert page.public(job) == 1


def test_the_window_of_a_hold_lies_within_all_that_meta_says(two_step: PageHarness):
    hold = two_step.connector().capabilities.hold
    assert hold is not None
    assert hold.at_least >= timedelta(minutes=10)
    assert hold.at_most < timedelta(days=29)


def test_what_somebody_wrote_into_the_hidden_post_never_becomes_public(two_step: PageHarness):
    job = two_step.job(pictures=1)
    handle = two_step.prepare(job)
    posts(two_step)[0].message = "Tin giả"
    with pytest.raises(NotPrepared, match="fb:edited-elsewhere"):
        two_step.connector().reveal(job, handle)
    assert two_step.server.world.pages[PAGE].reveals == 0
    handle = two_step.prepare(replace(job, first_try_at=two_step.clock()), handle)
    two_step.connector().reveal(job, handle)
    assert [post.message.splitlines()[0] for post in posts(two_step)] == [job.variant.text.splitlines()[0]]
    assert two_step.public(job) == 1


def test_a_picture_somebody_added_or_took_away_is_seen(two_step: PageHarness):
    world, page = two_step.server.world, two_step.server.world.pages[PAGE]
    strange = world.add_photo(page, b"\x89PNG", "image/png", "", "")
    for tamper in (lambda post: post.photos.append(strange.id), lambda post: post.photos.pop()):
        job = two_step.job(pictures=2)
        handle = two_step.prepare(job)
        tamper(world.posts[handle["post"]])
        with pytest.raises(NotPrepared, match="fb:edited-elsewhere"):
            two_step.connector().reveal(job, handle)


def test_another_blank_is_no_change(two_step: PageHarness):
    job = two_step.job()
    handle = two_step.prepare(job)
    posts(two_step)[0].message = posts(two_step)[0].message.replace("\r\n", "\n\n") + " "
    two_step.connector().reveal(job, handle)
    assert len(posts(two_step)) == 1


def test_orphans_need_a_right_and_say_so(two_step: PageHarness):
    two_step.server.world.pages[PAGE].scopes = ("pages_manage_posts", "pages_read_engagement")
    with pytest.raises(Refused, match="fb:orphans-unreadable"):
        two_step.connector().orphans(two_step.job(), {})


def test_a_hidden_post_of_another_text_is_no_orphan_of_ours(two_step: PageHarness):
    job, other = two_step.job(), two_step.job()
    two_step.prepare(other)
    two_step.prepare(job)
    (orphan,) = two_step.connector().orphans(replace(job, first_try_at=two_step.clock()), {})
    assert two_step.server.world.posts[orphan.remote_id].message == job.variant.text
    assert orphan.kind == "post"


def test_a_text_changed_after_it_came_out_is_told_as_evidence(two_step: PageHarness, video: PageHarness):
    for page in (two_step, video):
        page.server.reset()
        job = page.job()
        handle = page.prepare(job)
        page.connector().reveal(job, handle)
        tried = replace(job, first_try_at=page.clock())
        assert "not-as-approved" not in page.connector().find(tried, handle)[0].evidence
        for post in posts(page):
            post.message = "Sửa trên điện thoại"
        for film in page.server.world.videos.values():
            film.description = "Sửa trên điện thoại"
        assert "not-as-approved" in page.connector().find(tried, handle)[0].evidence


def test_a_video_that_is_out_with_the_words_of_before_is_refused(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    video.connector().reveal(job, handle)
    with pytest.raises(Refused, match="fb:already-public"):
        video.prepare(replace(job, variant=replace(job.variant, text="Lời khác")), handle)
