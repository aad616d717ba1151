"""What a report's page shows of posts at the same age: groups of its own posts, and the better hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from content.wording import say
from loa.reports import reach_tables
from loa.reports.tables import Table, channel_name
from loa.services.reach.ages import age_of
from loa.services.reach.groups import Comparison, Group, compared
from loa.services.reach.hours import Hours, best_hours
from loa.services.reach.spans import Span
from loa.services.report_facts import Facts
from loa.services.workspace import Workspace
from loa.speech import metric_word, one_line

BY = ("kind", "field", "weekday")


@dataclass(frozen=True)
class SameAge:
    """Of one metric at one age, all of them; reckoned of what went public in the report's period."""

    comparisons: Sequence[Comparison]
    hours: Hours


def gathered(workspace: Workspace, facts: Facts) -> SameAge:
    """Reads only: of the report's own deliveries. A figure may have been read after the period's last day."""
    span = Span(facts.since, facts.until, facts.label)
    only = frozenset(one.delivery for one in facts.items)
    comparisons = [compared(workspace, by, span=span, only=only) for by in BY]
    return SameAge(comparisons, best_hours(workspace, span=span, only=only))


@dataclass(frozen=True)
class Medians:
    """One channel's groups as a chart: the rows of its table, those with enough posts as bars."""

    channel: str
    title: str
    groups: Sequence[Group]
    table: Table


def charts(told: SameAge, facts: Facts) -> list[Medians]:
    """By kind, channel by channel: platforms have no bars beside each other."""
    comparison = told.comparisons[0]
    table = reach_tables.groups(comparison, lambda channel: channel_name(facts, channel))
    found = []
    for channel in dict.fromkeys(one.channel for one in comparison.groups):
        name = one_line(channel_name(facts, channel))
        places = [place for place, one in enumerate(comparison.groups) if one.channel == channel]
        title = say("reach.page.compare_by", by=say("reach.by.kind"), channel=name)
        rows = tuple(table.rows[place] for place in places)
        bars = [one for place in places if not (one := comparison.groups[place]).few]
        found.append(Medians(channel, title, bars, Table(table.key, title, table.headings, rows)))
    return found


def tables(told: SameAge, facts: Facts) -> list[Table]:
    """The other groups, and the hours of which something can be said."""

    def named(channel: str) -> str:
        return channel_name(facts, channel)

    found = [reach_tables.groups(one, named) for one in told.comparisons[1:]]
    hours = reach_tables.hours(told.hours, named, enough=True)
    return [one for one in [*found, hours] if one.rows]


def notes(told: SameAge, facts: Facts) -> list[str]:
    """How the figures are meant, each sentence once; for every channel what can be said of its hours."""
    age = reach_tables.age_words(age_of(told.hours.age))
    said = [say("reach.page.later", age=age)]
    for one in told.comparisons:
        said += reach_tables.notes(one)
    said += reach_tables.hour_notes(told.hours)
    said += reach_tables.verdicts(told.hours, lambda channel: channel_name(facts, channel))
    return list(dict.fromkeys(said))


def heading(told: SameAge) -> str:
    words = {"metric": metric_word(told.hours.metric)}
    return say("reach.page.compare", **words, age=reach_tables.age_words(age_of(told.hours.age)))
