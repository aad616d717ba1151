"""A page with one widget in a real terminal, and somebody who types there."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0
TAKE = b"\x1b[24~"  # F12


class Typewriter:
    """Starts the page and waits until it stands ready; a context manager."""

    def __init__(self, widget: str) -> None:
        self._keys, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._told, telling = os.pipe()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.tui.typing.page", widget, str(telling)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1"},
            pass_fds=(telling,),
            start_new_session=True,
        )
        os.close(theirs)
        os.close(telling)
        self._screen = bytearray()
        self._lines = b""
        threading.Thread(target=self._drain, daemon=True).start()
        assert self._hear() == "ready"

    def __enter__(self) -> Typewriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._keys)
        os.close(self._told)

    def type(self, writes: Sequence[str | bytes], gap_s: float) -> str:
        """What stands in the widget after the writes, with a gap after each."""
        for write in writes:
            os.write(self._keys, write.encode() if isinstance(write, str) else write)
            if gap_s:
                time.sleep(gap_s)  # this is what is tested, not a wait for something
        os.write(self._keys, TAKE)
        return self._hear()

    def _hear(self) -> str:
        until = time.monotonic() + PATIENCE_S
        while b"\n" not in self._lines:
            ready, _, _ = select.select([self._told], [], [], max(0.0, until - time.monotonic()))
            told = os.read(self._told, 65536) if ready else b""
            if not told:
                raise AssertionError(
                    f"the page tells nothing; its screen is\n{self._screen.decode('utf-8', 'replace')}"
                )
            self._lines += told
        line, _, self._lines = self._lines.partition(b"\n")
        said = json.loads(line)
        assert isinstance(said, str)
        return said

    def _drain(self) -> None:
        """A terminal that nobody reads would hold the page up."""
        with suppress(OSError):
            while shown := os.read(self._keys, 65536):
                self._screen += shown
                del self._screen[:-100_000]
