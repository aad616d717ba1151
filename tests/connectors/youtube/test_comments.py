"""Comments of a video: threads with their replies, a unit a page; a login that may not read them goes on."""

from __future__ import annotations

import pytest
import requests

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused, Throttled
from connectors.extras import Comment
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.youtube.threads import REPLIES_SHOWN
from connectors.youtube.comments import REPLY_CALLS_MOST
from tests.connectors.youtube.harness import CHANNEL, ChannelHarness

_ROOT = "https://www.googleapis.com/auth/"


def every(harness: ChannelHarness, published: Published) -> list[Comment]:
    connector, found, after = harness.connector(), list[Comment](), ""
    while True:
        page = connector.comments(published, after)
        assert page.whole
        found += page.comments
        after = page.after
        if not after:
            return found


@pytest.fixture
def published(harness: ChannelHarness) -> Published:
    return harness.publish(harness.job())[1]


def write(server: PracticeYouTube, published: Published, text: str, **more: str) -> requests.Response:
    form = {"about": published.remote_id, "text": text, **more}
    return requests.post(f"{server.url}/practice/comments", data=form, timeout=5)


def test_a_visitors_question_and_the_channels_answer_are_read(
    harness: ChannelHarness, server: PracticeYouTube, published: Published
) -> None:
    assert "Thủ tục mất bao lâu?" in write(server, published, "Thủ tục mất bao lâu?").text
    [question] = every(harness, published)
    write(server, published, "Ba ngày.", parent=question.remote_id, owner="1")
    question, answer = every(harness, published)
    assert (question.text, question.by_us, question.written_at) == (
        "Thủ tục mất bao lâu?",
        False,
        harness.clock(),
    )
    assert (answer.text, answer.reply_to, answer.by_us) == ("Ba ngày.", question.remote_id, True)
    assert question.url == f"{published.url}&lc={question.remote_id}"
    assert "nguoi-doc" not in repr([question, answer])


def test_a_thread_with_more_replies_than_are_shown_is_read_to_its_end(
    harness: ChannelHarness, server: PracticeYouTube, published: Published
) -> None:
    book = server.world.comments
    top = book.add(published.remote_id, "hỏi")
    for number in range(REPLIES_SHOWN + 3):
        book.add(published.remote_id, f"đáp {number}", parent=top.id)
    for number in range(120):
        book.add(published.remote_id, f"câu {number}")
    found = every(harness, published)
    assert len(found) == len({one.remote_id for one in found}) == 1 + REPLIES_SHOWN + 3 + 120
    operations = harness.operations()
    assert operations.count("commentThreads.list") == 2
    assert operations.count("comments.list") == 1


def test_comments_cost_a_unit_a_page(harness: ChannelHarness, published: Published) -> None:
    before = harness.connector()._api.quota.left()["units"]
    every(harness, published)
    assert before - harness.connector()._api.quota.left()["units"] == 1


def test_threads_with_many_replies_never_eat_the_quota_that_publishing_lives_on(
    harness: ChannelHarness, server: PracticeYouTube, published: Published
) -> None:
    book = server.world.comments
    for number in range(REPLY_CALLS_MOST + 5):
        top = book.add(published.remote_id, f"hỏi {number}")
        for _ in range(REPLIES_SHOWN + 1):
            book.add(published.remote_id, "đáp", parent=top.id)
    api = harness.connector()._api
    before = api.quota.left()["units"]
    page = harness.connector().comments(published)
    assert before - api.quota.left()["units"] == page.calls == 1 + REPLY_CALLS_MOST
    assert not page.whole, "what was not read is not therefore gone"
    shown = (REPLY_CALLS_MOST + 5) * (1 + REPLIES_SHOWN)
    assert len(page.comments) == shown + REPLY_CALLS_MOST


@pytest.mark.parametrize("scope", ["youtube", "youtube.readonly"])
def test_a_login_without_the_right_is_told_how_to_get_it_and_goes_on(
    harness: ChannelHarness, server: PracticeYouTube, published: Published, scope: str
) -> None:
    server.world.channels[CHANNEL].scopes = (f"{_ROOT}{scope}",)
    server.violations.clear()
    with pytest.raises(Refused) as caught:
        harness.connector().comments(published)
    assert caught.value.code == "yt:comments-unreadable"
    assert all("commentThreads" in one or "scope" in one for one in server.violations)
    server.violations.clear()


def test_switched_off_comments_are_an_answer(
    harness: ChannelHarness, server: PracticeYouTube, published: Published
) -> None:
    server.world.comments.closed.add(published.remote_id)
    with pytest.raises(Refused) as caught:
        harness.connector().comments(published)
    assert caught.value.code == "yt:commentsDisabled"
    assert "<form" not in requests.get(f"{server.url}/watch?v={published.remote_id}", timeout=5).text


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reason_quotaExceeded", Throttled),
        ("revoked", AuthLost),
        ("html_502", NotSent),
        ("empty_200", NotSent),
        ("list_200", NotSent),
        ("wrong_types_200", NotSent),
    ],
)
def test_a_bad_day_of_the_platform_is_one_of_the_errors(
    harness: ChannelHarness, server: PracticeYouTube, published: Published, kind: str, error: type[Exception]
) -> None:
    server.fault(kind, operation="commentThreads.list")
    with pytest.raises(error):
        harness.connector().comments(published)


def test_nobody_writes_under_a_video_that_is_private(
    harness: ChannelHarness, server: PracticeYouTube, published: Published
) -> None:
    harness.connector().remove(published)
    assert write(server, published, "x").status_code == 404
