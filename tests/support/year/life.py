"""The year itself: the office writes, approves and cancels, the publisher publishes and reads, trouble comes.

All of it is Loa's own code against practice platforms over HTTP; only the clock is told how late it is.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from connectors.facebook import insights
from connectors.practice.hall import PracticeHall
from connectors.practice.wire import GraphError
from connectors.practice.wordpress.views import Growing
from connectors.practice.world import Page, Post
from loa.services import approving, deciding, people, training
from loa.services.connecting import Connectors
from loa.services.importing import import_files
from loa.services.people import Person
from loa.services.stopping import taking_down
from loa.services.workspace import Workspace
from scheduler.reach_round import ReachRounds
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, PEOPLE, Office, Worker
from tests.support.year.script import (
    CAMPAIGNS,
    COUNTER_GONE,
    OTHER_MEANING,
    OUTAGE,
    YEAR,
    ZONE,
    Piece,
)
from tests.support.year.witness import Witness

ROUNDS_AFTER = (timedelta(minutes=16), timedelta(minutes=61), timedelta(hours=6, minutes=1))
DAILY_ROUND = time(8, 30)
HOUR = timedelta(hours=1)
ENOUGH = dict.fromkeys(("facebook", "youtube", "zalo", "wordpress", "website"), 100_000)
"""Readings an hour: all that a week without publisher left is read in one round, at a time that is known."""
FILM = "phim.mp4"
DELETED = {1: "fanpage", 12: "youtube", 14: "fanpage", 30: "zalo"}
"""By number of a post, of every 37: where somebody deletes it on the platform."""


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZONE)


@dataclass
class Town:
    """The office, the platforms, and who listens between them."""

    office: Office
    hall: PracticeHall
    witness: Witness
    clock: TestClock
    asked: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """By post: when it was handed over for approval, and when approved."""
    rounds: list[datetime] = field(default_factory=list)
    taken_down: dict[tuple[str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    """By post and channel: when the platform showed it first, and when it was taken down."""
    cancelled: set[tuple[str, str]] = field(default_factory=set)
    vanished: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """By post and channel: since when the platform had shown what somebody then deleted there."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """By post and channel: what the platform called what is no longer there."""


@contextmanager
def opened(folder: Path, pieces: list[Piece]) -> Iterator[Town]:
    """The office on the first day, its channels connected; Facebook refuses what it is to refuse."""
    clock = TestClock(midnight(date(YEAR - 1, 11, 28)).astimezone(UTC))
    workspace = Workspace.create(folder, clock)
    officers: dict[str, Person] = {}
    for name, (full_name, roles) in PEOPLE.items():
        officers[name] = people.add(
            workspace, officers.get("ky"), name, full_name=full_name, roles=roles, passphrase=PASSPHRASE
        )
    hall = PracticeHall(site=training.site_of(folder), clock=clock.now)
    witness = Witness(clock.now)
    for name in ("facebook", "youtube", "zalo", "wordpress"):
        server = getattr(hall, name)
        server.app = witness.before(name, server.app)
    refuses = {one.title for one in pieces if "refused" in one.fates.values()}
    meaning = dict(insights.READINGS)
    with hall:
        hall.facebook.world.add_post = _moderated(hall.facebook.world.add_post, refuses)  # type: ignore[method-assign]
        hall.wordpress.world.views = Growing(hall.wordpress.world)
        training.add_channels(workspace, officers["ky"], hall.places(), training.site_url(hall.url))
        film = resources.files("content").joinpath("kits", "law_day", "muoi-giay.mp4")
        (folder / "posts").mkdir(exist_ok=True)
        (folder / "posts" / FILM).write_bytes(film.read_bytes())
        _campaigns(folder, pieces)
        try:
            yield Town(Office(workspace, hall.facebook, clock, officers), hall, witness, clock)
        finally:
            insights.READINGS.clear()
            insights.READINGS.update(meaning)
            workspace.close()


def _campaigns(folder: Path, pieces: list[Piece]) -> None:
    """Two records as `campaign create` leaves them, over posts that are written one by one."""
    room = folder / "campaigns"
    room.mkdir(exist_ok=True)
    for key, (name, first, _) in CAMPAIGNS.items():
        mine = [one for one in pieces if one.campaign == key]
        told = {
            **{"name": name, "kit": key, "anchor": first.isoformat(), "officer": "soan", "values": {}},
            "created_at": midnight(first).isoformat(),
            "slots": [
                {
                    **{"item": one.key, "post": one.key, "title": one.title, "at": one.due.isoformat()},
                    **{"lead": 0, "partner": "", "channels": list(one.channels)},
                }
                for one in mine
            ],
        }
        if mine:
            (room / f"{key}.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _moderated(add_post: Callable[..., Post], refuses: set[str]) -> Callable[..., Post]:
    def looked_at(page: Page, message: str, *more: Any, **fields: Any) -> Post:
        if any(title in message for title in refuses):
            raise GraphError(100, "(#100) This content was reported as abusive", subcode=1346003)
        return add_post(page, message, *more, **fields)

    return looked_at


def live(town: Town, pieces: list[Piece], until: datetime, looks: dict[datetime, Callable[[], None]]) -> None:
    """From the first day to `until`; `looks` are taken at their instants."""
    Life(town, pieces).run(until.astimezone(UTC), looks)


class Life:
    def __init__(self, town: Town, pieces: list[Piece]) -> None:
        self.town, self.pieces = town, pieces
        self.events: list[tuple[datetime, int, Callable[[], None]]] = []
        self.chance = random.Random(7)
        self._plan()

    def _at(self, instant: datetime, act: Callable[[], None]) -> None:
        self.events.append((instant.astimezone(UTC), len(self.events), act))

    def _plan(self) -> None:
        weeks: defaultdict[datetime, list[Piece]] = defaultdict(list)
        for one in self.pieces:
            day = (one.due - timedelta(days=2)).date()
            weeks[midnight(day - timedelta(days=day.weekday())) + 9 * HOUR].append(one)
        for begin, mine in weeks.items():
            self._at(begin, lambda mine=mine: self._write(mine))  # type: ignore[misc]
            for one in mine:
                later = begin + timedelta(minutes=self.chance.randint(10, 600))
                self._at(later, lambda one=one: self._decide(one))  # type: ignore[misc]
        rounds = set()
        day, last = self.pieces[0].due.date(), self.pieces[-1].due.date() + timedelta(days=10)
        used = {one.due for one in self.pieces}
        while day <= last:
            rounds.add(datetime.combine(day, DAILY_ROUND, tzinfo=ZONE))
            day += timedelta(days=1)
        rounds |= {due + after for due in used for after in ROUNDS_AFTER}
        begin, end = map(midnight, OUTAGE)
        for instant in sorted(rounds):
            if not begin <= instant < end:
                self._at(instant, self._round)
        self._at(midnight(OTHER_MEANING), self._other_meaning)
        self._at(midnight(COUNTER_GONE), lambda: setattr(self.town.hall.wordpress.world, "views", None))
        for one in self.pieces:
            for channel, fate in one.fates.items():
                if fate == "removed" and not begin <= one.due < end:
                    later = one.due + timedelta(days=3, hours=2)
                    self._at(later, lambda one=one, channel=channel: self._take_down(one, channel))  # type: ignore[misc]

            if one.number % 13 == 2 and one.film:
                self._at(one.due + timedelta(days=20), lambda one=one: self._hide_likes(one))  # type: ignore[misc]
            if one.number % 37 in DELETED and not one.fates:
                channel = DELETED[one.number % 37]
                if channel in one.channels:
                    later = one.due + timedelta(days=20)
                    self._at(later, lambda one=one, channel=channel: self._vanish(one, channel))  # type: ignore[misc]

    # ---- what happens

    def run(self, until: datetime, looks: dict[datetime, Callable[[], None]]) -> None:
        for instant, look in looks.items():
            self._at(instant, look)
        town, workspace = self.town, self.town.office.workspace
        begin, end = (midnight(day).astimezone(UTC) for day in OUTAGE)
        with ExitStack() as open_now:
            worker: Worker | None = None
            for instant, _, act in sorted(self.events, key=lambda one: one[:2]):
                if instant > until:
                    break
                out = begin <= instant < end
                if worker is not None and out:
                    worker.work_until(begin)
                    open_now.close()
                    worker = None
                if worker is None and not out:
                    town.clock.instant = max(town.clock.instant, end if instant >= end else instant)
                    worker = open_now.enter_context(town.office.publisher())
                    connectors = Connectors(workspace)
                    open_now.callback(connectors.close)
                    about = (workspace.clock, workspace.config.zone, HOUR, ENOUGH)
                    self.reader = ReachRounds(
                        workspace.database, workspace.database, connectors.connect, *about
                    )
                if worker is not None:
                    worker.work_until(instant)
                town.clock.instant = instant
                act()
            if worker is not None:
                worker.work_until(until)

    def _write(self, mine: list[Piece]) -> None:
        office = self.town.office
        paths = [one.write(office.folder / "posts", FILM) for one in mine]
        import_files(office.workspace, office.people["soan"], paths)
        for one in mine:
            approving.submit(office.workspace, office.people["soan"], one.key)
            self.town.asked[one.key] = (self.town.clock.now(), self.town.clock.now())

    def _decide(self, one: Piece) -> None:
        office = self.town.office
        if one.unapproved:
            return
        approving.approve(office.workspace, office.people["duyet"], one.key)
        self.town.asked[one.key] = (self.town.asked[one.key][0], self.town.clock.now())
        for channel, fate in one.fates.items():
            if fate == "cancelled":
                deciding.cancel(
                    office.workspace, office.people["soan"], f"{one.key}@{channel}", "tỉnh đã đăng"
                )
                self.town.cancelled.add((one.key, channel))

    def _round(self) -> None:
        self.town.rounds.append(self.town.clock.now())
        came = self.reader.round()
        assert came.put_off == 0, "every platform answered"

    def _other_meaning(self) -> None:
        was = insights.READINGS["post_media_view"]
        now = tuple(insights.Reading(one.metric, one.read, one.note, "plays") for one in was)
        insights.READINGS["post_media_view"] = now  # type: ignore[index]

    def _hide_likes(self, one: Piece) -> None:
        for video in self.town.hall.youtube.public_videos():
            if one.title in video.snippet["title"]:
                video.counts["likeCount"] = None

    def _vanish(self, one: Piece, channel: str) -> None:
        """Somebody deletes it on the platform; Loa goes on asking for its figures."""
        from tests.support.year.recount import shown

        there, hall = shown(self.town).get((one.key, channel)), self.town.hall
        if there is None:
            return
        if channel == "youtube":
            hall.youtube.world.remove(hall.youtube.world.videos[there.name])
        elif channel == "zalo":
            hall.zalo.world.remove(hall.zalo.world.articles[there.name])
        elif one.film:
            hall.facebook.world.remove_video(hall.facebook.world.videos[there.name])
        else:
            hall.facebook.world.remove(hall.facebook.world.posts[there.name])
        self.town.vanished[one.key, channel] = there.at
        self.town.names[one.key, channel] = there.name

    def _take_down(self, one: Piece, channel: str) -> None:
        office = self.town.office
        from tests.support.year.recount import shown

        there = shown(self.town).get((one.key, channel))
        if there is None:
            return
        [told] = taking_down.take_down(
            office.workspace, office.people["ky"], one.key, f"sai tên, bài {one.number}", channels=[channel]
        )
        assert told.done, told
        self.town.taken_down[one.key, channel] = (there.at, self.town.clock.now())
        self.town.names[one.key, channel] = there.name
