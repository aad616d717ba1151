"""Being told to stop a publisher or worker: Ctrl+C at the keyboard, SIGTERM from the system."""

from __future__ import annotations

import _thread
import os
import signal
from collections.abc import Callable

from content.wording import say
from loa.cli.output import speak


def stop_when_told(stop: Callable[[], None]) -> None:
    """The first signal ends it in order; a second one at once, which is as harmless as a lost machine.

    `stop` is called in a thread of its own. A handler runs between two steps of the main thread, which may
    at that moment hold the lock inside the very `threading.Event` that `stop` sets: it would wait for ever.
    (`threading.Thread` takes locks of its own to start, hence `_thread`.)
    """
    told: list[int] = []

    def came(number: int, _frame: object) -> None:
        told.append(number)
        if len(told) == 1:
            _thread.start_new_thread(stop, ())
        else:
            _thread.start_new_thread(_leave, (number,))

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, came)


def _leave(number: int) -> None:
    speak(say("cli.run.hurried"))
    os._exit(128 + number)
