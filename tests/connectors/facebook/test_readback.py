"""Listings as a moody server might give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NotSent
from connectors.facebook import readback

SINCE = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class Listing:
    """Stands for a PageGraph: answers what it was given, whatever is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def get_connections(self, *_: str, **args: Any) -> Any:
        self.asked.append(args)
        return self.answers.pop(0)


def post(name: str, created: datetime | None = SINCE) -> dict[str, Any]:
    stamp = created.strftime("%Y-%m-%dT%H:%M:%S+0000") if created else "soon"
    return {"id": name, "message": "x", "created_time": stamp}


def listed(*answers: Any) -> list[str]:
    return [entry["id"] for entry in readback.posts_since(Listing(*answers), "1", "feed", SINCE)]


def test_a_server_that_ignores_since_is_corrected():
    old = post("1_1", SINCE - timedelta(minutes=3))
    assert listed({"data": [post("1_2"), old]}) == ["1_2"]


def test_a_pinned_old_post_does_not_end_the_reading():
    old = post("1_1", SINCE - timedelta(days=3))
    assert listed({"data": [old, post("1_2")]}) == ["1_2"]


def test_a_post_without_a_readable_time_is_not_ruled_out():
    assert listed({"data": [post("1_1", None)]}) == ["1_1"]


def test_what_is_no_post_is_passed_over():
    assert listed({"data": [None, "x", post("1_1")]}) == ["1_1"]


def test_the_next_page_is_asked_by_cursor_and_the_address_given_is_never_followed():
    more = {"next": "https://evil.example/?access_token=t", "cursors": {"after": "abc"}}
    graph = Listing({"data": [post("1_2")], "paging": more}, {"data": [post("1_1")], "paging": {}})
    found = [entry["id"] for entry in readback.posts_since(graph, "1", "feed", SINCE)]
    assert found == ["1_2", "1_1"]
    assert "after" not in graph.asked[0]
    assert graph.asked[1]["after"] == "abc"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": {}},
        {"data": [], "paging": {"next": "x"}},
        {"data": [], "paging": {"next": "x", "cursors": 1}},
    ],
)
def test_a_listing_that_cannot_be_read_to_its_end_is_not_sent(answer: Any):
    with pytest.raises(NotSent, match="fb:unreadable"):
        listed(answer)


def test_photos_are_found_in_albums_and_alone():
    album = {"target": {"id": "1_9"}, "subattachments": {"data": [{"target": {"id": "7"}}, {"target": 3}]}}
    assert readback.attached_ids({"attachments": {"data": [album, {"target": {"id": "8"}}, None]}}) == {
        "1_9",
        "7",
        "8",
    }
    assert readback.attached_ids({"attachments": "?"}) == set()
