"""Figures: one call for all, one by one when a name has died, and never a zero for a silence."""

from __future__ import annotations

import pytest

from connectors.contract import Figure, Measures, Published
from connectors.errors import AuthLost, NotSent, Refused
from content.wording import use_language
from tests.connectors.facebook.harness import PAGE, START, PageHarness

METRICS = ["reach", "views", "reactions", "comments", "shares", "clicks"]


@pytest.fixture
def published(two_step: PageHarness) -> Published:
    job = two_step.job()
    connector = two_step.connector()
    post = connector.reveal(job, connector.prepare(job, {}, lambda _: None))
    assert isinstance(post, Published)
    return post


def by_metric(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.metric: figure for figure in figures}


def asked(page: PageHarness) -> int:
    return sum(arrival[3] == "insights" for arrival in page.server.world.arrivals)


def test_a_page_measures(two_step: PageHarness):
    assert isinstance(two_step.connector(), Measures)


def test_a_young_post_has_no_figures_and_no_zeroes(two_step: PageHarness, published: Published):
    figures = two_step.connector().measure(published)
    assert [figure.metric for figure in figures] == METRICS
    assert {figure.value for figure in figures} == {None}
    assert all("chưa cho biết" in figure.note for figure in figures)


def test_figures_grow_and_come_in_one_call(two_step: PageHarness, published: Published):
    two_step.clock.advance(hours=6)
    early = by_metric(two_step.connector().measure(published))
    assert asked(two_step) == 1
    two_step.clock.advance(hours=60)
    late = by_metric(two_step.connector().measure(published))
    for metric in METRICS:
        assert late[metric].value is not None
        assert (early[metric].value or 0) <= late[metric].value
    assert late["views"].value > late["reach"].value > late["reactions"].value


def test_a_figure_names_facebooks_metric_and_its_meaning(two_step: PageHarness, published: Published):
    reach = by_metric(two_step.connector().measure(published))["reach"]
    assert reach.definition.startswith("post_total_media_view_unique: ước tính")
    assert reach.source == "facebook insights v26.0"
    use_language("en")
    try:
        reach = by_metric(two_step.connector().measure(published))["reach"]
        assert "estimated number of people" in reach.definition
    finally:
        use_language("vi")


def test_one_dead_name_costs_only_itself(two_step: PageHarness, published: Published):
    two_step.clock.advance(hours=60)
    metrics = "post_media_view, post_impressions_unique,post_clicks"
    figures = by_metric(two_step.connector(metrics=metrics).measure(published))
    assert figures["views"].value
    assert figures["clicks"].value
    dead = figures["post_impressions_unique"]
    assert dead.value is None
    assert "không còn chỉ số này" in dead.note
    assert asked(two_step) == 4


def test_a_new_name_is_read_as_a_plain_number(two_step: PageHarness, published: Published):
    two_step.clock.advance(hours=60)
    figure = two_step.connector(metrics="post_reactions_like_total").measure(published)[0]
    assert figure.metric == "post_reactions_like_total"
    assert figure.value


def test_a_breakdown_without_a_key_is_a_silence(two_step: PageHarness, published: Published):
    two_step.clock.advance(minutes=5)  # a few views, no comment yet: Facebook leaves the key out
    figures = by_metric(two_step.connector().measure(published))
    assert figures["comments"].value is None
    assert figures["reach"].value is not None


def test_no_right_to_measure_does_not_stop_the_channel(two_step: PageHarness, published: Published):
    two_step.server.world.pages[PAGE].scopes = ("pages_manage_posts", "pages_read_engagement")
    figures = two_step.connector().measure(published)
    assert [figure.metric for figure in figures] == METRICS
    assert all("read_insights" in figure.note for figure in figures)


def test_other_trouble_is_told_as_it_is(two_step: PageHarness, published: Published):
    two_step.server.fault("code_190", edge="insights")
    with pytest.raises(AuthLost):
        two_step.connector().measure(published)
    two_step.server.fault("html_502", edge="insights")
    with pytest.raises(NotSent):
        two_step.connector().measure(published)
    with pytest.raises(Refused, match="fb:100/33"):
        two_step.connector().measure(Published("100200300_1"))


@pytest.mark.parametrize("kind", ["list_200", "wrong_types_200", "empty_200"])
def test_nonsense_is_no_figure(two_step: PageHarness, published: Published, kind: str):
    two_step.server.fault(kind, edge="insights")
    try:
        figures = two_step.connector().measure(published)
    except NotSent:
        return
    assert {figure.value for figure in figures} == {None}


@pytest.fixture
def shown(video: PageHarness) -> Published:
    return _published(video)


def _published(page: PageHarness) -> Published:
    job = page.job()
    connector = page.connector()
    outcome = connector.reveal(job, connector.prepare(job, {}, lambda _: None))
    if not isinstance(outcome, Published):
        outcome = connector.poll(job, outcome)
    assert isinstance(outcome, Published)
    page.clock.advance(hours=60)
    return outcome


def test_a_feed_video_and_a_reel_are_asked_by_their_own_lists(video: PageHarness, reel: PageHarness):
    for page, name in ((video, "total_video_views"), (reel, "blue_reels_play_count")):
        page.server.reset()
        figures = by_metric(page.connector().measure(_published(page)))
        assert figures["views"].definition.startswith(f"{name}: ")
        for metric in ("views", "reactions", "watched_ms", "comments", "likes"):
            assert figures[metric].value, metric


def test_one_dead_name_of_a_video_costs_only_itself(video: PageHarness, shown: Published):
    metrics = "total_video_views,total_video_impressions"
    figures = by_metric(video.connector(video_metrics=metrics).measure(shown))
    assert figures["views"].value
    assert "không còn chỉ số này" in figures["total_video_impressions"].note


def test_counts_of_a_video_without_the_right_are_missing_and_not_zero(video: PageHarness, shown: Published):
    rights = ("pages_manage_posts", "pages_read_engagement")
    video.server.world.pages[PAGE].scopes = (*rights, "read_insights", "pages_manage_engagement")
    figures = by_metric(video.connector().measure(shown))
    assert figures["views"].value
    assert figures["comments"].value is None
    assert "pages_read_user_content" in figures["comments"].note
    video.server.world.pages[PAGE].scopes = rights
    figures = by_metric(video.connector().measure(shown))
    assert figures["views"].value is None
    assert "pages_manage_engagement" in figures["views"].note


def test_a_silent_video_has_no_figures_and_no_zeroes(video: PageHarness, shown: Published):
    video.clock.now = START  # as young as it can be
    figures = by_metric(video.connector().measure(shown))
    assert figures["views"].value is None
    assert "chưa cho biết" in figures["views"].note
    assert figures["comments"].value == 0, "a count that was told is a zero"
