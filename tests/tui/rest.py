"""When an application rests: asked of the application itself.

Textual's Pilot sleeps in steps of 20 ms, three times for a key, until the process uses little CPU. That was
most of the time of these tests, and proves nothing on a machine that is busy with something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual._context import active_app
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import ModalScreen

CALM = 5
"""Turns of the event loop in a row: one thing leads to another, a message to a task, a task to a message."""
TURNS = 20
"""So many turns come at once; then what is waited for is a thread, which needs the processor."""
LOOK_S = 0.001
PATIENCE_S = 30.0
GLANCE_S = 0.02


async def rests(app: App[Any], patience_s: float = PATIENCE_S) -> bool:
    """Wait until every message is acted upon, all work has come back and every line is drawn.

    Work that waits for an answer to the dialog on the screen does not count. False: it never came to rest.
    """
    return await comes(lambda: not _busy(app), patience_s, CALM)


async def comes(holds: Callable[[], bool], patience_s: float = PATIENCE_S, times: int = 1) -> bool:
    """Let the event loop go on until something holds, so many turns in a row; False: it never did."""
    loop = asyncio.get_running_loop()
    until, turns, held = loop.time() + patience_s, 0, 0
    while held < times:
        held = held + 1 if holds() else 0
        turns += 1
        if loop.time() > until:
            return held >= times
        await asyncio.sleep(LOOK_S if turns > TURNS and not held else 0)
    return True


def _busy(app: App[Any]) -> bool:
    if app._exception is not None or not app._running:
        return False  # it has ended: nothing more will come
    if app._resize_event is not None or any(map(_acts, (app, *app._registry))):
        return True
    screen = app.screen
    if not screen.is_mounted:
        return True
    asking = isinstance(screen, ModalScreen)
    if any(not asking or work.group != "dialog" for work in app.workers if not work.is_finished):
        return True
    if app.animator._animations or app.animator._scheduled:
        return True
    to_draw = (
        screen._layout_required or screen._repaint_required or screen._dirty_widgets or screen._callbacks
    )
    screen._on_timer_update()  # now, not with the next frame
    return bool(to_draw)


def _acts(pump: MessagePump) -> bool:
    """Whether it is doing something, or is about to: an idle one waits at its empty queue."""
    if pump._closed or pump._closing:
        return False
    came = pump._message_queue.ready_event
    return not pump._running or came.is_set() or not came._waiters  # type: ignore[attr-defined]


async def glance(_min_sleep: float = 0.0, _max_sleep: float = 1.0) -> None:
    """What Pilot does after each key, instead of sleeping: a thread that is held back is not waited for."""
    app = active_app.get(None)
    if app is None:
        await asyncio.sleep(0)
    else:
        await rests(app, GLANCE_S)
