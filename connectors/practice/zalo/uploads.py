"""Requests on their way in: a call's few bytes whole, a file measured and hashed as it comes, never held."""

from __future__ import annotations

import hashlib
import re

from starlette.types import Receive

from connectors.practice.receiving import whole_pieces
from connectors.practice.zalo.wire import Upload

PATH = "/v2.0/article/upload_video/preparevideo"
_HEAD_MOST = 16 * 1024
_CALL_MOST = 1024 * 1024
_BOUNDARY = re.compile(r"multipart/form-data\s*;.*boundary=\"?([^\";]+)")
_NAME = re.compile(rb"name=\"([^\"]*)\"")
_KIND = re.compile(rb"(?i)content-type:\s*([^\r\n]+)")


async def read_whole(receive: Receive) -> bytes:
    """A call's body, cut where it gets longer than any call is. Raises Gone."""
    body = bytearray()
    async for piece in whole_pieces(receive):
        body += piece[: _CALL_MOST - len(body)]
    return bytes(body)


async def read_upload(receive: Receive, content_type: str) -> Upload | None:
    """The one part of a multipart form; None when the body is none. Raises Gone."""
    found = _BOUNDARY.match(content_type)
    tail = f"\r\n--{found[1]}--".encode() if found else b""
    head, held, size, digest = b"", b"", 0, hashlib.sha256()
    first = b""
    inside = False
    async for piece in whole_pieces(receive):
        data = piece
        if not inside:
            head += data
            cut = head.find(b"\r\n\r\n")
            inside, data = cut >= 0, head[cut + 4 :] if cut >= 0 else b""
            head = head[:cut] if inside else head[:_HEAD_MOST]
        if inside:
            held += data
            ready = held[: -len(tail) - 2] if len(held) > len(tail) + 2 else b""
            first = first or ready[:16]
            digest.update(ready)
            size += len(ready)
            held = held[len(ready) :]
    end = held.rfind(tail)
    if not (found and inside and end >= 0):
        return None
    digest.update(held[:end])
    name, kind = _NAME.search(head), _KIND.search(head)
    return Upload(
        field=name[1].decode("utf-8", "replace") if name else "",
        mime=kind[1].decode("latin-1").strip() if kind else "",
        size=size + end,
        sha256=digest.hexdigest(),
        head=first or held[:end][:16],
    )
