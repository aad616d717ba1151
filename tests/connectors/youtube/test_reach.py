"""Figures: missing is not zero, and every figure says what it means and when it was true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connectors.contract import Figure, Published
from connectors.errors import NotSent
from connectors.practice.youtube.world import ALL_SCOPES
from tests.connectors.youtube.harness import ChannelHarness, Clock


def measured(harness: ChannelHarness, published: Published) -> dict[str, Figure]:
    figures = harness.connector().measure(published)
    assert all(figure.value is not None or figure.note for figure in figures)
    return {figure.metric: figure for figure in figures}


@pytest.fixture
def published(harness: ChannelHarness, clock: Clock) -> Published:
    job = harness.job()
    _, one = harness.publish(job)
    return replace(one, published_at=clock())


def test_counters_are_of_now_and_analytics_of_three_days_ago(
    harness: ChannelHarness, clock: Clock, published: Published
) -> None:
    video = harness.server.world.videos[published.remote_id]
    video.counts.update(viewCount=1_234, likeCount=56, commentCount=0)
    figures = measured(harness, published)
    assert {name: figures[name].value for name in ("views", "likes", "comments")} == {
        "views": 1_234,
        "likes": 56,
        "comments": 0,
    }
    assert figures["analytics_views"].value is None
    assert figures["engaged_views"].value is None
    assert "chậm 2–3 ngày" in figures["engaged_views"].note
    clock.advance(days=5)
    video.analytics.update(views=900, engagedViews=610)
    figures = measured(harness, published)
    assert figures["analytics_views"].value == 900
    assert figures["engaged_views"].value == 610
    assert figures["engaged_views"].note


def test_hidden_likes_are_not_zero(harness: ChannelHarness, published: Published) -> None:
    harness.server.world.videos[published.remote_id].counts.update(likeCount=None, commentCount=None)
    figures = measured(harness, published)
    assert figures["likes"].value is None
    assert "ẩn" in figures["likes"].note
    assert figures["comments"].value is None


def test_breaks_in_the_definition_are_named(harness: ChannelHarness, published: Published) -> None:
    figures = measured(harness, published)
    assert "31/3/2025" in figures["views"].definition
    assert "27/8/2026" in figures["analytics_views"].definition


def test_a_login_that_may_not_measure_still_gets_counters(
    harness: ChannelHarness, clock: Clock, published: Published
) -> None:
    clock.advance(days=6)
    harness.channel.scopes = ALL_SCOPES[:2]
    harness.server.app._audit = None  # the oracle would rightly object to the missing scope
    try:
        figures = measured(harness, published)
    finally:
        from tests.oracles.google import audit

        harness.server.app._audit = audit
    assert figures["views"].value is not None
    assert "thiếu quyền" in figures["analytics_views"].note


def test_a_video_that_is_gone_has_no_figures(harness: ChannelHarness, published: Published) -> None:
    harness.server.world.remove(harness.server.world.videos[published.remote_id])
    assert all(figure.value is None for figure in measured(harness, published).values())


def test_a_question_analytics_no_longer_answers_is_not_an_error(
    harness: ChannelHarness, clock: Clock, published: Published
) -> None:
    clock.advance(days=6)
    harness.server.fault("reason_badRequest", operation="reports.query", times=3)
    figures = measured(harness, published)
    assert figures["views"].value is not None
    assert "không trả lời" in figures["engaged_views"].note


def test_one_name_that_analytics_forgot_does_not_lose_the_other(
    harness: ChannelHarness, clock: Clock, published: Published
) -> None:
    clock.advance(days=6)
    harness.server.fault("reason_badRequest", operation="reports.query", times=2)
    figures = measured(harness, published)
    assert figures["analytics_views"].value is None
    assert figures["engaged_views"].value is not None


def test_a_pause_that_analytics_asks_for_leaves_the_counters(
    harness: ChannelHarness, clock: Clock, published: Published
) -> None:
    clock.advance(days=6)
    harness.server.fault("reason_rateLimitExceeded", operation="reports.query")
    figures = measured(harness, published)
    assert figures["views"].value is not None
    assert "analytics_views" not in figures, "what was read of it before stands"


def test_fifty_videos_take_one_call_for_counters_and_one_for_analytics(
    harness: ChannelHarness, clock: Clock
) -> None:
    public = []
    for _ in range(3):
        public.append(replace(harness.publish(harness.job())[1], published_at=clock()))
        clock.advance(days=2)
    clock.advance(days=4)
    for place, one in enumerate(public):
        harness.server.world.videos[one.remote_id].analytics.update(views=100 + place)
    told = harness.connector().measure_many(public)
    assert told.calls == 2
    for place, one in enumerate(public):
        figures = {figure.metric: figure for figure in told.answers[one.remote_id]}
        assert figures["analytics_views"].value == 100 + place
        assert figures["views"].value is not None
        assert figures["analytics_views"].counted_to == date(2026, 11, 27), "the last day that is settled"


def test_without_a_time_of_publication_a_year_is_asked_for(
    harness: ChannelHarness, clock: Clock, published: Published
) -> None:
    clock.advance(days=5)
    figures = measured(harness, replace(published, published_at=None))
    assert figures["engaged_views"].value is not None


def test_measuring_takes_nothing_from_the_publishing_bucket(
    harness: ChannelHarness, published: Published
) -> None:
    before = dict(harness.server.world.used)
    measured(harness, published)
    after = harness.server.world.used
    assert {key[2] for key, used in after.items() if used != before.get(key, 0)} <= {"stats"}


@pytest.mark.parametrize("operation", ["videos.batchGetStats", "reports.query"])
@pytest.mark.parametrize("kind", ["html_502", "empty_200", "cut_before"])
def test_nonsense_is_never_a_figure(
    harness: ChannelHarness, clock: Clock, published: Published, operation: str, kind: str
) -> None:
    clock.advance(days=6)
    harness.server.fault(kind, operation=operation)
    with pytest.raises(NotSent):
        harness.connector().measure(published)
