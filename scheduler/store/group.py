"""Group commit: what many workers write at one moment goes to the disk once.

On SQLite a commit costs an fsync and the file takes one writer, so threads that each commit would
queue for the lock; here one thread takes all that is waiting and commits it together.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar

from scheduler.store.database import Transactions, Work
from scheduler.trouble import trouble

T = TypeVar("T")
LARGEST_GROUP = 256


class Closed(RuntimeError):
    """Nothing is written any more: whoever wanted to is late, since the process ends."""


class Store(Transactions, Protocol):
    """A database, or one of the ways to write to it."""

    @property
    def file(self) -> Path | None: ...


class GroupCommit:
    """`Transactions` for many threads. Work must do nothing but talk to its connection: it may run twice."""

    def __init__(self, database: Store) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="loa-writer", daemon=True)
        self._thread.start()

    def run(self, work: Work[T]) -> T:
        """Blocks until `work` is committed; raises what it raised."""
        done: Future[T] = Future()
        with self._door:
            if self._closed:
                raise Closed("the writer is closed")
            self._waiting.put((work, done))
        return done.result()

    def close(self) -> None:
        """Finish what is waiting and stop."""
        with self._door:  # nothing can be put behind the end
            self._closed = True
            self._waiting.put(None)  # a second time it finds no thread
        self._thread.join()

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, last = [first], False
            while len(group) < LARGEST_GROUP:
                try:
                    further = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if further is None:
                    last = True
                    break
                group.append(further)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        try:
            results = self._database.run(lambda connection: [work(connection) for work, _ in group])
        except BaseException as error:
            if trouble(
                error, self._database.file or Path()
            ):  # none of them is to blame, all would wait again
                for _, done in group:
                    done.set_exception(error)
                return
            for work, done in group:  # one of them failed and took the rest along: each on its own now
                try:
                    done.set_result(self._database.run(work))
                except BaseException as error:
                    done.set_exception(error)
            return
        for (_, done), result in zip(group, results, strict=True):
            done.set_result(result)
