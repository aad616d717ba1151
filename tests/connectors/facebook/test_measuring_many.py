"""Many posts in one request: each is answered as if it had been asked alone, and costs what it did alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connectors.contract import Figure, Measured, MeasuresMany, Published
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled
from connectors.facebook.graph import PageGraph
from connectors.http import Answer
from tests.connectors.facebook.harness import PAGE, PageHarness


@pytest.fixture
def posts(two_step: PageHarness) -> list[Published]:
    """Four posts, old enough to have figures."""
    page = two_step.server.world.pages[PAGE]
    made = [two_step.server.world.add_post(page, f"Bài {n}", "", [], published=True) for n in range(4)]
    two_step.clock.advance(hours=60)
    return [Published(post.id) for post in made]


def edges(page: PageHarness) -> Counter[str]:
    return Counter(arrival[3] for arrival in page.server.world.arrivals)


def values(told: list[Figure] | ConnectorError) -> dict[str, int | None]:
    assert isinstance(told, list), told
    return {figure.metric: figure.value for figure in told}


def ask(page: PageHarness, posts: list[Published], **settings: str) -> Measured:
    connector = page.connector(**settings)
    assert isinstance(connector, MeasuresMany)
    return connector.measure_many(posts)


def test_a_batch_tells_what_asking_one_by_one_tells(two_step: PageHarness, posts: list[Published]) -> None:
    told = ask(two_step, posts)
    assert edges(two_step)["batch"] == 1
    assert told.calls == 4, "Facebook counts the parts, not the request"
    connector = two_step.connector()
    assert told.answers == {one.remote_id: connector.measure(one) for one in posts}


def test_a_dead_name_is_found_out_once_and_not_by_every_post(
    two_step: PageHarness, posts: list[Published]
) -> None:
    told = ask(two_step, posts, metrics="post_media_view,post_impressions,post_clicks")
    assert told.calls == 1 + 3 + 3, "the list, its three names, and the other three posts"
    for one in posts:
        figures = values(told.answers[one.remote_id])
        assert figures["post_impressions"] is None
        assert figures["views"] is not None
        assert figures["clicks"] is not None


def test_one_post_that_refuses_every_name_speaks_for_itself_only(
    two_step: PageHarness, posts: list[Published]
) -> None:
    two_step.server.fault("code_100", edge="insights", object=posts[0].remote_id, times=99)
    told = ask(two_step, posts)
    assert set(values(told.answers[posts[0].remote_id]).values()) == {None}
    assert all(values(told.answers[posts[n].remote_id])["views"] for n in (1, 2, 3))


def test_where_two_posts_refuse_every_name_the_names_are_dead(
    two_step: PageHarness, posts: list[Published]
) -> None:
    told = ask(two_step, posts, metrics="post_impressions,post_engaged_users")
    assert told.calls == 2 * (1 + 2), "the list and its two names, by two posts; the others are not asked"
    assert {value for one in posts for value in values(told.answers[one.remote_id]).values()} == {None}


def test_a_post_that_is_gone_loses_no_other(two_step: PageHarness, posts: list[Published]) -> None:
    for gone in (posts[0], posts[2]):
        two_step.server.world.remove(two_step.server.world.posts[gone.remote_id])
    told = ask(two_step, posts)
    assert isinstance(told.answers[posts[0].remote_id], Refused)
    assert isinstance(told.answers[posts[2].remote_id], Refused)
    assert all(values(told.answers[posts[n].remote_id])["views"] for n in (1, 3))


@pytest.mark.parametrize(("kind", "error"), [("500", NotSent), ("cut", NotSent), ("code_80001", Throttled)])
def test_trouble_with_one_part_is_that_parts_own(
    two_step: PageHarness, posts: list[Published], kind: str, error: type[ConnectorError]
) -> None:
    two_step.server.fault(kind, edge="insights", object=posts[2].remote_id)
    told = ask(two_step, posts)
    assert isinstance(told.answers[posts[2].remote_id], error)
    assert all(values(told.answers[posts[n].remote_id])["views"] for n in (0, 1, 3))


@pytest.mark.parametrize("kind", ["500", "cut", "html_502", "empty_200", "truncated_200", "wrong_types_200"])
def test_a_batch_that_is_lost_is_lost_as_a_whole(
    two_step: PageHarness, posts: list[Published], kind: str
) -> None:
    two_step.server.fault(kind, edge="batch")
    with pytest.raises(NotSent):
        ask(two_step, posts)


def test_a_short_answer_leaves_no_post_without_one(two_step: PageHarness, posts: list[Published]) -> None:
    two_step.server.fault("list_200", edge="batch")
    told = ask(two_step, posts)
    assert values(told.answers[posts[0].remote_id])["views"]
    assert all(isinstance(told.answers[one.remote_id], NotSent) for one in posts[1:])


@pytest.mark.parametrize("mixed", ["reversed", "one_missing"])
def test_no_post_is_told_the_figures_of_another(
    two_step: PageHarness, posts: list[Published], mixed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = PageGraph._send

    def mixing(graph: PageGraph, method: str, url: str, *args: Any, **more: Any) -> tuple[Answer, Any]:
        answer, body = send(graph, method, url, *args, **more)
        if isinstance(body, list):
            body = body[::-1] if mixed == "reversed" else body[1:]
        return answer, body

    monkeypatch.setattr(PageGraph, "_send", mixing)
    told = ask(two_step, posts)
    assert values(told.answers[posts[0].remote_id])["views"]
    assert isinstance(told.answers[posts[1].remote_id], NotSent)
    assert isinstance(told.answers[posts[3].remote_id], NotSent)


def test_one_silent_post_is_stepped_over_and_two_are_an_outage(
    two_step: PageHarness, posts: list[Published]
) -> None:
    two_step.server.fault("500", edge="insights", object=posts[0].remote_id)
    told = ask(two_step, posts)
    assert isinstance(told.answers[posts[0].remote_id], NotSent)
    assert values(told.answers[posts[1].remote_id])["views"]
    two_step.server.fault("500", edge="insights", times=2)
    with pytest.raises(NotSent):
        ask(two_step, posts)


def test_a_last_post_that_is_silent_takes_back_no_answer(
    two_step: PageHarness, posts: list[Published]
) -> None:
    two_step.server.world.remove(two_step.server.world.posts[posts[0].remote_id])
    two_step.server.fault("500", edge="insights", object=posts[1].remote_id)
    told = ask(two_step, posts[:2])
    assert isinstance(told.answers[posts[0].remote_id], Refused)
    assert isinstance(told.answers[posts[1].remote_id], NotSent)


def test_without_the_right_to_measure_nothing_stops(two_step: PageHarness, posts: list[Published]) -> None:
    two_step.server.fault("code_200", edge="insights", times=4)
    told = ask(two_step, posts)
    assert {value for one in posts for value in values(told.answers[one.remote_id]).values()} == {None}


def test_a_lost_token_concerns_all_of_them(two_step: PageHarness, posts: list[Published]) -> None:
    two_step.server.fault("code_190", edge="insights")
    with pytest.raises(AuthLost):
        ask(two_step, posts)
