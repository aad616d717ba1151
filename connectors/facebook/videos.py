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
`captions`, `scheduled` (epoch seconds).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.contract import Context, Handle, Job, Pending, Published, Save
from connectors.errors import AuthLost, ConnectorError, NotPrepared, NotSent, Refused
from connectors.extras import Orphan
from connectors.facebook import captions, readback, upload, video_status
from connectors.facebook.errors import is_missing, is_permission
from connectors.facebook.footage import Footage, Way, said, title_of
from connectors.facebook.graph import PageGraph
from connectors.facebook.message import message_of, same_text, same_words
from connectors.facebook.video_status import SHOWS_WITHIN, Seen
from content.variant import MediaRef

NOT_PREPARED = "fb:not-prepared"
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
        if seen is not None and handle.get("finishing") and seen.stage != "uploading":
            self._keep(handle, save, finished=handle.get("finished") or self._now())
        if self._hidden_first and not handle.get("finished"):
            self._finish(handle, save, published=False)
        if handle.get("finished"):
            self._bring_up_to_date(handle, seen, save)
        return handle

    def _standing(self, handle: Handle) -> Seen | None:
        """The video of the handle as it is now; empties a handle whose video is of no more use."""
        if (handle.get("file"), handle.get("way")) != (self._footage.video.sha256, self._way):
            self._abandon(handle)
            return None
        seen = video_status.look(self._graph, str(handle["video"]))
        if seen is None:
            if handle.get("finished") and not self._is_young(handle):
                handle.clear()  # somebody deleted it
            elif handle.get("finished"):
                raise NotSent("fb:not-visible-yet", "the video was finished a moment ago")
            return None
        try:
            seen.check_usable()
        except NotPrepared:
            handle.clear()
            return None
        return seen

    def _abandon(self, handle: Handle) -> None:
        """Another file was approved: the old one must not come out by Facebook's clock either."""
        seen = video_status.look(self._graph, str(handle["video"]))
        if seen is not None and seen.out:
            raise Refused("fb:already-public", seen.url)
        if seen is not None and seen.stage != "uploading":
            self._delete(str(handle["video"]))
        handle.clear()

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
        ref = self._footage.video
        upload.send(
            self._graph,
            self._page,
            self._context.media(ref),
            ref,
            handle,
            lambda **news: self._keep(handle, save, **news),
            resumed=resumed,
        )

    def _finish(self, handle: Handle, save: Save | None, *, published: bool, due: int = 0) -> None:
        """The end of the upload. After an unclear answer the video's own status tells what came of it."""
        if save:
            self._keep(handle, save, finishing=self._now(), said=self._said)
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
        self._graph.demand_success(f"{self._page}/{edge}", fields, files)
        if save:
            news = {"scheduled": due} if due else {}
            self._keep(handle, save, finished=self._now(), **news)

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
        seen = video_status.look(self._graph, str(handle["video"]))
        if seen is None and handle.get("finished"):
            if self._is_young(handle):
                raise NotSent("fb:not-visible-yet", "the video was finished a moment ago")
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
        video = str(handle["video"])
        try:
            self._finish(handle, None, published=True)
        except Refused:
            seen = video_status.look(self._graph, video)  # finished by an earlier call, perhaps
            if seen is None or seen.stage == "uploading":
                raise
            seen.check_usable()
            return seen.published(self._job) if seen.public else seen.pending()
        return Pending(video, video_status.WAIT, evidence="finish accepted")

    def find(self, handle: Handle) -> list[Published]:
        """By the id; without one by the hidden label, else by the exact words."""
        if handle.get("video"):
            seen = video_status.look(self._graph, str(handle["video"]))
            return [seen.published(self._job)] if seen is not None and seen.public else []
        try:
            listed = self._listed()
        except (AuthLost, Refused) as error:
            if not _is_closed(error):
                raise
            return self._found_as_posts()
        return [seen.published(self._job) for seen in listed if seen.public]

    # hand-over and leftovers

    def hand_over(self, handle: Handle, save: Save) -> Handle:
        """Give the video Facebook's clock; another time moves it."""
        handle = dict(handle)
        due = int(self._job.due_at.timestamp())
        if not handle.get("whole") or not self._fits(handle):
            raise NotPrepared(NOT_PREPARED, "what is prepared is not this video, or not all of it")
        if not handle.get("finished"):
            self._finish(handle, save, published=False, due=due)
        elif handle.get("scheduled") != due:
            self._graph.update_object(str(handle["video"]), scheduled_publish_time=due)
            self._keep(handle, save, scheduled=due)
        return handle

    def recall(self, handle: Handle, save: Save) -> Handle:
        """Taking a time away is not documented, so the video goes and `prepare` brings it up again."""
        seen = video_status.look(self._graph, str(handle["video"])) if handle.get("video") else None
        if seen is not None and seen.out:
            raise Refused("fb:already-public", seen.url)
        if seen is None or not (seen.scheduled or handle.get("scheduled")):
            return dict(handle)
        self._delete(seen.id)
        save({})
        return {}

    def orphans(self, handle: Handle) -> list[Orphan]:
        """Uploads that were never finished are no videos: nobody sees them and Facebook drops them."""
        return [
            Orphan(seen.id, "video", seen.created_at, f"published={seen.out} {seen.stage}")
            for seen in self._listed()
            if not seen.out and seen.id != handle.get("video")
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

    def _delete(self, video: str) -> None:
        try:
            self._graph.remove_object(video)
        except Refused as error:
            if not is_missing(error):
                raise

    def _picture(self, ref: MediaRef) -> tuple[str, bytes, str]:
        return (ref.sha256[:16] + (".png" if ref.mime == "image/png" else ".jpg"), self._read(ref), ref.mime)

    def _read(self, ref: MediaRef) -> bytes:
        try:
            return self._context.media(ref).read_bytes()  # small, by the limits and the checks
        except OSError as error:
            raise NotSent("fb:media-unreadable", type(error).__name__) from None

    def _is_young(self, handle: Handle) -> bool:
        at = datetime.fromisoformat(handle["finished"])
        return self._context.now() - at < SHOWS_WITHIN

    def _now(self) -> str:
        return self._context.now().isoformat()

    @staticmethod
    def _keep(handle: Handle, save: Save, **news: Any) -> None:
        handle.update(news)
        save(dict(handle))


def _is_closed(error: ConnectorError) -> bool:
    return is_permission(error) or error.code == "fb:100"
