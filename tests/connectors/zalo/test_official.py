"""One article's way: hidden, found again after doubt, shown once, read back, measured."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Job, Pending, Published
from connectors.errors import (
    AuthLost,
    ConnectorError,
    NotPrepared,
    NotSent,
    NotYet,
    Refused,
    Throttled,
    Unknown,
)
from connectors.practice.zalo.world import Article
from connectors.website.article import media_name
from connectors.zalo import readback
from connectors.zalo.grant import REFRESH_LIVES, issued
from connectors.zalo.settings import CAPABILITIES, Settings
from content.wording import say
from scheduler.policy import LEASE, State, Step
from scheduler.setbacks import after_error
from scheduler.status import Status
from tests.connectors.zalo.conftest import Pictures
from tests.connectors.zalo.harness import OA, OaHarness, picture


def forget(_: Any) -> None:
    """A save nobody reads."""


def tried(harness: OaHarness, job: Job) -> Job:
    return replace(job, first_try_at=harness.clock())


def published(harness: OaHarness, job: Job | None = None) -> tuple[Job, dict[str, Any], Published]:
    job = job or harness.job()
    connector = harness.connector()
    handle = connector.prepare(job, {}, forget)
    told = connector.reveal(job, handle)
    assert isinstance(told, Published)
    return job, handle, told


def creates(harness: OaHarness) -> int:
    return harness.server.ledger()["total"]["creates"]


def filler(harness: OaHarness, count: int, *, shown: bool = True) -> None:
    """Articles somebody else made, newest last."""
    for number in range(count):
        fields = {"type": "normal", "title": f"Bài khác {number}", "status": "show" if shown else "hide"}
        fields |= {"tracking_link": "https://xa.example/khac", "body": []}
        article = Article(f"other-{number}", OA, 9000 + number, fields, harness.clock(), harness.clock())
        harness.server.world.articles[article.id] = article
        harness.oa.articles.append(article)


def test_every_step_is_saved_before_the_next(harness: OaHarness):
    saved: list[dict[str, Any]] = []
    job = harness.job()
    handle = harness.connector().prepare(job, {}, lambda h: saved.append(dict(h)))
    assert [sorted(one) for one in saved] == [["asked_at"], ["asked_at", "token"], ["id"], ["id", "url"]]
    assert handle == saved[-1]
    assert handle["url"].startswith(harness.server.url)


def test_the_whole_article_is_sent_again_to_show_it(harness: OaHarness):
    job, handle, told = published(harness, harness.job(pictures=2, link="https://xa.example/a"))
    article = harness.server.world.articles[handle["id"]]
    assert article.public
    assert article.shown == 1
    assert len(article.fields["body"]) == 3
    assert article.fields["tracking_link"].endswith(f"?loa={job.marker}")
    assert told.url == handle["url"]
    assert harness.server.ledger()["total"] == {
        "creates": 1,
        "updates": 1,
        "removes": 0,
        "public": 1,
        "hidden": 0,
        "broadcasts": 0,
        "refreshes": 0,
        "refused_refreshes": 0,
    }


def test_214_is_waited_for_and_not_for_ever(harness: OaHarness):
    harness.server.world.verify_delay = 4
    before = harness.clock()
    job, handle, _ = published(harness)
    assert handle["id"]
    assert timedelta(seconds=10) < harness.clock() - before < timedelta(seconds=80)

    harness.server.fault("code_-214", path="article/verify", times=6)
    kept: list[dict[str, Any]] = []
    job = harness.job()
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:-214"
    assert caught.value.retry_at > harness.clock(), "no try is counted for it"
    assert set(kept[-1]) == {"asked_at", "token"}
    before = creates(harness)
    handle = harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert creates(harness) == before, "the token was verified, nothing was made anew"
    assert handle["id"]


def test_one_step_never_outlives_its_lease(harness: OaHarness):
    harness.server.fault("code_-214", path="article/verify", times=100)
    start = harness.clock()
    with pytest.raises(NotSent):
        harness.connector().prepare(harness.job(), {}, forget)
    assert harness.clock() - start < timedelta(seconds=40)


@pytest.mark.parametrize("step", ["fresh", "doubtful"])
def test_slow_calls_do_not_stretch_a_step_beyond_its_lease(
    harness: OaHarness, monkeypatch: pytest.MonkeyPatch, step: str
):
    job, handle, call = harness.job(), {}, harness.http.call
    if step == "doubtful":
        handle = {"asked_at": harness.clock().isoformat()}
    begun = [harness.clock()]

    def slow(method: str, url: str, **more: Any) -> Any:
        assert harness.clock() + timedelta(seconds=more["total_timeout_s"]) - begun[-1] < LEASE
        harness.clock.advance(seconds=6)
        return call(method, url, **more)

    monkeypatch.setattr(harness.http, "call", slow)
    harness.server.fault("code_-214", path="article/verify", times=100)
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(job, handle, lambda _: begun.append(harness.clock()))
    assert caught.value.code == ("zalo:-214" if step == "fresh" else "zalo:no-time")
    assert harness.clock() - begun[-1] < LEASE


@pytest.mark.parametrize("kind", ["cut_after_accept", "500_after_accept", "empty_200_after_accept"])
def test_an_article_whose_token_was_lost_is_adopted(harness: OaHarness, kind: str):
    harness.server.fault(kind, path="article/create")
    job, kept = harness.job(), [{}]
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, kept.append)
    handle = harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert creates(harness) == 1
    assert harness.server.world.articles[handle["id"]].fields["title"] == job.variant.title


def test_an_article_still_under_work_is_waited_for_before_another_is_made(harness: OaHarness):
    harness.server.world.verify_delay = 99
    harness.server.fault("cut_after_accept", path="article/create")
    job, kept = harness.job(), [{}]
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, kept.append)
    harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert creates(harness) == 1, "a second hidden copy would cost one of the month's articles"


def test_a_create_that_never_arrived_is_made_after_the_wait(harness: OaHarness):
    harness.server.fault("cut_before", path="article/create")
    job, kept = harness.job(), [{}]
    with pytest.raises(Unknown):
        harness.connector().prepare(job, {}, kept.append)
    since = harness.clock()
    harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert harness.clock() - since >= timedelta(seconds=30)
    assert creates(harness) == 1


def test_a_clear_refusal_leaves_no_doubt_and_no_wait(harness: OaHarness):
    harness.server.fault("code_-32", path="article/create")
    job, kept = harness.job(), [{}]
    with pytest.raises(Throttled):
        harness.connector().prepare(job, {}, kept.append)
    assert kept[-1] == {}
    since = harness.clock()
    harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert harness.clock() == since


def test_somebody_elses_article_of_the_same_title_is_not_ours(harness: OaHarness):
    first = harness.job(title="Ngày Pháp luật")
    published(harness, first)
    second = harness.job(title="Ngày Pháp luật")
    handle = harness.connector().prepare(tried(harness, second), {}, forget)
    assert creates(harness) == 2
    assert harness.connector().find(tried(harness, second), {}) == []
    harness.connector().reveal(second, handle)
    assert [one.remote_id for one in harness.connector().find(tried(harness, second), {})] == [handle["id"]]


def test_a_token_that_is_too_old_leads_to_a_look_before_a_new_article(harness: OaHarness):
    kept: list[dict[str, Any]] = []
    job = harness.job()
    harness.server.fault("code_-214", path="article/verify", times=6)
    with pytest.raises(NotSent):
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    harness.clock.advance(hours=2)
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(tried(harness, job), kept[-1], lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:article-token-gone"
    handle = harness.connector().prepare(tried(harness, job), kept[-1], forget)
    assert creates(harness) == 1
    assert handle["id"]


def test_a_picture_zalo_cannot_fetch_is_tried_anew(harness: OaHarness):
    harness.server.world.fetches = lambda _: False
    kept: list[dict[str, Any]] = []
    job = harness.job(pictures=1)
    with pytest.raises(NotSent) as caught:
        harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    assert caught.value.code == "zalo:-200/media"
    assert kept[-1] == {}
    harness.server.world.fetches = lambda _: True
    assert harness.connector().prepare(tried(harness, job), kept[-1], forget)["id"]
    assert len(harness.oa.articles) == 1


def test_an_article_that_zalo_condemns_is_for_a_person(harness: OaHarness):
    harness.server.fault("code_-248", path="article/verify")
    with pytest.raises(Refused):
        harness.connector().prepare(harness.job(), {}, forget)


def test_the_months_articles_are_used_up(harness: OaHarness):
    published(harness)
    ready = harness.job()
    handle = harness.connector().prepare(ready, {}, forget)
    harness.oa.articles_most = 2
    with pytest.raises(Refused) as caught:
        harness.connector().prepare(harness.job(), {}, forget)
    assert caught.value.code == "zalo:-223/quota"
    assert harness.connector().reveal(ready, handle), "what is prepared still comes out"


def test_a_hidden_article_that_is_gone_is_made_anew(harness: OaHarness):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    harness.server.world.remove(harness.server.world.articles[handle["id"]])
    with pytest.raises(NotPrepared):
        harness.connector().reveal(tried(harness, job), handle)
    again = harness.connector().prepare(tried(harness, job), handle, forget)
    assert again["id"] != handle["id"]
    harness.connector().reveal(job, again)
    assert harness.public(job) == 1


def test_without_a_handle_nothing_is_revealed(harness: OaHarness):
    with pytest.raises(NotPrepared):
        harness.connector().reveal(harness.job(), {})


@pytest.mark.parametrize("kind", ["cut", "code_-32", "code_-216", "html_504", "code_-201", "code_-9"])
def test_trouble_after_the_update_was_taken_is_doubt_and_read_back_settles_it(harness: OaHarness, kind: str):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    harness.server.fault(kind, path="article/verify", times=2)
    if kind == "code_-216":
        harness.server.fault("code_-14014", path="oa/access_token")
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert len(harness.connector().find(tried(harness, job), handle)) == 1


def test_an_update_still_under_work_is_not_yet_public(harness: OaHarness):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    harness.server.world.verify_delay = 99
    harness.server.fault("code_-214", path="article/verify", times=99)
    with pytest.raises(Unknown) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:-214"
    total = sum(harness.connector().capabilities.settle_after, timedelta())
    harness.clock.advance(seconds=total.total_seconds())
    assert harness.connector().find(tried(harness, job), handle), "settled within the declared waits"


def test_poll_reads_what_the_id_is_now(harness: OaHarness):
    job, handle, told = published(harness)
    pending = Pending(handle["id"], timedelta(seconds=5))
    assert harness.connector().poll(job, pending).remote_id == told.remote_id
    hidden = harness.connector().prepare(harness.job(), {}, forget)
    waiting = Pending(hidden["id"], timedelta(seconds=5))
    assert harness.connector().poll(job, waiting) == waiting


def test_what_is_shown_is_compared_with_the_approved_text(harness: OaHarness):
    job, handle, _ = published(harness, harness.job(pictures=2))
    (found,) = harness.connector().find(tried(harness, job), handle)
    assert found.evidence == "status=show tracking_link=yes as approved"
    fields = harness.server.world.articles[handle["id"]].fields
    fields["title"], fields["body"] = "Tiêu đề khác", [{"type": "text", "content": "<p>Chữ khác</p>"}]
    (found,) = harness.connector().find(tried(harness, job), handle)
    assert found.evidence == "status=show tracking_link=yes differs=title,body"
    fields["body"] = None
    assert "body-not-told" in harness.connector().find(tried(harness, job), handle)[0].evidence


def test_mark_up_that_comes_back_otherwise_is_no_difference(harness: OaHarness):
    text = "Đoạn **một** & 5 < 6\ndòng hai\n\n- gạch\n- đầu dòng"
    job, handle, _ = published(harness, harness.job(text=text))
    for block in harness.server.world.articles[handle["id"]].fields["body"]:
        block["content"] = block["content"].replace("<p>", "<div class='p'>").replace("</p>", "</div>\n")
        block["content"] = block["content"].replace("&amp;", "&#38;").replace("<br>", "<br />")
    (found,) = harness.connector().find(tried(harness, job), handle)
    assert "as approved" in found.evidence


def test_what_becomes_public_is_the_approved_text_whatever_was_hidden(harness: OaHarness):
    job = harness.job()
    handle = harness.connector().prepare(job, {}, forget)
    harness.server.world.articles[handle["id"]].fields["title"] = "Bị sửa trên OA Manager"
    harness.connector().reveal(job, handle)
    assert harness.server.world.articles[handle["id"]].fields["title"] == job.variant.title


def test_a_token_in_a_handle_stands_for_its_article_which_is_no_orphan(harness: OaHarness):
    kept: list[dict[str, Any]] = []
    job = harness.job()
    harness.connector().prepare(job, {}, lambda h: kept.append(dict(h)))
    with_token = next(handle for handle in kept if "token" in handle)
    assert harness.connector().orphans(tried(harness, job), with_token) == []
    harness.server.fault("code_-214", path="article/verify", times=9)
    with pytest.raises(NotYet):
        harness.connector().orphans(tried(harness, job), with_token)
    harness.server.app.faults.clear()
    harness.clock.advance(hours=2)
    harness.oa.access_until = harness.clock() + timedelta(hours=20)
    assert len(harness.connector().orphans(tried(harness, job), with_token)) == 1


@pytest.mark.parametrize("kind", ["cut_after_accept", "500_after_accept"])
def test_a_removal_without_an_answer_may_be_repeated(harness: OaHarness, kind: str):
    job, _, told = published(harness)
    harness.server.fault(kind, path="article/remove")
    with pytest.raises(Unknown):
        harness.connector().remove(told)
    harness.connector().remove(told)
    assert harness.public(job) == 0
    assert harness.server.ledger()["total"]["removes"] == 1


def test_a_removal_that_zalo_refuses_is_no_success(harness: OaHarness):
    _, _, told = published(harness)
    harness.server.fault("code_-201", path="article/remove")
    with pytest.raises(Refused):
        harness.connector().remove(told)


@pytest.mark.parametrize("answer", ["-200:failed", "-210:too much"])
def test_a_refused_look_does_not_make_a_failed_take_down_a_success(harness: OaHarness, answer: str):
    job, handle, told = published(harness)
    for path in ("article/remove", "article/getdetail"):
        harness.server.fault(f"code_{answer}", path=path)
    with pytest.raises(Refused) as caught:
        harness.connector().remove(told)
    assert caught.value.code == f"zalo:{answer.partition(':')[0]}"
    harness.server.fault(f"code_{answer}", path="article/getdetail")
    with pytest.raises(NotSent):
        harness.connector().find(tried(harness, job), handle)
    assert harness.public(job) == 1


@pytest.mark.parametrize("video", [False, True])
def test_an_article_that_is_still_listed_was_not_taken_down(harness: OaHarness, video: bool):
    job, _, told = published(harness, harness.job(video=video))
    for path in ("article/remove", "article/getdetail"):
        harness.server.fault("code_-201", path=path)
    with pytest.raises(Refused):
        harness.connector().remove(told)
    assert harness.public(job) == 1
    harness.connector().remove(told)
    harness.connector().remove(told)  # gone already is success: nobody lists it
    assert harness.public(job) == 0


def test_whatever_the_order_of_the_listing_an_article_is_found(harness: OaHarness):
    for _ in range(35):
        harness.clock.advance(60)
        filler(harness, 1)
    harness.clock.advance(hours=3)
    job, _, _ = published(harness)
    late = tried(harness, job)
    before = harness.calls("getslice")
    assert len(harness.connector().find(late, {})) == 1
    assert harness.calls("getslice") == before + 3, "newest first: the rest is older"
    harness.oa.articles.reverse()
    assert len(harness.connector().find(late, {})) == 1
    random.Random(1).shuffle(harness.oa.articles)
    harness.oa.articles.insert(0, harness.oa.articles.pop(-1))
    assert len(harness.connector().find(late, {})) == 1


@pytest.mark.parametrize(
    ("told", "pages"),
    [
        (("create_date", "update_date"), 3),
        (("create_date",), 3),
        (("update_date",), 3),
        ((), 4),
    ],
)
def test_only_dates_that_fall_spare_the_rest_of_a_listing(
    harness: OaHarness, told: tuple[str, ...], pages: int
):
    filler(harness, 40)
    connector = harness.connector()
    get = connector._api.get

    def falling(path: str, params: Any = None) -> dict[str, Any]:
        answer = get(path, params)
        for place, media in enumerate(answer["data"].get("medias", []), int((params or {}).get("offset", 0))):
            for name in ("create_date", "update_date"):
                media[name] = media[name] - place if name in told else None
        return answer

    harness.clock.advance(hours=3)
    nowhere = tried(harness, harness.job())
    before = harness.calls("getslice")
    assert connector.find(nowhere, {}) == []
    assert harness.calls("getslice") == before + 4, "all of the same moment: no order is seen"
    connector._api.get = falling  # type: ignore[method-assign]
    before = harness.calls("getslice")
    assert connector.find(nowhere, {}) == []
    assert harness.calls("getslice") == before + pages


def test_twins_are_both_told(harness: OaHarness):
    job, _, _ = published(harness)
    published(harness, job)
    assert len(harness.connector().find(tried(harness, job), {})) == 2


def test_an_article_far_down_the_list_is_found_by_its_title(harness: OaHarness):
    job, handle, _ = published(harness)
    filler(harness, 12)
    harness.clock.advance(days=1)
    late = replace(job, first_try_at=harness.clock())
    assert [one.remote_id for one in harness.connector().find(late, {})] == [handle["id"]]


def test_a_listing_cut_off_is_trouble(harness: OaHarness):
    filler(harness, 25)
    with pytest.raises(NotSent):
        list(readback.listed(harness.connector()._api, pages_most=2))
    assert [len(page) for page in readback.listed(harness.connector()._api, pages_most=3)] == [10, 10, 5]


@pytest.mark.parametrize("data", [None, [], {}, {"status": "shown"}, {"status": ["show"]}])
def test_an_article_that_does_not_say_whether_it_is_shown_is_no_answer(harness: OaHarness, data: Any):
    job, handle, _ = published(harness)
    connector = harness.connector()
    connector._api.get = lambda *_: {"error": 0, "data": data}  # type: ignore[method-assign]
    with pytest.raises(NotSent):
        connector.find(job, handle)


@pytest.mark.parametrize("data", [None, [], {}, {"medias": {}}, {"medias": [5]}, {"medias": [{"id": 7}]}])
def test_a_listing_that_cannot_be_read_is_no_answer(harness: OaHarness, data: Any):
    connector = harness.connector()
    connector._api.get = lambda *_: {"error": 0, "data": data}  # type: ignore[method-assign]
    with pytest.raises(NotSent):
        connector.find(harness.job(), {})


def test_an_endless_listing_is_trouble_not_absence(harness: OaHarness):
    filler(harness, 600)
    harness.oa.calls_per_minute = 10_000
    with pytest.raises(NotSent) as caught:
        harness.connector().find(tried(harness, harness.job()), {})
    assert caught.value.code == "zalo:listing-too-long"


def test_a_picture_that_is_not_public_yet_waits_for_the_website(harness: OaHarness, website: Pictures):
    job = replace(harness.job(pictures=2), due_at=harness.clock() + timedelta(minutes=20))
    second = f"/media/{job.variant.media[1].sha256[:16]}.png"
    website.missing.add(second)
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, forget)
    assert caught.value.code == "zalo:picture-not-public"
    assert second in caught.value.detail
    assert caught.value.retry_at == job.due_at, "the website shows it at the due minute"
    assert creates(harness) == 0
    website.missing.clear()
    assert harness.connector().prepare(tried(harness, job), {}, forget)["id"]


@pytest.mark.parametrize(("late_s", "again_s"), [(0, 2), (5, 2), (80, 10), (3600, 60)])
def test_after_the_due_minute_the_website_is_asked_within_seconds_and_later_less_often(
    harness: OaHarness, website: Pictures, late_s: int, again_s: int
):
    job = harness.job(pictures=1)
    harness.clock.advance(late_s)
    website.missing.add("*")
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, forget)
    assert caught.value.retry_at == harness.clock() + timedelta(seconds=again_s)


def test_waiting_for_the_website_costs_no_try_and_rests_no_channel(harness: OaHarness, website: Pictures):
    website.missing.add("*")
    job = harness.job(pictures=1)
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(job, {}, forget)
    state = State(Step.PREPARE, Status.PREPARING, tries=7, looks=0, failures=4, deadline=job.variant.deadline)
    made = after_error(caught.value, state, CAPABILITIES, harness.clock(), random.Random(1))
    assert (made.outcome, made.status, made.failures) == ("not_yet", Status.QUEUED, 4)
    assert "tries" not in made.changes
    assert made.rest_until is None


def test_a_website_without_head_is_asked_with_get(harness: OaHarness, website: Pictures):
    website.no_head = True
    harness.connector().prepare(harness.job(pictures=1), {}, forget)
    assert [line.partition(" ")[0] for line in website.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "text/html"), (302, "image/png"), (403, "image/png"), (500, "image/png"), (404, "text/html")],
)
def test_a_login_page_or_a_redirect_is_no_picture(
    harness: OaHarness, website: Pictures, status: int, kind: str
):
    website.missing.add("*")
    website.status, website.kind = status, kind
    with pytest.raises(NotYet) as caught:
        harness.connector().prepare(harness.job(pictures=1), {}, forget)
    assert caught.value.code == "zalo:picture-not-public"


def test_a_website_that_is_down_is_said_so(harness: OaHarness):
    with pytest.raises(NotYet) as caught:
        harness.connector(images_from="http://127.0.0.1:9").prepare(harness.job(pictures=1), {}, forget)
    assert caught.value.code == "zalo:picture-not-public"
    assert "127.0.0.1:9" in caught.value.detail


def test_the_proof_is_sent_when_the_app_demands_it(harness: OaHarness):
    harness.oa.needs_proof = True
    with pytest.raises(AuthLost) as caught:
        harness.connector().prepare(harness.job(), {}, forget)
    assert caught.value.code == "zalo:-242"
    assert harness.connector(appsecret_proof="yes").prepare(harness.job(), {}, forget)["id"]


def test_views_and_shares_are_read_from_the_listing(harness: OaHarness):
    _, _, told = published(harness)
    filler(harness, 25)
    harness.clock.advance(hours=6)
    connector = harness.connector()
    views, shares, followers = connector.measure(told)
    assert (views.metric, views.value) == ("views", 54)
    assert (shares.metric, shares.value) == ("shares", 3)
    assert (followers.metric, followers.value) == ("followers", 1_204)
    assert "total_view" in views.definition
    assert "cả OA" in followers.definition
    before = harness.calls("getslice")
    connector.measure(told)
    assert harness.calls("getslice") == before, "one reading serves the channel's articles for a moment"
    harness.clock.advance(minutes=3)
    connector.measure(told)
    assert harness.calls("getslice") == before + 3, "as far as the article is down the listing"


def test_the_newest_articles_are_read_from_the_first_page_and_a_missing_one_from_all(harness: OaHarness):
    filler(harness, 25)
    connector = harness.connector()
    assert connector.measure_many([Published("other-24"), Published("other-20")]).calls == 1 + 1
    assert connector.measure_many([Published("other-24")]).calls == 0, "kept for a moment"
    assert connector.measure_many([Published("gone")]).calls == 3 + 1 + 1, "articles, videos, the OA"


def test_an_article_beyond_what_is_read_is_not_called_gone(
    harness: OaHarness, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("connectors.zalo.figures.PAGES_MOST", 2)
    filler(harness, 25)
    views, _, followers = harness.connector().measure(Published("other-0"))
    assert views.value is None
    assert "quá nhiều bài" in views.note
    assert followers.value is not None


def test_all_articles_are_measured_from_one_reading_of_the_listing(harness: OaHarness):
    filler(harness, 25)
    articles = [Published(name) for name in harness.server.world.articles]
    told = harness.connector().measure_many(articles)
    assert told.calls == 3 + 1, (
        "three pages of articles, and the OA; nothing is left to look for among videos"
    )
    assert len(told.answers) == 25
    assert all(figure.value is not None for answer in told.answers.values() for figure in answer)


def test_an_article_that_is_not_listed_has_no_figures_not_zero(harness: OaHarness):
    views, shares, _ = harness.connector().measure(Published("gone"))
    for figure in (views, shares):
        assert figure.value is None
        assert figure.note


def test_no_more_of_the_listing_is_read_than_is_asked_for(harness: OaHarness):
    filler(harness, 80)
    _, _, told = published(harness)
    before = harness.calls("getslice")
    assert harness.connector().measure(told)[0].value is not None
    assert harness.calls("getslice") == before + 1, "the newest are on the first page"


def test_a_listing_that_breaks_off_is_read_anew(harness: OaHarness):
    _, _, told = published(harness)
    filler(harness, 25)
    connector = harness.connector()
    harness.server.fault("cut_before", path="article/getslice")
    with pytest.raises(ConnectorError):
        connector.measure(told)
    assert connector.measure(told)[0].value is not None


def test_health_names_the_oa_and_its_package(harness: OaHarness):
    health = harness.connector().health()
    assert health.ok
    assert (
        health.values["package_says"]
        == "Gói Tăng trưởng (đến 31/12/2027) có Zalo OpenAPI: Loa đăng bài được."
    )
    assert health.name == "Sở Tư pháp tỉnh A"
    assert health.values["package"] == "Tăng trưởng"
    assert health.values["state_agency"] is True
    assert "từ bao giờ" in str(health.values["warning"])


def test_health_tells_how_long_the_login_lasts(harness: OaHarness):
    harness.store.values["access_token"] = ""
    health = harness.connector().health()
    assert health.expires_at == harness.clock() + timedelta(days=90)


@pytest.mark.parametrize("left", [15, 13.5, 2.5, -0.5])
def test_the_end_of_the_login_is_told_as_a_date_and_not_in_words(harness: OaHarness, left: float):
    oa, ends = harness.oa, harness.clock() + timedelta(days=left)
    pair = issued(oa.access_token, oa.refresh_token, timedelta(days=200), ends - REFRESH_LIVES)
    harness.store.values |= pair
    health = harness.connector().health()
    assert health.expires_at == ends
    assert "warning" not in health.values


@pytest.mark.parametrize("package", ["Cơ bản", "Tiêu chuẩn"])
def test_a_package_without_the_api_is_a_warning(harness: OaHarness, package: str):
    harness.oa.package, harness.oa.api = package, True
    health = harness.connector().health()
    assert health.ok, "what a state agency's OA gets is not known: the call decides, not the name"
    assert package in str(health.values["warning"])
    harness.oa.api = None
    refused = harness.connector().health()
    assert not refused.ok
    assert refused.values["code"] == "zalo:-224"
    assert "Tăng trưởng" in str(refused.values["said"])


def test_another_oas_token_is_a_problem(harness: OaHarness):
    other = harness.server.add_oa("999", "Xã khác")
    harness.store.values["access_token"] = other.access_token
    health = harness.connector().health()
    assert health.problem == "zalo.problems.other_oa"
    assert health.values["found"] == "999"
    assert "loa channel login zalo-stp" in say(health.problem, **health.values)


@pytest.mark.parametrize("kind", ["code_-224", "code_-219", "code_-223", "code_-235"])
def test_a_channel_that_may_not_publish_says_why(harness: OaHarness, kind: str):
    for call in ("getoa", "getslice"):
        harness.server.fault(kind, path=call)
        health = harness.connector().health()
        assert not health.ok
        assert len(str(health.values["said"])) > 40


def test_a_group_of_rights_that_is_not_ticked_is_found_before_the_first_post(harness: OaHarness):
    harness.oa.rights = ("message",)
    health = harness.connector().health()
    assert not health.ok
    assert "quản lý bài viết" in str(health.values["said"])
    assert "loa channel login zalo-stp" in str(health.values["said"])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"access_token": "wrong", "refresh_token": "wrong"}, "không nhận mã làm mới"),
        ({"access_token": "wrong", "refresh_token": ""}, "không có mã làm mới"),
        ({"access_token": "có dấu"}, "ký tự lạ"),
        ({"access_token": "wrong", "app_secret": "wrong"}, "khóa bí mật sai"),
        ({"app_secret": "wrong"}, "appsecret_proof sai"),
    ],
)
def test_health_says_what_is_wrong_with_the_secrets_and_what_to_do(
    harness: OaHarness, spoil: dict[str, str], said: str
):
    harness.oa.needs_proof = True
    harness.store.values |= spoil
    health = harness.connector(appsecret_proof="yes").health()
    assert not health.ok
    told = say(health.problem, **health.values)
    assert said in told
    assert "loa channel login zalo-stp" in told


@pytest.mark.parametrize(
    "body",
    [
        "article/create",
        "article/verify",
        "article/update",
        "getslice",
        "getdetail",
        "getoa",
        "oa/access_token",
    ],
)
@pytest.mark.parametrize(
    "kind", ["500", "html_504", "empty_200", "truncated_200", "list_200", "wrong_types_200"]
)
def test_no_error_carries_a_token(harness: OaHarness, body: str, kind: str):
    harness.oa.access_until = harness.clock()  # every call begins with a refusal and a renewal
    harness.server.fault(kind, path=body, times=3)
    job, connector, seen = harness.job(), harness.connector(), []
    steps = (
        lambda: connector.prepare(job, {}, forget),
        lambda: connector.reveal(job, connector.prepare(tried(harness, job), {}, forget)),
        lambda: connector.find(tried(harness, job), {}),
        lambda: connector.health(),
        lambda: connector.measure(Published("1")),
    )
    for step in steps:
        try:
            seen.append(repr(step()))
        except ConnectorError as error:
            seen.append(f"{error!r} {error.detail} {error.__cause__!r}")
    assert not [secret for secret in harness.secrets if secret in " ".join(seen)]


def test_a_picture_is_addressed_as_the_website_names_it(harness: OaHarness):
    settings = Settings.of(harness.connector(images_from=" https://xa.example/pbgdpl/ ")._context)
    for mime in ("image/png", "image/jpeg"):
        ref = replace(picture(3, 1), mime=mime)
        assert settings.picture_url(ref) == f"https://xa.example/pbgdpl/media/{media_name(ref)}"
