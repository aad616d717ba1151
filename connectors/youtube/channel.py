"""A YouTube channel: the video goes up private long before its time; at its time one small call shows it.

prepare  session → bytes → video id → thumbnail → captions → playlist, each saved before the next. All of
         it is invisible: a private video shows nowhere, in a playlist neither.
reveal   `videos.update` with the whole status and `privacyStatus=public`, by the id: it may be repeated.

Google's client takes a third of a second to load, so it is loaded by the first call, not by a look at
the limits.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from connectors.contract import Capabilities, Context, Figure, Handle, Health, Job, Pending, Published, Save
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Unknown
from connectors.youtube import reach, readback
from connectors.youtube.errors import is_gone
from connectors.youtube.quota import QuotaBook
from connectors.youtube.settings import CAPABILITIES, Settings
from connectors.youtube.standing import standing
from connectors.youtube.tokens import AccessTokens
from connectors.youtube.words import findings, is_whole, status_of
from content.finding import Finding
from content.variant import Variant

if TYPE_CHECKING:
    from connectors.youtube.transport import Api


class YouTubeChannel:
    """Connector for one channel; `Account.account` is the channel's id. Also `Measures`."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = Settings.of(context.account.settings)
        self._tokens = AccessTokens(context, self._settings.token_url)

    @cached_property
    def _api(self) -> Api:
        from connectors.youtube.transport import Api, Wire

        context, client = self._context, self._context.account.secrets.get("client_id", "")
        quota = QuotaBook(context.workspace / "quota", client, context.now)
        wire = Wire(context.http, self._tokens, self._settings)
        return Api(self._settings, wire, self._tokens, quota, context.now)

    def check(self, variant: Variant) -> list[Finding]:
        """YouTube's own demands on a variant."""
        return findings(variant)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """The private video with all that belongs to it. Goes on wherever an earlier try ended."""
        from connectors.youtube.preparing import Preparation

        return Preparation(self._context, self._settings, self._api, job, handle, save).run()

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on, by the video's id."""
        video = handle.get("video")
        if not video:
            raise NotPrepared("yt:not-prepared", "no video in the handle")
        if not is_whole(job.variant, handle, self._settings):
            raise NotPrepared("yt:not-prepared", "what was prepared is not what is to be shown")
        body = {"id": str(video), "status": status_of("public", self._settings)}
        try:
            seen = self._api.run(self._api.data.videos().update(part="status", body=body))
        except Refused as error:
            if is_gone(error):
                raise NotPrepared("yt:video-gone", error.detail) from None
            raise
        if seen.get("id") != video:
            raise Unknown("yt:unreadable", "the answer is about another video, or about none")
        try:
            answer = self._answer(job, seen)
        except NotSent as error:
            if isinstance(error, NotPrepared):
                raise
            raise Unknown(error.code, error.detail) from None
        if answer is None:  # taken, and not done: a channel or account setting holds it back
            raise AuthLost("yt:stays-hidden", f"{video}: asked for public, is {seen['status']}")
        return answer

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Whether processing is through. Refused when YouTube could not use the video after all."""
        seen = readback.by_id(self._api, pending.remote_id)
        if seen is None:
            raise NotPrepared("yt:video-gone", pending.remote_id)
        return self._answer(job, seen) or pending

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id; without one by asking the session; without that by the mark among the uploads."""
        from connectors.youtube import upload

        video = handle.get("video")
        if not video and handle.get("session"):
            session = handle["session"]
            try:
                finished, _ = upload.ask(self._api, str(session["uri"]), int(session["size"]))
            except upload.SessionGone:
                finished = None
            else:
                if finished is None:
                    return []  # not even uploaded
            video = finished["id"] if finished else None
        if video:
            seen = readback.by_id(self._api, str(video))
            candidates = [seen] if seen else []
        else:
            candidates = readback.marked(self._api, job, self._context.now())
        return [one for seen in candidates if (one := self._public(job, seen))]

    def health(self) -> Health:
        """Login, rights, identity, limits, quota. A lost login is an answer here, not an error."""
        return standing(self._api, self._tokens, self._context.account.account)

    def measure(self, published: Published) -> list[Figure]:
        """Counters of now, and Analytics with its delay."""
        return reach.figures(self._api, published)

    def _answer(self, job: Job, seen: dict[str, Any]) -> Published | Pending | None:
        return readback.answer_of(seen, watch_url=self._settings.watch_url, due_at=job.due_at)

    def _public(self, job: Job, seen: dict[str, Any]) -> Published | None:
        try:
            answer = self._answer(job, seen)
        except (Refused, NotPrepared):
            return None  # failed, rejected, deleted: nothing that anybody can watch
        return answer if isinstance(answer, Published) else None
