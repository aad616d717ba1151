"""A video for an article: streamed up in one piece, then converted by Zalo until it has an id (facts §2.5).

Nobody sees it before an article bears it, so an upload whose answer was lost is simply made again. Zalo has
no call that lists or removes uploaded videos: one that was left over stays there, unseen.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from connectors.contract import Context, Handle, Save
from connectors.errors import NotSent, NotYet, Refused
from connectors.zalo import readback
from connectors.zalo.api import OaApi
from connectors.zalo.errors import WORKING_WAIT, number
from connectors.zalo.origins import Origins
from content.variant import MediaRef

CHUNK_BYTES = 256 * 1024
RENEW_EVERY = timedelta(seconds=10)
"""How often the lease is renewed while bytes leave: one upload may outlast it."""
SLOWEST_BYTES_S = 128 * 1024
"""A line slower than this is given up: 50 MB take six and a half minutes on it."""
LOOKS_S = (2.0, 4.0, 8.0)

READY, LOCKED, FAILED, DELETED = 1, 2, 4, 5
"""Of the status numbers of `upload_video/verify`; 0 (unknown) and 3 are still under work."""
_OVER = {LOCKED: "zalo:video-locked", FAILED: "zalo:video-failed", DELETED: "zalo:video-deleted"}
_SUFFIXES = {"video/mp4": ".mp4", "video/x-msvideo": ".avi"}


class OneFile:
    """A form of one file, read in chunks as often as it is iterated. Field `file`, as Zalo's SDK sends it.

    `on_move` is told before every chunk. Raises NotSent when the file is not as long as it was said to be.
    """

    def __init__(self, path: Path, ref: MediaRef, on_move: Callable[[], None]) -> None:
        boundary = "loa-" + secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        name = ref.sha256[:16] + _SUFFIXES.get(ref.mime, "")
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {ref.mime}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._path, self._size, self._on_move = path, ref.size_bytes, on_move

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        try:
            with self._path.open("rb") as file:
                while left:
                    self._on_move()
                    chunk = file.read(min(CHUNK_BYTES, left))
                    if not chunk:
                        raise NotSent("zalo:media-shrunk", f"{self._size - left} of {self._size} bytes")
                    left -= len(chunk)
                    yield chunk
        except OSError as error:
            raise NotSent("zalo:media-unreadable", type(error).__name__) from None
        yield self._tail


class Videos:
    """Brings one delivery's video up. Handle: `video_sha256`, `video_token`, then `video_id`."""

    def __init__(self, context: Context, api: OaApi, marker: str) -> None:
        self._context = context
        self._api = api
        self._marker = marker

    def bring_up(self, ref: MediaRef, handle: Handle, save: Save) -> None:
        """`handle` gets `video_id`. NotYet while Zalo converts, Refused when it cannot use the file."""
        if "video_token" not in handle:
            handle["video_sha256"] = ref.sha256
            handle["video_token"] = self._upload(ref, handle, save)
            save(dict(handle))
            self._api.begin()  # a save renews the lease
        video = self._id_of(handle, save)
        Origins(self._context).note(video, self._marker)
        handle["video_id"] = video
        del handle["video_token"]
        save(dict(handle))
        self._api.begin()

    def _upload(self, ref: MediaRef, handle: Handle, save: Save) -> str:
        kept_at = self._context.now()

        def on_move() -> None:
            nonlocal kept_at
            now = self._context.now()
            if now - kept_at >= RENEW_EVERY:
                kept_at = now
                save(dict(handle))  # raises when the lane was lost: nothing more is sent then

        body = OneFile(self._context.media(ref), ref, on_move)
        return self._api.upload(body, body.content_type, longest_s=len(body) / SLOWEST_BYTES_S)

    def _id_of(self, handle: Handle, save: Save) -> str:
        token = str(handle["video_token"])
        for pause in (*LOOKS_S, None):
            try:
                told = self._api.video(token)
            except Refused as error:
                if not readback.is_gone(error):
                    raise
                self._forget(handle, save)
                raise NotSent("zalo:video-token-gone", error.detail) from None
            status = number(told.get("status"))
            name = told.get("video_id")
            if status == READY and isinstance(name, str) and name:
                return name
            if status in _OVER:
                self._forget(handle, save)
                raise Refused(_OVER[status], str(told.get("status_message") or ""))
            if pause is None or not self._api.pause(pause):
                break
        percent = number(told.get("convert_percent"))
        raise NotYet("zalo:video-converting", f"{percent or 0} %", retry_at=self._later())

    def _later(self) -> datetime:
        return self._context.now() + WORKING_WAIT

    def _forget(self, handle: Handle, save: Save) -> None:
        handle.pop("video_token")
        save(dict(handle))
