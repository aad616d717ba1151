"""Comments of a Page's posts: read as Meta tells them, nobody's name taken along, no right no harm."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused, Throttled
from connectors.extras import Comment, ReadsComments
from connectors.facebook.comments import PAGE_SIZE, _comment
from connectors.practice import PracticeServer
from tests.connectors.facebook.harness import PAGE, TOKEN, PageHarness


def every(harness: PageHarness, published: Published) -> list[Comment]:
    """All pages."""
    connector = harness.connector()
    assert isinstance(connector, ReadsComments)
    found, after = list[Comment](), ""
    while True:
        page = connector.comments(published, after)
        assert page.whole
        found += page.comments
        after = page.after
        if not after:
            return found


@pytest.fixture
def published(two_step: PageHarness) -> Published:
    job = two_step.job(text="Đăng ký khai sinh ở đâu?")
    told = two_step.connector().reveal(job, two_step.prepare(job))
    assert isinstance(told, Published)
    return told


def write(server: PracticeServer, published: Published, text: str, **more: str) -> requests.Response:
    """As a visitor does in the browser, or with `owner` as the Page."""
    form = {"about": published.remote_id, "text": text, **more}
    return requests.post(f"{server.url}/practice/comments", data=form, timeout=5)


def test_a_visitors_question_and_the_pages_answer_are_read_without_anybodys_name(
    two_step: PageHarness, server: PracticeServer, published: Published
):
    shown = write(server, published, "Cho em hỏi nộp hồ sơ ở đâu?\nEm cảm ơn")
    assert "Cho em hỏi nộp hồ sơ ở đâu?" in shown.text, "the page shows it"
    [question] = every(two_step, published)
    write(server, published, "Ở bộ phận một cửa.", parent=question.remote_id, owner="1")
    answer, question = every(two_step, published)
    assert question == Comment(
        question.remote_id,
        "Cho em hỏi nộp hồ sơ ở đâu?\nEm cảm ơn",
        two_step.clock(),
        url=f"{published.url}?comment_id={question.remote_id}",
    )
    assert (answer.reply_to, answer.by_us) == (question.remote_id, True)
    assert "Người Đọc" not in repr([answer, question])


def test_the_name_that_facebook_writes_before_an_answer_is_covered(
    two_step: PageHarness, server: PracticeServer, published: Published
):
    book = server.world.comments
    asked = book.add(published.remote_id, "Nộp ở đâu?")
    text = f"Người Đọc {asked.author} em cũng hỏi như Người Đọc {asked.author}"
    book.add(published.remote_id, text, parent=asked.id)
    told = [one.text for one in every(two_step, published)]
    assert "[tên] em cũng hỏi như [tên]" in told


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ([{"name": "Lan Anh", "type": "user"}], "[tên] ơi, hỏi Xã A"),
        ([{"name": "Lan Anh"}, {"name": "Xã A", "type": "page"}], "[tên] ơi, hỏi Xã A"),
        ([None, {}, {"name": 1}, {"name": ""}, "x"], "Lan Anh ơi, hỏi Xã A"),
        ({"0": "x"}, "Lan Anh ơi, hỏi Xã A"),
    ],
)
def test_names_of_pages_stay_and_odd_tags_do_no_harm(tags: object, text: str):
    told = _comment({"id": "1", "message": "Lan Anh ơi, hỏi Xã A", "message_tags": tags}, PAGE)
    assert told is not None
    assert told.text == text


def test_pages_of_comments_are_walked_newest_first_to_the_end(
    two_step: PageHarness, server: PracticeServer, published: Published
):
    book = server.world.comments
    for number in range(PAGE_SIZE + 3):
        book.add(published.remote_id, f"câu {number}")
        two_step.clock.advance(seconds=1)
    found = every(two_step, published)
    assert [one.text for one in found] == [f"câu {n}" for n in reversed(range(PAGE_SIZE + 3))]
    assert found[0].written_at == two_step.clock() - timedelta(seconds=1)


def test_a_hidden_comment_says_so_and_a_deleted_one_is_told_no_more(
    two_step: PageHarness, server: PracticeServer, published: Published
):
    first, second = (server.world.comments.add(published.remote_id, text) for text in ("một", "hai"))
    first.hidden = True
    assert [(one.text, one.hidden) for one in every(two_step, published)] == [("hai", False), ("một", True)]
    server.world.comments.remove(second.id)
    assert [one.text for one in every(two_step, published)] == ["một"]


def test_without_the_right_they_are_not_to_be_had_and_the_channel_stays_sound(
    two_step: PageHarness, server: PracticeServer, published: Published
):
    server.world.pages[PAGE].scopes = ("pages_manage_posts", "pages_read_engagement")
    with pytest.raises(Refused) as caught:
        two_step.connector().comments(published)
    assert caught.value.code == "fb:comments-unreadable"
    assert two_step.connector().health().ok


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("code_4", Throttled),
        ("code_190", AuthLost),
        ("html_502", NotSent),
        ("empty_200", NotSent),
        ("truncated_200", NotSent),
        ("list_200", NotSent),
        ("wrong_types_200", NotSent),
    ],
)
def test_a_bad_day_of_the_platform_is_one_of_the_errors(
    two_step: PageHarness, server: PracticeServer, published: Published, kind: str, error: type[Exception]
):
    server.fault(kind, edge="comments")
    with pytest.raises(error) as caught:
        two_step.connector().comments(published)
    assert TOKEN not in str(caught.value)


def test_a_deleted_post_has_no_comments_to_be_had(two_step: PageHarness, published: Published):
    two_step.connector().remove(published)
    with pytest.raises(Refused):
        two_step.connector().comments(published)


def test_a_videos_comments_are_read_by_the_videos_id(video: PageHarness, server: PracticeServer):
    job = video.job()
    told = video.connector().reveal(job, video.prepare(job))
    [stored] = server.world.videos.values()
    server.world.comments.add(stored.post, "Phim hay quá")
    assert told.remote_id == stored.id
    assert [one.text for one in every(video, Published(told.remote_id))] == ["Phim hay quá"]


def test_a_page_of_some_other_website_cannot_write_here(server: PracticeServer, published: Published):
    answer = requests.post(
        f"{server.url}/practice/comments",
        data={"about": published.remote_id, "text": "x"},
        headers={"Origin": "http://evil.test"},
        timeout=5,
    )
    assert answer.status_code == 403
    assert server.world.comments.all == {}


def test_what_a_visitor_writes_is_shown_as_text(server: PracticeServer, published: Published):
    shown = write(server, published, "<script>alert(1)</script>")
    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;" in shown.text
    assert write(server, published, "  ").status_code == 400
    assert write(server, published, "trả lời ai?", parent="nobody").status_code == 400
    assert write(server, Published("1_2"), "x").status_code == 404
