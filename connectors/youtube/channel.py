"""A YouTube channel: the video goes up private long before its time; at its time one small call shows it.

prepare  session → bytes → video id → thumbnail → captions → playlist, each saved before the next. All of
         it is invisible: a private video shows nowhere, in a playlist neither.
reveal   one `videos.update` by the id with the approved words, the whole status and `privacyStatus=public`:
         it may be repeated, and no other words can come out. YouTube can hold that minute itself
         (`hand_over`); whoever edits the video there after that is found out only when it is public.
remove   private again, not deleted: address, comments and figures are kept as evidence, it can be undone,
         and repeating it harms nothing. What was public once takes no `publishAt` any more.

Google's client takes a third of a second to load, so it is loaded by the first call, not by a look at
the limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

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
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Unknown
from connectors.extras import CommentPage, Conversation, Orphan
from connectors.youtube import comments, reach, readback, visibility
from connectors.youtube.errors import is_gone
from connectors.youtube.quota import QuotaBook
from connectors.youtube.settings import CAPABILITIES, HOLD, Settings
from connectors.youtube.standing import standing
from connectors.youtube.tokens import AccessTokens
from connectors.youtube.words import findings, is_whole, parts_of, same_words
from content.finding import Finding
from content.variant import Variant

if TYPE_CHECKING:
    from connectors.youtube.transport import Api


class YouTubeChannel:
    """Connector for one channel; `Account.account` is the channel's id. Has all the extras there are."""

    capabilities: Capabilities = CAPABILITIES
    at_once = reach.AT_ONCE
    calls_each = 0

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
        """YouTube's own demands on a variant, and what this channel's login cannot do."""
        found = findings(variant)
        if self._settings.login == "device" and parts_of(variant).captions:
            found.append(Finding("youtube.captions_by_device", "block", variant.channel))
        return found

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """The private video with all that belongs to it. Goes on wherever an earlier try ended."""
        from connectors.youtube.preparing import Preparation

        return Preparation(self._context, self._settings, self._api, job, handle, save).run()

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on, by the video's id."""
        video = self._whole(job, handle)
        if handle.get("publish_at"):  # YouTube may have shown it by itself: a look costs a fiftieth
            seen = readback.by_id(self._api, video)
            out = self._answer(job, seen) if seen else None
            if seen and out and same_words(readback.snippet_of(seen), job.variant):
                return out
        try:
            seen = visibility.show(self._api, self._settings, video, job.variant)
        except Refused as error:
            if is_gone(error):
                raise NotPrepared("yt:video-gone", error.detail) from None
            raise
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
        """Whether processing is through. Refused when YouTube could not use the video after all.

        Refused as well when somebody hid or deleted it since it was shown: what a person did in Studio is not
        undone by a machine, and waiting would have no end.
        """
        seen = readback.by_id(self._api, pending.remote_id)
        try:
            answer = self._answer(job, seen) if seen else None
        except NotPrepared as error:
            raise Refused("yt:deleted-meanwhile", error.detail) from None
        if seen is None:
            raise Refused("yt:deleted-meanwhile", pending.remote_id)
        if answer is None:
            raise Refused("yt:hidden-meanwhile", f"{pending.remote_id}: {readback.privacy_of(seen)}")
        return answer

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id; without one by asking the session; without that by the mark among the uploads."""
        video = handle.get("video")
        if not video and handle.get("session"):
            video, unfinished = self._of_session(handle["session"])
            if unfinished:
                return []
        if video:
            seen = readback.by_id(self._api, str(video))
            candidates = [seen] if seen else []
        else:
            candidates = readback.marked(self._api, job, self._context.now())
        return [one for seen in candidates if (one := self._public(job, seen))]

    def health(self) -> Health:
        """Login, rights, identity, limits, quota. A lost login is an answer here, not an error."""
        return standing(self._api, self._tokens, self._context, self._settings)

    def measure(self, published: Published) -> list[Figure]:
        """Counters of now, and Analytics with its delay."""
        return reach.figures(self._api, published)

    def measure_many(self, published: Sequence[Published]) -> Measured:
        """One call for the counters of all and one for their Analytics."""
        answers, calls = reach.many(self._api, published)
        return Measured(dict(answers), calls)

    def comments(self, published: Published, after: str = "") -> CommentPage:
        """What people wrote under it; one unit of quota a page. Refused where they cannot be had."""
        return comments.read(self._api, self._context.account.account, published, after)

    def remove(self, published: Published) -> None:
        """Private again (see above); the video stays in YouTube Studio."""
        visibility.hide(self._api, self._settings, published.remote_id)

    def hand_over(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Private with `publishAt`. Saved before the call: a video that may come out must be known to.

        The window is of no concern to a time that YouTube holds already.
        """
        video, now = self._whole(job, handle), self._context.now()
        held = {**handle, "publish_at": visibility.stamp(job.due_at)}
        seen = readback.by_id(self._api, video)
        if seen is None:
            raise NotPrepared("yt:video-gone", video)
        if self._answer(job, seen):
            raise Refused("yt:public-already", video)
        stands = readback.held_until(seen) == readback.moment(held["publish_at"])
        if stands and same_words(readback.snippet_of(seen), job.variant):
            save(dict(held))
            return held
        if not stands and not HOLD.at_least <= job.due_at - now <= HOLD.at_most:
            raise Refused("yt:hold-window", f"{job.due_at:%F %T}Z is outside the window of now {now:%F %T}Z")
        save({**held, "holding_at": now.isoformat()})
        try:
            seen = visibility.hold(self._api, self._settings, video, job.variant, job.due_at)
        except Refused as error:
            if is_gone(error):
                raise NotPrepared("yt:video-gone", error.detail) from None
            save(dict(handle))  # what stood before stands still
            raise
        if readback.held_until(seen) != readback.moment(held["publish_at"]):
            raise Unknown("yt:not-held", f"{video}: asked for {held['publish_at']}")
        save(dict(held))  # with the `holding_at` of an earlier call, which may still be on its way
        return held

    def recall(self, job: Job, handle: Handle, save: Save) -> Handle:  # noqa: ARG002 the contract's shape
        """Private, no time set. NotSent: hidden now, to be recalled once more in a little while."""
        kept = {name: value for name, value in handle.items() if name not in ("publish_at", "holding_at")}
        if handle.get("video"):
            visibility.take_back(self._api, self._settings, handle, self._context.now())
        save(dict(kept))
        return kept

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """Private videos whose file name is this delivery's; a session without a video is nothing to see."""
        named = {handle.get("video")}
        if None in named and handle.get("session"):
            named.add(self._of_session(handle["session"])[0])
        found = readback.marked(self._api, job, self._context.now(), by_name=True)
        return [readback.orphan_of(v) for v in found if v.get("id") not in named and readback.is_hidden(v)]

    def discard(self, orphan: Orphan) -> None:
        """Deleted for good, if it bears Loa's file name, is private, and nobody has ever seen it.

        No answer tells whether a video was public once. One that was watched, liked or commented on may
        have been (taken down meanwhile, say) and is left to a person.
        """
        part = "status,statistics,fileDetails"
        seen = readback.by_id(self._api, orphan.remote_id, part=part)
        if seen is None:
            return
        if not readback.is_hidden(seen):
            raise Refused("yt:public-already", orphan.remote_id)
        if not readback.is_untouched(seen):
            raise Refused("yt:maybe-seen", orphan.remote_id)
        try:
            self._api.erase(self._api.data.videos().delete(id=orphan.remote_id))
        except Refused as error:
            if not is_gone(error):
                raise
            visibility.require_gone(self._api, orphan.remote_id)

    def login(self) -> Conversation:
        """By browser, or by device code where no captions are sent."""
        from connectors.youtube.login import Login

        return Login(self._context, self._settings).run()

    def _whole(self, job: Job, handle: Handle) -> str:
        """The prepared video's id; raises NotPrepared unless it is exactly what is to be shown."""
        video = handle.get("video")
        if not video:
            raise NotPrepared("yt:not-prepared", "no video in the handle")
        if not is_whole(job.variant, handle, self._settings):
            raise NotPrepared("yt:not-prepared", "what was prepared is not what is to be shown")
        return str(video)

    def _of_session(self, session: dict[str, Any]) -> tuple[str | None, bool]:
        """The id of the video a session made, and whether the session is still without one."""
        from connectors.youtube import upload

        try:
            finished, _ = upload.ask(self._api, str(session["uri"]), int(session["size"]))
        except upload.SessionGone:
            return None, False
        return (str(finished["id"]), False) if finished else (None, True)

    def _answer(self, job: Job, seen: dict[str, Any]) -> Published | Pending | None:
        return readback.answer_of(seen, watch_url=self._settings.watch_url, due_at=job.due_at)

    def _public(self, job: Job, seen: dict[str, Any]) -> Published | None:
        try:
            answer = self._answer(job, seen)
        except (Refused, NotPrepared):
            return None  # failed, rejected, deleted: nothing that anybody can watch
        return answer if isinstance(answer, Published) else None
