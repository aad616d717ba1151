"""What is not this delivery's stays as it is; what is, goes, whatever its variant has become."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Handle, Job
from connectors.errors import NotSent, Refused, Unknown
from connectors.extras import Orphan
from connectors.facebook.readback import SETTLES
from tests.connectors.facebook.harness import PAGE, PageHarness

WEEKLY = "Lịch tiếp dân thứ Hai hằng tuần"


def nothing(_: Handle) -> None:
    """A save nobody reads."""


def later(job: Job, **ahead: float) -> Job:
    return replace(job, due_at=job.due_at + timedelta(**ahead))


def edited(job: Job, **changes: object) -> Job:
    return replace(job, variant=replace(job.variant, **changes))


def tried(page: PageHarness, job: Job) -> Job:
    return replace(job, first_try_at=page.clock())


def posts(page: PageHarness):
    return page.server.world.pages[PAGE].posts


def public(page: PageHarness) -> list[str]:
    world = page.server.world
    return [post.message for post in world.public_posts(world.pages[PAGE])]


def by_hand(page: PageHarness, text: str, **ahead: float) -> str:
    """An officer's own post on Facebook's clock; without a time only hidden."""
    at = page.clock() + timedelta(**ahead) if ahead else None
    world = page.server.world
    return world.add_post(world.pages[PAGE], text, "", [], published=False, scheduled_at=at).id


def handed_over(page: PageHarness, job: Job) -> Handle:
    return page.connector().hand_over(job, page.prepare(job), nothing)


# the variant was edited, or became another kind


def test_what_was_edited_meanwhile_is_called_back(two_step: PageHarness, video: PageHarness):
    for page in (two_step, video):
        page.server.reset()
        job = later(page.job(), hours=2)
        handle = handed_over(page, job)
        page.connector().recall(edited(job, text="Bản đang sửa, chưa duyệt"), handle, nothing)
        page.clock.advance(hours=3)
        assert public(page) == []


def test_a_lost_hand_over_of_the_text_of_before_is_called_back(two_step: PageHarness):
    for pictures in (0, 1):
        two_step.server.reset()
        job = later(two_step.job(pictures=pictures), hours=2)
        saved = [two_step.prepare(job)]
        two_step.server.fault("500_after_accept", method="POST", edge="feed")
        with pytest.raises(Unknown):
            two_step.connector().hand_over(job, saved[0], saved.append)
        two_step.prepare(tried(two_step, edited(job, text="Bản đính chính")), saved[-1])
        two_step.clock.advance(hours=3)
        assert public(two_step) == []


def test_a_scheduled_video_goes_when_the_variant_became_a_text(video: PageHarness):
    job = later(video.job(), hours=2)
    handle = handed_over(video, job)
    video.prepare(tried(video, edited(job, text="Bản mới, chỉ có chữ", media=())), handle)
    assert video.server.world.videos == {}
    assert [post.message for post in posts(video)] == ["Bản mới, chỉ có chữ"]
    video.clock.advance(hours=3)
    assert public(video) == []


def test_a_scheduled_post_goes_when_the_variant_became_a_video(video: PageHarness):
    for recalled in (True, False):
        video.server.reset()
        job = later(video.job(media=()), hours=2)
        handle = handed_over(video, job)
        film = tried(video, replace(job, variant=replace(video.job().variant, text="Bản mới, có phim")))
        if recalled:
            handle = video.connector().recall(film, handle, nothing)
        handle = video.prepare(film, handle)
        assert [post.message for post in posts(video)] == ["Bản mới, có phim"]
        assert handle["video"] in video.server.world.videos
        video.clock.advance(hours=3)
        assert public(video) == []


def test_what_came_out_with_another_kind_of_variant_is_said(video: PageHarness):
    job = later(video.job(), hours=2)
    handle = handed_over(video, job)
    video.clock.advance(hours=3)
    with pytest.raises(Refused, match="fb:already-public"):
        video.prepare(tried(video, edited(job, media=())), handle)
    assert len(public(video)) == 1


def test_a_new_text_can_be_prepared_after_somebody_deleted_the_scheduled_post(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    handle = handed_over(two_step, job)
    two_step.server.world.remove(posts(two_step)[0])
    two_step.prepare(tried(two_step, edited(job, text="Bản đính chính")), handle)
    assert [post.message for post in posts(two_step)] == ["Bản đính chính"]


def test_words_somebody_changed_in_what_waits_do_not_come_out_when_it_is_moved(
    two_step: PageHarness, video: PageHarness
):
    for page in (two_step, video):
        page.server.reset()
        job = later(page.job(), hours=2)
        handle = handed_over(page, job)
        posts(page)[0].message = "Chưa ai duyệt"
        for film in page.server.world.videos.values():
            film.description = "Chưa ai duyệt"
        page.connector().hand_over(later(job, hours=1), handle, nothing)
        page.clock.advance(hours=4)
        assert public(page) == [job.variant.text]


# others say the same


def test_another_deliverys_scheduled_post_of_the_same_text_is_no_orphan(two_step: PageHarness):
    one, other = later(two_step.job(text=WEEKLY), hours=2), later(two_step.job(text=WEEKLY), days=7)
    handle = two_step.prepare(one)
    handed_over(two_step, other)
    assert two_step.connector().orphans(tried(two_step, one), handle) == []


def test_an_officers_own_scheduled_post_is_no_orphan(two_step: PageHarness):
    job = two_step.job(text="Thông báo")
    handle = two_step.prepare(job)
    by_hand(two_step, "Thông báo", hours=5)
    assert two_step.connector().orphans(tried(two_step, job), handle) == []
    assert len(two_step.connector().orphans(tried(two_step, job), {})) == 1, "the one that was prepared"


@pytest.mark.parametrize("pictures", [0, 1])
def test_a_hidden_post_that_only_says_the_same_is_shown_to_a_person_and_kept(
    two_step: PageHarness, pictures: int
):
    one = two_step.job(text="Chữ giống nhau", pictures=pictures)
    other = later(two_step.job(text="Chữ giống nhau", pictures=pictures), hours=3)
    handle, others = two_step.prepare(one), two_step.prepare(other)
    (orphan,) = two_step.connector().orphans(tried(two_step, one), handle)
    assert orphan.remote_id == others["post"]
    assert orphan.evidence.startswith("maybe")
    with pytest.raises(Refused, match="fb:orphan-unproven"):
        two_step.connector().discard(orphan)
    assert len(posts(two_step)) == 2


def test_a_hidden_post_with_a_photo_of_ours_is_ours_and_goes(two_step: PageHarness):
    job, saved = two_step.job(pictures=1), [{}]
    two_step.server.fault("cut_after_accept", method="POST", edge="feed")
    with pytest.raises(Unknown):
        two_step.connector().prepare(job, {}, saved.append)
    posts(two_step)[0].message = "Sửa trên điện thoại"
    (orphan,) = two_step.connector().orphans(tried(two_step, job), saved[-1])
    two_step.connector().discard(orphan)
    two_step.connector().discard(orphan)
    assert posts(two_step) == []


def test_an_orphan_that_somebody_wrote_down_without_proof_is_kept(two_step: PageHarness):
    handle = two_step.prepare(two_step.job())
    with pytest.raises(Refused, match="fb:orphan-unproven"):
        two_step.connector().discard(Orphan(handle["post"], "post"))
    assert len(posts(two_step)) == 1


def test_a_video_of_another_delivery_with_the_same_words_is_no_orphan(video: PageHarness):
    job = video.job()
    other = video.twin(job)
    video.prepare(other)
    assert video.connector().orphans(tried(video, job), {}) == []
    (orphan,) = video.connector().orphans(tried(video, other), {})
    video.connector().discard(orphan)
    assert video.server.world.videos == {}


def test_an_unclear_hand_over_does_not_take_anothers_scheduled_post(two_step: PageHarness):
    one, other = later(two_step.job(text=WEEKLY), days=7), later(two_step.job(text=WEEKLY), days=14)
    prepared = two_step.prepare(other)
    first, saved = handed_over(two_step, one), [prepared]
    two_step.server.fault("cut_before", method="POST", edge="feed")
    with pytest.raises(Unknown):
        two_step.connector().hand_over(other, prepared, saved.append)
    with pytest.raises(NotSent):
        two_step.connector().hand_over(tried(two_step, other), saved[-1], nothing)
    two_step.clock.advance(seconds=SETTLES.total_seconds())
    second = two_step.connector().hand_over(tried(two_step, other), saved[-1], nothing)
    assert first["post"] != second["post"]
    two_step.clock.now = one.due_at + timedelta(minutes=1)
    assert len(public(two_step)) == 1
    two_step.clock.now = other.due_at + timedelta(minutes=1)
    assert len(public(two_step)) == 2


def test_an_unclear_hand_over_does_not_take_anothers_post_that_came_out(two_step: PageHarness):
    one, other = later(two_step.job(text=WEEKLY), days=7), later(two_step.job(text=WEEKLY), days=14)
    handed_over(two_step, one)
    saved = [two_step.prepare(other)]
    two_step.server.fault("cut_before", method="POST", edge="feed")
    with pytest.raises(Unknown):
        two_step.connector().hand_over(other, saved[0], saved.append)
    two_step.clock.now = one.due_at + timedelta(minutes=1)
    begun = replace(other, first_try_at=other.due_at - timedelta(days=14))
    assert two_step.connector().find(begun, saved[-1]) == []
    two_step.connector().hand_over(begun, saved[-1], nothing)
    two_step.clock.now = other.due_at + timedelta(minutes=1)
    assert len(public(two_step)) == 2


def test_a_draft_that_is_not_the_only_one_or_waits_for_a_time_is_not_adopted(two_step: PageHarness):
    for scheduled in (True, False):
        two_step.server.reset()
        job, saved = two_step.job(text=WEEKLY), [{}]
        others = {by_hand(two_step, WEEKLY, hours=5) if scheduled else by_hand(two_step, WEEKLY)}
        others |= set() if scheduled else {by_hand(two_step, WEEKLY)}
        two_step.server.fault("cut_before", method="POST", edge="feed")
        with pytest.raises(Unknown):
            two_step.connector().prepare(job, {}, saved.append)
        assert two_step.prepare(tried(two_step, job), saved[-1])["post"] not in others
