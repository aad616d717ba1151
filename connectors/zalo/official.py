"""A Zalo OA as a channel: a hidden article first, then `update` to `show` at the due minute.

Where the channel's settings say so, a post is then sent to all followers, once; such a channel's capabilities
say `reveal="once"`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connectors.contract import (
    Capabilities,
    Context,
    Figure,
    Handle,
    Health,
    Job,
    Measured,
    Pending,
    Published,
    Save,
)
from connectors.errors import ConnectorError, NotPrepared, Refused, Unknown
from connectors.extras import Conversation, Orphan
from connectors.zalo import readback, rules
from connectors.zalo.api import OaApi, as_doubt
from connectors.zalo.article import compose, marker_in, video_of
from connectors.zalo.broadcast import Broadcast, is_wanted
from connectors.zalo.figures import Figures
from connectors.zalo.login import Login
from connectors.zalo.origins import Origins
from connectors.zalo.preparing import Preparation, since, since_ever
from connectors.zalo.settings import CAPABILITIES, Settings
from connectors.zalo.standing import standing
from content.finding import Finding
from content.variant import Variant

NOT_PREPARED = "zalo:not-prepared"


class ZaloOA:
    """Connector for one OA. Also `Measures`, `MeasuresMany`, `Removes`, `ListsOrphans` and `LogsIn`.

    `wait` is how it waits for Zalo to work on an article; tests hand in another.
    """

    capabilities: Capabilities = CAPABILITIES
    at_once = 2_000
    calls_each = 0

    def __init__(self, context: Context, *, wait: Callable[[float], None] | None = None) -> None:
        self._context = context
        self._wait = wait or _wait
        self._settings = Settings.of(context)
        self._api = OaApi(context, self._settings, self._wait)
        self._figures = Figures(self._api)
        self._broadcast = Broadcast(context, self._settings, self._api)
        if self._settings.broadcast:
            self.capabilities = replace(CAPABILITIES, reveal="once")

    def check(self, variant: Variant) -> list[Finding]:
        """Zalo's own demands on a variant."""
        return rules.check(variant, self._settings)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """The hidden article. Going on from a handle asks Zalo what still stands; a token is verified."""
        self._api.begin()
        return Preparation(self._context, self._settings, self._api, job, handle, save).run()

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on, by the hidden article's id. `NotPrepared`: only another `prepare` helps."""
        self._api.begin()
        article = str(handle.get("id") or "")
        video = video_of(job.variant)
        if not article or handle.get("video_sha256", "") != (video.sha256 if video else ""):
            raise NotPrepared(NOT_PREPARED, "no hidden article of this post in the handle")
        if not is_wanted(job.variant, self._settings):
            return self._show(job, handle)
        return self._broadcast.make(
            job,
            article,
            is_shown=lambda: self._is_shown(article),
            show=lambda: self._show(job, handle),
            hide=lambda: self._turn(job, handle, "hide"),
        )

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """An article is never pending here; asked all the same, it tells what the id is now."""
        found = self.find(job, {"id": pending.remote_id})
        return found[0] if found else pending

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id when there is one, else every shown article of this delivery.

        What Zalo shows is compared with the approved text, and a difference told as evidence. Of a delivery
        that is sent to all followers nothing is found until the broadcast is known to have left.
        """
        self._api.begin()
        found = self._shown(job, handle)
        return self._broadcast.only_if_sent(job, found) if is_wanted(job.variant, self._settings) else found

    def health(self) -> Health:
        """Identity, grant, right and package. A lost grant is an answer here; a due token is renewed."""
        self._api.begin()
        return standing(self._api, self._context, self._broadcast.ledger)

    def measure(self, published: Published) -> list[Figure]:
        """Views and shares of the article, and the OA's followers."""
        self._api.begin()
        return self._figures.of([published.remote_id], self._context.now())[published.remote_id]

    def measure_many(self, published: Sequence[Published]) -> Measured:
        """All of them from one reading of the listing."""
        self._api.begin()
        before = self._figures.calls
        answers = self._figures.of([one.remote_id for one in published], self._context.now())
        return Measured(dict(answers), self._figures.calls - before)

    def remove(self, published: Published) -> None:
        """The article is deleted: hiding it would need its whole text again, and deleting makes room in the
        month's quota (facts §8). A broadcast that left cannot be called back; it then leads nowhere."""
        self._api.begin()
        self._delete(published.remote_id)

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """Hidden articles of this delivery, as far as Zalo lists hidden ones (readback says what if not).

        The evidence says what shows it. A video article of an earlier life is known by words and time alone:
        it is listed for a person, and `discard` leaves it there.
        """
        self._api.begin()
        named, begin = self._named(handle), since_ever(job, self._context)
        origins = Origins(self._context).markers()
        return [
            Orphan(
                media["id"],
                "article",
                readback.created_at(media),
                f"status=hide title={media.get('title')} {why}",
            )
            for media, why in readback.left_behind(self._api, job, handle, begin, origins)
            if media["id"] not in named
        ]

    def discard(self, orphan: Orphan) -> None:
        """Deleted after another look; Zalo has no call that deletes only what is hidden.

        Raises Refused also for what is not proven to be Loa's: somebody may have written the same words.
        """
        self._api.begin()
        told = readback.detail(self._api, orphan.remote_id)
        if told is None:
            return
        if told["status"] == "show":
            raise Refused("zalo:orphan-public", orphan.remote_id)
        if not self._is_proven(told):
            raise Refused("zalo:orphan-unproven", orphan.remote_id)
        self._delete(orphan.remote_id)

    def login(self) -> Conversation:
        """An administrator's consent, or a pasted pair of tokens; nothing is stored here."""
        return Login(self._context, self._settings, self._wait).run()

    def _show(self, job: Job, handle: Handle) -> Published:
        self._turn(job, handle, "show")
        article = str(handle["id"])
        return Published(article, self._url(article, handle), evidence="status=show, verified")

    def _turn(self, job: Job, handle: Handle, status: readback.Status) -> None:
        """The whole approved article once more, so what becomes public is the approved text."""
        article, video = str(handle["id"]), str(handle.get("video_id", ""))
        try:
            token = self._api.update(compose(job, self._settings, status=status, id=article, video_id=video))
        except Refused as error:
            if self._is_gone(article):
                raise NotPrepared(NOT_PREPARED, f"the hidden article is gone ({error.code})") from None
            raise
        try:
            verified = self._api.verify(token)
        except ConnectorError as error:
            raise as_doubt(error) from None
        if verified != article:
            raise Unknown("zalo:other-id", f"asked to {status} {article}, Zalo speaks of {verified}")

    def _shown(self, job: Job, handle: Handle) -> list[Published]:
        article = str(handle.get("id") or "")
        told = readback.detail(self._api, article) if article else None
        if told is not None:
            if told["status"] != "show":
                return []
            listed = readback.link_of(self._api, article, readback.kind_of(job))
            url = listed or self._url(article, handle)
            return [readback.published(article, url, told, job, self._settings)]
        return [
            readback.published(
                media["id"],
                readback.link_view(media) or self._url(media["id"], {}),
                told,
                job,
                self._settings,
            )
            for media, told in readback.ours(self._api, job, handle, since(job, self._context))
            if told["status"] == "show"
        ]

    def _named(self, handle: Handle) -> tuple[str, ...]:
        """The articles a handle stands for. Raises NotYet while its token leads to none yet."""
        if "id" in handle:
            return (str(handle["id"]),)
        if "token" not in handle:
            return ()
        try:
            return (self._api.verify(str(handle["token"])),)
        except Refused:
            return ()

    def _delete(self, article: str) -> None:
        try:
            self._api.remove(article)
        except Refused:
            # an id that Zalo does not take is told as gone only where the listing does not say otherwise
            if not self._is_gone(article) or readback.is_listed(self._api, article):
                raise

    def _is_proven(self, told: dict[str, Any]) -> bool:
        """Whether an article bears a delivery's mark, or a video that this workspace brought up."""
        if marker_in(told.get("tracking_link")):
            return True
        return str(told.get("video_id") or "") in Origins(self._context).markers()

    def _is_shown(self, article: str) -> bool:
        told = readback.detail(self._api, article)
        if told is None:
            raise NotPrepared(NOT_PREPARED, "the hidden article is gone")
        return bool(told["status"] == "show")

    def _is_gone(self, article: str) -> bool:
        try:
            return readback.detail(self._api, article) is None
        except ConnectorError:
            return False

    def _url(self, article: str, handle: Handle) -> str:
        return str(handle.get("url") or readback.address_of(self._settings.oa, article))


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)
