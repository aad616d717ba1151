"""A video's bytes on their way up, from wherever an earlier try ended; what is held is one block of the file.

feed  `start` → `transfer` … → (`finish`, which is not ours). The server says which bytes it wants next, and
      says so too when it is asked with the wrong ones (subcode 1363037): that is how another process goes on.
      Whether it would take fewer than it asked for is not documented, so exactly those are sent, as a stream.
reel  `start` → the rest of the file in one stream to the address it gave; how much arrived is read back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.contract import Handle
from connectors.errors import ConnectorError, NotSent, Refused, Unknown
from connectors.facebook import video_status
from connectors.facebook.graph import PageGraph
from connectors.facebook.streams import FilePart
from content.variant import MediaRef

STALLS_MOST = 2
"""Troubles in a row without a byte gained before the lane's back-off takes over."""
OTHER_OFFSETS = "/1363037"
ASK_FROM_BYTES = 1024 * 1024
"""A longer piece is not sent again before it is known whether it arrived."""

Keep = Callable[..., None]
"""Puts values into the handle and commits it, which renews the lease."""
OnMove = Callable[[], None]


class SessionGone(NotSent):
    """Facebook does not know this upload any more: it was given up, or finished long ago."""


def start(graph: PageGraph, page: str, ref: MediaRef, *, reel: bool) -> Handle:
    """Open an upload. What to keep of it: `video`, and `session` with `next` (feed) or `address` (reel)."""
    path = f"{graph.version}/{page}/{'video_reels' if reel else 'videos'}"
    fields: dict[str, Any] = {"upload_phase": "start"}
    if not reel:
        fields["file_size"] = ref.size_bytes
    answer = graph.request(path, post_args=fields)
    if reel:
        return {"video": _name(answer, "video_id"), "address": _name(answer, "upload_url")}
    session, following = _name(answer, "upload_session_id"), _offsets(answer, ref.size_bytes)
    if following is None:
        raise Unknown("fb:unreadable", "an upload that asks for nothing")
    return {"video": _name(answer, "video_id"), "session": session, "next": list(following)}


def send(
    graph: PageGraph,
    page: str,
    path: Path,
    ref: MediaRef,
    handle: Handle,
    keep: Keep,
    on_move: OnMove,
    *,
    resumed: bool,
) -> None:
    """Bring up all that is missing; `on_move` hears of every block. SessionGone: only a new upload helps."""
    try:
        if "address" in handle:
            _send_reel(graph, path, ref, handle, keep, on_move)
        else:
            _send_chunks(graph, page, path, ref, handle, keep, on_move)
    except Refused as error:
        if resumed:
            raise SessionGone("fb:session-gone", str(error)) from None
        raise


def _send_chunks(
    graph: PageGraph, page: str, path: Path, ref: MediaRef, handle: Handle, keep: Keep, on_move: OnMove
) -> None:
    begin, end = handle["next"]
    stalls = 0

    def transfer(begin: int, end: int) -> tuple[int, int] | None:
        session = {"upload_phase": "transfer", "upload_session_id": handle["session"]}
        fields, part = {**session, "start_offset": begin}, FilePart(path, begin, end, on_move=on_move)
        answer = graph.send_part(f"{graph.version}/{page}/videos", fields, "video_file_chunk", part)
        return _offsets(answer, ref.size_bytes)

    def told(trouble: ConnectorError) -> tuple[int, int] | None:
        if trouble.code.endswith(OTHER_OFFSETS):
            return _offsets(graph.error_data, ref.size_bytes)
        return None

    def ask() -> tuple[int, int] | None:
        """Which bytes it wants next, as it says in answer to an empty piece."""
        try:
            return transfer(begin, begin)
        except (Unknown, NotSent, Refused) as trouble:  # no answer of use: the piece itself is sent again
            return told(trouble)

    while begin < end:
        try:
            following = transfer(begin, end)
            if following is None or following[0] <= begin:
                raise Unknown("fb:unreadable", "a chunk was taken, and no later one asked for")
        except (Unknown, NotSent) as trouble:
            if _is_ours(trouble):
                raise
            wanted = told(trouble) or (ask() if end - begin >= ASK_FROM_BYTES else None)
            gained = wanted is not None and wanted[0] > begin
            stalls = 0 if gained else stalls + 1
            if stalls > STALLS_MOST:
                raise
            following = wanted or (begin, end)
        else:
            stalls = 0
        if following[0] != begin or following[1] != end:
            keep(next=list(following))
        begin, end = following


def _send_reel(
    graph: PageGraph, path: Path, ref: MediaRef, handle: Handle, keep: Keep, on_move: OnMove
) -> None:
    received = _received(graph, handle) if handle.get("sending") else 0
    keep(sending=True)  # another process asks first how much has arrived
    stalls = 0
    while received < ref.size_bytes:
        try:
            part = FilePart(path, received, ref.size_bytes, on_move=on_move)
            answer = graph.send_bytes(handle["address"], part, size=ref.size_bytes)
            if answer.get("success") is True:
                return
            raise Unknown("fb:no-success", graph.clean(str(answer)))
        except (Unknown, NotSent) as trouble:
            if _is_ours(trouble):
                raise
            before, received = received, _received(graph, handle)
            stalls = 0 if received > before else stalls + 1
            if stalls > STALLS_MOST:
                raise trouble from None


def _received(graph: PageGraph, handle: Handle) -> int:
    seen = video_status.look(graph, str(handle["video"]))
    if seen is None:
        return 0
    seen.check_usable()
    return seen.received


def _is_ours(trouble: Exception) -> bool:
    """The file itself, or the settings: sending again changes nothing."""
    return getattr(trouble, "code", "").startswith(("fb:media-", "fb:upload-host", "fb:base-url"))


def _offsets(answer: dict[str, Any], size: int) -> tuple[int, int] | None:
    """`start_offset` and `end_offset`, digits in strings; equal when everything is there."""
    told = [answer.get("start_offset"), answer.get("end_offset")]
    numbers = [int(value) for value in map(str, told) if value.isascii() and value.isdigit()]
    if len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1] <= size:
        return None
    return numbers[0], numbers[1]


def _name(answer: dict[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise Unknown("fb:no-id", f"the answer to a start names no {key}")
    return value
