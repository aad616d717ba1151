"""A `SecretStore` on a file with a real lock between processes, for tests of two at once and of kills."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


class FileStore:
    """`on_pair` is called before a new pair is committed: the place to die in."""

    def __init__(self, file: Path, *, on_pair: Callable[[], None] | None = None) -> None:
        self._file = file
        self._on_pair = on_pair

    def read(self) -> Mapping[str, str]:
        return dict(json.loads(self._file.read_text("utf-8")))

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.asked_by(os.getpid()).touch()
        with FileLock(self._file.with_suffix(".lock"), timeout=20):
            yield

    def asked_by(self, process: int) -> Path:
        """Exists once that process has asked to be alone."""
        return self._file.with_suffix(f".asked-{process}")

    def replace(self, secrets: Mapping[str, str]) -> None:
        if self._on_pair and "access_token" in secrets:
            self._on_pair()
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps({**self.read(), **secrets}), "utf-8")
        temporary.replace(self._file)
