"""A Zalo OA as a channel: a hidden article first, then `update` to `show` at the due minute.

Creating is asynchronous and has no idempotency key: `create` gives a token, `verify` turns it into an id
once Zalo has fetched the pictures. An answer lost on the way is looked for by the tracking link, which names
the delivery. A second hidden copy would harm nobody, but may cost one of the month's articles.

A broadcast to followers (once per follower and day) is not made here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.contract import Capabilities, Context, Figure, Handle, Health, Job, Pending, Published, Save
from connectors.errors import ConnectorError, NotPrepared, NotSent, Refused, Unknown
from connectors.zalo import readback, rules
from connectors.zalo.api import OaApi, as_doubt
from connectors.zalo.article import compose, picture_urls
from connectors.zalo.errors import is_picture_not_fetched
from connectors.zalo.figures import Figures
from connectors.zalo.pictures import require_public
from connectors.zalo.settings import CAPABILITIES, Settings
from connectors.zalo.standing import standing
from content.finding import Finding
from content.variant import Variant

SETTLE = timedelta(seconds=30)
"""An article whose create was not answered may take this long to be listed (32 s at worst, facts §2.3)."""
SETTLE_WAITS_S = (2.0, 4.0, 8.0, 8.0, 8.0)
NOT_PREPARED = "zalo:not-prepared"


class ZaloOA:
    """Connector for one OA. Handle: `asked_at`, `token`, then `id` and `url`. Also `Measures`.

    `wait` is how it waits for Zalo to work on an article; tests hand in another.
    """

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, context: Context, *, wait: Callable[[float], None] | None = None) -> None:
        self._context = context
        self._settings = Settings.of(context)
        self._api = OaApi(context, self._settings, wait or _wait)
        self._figures = Figures(self._api)

    def check(self, variant: Variant) -> list[Finding]:
        """Zalo's own demands on a variant."""
        return rules.check(variant, self._settings)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """The hidden article. Going on from a handle asks Zalo what still stands; a token is verified."""
        self._api.begin()
        handle = dict(handle)
        if "id" in handle:
            if readback.detail(self._api, str(handle["id"])) is not None:
                return handle
            handle = {}
        if "token" not in handle:
            found = self._earlier(job, handle)
            if found:
                return self._keep(found[0], found[1], save)
            require_public(self._context.http, picture_urls(job.variant, self._settings), self._api.left_s)
            self._create(job, handle, save)
        return self._keep(self._id_of(handle, save), "", save)

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on, by the hidden article's id. `NotPrepared`: only another `prepare` helps."""
        self._api.begin()
        article = str(handle.get("id") or "")
        if not article:
            raise NotPrepared(NOT_PREPARED, "no hidden article in the handle")
        try:
            token = self._api.update(compose(job, self._settings, status="show", id=article))
        except Refused as error:
            if self._is_gone(article):
                raise NotPrepared(NOT_PREPARED, f"the hidden article is gone ({error.code})") from None
            raise
        try:
            verified = self._api.verify(token)
        except ConnectorError as error:
            raise as_doubt(error) from None
        if verified != article:
            raise Unknown("zalo:other-id", f"asked to show {article}, Zalo speaks of {verified}")
        return Published(article, self._url(article, handle), evidence="status=show, verified")

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """An article is never pending here; asked all the same, it tells what the id is now."""
        found = self.find(job, {"id": pending.remote_id})
        return found[0] if found else pending

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id when there is one, else every shown article with this delivery's tracking link."""
        self._api.begin()
        article = str(handle.get("id") or "")
        told = readback.detail(self._api, article) if article else None
        if told is not None:
            if told["status"] != "show":
                return []
            url = readback.link_of(self._api, article) or self._url(article, handle)
            return [readback.published(article, url, told)]
        return [
            readback.published(media["id"], readback.link_view(media) or self._url(media["id"], {}), told)
            for media, told in readback.ours(self._api, job, self._since(job))
            if told["status"] == "show"
        ]

    def health(self) -> Health:
        """Identity, grant and package. A lost grant is an answer here, no error; a due token is renewed."""
        self._api.begin()
        return standing(self._api, self._settings.oa, self._context.now())

    def measure(self, published: Published) -> list[Figure]:
        """Views and shares."""
        self._api.begin()
        return self._figures.of(published.remote_id, self._context.now())

    def redeem(self, code: str, verifier: str) -> None:
        """The last step of an administrator's consent: a one-use code becomes the channel's pair of tokens.

        `connectors.zalo.signing.code_of` takes the code out of the callback's address, for this OA only.
        """
        self._api.tokens.redeem(code, verifier)

    def _create(self, job: Job, handle: Handle, save: Save) -> None:
        """`handle` gets the token. `asked_at` stays in it exactly when an article may exist without one."""
        handle["asked_at"] = self._context.now().isoformat()
        save(dict(handle))
        self._api.begin()  # a save renews the lease
        try:
            handle["token"] = self._api.create(compose(job, self._settings, status="hide"))
        except Unknown:
            raise
        except ConnectorError:
            del handle["asked_at"]
            save(dict(handle))
            raise
        save(dict(handle))

    def _id_of(self, handle: Handle, save: Save) -> str:
        """Verify the token; one that leads nowhere leaves the handle, so that the next try begins anew."""
        self._api.begin()
        try:
            return self._api.verify(str(handle["token"]))
        except (NotSent, Refused) as error:
            if is_picture_not_fetched(error):
                save({})
                raise
            if isinstance(error, NotSent):
                raise
            if not readback.is_gone(error):
                save({})
                raise
            # the token is too old or not known any more; what it stood for is looked up next time
            save({"asked_at": handle.get("asked_at") or self._context.now().isoformat()})
            raise NotSent(error.code, error.detail) from None

    def _keep(self, article: str, url: str, save: Save) -> Handle:
        handle: Handle = {"id": article}
        save(dict(handle))
        self._api.begin()
        try:
            handle["url"] = url or readback.link_of(self._api, article) or self._url(article, {})
        except ConnectorError:
            return handle  # an address can be made without Zalo; read-back tells the real one
        save(dict(handle))
        return handle

    def _earlier(self, job: Job, handle: Handle) -> tuple[str, str] | None:
        """The article an interrupted try may have left, as (id, address).

        After a create without an answer it is looked for until it must have been listed.
        """
        if job.first_try_at is None and "asked_at" not in handle:
            return None
        settled_at = datetime.fromisoformat(handle["asked_at"]) + SETTLE if "asked_at" in handle else None
        for pause in (*SETTLE_WAITS_S, None):
            for media, _ in readback.ours(self._api, job, self._since(job)):
                return media["id"], readback.link_view(media)
            if settled_at is None or self._context.now() >= settled_at:
                return None
            if pause is None or not self._api.pause(pause):
                break
        raise NotSent("zalo:settling", "the last create was not answered; looking for its article again")

    def _is_gone(self, article: str) -> bool:
        try:
            return readback.detail(self._api, article) is None
        except ConnectorError:
            return False

    def _since(self, job: Job) -> datetime:
        """No try on record may mean a store restored from a backup: then from when it could have begun."""
        return job.first_try_at or min(job.due_at, self._context.now()) - CAPABILITIES.lead

    def _url(self, article: str, handle: Handle) -> str:
        return str(handle.get("url") or readback.address_of(self._settings.oa, article))


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)
