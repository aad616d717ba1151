"""Whether another connection has committed something: how a change is seen across processes."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class News:
    """Tells of commits to one SQLite file by `PRAGMA data_version`, which reads no table (some 20 µs).

    Without a file (a database server) nobody can tell so cheaply: then every look is news.
    """

    def __init__(self, file: Path | None) -> None:
        self._connection = sqlite3.connect(file, check_same_thread=False) if file else None
        self._seen = self._version()

    def came(self) -> bool:
        """Whether somebody committed since last asked; raises sqlite3.Error when the file cannot be read."""
        version = self._version()
        changed = version is None or version != self._seen
        self._seen = version
        return changed

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _version(self) -> int | None:
        if self._connection is None:
            return None
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
