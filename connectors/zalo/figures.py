"""How far an article reached: the two numbers Zalo gives, read from its listing, and the OA's followers.

There is no call for one article's numbers, so the whole listing is read; what it says is kept for a
moment, because the figures of a channel's articles are asked for one after the other.
"""

from __future__ import annotations

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
METRICS = (("views", "total_view"), ("shares", "total_share"))


class Figures:
    """Views and shares by article id, as the listing last told them."""

    def __init__(self, api: OaApi) -> None:
        self._api = api
        self._listed: dict[str, dict[str, Any]] = {}
        self._oa: dict[str, Any] | None = None
        self._read_at: datetime | None = None
        self.calls = 0
        """So many calls were made to Zalo."""

    def of(self, article: str, now: datetime) -> list[Figure]:
        """One figure per metric; what Zalo did not say is None with a note."""
        if self._read_at is None or not timedelta() <= now - self._read_at < KEPT:
            self._read(now)
        media = self._listed.get(article)
        figures = [_figure(metric, field, media) for metric, field in METRICS]
        return [*figures, channel_followers(self._oa)]

    def _read(self, now: datetime) -> None:
        found: dict[str, dict[str, Any]] = {}
        kinds: tuple[readback.Kind, ...] = ("normal", "video")
        for kind in kinds:
            try:
                for medias in readback.listed(self._api, kind):
                    self.calls += 1
                    found.update((media["id"], media) for media in medias)
            except NotSent as error:
                if error.code != "zalo:listing-too-long":
                    raise
        self.calls += 1
        oa = self._api.get("/v2.0/oa/getoa").get("data")
        self._listed, self._oa, self._read_at = found, oa if isinstance(oa, dict) else None, now


def channel_followers(oa: dict[str, Any] | None) -> Figure:
    """Who is interested in the OA as a whole, from an answer of `getoa`."""
    return _figure("followers", "num_follower", oa, source=OA_SOURCE)


def _figure(metric: str, field: str, told: dict[str, Any] | None, *, source: str = SOURCE) -> Figure:
    value = whole(told.get(field)) if told else None
    unlisted = told is None and source == SOURCE
    note = "" if value is not None else say("zalo.notes.not_listed" if unlisted else "zalo.notes.no_data")
    return Figure(metric, value, say(f"zalo.metrics.{metric}", name=field), source, note)
