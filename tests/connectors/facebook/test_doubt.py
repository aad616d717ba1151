"""Lost answers, late ones, and reads that say "does not exist": nothing comes out twice, or unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Handle, Job, Pending, Published
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Throttled, Unknown
from connectors.facebook.readback import SETTLES
from tests.connectors.facebook.harness import PAGE, PageHarness

GONE = "code_100_33"


def nothing(_: Handle) -> None:
    """A save nobody reads."""


def later(job: Job, **ahead: float) -> Job:
    return replace(job, due_at=job.due_at + timedelta(**ahead))


def tried(page: PageHarness, job: Job) -> Job:
    return replace(job, first_try_at=page.clock())


def posts(page: PageHarness):
    return page.server.world.pages[PAGE].posts


def public(page: PageHarness) -> list[str]:
    world = page.server.world
    return [post.message for post in world.public_posts(world.pages[PAGE])]


def unclear_hand_over(page: PageHarness, job: Job, kind: str) -> Handle:
    """Begun, and nothing known of it; what was committed by then."""
    saved = [page.prepare(job)]
    edge = {"edge": "video_reels", "phase": "finish"} if page.footage else {"edge": "feed"}
    page.server.fault(kind, method="POST", **edge)
    with pytest.raises(Unknown):
        page.connector().hand_over(job, saved[0], saved.append)
    return saved[-1]


def accept_late(page: PageHarness, job: Job) -> None:
    """A hand-over without pictures reaches Facebook's books only now."""
    world = page.server.world
    world.add_post(world.pages[PAGE], job.variant.text, "", [], published=False, scheduled_at=job.due_at)


# "does not exist" proves nothing by itself


def test_a_public_post_that_its_id_does_not_find_is_found_in_the_listing(two_step: PageHarness):
    job = two_step.job()
    handle = two_step.prepare(job)
    two_step.server.fault("500_after_accept", method="POST", edge="")
    with pytest.raises(Unknown):
        two_step.connector().reveal(job, handle)
    two_step.server.fault(GONE, method="GET", object=handle["post"], times=3)
    connector, again = two_step.connector(), tried(two_step, job)
    assert [one.remote_id for one in connector.find(again, handle)] == [handle["post"]]
    assert isinstance(connector.reveal(again, handle), Published)
    assert two_step.prepare(again, handle)["post"] == handle["post"]
    assert len(posts(two_step)) == 1


def test_a_post_that_nothing_shows_is_deleted_before_it_is_made_again(two_step: PageHarness):
    job = two_step.job()
    handle = two_step.prepare(job)
    two_step.server.fault("500_after_accept", method="POST", edge="")
    with pytest.raises(Unknown):
        two_step.connector().reveal(job, handle)
    posts(two_step)[0].created_at -= timedelta(days=1)  # in no listing that is asked for
    two_step.server.fault(GONE, method="GET", object=handle["post"], times=2)
    again = tried(two_step, job)
    with pytest.raises(NotPrepared):
        two_step.connector().reveal(again, handle)
    two_step.connector().reveal(again, two_step.prepare(again, handle))
    assert len(public(two_step)) == 1


def test_a_listing_that_cannot_be_read_is_no_listing_without_it(two_step: PageHarness):
    job = two_step.job()
    handle = two_step.prepare(job)
    two_step.server.fault(GONE, method="GET", object=handle["post"])
    two_step.server.fault("empty_200", method="GET", edge="published_posts")
    with pytest.raises(NotSent, match="fb:empty"):
        two_step.prepare(tried(two_step, job), handle)
    assert len(posts(two_step)) == 1


def test_a_public_video_that_its_id_does_not_find_is_not_made_again(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    video.clock.advance(minutes=30)
    video.server.fault("500_after_accept", method="POST", edge="")
    with pytest.raises(Unknown):
        video.connector().reveal(job, handle)
    video.server.fault(GONE, method="GET", object=handle["video"], times=3)
    connector, again = video.connector(), tried(video, job)
    assert [one.remote_id for one in connector.find(again, handle)] == [handle["video"]]
    assert isinstance(connector.reveal(again, handle), Published)
    assert video.prepare(again, handle)["video"] == handle["video"]
    assert len(public(video)) == 1


def test_a_public_video_is_found_among_the_posts_where_the_list_of_videos_is_closed(video: PageHarness):
    job = video.job()
    handle = video.prepare(job)
    video.connector().reveal(job, handle)
    video.server.fault(GONE, method="GET", object=handle["video"])
    video.server.fault("code_200", method="GET", edge="videos")
    found = video.connector().find(tried(video, job), handle)
    assert [one.remote_id for one in found] == [handle["video"]]


def test_a_reel_is_not_looked_for_where_none_is_listed(reel: PageHarness):
    job = reel.job()
    handle = reel.prepare(job)
    reel.connector().reveal(job, handle)
    reel.server.fault(GONE, method="GET", object=handle["video"])
    reel.server.fault("code_200", method="GET", edge="video_reels", times=2)
    with pytest.raises(NotSent, match="fb:200"):
        reel.connector().find(tried(reel, job), handle)
    with pytest.raises(AuthLost, match="fb:200"):
        reel.connector().find(tried(reel, job), {})


def test_a_take_down_that_facebook_did_not_do_is_no_success(two_step: PageHarness, video: PageHarness):
    for page in (two_step, video):
        page.server.reset()
        job = page.job()
        published = page.connector().reveal(job, page.prepare(job))
        page.server.fault(GONE, method="DELETE", times=2)
        with pytest.raises(Refused, match="fb:not-removed"):
            page.connector().remove(published)
        page.server.fault(GONE, method="GET", object=published.remote_id)
        with pytest.raises(Refused, match="fb:not-removed"):  # the listing has it
            page.connector().remove(published)
        page.connector().remove(published)
        page.connector().remove(published)
        assert public(page) == []


def test_a_pending_video_that_somebody_deleted_does_not_stay_pending_for_ever(reel: PageHarness):
    reel.server.world.shelf.processing = timedelta(minutes=10)
    job = reel.job()
    pending = reel.connector().reveal(job, reel.prepare(job))
    reel.server.world.remove_video(next(iter(reel.server.world.videos.values())))
    assert isinstance(reel.connector().poll(tried(reel, job), pending), Pending)
    reel.clock.advance(minutes=3)
    with pytest.raises(Refused, match="fb:deleted-meanwhile"):
        reel.connector().poll(tried(reel, job), pending)


def test_a_pending_video_that_somebody_hides_is_for_a_person_once_it_is_processed(
    video: PageHarness, reel: PageHarness
):
    for page in (video, reel):
        page.server.reset()
        page.server.world.shelf.processing = timedelta(minutes=10)
        job = page.job()
        pending = page.connector().reveal(job, page.prepare(job))
        (hidden,) = page.server.world.posts.values()
        hidden.published = False
        page.clock.advance(minutes=5)
        assert isinstance(page.connector().poll(tried(page, job), pending), Pending)
        page.clock.advance(minutes=6)
        with pytest.raises(Refused, match="fb:hidden-meanwhile"):
            page.connector().poll(tried(page, job), pending)
        assert public(page) == []


# a finish whose answer was lost


def test_a_lost_reveal_of_a_reel_that_is_not_visible_yet_is_never_refused(reel: PageHarness):
    job = reel.job()
    handle = reel.prepare(job)
    reel.server.world.shelf.hidden_for = timedelta(seconds=40)
    reel.clock.advance(minutes=5)
    reel.server.fault("500_after_accept", method="POST", edge="video_reels", phase="finish")
    with pytest.raises(Unknown):
        reel.connector().reveal(job, handle)
    again = tried(reel, job)
    for wait in reel.connector().capabilities.settle_after:
        reel.clock.advance(seconds=wait.total_seconds())
        assert reel.connector().find(again, handle) == []
    with pytest.raises(Unknown):
        reel.connector().reveal(again, handle)
    reel.clock.advance(seconds=40)
    assert isinstance(reel.connector().reveal(again, handle), Published)
    assert reel.public(job) == 1


def test_a_lost_finish_of_a_hidden_video_that_is_not_visible_yet_is_waited_for(video: PageHarness):
    job, saved = video.job(), [{}]
    video.server.world.shelf.hidden_for = timedelta(seconds=40)
    video.server.fault("500_after_accept", method="POST", edge="videos", phase="finish")
    with pytest.raises(Unknown):
        video.connector().prepare(job, {}, saved.append)
    with pytest.raises(NotSent, match="fb:not-visible-yet"):
        video.prepare(tried(video, job), saved[-1])
    video.clock.advance(seconds=41)
    handle = video.prepare(tried(video, job), saved[-1])
    video.connector().reveal(job, handle)
    assert (len(video.server.world.videos), video.public(job)) == (1, 1)


def test_a_finish_that_never_arrived_is_sent_again(video: PageHarness):
    job, saved = video.job(), [{}]
    video.server.fault("cut_before", method="POST", edge="videos", phase="finish")
    with pytest.raises(Unknown):
        video.connector().prepare(job, {}, saved.append)
    video.connector().reveal(job, video.prepare(tried(video, job), saved[-1]))
    assert (len(video.server.world.videos), video.public(job)) == (1, 1)


# a hand-over whose answer was lost


def test_a_hand_over_that_may_still_be_accepted_is_neither_repeated_nor_called_back(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    handle = unclear_hand_over(two_step, job, "cut_before")
    again, connector = tried(two_step, job), two_step.connector()
    for act in (connector.hand_over, connector.recall, connector.prepare):
        with pytest.raises(NotSent, match="fb:not-visible-yet"):
            act(again, handle, nothing)
    with pytest.raises(NotPrepared):
        connector.reveal(again, handle)
    assert posts(two_step) == []


@pytest.mark.parametrize("pictures", [0, 1])
def test_once_enough_time_has_passed_a_hand_over_that_never_arrived_is_made(
    two_step: PageHarness, pictures: int
):
    job = later(two_step.job(pictures=pictures), hours=2)
    handle = unclear_hand_over(two_step, job, "cut_before")
    two_step.clock.advance(seconds=SETTLES.total_seconds())
    two_step.connector().hand_over(tried(two_step, job), handle, nothing)
    two_step.clock.advance(hours=3)
    assert len(public(two_step)) == 1


def test_a_hand_over_accepted_late_is_called_back(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    handle = unclear_hand_over(two_step, job, "cut_before")
    accept_late(two_step, job)
    two_step.connector().recall(tried(two_step, job), handle, nothing)
    two_step.clock.advance(hours=3)
    assert public(two_step) == []


def test_a_hand_over_accepted_late_is_taken_over(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    handle = unclear_hand_over(two_step, job, "cut_before")
    accept_late(two_step, job)
    handle = two_step.connector().hand_over(tried(two_step, job), handle, nothing)
    assert [post.id for post in posts(two_step)] == [handle["post"]]
    two_step.clock.advance(hours=3)
    assert len(public(two_step)) == 1


def test_around_the_due_minute_nothing_is_posted_beside_an_unclear_hand_over(direct: PageHarness):
    job = later(direct.job(), hours=2)
    handle = unclear_hand_over(direct, job, "cut_after_accept")
    (post,) = posts(direct)
    direct.clock.now = job.due_at
    posts(direct).remove(post)  # Facebook is at it: in neither listing
    again = replace(job, first_try_at=job.due_at - timedelta(hours=2))
    with pytest.raises(NotPrepared):
        direct.connector().reveal(again, handle)
    with pytest.raises(NotSent, match="fb:not-visible-yet"):
        direct.prepare(again, handle)
    posts(direct).append(post)
    direct.clock.advance(seconds=20)
    assert len(direct.connector().find(again, handle)) == 1
    direct.connector().reveal(again, direct.prepare(again, handle))
    assert len(public(direct)) == 1


def test_a_clear_no_to_a_hand_over_leaves_nothing_to_wait_for(two_step: PageHarness):
    job = later(two_step.job(), hours=2)
    saved = [two_step.prepare(job)]
    two_step.server.fault("code_4", method="POST", edge="feed")
    with pytest.raises(Throttled):
        two_step.connector().hand_over(job, saved[0], saved.append)
    two_step.connector().hand_over(tried(two_step, job), saved[-1], nothing)
    assert len(posts(two_step)) == 1


def test_a_repeated_hand_over_is_not_refused_while_the_post_stands(two_step: PageHarness):
    job = later(two_step.job(), minutes=16)
    handle = unclear_hand_over(two_step, job, "500_after_accept")
    two_step.clock.advance(minutes=2)  # too near by now for a new one
    handle = two_step.connector().hand_over(tried(two_step, job), handle, nothing)
    assert [post.id for post in posts(two_step)] == [handle["post"]]


def test_a_lost_hand_over_of_a_reel_is_found_and_can_be_called_back(reel: PageHarness):
    job = later(reel.job(), hours=2)
    for _ in range(2):
        handle = unclear_hand_over(reel, job, "500_after_accept")
        handle = reel.connector().hand_over(tried(reel, job), handle, nothing)
        assert handle["scheduled"] == int(job.due_at.timestamp())
        assert reel.connector().recall(job, handle, nothing) == {}
        assert reel.server.world.videos == {}
    handle = unclear_hand_over(reel, job, "500_after_accept")
    assert reel.connector().recall(job, handle, nothing) == {}
    reel.clock.advance(hours=3)
    assert public(reel) == []


def test_a_reel_finished_for_facebooks_clock_is_revealed_when_the_clock_fails(reel: PageHarness):
    job = later(reel.job(), hours=2)
    handle = unclear_hand_over(reel, job, "500_after_accept")
    posts(reel)[0].scheduled_at += timedelta(days=9)
    reel.jump(job.due_at)
    with pytest.raises(NotPrepared):
        reel.connector().reveal(tried(reel, job), handle)
    handle = reel.prepare(tried(reel, job), handle)
    reel.connector().reveal(tried(reel, job), handle)
    assert reel.public(job) == 1


def test_a_video_that_does_not_exist_yet_is_not_told_as_called_back(video: PageHarness, reel: PageHarness):
    for page in (video, reel):
        page.server.reset()
        job = later(page.job(), hours=2)
        handle = page.connector().hand_over(job, page.prepare(job), nothing)
        page.server.world.shelf.hidden_for = timedelta(seconds=40)
        with pytest.raises(NotSent, match="fb:not-visible-yet"):
            page.connector().recall(job, handle, nothing)
        page.clock.advance(seconds=41)
        assert page.connector().recall(job, handle, nothing) == {}
        page.clock.advance(hours=3)
        assert public(page) == []


def test_a_recall_counts_on_facebooks_word_alone(two_step: PageHarness, video: PageHarness):
    for page in (two_step, video):
        page.server.reset()
        job = later(page.job(), hours=2)
        handle = page.connector().hand_over(job, page.prepare(job), nothing)
        page.clock.advance(minutes=5)
        page.server.fault(GONE, method="DELETE")
        with pytest.raises(Refused, match="fb:scheduled-unclear"):
            page.connector().recall(job, handle, nothing)
        name = handle.get("post") or handle["video"]
        page.server.fault(GONE, method="GET", object=name)
        page.connector().recall(job, handle, nothing)
        page.clock.advance(hours=3)
        assert public(page) == []
