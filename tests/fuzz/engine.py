"""A parser under fire: what it is fed, which refusals are its documented answers, how long it may think."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

SEED = int(os.environ.get("LOA_SEED", "20261122"))
"""The same seed, number of examples and version of Hypothesis give the same inputs."""


@dataclass(frozen=True)
class Target:
    """One parser. Any other exception than `refuses` is a crash, and so is thinking too long.

    `longest_s` is processor time for one input, far above what the slowest good one takes.
    """

    name: str
    inputs: SearchStrategy[Any]
    feed: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = ()
    longest_s: float = 2.0


@dataclass
class Tally:
    """What came of an attack. `refused` are inputs answered with a documented error."""

    name: str
    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    crashes: list[BaseException] = field(default_factory=list)


class TooSlow(BaseException):
    """The parser took more time than one input may cost. No `except Exception` on its way may hide that."""


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Ends what never ends by itself: a loop, a wait. Calls into C end first."""

    def ring(*_: object) -> None:
        raise TooSlow(f"still busy after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def attack(target: Target, examples: int, seed_: int = SEED) -> Tally:
    """Feed it that many inputs. A crash is shrunk to a small input, which its notes tell."""
    tally = Tally(target.name)

    @seed(seed_)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
    )
    @given(target.inputs)
    def one(value: Any) -> None:
        tally.inputs += 1
        began = time.process_time()
        try:
            with _alarm(10 * target.longest_s):
                target.feed(value)
        except target.refuses as refusal:
            tally.refused += 1
            str(refusal)  # a refusal that cannot be told is a crash, too
        except TooSlow as late:  # not shrunk: each step would take as long again
            raise TooSlow(f"{late}: {value!r}"[:3000]) from late
        spent = time.process_time() - began
        tally.slowest_s = max(tally.slowest_s, spent)
        if spent > target.longest_s:
            raise TooSlow(f"{spent:.1f} s for one input")

    began = time.perf_counter()
    try:
        one()
    except BaseExceptionGroup as several:
        tally.crashes += several.exceptions
    except (Exception, TooSlow) as error:
        tally.crashes.append(error)
    tally.seconds = time.perf_counter() - began
    return tally


def told(crash: BaseException) -> str:
    """The crash, the calls that led to it, and the input that Hypothesis shrank it to."""
    calls = [
        call
        for call in traceback.extract_tb((crash.__cause__ or crash).__traceback__)
        if "/tests/fuzz/" not in call.filename
    ]
    where = " < ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls[:-7:-1])
    notes = "\n".join(getattr(crash, "__notes__", ()))
    return f"{type(crash).__name__}: {str(crash)[:1500]}\n  at {where}\n{notes[:2000]}"
