"""A terminal with somebody in front of it: a real pseudo-terminal, its screen kept by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyte

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0
"""How long something may take on a machine that is busy with everything else. Nothing is timed by it."""
ALTERNATE, CLICKS, MOVES, PASTE, CURSOR = 1049, 1000, 1003, 2004, 25
"""DEC private modes: alternate screen, mouse, mouse without a button, bracketed paste, cursor to be seen."""

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "space": " ",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~",
    "ctrl+pageup": "\x1b[5;5~", "ctrl+pagedown": "\x1b[6;5~",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
    "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f12": "\x1b[24~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "ceglopqtu"},
}  # fmt: skip


class _Screen(pyte.Screen):
    """pyte's, with the alternate screen that it lacks: leaving it brings back what stood there before."""

    _behind: tuple[dict[int, Any], int, int] | None = None

    def set_mode(self, *modes: int, **told: Any) -> None:
        super().set_mode(*modes, **told)
        if told.get("private") and ALTERNATE in modes and self._behind is None:
            self._behind = dict(self.buffer), self.cursor.y, self.cursor.x
            self._show({})

    def reset_mode(self, *modes: int, **told: Any) -> None:
        super().reset_mode(*modes, **told)
        if told.get("private") and ALTERNATE in modes:
            self._go_back()

    def reset(self) -> None:
        super().reset()
        self._behind = None

    def _go_back(self) -> None:
        if self._behind is not None:
            rows, self.cursor.y, self.cursor.x = self._behind
            self._behind = None
            self._show(rows)

    def _show(self, rows: dict[int, Any]) -> None:
        self.buffer.clear()
        self.buffer.update(rows)
        self.dirty.update(range(self.lines))


class Terminal:
    """One terminal and the program in it; a context manager that leaves nothing behind."""

    def __init__(
        self, args: Sequence[str], environment: dict[str, str], columns: int = 80, lines: int = 24
    ) -> None:
        self._screen = _Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self.raw = bytearray()
        """All that the program has written."""
        self._ours, self._theirs = pty.openpty()
        self._set_size(columns, lines)
        self.before = termios.tcgetattr(self._theirs)
        # A shell opens the terminal, which makes it the controlling one: a signal for each new size and for
        # the end of the line. (`preexec_fn` would run Python between fork and exec, beside other threads.)
        door = ["/bin/sh", "-c", 'exec <>"$0" >&0 2>&1 && exec "$@"', os.ttyname(self._theirs)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
        self.process = subprocess.Popen(
            [*door, *args],
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):  # the whole session: a shell has children
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.hang_up()

    # What is seen

    @property
    def text(self) -> str:
        """The screen as it would be copied, without spaces at the ends."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._screen.display).rstrip("\n")

    @property
    def modes(self) -> set[int]:
        """The private modes that are set."""
        with self._changed:
            return {mode >> 5 for mode in self._screen.mode if mode >> 5}

    @property
    def colours(self) -> set[str]:
        """Of letters and backgrounds on the screen."""
        with self._changed:
            cells = [cell for line in self._screen.buffer.values() for cell in line.values()]
        return {colour for cell in cells for colour in (cell.fg, cell.bg)}

    @property
    def settings(self) -> list[object]:
        """What `stty` shows, as `termios.tcgetattr` returns it."""
        return list(termios.tcgetattr(self._theirs))

    def until(
        self, wanted: str | Callable[[str], object], why: str = "", *, patience_s: float = PATIENCE_S
    ) -> str:
        """Wait for words, or for something to hold of the screen; returns the screen."""
        holds = wanted if callable(wanted) else lambda text: wanted in text
        end = time.monotonic() + patience_s
        with self._changed:
            while not holds(self.text):
                left = end - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._reader.is_alive()):
                    named = why or repr(wanted)
                    raise AssertionError(f"{named} never came; the screen is\n{self.text}")
                self._changed.wait(min(left, 0.5))
            return self.text

    def until_modes(self, on: Iterable[int] = (), off: Iterable[int] = ()) -> None:
        self.until(lambda _: set(on) <= self.modes and not set(off) & self.modes, f"modes {on} on, {off} off")

    # What is done

    def write(self, *pieces: str | bytes) -> None:
        """Each piece in a write of its own."""
        for piece in pieces:
            data = piece.encode() if isinstance(piece, str) else piece
            while data:
                data = data[os.write(self._ours, data) :]

    def write_apart(self, *pieces: str | bytes) -> None:
        """The program has read each piece before the next one is sent."""
        for piece in pieces:
            self.write(piece)
            end = time.monotonic() + PATIENCE_S
            while struct.unpack("i", fcntl.ioctl(self._theirs, termios.FIONREAD, bytes(4)))[0]:
                assert time.monotonic() < end, f"the program does not read; the screen is\n{self.text}"
                time.sleep(0.001)  # the kernel tells nobody that its queue has become empty

    def press(self, *keys: str) -> None:
        """Keys by name; any other single character is itself."""
        self.write(*(KEYS.get(key, key) for key in keys))

    def paste(self, words: str) -> None:
        """As a terminal pastes when it was asked to mark pastes."""
        self.write(f"\x1b[200~{words}\x1b[201~")

    def resize(self, columns: int, lines: int) -> None:
        with self._changed:
            self._screen.resize(lines, columns)
        self._set_size(columns, lines)

    def hang_up(self) -> None:
        """The line is gone: the terminal window was closed, or SSH was cut off."""
        for end in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(end)

    def ended(self) -> int:
        """Wait until the program is over; its exit code, negative for a signal."""
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end; the screen is\n{self.text}") from None
        self._drain()
        return code

    def _drain(self) -> None:
        """Until nothing written before now is unread: a question to ourselves comes back last."""
        with suppress(OSError):
            os.write(self._theirs, _LAST)
            with self._changed:
                end = time.monotonic() + PATIENCE_S
                while _LAST not in self.raw and time.monotonic() < end:
                    self._changed.wait(0.5)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read(self) -> None:
        """A terminal that nobody reads would hold the program up."""
        waiting = b""
        with suppress(OSError):
            while shown := os.read(self._ours, 65536):
                with self._changed:
                    self.raw += shown
                    # pyte does not know `CSI < u` (keyboard as before) and would print its u.
                    waiting = (waiting + shown).replace(_KEYBOARD, b"")
                    whole = len(waiting) - _begun(waiting)
                    self._stream.feed(waiting[:whole])
                    waiting = waiting[whole:]
                    self._changed.notify_all()


_LEFT_OUT = ("LOA_", "TEXTUAL", "NO_COLOR", "COLORTERM", "COLUMNS", "LINES", "TERM", "LC_", "LANG", "TMUX")
_LAST = b"\x1b]9999;read up to here\x07"
_KEYBOARD = b"\x1b[<u"


def _begun(data: bytes) -> int:
    """How many bytes at the end may be the beginning of _KEYBOARD."""
    return next((n for n in range(len(_KEYBOARD) - 1, 0, -1) if data.endswith(_KEYBOARD[:n])), 0)
