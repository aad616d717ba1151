"""Sending an article to all followers: once, whatever happens (facts §3.1, §7).

Zalo has no call that tells whether a broadcast left, so its fate is written down here: the intent before the
call, its outcome after. One that has an intent and no outcome is never sent again by the machine; a person
looks in OA Manager. The ledger lives with the channel's tokens, where it is committed at once and read by
every process. An article whose broadcast is known not to have left is hidden again: whatever error but
Unknown comes out of here says that nothing is public.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from connectors.contract import Context, Job, Published
from connectors.errors import ConnectorError, NotPrepared, NotSent, NotYet, Refused, Unknown
from connectors.zalo.api import OaApi
from connectors.zalo.errors import ZONE, is_night, next_morning
from connectors.zalo.settings import Settings
from content.text import fold
from content.variant import Variant

KEPT = timedelta(days=62)
"""Two months of broadcasts: what a monthly quota needs, and longer than any delivery waits."""
NAME = "broadcasts"
"""The ledger's name among the channel's secrets."""

State = Literal["showing", "sending", "sent", "refused"]
"""`showing`: the article is on its way to be public, nothing was sent; `refused`: Zalo said no, nothing was
sent; `sending` without more: nobody knows."""


@dataclass(frozen=True)
class Sending:
    """One delivery's broadcast. `at` is ISO, aware UTC."""

    marker: str
    state: State
    at: str
    message: str = ""

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


class Ledger:
    """The broadcasts of one OA. Raises NotSent when they cannot be read or written."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def of(self, job: Job) -> Sending | None:
        return next((entry for entry in self.entries() if entry.marker == job.marker), None)

    def in_doubt(self) -> list[Sending]:
        """Those of which nobody knows whether they left."""
        return [entry for entry in self.entries() if entry.state == "sending"]

    def sent_this_month(self) -> int:
        """Those that left or may have left since the first of the month at home."""
        here = self._context.now().astimezone(ZONE)
        months = [entry.moment.astimezone(ZONE) for entry in self.entries() if entry.state in _COUNTED]
        return sum((moment.year, moment.month) == (here.year, here.month) for moment in months)

    def note(self, job: Job, state: State, message: str = "") -> None:
        """Commit what is known of this delivery's broadcast now.

        Raises Unknown, with nothing written, for one that is to begin and that any process has begun before:
        compared and set with nobody else at it, so of two workers one sends.
        """
        store, now = self._context.secrets, self._context.now()
        if store is None:
            raise NotSent("zalo:no-secret-store", "a broadcast could not be written down, so none is made")
        try:
            with store.alone():
                known = self.of(job)
                if known and known.state in _COUNTED and state not in _OUTCOMES:
                    raise in_doubt(known.moment)
                kept = [e for e in self.entries() if e.marker != job.marker and e.moment > now - KEPT]
                entries = [*kept, Sending(job.marker, state, now.isoformat(), message)]
                store.replace({NAME: json.dumps([asdict(entry) for entry in entries])})
        except ConnectorError:
            raise
        except Exception as error:
            raise NotSent("zalo:broadcast-not-noted", type(error).__name__) from None

    def entries(self) -> list[Sending]:
        """All that are kept, oldest first."""
        try:
            secrets = (self._context.secrets.read() if self._context.secrets else None) or {}
            return [Sending(**row) for row in json.loads(secrets.get(NAME) or "[]")]
        except ConnectorError:
            raise
        except Exception as error:
            raise NotSent("zalo:broadcasts-unreadable", type(error).__name__) from None


_COUNTED = ("sending", "sent")
_OUTCOMES = ("sent", "refused")


def is_wanted(variant: Variant, settings: Settings) -> bool:
    """Whether this post is one to be sent: the channel does it, for every post or for those with its tag."""
    tag = fold(settings.broadcast_tag)
    return settings.broadcast and (not tag or any(fold(own) == tag for own in variant.tags))


class Broadcast:
    """The reveal of a delivery that goes to all followers: show the article, then send it once."""

    def __init__(self, context: Context, settings: Settings, api: OaApi) -> None:
        self._context = context
        self._settings = settings
        self._api = api
        self.ledger = Ledger(context)

    def make(
        self,
        job: Job,
        article: str,
        *,
        is_shown: Callable[[], bool],
        show: Callable[[], Published],
        hide: Callable[[], None],
    ) -> Published:
        """Raises Unknown, with nothing sent again, whenever it may have been sent before."""
        denied = self._denied()
        known = self.ledger.of(job)
        if known and known.state == "sending":
            raise in_doubt(known.moment)
        if not (known and known.state == "sent"):
            if denied:
                if known:  # an earlier try may have been cut off between showing and sending
                    self._hide_again(denied, hide)
                raise denied
            if known is None:
                if is_shown():  # by a try that no ledger of ours knows, as after restoring a backup
                    raise in_doubt(self._context.now())
                self.ledger.note(job, "showing")
        shown = show()
        if known and known.state == "sent":
            return replace(shown, evidence=f"{shown.evidence} broadcast={known.message}")
        message = self._send(job, article, hide)
        return replace(shown, evidence=f"{shown.evidence} broadcast={message}")

    def only_if_sent(self, job: Job, found: list[Published]) -> list[Published]:
        """The public object of such a delivery is the broadcast: an article alone does not prove one."""
        known = self.ledger.of(job)
        if not known or known.state != "sent":
            return []
        return [replace(one, evidence=f"{one.evidence} broadcast={known.message}") for one in found]

    def _denied(self) -> NotYet | Refused | None:
        """Why nothing may be sent now: the hours, or the month's number where the unit has told it."""
        now, quota = self._context.now(), self._settings.broadcast_quota
        if is_night(now):
            return NotYet("zalo:broadcast-night", retry_at=next_morning(now))
        if quota is not None and (made := self.ledger.sent_this_month()) >= quota:
            return Refused("zalo:broadcast-quota", f"{made}/{quota}")
        return None

    def _send(self, job: Job, article: str, hide: Callable[[], None]) -> str:
        try:
            self.ledger.note(job, "sending")
        except NotSent as error:
            # the article is public by now, and not hidden: somebody else may be sending it
            raise Unknown(error.code, error.detail) from None
        try:
            message = self._api.broadcast(article)
        except Unknown as error:
            raise in_doubt(self._context.now(), error.code) from None
        except ConnectorError as error:
            try:
                self._hide_again(error, hide)  # while it is noted as "sending", nobody else can send it
            finally:
                with suppress(NotSent):  # not written down: then it counts as unclear from now on
                    self.ledger.note(job, "refused")
            raise
        with suppress(NotSent):  # the same
            self.ledger.note(job, "sent", message)
            return message
        raise in_doubt(self._context.now(), f"message_id={message}")

    def _hide_again(self, error: ConnectorError, hide: Callable[[], None]) -> None:
        """Nothing was sent, and `error` will be read as "nothing is public": so the article must not stay."""
        try:
            hide()
        except NotPrepared:
            return  # the article is gone, and another will be prepared
        except ConnectorError:
            raise Unknown("zalo:broadcast-refused", f"{error.code} {error.detail}".strip()) from None


def in_doubt(moment: datetime, why: str = "") -> Unknown:
    """It may have left at that moment; nobody but a person in OA Manager can tell."""
    return Unknown("zalo:broadcast-unclear", f"{_clock(moment)} {why}".strip())


def _clock(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%H:%M %d/%m/%Y")
