"""Reading away from the event loop: one read at a time, and the newest request wins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from textual.dom import DOMNode

if TYPE_CHECKING:
    from loa.services.overview import Overview
    from loa.services.workspace import Workspace

T = TypeVar("T")

REST = 2
"""After a read that took a while the next one by itself waits so many times as long: a huge database
must not keep a core busy beside a publisher that commits all the time."""


@dataclass(frozen=True)
class Head:
    """What the header of every room tells."""

    overview: Overview
    practice: bool


def read_head(workspace: Workspace) -> Head:
    """In a thread."""
    from loa.services import training
    from loa.services.overview import overview

    return Head(overview(workspace), training.practises(workspace))


class Reader(Generic[T]):
    """Runs `work` in a thread and gives what it read to `show`, in the event loop.

    What is asked for while it reads is read once more afterwards; what was read for an older request is
    not shown then. `failed` hears of an exception, and of None once a read has come off again.
    """

    def __init__(
        self,
        node: DOMNode,
        work: Callable[[], T],
        show: Callable[[T], None],
        failed: Callable[[Exception | None], None],
    ) -> None:
        self._node, self._work, self._show, self._failed = node, work, show, failed
        self._wanted = False
        self._rests_until = 0.0
        self.reading = False

    @property
    def rests(self) -> bool:
        """Whether a read that nobody asked for should wait."""
        return self.reading or monotonic() < self._rests_until

    def want(self) -> None:
        self._wanted = True
        if not self.reading:
            self.reading = True
            self._node.run_worker(self._read(), group="read")

    async def _read(self) -> None:
        began = monotonic()
        try:
            while self._wanted:
                self._wanted = False
                told = await asyncio.to_thread(self._work)
                if not self._node.is_running:
                    return
                if not self._wanted:
                    self._show(told)
                self._failed(None)
        except Exception as error:  # the database is away or locked: say so, and try at the next look
            self._failed(error)
        finally:
            self.reading = False
            self._rests_until = monotonic() + REST * (monotonic() - began)
