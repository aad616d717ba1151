"""A video's way up: a session, then chunks, and always the server's word on how far it got.

The session's address is known before the first byte leaves (`start`), so that it can be saved; any
process that holds it can ask and go on (Google, "Resumable Uploads").
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from googleapiclient.errors import HttpError  # type: ignore[import-untyped]
from googleapiclient.http import MediaUpload  # type: ignore[import-untyped]

from connectors.errors import NotSent, Refused, Unknown
from connectors.youtube.transport import Api
from content.limits import MIB

CHUNK_BYTES = 8 * MIB
SMALLEST_CHUNK_BYTES = 256 * 1024
"""Every chunk but the last is a multiple of this (Google, "Resumable Uploads")."""
STALLS_MOST = 1
"""Troubles in a row without a byte gained before the lane's back-off takes over."""
METHOD = "youtube.videos.insert"
PART = "snippet,status"


class SessionGone(NotSent):
    """The server does not know this session any more: it ended, or the video was finished long ago."""


class ChunkedFile(MediaUpload):  # type: ignore[misc]  # the package has no types
    """A file that is read one chunk at a time, as bytes: the library's own stream cannot be sent again."""

    def __init__(self, path: Path, mime: str, size: int, chunk: int) -> None:
        self._mime, self._size = mime, size
        self.chunk = chunk
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise NotSent("yt:media-unreadable", type(error).__name__) from None

    def chunksize(self) -> int:
        return self.chunk

    def mimetype(self) -> str:
        return self._mime

    def size(self) -> int:
        return self._size

    def resumable(self) -> bool:
        return True

    def has_stream(self) -> bool:
        return False

    def getbytes(self, begin: int, length: int) -> bytes:
        wanted = min(length, self._size - begin)
        try:
            self._file.seek(begin)
            data = self._file.read(wanted)
        except OSError as error:
            raise NotSent("yt:media-unreadable", type(error).__name__) from None
        if len(data) != wanted:  # the library would take a short read for the end of the video
            raise NotSent("yt:media-shrunk", f"{len(data)} of {wanted} bytes at {begin}")
        return data

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> ChunkedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Upload:
    """One video on its way. `sent` is how many bytes the server said it has."""

    def __init__(self, api: Api, file: ChunkedFile, body: dict[str, Any], *, name: str, notify: bool) -> None:
        self._api, self._file, self._body, self._name, self._notify = api, file, body, name, notify
        self.sent = 0
        self._uri = ""

    def start(self) -> str:
        """Open a session and return its address; no byte of the video has left yet. Costs one upload."""
        request = self._request()
        request.headers["Slug"] = self._name
        headers = {
            **request.headers,
            "X-Upload-Content-Type": self._file.mimetype(),
            "X-Upload-Content-Length": str(self._file.size()),
            "content-length": str(request.body_size),
        }
        self._api.quota.count(METHOD)
        response, content = self._api.wire.request(
            request.uri, method=request.method, body=request.body, headers=headers
        )
        if response.status >= 300:
            raise self._api.trouble(response, content, METHOD, creates=True)
        if not response.get("location", "").startswith(("https://", "http://")):
            raise Unknown("yt:no-session", f"{METHOD}: no address of a session in the answer")
        return str(response["location"])

    def resume(self, uri: str) -> None:
        """Go on in this session; ask it before anything is sent."""
        self._uri, self.sent = uri, 0

    def ask(self) -> dict[str, Any] | None:
        """How far the server is: sets `sent`; the finished video when it has everything already.

        Raises SessionGone when there is no such session.
        """
        video, self.sent = ask(self._api, self._uri, self._file.size())
        return video

    def send_all(self, keep: Callable[[int], None]) -> dict[str, Any]:
        """Send what is missing; `keep` is told after every chunk how much the server has.

        A chunk that went wrong is settled by asking, which loses nothing and doubles nothing.
        """
        stalls = idle = 0
        while True:
            before = self.sent
            try:
                video = self._send_chunk()
            except SessionGone:
                raise
            except (Unknown, NotSent) as trouble:
                trouble.__traceback__ = trouble.__context__ = None  # their frames keep a whole chunk
                self._slow_down()
                video = self.ask()
                stalls = 0 if self.sent > before else stalls + 1
                if video is None and stalls > STALLS_MOST:
                    raise trouble from None
            if video is not None:
                return video
            idle = idle + 1 if self.sent <= before else 0
            if idle > STALLS_MOST:  # it says to go on, and takes nothing
                raise Unknown("yt:no-progress", f"{self.sent} bytes are there, and no more get there")
            keep(self.sent)

    def _send_chunk(self) -> dict[str, Any] | None:
        if self.sent >= self._file.size():
            if (video := self.ask()) is not None:
                return video
            raise Unknown("yt:not-finished", "every byte is there, and the video is not")
        request = self._request()
        request.resumable_uri, request.resumable_progress = self._uri, self.sent
        try:
            _, video = self._api.guard(self._next_chunk(request), METHOD, creates=True)
        except _Gone:
            raise SessionGone("yt:session-gone") from None
        if video is None:
            self.sent = request.resumable_progress
            return None
        if not is_video(video):
            raise Unknown("yt:no-id", f"{METHOD}: the answer names no video")
        return dict(video)

    def _next_chunk(self, request: Any) -> Callable[[], Any]:
        def act() -> Any:
            try:
                return request.next_chunk(num_retries=0)
            except HttpError as error:
                if error.resp.status in (404, 410):
                    raise _Gone from None
                raise

        return act

    def _request(self) -> Any:
        return self._api.upload.videos().insert(
            part=PART, body=self._body, media_body=self._file, notifySubscribers=self._notify
        )

    def _slow_down(self) -> None:
        """A line that cut one chunk may carry a smaller one."""
        half = self._file.chunk // 2 // SMALLEST_CHUNK_BYTES * SMALLEST_CHUNK_BYTES
        self._file.chunk = max(half, SMALLEST_CHUNK_BYTES)


class _Gone(Exception):
    """404 or 410 on a session, on its way out of the library."""


def ask(api: Api, uri: str, size: int) -> tuple[dict[str, Any] | None, int]:
    """The finished video or None, and how many bytes the session has. Sends no byte of the video."""
    headers = {"Content-Range": f"bytes */{size}", "content-length": "0"}
    response, content = api.wire.request(uri, method="PUT", headers=headers)
    if response.status in (404, 410):
        raise SessionGone("yt:session-gone")
    if response.status in (200, 201):
        video = _decoded(content)
        if not is_video(video):
            raise NotSent("yt:unreadable", "a finished session that names no video")
        return video, size
    if response.status == 308:
        return None, _stored(response.get("range"), size)
    raise api.trouble(response, content, METHOD, creates=False)


def is_video(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("id"), str) and bool(answer["id"])


def check_file(path: Path, *, sha256: str, size: int) -> None:
    """Before going on in a session: the file must be the one it was opened for."""
    try:
        with path.open("rb") as file:
            same = path.stat().st_size == size and hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError as error:
        raise NotSent("yt:media-unreadable", type(error).__name__) from None
    if not same:
        raise Refused("yt:media-changed", "the file is not the one whose upload was begun")


def _stored(range_header: str | None, size: int) -> int:
    """`bytes=0-524287` → 524288; no header means that nothing was kept."""
    if not range_header:
        return 0
    _, _, last = range_header.partition("-")
    if not _is_whole(last) or int(last) >= size:
        raise NotSent("yt:unreadable", f"Range: {range_header[:40]}")
    return int(last) + 1


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
