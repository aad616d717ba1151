"""What the Graph API does with videos: feed videos in chunks, Reels through rupload, and what goes with them.

Meta's Video API guides and the v26 reference as far as they say (facts §1.2); where they are silent this is
the stricter of the possible platforms: a session that was finished is not finished again.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.practice.insights import interactions, video_insights
from connectors.practice.values import flag, image_type, moment
from connectors.practice.video_fields import show_video
from connectors.practice.wire import GraphError, Reply, Request, missing
from connectors.practice.world import Page, World

if TYPE_CHECKING:
    from connectors.practice.graph import Graph
    from connectors.practice.videos import Video

_REEL_WINDOW = (timedelta(minutes=10), timedelta(days=29))
_CAPTIONS_NAME = re.compile(r".+\.[a-z]{2}_[A-Z]{2}\.srt")
_SRT_CUE = re.compile(rb"^\d+\r?\n\d{2}:\d{2}:\d{2},\d{3} --> \d{2}:\d{2}:\d{2},\d{3}", re.MULTILINE)


def own_video(graph: Graph, page: Page, request: Request) -> Video:
    """The video a call is about; just made ones may be unknown to it for a moment."""
    video = graph.world.videos.get(request.object)
    if video is None or video.page != page.id:
        raise missing(request.method, request.object)
    begun = video.finished_at or video.created_at
    if request.method == "GET" and graph.world.now() - begun < graph.world.shelf.hidden_for:
        raise missing(request.method, request.object)
    return video


def upload(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    """`POST /{page}/videos` in its four phases."""
    graph.own_page(page, request)
    phase = request.params.get("upload_phase", "")
    if phase == "start":
        return _start(graph, page, request)
    session = request.params.get("upload_session_id", "")
    video = next((v for v in graph.world.videos.values() if v.session and v.session == session), None)
    if video is None or video.page != page.id or video.finished_at:
        raise GraphError(100, "(#100) Invalid parameter: upload_session_id")
    if phase == "transfer":
        return _transfer(graph.world, video, request)
    if phase == "finish":
        return _finish(graph, video, request)
    if phase == "cancel":
        graph.world.remove_video(video)
        return {"success": True}
    raise GraphError(100, "(#100) Param upload_phase must be one of {start, transfer, finish, cancel}")


def _start(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    size = request.params.get("file_size", "")
    if not size.isdigit() or int(size) == 0:
        raise GraphError(100, "(#100) The parameter file_size is required")
    video = graph.world.add_video(page, size=int(size), reel=False)
    offsets = _offsets(graph.world, video)
    return {"upload_session_id": video.session, "video_id": video.id, **offsets}


def _offsets(world: World, video: Video) -> dict[str, str]:
    end = min(video.received + world.shelf.chunk_bytes, video.size)
    return {"start_offset": str(video.received), "end_offset": str(end)}


def _transfer(world: World, video: Video, request: Request) -> dict[str, Any]:
    offsets = _offsets(world, video)
    chunk = request.files.get("video_file_chunk")
    if chunk is None:
        raise GraphError(100, "(#100) The parameter video_file_chunk is required")
    wanted = int(offsets["end_offset"]) - video.received
    if request.params.get("start_offset") != offsets["start_offset"] or len(chunk.content) != wanted:
        said = "There was a problem uploading your video file. Please try again."
        raise GraphError(6000, said, subcode=1363037, data=offsets)
    video.append(chunk.content)
    return {**_offsets(world, video)}


def _finish(graph: Graph, video: Video, request: Request) -> dict[str, Any]:
    world, params = graph.world, request.params
    if not video.is_whole:
        data = _offsets(world, video)
        raise GraphError(6000, "The upload is not complete.", subcode=1363037, data=data)
    published = bool(flag(request, "published", True))
    when = graph.schedule(params, published=published)
    video.title, video.description = params.get("title", ""), params.get("description", "")
    video.labels = _labels(params.get("custom_labels"))
    if thumb := request.files.get("thumb"):
        _set_thumbnail(world, video, thumb.content)
    video.failed = request.spoiled == "processing_failed"
    world.finish_video(video, published=published, scheduled_at=when)
    return {"success": True}


def reel(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    """`POST /{page}/video_reels`: start and finish; the bytes go to rupload between the two."""
    graph.own_page(page, request)
    world, params, phase = graph.world, request.params, request.params.get("upload_phase", "")
    if phase == "start":
        video = world.add_video(page, size=0, reel=True)
        return {
            "video_id": video.id,
            "upload_url": f"{request.base}/video-upload/{request.version}/{video.id}",
        }
    found = world.videos.get(params.get("video_id", ""))
    if phase != "finish" or found is None or found.page != page.id or found.finished_at or not found.is_whole:
        raise GraphError(100, "(#100) Invalid parameter: upload_phase, video_id")
    state = params.get("video_state", "DRAFT")
    if state == "SCHEDULED":
        when = in_window(world, params.get("scheduled_publish_time"), _REEL_WINDOW)
    elif state in ("PUBLISHED", "DRAFT"):
        when = None
    else:
        raise GraphError(100, "(#100) Param video_state must be one of {DRAFT, PUBLISHED, SCHEDULED}")
    since = world.now() - timedelta(days=1)
    of_late = [v for v in world.videos.values() if v.reel and v.page == page.id and v.finished_at]
    if sum(v.finished_at > since for v in of_late if v.finished_at) >= world.shelf.reels_a_day:
        raise GraphError(613, "(#613) Calls to this api have exceeded the rate limit.")
    found.title, found.description = params.get("title", ""), params.get("description", "")
    found.failed = request.spoiled == "processing_failed"
    world.finish_video(found, published=state == "PUBLISHED", scheduled_at=when)
    return {"success": True}


def rupload_target(graph: Graph, request: Request) -> Video | Reply:
    """The Reel whose bytes follow, or the refusal."""
    page = graph.world.by_token.get(request.token)
    video = graph.world.videos.get(request.object)
    if page is None or video is None or video.page != page.id or not video.reel or video.finished_at:
        return _upload_error("ProcessingFailedError", "Request processing failed", status=401)
    size, offset = request.params.get("file_size", ""), request.params.get("offset", "")
    if not size.isdigit() or not offset.isdigit() or (video.size and int(size) != video.size):
        return _upload_error("OffsetInvalidError", "offset and file_size are required")
    video.size = int(size)
    if int(offset) != video.received or request.spoiled == "offset_invalid":
        return _upload_error("OffsetInvalidError", f"Request starting offset is invalid: {video.received}")
    return video


def rupload_answer(video: Video) -> Reply:
    """After the body ended."""
    if video.is_whole:
        return Reply(body=b'{"success":true}')
    return _upload_error("PartialRequestError", "Partial request (did not match length of file)")


def _upload_error(kind: str, said: str, *, status: int = 400) -> Reply:
    body = {"debug_info": {"retriable": kind == "PartialRequestError", "type": kind, "message": said}}
    return Reply(status, json.dumps(body).encode())


def show(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    graph.demand(page, "pages_read_engagement")
    video = own_video(graph, page, request)
    fields = request.params.get("fields", "")
    if "comments" in fields or "likes" in fields:
        graph.demand(page, "pages_read_user_content")
    return show_video(graph.world, video, fields, request.base)


def update(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    """`POST /{video}`: words, labels, `published`, `scheduled_publish_time`."""
    graph.demand(page, "pages_manage_posts")
    world, params, video = graph.world, request.params, own_video(graph, page, request)
    post = world.posts.get(video.post)
    if post is None:
        raise GraphError(100, "(#100) The video is still being uploaded")
    published = flag(request, "published", None)
    if published is False and post.is_out(world.now()):
        raise GraphError(100, "(#100) A published video cannot be unpublished")
    if "scheduled_publish_time" in params:
        post.scheduled_at = graph.schedule(params, published=bool(published) or post.is_out(world.now()))
    video.title = params.get("name", video.title)
    video.description = post.message = params.get("description", video.description)
    if "custom_labels" in params:
        video.labels = _labels(params["custom_labels"])
    if published:
        world.publish(post)
    return {"success": True}


def delete(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    graph.demand(page, "pages_manage_posts")
    graph.world.remove_video(own_video(graph, page, request))
    return {"success": True}


def thumbnail(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    graph.demand(page, "pages_manage_posts")
    video, image = own_video(graph, page, request), request.files.get("source")
    if image is None:
        raise GraphError(100, "(#100) The parameter source is required")
    _set_thumbnail(graph.world, video, image.content)
    return {"success": True}


def captions(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    graph.demand(page, "pages_manage_posts")
    video, file = own_video(graph, page, request), request.files.get("captions_file")
    if file is None or not _CAPTIONS_NAME.fullmatch(file.name) or not _SRT_CUE.search(file.content):
        raise GraphError(100, "(#100) captions_file must be an SRT file named name.xx_XX.srt")
    video.captions[file.name.split(".")[-2]] = file.content
    return {"success": True}


def insights(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    for scope in ("read_insights", "pages_manage_engagement"):
        graph.demand(page, scope)
    video = own_video(graph, page, request)
    post = graph.world.posts.get(video.post)
    counts = interactions(post, graph.world.now()) if post else {}
    return video_insights(video.id, counts, request.params, reel=video.reel)


def listing(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    """`GET /{page}/videos` and `GET /{page}/video_reels`, newest first, hidden ones among them.

    Just made ones are missing for as long as by their id.
    """
    graph.own_page(page, request, scope="pages_read_engagement")
    params, reels = request.params, request.edge == "video_reels"
    since = moment(params.get("since"))
    limit = int(params["limit"]) if params.get("limit", "").isdecimal() else 25
    before = int(params["after"]) if params.get("after", "").isdecimal() else None
    videos = [
        video
        for video in reversed(graph.world.videos.values())
        if video.page == page.id
        and video.reel is reels
        and video.finished_at
        and graph.world.now() - video.finished_at >= graph.world.shelf.hidden_for
        and not (since and video.finished_at < since)
        and not (before is not None and int(video.id) >= before)
    ]
    fields = params.get("fields", "")
    shown = [show_video(graph.world, video, fields, request.base) for video in videos[:limit]]
    answer: dict[str, Any] = {"data": shown}
    if shown:
        after = shown[-1]["id"]
        answer["paging"] = {"cursors": {"before": shown[0]["id"], "after": after}}
        if len(videos) > limit:
            address = f"{request.base}/{request.version}/{page.id}/{request.edge}"
            answer["paging"]["next"] = f"{address}?limit={limit}&after={after}"
    return answer


def in_window(world: World, value: str | None, window: tuple[timedelta, timedelta]) -> datetime:
    """A time to come; raises GraphError for one that is too near, too far, or none."""
    when = moment(value)
    if when is None or not window[0] <= when - world.now() <= window[1]:
        raise GraphError(100, "(#100) The specified scheduled publish time is invalid.")
    return when


def _set_thumbnail(world: World, video: Video, content: bytes) -> None:
    video.thumbnail_mime = image_type(content)
    video.thumbnail = world.add_image(content)


def _labels(value: str | None) -> list[str]:
    try:
        listed = json.loads(value or "[]")
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        raise GraphError(100, "(#100) Param custom_labels must be an array")
    return [str(label) for label in listed]
