"""Comments of a site's post: the words without their HTML, the account's own answers told from others."""

from __future__ import annotations

import pytest
import requests

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused, Throttled
from connectors.extras import Comment
from connectors.wordpress.comments import PAGE_SIZE
from tests.connectors.wordpress.harness import SiteHarness


def every(harness: SiteHarness, published: Published) -> list[Comment]:
    connector, found, after = harness.connector(), list[Comment](), ""
    while True:
        page = connector.comments(published, after)
        assert page.whole
        found += page.comments
        after = page.after
        if not after:
            return found


@pytest.fixture
def published(harness: SiteHarness) -> Published:
    return harness.publish(harness.job(), harness.connector(comments="open"))[1]


def write(harness: SiteHarness, published: Published, text: str, **more: str) -> requests.Response:
    form = {"about": published.remote_id, "text": text, **more}
    return requests.post(f"{harness.site.url}/practice/comments", data=form, timeout=5)


def test_a_readers_question_and_the_answer_are_read_as_plain_words(
    harness: SiteHarness, published: Published
) -> None:
    shown = write(harness, published, "Trẻ < 14 tuổi & người già\ncó cần giấy tờ gì không?")
    assert "có cần giấy tờ gì không?" in shown.text
    [question] = every(harness, published)
    write(harness, published, "Có.", parent=question.remote_id, owner="1")
    answer, question = every(harness, published)
    assert question.text == "Trẻ < 14 tuổi & người già\ncó cần giấy tờ gì không?"
    assert (question.by_us, question.reply_to, question.written_at) == (False, "", harness.clock())
    assert question.url == f"{published.url}#comment-{question.remote_id}"
    assert (answer.by_us, answer.reply_to) == (True, question.remote_id)
    assert "Người đọc" not in repr([question, answer])


def test_comments_are_closed_unless_the_channel_opens_them(harness: SiteHarness) -> None:
    _, published = harness.publish(harness.job())
    assert "<form" not in requests.get(published.url, timeout=5).text
    assert write(harness, published, "x").status_code == 404
    assert every(harness, published) == []


def test_a_full_page_leads_to_the_next(harness: SiteHarness, published: Published) -> None:
    for number in range(PAGE_SIZE + 1):
        harness.world.comments.add(published.remote_id, f"câu {number}")
    assert len({one.remote_id for one in every(harness, published)}) == PAGE_SIZE + 1


def test_a_comment_that_goes_between_two_pages_makes_none_of_the_others_seem_gone(
    harness: SiteHarness, published: Published
) -> None:
    book = harness.world.comments
    made = [book.add(published.remote_id, f"câu {number}") for number in range(PAGE_SIZE + 20)]
    first = harness.connector().comments(published)
    for number in range(3):
        book.add(published.remote_id, f"mới {number}")
    assert harness.connector().comments(published, first.after).whole, "what is new moves them down"
    for one in made[-4:]:
        book.remove(one.id)
    second = harness.connector().comments(published, first.after)
    assert not second.whole
    assert second.after == ""


def test_a_binned_post_keeps_its_comments_to_itself(harness: SiteHarness, published: Published) -> None:
    harness.world.posts[int(published.remote_id)].author = 99
    harness.world.posts[int(published.remote_id)].status = "trash"
    with pytest.raises(Refused) as caught:
        harness.connector().comments(published)
    assert caught.value.code == "wp:comments-unreadable"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", Throttled),
        ("code_rest_not_logged_in", AuthLost),
        ("html_502", NotSent),
        ("empty_200", NotSent),
        ("truncated_200", NotSent),
        ("wrong_types_200", NotSent),
    ],
)
def test_a_bad_day_of_the_site_is_one_of_the_errors(
    harness: SiteHarness, published: Published, kind: str, error: type[Exception]
) -> None:
    harness.site.fault(kind, method="GET", edge="comments")
    with pytest.raises(error):
        harness.connector().comments(published)
