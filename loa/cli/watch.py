"""`loa status --watch`: the same look again and again, drawn in place where there is a terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from content.errors import LoaError, UsageError
from content.wording import say
from loa.cli import glance
from loa.cli.output import fit, harmless, of_the_machine, plain, width
from loa.cli.session import Session
from loa.speech import number, one_line, outcome, status_word, worded

if TYPE_CHECKING:
    from loa.services.watching import Watched

USUAL_S = 2.0
LEAST_S, MOST_S = 1.0, 3600.0
_EVERY = re.compile(r"(\d{1,4})\s*(s|m)?", re.ASCII)
_HIDE, _SHOW, _HOME, _TO_END, _BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[H", "\x1b[K", "\x1b[J"
WORKERS_SHOWN = 3
LEAST_OF_A_DELIVERY = 12


def seconds(written: str) -> float:
    """`2s`, `1m`, or a number of seconds. Raises UsageError."""
    found = _EVERY.fullmatch(written.strip())
    told = int(found[1]) * (60 if found[2] == "m" else 1) if found else 0
    if not LEAST_S <= told <= MOST_S:
        raise UsageError("watch.bad_every", value=written)
    return float(told)


def watch(
    session: Session, every_s: float, as_json: bool, rest: Callable[[float], None] = time.sleep
) -> None:
    """Look until Ctrl+C, SIGTERM, or until nobody reads on. Trouble that may pass is told and outwaited."""
    from loa.services import watching

    in_place = sys.stdout.isatty() and not as_json
    zone = session.workspace.config.zone
    with suppress(KeyboardInterrupt), _screen(in_place) as told_to_leave:
        while not told_to_leave:
            try:
                seen = watching.look(session.workspace)
            except Exception as error:
                trouble = of_the_machine(error, session.place) or error
                if not isinstance(trouble, LoaError):
                    raise
                _tell(trouble, as_json, in_place, session.workspace.now().astimezone(zone))
            else:
                if as_json:
                    print_line(json.dumps(plain(seen.as_dict()), ensure_ascii=False))
                elif in_place:
                    _draw(screen(seen, zone, shutil.get_terminal_size(), every_s))
                else:
                    print_line(harmless(one_line(summary(seen, zone))))
            rest(every_s)


def screen(seen: Watched, zone: ZoneInfo, size: os.terminal_size, every_s: float) -> list[str]:
    """Lines that fit: what `loa status` shows, then what moves; the last line says how to leave.

    On a low screen the glance gives way first, since it stands in `loa status` as well.
    """
    moving = [_workers(seen), f"{_late(seen)} · {_doubt(seen)}", *_last(seen, zone, size.columns)]
    now = seen.health.overview.now.astimezone(zone)
    foot = say("watch.footer", time=f"{now:%H:%M:%S}", every=f"{every_s:g}s")
    room = max(0, size.lines - 1)  # the cursor rests on the last row
    above = glance.screen(seen.health, zone, size.columns)
    kept = above[: max(2, room - len(moving) - 1)]
    rows = [*kept, *moving][: max(0, room - 1)]
    return [_cut(harmless(one_line(row)), size.columns) for row in [*rows, foot]]


def summary(seen: Watched, zone: ZoneInfo) -> str:
    """The same in one line, for a file or another program."""
    look = seen.health.overview
    counts = ", ".join(f"{status_word(name)}: {number(look.counts[name])}" for name in sorted(look.counts))
    return say(
        "watch.line",
        time=f"{look.now.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        state=say(f"watch.{seen.health.state}"),
        counts=counts or say("cli.run.empty"),
        late=_late(seen),
        doubt=_doubt(seen),
    )


def print_line(text: str) -> None:
    """At once: whoever reads a pipe reads it now, and one that has gone is noticed."""
    click.echo(text)
    sys.stdout.flush()


def _workers(seen: Watched) -> str:
    now = seen.health.overview.now
    told = [
        say(
            "watch.worker",
            name=f"{one.host}:{one.pid}",
            state=say("watch.worker_alive")
            if one.alive
            else say("watch.worker_silent", age=_span((now - one.beat_at).total_seconds())),
        )
        for one in seen.workers[:WORKERS_SHOWN]
    ]
    if len(seen.workers) > WORKERS_SHOWN:
        told.append(say("watch.more_workers", count=number(len(seen.workers) - WORKERS_SHOWN)))
    return say("watch.workers", workers=" · ".join(told) or "–")


def _late(seen: Watched) -> str:
    if not seen.overdue:
        return say("watch.on_time")
    return say("watch.late", seconds=_span(seen.late_s), count=number(seen.overdue))


def _doubt(seen: Watched) -> str:
    return say("watch.doubt", count=number(seen.doubt))


def _last(seen: Watched, zone: ZoneInfo, columns: int) -> Iterator[str]:
    """Where a row is too long its delivery is cut: what was done, and what came of it, is the news."""
    yield say("watch.lasts") if seen.last else say("watch.none")
    for one in seen.last:
        told = f": {worded('cli.step', one.step)} → {outcome(one.outcome)}"
        begun = f"  {one.at.astimezone(zone):%H:%M:%S}  "
        room = max(LEAST_OF_A_DELIVERY, columns - width(begun) - width(told))
        yield f"{begun}{_cut(one.delivery, room)}{told}"


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s".replace(".", ",")
    return str(timedelta(seconds=int(seconds)))


def _cut(line: str, columns: int) -> str:
    return line if width(line) <= columns else fit(line, max(1, columns))


def _draw(rows: list[str]) -> None:
    """One write, so that nothing flickers: over what stands there, then away with what is left of it."""
    sys.stdout.write(_HOME + "".join(f"{row}{_TO_END}\n" for row in rows) + _BELOW)
    sys.stdout.flush()


def _tell(trouble: LoaError, as_json: bool, in_place: bool, now: datetime) -> None:
    said = say("watch.cannot", trouble=one_line(str(trouble)))
    if as_json:
        print_line(json.dumps({"trouble": trouble.key, "message": said}, ensure_ascii=False))
    elif in_place:
        size = shutil.get_terminal_size()
        _draw([_cut(harmless(f"{now:%H:%M:%S} {said}"), size.columns)])
    else:
        print_line(harmless(said))


@contextmanager
def _screen(in_place: bool) -> Iterator[list[int]]:
    """A cleared screen without a cursor, given back as it has to be however the watch ends.

    Gives a list that fills when it is told to leave: the interrupt alone is lost where it meets a library's
    callback, from which nothing can be raised.
    """
    told: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        raise KeyboardInterrupt

    before = {name: signal.signal(name, leave) for name in (signal.SIGINT, signal.SIGTERM)}
    if in_place:
        sys.stdout.write(f"{_HIDE}{_HOME}{_BELOW}")
    try:
        yield told
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        if in_place:
            sys.stdout.write(_SHOW)
            sys.stdout.flush()
