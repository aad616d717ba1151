"""A practice office in the middle of its work, made once and copied for every attack on it.

Website, two Facebook Pages and a YouTube channel; posts approved, waiting for approval, sent back, cancelled,
frozen, published and handed over; two that cite an expired law, let pass by a legal reviewer, one of them no
more; one due on a day on which it stays back. The attacker has the database file and the media folder, the
publisher has the practice platforms as they stood.
"""

from __future__ import annotations

import copy
import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from connectors.facebook.message import message_of
from connectors.practice import PracticeServer
from connectors.practice.youtube import PracticeYouTube
from connectors.youtube.words import title_of
from content.approval import Role
from content.variant import Variant
from loa import keys
from loa.services import (
    approving,
    auditing,
    blackouts,
    channels,
    deciding,
    health,
    overriding,
    people,
    stopping,
    trusting,
)
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import presence
from tests.support.clock import TestClock
from tests.support.office import PAGE, PASSPHRASE, Office, open_office

OTHER_PAGE = "2002"
CHANNEL = "UCxxxxxxxxxxxxxxxxxxxxxx"
CLIENT = {"client_id": "1234567890-loa.apps.googleusercontent.com", "client_secret": "GOCSPX-practice"}
REFRESH = "1//practice-refresh"
MORNING = datetime.fromisoformat("2026-11-09T06:00+07:00")
ATTACK_AT = datetime.fromisoformat("2026-11-09T06:45+07:00")
END = datetime.fromisoformat("2026-11-10T10:30+07:00")
HOSTILE = "PHÁ HOẠI"
MOST_STEPS = 400

POSTS = {
    "da-dang": ("06:10", "[website, fanpage]"),
    "cho-dang": ("08:00", "[website, fanpage]"),
    "cho-anh": ("08:20", "[website, fanpage]"),
    "cho-trang-hai": ("08:40", "[fanpage2]"),
    "cho-phim": ("09:00", "[kenh]"),
    "da-giao": ("09:30", "[kenh]"),
    "chua-duyet": ("08:05", "[website, fanpage]"),
    "tra-lai": ("08:10", "[website, fanpage]"),
    "da-huy": ("08:15", "[website, fanpage]"),
    "dung-lai": ("08:25", "[website, fanpage]"),
    "cho-qua": ("08:30", "[website, fanpage]"),
    "rut-cho-qua": ("08:35", "[website, fanpage]"),
    "tam-dung": ("08:50", "[website, fanpage]"),
}
"""Due minute and channels; the post's state is its name."""
STAY_HERE = ("chua-duyet", "tra-lai", "da-huy", "dung-lai", "rut-cho-qua", "tam-dung")
EXPIRED = dict.fromkeys(("cho-qua", "rut-cho-qua"), " Theo Nghị định số 13/2023/NĐ-CP.")
"""What posts say of a law that is no more in force."""


@dataclass(frozen=True)
class Seen:
    """One thing that everybody can see: where, its words, digests of its media, since when."""

    channel: str
    words: str
    media: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True)
class Allowed:
    """What officers approved for one channel, and when it may come out."""

    seen: Seen
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Outcome:
    """What came of it: what is public, how each delivery stands, who reports what."""

    public: tuple[Seen, ...]
    statuses: dict[str, tuple[str, str]]
    reports: frozenset[tuple[str, str]]
    """(who, what): `audit verify`, `alert`, `held`, `trust list`, `publisher`."""


class Scene:
    """The office and its platforms; `attacked` hands out a copy."""

    def __init__(self, folder: Path, facebook: PracticeServer, youtube: PracticeYouTube, clock: TestClock):
        self.folder, self.facebook, self.youtube, self.clock = folder, facebook, youtube, clock
        self.people: dict[str, Person] = {}
        self.allowed: list[Allowed] = []
        self.foreign = ""
        """A private video of the unit that was never meant for anybody: not made by Loa."""
        self._base = folder / "base"
        self._worlds: list[tuple[Any, dict[str, Any]]] = []
        self._copies = 0
        self._calm: Outcome | None = None

    def make(self) -> None:
        """Everything up to the minute of the attack."""
        with open_office(self._base, self.facebook, self.clock) as office:
            office.people["tham"] = people.add(
                office.workspace,
                office.people["ky"],
                "tham",
                full_name="Lê Thị Thẩm",
                roles=[Role.REVIEWER],
                passphrase=PASSPHRASE,
            )
            self.people = office.people
            self._channels(office)
            self._hide_a_foreign_video()
            _write_files(office.folder / "posts")
            for name in POSTS:
                self._post(office, name)
            work(office, datetime.fromisoformat("2026-11-09T06:30+07:00"))
            self._decide(office)
            work(office, ATTACK_AT)
            _fill(office)
            self.allowed = list(self._approved(office))
        self._worlds = [
            (world, copy.deepcopy(_state(world))) for world in (self.facebook.world, self.youtube.world)
        ]

    def _channels(self, office: Office) -> None:
        token = self.facebook.add_page(OTHER_PAGE, "Trang thứ hai").token
        self.youtube.add_channel(CHANNEL, "Kênh của xã", REFRESH, **CLIENT)
        add, ky = channels.add, office.people["ky"]
        for name, platform, account, url, secrets in (
            ("fanpage2", "facebook", OTHER_PAGE, self.facebook.url, {"page_token": token}),
            ("kenh", "youtube", CHANNEL, self.youtube.url, {**CLIENT, "refresh_token": REFRESH}),
        ):
            add(
                office.workspace,
                ky,
                name,
                platform=platform,
                account=account,
                settings={"base_url": url},
                secrets=secrets,
            )

    def _hide_a_foreign_video(self) -> None:
        world = self.youtube.world
        session = world.open_session(
            world.channels[CHANNEL],
            ["snippet", "status"],
            {"snippet": {"title": "Họp nội bộ"}, "status": {"privacyStatus": "private"}},
            size=5,
            mime="video/mp4",
            name="hop.mp4",
        )
        world.append(session, b"trong")
        self.foreign = world.finish(session).id

    def _post(self, office: Office, name: str) -> None:
        due, where = POSTS[name]
        kinds = {"cho-anh": "[{file: anh.png, alt: Hội trường xã}]"}
        if where == "[kenh]":
            kinds[name] = f"[{{file: {name}.mp4, alt: Phim}}]"
        post = office.import_post(
            f"{name}.md",
            title=f"Bài {name}",
            text=f"Nội dung của bài {name}, đủ dài để không lẫn với bài khác.{EXPIRED.get(name, '')}",
            due=f"2026-11-09T{due}+07:00",
            channels=where,
            media=kinds.get(name, ""),
            tags="[giải trí]" if name == "tam-dung" else "",
        )
        if name in EXPIRED:
            why = "còn áp dụng cho hồ sơ nộp trước ngày hết hiệu lực"
            overriding.override(office.workspace, office.people["tham"], post, reason=why)
        if name == "chua-duyet":
            approving.submit(office.workspace, office.people["soan"], post)
            return
        approving.submit(office.workspace, office.people["soan"], post)
        if name == "tra-lai":
            approving.reject(office.workspace, office.people["duyet"], post, "sai căn cứ")
        else:
            approving.approve(office.workspace, office.people["duyet"], post)

    def _decide(self, office: Office) -> None:
        workspace, ky = office.workspace, office.people["ky"]
        for channel in ("website", "fanpage"):
            deciding.cancel(workspace, ky, f"da-huy@{channel}", "không đăng nữa")
        stopping.start(workspace, ky, "post", "dung-lai", "chờ ý kiến")
        overriding.undo(workspace, office.people["tham"], "rut-cho-qua", reason="đọc lại thì sai")
        monday = date(2026, 11, 9)
        blackouts.add(workspace, ky, monday, monday, "Kỳ thi", blackouts.scopes(tags=["giải trí"]))
        blackouts.add(workspace, ky, monday + timedelta(days=300), monday + timedelta(days=301), "Kỳ thi sau")
        stopping.hand_over(workspace, ky, ["da-giao@kenh"])

    def _approved(self, office: Office) -> Iterator[Allowed]:
        with office.workspace.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT id, payload FROM delivery").all()
        for row in rows:
            if row.id.partition("@")[0] in STAY_HERE:
                continue
            variant = Variant.parse(row.payload)
            media = tuple(sorted(ref.sha256 for ref in variant.media))
            seen = Seen(variant.channel, _words(variant), media, None)
            yield Allowed(seen, variant.not_before, variant.deadline)

    @contextmanager
    def attacked(self, *attacks: Callable[[Path], object]) -> Iterator[Office]:
        """A copy of the office, the platforms as they stood, after the attacks (each is given the folder)."""
        self._copies += 1
        folder = self.folder / f"copy-{self._copies}"
        shutil.copytree(self._base, folder, symlinks=True)
        for world, state in self._worlds:
            world.__dict__.update(copy.deepcopy(state))
        self.facebook.app.faults.clear()
        self.youtube.app.faults.clear()
        self.clock.instant = ATTACK_AT
        for attack in attacks:
            attack(folder)
        workspace = Workspace.open(folder, self.clock)
        try:
            yield Office(workspace, self.facebook, self.clock, self.people)
        finally:
            workspace.close()
            shutil.rmtree(folder)

    def after(self, *attacks: Callable[[Path], object], until: datetime = END) -> Outcome:
        """What came of these attacks once the publisher worked long past every due minute."""
        with self.attacked(*attacks) as office:
            trouble = ""
            try:
                work(office, until)
            except Exception as error:  # whatever stops the publisher: people see that nothing runs
                trouble = type(error).__name__
            return self.outcome(office, trouble)

    def calm(self) -> Outcome:
        """The same day without an attack."""
        self._calm = self._calm or self.after()
        return self._calm

    def outcome(self, office: Office, trouble: str = "") -> Outcome:
        with closing(sqlite3.connect(database_of(office.folder))) as raw:
            rows = raw.execute("SELECT id, status, last_error FROM delivery").fetchall()
        statuses = {str(key): (str(status), str(why)) for key, status, why in rows}
        return Outcome(tuple(self.public(office)), statuses, frozenset(reports(office, statuses, trouble)))

    def public(self, office: Office) -> Iterator[Seen]:
        """Everything that everybody can see on every platform."""
        site = office.folder / "site" / "current" / "bai"
        for page in sorted(site.glob("*.html")) if site.is_dir() else ():
            text = page.read_text("utf-8")
            yield Seen("website", text, (), None)
        names = {PAGE: "fanpage", OTHER_PAGE: "fanpage2"}
        world = self.facebook.world
        for number, its in world.pages.items():
            for post in world.public_posts(its):
                pictures = tuple(sorted(world.photos[photo].digest for photo in post.photos))
                since = max(post.created_at, post.scheduled_at or post.created_at)  # by the platform's clock
                yield Seen(names[number], post.message, pictures, since)
        for video in self.youtube.public_videos():
            yield Seen("kenh", str(video.snippet.get("title")), (video.sha256,), video.public_since)

    def wrong(self, public: tuple[Seen, ...]) -> list[str]:
        """What is public and may not be: not approved, changed, too early or too late, twice."""
        left = list(self.allowed)
        found = []
        for seen in public:
            fit = next((one for one in left if _fits(seen, one)), None)
            if fit is None:
                again = any(_fits(seen, one) for one in self.allowed)
                found.append(f"{'twice' if again else 'not approved'}: {seen.channel}: {_short(seen.words)}")
            else:
                left.remove(fit)
        return found


def _fits(seen: Seen, allowed: Allowed) -> bool:
    if seen.channel != allowed.seen.channel:
        return False
    if seen.since and not allowed.begins - timedelta(seconds=1) <= seen.since <= allowed.ends + timedelta(
        minutes=5
    ):
        return False
    if seen.channel == "website":
        return allowed.seen.words in seen.words and HOSTILE not in seen.words
    return (seen.words, seen.media) == (allowed.seen.words, allowed.seen.media)


def _words(variant: Variant) -> str:
    """What of an approved variant has to be seen at its channel."""
    if variant.platform == "facebook":
        return message_of(variant)
    return title_of(variant) if variant.platform == "youtube" else variant.text


def _short(words: str) -> str:
    return " ".join(words.split())[-60:]


def work(office: Office, until: datetime) -> None:
    """The publisher, from wake-up to wake-up; what platforms hold is looked at every minute."""
    clock, steps = office.clock, 0
    with office.publisher() as worker:
        while True:
            worker.queue.look_at_held(clock.now())
            while claims := worker.queue.claim(clock.now(), 64):
                steps += sum(worker.lanes.run(claim) for claim in claims)
                if steps > MOST_STEPS:
                    raise RuntimeError("the publisher goes round in circles")
            with office.workspace.database.read() as connection:
                upcoming = worker.queue.next_wake(connection, clock.now())
                if worker.queue.any_held(connection):
                    soon = clock.now() + timedelta(minutes=20)
                    upcoming = min(upcoming or soon, soon)
            if upcoming is None or upcoming > until:
                break
            clock.instant = upcoming
    clock.instant = until
    office.workspace.note_audit()


def reports(office: Office, statuses: dict[str, tuple[str, str]], trouble: str) -> Iterator[tuple[str, str]]:
    """Everything that tells people of something wrong."""
    if trouble:
        yield "publisher", trouble
    for name, (status, why) in statuses.items():
        if status in ("held", "unknown", "failed", "missed", "recalling", "removing"):
            yield status, f"{name}: {why}"
    try:
        chain = auditing.verify(office.workspace)
        if chain.broken_at is not None:
            yield "audit verify", "broken"
        if chain.cut_at is not None:
            yield "audit verify", "cut"
        for one in chain.contradictions:
            yield "audit verify", f"{one.key}: {one.subject}"
        for view in trusting.listing(office.workspace):
            if not view.sound:
                yield "trust list", view.name
    except Exception as error:
        yield "audit verify", f"could not be read: {type(error).__name__}"
    try:
        for alert in health.examine(office.workspace).alerts:
            if alert.key not in ("publisher", "disk", "clock"):
                yield "alert", f"{alert.key} {alert.subject}"
    except Exception as error:
        yield "status", f"could not be read: {type(error).__name__}"


def database_of(folder: Path) -> Path:
    return folder / "loa.db"


def sql(*statements: str) -> Callable[[Path], None]:
    """An attack: these statements, as with the `sqlite3` program, foreign keys not looked at."""

    def attack(folder: Path) -> None:
        with closing(sqlite3.connect(database_of(folder))) as raw:
            for statement in statements:
                raw.execute(statement)
            raw.commit()

    return attack


def _write_files(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (640, 480), "navy").save(folder / "anh.png")
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    for number, name in enumerate(("cho-phim", "da-giao")):
        (folder / f"{name}.mp4").write_bytes(head + random.Random(number).randbytes(60_000))


def _fill(office: Office) -> None:
    """At least one row in every table."""
    workspace, now = office.workspace, office.clock.now()
    channels.check(workspace, office.people["ky"], "fanpage")
    stopping.correct(workspace, office.people["ky"], "da-dang", "cho-dang", "sai số điện thoại")
    health.note_checked(workspace, "clock", {"skew_s": 0.0})
    hidden = workspace.vault.hide("mailtos://loa:practice-word@example.vn")

    def rows(connection: Any) -> None:
        presence.announce(connection, "w1", "test", now)
        at = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        for statement in (
            "INSERT INTO reading (delivery_seq, metric, value, definition, source, note, taken_at)"
            f" VALUES (1, 'views', 7, 'd', 's', '', '{at}')",
            "INSERT INTO alert_target (name, scheme, ciphertext, least, added_by, added_at, failures)"
            f" VALUES ('thu', 'mailtos', '{hidden}', 'warning', 'ky', '{at}', 0)",
            "INSERT INTO alert_told (target, key, subject, severity, told_at, cleared)"
            f" VALUES ('thu', 'disk', '', 'warning', '{at}', 0)",
        ):
            connection.exec_driver_sql(statement)

    workspace.database.run(rows)


def _state(world: Any) -> dict[str, Any]:
    """What of a practice platform changes; without its clock, its folder and half-finished uploads."""
    fixed = ("now", "folder", "sessions", "shelf", "app", "people", "daily")
    return {name: value for name, value in world.__dict__.items() if name not in fixed}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def made(folder: Path) -> Iterator[Scene]:
    """The scene with its platforms running."""
    clock = TestClock(MORNING.astimezone(UTC))
    with pytest.MonkeyPatch.context() as patch:
        for name, least in (("PASSES", 1), ("MEMORY_KIB", 8), ("LANES", 1)):
            patch.setattr(keys, name, least)
        with (
            PracticeServer(clock=clock.now) as facebook,
            PracticeYouTube(clock=clock.now, processing_s=0) as youtube,
        ):
            scene = Scene(folder, facebook, youtube, clock)
            scene.make()
            yield scene
