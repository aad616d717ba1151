"""What a round over a thousand posts costs a platform, asked one by one and in batches: counts, not times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Published
from connectors.practice.zalo.world import Article
from tests.connectors.zalo.harness import OA
from tests.loa.metric_trouble import Halls, Stage, halls
from tests.support.office import Office

POSTS = 1_000
FEW = 20
"""Asked one by one, to learn what one costs."""


@pytest.fixture(scope="module")
def running() -> Iterator[Halls]:
    with halls() as opened:
        yield opened


def published(stage: Stage, platform: str) -> list[Published]:
    """A thousand posts, old enough for figures."""
    world, now = stage.harness.server.world, stage.office.clock.now()
    if platform == "Facebook":
        page = next(iter(world.pages.values()))
        page.calls_per_day = 10 * POSTS
        ids = [world.add_post(page, f"Bài {n}", "", [], published=True).id for n in range(POSTS)]
    elif platform == "YouTube":
        one = world.videos[stage.objects[0]]
        world.videos |= {f"v{n:010d}": replace(one, id=f"v{n:010d}") for n in range(POSTS)}
        ids = [f"v{n:010d}" for n in range(POSTS)]
    else:
        fields = {"type": "normal", "title": "Bài", "status": "show", "body": []}
        made = [Article(f"a-{n}", OA, n, fields, now, now) for n in range(POSTS)]
        world.articles |= {one.id: one for one in made}
        world.oas[OA].articles[:] = made
        world.oas[OA].calls_per_minute = 10 * POSTS
        ids = [one.id for one in made]
    stage.office.clock.forward(days=6)
    return [Published(one, published_at=now) for one in ids]


@pytest.mark.parametrize(
    ("platform", "alone", "together", "allowance"),
    [("Facebook", 20, 40, 1_000), ("YouTube", 40, 40, 40), ("Zalo", 2_008, 101, 101)],
)
def test_a_thousand_posts(
    platform: str,
    alone: int,
    together: int,
    allowance: int,
    running: Halls,
    desk: Office,
    tmp_path: Path,
) -> None:
    """`alone`: requests for twenty posts asked one by one; `together`: for all thousand in batches."""
    stage = running.stage(platform, desk, tmp_path)
    posts, world = published(stage, platform), stage.harness.server.world
    connector = stage.harness.connector()
    connector.measure(posts[0])  # the login is renewed by the first call, whichever it is
    arrived = world.arrivals
    arrived.clear()
    for one in posts[1 : 1 + FEW]:
        desk.clock.forward(minutes=2)  # as deliveries come due: Zalo's listing is kept for a moment
        connector.measure(one)
    assert len(arrived) == alone, [entry[2:] for entry in arrived][:10]

    arrived.clear()
    calls = 0
    for begin in range(0, POSTS, connector.at_once):
        told = connector.measure_many(posts[begin : begin + connector.at_once])
        calls += told.calls
        assert all(
            isinstance(answer, list) and any(one.value is not None for one in answer)
            for answer in told.answers.values()
        )
    inner = [entry for entry in arrived if entry[3] == "insights"] if platform == "Facebook" else []
    requests = len(arrived) - (len(inner) - POSTS // connector.at_once if inner else 0)
    assert (requests, calls) == (together, allowance)
