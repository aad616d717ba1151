"""What a report tells: every value it has, counted and never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

FORMAT = 1
ADDABLE = frozenset(
    {"views", "views_15s", "analytics_views", "engaged_views", "reactions", "likes", "comments", "shares"}
    | {"clicks", "watched_ms", "airings", "messages", "copies"}
)
"""Counts of events. All others (people, means, followers) are never added up."""
OF_CHANNEL = frozenset({"followers"})
"""Read with a post, but a figure of its channel: the newest is told, once."""


@dataclass(frozen=True)
class Item:
    """One delivery that went public in the period. `campaign` is empty where it belongs to none."""

    delivery: str
    post: str
    title: str
    kind: str
    channel: str
    campaign: str
    due_at: datetime | None
    published_at: datetime
    url: str
    status: str


@dataclass(frozen=True)
class Count:
    """How much went public under one heading: distinct posts, and deliveries (one per post and channel)."""

    key: str
    label: str
    posts: int
    deliveries: int


@dataclass(frozen=True)
class Plan:
    """Deliveries that were due in the period, and what became of them; the parts add up to `planned`.

    `done` are public, `removed` were and are no more, `unapproved` were never approved, `open` still wait.
    """

    planned: int
    done: int
    removed: int
    missed: int
    failed: int
    cancelled: int
    unapproved: int
    open: int


@dataclass(frozen=True)
class ChannelCount:
    """One channel: what went public in the period, and its part of the plan."""

    channel: str
    name: str
    platform: str
    published: int
    published_before: int
    published_year_ago: int
    plan: Plan


@dataclass(frozen=True)
class Trouble:
    """A delivery that was due in the period, or public in it, and did not stay or become public."""

    delivery: str
    title: str
    channel: str
    status: str
    due_at: datetime | None
    reason: str


@dataclass(frozen=True)
class Newest:
    """The reading that counts for one delivery and metric. `value` None is not available, never 0."""

    delivery: str
    title: str
    channel: str
    metric: str
    value: int | None
    definition: str
    source: str
    note: str
    taken_at: datetime
    counted_to: date | None = None
    """The last whole day that is in it, where the platform tells it days late."""


@dataclass(frozen=True)
class Summary:
    """One metric of one channel under one definition: `known` of the channel's `posts` have a figure.

    `total` is None where the metric is not to be added up or nothing is known. `taken_last` is when the
    newest of its figures was read.
    """

    channel: str
    metric: str
    definition: str
    sources: tuple[str, ...]
    total: int | None
    mean: int | None
    highest: int | None
    known: int
    posts: int
    taken_first: datetime | None
    taken_last: datetime | None
    of_channel: bool = False
    counted_to: date | None = None
    """Provisional: days after this one of the report are missing in some of its figures; else None."""
    note: str = ""
    """Why there is none, where none is known."""


@dataclass(frozen=True)
class Approvals:
    """Yeses that what went public rests on: how many, by how many, and from submission to the last yes."""

    deliveries: int
    with_approval: int
    given: int
    officers: int
    median_hours: float | None
    longest_hours: float | None


@dataclass(frozen=True)
class Amount:
    """One measure of a kind of activity: `known` of `of` have the figure, `total` is None where none has."""

    measure: str
    label: str
    unit: str
    total: int | None
    known: int
    of: int


@dataclass(frozen=True)
class ActivityCount:
    """Activities of one kind that began in the period, done away from the channels and written down by hand.
    Where the ledger has any of a period it tells of every kind, also that there were none.

    `group` is what the country adds up with it (`content.activity.kinds.GROUPS`), empty for a kind that has
    gone from the unit's file.
    """

    kind: str
    label: str
    group: str
    activities: int
    amounts: tuple[Amount, ...]


@dataclass(frozen=True)
class CommentCount:
    """What readers wrote on one channel in the period; only counts, nobody's name and nobody's words.

    `received` and all others are None where nobody could read it (`why` says so), which is not 0. `read` of
    `posts` deliveries of the period were asked about. An `open` question can still be answered.
    """

    channel: str
    name: str
    received: int | None
    questions: int | None
    answered: int | None
    in_time: int | None
    open: int | None
    overdue: int | None
    median_hours: float | None
    read: int
    posts: int
    why: str = ""


@dataclass(frozen=True)
class Total:
    """What went public in a period, to compare with; of one that is compared with a period that is not over,
    in so many of its first days as that one has lasted."""

    first: date
    last: date
    label: str
    posts: int
    deliveries: int


@dataclass(frozen=True)
class Facts:
    """All that a report can say. Its JSON has exactly these keys, and they are stable."""

    format: int
    kind: str
    loa: str
    unit: str
    made_at: datetime
    first: date
    last: date
    since: datetime
    until: datetime
    as_of: datetime
    label: str
    campaign: str
    campaign_name: str
    posts: int
    deliveries: int
    days_with_posts: int
    plan: Plan
    channels: tuple[ChannelCount, ...]
    kinds: tuple[Count, ...]
    campaigns: tuple[Count, ...]
    months: tuple[Count, ...]
    troubles: tuple[Trouble, ...]
    summaries: tuple[Summary, ...]
    approvals: Approvals
    activities: tuple[ActivityCount, ...]
    comments: tuple[CommentCount, ...]
    before: Total
    year_ago: Total
    undated: int
    """Published deliveries without a readable time: they are in no period."""
    unread: int
    """Deliveries of the period of which nobody has read any figure."""
    unavailable: int
    """Deliveries that were asked about, and every answer was “not available”."""
    read_late: int
    """Deliveries of which a figure was read only after the period's end, for want of an earlier one."""
    items: tuple[Item, ...]
    readings: tuple[Newest, ...]

    @property
    def unfinished(self) -> bool:
        """Whether the period is still going on."""
        return self.as_of < self.until

    @property
    def unread_public(self) -> int:
        """How many of the unread are still public, so that asking now brings their figures."""
        read = {one.delivery for one in self.readings}
        return sum(one.status == "published" and one.delivery not in read for one in self.items)

    @property
    def held(self) -> tuple[ActivityCount, ...]:
        """The kinds of activity that there were."""
        return tuple(one for one in self.activities if one.activities)

    def of(self, channel: str, metric: str) -> Summary | None:
        """The fullest summary of a channel's metric."""
        found = [one for one in self.summaries if (one.channel, one.metric) == (channel, metric)]
        return max(found, key=lambda one: one.known, default=None)
