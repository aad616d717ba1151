"""One start of an application without a terminal: `python -m bench.frame BEGAN [WORKSPACE]`.

Prints `frame` and `rows` with the seconds since BEGAN and the memory so far in kilobytes. Without a workspace
it is a bare Textual application, the floor.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.widgets import Static

if TYPE_CHECKING:
    from loa.services.workspace import Workspace


def told(what: str) -> None:
    # Linux: what `getrusage` tells begins with the process that started this one
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    kilobytes = int(peak.split()[1])
    print(what, time.time() - float(sys.argv[1]), kilobytes, file=sys.__stdout__, flush=True)


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Loa")

    def on_mount(self) -> None:
        self.call_after_refresh(self.leave)

    def leave(self) -> None:
        told("frame")
        told("rows")
        self.exit()


def loa(folder: Path) -> App[None]:
    from tui import app, rooms

    rooms.AFTER_TROUBLE = ""  # the queue is what is measured

    def opening() -> Workspace:
        from loa.services.workspace import Workspace

        return Workspace.open(folder)

    class Timed(app.Window):
        CSS_PATH = Path(app.__file__).with_name("window.tcss")

        def on_mount(self) -> None:
            self.call_after_refresh(told, "frame")
            self.set_interval(0.005, self.look)

        def look(self) -> None:
            if any(getattr(table, "count", 0) for table in self.screen.query("VirtualTable")):
                told("rows")
                self.exit()

    return Timed(opening)


if __name__ == "__main__":
    (loa(Path(sys.argv[2])) if len(sys.argv) > 2 else Bare()).run(headless=True, size=(100, 30))
