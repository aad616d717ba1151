"""Completing a path while it is typed: the only folder or file that it can still be, taken with →."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from textual.suggester import Suggester

MOST_LOOKED_AT = 2000
"""Names in one folder; whoever keeps more types on."""


class PathSuggester(Suggester):
    """Folders, and files with one of the `endings`; `~` and relative paths as they are typed."""

    def __init__(self, endings: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._endings = tuple(endings)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(self._complete, value)

    def _complete(self, value: str) -> str | None:
        head, slash, begun = value.rpartition("/")
        if not slash or value[0] in "'\"" or "://" in value:
            return None
        try:
            folder = Path(head + slash).expanduser()
            found = sorted(
                one.name + ("/" if one.is_dir() else "")
                for one in islice(folder.iterdir(), MOST_LOOKED_AT)
                if one.name.startswith(begun)
                and (begun.startswith(".") or not one.name.startswith("."))
                and (one.suffix.lower() in self._endings or one.is_dir())
            )
        except (OSError, ValueError, RuntimeError):  # no such folder, not ours to read, no home
            return None
        return f"{head}/{found[0]}" if found else None
