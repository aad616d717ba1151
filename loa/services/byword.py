"""What people did at an outlet (aired, pinned up, sent), on their word: nothing can be read back there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert

from connectors.contract import Job, Published
from connectors.errors import ConnectorError
from connectors.extras import TakesWord, Word
from content.approval import Role
from content.errors import PlatformTrouble, RefusedByRule, UsageError
from content.text import normalise
from content.variant import Variant
from content.wording import say
from loa.services import deciding, deliveries
from loa.services.byhand import POSTABLE, must_be_approved_by, must_be_postable, past
from loa.services.connecting import Connectors
from loa.services.deliveries import DeliveryView
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import code_sentence
from scheduler.reach import TYPED
from scheduler.status import Status
from scheduler.store.tables import reading

COUNT_MOST = 1_000_000
NOTE_LONGEST = 500
"""Letters; a note is a line, not a report."""


def done(
    workspace: Workspace,
    actor: Person,
    delivery_id: str,
    *,
    at: str = "",
    count: int | None = None,
    note: str = "",
) -> DeliveryView:
    """A person says that it was done, `at` (default: now), so many times or copies (None: not counted).

    The word stands in the delivery, in the audit, and its count among the figures. Late is allowed. Raises
    RefusedByRule before its minute, where no approval stood at the due minute, in a state that forbids it
    (a second word), or on a channel whose deliveries can be looked at; UsageError for a time to come.
    """
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    if count is not None and not 0 <= count <= COUNT_MOST:
        raise UsageError("outlets.done.count_negative", count=count, most=COUNT_MOST)
    now = workspace.now()
    moment = past(workspace, at, now) if at else now
    note = " ".join(normalise(note).split())
    if len(note) > NOTE_LONGEST:
        raise UsageError("outlets.done.note_long", count=len(note), most=NOTE_LONGEST)
    word = Word(actor.name, moment, count, note)
    with workspace.database.read() as connection:
        row = deliveries.row_of(connection, delivery_id)
        must_be_postable(workspace, connection, row, now)
        must_be_approved_by(workspace, connection, row, moment)
    published, metric = _told(workspace, row, word)

    def changes(connection: Connection, row: Row[tuple[Any, ...]]) -> dict[str, Any]:
        must_be_postable(workspace, connection, row, now)
        if word.count is not None:
            values = {
                "delivery_seq": row.seq,
                "metric": metric,
                "value": word.count,
                "definition": say("outlets.count_definition"),
                "source": f"{TYPED}{actor.name}",
                "note": word.note,
                "taken_at": now,
            }
            connection.execute(insert(reading).values(**values))
        return {
            "status": Status.PUBLISHED,
            "url": published.url,
            "remote_id": published.remote_id,
            "published_at": moment,
            "verified_at": None,
            "handle": workspace.trust.witness.stored(
                row.id, row.marker, row.channel_id, {**json.loads(row.handle), "word": word.stored()}
            ),
            "wake_at": None,  # nothing will read it back
            "last_error": "",
            "pending": "",
            "looks": 0,
            "reads": 0,
        }

    return deciding.decide(
        workspace,
        actor,
        delivery_id,
        "done_by_word",
        word.note or "–",
        POSTABLE,
        changes,
        evidence=published.evidence,
        at_said=_written(moment),
        count=word.count,
    )


def _told(workspace: Workspace, row: Row[tuple[Any, ...]], word: Word) -> tuple[Published, str]:
    connectors = Connectors(workspace)
    try:
        connector = connectors.connect(row.channel_id)
        if not isinstance(connector, TakesWord):
            raise RefusedByRule("outlets.done.not_outlet", channel=row.channel_id)
        job = Job(row.id, row.marker, Variant.parse(row.payload), row.due_at, row.first_try_at)
        return connector.told(job, word), connector.counts()
    except ConnectorError as error:
        sentence = code_sentence(error.code, channel=row.channel_id, detail=error.detail)
        raise PlatformTrouble("cli.queue.not_seen_there", why=sentence or str(error)) from None
    finally:
        connectors.close()


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
