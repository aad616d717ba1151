"""A Page's videos: the bytes go up first, unseen, and one small call by the known id makes them public.

two_step  (feed video) prepare ends with `finish` and `published=false`, then the thumbnail and the captions;
          reveal is `POST /{video}` with `published=true`. The spec of the Video node has that parameter
          (`AdVideo.json`, `#update`) and it may be repeated; on a live Page it is not tried yet.
direct    (feed video) prepare ends when all bytes are there; reveal is the documented `finish` with
          `published=true`. Captions cannot go along then, which `check` says.
Reel      always like `direct`: `finish` with `video_state=PUBLISHED` is the one documented way.

`finish` belongs to one upload and its video id was saved before the first byte left, so it cannot make a
second video; and reveal reads that id first, every time. Handle: `video`, `way`, `file` (sha256), `begun`,
`session` + `next` or `address` + `sending`, `whole`, `finishing`, `finished`, `said`, `thumbnail`,
`captions`, `scheduling` and `scheduled` (epoch seconds: asked for, and taken).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.contract import Context, Handle, Job, Pending, Published, Save
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Unknown
from connectors.extras import Orphan
from connectors.facebook import captions, readback, upload, video_status
from connectors.facebook.footage import Footage, Way, said, title_of
from connectors.facebook.graph import PageGraph
from connectors.facebook.held import HeldVideo, demand_window, is_closed
from connectors.facebook.message import message_of, same_text, same_words
from connectors.facebook.video_status import Seen
from content.variant import MediaRef

NOT_PREPARED = "fb:not-prepared"
RENEW_EVERY = timedelta(seconds=10)
"""How often the lease is renewed while bytes leave: one piece may outlast it."""
LABEL = "loa:"
"""What `custom_labels` carries: they are "not published and only appear in insights data" (facts §1.4)."""


class PageVideos:
    """The video part of one Page for one delivery."""

    def __init__(
        self,
        context: Context,
        graph: PageGraph,
        page: str,
        job: Job,
        footage: Footage,
        way: Way,
        *,
        direct: bool,
    ) -> None:
        self._context, self._graph, self._page = context, graph, page
        self._job, self._footage, self._way = job, footage, way
        self._hidden_first = way == "feed" and not direct
        self._said = said(job.variant)

    # what can be done unseen

    def prepare(self, handle: Handle, save: Save) -> Handle:
        """Go on wherever an earlier try ended."""
        handle = dict(handle)
        seen = self._standing(handle) if handle.get("video") else None
        if seen is not None and seen.out:
            if handle.get("said") not in (None, self._said):
                raise Refused("fb:already-public", seen.url)  # with the words of before
            return handle
        if not handle.get("whole"):
            self._bring_up(handle, save)
        if seen is not None:
            self._adopt(handle, seen, save)
        if self._hidden_first and not handle.get("finished"):
            seen = self._finish(handle, save, published=False)
            if seen is not None:
                self._adopt(handle, seen, save)
        if handle.get("finished"):
            self._bring_up_to_date(handle, seen, save)
        return handle

    def _standing(self, handle: Handle) -> Seen | None:
        """The video of the handle as it is now; empties a handle whose video is of no more use."""
        held = self._held(handle)
        if (handle.get("file"), handle.get("way")) != (self._footage.video.sha256, self._way):
            held.give_up()  # another file was approved
            return None
        seen = held.settled()
        if seen is None:
            if held.is_finished:  # deleted by somebody; what only could not be seen must not come out as well
                held.remove()
                handle.clear()
            return None
        try:
            seen.check_usable()
        except NotPrepared:
            handle.clear()
            return None
        return seen

    def _adopt(self, handle: Handle, seen: Seen, save: Save) -> None:
        """A finish whose answer was lost had arrived."""
        if handle.get("finishing") and not handle.get("finished") and seen.stage != "uploading":
            due = seen.due or handle.get("scheduling")
            news = {"scheduled": due} if seen.scheduled and due else {}
            self._keep(handle, save, finished=self._now(), **news)

    def _bring_up(self, handle: Handle, save: Save) -> None:
        resumed = bool(handle.get("video"))
        if not resumed:
            self._begin(handle, save)
        try:
            self._send(handle, save, resumed=resumed)
        except upload.SessionGone:
            handle.clear()
            self._begin(handle, save)
            self._send(handle, save, resumed=False)
        self._keep(handle, save, whole=True)

    def _begin(self, handle: Handle, save: Save) -> None:
        ref = self._footage.video
        begun = upload.start(self._graph, self._page, ref, reel=self._way == "reel")
        self._keep(handle, save, **begun, way=self._way, file=ref.sha256, begun=self._now())

    def _send(self, handle: Handle, save: Save, *, resumed: bool) -> None:
        ref, kept_at = self._footage.video, self._context.now()

        def keep(**news: Any) -> None:
            nonlocal kept_at
            kept_at = self._context.now()
            self._keep(handle, save, **news)

        def on_move() -> None:
            if self._context.now() - kept_at >= RENEW_EVERY:
                keep()  # raises when the lane was lost: nothing more is sent then

        path = self._context.media(ref)
        upload.send(self._graph, self._page, path, ref, handle, keep, on_move, resumed=resumed)

    def _finish(self, handle: Handle, save: Save | None, *, published: bool, due: int = 0) -> Seen | None:
        """The end of the upload; what the video is when an earlier finish turns out to have arrived.

        A second finish is refused, so a refusal counts only of a video that still waits for one: Unknown when
        it cannot be seen. After an unclear answer its own status tells what came of it.
        """
        clock = {"scheduling": due} if due else {}
        if save:
            self._keep(handle, save, finishing=self._now(), said=self._said, **clock)
        fields: dict[str, Any] = {"upload_phase": "finish", "title": title_of(self._job.variant)}
        fields["description"] = message_of(self._job.variant)
        if due:
            fields["scheduled_publish_time"] = due
        files = None
        if self._way == "reel":
            fields["video_id"] = handle["video"]
            fields["video_state"] = "SCHEDULED" if due else "PUBLISHED"
        else:
            fields |= {"upload_session_id": handle["session"], "published": published}
            fields["custom_labels"] = [LABEL + self._job.marker]
            if due:
                fields["unpublished_content_type"] = "SCHEDULED"
            if self._footage.picture and not self._hidden_first:
                files = {"thumb": self._picture(self._footage.picture)}
        edge = "video_reels" if self._way == "reel" else "videos"
        try:
            self._graph.demand_success(f"{self._page}/{edge}", fields, files)
        except Refused as error:
            seen = self._held(handle).look()
            if seen is None:
                raise Unknown(error.code, error.detail) from None
            if seen.stage == "uploading":
                raise
            return seen
        if save:
            news = {"scheduled": due} if due else {}
            self._keep(handle, save, finished=self._now(), **news)
        return None

    def _bring_up_to_date(self, handle: Handle, seen: Seen | None, save: Save) -> None:
        """Words may have been edited since, here or by somebody on Facebook; then thumbnail and captions."""
        if handle.get("said") != self._said or (seen is not None and not self._says_the_same(seen)):
            words = {"name": title_of(self._job.variant), "description": message_of(self._job.variant)}
            self._graph.update_object(str(handle["video"]), **words)
            self._keep(handle, save, said=self._said)
        if not self._hidden_first:
            return
        picture, track = self._footage.picture, self._footage.captions
        if picture and handle.get("thumbnail") != picture.sha256:
            files = {"source": self._picture(picture)}
            self._graph.demand_success(f"{handle['video']}/thumbnails", {"is_preferred": True}, files)
            self._keep(handle, save, thumbnail=picture.sha256)
        if track and handle.get("captions") != track.sha256:
            language = self._context.unit.language
            content = captions.as_srt(self._read(track))
            files = {"captions_file": (captions.file_name(language), content, "application/x-subrip")}
            fields = {"default_locale": captions.locale_of(language)}
            self._graph.demand_success(f"{handle['video']}/captions", fields, files)
            self._keep(handle, save, captions=track.sha256)

    # what the public sees

    def reveal(self, handle: Handle) -> Published | Pending:
        """By the video's id, after reading what it is now."""
        if not handle.get("whole") or not self._fits(handle):
            raise NotPrepared(NOT_PREPARED, "what is prepared is not this video, or not all of it")
        held = self._held(handle)
        seen = held.settled()
        if seen is None and held.is_finished:
            raise NotPrepared(NOT_PREPARED, "the video is gone")
        if seen is not None:
            seen.check_usable()
            if seen.out:
                return seen.published(self._job) if seen.public else seen.pending()
        if not handle.get("finished"):
            return self._reveal_by_finish(handle)
        if seen is None or not self._says_the_same(seen):
            raise NotPrepared("fb:edited-elsewhere", "the hidden video says something else than was approved")
        self._graph.update_object(seen.id, published=True)
        if seen.stage == "ready":
            return Published(seen.id, seen.url, evidence="published=true accepted")
        return seen.pending()

    def _reveal_by_finish(self, handle: Handle) -> Published | Pending:
        seen = self._finish(handle, None, published=True)
        if seen is None:
            return Pending(str(handle["video"]), video_status.WAIT, evidence="finish accepted")
        seen.check_usable()
        if seen.scheduled and not seen.out:  # by a hand-over whose answer was lost
            raise NotPrepared(NOT_PREPARED, "the video was finished for Facebook's clock")
        return seen.published(self._job) if seen.public else seen.pending()

    def find(self, handle: Handle) -> list[Published]:
        """By the id; without one by the hidden label, else by the exact words."""
        if handle.get("video"):
            seen = self._held(handle).look()
            return [seen.published(self._job)] if seen is not None and seen.public else []
        try:
            listed = self._listed()
        except (AuthLost, Refused) as error:
            if self._way == "reel" or not is_closed(error):  # a Reel is in no listing of posts
                raise
            return self._found_as_posts()
        return [seen.published(self._job) for seen in listed if seen.public]

    # hand-over and leftovers

    def hand_over(self, handle: Handle, save: Save) -> Handle:
        """Give the video Facebook's clock; another time moves it."""
        handle, due = dict(handle), int(self._job.due_at.timestamp())
        held = self._held(handle)
        if not handle.get("whole") or not self._fits(handle):
            raise NotPrepared(NOT_PREPARED, "what is prepared is not this video, or not all of it")
        seen = held.settled()
        if seen is None and held.is_finished:
            raise NotPrepared(NOT_PREPARED, "the video is gone")
        if seen is not None:
            seen.check_usable()
            if seen.out:
                return handle
            self._adopt(handle, seen, save)
        if not handle.get("finished"):
            demand_window(self._job, self._context.now())
            seen = self._finish(handle, save, published=False, due=due)
            if seen is None:
                return handle
            self._adopt(handle, seen, save)
        self._bring_up_to_date(handle, seen, save)
        if seen is None or not seen.scheduled or (seen.due or handle.get("scheduled")) != due:
            demand_window(self._job, self._context.now())
            self._keep(handle, save, scheduling=due)
            self._graph.update_object(str(handle["video"]), scheduled_publish_time=due)
        self._keep(handle, save, scheduled=due)
        return handle

    def orphans(self, handle: Handle) -> list[Orphan]:
        """Videos with our label, and hidden ones that only say the same: a person knows whose they are.

        Uploads that were never finished are no videos: nobody sees them and Facebook drops them.
        """
        label = LABEL + self._job.marker
        return [
            Orphan(
                seen.id,
                "video",
                seen.created_at,
                f"{readback.PROVEN}label {label}" if label in seen.labels else readback.MAYBE,
            )
            for seen in self._listed()
            if not seen.out
            and seen.id != handle.get("video")
            and (label in seen.labels or not seen.scheduled)
        ]

    def _listed(self) -> list[Seen]:
        """Every video of this delivery, by label; one without labels by its words."""
        since = readback.begin_of(self._job, self._context.now())
        edge, more = ("video_reels", {}) if self._way == "reel" else ("videos", {"type": "uploaded"})
        videos = readback.posts_since(
            self._graph, self._page, edge, since, fields=video_status.FIELDS, **more
        )
        return [seen for seen in map(video_status.seen_of, videos) if self._is_ours(seen)]

    def _is_ours(self, seen: Seen) -> bool:
        if seen.labels:
            return LABEL + self._job.marker in seen.labels
        words = message_of(self._job.variant)
        return bool(words.strip()) and same_text(seen.description, words)

    def _found_as_posts(self) -> list[Published]:
        """The list of videos may be closed to us (facts §1.4); a feed video is among the posts as well."""
        message, since = message_of(self._job.variant), readback.begin_of(self._job, self._context.now())
        posts = readback.posts_since(self._graph, self._page, "published_posts", since)
        return [
            readback.published(post, due_at=self._job.due_at)
            for post in posts
            if readback.is_ours(post, message, []) and post.get("is_published") is not False
        ]

    # small things

    def _fits(self, handle: Handle) -> bool:
        """Whether what was prepared is exactly this variant's: nothing else may be shown."""
        picture, track = self._footage.picture, self._footage.captions
        return (handle.get("file"), handle.get("way")) == (self._footage.video.sha256, self._way) and (
            not handle.get("finished")
            or (
                handle.get("said") == self._said
                and (
                    not self._hidden_first
                    or (handle.get("thumbnail"), handle.get("captions"))
                    == (picture and picture.sha256, track and track.sha256)
                )
            )
        )

    def _says_the_same(self, seen: Seen) -> bool:
        variant = self._job.variant
        return same_words(seen.description, message_of(variant)) and same_words(seen.title, title_of(variant))

    def _picture(self, ref: MediaRef) -> tuple[str, bytes, str]:
        return (ref.sha256[:16] + (".png" if ref.mime == "image/png" else ".jpg"), self._read(ref), ref.mime)

    def _read(self, ref: MediaRef) -> bytes:
        try:
            return self._context.media(ref).read_bytes()  # small, by the limits and the checks
        except OSError as error:
            raise NotSent("fb:media-unreadable", type(error).__name__) from None

    def _held(self, handle: Handle) -> HeldVideo:
        now = self._context.now()
        return HeldVideo(self._graph, self._page, handle, since=readback.begin_of(self._job, now), now=now)

    def _now(self) -> str:
        return self._context.now().isoformat()

    @staticmethod
    def _keep(handle: Handle, save: Save, **news: Any) -> None:
        handle.update(news)
        save(dict(handle))
