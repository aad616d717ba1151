"""The year counted from what the platforms hold and have said: no database, no code of reports.

What was public, and since when, is read from the platforms themselves; how far it reached, from the raw
answers that the witness wrote down. When a figure is read follows from the plan of readings, written out here
a second time; a platform that was not heard being asked at that time is an error.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from connectors.practice.places import OA, PAGE
from tests.support.year.life import Town
from tests.support.year.script import CAMPAIGNS, COUNTER_GONE, OTHER_MEANING, ZONE, Piece
from tests.support.year.witness import Said

EVENTS = frozenset(
    {"views", "views_15s", "analytics_views", "engaged_views", "watched_ms"}
    | {"reactions", "likes", "comments", "shares", "clicks"}
)
"""May be added up; people and means never."""
AGES = [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
AGES += [timedelta(days=days) for days in (1, 3, 7, 14, 30, 90)]
AGES += [timedelta(days=90 + 30 * month) for month in range(1, 24)]
ON_FACEBOOK = {
    "post_total_media_view_unique": "reach",
    "post_media_view": "views",
    "post_reactions_by_type_total": "reactions",
    "post_activity_by_action_type.comment": "comments",
    "post_activity_by_action_type.share": "shares",
    "post_clicks": "clicks",
    "total_video_views": "views",
    "total_video_15s_views": "views_15s",
    "total_video_avg_time_watched": "watched_on_average_ms",
    "total_video_view_total_time": "watched_ms",
    "total_video_reactions_by_type_total": "reactions",
    "fields.comments": "comments",
    "fields.likes": "likes",
    "gone": "reach",
}
ON_YOUTUBE = {
    "viewCount": "views",
    "likeCount": "likes",
    "commentCount": "comments",
    "analytics.views": "analytics_views",
    "analytics.engagedViews": "engaged_views",
}
CALIFORNIA = ZoneInfo("America/Los_Angeles")
"""YouTube's days are of there."""
_TITLE = re.compile(r"Bài (\d{4}):")
T = TypeVar("T")
Key = tuple[str, str]
"""Post and channel."""


class Shown(NamedTuple):
    """What a platform shows: since when, and its own name of it."""

    at: datetime
    name: str


class Figure(NamedTuple):
    value: int | None
    at: datetime
    counted_as: str
    """The platform's own name of the metric: another name is another definition."""
    up_to: date | None = None
    """The last whole day that is in it, where the platform counts whole days, and late."""


def shown(town: Town) -> dict[Key, Shown]:
    """What the public sees on every platform at this moment."""
    hall, now = town.hall, town.clock.now()
    found: dict[Key, Shown] = {}

    def note(channel: str, text: str, at: datetime, name: str) -> None:
        match = _TITLE.search(text)
        assert match, text
        key = (f"bai-{match[1]}", channel)
        assert key not in found, f"{key} is there twice"
        found[key] = Shown(at.astimezone(UTC), name)

    facebook = hall.facebook.world
    for post in facebook.pages[PAGE].posts:
        if post.is_public(now):
            film = facebook.videos.get(post.video)
            text = f"{film.title} {film.description}" if film else post.message
            note("fanpage", text, post.created_at, post.video or post.id)
    for video in hall.youtube.public_videos():
        assert video.public_since
        note("youtube", video.snippet["title"], video.public_since, video.id)
    for article in hall.zalo.world.oas[OA].articles:
        if article.public:
            note("zalo", article.fields["title"], article.updated_at, article.id)
    for page in hall.wordpress.world.public():
        assert page.date
        at = page.date if page.date.tzinfo else page.date.replace(tzinfo=ZONE)
        note("cong", page.title, at, str(page.id))
    for file in (town.office.folder / "site" / "current" / "bai").glob("*.html"):
        html = file.read_text("utf-8")
        told = re.search(r'<p class="byline"><time datetime="([^"]+)"', html)
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
        assert told, file
        assert heading, file
        note("website", heading[1], datetime.fromisoformat(told[1]), file.name)
    return found


def asked_at(out: datetime, gone: datetime | None, rounds: Iterable[datetime]) -> list[datetime]:
    """The rounds at which the plan asks for figures of what went out then: one for each age passed."""
    done, found = -1, []
    for instant in rounds:
        if instant <= out or (gone is not None and instant >= gone):
            continue
        place = sum(age <= instant - out for age in AGES) - 1
        if place > done:
            found.append(instant)
            done = place
    return found


class Summary(NamedTuple):
    channel: str
    metric: str
    total: int | None
    mean: int | None
    highest: int | None
    known: int
    up_to: date | None
    """Provisional: a figure in it lacks the days after this one."""


@dataclass
class Count:
    """One period, counted. Times are of the platforms."""

    first: date
    last: date
    out: list[Key] = field(default_factory=list)
    earlier: Counter[str] = field(default_factory=Counter)
    """How many went out in the period before, by channel."""
    earlier_posts: int = 0
    year_ago: Counter[str] = field(default_factory=Counter)
    plan: dict[str, Counter[str]] = field(default_factory=dict)
    """By channel: what became of what was due."""
    troubles: dict[Key, str] = field(default_factory=dict)
    figures: dict[tuple[str, str, str], Figure] = field(default_factory=dict)
    late: set[Key] = field(default_factory=set)
    followers: int | None = None

    def channels(self) -> Counter[str]:
        return Counter(channel for _, channel in self.out)

    def summaries(self, today: date) -> Counter[Summary]:
        """Each as often as it is there."""
        groups: defaultdict[tuple[str, str], defaultdict[str, list[Figure]]]
        groups = defaultdict(lambda: defaultdict(list))
        for (_, channel, metric), told in self.figures.items():
            mine = groups[channel, metric]
            if told.value is not None:
                mine[told.counted_as].append(told)
        found: Counter[Summary] = Counter()
        for (channel, metric), ways in groups.items():
            if not any(ways.values()):
                found[Summary(channel, metric, None, None, None, 0, None)] += 1
            for figures in filter(None, ways.values()):
                values = [one.value for one in figures if one.value is not None]
                total = sum(values) if metric in EVENTS else None
                mean = round(sum(values) / len(values))
                lacking = [one.up_to for one in figures if one.up_to and one.up_to < min(self.last, today)]
                up_to = min(lacking, default=None)
                found[Summary(channel, metric, total, mean, max(values), len(values), up_to)] += 1
        return found


class Recount:
    """All that is known at one moment; `count` looks at one period of it."""

    def __init__(self, town: Town, pieces: list[Piece]) -> None:
        self.town, self.now = town, town.clock.now()
        self.pieces = {one.key: one for one in pieces}
        self.there = shown(town)
        self.out = self.there | {key: Shown(at, "") for key, (at, _) in town.taken_down.items()}
        self.out |= {key: Shown(at, "") for key, at in town.vanished.items()}
        self.names: dict[Key, str] = town.names
        self.names.update({key: one.name for key, one in self.there.items()})

    def count(self, first: date, last: date, *, before: tuple[date, date], campaign: str = "") -> Count:
        """`before` is the period that it is compared with; of one that is not over, so much of the other as
        has gone by of this one."""
        since, until = _begin(first), _begin(last + timedelta(days=1))
        as_of = min(self.now, until)
        mine = {
            key: one
            for key, one in self.out.items()
            if not campaign or self.pieces[key[0]].campaign == campaign
        }
        told = Count(first, last)
        told.out = [key for key, one in mine.items() if since <= one.at < until]
        told.out.sort(key=lambda key: (mine[key].at, self.pieces[key[0]].due, key))
        gone = self.now - since if self.now < until else None
        year = (_year_back(first), _year_back(last))
        for days, counter in ((before, told.earlier), (year, told.year_ago)):
            begin, end = _begin(days[0]), _begin(days[1] + timedelta(days=1))
            end = end if gone is None else min(end, begin + gone)
            there = [key for key, one in mine.items() if begin <= one.at < end]
            counter.update(channel for _, channel in there)
            if counter is told.earlier:
                told.earlier_posts = len({post for post, _ in there})
        for piece in self.pieces.values():
            if (campaign and piece.campaign != campaign) or piece.key not in self.town.asked:
                continue
            for channel in piece.channels:
                key = (piece.key, channel)
                fate = self._fate(piece, channel)
                if since <= piece.due < until:
                    told.plan.setdefault(channel, Counter())[fate] += 1
                    if fate in ("removed", "missed", "failed", "cancelled"):
                        told.troubles[key] = fate
                if key in told.out and fate == "removed":
                    told.troubles[key] = fate
        for key in told.out:
            self._figures(told, key, mine[key].at, as_of, over=self.now >= until)
        heard = [count for at, count in self.town.witness.followers if at < as_of]
        told.followers = heard[-1] if heard and any(channel == "zalo" for _, channel in told.out) else None
        return told

    def _fate(self, piece: Piece, channel: str) -> str:
        key = (piece.key, channel)
        if key in self.town.taken_down:
            return "removed"
        if key in self.there or key in self.town.vanished:
            return "done"
        if piece.unapproved or self.town.asked[piece.key][1] == self.town.asked[piece.key][0]:
            return "unapproved"
        if key in self.town.cancelled:
            return "cancelled"
        if piece.fates.get(channel) == "refused" and piece.due < self.now:
            return "failed"
        return "missed" if piece.due < self.now else "open"

    def _figures(self, told: Count, key: Key, out: datetime, as_of: datetime, *, over: bool) -> None:
        """The last that was known of the period. A figure of whole days is of the period as long as its last
        day is; of any other it matters when it was read. What says nothing takes nothing back."""
        gone = self.town.taken_down.get(key, (None, None))[1]
        silent: dict[str, Figure] = {}
        known: dict[str, Figure] = {}
        later: dict[str, Figure] = {}
        for instant in asked_at(out, gone, self.town.rounds):
            for metric, figure in self._said(key, instant).items():
                within = figure.up_to <= told.last if figure.up_to else instant < as_of
                if within and figure.value is not None:
                    known[metric] = figure
                elif within:
                    silent[metric] = figure
                elif over and figure.value is not None and instant >= as_of:
                    later.setdefault(metric, figure)
        told.figures |= {(*key, metric): one for metric, one in (silent | later | known).items()}
        if later.keys() - known.keys():
            told.late.add(key)

    def _said(self, key: Key, instant: datetime) -> dict[str, Figure]:
        """What the platform answered when it was asked then."""
        channel, name, witness = key[1], self.names[key], self.town.witness
        if channel == "website":
            return {"views": Figure(None, instant, "")}
        if channel == "zalo":
            views, shares = self._listed(instant).get(name, (None, None))
            return {"views": Figure(views, instant, "view"), "shares": Figure(shares, instant, "share")}
        if channel == "cong" and instant >= _begin(COUNTER_GONE):
            return {"views": Figure(None, instant, "")}
        platform = {"fanpage": "facebook", "youtube": "youtube", "cong": "wordpress"}[channel]
        [raw] = [said for at, said in witness.answers[platform, name] if at == instant]
        if "gone" in raw:
            return {"reach": Figure(None, instant, "")}
        words = {"fanpage": ON_FACEBOOK, "youtube": ON_YOUTUBE, "cong": {"count": "views"}}[channel]
        found = {}
        for said, metric in words.items():
            if said in raw:
                other = said == "post_media_view" and instant >= _begin(OTHER_MEANING)
                day = date.fromordinal(raw["analytics.until"] or 1) if said.startswith("analytics.") else None
                known = day if raw[said] is not None else None
                found[metric] = Figure(raw[said], instant, f"{said}{'*' if other else ''}", known)
        if channel == "youtube":
            found |= self._of_settled_days(key, instant, raw)
        return found

    def _of_settled_days(self, key: Key, instant: datetime, raw: Said) -> dict[str, Figure]:
        """Analytics has to be asked up to the last day that it changes no more, four days back in California;
        of a video that was not out by then there is nothing to ask yet."""
        settled = instant.astimezone(CALIFORNIA).date() - timedelta(days=4)
        if self.out[key].at.astimezone(CALIFORNIA).date() > settled:
            assert "analytics.until" not in raw, f"{key} was asked about days that are not settled"
            return {metric: Figure(None, instant, "") for metric in ("analytics_views", "engaged_views")}
        assert raw["analytics.until"] == settled.toordinal(), f"{key}: other days than the settled ones"
        return {}

    def _listed(self, instant: datetime) -> dict[str, tuple[int, int]]:
        """The list as it was last read; what was read two minutes before may still be used."""
        at, listed = last_heard(self.town.witness.listings, instant)
        assert timedelta() <= instant - at < timedelta(minutes=2), "Zalo was not asked"
        return listed


def last_heard(heard: list[tuple[datetime, T]], instant: datetime) -> tuple[datetime, T]:
    return heard[bisect_right(heard, instant, key=lambda one: one[0]) - 1]


def campaign_days(recount: Recount, campaign: str) -> tuple[date, date]:
    """From the first day with a post of it to today."""
    mine = [
        one for one in recount.pieces.values() if one.campaign == campaign and one.key in recount.town.asked
    ]
    days = [one.due.date() for one in mine]
    days += [
        told.at.astimezone(ZONE).date()
        for key, told in recount.out.items()
        if recount.pieces[key[0]].campaign == campaign
    ]
    today = recount.now.astimezone(ZONE).date()
    return min(days), max(*days, today)


def campaign_name(key: str) -> str:
    return CAMPAIGNS[key][0] if key else ""


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC)


def _year_back(day: date) -> date:
    return day.replace(year=day.year - 1)
