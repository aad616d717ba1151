"""The tables. Times are aware UTC going in and coming out; JSON columns hold text we wrote ourselves."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from scheduler.store.tables import (
    comments,
    consent,
    figures,
    ledger,
    machines,
    offices,
    posts,
    rollup,
    units,
    watch,
    workers,
)
from scheduler.store.tables.columns import LARGEST as LARGEST
from scheduler.store.tables.columns import NO_TIME as NO_TIME
from scheduler.store.tables.columns import UtcTime as UtcTime

ROOMS = (offices, posts, consent, figures, ledger, rollup, comments, watch, machines, workers, units)
"""Where the tables are described, all of them loaded."""

METADATA = SQLModel.metadata
_KNOWN = METADATA.tables
# The hot path speaks SQLAlchemy Core to these: six times as many commits a second as the ORM.
officer: Table = _KNOWN["officer"]
channel: Table = _KNOWN["channel"]
secret: Table = _KNOWN["secret"]
standing: Table = _KNOWN["standing"]
lane: Table = _KNOWN["lane"]
post: Table = _KNOWN["post"]
post_print: Table = _KNOWN["post_print"]
delivery: Table = _KNOWN["delivery"]
delivery_tally: Table = _KNOWN["delivery_tally"]
approval: Table = _KNOWN["approval"]
sealed: Table = _KNOWN["sealed"]
freeze: Table = _KNOWN["freeze_order"]
waiver: Table = _KNOWN["waiver"]
blackout: Table = _KNOWN["blackout"]
correction: Table = _KNOWN["correction"]
attempt: Table = _KNOWN["attempt"]
reading: Table = _KNOWN["reading"]
view_day: Table = _KNOWN["view_day"]
view_count: Table = _KNOWN["view_count"]
follower_day: Table = _KNOWN["follower_day"]
activity: Table = _KNOWN["activity"]
comment: Table = _KNOWN["comment"]
comment_look: Table = _KNOWN["comment_look"]
audit_event: Table = _KNOWN["audit_event"]
heartbeat: Table = _KNOWN["heartbeat"]
alert_target: Table = _KNOWN["alert_target"]
alert_told: Table = _KNOWN["alert_told"]
checked: Table = _KNOWN["checked"]
own_report: Table = _KNOWN["own_report"]
child_report: Table = _KNOWN["child_report"]
duty: Table = _KNOWN["duty"]
channel_zone: Table = _KNOWN["channel_zone"]
report_choice: Table = _KNOWN["report_choice"]
note: Table = _KNOWN["note"]
machine: Table = _KNOWN["machine"]
media_part: Table = _KNOWN["media_part"]
unit: Table = _KNOWN["unit"]
unit_login: Table = _KNOWN["unit_login"]
delegation: Table = _KNOWN["delegation"]
offer: Table = _KNOWN["offer"]
offer_answer: Table = _KNOWN["offer_answer"]
