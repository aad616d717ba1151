"""A program in a real terminal: what it asks is waited for, answers are typed, the screen is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_S = 60.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def converse(
    args: Sequence[str],
    environment: dict[str, str],
    answers: Sequence[tuple[str, str | Callable[[], object]]],
    *,
    columns: int = 80,
) -> tuple[int, str]:
    """Run `python ARGS`; each answer is typed (or called) once its words have come to the screen.

    Returns the exit code and all that was shown. Raises AssertionError when words do not come.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOA_", "DISPLAY", "WAYLAND"))
    }
    process = subprocess.Popen(
        [sys.executable, *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**kept, "PYTHONPATH": str(ROOT), "COLUMNS": str(columns), "TERM": "xterm", **environment},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # getpass opens /dev/tty
    )
    os.close(theirs)
    screen, read_up_to, until = "", 0, time.monotonic() + LONGEST_S
    waiting = list(answers)
    raw = b""
    try:
        while time.monotonic() < until:
            ready, _, _ = select.select([ours], [], [], 0.2)
            if ready:
                try:
                    chunk = os.read(ours, 65536)
                except OSError:  # Linux: the other end is closed
                    break
                if not chunk:
                    break
                raw += chunk
                screen = _ESCAPES.sub("", raw.decode("utf-8", "ignore")).replace("\r", "")
            if waiting and (at := screen.find(waiting[0][0], read_up_to)) >= 0:
                words, answer = waiting.pop(0)
                read_up_to = at + len(words)
                if callable(answer):
                    answer()
                else:
                    os.write(ours, answer.encode())
        code = process.wait(10)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert not waiting, f"{waiting[0][0]!r} never came:\n{screen}"
    return code, screen
