"""Which delivery brought up which video: what alone tells the video articles of equal words apart.

A video article bears no tracking link, and two deliveries may say the very same. So it is written down whose
a video is before anything bears it. A video of which nothing is written was brought up by an earlier life of
the workspace, before it was restored from a backup: no handle names its article. Kept beside the channel's
tokens, where it is committed at once and read by every process.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Context
from connectors.errors import ConnectorError, NotSent

KEPT = timedelta(days=62)
"""Longer than any delivery waits."""
NAME = "videos"
"""The list's name among the channel's secrets."""


class Origins:
    """The videos of one OA. Raises NotSent when the list cannot be read or written."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def note(self, video: str, marker: str) -> None:
        """Commit that this delivery brought the video up."""
        store, now = self._context.secrets, self._context.now()
        if store is None:
            raise NotSent("zalo:videos-not-noted", "no secret store")
        try:
            with store.alone():
                young = {name: entry for name, entry in self._entries().items() if _at(entry) > now - KEPT}
                noted = young | {video: {"marker": marker, "at": now.isoformat()}}
                store.replace({NAME: json.dumps(noted)})
        except ConnectorError:
            raise
        except Exception as error:
            raise NotSent("zalo:videos-not-noted", type(error).__name__) from None

    def markers(self) -> dict[str, str]:
        """Video → marker of the delivery that brought it up."""
        try:
            return {video: str(entry["marker"]) for video, entry in self._entries().items()}
        except ConnectorError:
            raise
        except Exception as error:
            raise NotSent("zalo:videos-unreadable", type(error).__name__) from None

    def _entries(self) -> dict[str, dict[str, Any]]:
        secrets = (self._context.secrets.read() if self._context.secrets else None) or {}
        return dict(json.loads(secrets.get(NAME) or "{}"))


def _at(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["at"])
