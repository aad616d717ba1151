"""A Facebook Page as a channel: its posts (`posts`), videos and Reels (`videos`), reach, and the extras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

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
from connectors.errors import AuthLost, ConnectorError, Refused, Throttled
from connectors.extras import CommentPage, Conversation, Orphan
from connectors.facebook import comments, footage, insights, many, readback, video_status
from connectors.facebook.errors import is_missing, is_permission
from connectors.facebook.graph import BASE_URL, BATCH_MOST, PageGraph
from connectors.facebook.held import HeldPost, HeldVideo, is_still_there
from connectors.facebook.login import converse
from connectors.facebook.message import (
    CAPABILITIES,
    DEFAULT_METRICS,
    DEFAULT_REEL_METRICS,
    DEFAULT_VIDEO_METRICS,
    findings,
)
from connectors.facebook.posts import PagePosts
from connectors.facebook.standing import standing
from connectors.facebook.videos import PageVideos
from connectors.http import TOTAL_TIMEOUT_S
from content.finding import Finding
from content.variant import Variant

SETTLE_BY_ID = (timedelta(0), timedelta(seconds=2), timedelta(seconds=10))


class FacebookPage:
    """Connector for one Page. Also `Measures`, `MeasuresMany`, `Removes`, `HandsOver`, `ListsOrphans`,
    `ReadsComments` and `LogsIn`."""

    capabilities: Capabilities = CAPABILITIES
    at_once = BATCH_MOST
    calls_each = 1

    def __init__(self, context: Context) -> None:
        self._context = context
        account = context.account
        self._settings = account.settings
        self._page = account.account
        self._direct = account.settings.get("reveal_mode") == "direct"
        if not self._direct:  # the hidden post's own id answers a read-back for certain
            self.capabilities = replace(CAPABILITIES, settle_after=SETTLE_BY_ID)
        self._metrics = account.settings.get("metrics") or DEFAULT_METRICS
        # `timeout_s` is undeclared: only tests shorten it, and a lease never outlives a longer one
        self._timeout_s = min(float(account.settings.get("timeout_s") or TOTAL_TIMEOUT_S), TOTAL_TIMEOUT_S)
        secrets = account.secrets
        self._graph = self._graph_of(secrets.get("page_token", ""), secrets.get("app_secret", ""))

    def _graph_of(self, token: str, app_secret: str = "") -> PageGraph:
        return PageGraph(
            token,
            http=self._context.http,
            now=self._context.now,
            base_url=self._settings.get("base_url") or BASE_URL,
            app_secret=app_secret,
            timeout_s=self._timeout_s,
        )

    def _part(self, job: Job) -> PagePosts | PageVideos:
        """A variant with a video is a video, every other is a post."""
        context, graph, page = self._context, self._graph, self._page
        if parts := footage.footage_of(job.variant):
            way = self._way(parts)
            return PageVideos(context, graph, page, job, parts, way, direct=self._direct)
        return PagePosts(context, graph, page, job, direct=self._direct)

    def _held(self, job: Job, handle: Handle) -> HeldPost | HeldVideo | None:
        """What the handle names, whatever the variant has become; the two change the handle given here."""
        now = self._context.now()
        since = readback.begin_of(job, now)
        if "video" in handle:
            return HeldVideo(self._graph, self._page, handle, since=since, now=now)
        if handle.get("post") or "scheduling" in handle:
            return HeldPost(self._graph, self._page, handle, since=since, now=now)
        return None

    def _way(self, parts: footage.Footage) -> footage.Way:
        return footage.way_of(self._settings.get("video_as", "feed"), parts.video, self._context.media)

    def check(self, variant: Variant) -> list[Finding]:
        """Facebook's own demands on a variant."""
        found = findings(variant)
        if parts := footage.footage_of(variant):
            path, way = self._context.media, self._way(parts)
            found += footage.findings(variant, parts, way, direct=self._direct, path=path)
        return found

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Photos and a hidden post, or the bytes of a video. Goes on wherever an earlier try ended."""
        part, handle = self._part(job), dict(handle)
        if handle and isinstance(part, PageVideos) is not ("video" in handle):
            if held := self._held(job, handle):  # the variant was of another kind
                held.give_up()
            handle = {}
            save({})
        return part.prepare(handle, save)

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on. `NotPrepared` means that only another `prepare` helps."""
        return self._part(job).reveal(handle)

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Whether a video is processed. A post is never pending; asked all the same, it tells what it is.

        Refused when somebody hid or deleted it since it was shown: what a person did there is not undone by a
        machine, and waiting would have no end.
        """
        if "_" in pending.remote_id:
            post = readback.read_post(self._graph, pending.remote_id)
            return readback.published(post, due_at=job.due_at) if post and post["is_published"] else pending
        parts, now = footage.footage_of(job.variant), self._context.now()
        named = {"video": pending.remote_id, "way": self._way(parts) if parts else "feed", "whole": True}
        since = readback.begin_of(job, now)
        seen = HeldVideo(self._graph, self._page, named, since=since, now=now).look()
        young = now - job.due_at < video_status.SHOWS_WITHIN
        if seen is None:
            if young:
                return pending
            raise Refused("fb:deleted-meanwhile", pending.remote_id)
        seen.check_usable()
        if seen.stage == "ready" and not seen.out and not young:
            raise Refused("fb:hidden-meanwhile", pending.remote_id)
        return seen.published(job) if seen.public else seen.pending()

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id when there is one, else by hidden label, photo or exact text."""
        return self._part(job).find(handle)

    def health(self) -> Health:
        """Identity, token and rights. A lost token is an answer here, not an error."""
        return standing(self._graph, self._page, wants_insights=bool(self._metrics))

    def measure(self, published: Published) -> list[Figure]:
        """One figure per metric of the channel's settings."""
        if "_" in published.remote_id:
            return insights.figures(self._graph, published.remote_id, self._metrics)
        lists = (
            self._settings.get("video_metrics") or DEFAULT_VIDEO_METRICS,
            self._settings.get("reel_metrics") or DEFAULT_REEL_METRICS,
        )
        return insights.video_figures(self._graph, published, *lists)

    def measure_many(self, published: Sequence[Published]) -> Measured:
        """Posts in one request; a video has lists and fields of its own and is asked alone."""
        before = self._graph.calls
        posts = [one.remote_id for one in published if "_" in one.remote_id]
        answers = many.figures(self._graph, posts, self._metrics) if posts else {}
        for video in (one for one in published if "_" not in one.remote_id):
            try:
                answers[video.remote_id] = self.measure(video)
            except ConnectorError as error:
                answers[video.remote_id] = error
                if isinstance(error, AuthLost | Throttled):
                    break
        return Measured(answers, self._graph.calls - before)

    def comments(self, published: Published, after: str = "") -> CommentPage:
        """What people wrote under it. Refused (`fb:comments-unreadable`) where the token may not read it."""
        return comments.read(self._graph, self._page, published, after)

    def remove(self, published: Published) -> None:
        """Delete the post or video. Gone already is success, once nothing shows it any more.

        "Does not exist" is also what Facebook says where only a right is missing.
        """
        try:
            self._graph.remove_object(published.remote_id)
        except Refused as error:
            if not is_missing(error):
                raise
            if is_still_there(self._graph, self._page, published, self._context.now()):
                raise Refused("fb:not-removed", error.detail) from None

    def hand_over(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Let Facebook publish it at `job.due_at`; another time moves it."""
        return self._part(job).hand_over(handle, save)

    def recall(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Back in Loa's hands: hidden, or gone and to be prepared again."""
        handle = dict(handle)
        if held := self._held(job, handle):
            held.call_back()
            save(dict(handle))
        elif self._direct and (out := self.find(job, handle)):
            raise Refused("fb:already-public", out[0].url)
        return handle

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """What an interrupted try left hidden. Refused where the token may not list hidden posts."""
        try:
            return self._part(job).orphans(handle)
        except AuthLost as error:
            if is_permission(error):
                raise Refused("fb:orphans-unreadable", error.detail) from None
            raise

    def discard(self, orphan: Orphan) -> None:
        """Delete one that is still hidden. Refused for what is public, and what only its words make ours."""
        if orphan.kind == "video":
            seen = video_status.look(self._graph, orphan.remote_id)
            if seen is not None and seen.out:
                raise Refused("fb:already-public", seen.url)
            there = seen is not None
        else:
            post = readback.read_post(self._graph, orphan.remote_id)
            if post is not None and post["is_published"]:
                raise Refused("fb:already-public", str(post.get("permalink_url") or ""))
            there = post is not None
        if there and not orphan.evidence.startswith(readback.PROVEN):
            raise Refused("fb:orphan-unproven", orphan.evidence)
        if there:
            self.remove(Published(orphan.remote_id))

    def login(self) -> Conversation:
        """Lead an officer from a Meta app, or from a pasted token, to the Page's own token."""
        return converse(self._graph_of, wanted=self._page)
