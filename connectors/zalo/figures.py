"""How far an article reached: the two numbers Zalo gives, read from its listing, and the OA's followers.

There is no call for one article's numbers, so the listing is read, the newest first, as far as it is needed;
what it says is kept for a moment, because a person looks at one article after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Figure
from connectors.counts import whole
from connectors.errors import NotSent
from connectors.zalo import readback
from connectors.zalo.api import OaApi
from content.wording import say

SOURCE = "zalo oa v2.0 article/getslice"
OA_SOURCE = "zalo oa v2.0 oa/getoa"
KEPT = timedelta(minutes=2)
PAGES_MOST = 200
"""Of one kind in one reading: 2,000 articles (Zalo lists ten a page)."""
METRICS = (("views", "total_view"), ("shares", "total_share"))


class Figures:
    """Views and shares by article id, as the listing last told them."""

    def __init__(self, api: OaApi) -> None:
        self._api = api
        self._listed: dict[str, dict[str, Any]] = {}
        self._missing = "zalo.notes.not_listed"
        """Why an article is not among those listed, once all that could be were read."""
        self._whole = False
        self._oa: dict[str, Any] | None = None
        self._read_at: datetime | None = None
        self.calls = 0
        """So many calls were made to Zalo."""

    def of(self, articles: Collection[str], now: datetime) -> dict[str, list[Figure]]:
        """By article one figure per metric; what Zalo did not say is None with a note."""
        fresh = self._read_at is not None and timedelta() <= now - self._read_at < KEPT
        if not fresh or not (self._whole or self._listed.keys() >= set(articles)):
            self._read(set(articles), now)
        return {article: self._figures(article) for article in articles}

    def _figures(self, article: str) -> list[Figure]:
        media = self._listed.get(article)
        unlisted = say(self._missing) if media is None else ""
        figures = [_figure(metric, field, media, note=unlisted) for metric, field in METRICS]
        return [*figures, channel_followers(self._oa)]

    def _read(self, wanted: Set[str], now: datetime) -> None:
        """The newest articles first, until all that are `wanted` were seen."""
        found: dict[str, dict[str, Any]] = {}
        kinds: tuple[readback.Kind, ...] = ("normal", "video")
        missing, whole_listing = "zalo.notes.not_listed", True
        for kind in kinds:
            try:
                for medias in readback.listed(self._api, kind, pages_most=PAGES_MOST):
                    self.calls += 1
                    found.update((media["id"], media) for media in medias)
                    if found.keys() >= wanted:
                        break
            except NotSent as error:
                if error.code != "zalo:listing-too-long":
                    raise
                missing = "zalo.notes.not_reached"
            if found.keys() >= wanted:
                whole_listing = False
                break
        self.calls += 1
        oa = self._api.get("/v2.0/oa/getoa").get("data")
        self._listed, self._oa, self._read_at = found, oa if isinstance(oa, dict) else None, now
        self._missing, self._whole = missing, whole_listing


def channel_followers(oa: dict[str, Any] | None) -> Figure:
    """Who is interested in the OA as a whole, from an answer of `getoa`."""
    return _figure("followers", "num_follower", oa, source=OA_SOURCE)


def _figure(
    metric: str, field: str, told: dict[str, Any] | None, *, source: str = SOURCE, note: str = ""
) -> Figure:
    value = whole(told.get(field)) if told else None
    why = "" if value is not None else note or say("zalo.notes.no_data")
    return Figure(metric, value, say(f"zalo.metrics.{metric}", name=field), source, why)
