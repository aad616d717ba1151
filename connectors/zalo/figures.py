"""How far an article reached: the two numbers Zalo gives, read from its listing, and the OA's followers.

There is no call for one article's numbers, and a minute has room for few calls: the listing is read page
by page, the newest first, as far as the articles that are asked for, and what it says is kept for a moment.
Of an article that lies deeper than the listing is read nothing is said: what was read of it before stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Figure
from connectors.errors import NotSent
from connectors.zalo import readback
from connectors.zalo.api import OaApi
from connectors.zalo.errors import number
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
        self._pages: Iterator[list[dict[str, Any]]] = iter(())
        self._cut = False
        self._oa: dict[str, Any] | None = None
        self._read_at: datetime | None = None

    def of(self, article: str, now: datetime) -> list[Figure]:
        """One figure per metric; what Zalo did not say is None with a note, what lies too deep left out."""
        if self._read_at is None or not timedelta() <= now - self._read_at < KEPT:
            self._begin(now)
        try:
            while article not in self._listed and (page := next(self._pages, None)) is not None:
                self._listed.update((media["id"], media) for media in page)
        except BaseException:
            self._read_at = None  # a listing that broke off has no next page
            raise
        followers = _figure("followers", "num_follower", self._oa, source=OA_SOURCE)
        media = self._listed.get(article)
        if media is None and self._cut:
            return [followers]
        return [*(_figure(metric, field, media) for metric, field in METRICS), followers]

    def _begin(self, now: datetime) -> None:
        oa = self._api.get("/v2.0/oa/getoa").get("data")
        self._oa, self._read_at = oa if isinstance(oa, dict) else None, now
        self._listed, self._cut, self._pages = {}, False, self._both()

    def _both(self) -> Iterator[list[dict[str, Any]]]:
        """Pages of articles and of films by turns: which of both one is, is not known by its id."""
        kinds = [readback.listed(self._api, "normal"), readback.listed(self._api, "video")]
        while kinds:
            for pages in list(kinds):
                try:
                    page = next(pages, None)
                except NotSent as error:
                    if error.code != "zalo:listing-too-long":
                        raise
                    self._cut, page = True, None
                if page is None:
                    kinds.remove(pages)
                else:
                    yield page


def _figure(metric: str, field: str, told: dict[str, Any] | None, *, source: str = SOURCE) -> Figure:
    value = number(told.get(field)) if told else None
    if value is not None and value < 0:
        value = None
    unlisted = told is None and source == SOURCE
    note = "" if value is not None else say("zalo.notes.not_listed" if unlisted else "zalo.notes.no_data")
    return Figure(metric, value, say(f"zalo.metrics.{metric}", name=field), source, note)
