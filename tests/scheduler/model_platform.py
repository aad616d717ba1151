"""Two platforms inside this process, told call by call what to answer: the other side of the model test.

`Keyed` makes a hidden object first and reveals it by its id, which may be repeated; it also holds and takes
down. `OneShot` has a single call that makes something public, each time it is made. Neither is kind to its
caller: what is asked twice is done twice, and nothing is compared that the contract does not promise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar, TypeVar

from connectors.contract import (
    Capabilities,
    Context,
    Handle,
    Health,
    Hold,
    Job,
    Pending,
    Published,
    Save,
)
from connectors.errors import AuthLost, NotPrepared, NotSent, NotYet, Refused, Throttled, Unknown
from content.finding import Finding
from content.limits import Limits
from content.variant import Variant

T = TypeVar("T")
LEAD = timedelta(minutes=10)
SETTLE_AFTER = (timedelta(seconds=5), timedelta(seconds=25), timedelta(seconds=100))
HOLD = Hold(timedelta(minutes=5), timedelta(days=30), timedelta(minutes=1))
PROCESSING = timedelta(seconds=40)
"""From a pending answer to the object's being public."""


class Death(BaseException):
    """The process dies right here; nothing of ours may catch it."""


class Answer(StrEnum):
    """How one call goes. The `lost` ones are all the same to the caller."""

    OK = "ok"
    PENDING = "pending"
    LIE = "lie"
    """A yes to a reveal that nobody can see."""
    NOT_SENT = "not sent"
    NOT_YET = "not yet"
    THROTTLED = "throttled"
    REFUSED = "refused"
    AUTH_LOST = "auth lost"
    LOST_BEFORE = "lost, not accepted"
    LOST_AFTER = "lost, accepted"
    DIES_BEFORE = "dies before the call"
    DIES_AFTER = "dies after the call"


@dataclass
class Thing:
    """One object at a platform. `public_from` is a time the platform itself keeps."""

    id: str
    channel: str
    delivery: str
    marker: str
    text: str
    seen: bool = False
    public_from: datetime | None = None
    held: bool = False

    def published(self) -> Published:
        return Published(self.id, f"https://example.vn/{self.id}")


@dataclass
class World:
    """What is at the platforms. `shown` hears of every object in the instant in which it becomes public.

    `now` is the true time, which ours may be behind.
    """

    now: Callable[[], datetime]
    shown: Callable[[Thing], None]
    things: list[Thing] = field(default_factory=list)
    next_answer: Answer = Answer.OK
    calls: int = 0

    def tick(self) -> None:
        """Whatever the platforms make public by themselves by now."""
        for thing in self.things:
            if not thing.seen and thing.public_from is not None and thing.public_from <= self.now():
                self.show(thing)

    def add(self, job: Job) -> Thing:
        channel, text = job.variant.channel, job.variant.text
        thing = Thing(f"v{len(self.things) + 1}", channel, job.delivery, job.marker, text)
        self.things.append(thing)
        return thing

    def show(self, thing: Thing) -> None:
        if not thing.seen:
            thing.seen, thing.public_from = True, None
            self.shown(thing)

    def get(self, remote_id: object) -> Thing | None:
        return next((thing for thing in self.things if thing.id == remote_id), None)

    def seen(self, delivery: str) -> list[Thing]:
        return [thing for thing in self.things if thing.seen and thing.delivery == delivery]


WORLDS: dict[Path, World] = {}
"""By workspace folder: a connector is given nothing else that a test could tell it."""


class _Platform:
    def __init__(self, context: Context) -> None:
        self._world = WORLDS[context.workspace]
        self._now = context.now

    def check(self, variant: Variant) -> list[Finding]:
        return []

    def health(self) -> Health:
        return Health(ok=True, name="Trang Thử")

    def _call(self, effect: Callable[[Answer], T], *, reads: bool = False) -> T:
        """One call: the answer that was set for it, its effect where that answer lets it happen."""
        world, now = self._world, self._now()
        answer, world.next_answer = world.next_answer, Answer.OK
        world.tick()
        world.calls += 1
        match answer:
            case Answer.DIES_BEFORE:
                raise Death
            case Answer.NOT_SENT:
                raise NotSent("mau:net")
            case Answer.NOT_YET if not reads:
                raise NotYet("mau:wait", retry_at=now + timedelta(seconds=20))
            case Answer.THROTTLED:
                raise Throttled("mau:slow", retry_at=now + timedelta(minutes=3))
            case Answer.REFUSED if not reads:
                raise Refused("mau:no")
            case Answer.AUTH_LOST:
                raise AuthLost("mau:token")
            case Answer.LOST_BEFORE:
                raise NotSent("mau:cut") if reads else Unknown("mau:cut")
        done = effect(answer)
        if answer is Answer.DIES_AFTER:
            raise Death
        if answer is Answer.LOST_AFTER:
            raise NotSent("mau:cut") if reads else Unknown("mau:cut")
        return done

    def _public(self, thing: Thing, answer: Answer) -> Published | Pending:
        if answer is Answer.PENDING and not thing.seen:
            thing.public_from = self._world.now() + PROCESSING
            return Pending(thing.id, PROCESSING)
        if answer is not Answer.LIE:
            self._world.show(thing)
        return thing.published()

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        def look(_: Answer) -> Published | Pending:
            thing = self._world.get(pending.remote_id)
            if thing is None:
                raise NotPrepared("mau:gone")
            return thing.published() if thing.seen else Pending(thing.id, PROCESSING)

        return self._call(look, reads=True)


class Keyed(_Platform):
    """Two steps, joined by the id of a hidden object."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform="keyed",
        limits=Limits(text_max=5000, markdown=True),
        lead=LEAD,
        reveal="repeatable",
        settle_after=SETTLE_AFTER,
        hold=HOLD,
    )

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        if self._world.get(handle.get("id")):
            return handle

        def create(_: Answer) -> Handle:
            mine = (t for t in self._world.things if (t.marker, t.text) == (job.marker, job.variant.text))
            left = next((t for t in mine if job.first_try_at), None)  # an interrupted try made it
            return {"id": (left or self._world.add(job)).id}

        made = self._call(create)
        save(made)
        return made

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        def publish(answer: Answer) -> Published | Pending:
            thing = self._world.get(handle.get("id"))
            if thing is None:
                raise NotPrepared("mau:gone")
            return self._public(thing, answer)

        return self._call(publish)

    def find(self, job: Job, handle: Handle) -> list[Published]:
        def look(_: Answer) -> list[Published]:
            seen = [t for t in self._world.things if t.seen and t.marker == job.marker]
            return [t.published() for t in seen if handle.get("id", t.id) == t.id]

        return self._call(look, reads=True)

    def hand_over(self, job: Job, handle: Handle, save: Save) -> Handle:
        def hold(_: Answer) -> Handle:
            thing = self._world.get(handle.get("id"))
            if thing is None or job.due_at < self._world.now() + HOLD.at_least:
                raise Refused("mau:hold")
            thing.public_from, thing.held = job.due_at, True
            return handle

        save(handle)
        return self._call(hold)

    def recall(self, job: Job, handle: Handle, save: Save) -> Handle:
        def take_back(_: Answer) -> Handle:
            thing = self._world.get(handle.get("id"))
            if thing is not None and thing.seen:
                raise Refused("mau:public")
            if thing is not None:
                thing.public_from, thing.held = None, False
            return handle

        return self._call(take_back)

    def remove(self, published: Published) -> None:
        def hide(_: Answer) -> None:
            if thing := self._world.get(published.remote_id):
                thing.seen = False

        self._call(hide)


class OneShot(_Platform):
    """One call and it is public; a second call makes a second one."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform="oneshot",
        limits=Limits(text_max=5000, markdown=True),
        lead=LEAD,
        reveal="once",
        settle_after=SETTLE_AFTER,
    )

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        return self._call(lambda _: {"ready": job.marker})

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        return self._call(lambda answer: self._public(self._world.add(job), answer))

    def find(self, job: Job, handle: Handle) -> list[Published]:
        seen = (thing for thing in self._world.things if thing.seen and thing.marker == job.marker)
        return self._call(lambda _: [thing.published() for thing in seen], reads=True)


def entry_points(*, group: str, name: str = "") -> list[EntryPoint]:
    """Stands in for `importlib.metadata.entry_points`: these two platforms are what is installed."""
    here = {"keyed": f"{__name__}:Keyed", "oneshot": f"{__name__}:OneShot"}
    return [EntryPoint(key, value, group) for key, value in here.items() if name in ("", key)]
