"""`loa practice load` and `loa practice result`: many units at one minute, and what became of them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.moment import show
from content.wording import say
from loa.cli.output import emit, plain, speak, table
from loa.speech import number

if TYPE_CHECKING:
    from loa.services.loading import Result
    from loa.services.workspace import Workspace

PATIENCE_S = 900
COLUMNS = ("platform", "planned", "public", "p50", "p99", "max", "lost", "double")


def make_load(
    folder: Path, url: str, *, units: int | None, posts: int, at: str | None, publish: bool, as_json: bool
) -> None:
    from loa.services import loading

    found = loading.units_at(url)  # before anything is made
    chosen = dict(list(found.items())[:units])
    workspace, officers = loading.made(folder)
    try:
        load = loading.prepare(workspace, officers, chosen, posts=posts, at=at, say_step=speak)
        shown = show(load.due_at, workspace.config.zone)
        if not publish:
            speak(say("load.ready", count=number(load.deliveries), at=shown, folder=folder))
            if as_json:
                emit(load)
            return
        speak(say("load.step_run", count=number(load.deliveries), at=shown))
        _publish(workspace)
        _show(loading.result(workspace, url), as_json)
    finally:
        workspace.close()


def show_result(folder: Path, url: str, *, as_json: bool) -> None:
    from loa.services import loading

    workspace = loading.opened(folder)
    try:
        _show(loading.result(workspace, url), as_json)
    finally:
        workspace.close()


def _publish(workspace: Workspace) -> None:
    """A publisher in this process, until nothing waits any more or patience has run out."""
    from loa.services import overview, publishing

    waiting = ("queued", "preparing", "ready", "revealing", "unknown")
    until = time.monotonic() + PATIENCE_S
    with publishing.publisher(workspace) as publisher:
        thread = threading.Thread(target=publisher.run, name="publisher")
        thread.start()
        try:
            while thread.is_alive() and time.monotonic() < until:
                counts = overview.overview(workspace).counts
                if not any(counts.get(state) for state in waiting):
                    break
                thread.join(0.5)
        finally:
            publisher.stop()
            thread.join()


def _show(result: Result, as_json: bool) -> None:
    """Leaves with code 1 where anything was lost or came twice."""
    if as_json:
        emit({**plain(result), "lost": result.lost, "double": result.double})
    else:
        _print(result)
    if result.lost or result.double:
        click.get_current_context().exit(1)


def _print(result: Result) -> None:
    def late(seconds: float | None) -> str:
        return "–" if seconds is None else f"{seconds:.2f} s".replace(".", ",")

    rows = [
        (
            one.platform,
            number(one.planned),
            number(one.public),
            *map(late, (one.p50_s, one.p99_s, one.max_s)),
            number(one.lost),
            number(one.double),
        )
        for one in result.platforms
    ]
    table([say(f"load.column_{name}") for name in COLUMNS], rows)
    planned = sum(one.planned for one in result.platforms)
    published = sum(one.published for one in result.platforms)
    told = {
        "lost": number(result.lost),
        "double": number(result.double),
        "waiting": number(planned - published),
    }
    speak(say("load.total", published=number(published), planned=number(planned), **told))
