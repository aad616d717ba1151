"""Bodies of requests on their way in. A platform does not act on half a request, so neither do these."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.types import Receive


class Gone(Exception):
    """The sender went away before its request was whole: nothing of it counts."""


async def whole_pieces(receive: Receive) -> AsyncIterator[bytes]:
    """A body as it comes, to its end. Raises Gone."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body"):
            return


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """For uploads that can be gone on with: to the end, or to where the sender went away."""
    try:
        async for piece in whole_pieces(receive):
            yield piece
    except Gone:
        return
