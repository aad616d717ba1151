"""The figures of a report: which reading counts, and what may be added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, not_, select

from content.wording import say
from loa.services.report_facts import ADDABLE, OF_CHANNEL, Item, Newest, Summary
from loa.services.report_ledger import Conditions
from loa.speech import one_line
from scheduler.reach import TYPED
from scheduler.store.tables import delivery, follower_day, post, reading


def newest(connection: Connection, went: Conditions, as_of: datetime) -> list[Newest]:
    """As `loa.services.reach.newest` chooses: a platform's "not available" hides no typed figure."""
    typed = reading.alias("typed")
    typed_too = exists().where(
        typed.c.delivery_seq == reading.c.delivery_seq,
        typed.c.metric == reading.c.metric,
        typed.c.source.startswith(TYPED),
        typed.c.taken_at < as_of,
    )
    place = func.row_number().over(
        partition_by=(reading.c.delivery_seq, reading.c.metric),
        order_by=(reading.c.taken_at.desc(), reading.c.id.desc()),
    )
    placed = (
        select(reading, delivery.c.id.label("of"), delivery.c.channel_id, post.c.title, place.label("place"))
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*went, reading.c.taken_at < as_of, not_(and_(reading.c.value.is_(None), typed_too)))
        .subquery()
    )
    rows = connection.execute(
        select(placed).where(placed.c.place == 1).order_by(placed.c.delivery_seq, placed.c.metric)
    )
    return [
        Newest(
            row.of,
            one_line(row.title),
            row.channel_id,
            row.metric,
            row.value,
            one_line(row.definition),
            row.source,
            one_line(row.note),
            row.taken_at,
        )
        for row in rows
    ]


def followers(connection: Connection, as_of: datetime) -> dict[str, Newest]:
    """The last count of each channel that was taken before the report's end."""
    counts = select(follower_day).where(follower_day.c.taken_at < as_of).order_by(follower_day.c.taken_at)
    about = say("report.followers_definition")
    return {
        row.channel_id: Newest(
            "", "", row.channel_id, "followers", row.followers, about, "loa", "", row.taken_at
        )
        for row in connection.execute(counts)
    }


def summaries(
    out: Sequence[Item], newest: Sequence[Newest], followers: Mapping[str, Newest]
) -> tuple[Summary, ...]:
    """By channel, metric and definition. Of the followers read with posts and those read day by day, the
    newest counts."""
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
            found.append(_summary(name, metric, told[-1].definition, (), posts[name]))
        for definition, known in sorted(definitions.items()):
            found.append(_summary(name, metric, definition, known, posts[name]))
    return tuple(found)


def _summary(name: str, metric: str, definition: str, known: Sequence[Newest], posts: int) -> Summary:
    values = [one.value for one in known if one.value is not None]
    times = [one.taken_at for one in known]
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
    )


def _of_channel(name: str, metric: str, told: Sequence[Newest]) -> Summary:
    known = [one for one in told if one.value is not None]
    last = max(known or told, key=lambda one: one.taken_at)
    sources = (last.source,) if last.source else ()
    at = last.taken_at if known else None
    return Summary(
        name, metric, last.definition, sources, None, None, last.value, 0, 0, at, at, of_channel=True
    )
