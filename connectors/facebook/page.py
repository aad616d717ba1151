"""A Facebook Page as a channel: its posts (`posts`), videos and Reels (`videos`), reach, and the extras."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors.contract import Capabilities, Context, Figure, Handle, Health, Job, Pending, Published, Save
from connectors.errors import AuthLost, Refused
from connectors.extras import Conversation, Orphan
from connectors.facebook import footage, insights, readback, video_status
from connectors.facebook.errors import is_missing, is_permission
from connectors.facebook.graph import BASE_URL, PageGraph
from connectors.facebook.login import converse
from connectors.facebook.message import (
    CAPABILITIES,
    DEFAULT_METRICS,
    DEFAULT_REEL_METRICS,
    DEFAULT_VIDEO_METRICS,
    HOLD,
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
    """Connector for one Page. Also `Measures`, `Removes`, `HandsOver`, `ListsOrphans` and `LogsIn`."""

    capabilities: Capabilities = CAPABILITIES

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
        return self._part(job).prepare(handle, save)

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on. `NotPrepared` means that only another `prepare` helps."""
        return self._part(job).reveal(handle)

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Whether a video is processed. A post is never pending; asked all the same, it tells what it is."""
        if "_" in pending.remote_id:
            post = readback.read_post(self._graph, pending.remote_id)
            return readback.published(post, due_at=job.due_at) if post and post["is_published"] else pending
        seen = video_status.look(self._graph, pending.remote_id)
        if seen is None:
            return pending
        seen.check_usable()
        return seen.published(job) if seen.public else seen.pending()

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id when there is one, else by hidden label, photo or exact text."""
        return self._part(job).find(handle)

    def health(self) -> Health:
        """Identity, token and rights. A lost token is an answer here, not an error."""
        return standing(self._graph, self._page, wants_insights=bool(self._metrics), now=self._context.now())

    def measure(self, published: Published) -> list[Figure]:
        """One figure per metric of the channel's settings."""
        if "_" in published.remote_id:
            return insights.figures(self._graph, published.remote_id, self._metrics)
        lists = (
            self._settings.get("video_metrics") or DEFAULT_VIDEO_METRICS,
            self._settings.get("reel_metrics") or DEFAULT_REEL_METRICS,
        )
        return insights.video_figures(self._graph, published, *lists)

    def remove(self, published: Published) -> None:
        """Delete the post or video. Gone already is success."""
        try:
            self._graph.remove_object(published.remote_id)
        except Refused as error:
            if not is_missing(error):
                raise

    def hand_over(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Let Facebook publish it at `job.due_at`; another time moves it."""
        ahead = job.due_at - self._context.now()
        done = handle.get("scheduled") == int(job.due_at.timestamp())
        if not done and not HOLD.at_least <= ahead <= HOLD.at_most:
            raise Refused("fb:hold-window", f"{job.due_at:%F %T}Z")
        return self._part(job).hand_over(handle, save)

    def recall(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Back in Loa's hands: hidden, or gone and to be prepared again."""
        return self._part(job).recall(handle, save)

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """What an interrupted try left hidden. Refused where the token may not list hidden posts."""
        try:
            return self._part(job).orphans(handle)
        except AuthLost as error:
            if is_permission(error):
                raise Refused("fb:orphans-unreadable", error.detail) from None
            raise

    def discard(self, orphan: Orphan) -> None:
        """Delete one that is still hidden. Refused for what is public by now."""
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
        if there:
            self.remove(Published(orphan.remote_id))

    def login(self) -> Conversation:
        """Lead an officer from a Meta app, or from a pasted token, to the Page's own token."""
        return converse(self._graph_of, wanted=self._page)
