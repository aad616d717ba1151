"""What the figures of a report add up to, channel by channel and metric by metric."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from loa.services.report_facts import ADDABLE, OF_CHANNEL, Item, Newest, Summary


def summaries(
    out: Sequence[Item], newest: Sequence[Newest], followers: Mapping[str, Newest], last: date
) -> tuple[Summary, ...]:
    """By channel, metric and definition; `last` is the last day that the report tells of. Of the followers
    read with posts and those read day by day, the newest counts.
    """
    groups: defaultdict[tuple[str, str], list[Newest]] = defaultdict(list)
    for one in (*newest, *followers.values()):
        groups[one.channel, one.metric].append(one)
    posts = Counter(one.channel for one in out)
    found: list[Summary] = []
    for (name, metric), told in sorted(groups.items()):
        if metric in OF_CHANNEL:
            found.append(_of_channel(name, metric, told))
            continue
        definitions: defaultdict[str, list[Newest]] = defaultdict(list)
        for one in told:
            if one.value is not None:
                definitions[one.definition].append(one)
        if not definitions:
            none = _summary(name, metric, told[-1].definition, (), posts[name], last)
            found.append(replace(none, note=told[-1].note))
        for definition, known in sorted(definitions.items()):
            found.append(_summary(name, metric, definition, known, posts[name], last))
    return tuple(found)


def _summary(
    name: str, metric: str, definition: str, known: Sequence[Newest], posts: int, last: date
) -> Summary:
    values = [one.value for one in known if one.value is not None]
    times = [one.taken_at for one in known]
    days = [one.counted_to for one in known if one.counted_to and one.counted_to < last]
    return Summary(
        channel=name,
        metric=metric,
        definition=definition,
        sources=tuple(sorted({one.source for one in known if one.source})),
        total=sum(values) if values and metric in ADDABLE else None,
        mean=round(sum(values) / len(values)) if values else None,
        highest=max(values, default=None),
        known=len(values),
        posts=posts,
        taken_first=min(times, default=None),
        taken_last=max(times, default=None),
        counted_to=min(days, default=None),
    )


def _of_channel(name: str, metric: str, told: Sequence[Newest]) -> Summary:
    known = [one for one in told if one.value is not None]
    last = max(known or told, key=lambda one: one.taken_at)
    sources = (last.source,) if last.source else ()
    at, note = (last.taken_at, "") if known else (None, last.note)
    return Summary(
        name,
        metric,
        last.definition,
        sources,
        None,
        None,
        last.value,
        0,
        0,
        at,
        at,
        of_channel=True,
        note=note,
    )
