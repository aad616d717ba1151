"""The website keeps the contract that all platforms keep, with and without a public address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from connectors.conformance import ConnectorConformance, Step, Trouble
from connectors.contract import Connector, Job


class SectionHarness:
    """Counts what is public in the served folder itself, by the marker in the pages."""

    troubles: frozenset[Trouble] = frozenset()  # a folder does not misbehave; its own tests break it
    secrets = ()

    def __init__(self, place) -> None:
        self.place = place
        self.made = 0

    def connector(self) -> Connector:
        return self.place.website()

    def job(self, *, pictures: int = 0) -> Job:
        self.made += 1
        media = tuple(self.place.picture(f"anh-{n}.jpg", colour=f"#{n}{n}5") for n in range(pictures))
        return self.place.job(self.made, media=media, due_at=self.place.now)

    def now(self) -> datetime:
        return self.place.now

    def public(self, job: Job) -> int:
        mark = f'<meta name="loa:marker" content="{job.marker}">'
        return sum(mark in page.read_text("utf-8") for page in self.place.current.rglob("*.html"))

    def hidden(self, job: Job) -> int:
        staged = self.place.folder / "data" / "staged"
        return sum(job.marker in path.read_text("utf-8") for path in staged.glob("*.json"))

    def traffic(self) -> int:
        return len(getattr(self.place.http, "asked", ()))

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        raise AssertionError("none declared")


class TestWebsiteOnDisk(ConnectorConformance):
    @pytest.fixture
    def harness(self, place) -> SectionHarness:
        return SectionHarness(place)


class TestWebsiteWithAnAddress(ConnectorConformance):
    @pytest.fixture
    def harness(self, places: Callable) -> SectionHarness:
        place = places("served")
        place.serve()
        return SectionHarness(place)
