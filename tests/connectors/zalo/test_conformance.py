"""Zalo keeps the contract, in each of the forms a delivery can take."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance
from connectors.conformance.harness import able, error_of, forget, tried_before
from connectors.errors import Unknown
from tests.connectors.zalo.harness import OaHarness


@pytest.fixture(autouse=True)
def _no_limit(harness: OaHarness) -> None:
    """The suite makes a day's calls within one minute of its clock."""
    harness.oa.calls_per_minute = 10_000


class TestArticles(ConnectorConformance):
    """Hidden article first."""


class TestSlowArticles(ConnectorConformance):
    """The same while Zalo takes its time: every create and update says -214 four times."""

    @pytest.fixture(autouse=True)
    def _slow(self, harness: OaHarness) -> None:
        harness.server.world.verify_delay = 4


class TestVideoArticles(ConnectorConformance):
    """A video first, then a hidden article of type video, which bears no tracking link."""

    @pytest.fixture(autouse=True)
    def _with_video(self, harness: OaHarness) -> None:
        harness.with_video = True


class TestSlowVideoArticles(TestVideoArticles):
    """The same while Zalo converts and works for a while."""

    @pytest.fixture(autouse=True)
    def _slow(self, harness: OaHarness) -> None:
        harness.server.world.verify_delay = 2


class TestBroadcasts(ConnectorConformance):
    """A channel that sends every article to all followers: `reveal="once"`."""

    @pytest.fixture(autouse=True)
    def _to_all(self, harness: OaHarness) -> None:
        harness.settings["broadcast"] = "yes"
        assert harness.connector().capabilities.reveal == "once"

    def test_an_unclear_answer_to_a_reveal_is_unknown_and_find_settles_it(self, harness: OaHarness) -> None:
        """Nothing can settle it: Zalo has no call that tells of a broadcast. A person looks (facts §7)."""
        for trouble in able(harness, "error_after_accept", "cut_after_accept"):
            job = harness.job(pictures=1)
            handle = harness.connector().prepare(job, {}, forget)
            tried = tried_before(harness, job)
            harness.trouble(trouble, "reveal")
            error = error_of(harness, harness.connector().reveal, tried, handle)
            assert isinstance(error, Unknown), f"{trouble}: {error!r}"
            assert harness.connector().find(tried, handle) == []
            assert harness.server.ledger()["total"]["broadcasts"] == 0
