"""YouTube holds a video for its minute, gives it back, takes it down; and only approved words come out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unicodedata import normalize

import pytest

from connectors.contract import Handle, Job, Published
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Unknown
from connectors.extras import HandsOver, ListsOrphans, LogsIn, Orphan, Removes
from tests.connectors.youtube.harness import ChannelHarness, Clock


def forget(_: Handle) -> None:
    """A save nobody reads."""


def prepared(harness: ChannelHarness, *, hours: float = 2) -> tuple[Job, Handle]:
    job = replace(harness.job(pictures=1), due_at=harness.clock() + timedelta(hours=hours))
    return job, harness.connector().prepare(job, {}, forget)


def edit(harness: ChannelHarness, job: Job, **snippet: Any) -> None:
    """As somebody does in YouTube Studio."""
    harness.videos(job)[0].snippet.update(snippet)


def tried(job: Job, clock: Clock) -> Job:
    return replace(job, first_try_at=clock())


def test_it_has_all_the_extras(harness: ChannelHarness) -> None:
    connector = harness.connector()
    for extra in (HandsOver, ListsOrphans, LogsIn, Removes):
        assert isinstance(connector, extra)
    assert connector.capabilities.hold


# words changed in Studio


@pytest.mark.parametrize(
    "change", [{"title": "Tên khác"}, {"description": "Chưa ai duyệt"}, {"tags": ["lạ"]}], ids=str
)
def test_words_changed_in_studio_are_put_right_when_prepared_again(
    harness: ChannelHarness, clock: Clock, change: dict[str, Any]
) -> None:
    job, handle = prepared(harness)
    video, approved = harness.videos(job)[0], dict(harness.videos(job)[0].snippet)
    edit(harness, job, **change)
    harness.server.world.arrivals.clear()
    harness.connector().prepare(tried(job, clock), handle, forget)
    assert video.snippet == approved
    assert harness.operations() == ["token", "videos.list", "videos.update"]


def test_words_changed_right_before_the_reveal_never_come_out(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    video = harness.videos(job)[0]
    edit(harness, job, title="Tên khác", description="Chưa ai duyệt")
    harness.server.world.arrivals.clear()
    assert isinstance(harness.connector().reveal(job, handle), Published)
    assert video.snippet["title"] == job.variant.title
    assert video.snippet["description"] == job.variant.text
    assert harness.operations().count("videos.update") == 1, "words and visibility in one call"
    assert "videos.list" not in harness.operations()


def test_line_ends_and_decomposed_letters_are_no_change(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job(text="Điều 1\nĐiều 2", title="Luật Hộ tịch")
    handle = harness.connector().prepare(job, {}, forget)
    assert normalize("NFD", job.variant.title) != job.variant.title
    edit(harness, job, description="Điều 1\r\nĐiều 2\n", title=normalize("NFD", job.variant.title))
    harness.server.world.arrivals.clear()
    harness.connector().prepare(tried(job, clock), handle, forget)
    assert harness.operations() == ["token", "videos.list"]


def test_preparing_leaves_a_public_video_alone(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job()
    handle, published = harness.publish(job)
    video = harness.server.world.videos[published.remote_id]
    video.snippet["title"] = "Chữa một lỗi chính tả"
    harness.connector().prepare(tried(job, clock), handle, forget)
    assert video.snippet["title"] == "Chữa một lỗi chính tả"


def test_what_is_approved_later_does_not_change_a_video_that_is_public(
    harness: ChannelHarness, clock: Clock
) -> None:
    """Held for ten o'clock, edited and approved again for tomorrow; YouTube showed it at ten."""
    job, handle = prepared(harness)
    handle = harness.connector().hand_over(job, handle, forget)
    harness.jump(job.due_at + timedelta(minutes=1))
    edited = replace(job, due_at=job.due_at + timedelta(days=1))
    video, picture = job.variant.media
    for change in (
        {"title": "Tên của ngày mai"},
        {"text": "Lời của ngày mai"},
        {"media": (video, replace(picture, sha256="2" * 64))},
    ):
        variant = replace(job.variant, **change)
        with pytest.raises(Refused) as caught:
            harness.connector().prepare(tried(replace(edited, variant=variant), clock), handle, forget)
        assert caught.value.code == "yt:public-otherwise"
    assert [v.snippet["title"] for v in harness.server.public_videos()] == [job.variant.title]
    assert [v.snippet["description"] for v in harness.server.public_videos()] == [job.variant.text]


def test_words_that_came_out_as_approved_are_only_written_down(harness: ChannelHarness, clock: Clock) -> None:
    """The try that changed them died before it could save that; then YouTube showed the video."""
    job, handle = prepared(harness)
    handle = harness.connector().hand_over(job, handle, forget)
    edited = tried(replace(job, variant=replace(job.variant, title="Tên mới")), clock)
    harness.connector().prepare(edited, handle, forget)
    harness.jump(job.due_at + timedelta(minutes=1))
    harness.server.world.arrivals.clear()
    told = harness.connector().prepare(edited, handle, forget)
    assert "videos.update" not in harness.operations()
    assert told["said"] != handle["said"]
    assert isinstance(harness.connector().reveal(edited, told), Published)
    assert [v.snippet["title"] for v in harness.server.public_videos()] == ["Tên mới"]


# held


def test_it_is_known_to_be_held_before_youtube_is_told(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = []
    harness.server.fault("cut_after_accept", operation="videos.update")
    with pytest.raises(Unknown):
        harness.connector().hand_over(job, handle, kept.append)
    assert kept[-1]["publish_at"] == "2026-11-22T03:00:00Z"
    assert harness.videos(job)[0].status["publishAt"] == "2026-11-22T03:00:00Z"
    harness.clock.advance(minutes=2)
    back = harness.connector().recall(job, kept[-1], kept.append)
    assert "publish_at" not in back
    assert "holding_at" not in back
    assert kept[-1] == back
    assert "publishAt" not in harness.videos(job)[0].status


def test_an_order_to_hold_that_lands_after_the_recall_is_recalled_once_more(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = [handle]
    harness.server.fault("cut_before", operation="videos.update")
    with pytest.raises(Unknown):
        harness.connector().hand_over(job, handle, kept.append)
    video = harness.videos(job)[0]
    with pytest.raises(NotSent) as caught:
        harness.connector().recall(job, kept[-1], kept.append)
    assert caught.value.code == "yt:hold-under-way"
    assert kept[-1]["holding_at"], "it must be known that it is to be repeated"
    video.status["publishAt"] = kept[-1]["publish_at"]  # now the order is carried out
    harness.clock.advance(minutes=2)
    assert "holding_at" not in harness.connector().recall(job, kept[-1], kept.append)
    harness.jump(job.due_at + timedelta(minutes=1))
    assert harness.public(job) == 0


def test_while_an_order_may_still_land_even_a_recall_is_an_order_that_hides(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = [handle]
    harness.server.fault("cut_after_accept", operation="videos.update")
    with pytest.raises(Unknown):
        harness.connector().hand_over(job, handle, kept.append)
    with pytest.raises(NotSent):
        harness.connector().recall(job, kept[-1], kept.append)
    assert "publishAt" not in harness.videos(job)[0].status
    _, picture = job.variant.media
    film = harness.video("khac.mp4", size=999, seed=77)
    edited = tried(replace(job, variant=replace(job.variant, media=(film, picture))), harness.clock)
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(edited, kept[-1], forget)
    assert caught.value.code == "yt:hold-under-way", "the file whose approval is void could still come out"
    harness.clock.advance(minutes=2)
    assert "holding_at" not in harness.connector().prepare(edited, kept[-1], forget)


def test_a_confirmed_hold_is_recalled_at_once(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = [handle]
    held = harness.connector().hand_over(job, handle, kept.append)
    assert [("holding_at" in one) for one in kept] == [False, True, False]
    assert kept[-1] == held
    assert harness.connector().recall(job, held, forget) == handle


def test_a_confirmed_hold_does_not_forget_an_earlier_order_without_an_answer(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = [handle]
    harness.server.fault("cut_before", operation="videos.update")
    with pytest.raises(Unknown):
        harness.connector().hand_over(job, handle, kept.append)
    first = kept[-1]["holding_at"]
    harness.clock.advance(seconds=30)
    held = harness.connector().hand_over(job, kept[-1], kept.append)
    assert held["holding_at"] == first
    with pytest.raises(NotSent):
        harness.connector().recall(job, held, forget)


def test_what_youtube_holds_already_is_not_refused_for_its_window(harness: ChannelHarness) -> None:
    job, handle = prepared(harness, hours=16 / 60)
    kept: list[Handle] = [handle]
    harness.server.fault("500_after_accept", operation="videos.update")
    with pytest.raises(Unknown):
        harness.connector().hand_over(job, handle, kept.append)
    harness.clock.advance(minutes=2)
    harness.server.world.arrivals.clear()
    held = harness.connector().hand_over(tried(job, harness.clock), kept[-1], kept.append)
    assert held["publish_at"] == harness.videos(job)[0].status["publishAt"]
    assert "videos.update" not in harness.operations()
    edit(harness, job, title="Tên khác")
    harness.connector().hand_over(tried(job, harness.clock), held, forget)
    assert harness.videos(job)[0].snippet["title"] == job.variant.title, "put right, as the time stands"
    later = replace(job, due_at=job.due_at - timedelta(minutes=3))
    with pytest.raises(Refused) as caught:
        harness.connector().hand_over(later, held, forget)
    assert caught.value.code == "yt:hold-window"
    harness.jump(job.due_at + timedelta(minutes=1))
    with pytest.raises(Refused) as caught:
        harness.connector().hand_over(tried(job, harness.clock), held, forget)
    assert caught.value.code == "yt:public-already"


def test_a_moment_is_never_rounded_to_an_earlier_second(harness: ChannelHarness, clock: Clock) -> None:
    job, handle = prepared(harness)
    job = replace(job, due_at=job.due_at + timedelta(microseconds=1))
    held = harness.connector().hand_over(job, handle, forget)
    assert held["publish_at"] == "2026-11-22T03:00:01Z"


def test_words_changed_in_studio_are_put_right_when_it_is_handed_over(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    video = harness.videos(job)[0]
    edit(harness, job, title="Tên khác")
    harness.connector().hand_over(job, handle, forget)
    assert video.snippet["title"] == job.variant.title


def test_words_changed_while_it_was_held_are_put_right_at_the_minute(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, handle = prepared(harness)
    video = harness.videos(job)[0]
    handle = harness.connector().hand_over(job, handle, forget)
    edit(harness, job, title="Tên khác")
    harness.jump(job.due_at)
    assert isinstance(harness.connector().reveal(job, handle), Published)
    assert video.snippet["title"] == job.variant.title
    assert harness.server.world.is_public(video)


def test_what_youtube_has_shown_by_itself_is_looked_at_and_not_shown_again(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    handle = harness.connector().hand_over(job, handle, forget)
    harness.jump(job.due_at)
    harness.server.world.arrivals.clear()
    assert isinstance(harness.connector().reveal(job, handle), Published)
    assert harness.operations() == ["token", "videos.list"], "one unit instead of fifty"


def test_what_youtube_did_not_show_is_shown_by_the_reveal(harness: ChannelHarness, clock: Clock) -> None:
    job, handle = prepared(harness)
    handle = harness.connector().hand_over(job, handle, forget)
    harness.videos(job)[0].status.pop("publishAt")  # somebody took the time away in Studio
    harness.jump(job.due_at)
    assert harness.public(job) == 0
    assert isinstance(harness.connector().reveal(job, handle), Published)
    assert harness.public(job) == 1


def test_a_refused_move_leaves_the_time_that_stands_in_the_handle(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = []
    handle = harness.connector().hand_over(job, handle, kept.append)
    harness.server.fault("reason_invalidPublishAt", operation="videos.update")
    later = replace(job, due_at=job.due_at + timedelta(hours=1))
    with pytest.raises(Refused):
        harness.connector().hand_over(later, handle, kept.append)
    assert kept[-1] == handle


def test_a_video_that_was_public_once_takes_no_time(harness: ChannelHarness, clock: Clock) -> None:
    job = harness.job()
    handle, published = harness.publish(job)
    later = replace(job, due_at=clock() + timedelta(hours=2))
    with pytest.raises(Refused) as caught:
        harness.connector().hand_over(later, handle, forget)
    assert caught.value.code == "yt:public-already"
    assert harness.public(job) == 1, "nothing was taken down by that"
    harness.connector().remove(published)
    with pytest.raises(Refused) as caught:
        harness.connector().hand_over(later, handle, forget)
    assert caught.value.code == "yt:invalidPublishAt"


def test_another_file_takes_the_time_away_from_the_video_it_replaces(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, handle = prepared(harness)
    old = harness.videos(job)[0]
    handle = harness.connector().hand_over(job, handle, forget)
    _, picture = job.variant.media
    film = harness.video("khac.mp4", size=999, seed=77)
    edited = tried(replace(job, variant=replace(job.variant, media=(film, picture))), clock)
    handle = harness.connector().prepare(edited, handle, forget)
    assert "publishAt" not in old.status
    assert "publish_at" not in handle
    harness.jump(job.due_at + timedelta(minutes=1))
    assert harness.public(job) == 0, "a file whose approval is void stays hidden"


def test_what_youtube_has_shown_is_not_taken_down_by_preparing_another_file(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, handle = prepared(harness)
    handle = harness.connector().hand_over(job, handle, forget)
    harness.jump(job.due_at)
    film = harness.video("khac.mp4", size=999, seed=77)
    edited = tried(replace(job, variant=replace(job.variant, media=(film,))), clock)
    with pytest.raises(Refused) as caught:
        harness.connector().prepare(edited, handle, forget)
    assert caught.value.code == "yt:public-already"
    assert harness.public(job) == 1


def test_what_was_not_prepared_is_not_handed_over(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    for bad in ({}, {**handle, "said": "khác"}):
        with pytest.raises(NotPrepared):
            harness.connector().hand_over(job, bad, forget)
    harness.server.world.remove(harness.videos(job)[0])
    with pytest.raises(NotPrepared):
        harness.connector().hand_over(job, handle, forget)


@pytest.mark.parametrize("what", ["nothing", "no video", "a video that is gone"])
def test_a_recall_of_what_was_never_held_is_no_trouble(harness: ChannelHarness, what: str) -> None:
    job, handle = prepared(harness)
    if what == "no video":
        handle = {"session": handle["session"]}
    elif what == "a video that is gone":
        harness.server.world.remove(harness.videos(job)[0])
    assert harness.connector().recall(job, handle, forget) == handle
    assert harness.public(job) == 0


def test_a_public_video_still_in_work_is_not_recalled(harness: ChannelHarness) -> None:
    harness.server.world.processing_s = 3_600
    job, handle = prepared(harness)
    harness.connector().reveal(job, handle)
    with pytest.raises(Refused):
        harness.connector().recall(job, handle, forget)


# taken down


def test_what_is_taken_down_is_kept_and_can_come_back(harness: ChannelHarness) -> None:
    job = harness.job()
    handle, published = harness.publish(job)
    harness.connector().remove(published)
    assert harness.public(job) == 0
    assert len(harness.videos(job)) == 1, "address, comments and figures are evidence"
    again = harness.connector().reveal(job, handle)
    assert isinstance(again, Published)
    assert again.remote_id == published.remote_id


def test_taking_down_what_is_deleted_is_success(harness: ChannelHarness) -> None:
    job = harness.job()
    _, published = harness.publish(job)
    harness.server.world.remove(harness.videos(job)[0])
    harness.connector().remove(published)


def test_a_video_that_this_login_may_not_change_was_not_taken_down(harness: ChannelHarness) -> None:
    """YouTube says "not found" also where another account is signed in."""
    job = harness.job()
    _, published = harness.publish(job)
    harness.server.fault("reason_videoNotFound", operation="videos.update")
    with pytest.raises(Refused) as caught:
        harness.connector().remove(published)
    assert caught.value.code == "yt:still-there"
    assert harness.public(job) == 1


def test_a_hold_that_this_login_may_not_take_away_is_not_recalled(harness: ChannelHarness) -> None:
    job, handle = prepared(harness)
    kept: list[Handle] = []
    handle = harness.connector().hand_over(job, handle, forget)
    harness.server.fault("reason_videoNotFound", operation="videos.update")
    with pytest.raises(Refused):
        harness.connector().recall(job, handle, kept.append)
    assert kept == []


def test_an_unclear_answer_to_a_take_down_is_unknown(harness: ChannelHarness) -> None:
    _, published = harness.publish(harness.job())
    for kind in ("cut_after_accept", "empty_200", "wrong_types_200"):
        harness.server.fault(kind, operation="videos.update")
        with pytest.raises(Unknown):
            harness.connector().remove(published)
    harness.connector().remove(published)


# left over


def test_somebodys_own_video_of_the_same_title_and_size_is_no_orphan(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, _ = prepared(harness)
    harness.videos(job)[0].file_name = "phim-cua-toi.mp4"
    assert harness.connector().orphans(tried(job, clock), {}) == []


def test_a_held_video_that_no_handle_names_is_an_orphan_before_it_comes_out(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, handle = prepared(harness)
    harness.connector().hand_over(job, handle, forget)
    (orphan,) = harness.connector().orphans(tried(job, clock), {})
    harness.connector().discard(orphan)
    harness.jump(job.due_at + timedelta(minutes=1))
    assert harness.public(job) == 0


def test_a_finished_upload_whose_id_was_lost_belongs_to_its_session(
    harness: ChannelHarness, clock: Clock
) -> None:
    job, handle = prepared(harness)
    session = {"session": handle["session"]}
    assert harness.connector().orphans(tried(job, clock), session) == []
    harness.server.world.sessions.clear()
    assert len(harness.connector().orphans(tried(job, clock), session)) == 1


def test_a_video_that_was_replaced_is_an_orphan(harness: ChannelHarness, clock: Clock) -> None:
    job, handle = prepared(harness)
    old = harness.videos(job)[0].id
    film = harness.video("khac.mp4", size=999, seed=77)
    edited = tried(replace(job, variant=replace(job.variant, media=(film,))), clock)
    handle = harness.connector().prepare(edited, handle, forget)
    assert [one.remote_id for one in harness.connector().orphans(edited, handle)] == [old]


@pytest.mark.parametrize(
    ("change", "code"),
    [("watched", "yt:maybe-seen"), ("not ours", "yt:maybe-seen"), ("unlisted", "yt:public-already")],
)
def test_what_may_be_somebodys_is_left_to_a_person(
    harness: ChannelHarness, clock: Clock, change: str, code: str
) -> None:
    job, _ = prepared(harness)
    (orphan,) = harness.connector().orphans(tried(job, clock), {})
    video = harness.videos(job)[0]
    if change == "watched":
        video.counts["viewCount"] = 3
    elif change == "not ours":
        video.file_name = "phim-cua-toi.mp4"
    else:
        video.status["privacyStatus"] = "unlisted"
    with pytest.raises(Refused) as caught:
        harness.connector().discard(orphan)
    assert caught.value.code == code
    assert video.id in harness.server.world.videos


def test_what_was_not_deleted_is_not_told_as_gone(harness: ChannelHarness, clock: Clock) -> None:
    job, _ = prepared(harness)
    (orphan,) = harness.connector().orphans(tried(job, clock), {})
    harness.server.fault("reason_videoNotFound", operation="videos.delete")
    with pytest.raises(Refused) as caught:
        harness.connector().discard(orphan)
    assert caught.value.code == "yt:still-there"


def test_the_right_to_delete_is_needed_to_delete(harness: ChannelHarness, clock: Clock) -> None:
    job, _ = prepared(harness)
    (orphan,) = harness.connector().orphans(tried(job, clock), {})
    assert orphan == Orphan(harness.videos(job)[0].id, "video", clock(), "loa-1-7f3a.mp4")
    harness.server.fault("reason_insufficientPermissions", operation="videos.delete")
    with pytest.raises(AuthLost):
        harness.connector().discard(orphan)
