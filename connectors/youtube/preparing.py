"""Bringing a video up and what goes with it, step by step, each saved before the next begins.

Handle: `session` (uri, sha256, size, mime, name, said, at), `sent`, `video`, `up_at`, `file` (its sha256),
`said` (digest of title, description …), `thumbnail`, `captions`, `playlist`, `replaced` (ids), `publish_at`
(while YouTube may hold a time for it), `holding_at` (when it was asked to, until it has answered).

Words that somebody changed in YouTube Studio are put right again; what is public is not changed. A thumbnail
or captions changed there cannot be seen: no answer tells a picture's bytes, and a look at the captions costs
as much as a reveal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from googleapiclient.http import MediaInMemoryUpload  # type: ignore[import-untyped]

from connectors.contract import Context, Handle, Job, Save
from connectors.errors import AuthLost, ConnectorError, NotPrepared, NotSent, NotYet, Refused, Unknown
from connectors.youtube import readback, upload, visibility
from connectors.youtube.errors import is_done
from connectors.youtube.settings import Settings
from connectors.youtube.transport import Api
from connectors.youtube.upload import ChunkedFile, SessionGone, Upload
from connectors.youtube.words import digest_of, fits, parts_of, resource_of, same_words
from content.variant import MediaRef

SHOWS_WITHIN = timedelta(minutes=5)
"""A video that was just finished may not be listed yet; how soon it is, is not documented (facts §5)."""


class Preparation:
    """One run of `prepare`. Every step that the handle says is done is left out."""

    def __init__(
        self, context: Context, settings: Settings, api: Api, job: Job, handle: Handle, save: Save
    ) -> None:
        self._context, self._settings, self._api = context, settings, api
        self._job, self._handle, self._save = job, dict(handle), save
        self._parts = parts_of(job.variant)
        self._as_approved = True
        """Whether the words at YouTube are those of the variant."""
        self._hidden, self._public = True, False
        """Whether nobody sees it, and whether everybody does."""

    def run(self) -> Handle:
        handle = self._handle
        if handle.get("video") and not (fits(self._job.variant, handle) and self._still_stands()):
            # another file was approved, or somebody deleted the video: that one is never taken again
            if handle.get("publish_at"):
                visibility.take_back(self._api, self._settings, handle, self._context.now())
            replaced = [*handle.get("replaced", []), handle["video"]]
            handle.clear()
            handle["replaced"] = replaced
        if not handle.get("video"):
            self._bring_up()
        self._bring_up_to_date()
        self._add_thumbnail()
        self._add_captions()
        self._add_to_playlist()
        return handle

    def _keep(self, **news: Any) -> None:
        self._handle.update(news)
        self._save(dict(self._handle))

    def _still_stands(self) -> bool:
        """Whether the prepared video is there. Raises Refused when YouTube could not use the file."""
        seen = readback.by_id(self._api, str(self._handle["video"]))
        if seen is None:
            up_at = datetime.fromisoformat(self._handle["up_at"])
            if self._context.now() - up_at < SHOWS_WITHIN:
                raise NotSent("yt:not-listed-yet", "the video was finished a moment ago")
            return False
        self._as_approved = same_words(readback.snippet_of(seen), self._job.variant)
        self._hidden, self._public = readback.is_hidden(seen), readback.is_public(seen)
        return self._is_usable(seen)

    def _is_usable(self, seen: dict[str, Any]) -> bool:
        try:
            readback.answer_of(seen, watch_url="", due_at=self._job.due_at)
        except NotPrepared:
            return False
        return True

    # the way up

    def _bring_up(self) -> None:
        job, ref = self._job, self._parts.video
        body, name = resource_of(job.variant, self._settings), readback.file_name(job, ref.mime)
        with ChunkedFile(self._context.media(ref), ref.mime, ref.size_bytes, upload.CHUNK_BYTES) as file:
            way = Upload(self._api, file, body, name=name, notify=self._settings.notify_subscribers)
            video = self._finished_before(ref, way)
            fresh = video is None
            if video is None:
                try:
                    video = self._send(ref, way)
                except SessionGone:
                    self._forget_session()
                    video = self._marked() or self._send(ref, way)
        said = (self._handle.get("session") or {}).get("said", "")
        self._handle.pop("sent", None)
        self._keep(video=video["id"], up_at=self._context.now().isoformat(), file=ref.sha256, said=said)
        if fresh:
            readback.private_or_stop(video)

    def _send(self, ref: MediaRef, way: Upload) -> dict[str, Any]:
        if not self._handle.get("session"):
            session = {
                "uri": way.start(),
                "sha256": ref.sha256,
                "size": ref.size_bytes,
                "mime": ref.mime,
                "name": readback.file_name(self._job, ref.mime),
                "said": digest_of(self._job.variant, self._settings),
                "at": self._context.now().isoformat(),
            }
            self._keep(session=session)  # before the first byte: from here on the upload can be found again
            way.resume(str(session["uri"]))
        return way.send_all(lambda sent: self._keep(sent=sent))

    def _finished_before(self, ref: MediaRef, way: Upload) -> dict[str, Any] | None:
        """The video an earlier try may have brought up whole; forgets a session that is of no more use."""
        session = self._handle.get("session")
        if not session and not self._job.first_try_at:
            return None
        if session and (session["sha256"], session["size"]) == (ref.sha256, ref.size_bytes):
            upload.check_file(self._context.media(ref), sha256=ref.sha256, size=ref.size_bytes)
            way.resume(str(session["uri"]))
            try:
                return way.ask()
            except SessionGone:
                pass
        self._forget_session()
        return self._marked()

    def _marked(self) -> dict[str, Any] | None:
        """A video of this delivery that can be used: of this very size, and not given up by YouTube."""
        for seen in readback.marked(self._api, self._job, self._context.now()):
            if seen.get("id") in self._handle.get("replaced", []):
                continue
            if readback.told_size(seen) not in (None, self._parts.video.size_bytes):
                continue  # this delivery once had another file
            try:
                if self._is_usable(seen):
                    return seen
            except Refused:
                continue
        return None

    def _forget_session(self) -> None:
        self._handle.pop("session", None)
        self._handle.pop("sent", None)

    # what goes with the video

    def _bring_up_to_date(self) -> None:
        """Edited here after the upload began, or there by somebody: then words are changed, not the file.

        What somebody has written into a video that can be seen is left as it is.
        """
        said, video = digest_of(self._job.variant, self._settings), self._handle["video"]
        if self._handle.get("said") == said and (self._as_approved or not self._hidden):
            return
        if not self._as_approved:
            self._require_hidden()
        elif self._public:  # written by a try that could not save it
            self._keep(said=said)
            return
        body = {"id": video, "snippet": resource_of(self._job.variant, self._settings)["snippet"]}
        seen = self._api.run(self._api.data.videos().update(part="snippet", body=body))
        if seen.get("id") != video:
            raise Unknown("yt:unreadable", "the answer is about another video, or about none")
        self._keep(said=said)

    def _require_hidden(self) -> None:
        """What was approved since has not been approved for a video that people see already."""
        if self._public:
            raise Refused("yt:public-otherwise", str(self._handle["video"]))

    def _add_thumbnail(self) -> None:
        for ref in self._parts.thumbnails[:1]:
            if self._handle.get("thumbnail") == ref.sha256:
                continue
            if self._handle.get("thumbnail"):
                self._require_hidden()
            file = self._small_file(ref, ref.mime)  # setting it again changes nothing
            request = self._api.upload.thumbnails().set(videoId=self._handle["video"], media_body=file)
            try:
                seen = self._api.run(request)
            except (AuthLost, Refused) as error:
                self._wait_for_processing(error)
                raise
            if not isinstance(seen.get("items"), list):
                raise Unknown("yt:unreadable", "thumbnails.set: the answer shows no thumbnail")
            self._keep(thumbnail=ref.sha256)

    def _wait_for_processing(self, error: ConnectorError) -> None:
        """A Short takes a thumbnail only once it is processed (Google, Revision history, 2026-11-03).

        No field tells a Short, nor any page the error: so no refusal counts before processing is over.
        """
        if not isinstance(error, Refused) and error.code != "yt:forbidden":
            return  # the login, not the picture
        seen = readback.by_id(self._api, str(self._handle["video"]))
        if seen and readback.is_in_work(seen):
            retry_at = self._context.now() + readback.wait_of(seen)
            raise NotYet("yt:thumbnail-waits", error.detail, retry_at=retry_at) from None

    def _add_captions(self) -> None:
        for ref in self._parts.captions[:1]:
            if self._handle.get("captions") == ref.sha256:
                continue
            file = self._small_file(ref, "application/octet-stream")
            track = {"videoId": self._handle["video"], "language": self._settings.language, "name": ""}
            body = {"snippet": track}
            self._make(self._api.upload.captions().insert(part="snippet", body=body, media_body=file))
            self._keep(captions=ref.sha256)

    def _add_to_playlist(self) -> None:
        playlist, video = self._settings.playlist, str(self._handle["video"])
        if not playlist or self._handle.get("playlist") == playlist:
            return
        if not (self._job.first_try_at and self._is_in(playlist, video)):
            resource = {"kind": "youtube#video", "videoId": video}
            body = {"snippet": {"playlistId": playlist, "resourceId": resource}}
            self._make(self._api.data.playlistItems().insert(part="snippet", body=body))
        self._keep(playlist=playlist)

    def _make(self, request: Any) -> None:
        """What was made has an id; what is there already, from an earlier try, is as good."""
        try:
            made = self._api.run(request)
        except Refused as error:
            if is_done(error):
                return
            raise
        if not isinstance(made.get("id"), str):
            raise Unknown("yt:no-id", f"{request.methodId}: the answer names nothing")

    def _is_in(self, playlist: str, video: str) -> bool:
        """An earlier try's answer may have been lost, and a playlist can hold a video twice."""
        request = self._api.data.playlistItems().list(part="id", playlistId=playlist, videoId=video)
        return bool(readback.items_of(self._api.run(request)))

    def _small_file(self, ref: MediaRef, mime: str) -> MediaInMemoryUpload:
        try:
            content = self._context.media(ref).read_bytes()  # at most a chunk, by the checks
        except OSError as error:
            raise NotSent("yt:media-unreadable", type(error).__name__) from None
        return MediaInMemoryUpload(content, mimetype=mime, resumable=False)
