"""A delivery's life on a site: made once, published once, adopted after doubt, left alone by hand's wish."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Handle, Pending, Published
from connectors.errors import AuthLost, ConnectorError, NotPrepared, NotSent, Refused, Throttled, Unknown
from connectors.practice.wordpress.faults import KINDS
from tests.connectors.wordpress.harness import PASSWORD, USER, SiteHarness, forget


def tried(job, harness):
    return replace(job, first_try_at=harness.now())


def test_every_kept_handle_leads_to_one_public_post_and_one_copy_of_each_picture(harness: SiteHarness):
    kept: list[Handle] = [{}]
    harness.connector().prepare(harness.job(pictures=2), {}, kept.append)
    for stop in range(len(kept) + 1):
        harness.site.reset()
        job, seen = harness.job(pictures=2, marker=f"marker-{stop}"), [{}]

        def save(handle: Handle, seen: list[Handle] = seen, stop: int = stop) -> None:
            seen.append(handle)
            if len(seen) > stop:
                raise InterruptedError

        with suppress(InterruptedError):
            harness.connector().prepare(job, {}, save)
        for handle in (seen[-1], seen[0]):  # what was committed, and what a backup may know
            handle = harness.connector().prepare(tried(job, harness), dict(handle), forget)
        harness.connector().reveal(job, handle)
        assert harness.public(job) == 1
        assert len(harness.world.posts) == 1
        assert harness.site.ledger()["total"]["uploads"] == 2
        assert {media.alt_text for media in harness.world.media.values()} == {"Buổi nói chuyện"}


@pytest.mark.parametrize("edge", ["posts", "media", "media/id", "tags"])
@pytest.mark.parametrize(
    "kind", ["500_after_accept", "cut_after_accept", "html_502_after_accept", "empty_200_after_accept"]
)
def test_a_lost_answer_at_any_step_makes_nothing_twice(harness: SiteHarness, edge: str, kind: str):
    job, kept = harness.job(pictures=2, tags=("a", "b")), [{}]
    harness.site.fault(kind, method="POST", edge=edge)
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, kept.append)
    handle = harness.connector().prepare(tried(job, harness), kept[-1], forget)
    harness.connector().reveal(job, handle)
    assert harness.public(job) == 1
    assert len(harness.world.posts) == 1
    assert len(harness.world.media) == 2
    assert len(harness.world.terms) == 3


def test_a_prepared_post_costs_one_look_when_prepared_again(harness: SiteHarness):
    job = harness.job(pictures=2)
    connector = harness.connector()
    handle = connector.prepare(job, {}, forget)
    before = harness.traffic()
    assert connector.prepare(job, handle, forget) == handle
    assert harness.traffic() - before == 1


def test_a_changed_text_changes_the_draft_and_keeps_its_id(harness: SiteHarness):
    job = harness.job(pictures=1)
    handle = harness.connector().prepare(job, {}, forget)
    newer = replace(job, variant=replace(job.variant, revision=2, text="Bản mới", title="Tiêu đề khác"))
    with pytest.raises(NotPrepared):
        harness.connector().reveal(newer, handle)
    assert harness.public(job) == 0
    again = harness.connector().prepare(newer, handle, forget)
    assert again["post"] == handle["post"]
    harness.connector().reveal(newer, again)
    assert "Bản mới" in harness.post(job).content
    found = harness.connector().prepare(newer, {}, forget)  # the address is of the old title: by the marker
    assert found["post"] == handle["post"]


def test_a_picture_that_was_dropped_is_not_shown(harness: SiteHarness):
    job = harness.job(pictures=2)
    handle = harness.connector().prepare(job, {}, forget)
    newer = replace(job, variant=replace(job.variant, revision=2, media=job.variant.media[1:]))
    handle = harness.connector().prepare(newer, handle, forget)
    harness.connector().reveal(newer, handle)
    assert harness.post(job).content.count("<img") == 1
    assert len(handle["media"]) == 1
    bare = replace(job, variant=replace(job.variant, revision=3, media=(), tags=()))
    harness.connector().prepare(bare, handle, forget)
    assert "<img" in harness.post(job).content, "it is public already, so it stays"


def test_pictures_and_tags_that_were_dropped_leave_the_draft(harness: SiteHarness):
    job = harness.job(pictures=1)
    handle = harness.connector().prepare(job, {}, forget)
    assert harness.post(job).featured_media
    bare = replace(job, variant=replace(job.variant, revision=2, media=(), tags=()))
    harness.connector().reveal(bare, harness.connector().prepare(bare, handle, forget))
    assert (harness.post(job).featured_media, harness.post(job).tags) == (0, [])
    assert "<img" not in harness.post(job).content


def test_a_post_in_the_bin_is_refused_with_a_clear_code(harness: SiteHarness):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    harness.world.bin(harness.post(job))
    assert harness.post(job).slug.endswith("__trashed")
    for attempt in (
        lambda: harness.connector().prepare(job, handle, forget),
        lambda: harness.connector().prepare(job, {}, forget),
        lambda: harness.connector().reveal(job, handle),
    ):
        with pytest.raises(Refused) as error:
            attempt()
        assert error.value.code == "wp:binned"
    assert harness.post(job).status == "trash"
    assert harness.connector().find(job, handle) == []


def test_a_published_post_that_a_person_corrected_is_left_as_it_is(harness: SiteHarness):
    job = harness.job()
    handle, _ = harness.publish(job)
    post = harness.post(job)
    post.content = post.content.replace("tờ khai", "tờ khai (đính chính)")
    again = harness.connector().reveal(job, handle)
    assert isinstance(again, Published)
    harness.connector().prepare(tried(job, harness), {}, forget)
    assert "đính chính" in harness.post(job).content


def test_what_was_typed_into_the_draft_does_not_go_out(harness: SiteHarness):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    post = harness.post(job)
    post.title, post.content = "Khác", "chưa ai duyệt"
    harness.connector().reveal(job, handle)
    assert harness.post(job).title == job.variant.title
    assert "chưa ai duyệt" not in harness.post(job).content


def test_a_date_set_by_hand_is_overruled_by_the_due_minute(harness: SiteHarness, clock):
    for status in ("future", "draft"):
        job = harness.job()
        handle = harness.connector().prepare(job, {}, forget)
        harness.post(job).status = status
        harness.post(job).date = clock() + timedelta(days=1)
        published = harness.connector().reveal(job, handle)
        assert isinstance(published, Published)
        assert published.published_at == clock()
        assert harness.public(job) == 1


def test_the_sites_clock_decides_what_now_is(harness: SiteHarness, clock):
    """Ours runs an hour ahead: by it the post would wait for another hour."""
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    harness.post(job).status, harness.post(job).date = "future", clock() + timedelta(days=1)
    site_now = clock()
    harness.world.now = lambda: site_now
    clock.advance(hours=1)
    published = harness.connector().reveal(job, handle)
    assert isinstance(published, Published)
    assert published.published_at == site_now


def test_a_twin_leaves_the_oldest_and_the_younger_draft_is_removed(harness: SiteHarness):
    """A request given up for lost is carried out between our look and our own."""

    class Twice(type(harness.http)):  # type: ignore[misc]
        def call(self, method, url, **request):
            if method == "POST" and url.endswith("wp/v2/posts"):
                super().call(method, url, **request)
            return super().call(method, url, **request)

    harness.http = Twice(proxies={})
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    assert harness.site.ledger()["total"]["creates"] == 2
    assert harness.post(job).id == handle["post"]
    assert not harness.post(job).slug.endswith("-2")
    harness.connector().reveal(job, handle)
    harness.http.close()
    assert harness.public(job) == 1


def test_a_name_taken_by_somebody_else_is_no_twin(harness: SiteHarness):
    from connectors.wordpress.posts import slug_of

    job = harness.job()
    media = harness.world.add_media(1, f"{slug_of(job)}.png", "image/png", b"")
    assert media.slug == slug_of(job)
    handle, _ = harness.publish(job)
    assert harness.post(job).slug == f"{slug_of(job)}-2"
    assert len(harness.connector().find(job, handle)) == 1
    assert len(harness.connector().find(job, {})) == 1


def test_public_twins_are_all_told(harness: SiteHarness):
    job = harness.job()
    handle, _ = harness.publish(job)
    twin = harness.world.add_post(1)
    first = harness.world.posts[handle["post"]]
    twin.content, twin.status, twin.date = first.content, "publish", first.date
    twin.slug = harness.world.free_slug(first.slug)
    assert len(harness.connector().find(job, handle)) == 2
    assert len(harness.connector().find(job, {})) == 2


def test_tags_are_made_once_and_a_role_that_may_not_goes_without(harness: SiteHarness):
    one = harness.job(tags=("đất đai", " ", "hộ tịch"))
    handle, _ = harness.publish(one)
    assert sorted(handle["tags"]) == ["hộ tịch", "đất đai"]
    other, _ = harness.publish(harness.job(tags=("đất đai",)))
    assert other["tags"]["đất đai"] == handle["tags"]["đất đai"]
    harness.site.fault("code_rest_cannot_create", method="POST", edge="tags")
    third = harness.job(tags=("mới",))
    handle, _ = harness.publish(third)
    assert handle["tags"] == {"mới": None}
    assert harness.post(third).tags == []


def test_categories_are_looked_up_by_name_or_slug_and_the_lacking_ones_told(harness: SiteHarness):
    wanted = harness.world.add_category("Phổ biến & giáo dục", "pho-bien")
    for written in ("pho-bien", "Phổ biến & giáo dục", "phổ biến & giáo dục", "PHO-BIEN"):
        job = harness.job()
        handle, published = harness.publish(job, harness.connector(categories=f"{written}, Không có"))
        assert harness.post(job).categories == [wanted.id], written
        assert handle["missing"] == ["Không có"]
        assert "Không có" in published.evidence


def test_the_first_picture_represents_the_post_unless_told_otherwise(harness: SiteHarness):
    for setting, expected in (("first", True), ("none", False)):
        job = harness.job(pictures=2)
        handle, _ = harness.publish(job, harness.connector(featured_image=setting))
        assert (harness.post(job).featured_media == handle["media"][0]["id"]) is expected


def test_a_picture_shown_twice_is_uploaded_once(harness: SiteHarness):
    job = harness.job(pictures=1)
    job = replace(job, variant=replace(job.variant, media=job.variant.media * 2))
    handle, _ = harness.publish(job)
    assert len(handle["media"]) == 1


def test_a_file_that_cannot_be_read_is_not_sent(harness: SiteHarness):
    job = harness.job(pictures=1)
    (harness.folder / job.variant.media[0].name).unlink()
    with pytest.raises(NotSent, match="wp:media-unreadable"):
        harness.connector().prepare(job, {}, forget)


def test_a_handle_without_a_draft_asks_for_another_prepare(harness: SiteHarness):
    job = harness.job()
    for handle in ({}, {"post": "7"}, {"post": 99_999, "seal": "x"}):
        with pytest.raises(NotPrepared):
            harness.connector().reveal(job, handle)


def test_a_site_that_holds_posts_back_for_review_stops_the_channel(harness: SiteHarness, monkeypatch):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    monkeypatch.setattr(
        "connectors.practice.wordpress.api.Api._turn",
        lambda _, post, __: setattr(post, "status", "pending"),
    )
    with pytest.raises(AuthLost, match="wp:held-for-review"):
        harness.connector().reveal(job, handle)


def test_a_poll_reads_and_changes_nothing(harness: SiteHarness):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    pending = Pending(str(handle["post"]), timedelta(seconds=1))
    assert harness.connector().poll(job, pending) == pending
    harness.connector().reveal(job, handle)
    assert isinstance(harness.connector().poll(job, pending), Published)


class TestFind:
    """`Published` means: anybody can open it."""

    def test_a_page_whose_comments_were_thrown_away_is_settled_by_the_api(self, harness: SiteHarness):
        job = harness.job()
        handle, _ = harness.publish(job)
        harness.world.drops_comments = True
        (found,) = harness.connector().find(job, handle)
        assert "by the API" in found.evidence

    def test_and_where_strangers_may_not_ask_the_api_by_the_title(self, harness: SiteHarness):
        job = harness.job()
        handle, _ = harness.publish(job)
        harness.world.drops_comments, harness.world.strangers = True, False
        (found,) = harness.connector().find(job, handle)
        assert "title" in found.evidence

    def test_another_page_in_its_place_says_nothing(self, harness: SiteHarness):
        job = harness.job()
        handle, _ = harness.publish(job)
        harness.world.strangers = False
        harness.site.fault("html_200", edge="page", method="GET")
        with pytest.raises(NotSent, match="wp:other-page"):
            harness.connector().find(job, handle)

    @pytest.mark.parametrize("kind", ["html_502", "html_403", "503", "cut"])
    def test_a_page_that_cannot_be_read_says_nothing(self, harness: SiteHarness, kind: str):
        job = harness.job()
        handle, _ = harness.publish(job)
        harness.site.fault(kind, edge="page", method="GET")
        with pytest.raises(NotSent):
            harness.connector().find(job, handle)

    def test_a_page_that_readers_get_as_missing_is_not_public(self, harness: SiteHarness, monkeypatch):
        job = harness.job()
        handle, _ = harness.publish(job)
        monkeypatch.setattr(harness.world, "link", lambda _: f"{harness.site.url}/?p=424242")
        assert harness.connector().find(job, handle) == []

    def test_a_post_taken_back_to_draft_is_not_public(self, harness: SiteHarness):
        job = harness.job()
        handle, _ = harness.publish(job)
        harness.post(job).status = "private"
        assert harness.connector().find(job, handle) == []
        harness.world.posts.clear()
        assert harness.connector().find(job, handle) == []


class TestMeasure:
    def test_core_has_no_figure_and_none_is_made_up(self, harness: SiteHarness):
        _, published = harness.publish(harness.job())
        (figure,) = harness.connector().measure(published)
        assert (figure.metric, figure.value, figure.source) == ("views", None, "wordpress")
        assert figure.note

    def test_a_plug_in_that_the_site_names_is_read(self, harness: SiteHarness):
        _, published = harness.publish(harness.job())
        harness.world.views = {int(published.remote_id): 41}
        (figure,) = harness.connector().measure(published)
        assert (figure.value, figure.source, figure.note) == (41, "post-views-counter", "")

    @pytest.mark.parametrize("kind", ["code_rest_forbidden", "list_200"])
    def test_a_plug_in_that_does_not_tell_leaves_the_figure_out(self, harness: SiteHarness, kind: str):
        _, published = harness.publish(harness.job())
        harness.world.views = {}
        harness.site.fault(kind, edge="post-views-counter/get-post-views/id")
        (figure,) = harness.connector().measure(published)
        assert figure.value is None
        assert figure.note


CODES = ("code_rest_not_logged_in", "code_rest_cannot_edit", "code_rest_no_route", "code_db_insert_error")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("slow")] + list(CODES))
def test_no_trouble_anywhere_raises_anything_but_the_five_errors_or_tells_a_secret(
    harness: SiteHarness, kind: str
):
    edges = ("", "posts", "posts/id", "media", "media/id", "tags", "categories", "users/me", "page")
    for edge in edges:
        job = harness.job(pictures=1)
        handle, published = harness.publish(job)
        fresh = harness.job(pictures=1)
        connector = harness.connector(categories="x")
        for act in (
            lambda c=connector, j=fresh: c.prepare(j, {}, forget),
            lambda c=connector, j=job, h=handle: c.reveal(j, h),
            lambda c=connector, j=job, h=handle: c.find(j, h),
            lambda c=connector, p=published: c.measure(p),
            lambda c=connector: c.health(),
        ):
            harness.site.app.faults.clear()
            harness.site.fault(kind, edge=edge)
            try:
                outcome = act()
            except ConnectorError as error:
                outcome = (type(error), str(error), error.detail, error.__cause__, error.__context__)
            if isinstance(outcome, tuple):
                assert outcome[0] in (AuthLost, NotSent, Refused, Throttled, Unknown)
            for secret in harness.secrets:
                assert secret not in repr(outcome), f"{kind} on {edge or 'index'}"
        harness.site.app.faults.clear()
        assert harness.public(job) == 1


def test_an_echo_of_the_login_is_blotted_out(harness: SiteHarness):
    import base64
    import json

    from connectors.http import Answer

    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    echo = f"bad login {USER} / {PASSWORD} / {PASSWORD.replace(' ', '')} / {basic}"

    class Echo(type(harness.http)):  # type: ignore[misc]
        def call(self, method, url, **request):
            if method == "HEAD":
                return super().call(method, url, **request)
            body = {"code": "rest_forbidden", "message": echo, "data": {"status": 403}}
            return Answer(403, {"Content-Type": "application/json"}, json.dumps(body).encode())

    harness.http = Echo(proxies={})
    with pytest.raises(AuthLost) as error:
        harness.connector().find(harness.job(), {})
    harness.http.close()
    for secret in (*harness.secrets, basic):
        assert secret not in str(error.value)


def test_a_transport_error_that_quotes_the_login_is_blotted_out(harness: SiteHarness):
    class Talks(type(harness.http)):  # type: ignore[misc]
        def call(self, method, url, **_):
            raise NotSent("net:unreachable", f"cannot reach {USER}:{PASSWORD}@host")

    harness.http = Talks(proxies={})
    with pytest.raises(NotSent) as error:
        harness.connector().find(harness.job(), {})
    harness.http.close()
    assert USER not in str(error.value)
    assert PASSWORD not in str(error.value)


def test_the_lease_is_renewed_after_the_looks_and_before_the_first_upload(harness: SiteHarness):
    seen: list[int] = []
    harness.connector().prepare(
        harness.job(pictures=1), {}, lambda _: seen.append(harness.site.ledger()["total"]["uploads"])
    )
    assert seen[:2] == [0, 1]


def test_an_outage_is_not_sent(harness: SiteHarness):
    harness.settings["base_url"] = "http://127.0.0.1:9"
    for act in (
        lambda: harness.connector().prepare(harness.job(), {}, forget),
        lambda: harness.connector().find(harness.job(), {}),
        lambda: harness.connector().health(),
    ):
        with pytest.raises(NotSent):
            act()
