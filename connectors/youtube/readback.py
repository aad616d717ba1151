"""What YouTube says about our video: by its id, else by what only our upload can bear.

The mark is the file name given in the `Slug` header of the upload: it comes back in
`fileDetails.fileName`, which only the owner sees. Not documented in the discovery document and not yet
tried on a live channel, so title, file size and time together count as well (facts §1.1, §5). A video
that has our title and tells neither name nor size yet is no answer: it is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import Job, Pending, Published
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused
from connectors.extras import Orphan
from connectors.youtube.settings import CAPABILITIES
from connectors.youtube.words import parts_of, title_of

if TYPE_CHECKING:
    from connectors.youtube.transport import Api

PART = "snippet,status,processingDetails"
MARKED_PART = "snippet,status,fileDetails"
CLOCK_SLACK = timedelta(minutes=2)
_NAME_BEGINS = "loa-"
_PAGE_SIZE = 50
_PAGES_MOST = 10
_WAIT = timedelta(seconds=20)
_WAIT_MOST = timedelta(minutes=5)

_ENDINGS = {"video/quicktime": ".mov", "video/webm": ".webm", "video/mpeg": ".mpg", "video/x-msvideo": ".avi"}


def file_name(job: Job, mime: str) -> str:
    """The name under which the file is uploaded; unique in the world, ASCII, never shown to the public."""
    mark = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in job.marker)
    return f"{_NAME_BEGINS}{mark.removeprefix(_NAME_BEGINS)}{_ENDINGS.get(mime, '.mp4')}"


def by_id(api: Api, video: str, *, part: str = PART) -> dict[str, Any] | None:
    """The video, or None when this login cannot see one of that id."""
    found = items_of(api.run(api.data.videos().list(part=part, id=video)))
    for item in found:
        if item.get("id") == video:
            return item
    if found:
        raise NotSent("yt:unreadable", "asked for one video, got another")
    return None


def marked(api: Api, job: Job, now: datetime, *, by_name: bool = False) -> list[dict[str, Any]]:
    """Every video of the channel that is this delivery's, newest first. Costs 3 units or a few more.

    With `by_name` only the file name counts, which nobody else can have given: title and size are not
    enough to remove a video. Raises NotSent while YouTube has not said enough to tell.
    """
    # no try on record may mean a store restored from a backup: then from when it could have begun
    since = job.first_try_at or min(job.due_at, now) - CAPABILITIES.lead
    ref = parts_of(job.variant).video
    name, title = file_name(job, ref.mime), title_of(job.variant)
    ours, unclear = [], []
    for video in _uploads_since(api, since - CLOCK_SLACK):
        if not isinstance(video.get("id"), str):
            raise NotSent("yt:unreadable", "a video without its id")
        match _has_name(video, name, title) if by_name else _is_ours(video, name, title, ref.size_bytes):
            case True:
                ours.append(video)
            case None:
                unclear.append(video)
    if unclear and not ours:
        raise NotSent("yt:file-details-missing", f"{len(unclear)} with our title, no file name or size yet")
    return ours


def answer_of(video: dict[str, Any], *, watch_url: str, due_at: datetime) -> Published | Pending | None:
    """Published when public and processed, Pending when public and still in work, None when not public.

    Raises Refused when YouTube gave the video up.
    """
    privacy, stage = _state(video)
    status = _dict(video, "status")
    if stage == "failed":
        raise Refused(f"yt:failed/{_word(status.get('failureReason'))}", "YouTube could not use the file")
    if stage == "rejected":
        raise Refused(f"yt:rejected/{_word(status.get('rejectionReason'))}", "YouTube rejected the video")
    if stage == "deleted":
        raise NotPrepared("yt:deleted", "the video was deleted")
    remote_id, evidence = str(video["id"]), f"privacyStatus={privacy} uploadStatus={stage}"
    if privacy != "public":
        return None
    if stage != "processed":
        return Pending(remote_id, wait_of(video), evidence)
    return Published(remote_id, watch_address(watch_url, remote_id), _since_when(video, due_at), evidence)


def snippet_of(video: dict[str, Any]) -> dict[str, Any]:
    """Title, description and the like, or nothing."""
    return _dict(video, "snippet")


def held_until(video: dict[str, Any]) -> datetime | None:
    """When YouTube will show the video by itself; None when it will not."""
    return moment(_dict(video, "status").get("publishAt"))


def privacy_of(video: dict[str, Any]) -> str:
    """`public`, `private` or `unlisted`. Raises NotSent when the answer does not say."""
    return _state(video)[0]


def is_hidden(video: dict[str, Any]) -> bool:
    """Private, and not deleted. Raises NotSent when the answer does not say so or otherwise."""
    privacy, stage = _state(video)
    return privacy == "private" and stage != "deleted"


def is_public(video: dict[str, Any]) -> bool:
    """Whether anybody finds it, processed or not."""
    privacy, stage = _state(video)
    return privacy == "public" and stage not in ("failed", "rejected", "deleted")


def is_untouched(video: dict[str, Any]) -> bool:
    """Whether it bears Loa's file name and nobody has watched, liked or commented on it.

    Raises NotSent while YouTube does not tell.
    """
    name, counts = _dict(video, "fileDetails").get("fileName"), video.get("statistics")
    if not isinstance(name, str) or not isinstance(counts, dict):
        raise NotSent("yt:file-details-missing", "no file name or no figures yet")
    touched = any(counts.get(name, "0") != "0" for name in ("viewCount", "likeCount", "commentCount"))
    return name.startswith(_NAME_BEGINS) and not touched


def orphan_of(video: dict[str, Any]) -> Orphan:
    details, snippet = _dict(video, "fileDetails"), _dict(video, "snippet")
    return Orphan(str(video["id"]), "video", moment(snippet.get("publishedAt")), str(details.get("fileName")))


def private_or_stop(video: dict[str, Any]) -> None:
    """What was uploaded as private must be private: left public it would be out before its time."""
    status = video.get("status")
    privacy = status.get("privacyStatus") if isinstance(status, dict) else None
    if privacy not in (None, "private"):
        raise AuthLost("yt:not-kept-private", f"{video.get('id')}: uploaded as private, now {privacy}")


def items_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The list in an answer. A listing without one is only an empty listing when it says so itself."""
    listed = answer.get("items")
    if listed is None:
        page = answer.get("pageInfo")
        if isinstance(page, dict) and page.get("totalResults") == 0:
            return []
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise NotSent("yt:unreadable", "a listing without items")
    return listed


def told_size(video: dict[str, Any]) -> int | None:
    """Size of the uploaded file in bytes, when YouTube tells it."""
    size = _dict(video, "fileDetails").get("fileSize")
    if isinstance(size, str) and size.isascii() and size.isdigit() and len(size) < 19:
        return int(size)
    return None


def watch_address(root: str, video: str) -> str:
    return f"{root}/watch?v={video}"


def moment(text: Any) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed is not None and parsed.tzinfo else None


def _uploads_since(api: Api, since: datetime) -> Iterator[dict[str, Any]]:
    playlist, token = _uploads_playlist(api), None
    for _ in range(_PAGES_MOST):
        answer = api.run(
            api.data.playlistItems().list(
                part="snippet,contentDetails",
                playlistId=playlist,
                maxResults=_PAGE_SIZE,
                **({"pageToken": token} if token else {}),
            )
        )
        entries = items_of(answer)
        added = [moment(_dict(entry, "snippet").get("publishedAt")) for entry in entries]
        recent = [e for e, at in zip(entries, added, strict=True) if at is None or at >= since]
        yield from _videos(api, [_video_id(entry) for entry in recent])
        token = answer.get("nextPageToken")
        if not token or (added and all(at is not None and at < since for at in added)):
            return
    raise NotSent("yt:listing-too-long", f"more than {_PAGES_MOST * _PAGE_SIZE} uploads since {since:%F %T}Z")


def _uploads_playlist(api: Api) -> str:
    channels = items_of(api.run(api.data.channels().list(part="contentDetails", mine=True)))
    lists = _dict(_dict(channels[0], "contentDetails"), "relatedPlaylists") if channels else {}
    playlist = lists.get("uploads")
    if not isinstance(playlist, str) or not playlist:
        raise NotSent("yt:unreadable", "a channel without its uploads")
    return playlist


def _videos(api: Api, ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    return items_of(api.run(api.data.videos().list(part=MARKED_PART, id=",".join(ids))))


def _is_ours(video: dict[str, Any], name: str, title: str, size: int) -> bool | None:
    details = _dict(video, "fileDetails")
    if details.get("fileName") == name:
        return True
    if _dict(video, "snippet").get("title") != title:
        return False
    told = told_size(video)
    return None if told is None else told == size


def _has_name(video: dict[str, Any], name: str, title: str) -> bool | None:
    told = _dict(video, "fileDetails").get("fileName")
    if told is None and _dict(video, "snippet").get("title") == title:
        return None
    return bool(told == name)


def _video_id(entry: dict[str, Any]) -> str:
    video = _dict(entry, "contentDetails").get("videoId")
    if not isinstance(video, str) or not video:
        raise NotSent("yt:unreadable", "an upload without its id")
    return video


def _since_when(video: dict[str, Any], due_at: datetime) -> datetime | None:
    """`publishedAt` is when the file was uploaded (discovery document): not when the video came out."""
    at = moment(_dict(video, "snippet").get("publishedAt"))
    return at if at is not None and at >= due_at - CLOCK_SLACK else None


def is_in_work(video: dict[str, Any]) -> bool:
    """Whether YouTube is still processing it."""
    return _state(video)[1] == "uploaded"


def wait_of(video: dict[str, Any]) -> timedelta:
    """How long YouTube says it still needs, or a little while."""
    progress = _dict(_dict(video, "processingDetails"), "processingProgress")
    left = progress.get("timeLeftMs")
    if isinstance(left, str) and left.isascii() and left.isdigit() and len(left) < 12:
        return min(max(timedelta(milliseconds=int(left)), timedelta(seconds=5)), _WAIT_MOST)
    return _WAIT


def _state(video: dict[str, Any]) -> tuple[str, str]:
    """`privacyStatus` and `uploadStatus`; an answer without them must not pass for "not public"."""
    status = _dict(video, "status")
    privacy, stage = status.get("privacyStatus"), status.get("uploadStatus")
    if not isinstance(privacy, str) or not isinstance(stage, str):
        raise NotSent("yt:unreadable", "a video without its status")
    return privacy, stage


def _dict(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _word(value: Any) -> str:
    return value[:40] if isinstance(value, str) and value.isalnum() else "unsaid"
