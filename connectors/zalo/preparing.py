"""The hidden article, step by step, each saved before the next begins.

Creating is asynchronous and has no idempotency key: `create` gives a token, `verify` turns it into an id once
Zalo has fetched the pictures. An answer lost on the way is looked for by what names the delivery. A second
hidden copy would harm nobody, but may cost one of the month's articles.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.contract import Context, Handle, Job, Save
from connectors.errors import ConnectorError, NotSent, Refused, Unknown
from connectors.zalo import readback
from connectors.zalo.api import OaApi
from connectors.zalo.article import compose, picture_urls, video_of
from connectors.zalo.errors import is_picture_not_fetched
from connectors.zalo.pictures import require_public
from connectors.zalo.settings import CAPABILITIES, Settings
from connectors.zalo.video import Videos

SETTLE = timedelta(seconds=30)
"""An article whose create was not answered may take this long to be listed (32 s at worst, facts §2.3)."""
SETTLE_WAITS_S = (2.0, 4.0, 8.0, 8.0, 8.0)


class Preparation:
    """One run of `prepare`.

    Handle: `asked_at`, `token`, then `id`, `url`; for a video `video_sha256`, `video_token`, then `video_id`.
    """

    def __init__(
        self, context: Context, settings: Settings, api: OaApi, job: Job, handle: Handle, save: Save
    ) -> None:
        self._context, self._settings, self._api = context, settings, api
        self._job, self._save = job, save
        self._video = video_of(job.variant)
        wanted = self._video.sha256 if self._video else ""
        # Another file was approved meanwhile: what was made with the first one is left as an orphan.
        self._handle: Handle = dict(handle) if handle.get("video_sha256", "") == wanted else {}

    def run(self) -> Handle:
        """Goes on where the handle ends, asking Zalo what of it still stands."""
        handle = self._handle
        if "id" in handle:
            if readback.detail(self._api, str(handle["id"])) is not None:
                return handle
            handle = self._handle = self._of_video()
        if self._video and "video_id" not in handle:
            Videos(self._context, self._api, self._job.marker).bring_up(self._video, handle, self._save)
        if "token" not in handle:
            found = self._earlier()
            if found:
                return self._keep(*found)
            self._require_pictures()
            self._create()
        return self._keep(self._id(), "")

    def _of_video(self) -> Handle:
        return {name: value for name, value in self._handle.items() if name.startswith("video_")}

    def _require_pictures(self) -> None:
        require_public(
            self._context.http,
            picture_urls(self._job.variant, self._settings),
            left_s=self._api.left_s,
            due_at=self._job.due_at,
            now=self._context.now(),
        )

    def _create(self) -> None:
        """The handle gets the token. `asked_at` stays exactly when an article may exist without one."""
        handle = self._handle
        handle["asked_at"] = self._context.now().isoformat()
        self._save(dict(handle))
        self._api.begin()  # a save renews the lease
        video = str(handle.get("video_id", ""))
        try:
            handle["token"] = self._api.create(
                compose(self._job, self._settings, status="hide", video_id=video)
            )
        except Unknown:
            raise
        except ConnectorError:
            del handle["asked_at"]
            self._save(dict(handle))
            raise
        self._save(dict(handle))

    def _id(self) -> str:
        """Verify the token; one that leads nowhere leaves the handle, so that the next try begins anew."""
        self._api.begin()
        try:
            return self._api.verify(str(self._handle["token"]))
        except (NotSent, Refused) as error:
            if is_picture_not_fetched(error):
                self._save(self._of_video())
                raise
            if isinstance(error, NotSent):
                raise
            if not readback.is_gone(error):
                self._save(self._of_video())
                raise
            # the token is too old or not known any more; what it stood for is looked up next time
            asked_at = self._handle.get("asked_at") or self._context.now().isoformat()
            self._save({**self._of_video(), "asked_at": asked_at})
            raise NotSent("zalo:article-token-gone", error.detail) from None

    def _keep(self, article: str, url: str) -> Handle:
        handle: Handle = {**self._of_video(), "id": article}
        self._save(dict(handle))
        self._api.begin()
        try:
            listed_url = url or readback.link_of(self._api, article, readback.kind_of(self._job))
        except ConnectorError:
            return handle  # an address can be made without Zalo; read-back tells the real one
        handle["url"] = listed_url or readback.address_of(self._settings.oa, article)
        self._save(dict(handle))
        return handle

    def _earlier(self) -> tuple[str, str] | None:
        """The article an interrupted try may have left, as (id, address).

        After a create without an answer it is looked for until it must have been listed.
        """
        asked_at = self._handle.get("asked_at")
        if self._job.first_try_at is None and not asked_at:
            return None
        settled_at = datetime.fromisoformat(asked_at) + SETTLE if asked_at else None
        for pause in (*SETTLE_WAITS_S, None):
            for media, _ in readback.ours(
                self._api, self._job, self._handle, since(self._job, self._context)
            ):
                return media["id"], readback.link_view(media)
            if settled_at is None or self._context.now() >= settled_at:
                return None
            if pause is None or not self._api.pause(pause):
                break
        raise NotSent("zalo:settling", "the last create was not answered; looking for its article again")


def since(job: Job, context: Context) -> datetime:
    """No try on record may mean a store restored from a backup: then from when it could have begun."""
    return job.first_try_at or min(job.due_at, context.now()) - CAPABILITIES.lead


def since_ever(job: Job, context: Context) -> datetime:
    """From when any life of the workspace could have begun: the try on record need not be the first."""
    return min(since(job, context), job.due_at - CAPABILITIES.lead)
