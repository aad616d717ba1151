"""What the ledger of activities adds up to in a period, kind by kind.

An activity belongs whole to the period in which it began. One that is only planned, or was taken out, counts
nothing. A figure that nobody counted is not 0: beside each sum stands how many activities have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from content.activity.entry import Activity
from content.activity.kinds import Catalogue, Kind
from loa.services import activities
from loa.services.report_facts import ActivityCount, Amount
from loa.services.report_periods import Period
from loa.services.workspace import Workspace


def counted(
    workspace: Workspace, connection: Connection, period: Period, campaign: str = ""
) -> tuple[ActivityCount, ...]:
    """Of a period, and of a campaign where one is named; nothing where the ledger has nothing of it."""
    entries = activities.current(connection, period, campaign)
    held = [one.activity for one in entries if not one.removed]
    return summed(held, activities.catalogue(workspace)) if held else ()


def days(connection: Connection, campaign: str) -> list[date]:
    """On which the activities of a campaign began, those that count."""
    entries = activities.current(connection, campaign=campaign)
    return [one.activity.first for one in entries if not one.removed and one.activity.done]


def summed(held: Sequence[Activity], kinds: Catalogue) -> tuple[ActivityCount, ...]:
    """Every kind in the order of the unit's file, those that have gone from it last; nothing of nothing."""
    groups: dict[str, list[Activity]] = {}
    for one in held:
        if one.done:
            groups.setdefault(one.kind, []).append(one)
    order = [*kinds.kinds, *sorted(set(groups) - set(kinds.kinds))]
    return tuple(_of_kind(code, groups.get(code, []), kinds) for code in order) if groups else ()


def _of_kind(code: str, held: Sequence[Activity], kinds: Catalogue) -> ActivityCount:
    kind = kinds.kinds.get(code) or Kind(code, code, "", ())
    counted_ever = {name for one in held for name in one.counts}
    measures = [*kind.measures, *sorted(counted_ever - set(kind.measures))]
    amounts = tuple(_amount(name, held, kinds) for name in measures)
    return ActivityCount(code, kind.label, kind.group, len(held), amounts)


def _amount(code: str, held: Sequence[Activity], kinds: Catalogue) -> Amount:
    values = [one.counts[code] for one in held if code in one.counts]
    measure = kinds.measure(code)
    total = sum(values) if values else None
    return Amount(code, measure.label, measure.unit, total, len(values), len(held))
