"""Asking a channel how far its posts reached, as many at once as its platform takes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract import Figure, Measures, MeasuresMany, Published
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from content.events import about
from content.wording import say
from scheduler.lane import Connect

log = logging.getLogger("loa.reach")
Answer = list[Figure] | ConnectorError


@dataclass(frozen=True)
class Asked:
    """By `seq` of the delivery: figures, or why it cannot be asked now. Refused is never among them."""

    answers: Mapping[int, Answer]
    calls: int = 0
    alone: bool = False
    """The batch as such was refused: each of them is to be asked alone."""
    lost: bool = False
    """Nothing came of it as a whole."""

    def stops_channel(self) -> AuthLost | Throttled | None:
        """What concerns all the channel's deliveries, if anything does."""
        return next((one for one in self.answers.values() if isinstance(one, AuthLost | Throttled)), None)


@dataclass(frozen=True)
class Manner:
    """How a channel is asked: how many at once, and what each takes of the allowance."""

    at_once: int = 1
    calls_each: int = 1


def manner(connect: Connect, channel_id: str) -> Manner:
    """As its platform declares it; one by one where its connector cannot be had (asking says why)."""
    try:
        connector = connect(channel_id)
    except Exception:
        return Manner()
    if not isinstance(connector, MeasuresMany):
        return Manner()
    return Manner(connector.at_once, connector.calls_each)


def ask(connect: Connect, rows: Sequence[Any]) -> Asked:
    """What the platform tells of these deliveries of one channel. Raises nothing.

    Where figures are not to be had at all, that is the answer: a figure that is not available.
    """
    answers: dict[int, Answer] = {row.seq: _of_nothing() for row in rows if not row.remote_id}
    known = [row for row in rows if row.remote_id]
    if not known:
        return Asked(answers)
    try:
        connector = connect(known[0].channel_id)
        if isinstance(connector, MeasuresMany):
            told = connector.measure_many(list({row.remote_id: _published(row) for row in known}.values()))
            calls = told.calls
            lost = NotSent("loa:not-answered", "a batch left it out")
            found = {row.seq: told.answers.get(row.remote_id, lost) for row in known}
        elif isinstance(connector, Measures):
            calls, found = len(known), {row.seq: connector.measure(_published(row)) for row in known}
        else:
            calls, found = 0, {row.seq: [_missing("views", say("scheduler.no_counter"))] for row in known}
    except ConnectorError as error:
        if isinstance(error, Refused) and len(known) > 1:
            return Asked(answers, 1, alone=True)
        settled = {row.seq: _settled(row, error) for row in known}
        return Asked(answers | settled, 1, lost=isinstance(error, NotSent | Unknown))
    except Exception as error:  # one that cannot be read leaves the others their figures
        failed = about("reach.unread", delivery=known[0].id, error=type(error).__name__)
        log.exception("%s: reach was not read", known[0].id, extra=failed)
        if len(known) > 1:
            return Asked(answers, 1, alone=True)
        calls, found = 1, {known[0].seq: [_missing("reach", f"loa:fault: {type(error).__name__}")]}
    for row in known:
        answers[row.seq] = _settled(row, found[row.seq])
    return Asked(answers, calls)


def _settled(row: Any, answer: Answer) -> Answer:
    """Refused is an answer, the last word until the next point; all other errors may pass."""
    if isinstance(answer, ConnectorError):
        told = about("reach.unread", delivery=row.id, error=answer.code)
        log.warning("%s: reach was not read: %s", row.id, answer, extra=told)
        return [_missing("reach", str(answer))] if isinstance(answer, Refused) else answer
    return answer


def _of_nothing() -> Answer:
    """Settled by hand with an address only: there is nothing to ask by."""
    return [_missing("views", say("scheduler.no_remote_id"))]


def _missing(metric: str, note: str) -> Figure:
    return Figure(metric, None, "", "", note)


def _published(row: Any) -> Published:
    return Published(row.remote_id, row.url, row.published_at)
