"""A Page step by step: what is made when, what is found again, and what is never made twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Handle, Job
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from tests.connectors.facebook.harness import APP_SECRET, PAGE, START, TOKEN, PageHarness


def prepare(page: PageHarness, job: Job, handle: Handle | None = None) -> Handle:
    return page.connector().prepare(job, handle or {}, lambda _: None)


def tried(page: PageHarness, job: Job) -> Job:
    return replace(job, first_try_at=page.clock())


def counts(page: PageHarness) -> dict[str, int]:
    return page.server.ledger(arrivals=False)["pages"][PAGE]


def posts(page: PageHarness):
    return page.server.world.pages[PAGE].posts


def test_a_text_post_is_one_hidden_create_and_one_reveal(two_step: PageHarness):
    job = two_step.job(link="https://stp.example.vn/luat")
    handle = prepare(two_step, job)
    assert counts(two_step) | {"hidden": 1, "public": 0, "creates_feed": 1, "calls": 1} == counts(two_step)
    published = two_step.connector().reveal(job, handle)
    assert counts(two_step) | {"hidden": 0, "public": 1, "reveals": 1, "calls": 3} == counts(two_step)
    assert published.remote_id == handle["post"]
    assert published.url.startswith(two_step.server.url + "/pages/")
    assert posts(two_step)[0].link == "https://stp.example.vn/luat"


def test_photos_keep_their_order_and_their_descriptions(two_step: PageHarness):
    job = two_step.job(pictures=3, alt="Phiên tòa giả định", link="https://stp.example.vn/luat")
    handle = prepare(two_step, job)
    photos = two_step.server.world.photos
    assert posts(two_step)[0].photos == [photo["id"] for photo in handle["photos"]]
    assert [photo["sha256"] for photo in handle["photos"]] == [ref.sha256 for ref in job.variant.media]
    assert {photo.alt for photo in photos.values()} == {"Phiên tòa giả định"}
    assert posts(two_step)[0].link == ""
    assert posts(two_step)[0].message.endswith("\n\nhttps://stp.example.vn/luat")


def test_a_picture_shown_twice_is_uploaded_and_attached_once(two_step: PageHarness):
    job = two_step.job(pictures=1)
    job = replace(job, variant=replace(job.variant, media=job.variant.media * 2))
    prepare(two_step, job)
    assert len(posts(two_step)[0].photos) == 1


def test_a_hidden_post_whose_answer_was_lost_is_adopted(two_step: PageHarness):
    for pictures in (0, 2):
        two_step.server.reset()
        job = two_step.job(pictures=pictures)
        kept: list[Handle] = [{}]
        two_step.server.fault("cut_after_accept", method="POST", edge="feed")
        with pytest.raises(Unknown):
            two_step.connector().prepare(job, {}, kept.append)
        handle = prepare(two_step, tried(two_step, job), kept[-1])
        assert counts(two_step)["creates_feed"] == 1
        assert handle["post"] == posts(two_step)[0].id


def test_a_hidden_post_that_a_gateway_asked_for_twice_is_adopted_not_refused(two_step: PageHarness):
    two_step.server.fault(
        "twice", method="POST", edge="feed"
    )  # its photos are taken: by the first of the two
    handle = two_step.prepare(two_step.job(pictures=1))
    [post] = two_step.server.world.pages[PAGE].posts
    assert handle["post"] == post.id


def test_a_hidden_post_of_another_text_time_or_picture_is_not_adopted(two_step: PageHarness):
    old = two_step.job(text="Cùng một nội dung")
    prepare(two_step, old)
    two_step.clock.advance(minutes=30)
    prepare(two_step, two_step.job(text="Nội dung khác"))
    prepare(two_step, two_step.job(text="Cùng một nội dung", pictures=1))
    job = two_step.job(text="Cùng một nội dung", pictures=1)
    prepare(two_step, tried(two_step, job))
    assert counts(two_step)["creates_feed"] == 4


def test_a_public_post_of_the_same_text_is_not_a_draft_to_adopt(two_step: PageHarness):
    job = tried(two_step, two_step.job())
    page = two_step.server.world.pages[PAGE]
    by_hand = two_step.server.world.add_post(page, job.variant.text, "", [], published=True)
    assert prepare(two_step, job)["post"] != by_hand.id


def test_the_handle_is_saved_after_each_photo_and_after_the_post(two_step: PageHarness):
    saved: list[Handle] = []
    two_step.connector().prepare(two_step.job(pictures=3), {}, saved.append)
    assert [len(handle["photos"]) for handle in saved] == [1, 2, 3, 3, 3]
    assert ["creating" in handle for handle in saved] == [False, False, False, True, True]
    assert ["post" in handle for handle in saved] == [False, False, False, False, True]


def test_an_interrupted_upload_goes_on_where_it_stopped(two_step: PageHarness):
    job, saved = two_step.job(pictures=3), []
    two_step.connector().prepare(job, {}, saved.append)
    two_step.server.reset()
    with pytest.raises(Refused):  # those photos are gone with the reset
        prepare(two_step, job, saved[1])
    assert counts(two_step)["creates_photos"] == 1


def test_a_platform_clock_that_is_behind_hides_no_post_of_ours(direct: PageHarness):
    job = direct.job()
    direct.connector().reveal(job, {})
    direct.clock.advance(seconds=90)
    assert len(direct.connector().find(tried(direct, job), {})) == 1


def test_a_page_that_may_not_list_its_feed_gets_an_orphan_at_most(two_step: PageHarness):
    two_step.server.world.pages[PAGE].scopes = ("pages_manage_posts", "pages_read_engagement")
    job = two_step.job()
    two_step.server.fault("500_after_accept", method="POST", edge="feed")
    with pytest.raises(Unknown):
        prepare(two_step, job)
    handle = prepare(two_step, tried(two_step, job))
    two_step.connector().reveal(job, handle)
    assert counts(two_step) | {"hidden": 1, "public": 1} == counts(two_step)


def test_a_lost_token_while_looking_for_a_draft_is_not_hidden(two_step: PageHarness):
    two_step.server.fault("code_190", method="GET", edge="feed")
    job, saved = two_step.job(), []
    two_step.server.fault("cut_before", method="POST", edge="feed")
    with pytest.raises(Unknown):  # a create had begun, so the next try looks for what it left
        two_step.connector().prepare(job, {}, saved.append)
    with pytest.raises(AuthLost, match="fb:190/460"):
        prepare(two_step, tried(two_step, job), saved[-1])


def test_photos_older_than_twenty_hours_are_uploaded_again(direct: PageHarness):
    job = direct.job(pictures=2)
    handle = prepare(direct, job)
    direct.clock.advance(hours=21)
    with pytest.raises(NotSent, match="fb:not-prepared"):
        direct.connector().reveal(tried(direct, job), handle)
    handle = prepare(direct, tried(direct, job), handle)
    assert counts(direct)["creates_photos"] == 4
    direct.connector().reveal(tried(direct, job), handle)
    assert counts(direct)["public"] == 1


def test_a_hidden_post_with_old_photos_is_made_again_and_the_old_one_deleted(two_step: PageHarness):
    job = two_step.job(pictures=1)
    first = prepare(two_step, job)
    two_step.clock.advance(hours=21)
    second = prepare(two_step, tried(two_step, job), first)
    assert second["post"] != first["post"]
    two_step.connector().reveal(job, second)
    assert counts(two_step) | {"hidden": 0, "public": 1} == counts(two_step)


def test_a_post_that_came_out_meanwhile_is_never_made_again(two_step: PageHarness):
    job = two_step.job(pictures=1)
    handle = prepare(two_step, job)
    two_step.connector().reveal(job, handle)
    two_step.clock.advance(hours=40)
    assert prepare(two_step, tried(two_step, job), handle) == handle
    assert counts(two_step)["creates_feed"] == 1


def test_a_hidden_post_somebody_deleted_is_not_sent_and_then_made_again(two_step: PageHarness):
    job = two_step.job(pictures=1)
    handle = prepare(two_step, job)
    two_step.server.world.remove(posts(two_step)[0])
    with pytest.raises(NotSent, match="fb:not-prepared") as caught:
        two_step.connector().reveal(job, handle)
    assert "fb:100/33" in caught.value.detail
    assert two_step.connector().find(tried(two_step, job), handle) == []
    handle = prepare(two_step, tried(two_step, job), handle)
    two_step.connector().reveal(job, handle)
    assert counts(two_step)["public"] == 1


def test_a_reveal_without_a_prepared_post_sends_nothing(two_step: PageHarness):
    with pytest.raises(NotSent, match="fb:not-prepared"):
        two_step.connector().reveal(two_step.job(), {})
    assert two_step.traffic() == 0


def test_twins_are_both_told(direct: PageHarness):
    job = direct.job()
    page = direct.server.world.pages[PAGE]
    for message in (job.variant.text, job.variant.text.replace("\r\n", "\n").strip()):
        direct.server.world.add_post(page, message, "", [], published=True)
    direct.server.world.add_post(page, "một bài khác", "", [], published=True)
    assert len(direct.connector().find(tried(direct, job), {})) == 2


def test_a_photo_identifies_a_post_whose_text_was_edited_by_hand(direct: PageHarness):
    job = direct.job(pictures=2)
    handle = prepare(direct, job)
    direct.connector().reveal(job, handle)
    posts(direct)[0].message = "sửa trên điện thoại"
    assert len(direct.connector().find(tried(direct, job), handle)) == 1


def test_find_goes_through_all_pages_of_a_listing(direct: PageHarness):
    job = direct.job()
    prepare(direct, job)
    direct.connector().reveal(job, {})
    page = direct.server.world.pages[PAGE]
    for number in range(120):
        direct.server.world.add_post(page, f"tin {number}", "", [], published=True)
    assert len(direct.connector().find(tried(direct, job), {})) == 1


def test_a_listing_without_an_end_is_never_taken_for_not_there(direct: PageHarness):
    job = direct.job()
    page = direct.server.world.pages[PAGE]
    for number in range(520):
        direct.server.world.add_post(page, f"tin {number}", "", [], published=True)
    with pytest.raises(NotSent, match="fb:listing-too-long"):
        direct.connector().find(tried(direct, job), {})


def test_an_older_post_of_the_same_text_is_not_ours(direct: PageHarness):
    page = direct.server.world.pages[PAGE]
    direct.server.world.add_post(page, "Nhắc lịch tiếp dân", "", [], published=True)
    direct.clock.advance(days=7)
    job = tried(direct, direct.job(text="Nhắc lịch tiếp dân"))
    assert direct.connector().find(job, {}) == []
    direct.connector().reveal(job, {})
    assert counts(direct)["public"] == 2


def test_after_a_restored_backup_a_post_is_found_though_no_try_is_on_record(direct: PageHarness):
    job = direct.job()
    direct.connector().reveal(job, {})
    direct.clock.advance(hours=3)
    assert job.first_try_at is None
    assert len(direct.connector().find(job, {})) == 1


def test_direct_mode_reads_before_it_writes_every_time(direct: PageHarness):
    job = direct.job()
    direct.server.fault("cut_after_accept", method="POST", edge="feed")
    with pytest.raises(Unknown):
        direct.connector().reveal(job, {})
    for _ in range(3):
        direct.connector().reveal(tried(direct, job), {})
    assert counts(direct)["creates_feed"] == 1


def test_direct_mode_never_writes_when_it_may_not_read(direct: PageHarness):
    direct.server.world.pages[PAGE].scopes = ("pages_manage_posts",)
    with pytest.raises(AuthLost, match="fb:10"):
        direct.connector().reveal(direct.job(), {})
    assert counts(direct)["creates_feed"] == 0


def test_already_posted_after_an_unclear_try_is_unknown_and_a_refusal_before(direct: PageHarness):
    direct.server.fault("code_506", method="POST", edge="feed", times=2)
    job = direct.job()
    with pytest.raises(Refused, match="fb:506/duplicate"):
        direct.connector().reveal(job, {})
    with pytest.raises(Unknown, match="fb:506/duplicate"):
        direct.connector().reveal(tried(direct, job), {})


def test_a_mode_changed_between_prepare_and_reveal_still_gives_one_post(
    two_step: PageHarness, direct: PageHarness
):
    job = two_step.job()
    handle = prepare(two_step, job)
    direct.connector().reveal(tried(direct, job), handle)
    assert counts(direct) | {"creates_feed": 1, "public": 1, "hidden": 0} == counts(direct)


def test_an_answer_too_late_is_unknown_and_read_back(two_step: PageHarness):
    job = two_step.job()
    handle = prepare(two_step, job)
    two_step.server.fault("slow", method="POST", edge="", seconds=0.3)
    with pytest.raises(Unknown, match="net:no-answer"):
        two_step.connector(timeout_s="0.05").reveal(job, handle)
    assert len(two_step.connector().find(tried(two_step, job), handle)) == 1


def test_a_success_that_does_not_say_success_is_unknown(two_step: PageHarness):
    job = two_step.job()
    handle = prepare(two_step, job)
    two_step.server.fault("wrong_types_200", method="POST", edge="")
    with pytest.raises(Unknown, match="fb:no-success"):
        two_step.connector().reveal(job, handle)


def test_the_time_a_hidden_post_was_born_is_not_told_as_its_publication(two_step: PageHarness):
    job = replace(two_step.job(), due_at=START + timedelta(minutes=10))
    handle = prepare(two_step, job)
    two_step.clock.advance(minutes=10)
    two_step.connector().reveal(job, handle)
    post = posts(two_step)[0]
    assert two_step.connector().find(job, handle)[0].published_at == two_step.clock()
    post.created_at = START  # a Facebook that keeps the time of birth
    assert two_step.connector().find(job, handle)[0].published_at is None


def test_nobody_listening_is_not_sent(two_step: PageHarness):
    two_step.settings["base_url"] = "http://127.0.0.1:9"
    with pytest.raises(NotSent, match="net:unreachable"):
        prepare(two_step, two_step.job())


def test_a_picture_that_cannot_be_read_is_not_sent(two_step: PageHarness):
    job = two_step.job(pictures=1)
    (two_step.folder / job.variant.media[0].name).unlink()
    with pytest.raises(NotSent, match="fb:media-unreadable"):
        prepare(two_step, job)


def test_a_broken_picture_is_refused_by_the_platform(two_step: PageHarness):
    job = two_step.job(pictures=1)
    (two_step.folder / job.variant.media[0].name).write_bytes(b"not a picture")
    with pytest.raises(Refused, match="fb:324"):
        prepare(two_step, job)


def test_a_save_that_fails_stops_everything(two_step: PageHarness):
    class LaneLost(Exception):
        pass

    def save(_: Handle) -> None:
        raise LaneLost

    with pytest.raises(LaneLost):
        two_step.connector().prepare(two_step.job(pictures=2), {}, save)
    assert counts(two_step) | {"creates_photos": 1, "creates_feed": 0} == counts(two_step)


@pytest.mark.parametrize("kind", ["code_4", "code_32", "code_80001", "code_368"])
def test_a_throttled_channel_is_told_when_to_come_back(two_step: PageHarness, kind: str):
    two_step.server.fault(kind, method="POST", edge="feed")
    with pytest.raises(Throttled) as caught:
        prepare(two_step, two_step.job())
    wait = {"code_80001": timedelta(minutes=7), "code_368": timedelta(hours=1)}
    assert caught.value.retry_at == two_step.clock() + wait.get(kind, timedelta(minutes=5))


@pytest.mark.parametrize("edge", ["feed", "photos", "published_posts", ""])
@pytest.mark.parametrize("kind", ["cut", "code_190", "html_502", "500"])
def test_no_secret_in_any_error(two_step: PageHarness, direct: PageHarness, edge: str, kind: str):
    page = direct if edge == "published_posts" else two_step
    job = page.job(pictures=1)
    page.server.fault(kind, edge=edge)
    with pytest.raises(ConnectorError) as caught:
        page.connector().reveal(job, prepare(page, job))
    error = caught.value
    while error is not None:
        assert TOKEN not in f"{error!r}{error}{vars(error)}"
        assert APP_SECRET not in f"{error!r}{error}{vars(error)}"
        error = error.__cause__
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
