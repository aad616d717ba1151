"""The Data API as it behaves: who may call, what it costs, what it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.practice.wire import Reply
from connectors.practice.youtube import reports, threads
from connectors.practice.youtube.rules import CATEGORIES, check_snippet, check_status
from connectors.practice.youtube.wire import ApiError, Call, good
from connectors.practice.youtube.world import Channel, Session, Video, World

_AUTH = "https://www.googleapis.com/auth/"
_MANAGE = frozenset({f"{_AUTH}youtube", f"{_AUTH}youtube.force-ssl"})
_READ = _MANAGE | {f"{_AUTH}youtube.readonly"}
_UPLOAD = _MANAGE | {f"{_AUTH}youtube.upload"}
_CAPTIONS = frozenset({f"{_AUTH}youtube.force-ssl"})
_COMMENTS = _CAPTIONS
_MEASURE = frozenset({f"{_AUTH}yt-analytics.readonly"})

# operation → scopes of which one is needed, quota bucket, cost
TERMS: dict[str, tuple[frozenset[str], str, int]] = {
    "videos.insert": (_UPLOAD, "uploads", 1),
    "chunk": (_UPLOAD, "units", 0),
    "ask": (_UPLOAD, "units", 0),
    "videos.list": (_READ, "units", 1),
    "videos.update": (_MANAGE, "units", 50),
    "videos.delete": (_MANAGE, "units", 50),
    "videos.batchGetStats": (_READ, "stats", 1),
    "thumbnails.set": (_UPLOAD, "units", 50),
    "captions.insert": (_CAPTIONS, "units", 400),
    "captions.list": (_CAPTIONS, "units", 50),
    "playlistItems.insert": (_MANAGE, "units", 50),
    "playlistItems.list": (_READ, "units", 1),
    "channels.list": (_READ, "units", 1),
    "commentThreads.list": (_COMMENTS, "units", 1),
    "comments.list": (_COMMENTS, "units", 1),
    "videoCategories.list": (_READ, "units", 1),
    "reports.query": (_MEASURE, "units", 0),
}
QUANTUM = 256 * 1024
_IDS_MOST = 50
_IMAGE_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class Api:
    """Answers one call at a time out of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._acts: dict[str, Callable[[Call, Channel], Reply]] = {
            "videos.insert": self._start_session,
            "videos.list": self._list_videos,
            "videos.update": self._update_video,
            "videos.delete": self._delete_video,
            "videos.batchGetStats": self._stats,
            "thumbnails.set": self._set_thumbnail,
            "captions.insert": self._insert_captions,
            "captions.list": self._list_captions,
            "playlistItems.insert": self._insert_item,
            "playlistItems.list": self._list_items,
            "channels.list": self._list_channels,
            "commentThreads.list": lambda call, channel: threads.threads(self.world, call, channel),
            "comments.list": lambda call, channel: threads.replies(self.world, call, channel),
            "videoCategories.list": self._list_categories,
            "reports.query": self._report,
        }

    def admit(self, call: Call) -> Channel:
        """Whose token it is, whether it may do this, and whether the project can pay. Raises ApiError."""
        channel = self.world.holder(call.token)
        if channel is None:
            raise ApiError(401, "authError", "Request had invalid authentication credentials.")
        call.scopes = frozenset(channel.scopes)
        channel.calls += 1
        if call.operation not in TERMS:
            raise ApiError(404, "notFound", "Not Found")
        scopes, bucket, cost = TERMS[call.operation]
        if not scopes & call.scopes:
            raise ApiError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        if not self.world.spend(channel, bucket, cost) and cost:
            said = "The request cannot be completed because you have exceeded your quota."
            raise ApiError(403, "quotaExceeded", said)
        return channel

    def act(self, call: Call, channel: Channel) -> Reply:
        try:
            return self._acts[call.operation](call, channel)
        except ApiError as error:
            return error.reply()

    # the resumable protocol

    def _start_session(self, call: Call, channel: Channel) -> Reply:
        if call.one("uploadType") != "resumable":
            raise ApiError(400, "badRequest", "The practice platform takes resumable uploads only.")
        body = call.body if isinstance(call.body, dict) else {}
        part = call.many("part")
        check_snippet(_section(body, part, "snippet"))
        check_status(_section(body, part, "status"))
        size, mime = (
            call.headers.get("x-upload-content-length", ""),
            call.headers.get("x-upload-content-type", ""),
        )
        if not size.isdigit() or not int(size):
            raise ApiError(400, "mediaBodyRequired", "The request does not include the video content.")
        if not (mime.startswith("video/") or mime == "application/octet-stream"):
            raise ApiError(400, "badContent", f"Media type '{mime}' is not supported.")
        day = self.world.now() - timedelta(hours=24)
        lately = [v for v in self.world.videos.values() if v.channel == channel.id and v.uploaded_at > day]
        if channel.uploads_a_day and len(lately) >= channel.uploads_a_day:
            raise ApiError(400, "uploadLimitExceeded", "The user has exceeded the number of videos.")
        session = self.world.open_session(
            channel, part, body, size=int(size), mime=mime, name=call.headers.get("slug", "")
        )
        where = f"{call.base}{call.path}?uploadType=resumable&upload_id={session.id}"
        return Reply(200, b"", None, headers={"location": where})

    def session_of(self, call: Call) -> Session:
        session = self.world.sessions.get(call.one("upload_id"))
        if session is None:
            raise ApiError(404, "notFound", "Upload session not found.")
        return session

    def stand_of(self, session: Session) -> Reply:
        """How far a session is: 308 with what is stored, or the finished video."""
        if session.video in self.world.videos:
            return good(self.resource(self.world.videos[session.video], session.part, owner=True))
        if session.video:
            raise ApiError(404, "notFound", "Upload session not found.")
        kept = {"range": f"bytes=0-{session.stored - 1}"} if session.stored else {}
        return Reply(308, b"", None, headers=kept)

    def complete(self, session: Session) -> None:
        """All bytes are there."""
        if session.stored == session.size and not session.video:
            self.world.finish(session)

    # videos

    def _list_videos(self, call: Call, channel: Channel) -> Reply:
        ids = call.many("id")
        if not ids or len(ids) > _IDS_MOST:
            raise ApiError(400, "missingRequiredParameter" if not ids else "invalidParameter", "id")
        seen = [self.world.videos[i] for i in ids if i in self.world.videos]
        part = call.many("part")
        private = {"fileDetails", "processingDetails", "suggestions"} & set(part)
        items = []
        for video in seen:
            owner = video.channel == channel.id
            if private and not owner:
                raise ApiError(403, "forbidden", "The request cannot access owner-only parts.")
            if owner or self.world.is_public(video):
                items.append(self.resource(video, part, owner=owner))
        return good(_listing("youtube#videoListResponse", items))

    def _update_video(self, call: Call, channel: Channel) -> Reply:
        body = call.body if isinstance(call.body, dict) else {}
        video = self._own(str(body.get("id")), channel)
        part = call.many("part")
        if "snippet" in part:
            snippet = _section(body, part, "snippet")
            check_snippet(snippet)
            video.snippet = dict(snippet)
        if "status" in part:
            status = _section(body, part, "status")
            check_status(status)
            if status.get("publishAt") and self.world.was_public(video):
                said = "A video that was published cannot be scheduled."
                raise ApiError(400, "invalidPublishAt", said)
            self.world.set_status(video, dict(status))
        return good(self.resource(video, part, owner=True))

    def _delete_video(self, call: Call, channel: Channel) -> Reply:
        self.world.remove(self._own(call.one("id"), channel))
        return Reply(204, b"", None)

    def _stats(self, call: Call, channel: Channel) -> Reply:
        items = [
            {
                "kind": "youtube#videoStats",
                "id": video.id,
                "statistics": reports.statistics(self.world, video),
            }
            for name in ([] if self.world.oddities.silent else call.many("id"))
            if (video := self.world.videos.get(name))
            and (video.channel == channel.id or self.world.is_public(video))
        ]
        return good({"kind": "youtube#batchGetStatsResponse", "items": items})

    def resource(self, video: Video, part: list[str], *, owner: bool) -> dict[str, Any]:
        """A video as the API tells it, in the parts that were asked for."""
        world, stage = self.world, self.world.stage(video)
        made: dict[str, Any] = {"kind": "youtube#video", "etag": video.sha256[:12], "id": video.id}
        if "snippet" in part:
            title = world.channels[video.channel].title
            published = {"publishedAt": _stamp(video.uploaded_at), "channelId": video.channel}
            made["snippet"] = {**video.snippet, **published, "channelTitle": title}
        if "status" in part:
            world.is_public(video)  # its `publishAt` may have come
            status = {"uploadStatus": stage, "license": "youtube", "embeddable": True, **video.status}
            reason = video.outcome.partition("_")[2]
            if stage in ("failed", "rejected") and reason:
                status["failureReason" if stage == "failed" else "rejectionReason"] = reason
            made["status"] = {**status, "madeForKids": status.get("selfDeclaredMadeForKids", False)}
        if "statistics" in part:
            made["statistics"] = reports.statistics(world, video)
        if "processingDetails" in part and owner:
            made["processingDetails"] = self._processing(video, stage)
        if "fileDetails" in part and owner and world.now() >= video.details_at:
            made["fileDetails"] = {
                "fileName": video.file_name,
                "fileSize": str(video.size),
                "fileType": "video",
            }
        return made

    def _processing(self, video: Video, stage: str) -> dict[str, Any]:
        told = "processing" if stage == "uploaded" else "succeeded" if stage == "processed" else "failed"
        details: dict[str, Any] = {
            "processingStatus": told,
            "fileDetailsAvailability": "available" if self.world.now() >= video.details_at else "inProgress",
        }
        if stage == "uploaded":
            left = int((video.processed_at - self.world.now()).total_seconds() * 1000)
            details["processingProgress"] = {"partsTotal": "100", "timeLeftMs": str(left)}
        return details

    # what goes with a video

    def _set_thumbnail(self, call: Call, channel: Channel) -> Reply:
        video = self._own(call.one("videoId"), channel)
        if not call.media:
            raise ApiError(400, "mediaBodyRequired", "The request does not include the image content.")
        if self.world.shorts and self.world.stage(video) == "uploaded":
            raise ApiError(403, "forbidden", "The thumbnail can't be set for the specified video.")
        mime = next((m for magic, m in _IMAGE_MAGIC.items() if call.media.startswith(magic)), "")
        if not mime:
            raise ApiError(400, "invalidImage", "The provided image content is invalid.")
        video.thumbnail, video.thumbnail_type = self.world.keep_blob(call.media), mime
        shown = {"url": f"{call.base}/practice/thumbnails/{video.id}", "width": 1280, "height": 720}
        return good({"kind": "youtube#thumbnailSetResponse", "items": [{"default": shown}]})

    def _insert_captions(self, call: Call, channel: Channel) -> Reply:
        body = call.body if isinstance(call.body, dict) else {}
        snippet = _section(body, call.many("part"), "snippet")
        video = self._own(str(snippet.get("videoId")), channel)
        language, name = str(snippet.get("language")), str(snippet.get("name"))
        if not call.media:
            raise ApiError(400, "contentRequired", "The request does not include the caption track.")
        if any(
            (t.video, t.language, t.name) == (video.id, language, name) for t in self.world.tracks.values()
        ):
            raise ApiError(409, "captionExists", "The video already has a track of that name.")
        track = self.world.add_track(video.id, language, name, call.media)
        return good({"kind": "youtube#caption", "id": track.id, "snippet": {**snippet, "status": "serving"}})

    def _list_captions(self, call: Call, channel: Channel) -> Reply:
        video = self._own(call.one("videoId"), channel)
        tracks = [track for track in self.world.tracks.values() if track.video == video.id]
        items = [
            {"id": t.id, "snippet": {"videoId": t.video, "language": t.language, "name": t.name}}
            for t in tracks
        ]
        return good({"kind": "youtube#captionListResponse", "items": items})

    def _insert_item(self, call: Call, channel: Channel) -> Reply:
        body = call.body if isinstance(call.body, dict) else {}
        snippet = _section(body, call.many("part"), "snippet")
        playlist, resource = str(snippet.get("playlistId")), snippet.get("resourceId")
        video = self._own(str(resource.get("videoId") if isinstance(resource, dict) else ""), channel)
        if playlist not in self.world.playlists:
            raise ApiError(404, "playlistNotFound", "The playlist cannot be found.")
        there = any(entry[1] == video.id for entry in self.world.playlists[playlist])
        if there and not self.world.twins_in_playlists:
            raise ApiError(409, "videoAlreadyInPlaylist", "The video is in the playlist already.")
        name = self.world.add_to_playlist(playlist, video.id)
        return good({"kind": "youtube#playlistItem", "id": name, "snippet": snippet})

    def _list_items(self, call: Call, channel: Channel) -> Reply:
        playlist = call.one("playlistId")
        if playlist == channel.uploads_playlist:
            own = [v for v in reversed(list(self.world.videos.values())) if v.channel == channel.id]
            entries = [(f"UU-{v.id}", v.id, v.uploaded_at) for v in own if self.world.now() >= v.listed_at]
        elif playlist in self.world.playlists:
            entries = self.world.playlists[playlist]
        else:
            raise ApiError(404, "playlistNotFound", "The playlist cannot be found.")
        wanted = call.one("videoId")
        entries = [entry for entry in entries if wanted in ("", entry[1])]
        start, most = int(call.one("pageToken") or 0), int(call.one("maxResults") or 5)
        items = [
            {
                "kind": "youtube#playlistItem",
                "id": name,
                "snippet": {"publishedAt": _stamp(at), "playlistId": playlist},
                "contentDetails": {"videoId": video},
            }
            for name, video, at in entries[start : start + most]
        ]
        answer = _listing("youtube#playlistItemListResponse", items, total=len(entries))
        if start + most < len(entries):
            answer["nextPageToken"] = str(start + most)
        return good(answer)

    # the rest

    def _list_channels(self, call: Call, channel: Channel) -> Reply:
        if call.one("mine") != "true":
            raise ApiError(400, "missingRequiredParameter", "No filter selected.")
        its = (
            [channel, *(self.world.channels[name] for name in channel.siblings)] if channel.signed_up else []
        )
        return good(
            _listing("youtube#channelListResponse", [_channel(one, call.many("part")) for one in its])
        )

    def _list_categories(self, call: Call, _: Channel) -> Reply:
        if call.one("regionCode") not in ("VN", ""):
            raise ApiError(400, "invalidParameter", "regionCode")
        items = [{"id": i, "snippet": {"title": t, "assignable": True}} for i, t in CATEGORIES.items()]
        return good({"kind": "youtube#videoCategoryListResponse", "items": items})

    def _report(self, call: Call, channel: Channel) -> Reply:
        return good(reports.query(self.world, call, channel))

    def _own(self, video: str, channel: Channel) -> Video:
        found = self.world.videos.get(video)
        if found is None:
            raise ApiError(404, "videoNotFound", "The video that you are trying to reach cannot be found.")
        if found.channel != channel.id:
            raise ApiError(403, "forbidden", "The video belongs to another channel.")
        return found


def _channel(channel: Channel, part: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": "youtube#channel", "id": channel.id}
    parts = {
        "snippet": {"title": channel.title},
        "status": {
            "privacyStatus": channel.privacy,
            "isLinked": True,
            "longUploadsStatus": channel.long_uploads,
        },
        "statistics": {"subscriberCount": _rounded(channel.subscribers), "hiddenSubscriberCount": False}
        if channel.subscribers is not None
        else {"hiddenSubscriberCount": True},
        "contentDetails": {"relatedPlaylists": {"uploads": channel.uploads_playlist}},
    }
    return made | {name: value for name, value in parts.items() if name in part}


def _rounded(count: int) -> str:
    """As YouTube tells it: down to three significant figures."""
    step = 10 ** max(0, len(str(count)) - 3)
    return str(count // step * step)


def _section(body: dict[str, Any], part: list[str], name: str) -> dict[str, Any]:
    """A section that is not named in `part` is not written."""
    section = body.get(name) if name in part else None
    return section if isinstance(section, dict) else {}


def _listing(kind: str, items: list[Any], *, total: int | None = None) -> dict[str, Any]:
    count = len(items) if total is None else total
    return {"kind": kind, "pageInfo": {"totalResults": count, "resultsPerPage": 50}, "items": items}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
