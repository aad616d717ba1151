"""A load to measure with: many practice units whose approved posts are all due at one minute.

Practice only, three times over: the workspace is one that this module made (a mark in it), the platforms are
on this machine, and a workspace with any channel that leads elsewhere is refused.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from connectors.practice.places import UNITS, Place
from content.approval import Role
from content.errors import NotFound, PlatformTrouble, RefusedByRule, UsageError
from content.wording import say
from loa.services import approving, channels, people, training
from loa.services.importing import MAX_FILES, import_files
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler.policy import Step
from scheduler.status import Status
from scheduler.store.tables import attempt, channel, delivery

PASSPHRASE = "chi de tap huan"  # noqa: S105  opens nothing but workspaces that were made here
MARK = ".made-by-loa-practice-load"
SOON = timedelta(seconds=5)
"""What is due earlier than this may be due before it is approved."""
SAID_EVERY = 100
AT_LEAST, EACH = timedelta(seconds=20), timedelta(seconds=0.3)
"""What importing and approving takes on a slow machine: what comes due before that cannot be approved."""
OFFICERS = {"kythuat": Role.OPERATOR, "soan": Role.DRAFTER, "duyet": Role.APPROVER}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Load:
    """What was prepared: so many deliveries, due at one instant."""

    units: int
    channels: int
    deliveries: int
    due_at: datetime


@dataclass(frozen=True)
class PlatformResult:
    """One platform's outcome. Lateness in seconds, None where nothing was published.

    `public` is what the platform itself shows; `lost`: believed published and not shown there; `double`:
    shown there more often than it was to be.
    """

    platform: str
    planned: int
    published: int
    public: int
    lost: int
    double: int
    p50_s: float | None
    p99_s: float | None
    max_s: float | None


@dataclass(frozen=True)
class Result:
    """All platforms, and how many deliveries are in which state."""

    platforms: list[PlatformResult]
    states: dict[str, int]

    @property
    def lost(self) -> int:
        return sum(one.lost for one in self.platforms)

    @property
    def double(self) -> int:
        return sum(one.double for one in self.platforms)


def opened(folder: Path) -> Workspace:
    """The workspace of an earlier load. Raises NotFound, and RefusedByRule for one that was not made here."""
    if not folder.exists():
        raise NotFound("load.none_yet", folder=folder)
    if not (folder / MARK).is_file():
        raise RefusedByRule("load.not_ours", folder=folder)
    workspace = Workspace.open(folder)
    if real := training.real_channels(workspace):
        workspace.close()
        raise RefusedByRule("cli.practice.real_channels", channels=", ".join(real[:5]))
    return workspace


def made(folder: Path) -> tuple[Workspace, dict[str, Person]]:
    """That workspace, or a new one with its three practice officers."""
    if folder.exists():
        workspace = opened(folder)
        return workspace, {name: people.authenticate(workspace, name, PASSPHRASE) for name in OFFICERS}
    workspace = Workspace.create(folder)
    (folder / MARK).touch()
    officers: dict[str, Person] = {}
    for name, role in OFFICERS.items():
        actor = officers.get("kythuat")
        officers[name] = people.add(
            workspace, actor, name, full_name=name, roles=[role], passphrase=PASSPHRASE
        )
    return workspace, officers


def units_at(url: str) -> dict[str, list[Place]]:
    """The units that the practice platforms at `url` have, each with its places.

    Raises UsageError for an address that is not on this machine, PlatformTrouble when nobody answers there.
    """
    _must_be_here(url)
    found = training.ask(url.rstrip("/") + UNITS)
    if not isinstance(found, list):
        raise PlatformTrouble("cli.practice.not_running", url=url)
    units: dict[str, list[Place]] = defaultdict(list)
    for place in (Place(**one) for one in found):
        settings = [place.settings[key] for key in ("base_url", "token_url") if key in place.settings]
        for address in (place.url, *settings):
            _must_be_here(address)
        units[place.channel.rpartition("-")[0]].append(place)
    if not units:
        raise UsageError("load.no_units", url=url)
    return units


def prepare(
    workspace: Workspace,
    officers: dict[str, Person],
    units: dict[str, list[Place]],
    *,
    posts: int,
    at: str | None,
    say_step: Say,
) -> Load:
    """Channels of each unit (a Page, an OA, a website of its own), then approved posts for all of them."""
    _enrol(workspace, officers["kythuat"], units, say_step)
    wanted = len(units) * posts
    files = _write(workspace, units, posts)
    due = _due(workspace, at, wanted)
    done: list[str] = []
    for start in range(0, len(files), MAX_FILES):
        some = files[start : start + MAX_FILES]
        for imported in import_files(workspace, officers["soan"], some, due=due.isoformat()):
            approving.submit(workspace, officers["soan"], imported.post)
            approving.approve(workspace, officers["duyet"], imported.post)
            done.append(imported.post)
            if len(done) % SAID_EVERY == 0:
                say_step(say("load.step_posts", done=len(done), count=wanted))
    with workspace.database.read() as connection:
        mine = select(delivery.c.seq).where(delivery.c.post_id.in_(done[:1]))
        each = len(connection.execute(mine).all())
    return Load(len(units), sum(map(len, units.values())) + len(units), each * len(done), due)


def result(workspace: Workspace, url: str) -> Result:
    """What became of all loads of this workspace, by its rows and by the practice platforms themselves."""
    late: dict[str, list[float]] = defaultdict(list)
    planned, published, states = Counter[str](), Counter[str](), Counter[str]()
    by_account = Counter[tuple[str, str]]()
    with workspace.database.read() as connection:
        joined = delivery.join(channel, channel.c.id == delivery.c.channel_id)
        rows = select(delivery.c.status, channel.c.platform, channel.c.account).select_from(joined)
        for status, platform, account in connection.execute(rows):
            states[status] += 1
            planned[platform] += 1
            if status == Status.PUBLISHED:
                published[platform] += 1
                by_account[platform, account] += 1
        began = (
            select(channel.c.platform, attempt.c.started_at, delivery.c.due_at)
            .select_from(joined.join(attempt, attempt.c.delivery_seq == delivery.c.seq))
            .where(attempt.c.step == Step.REVEAL, attempt.c.outcome == "published")
        )
        for platform, started_at, due_at in connection.execute(began):
            late[platform].append((started_at - due_at).total_seconds())
    shown = _shown(workspace, url)
    told = []
    for platform in sorted(planned):
        accounts = {key for key in (*by_account, *shown) if key[0] == platform}
        waits = sorted(late[platform])
        told.append(
            PlatformResult(
                platform,
                planned[platform],
                published[platform],
                sum(shown[key] for key in accounts),
                sum(max(0, by_account[key] - shown[key]) for key in accounts),
                sum(max(0, shown[key] - by_account[key]) for key in accounts),
                quantile(waits, 0.5),
                quantile(waits, 0.99),
                waits[-1] if waits else None,
            )
        )
    return Result(told, dict(states))


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of all does not exceed; None of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _enrol(workspace: Workspace, actor: Person, units: dict[str, list[Place]], say_step: Say) -> None:
    known = {view.id: view for view in channels.listing(workspace)}
    done, count = 0, sum(map(len, units.values())) + len(units)
    for unit, places in units.items():
        for place in places:
            if view := known.get(place.channel):  # platforms that were started anew gave out other tokens
                settings = dict(place.settings)
                if dict(view.settings) | settings != dict(view.settings) or place.platform == "zalo":
                    channels.change(workspace, actor, view.id, settings=settings, secrets=place.secrets)
            else:
                channels.add(workspace, actor, place.channel, platform=place.platform, account=place.account,
                             name=place.name, settings=place.settings, secrets=place.secrets)  # fmt: skip
        if f"{unit}-web" not in known:
            channels.add(workspace, actor, f"{unit}-web", platform="website", name=places[0].name,
                         settings={"folder": f"site/{unit}"}, secrets={})  # fmt: skip
        before, done = done, done + len(places) + 1
        if done // SAID_EVERY > before // SAID_EVERY:
            say_step(say("load.step_channels", done=done, count=count))


def _write(workspace: Workspace, units: dict[str, list[Place]], posts: int) -> list[Path]:
    """Post files, no two the same; numbered on from those of an earlier load."""
    folder = workspace.folder / "posts"
    first = 1 + sum(1 for _ in folder.glob("xa-0001-*.md"))
    files = []
    for number, (unit, places) in enumerate(units.items(), 1):
        for post in range(first, first + posts):
            name = places[0].name
            words = say("load.text", post=post, unit=name, number=number * 1000 + post)
            on = ", ".join([*(place.channel for place in places), f"{unit}-web"])
            title = say("load.title", unit=name, post=post)
            file = folder / f"{unit}-{post:04d}.md"
            file.write_text(
                f'---\ntitle: "{title}"\nkind: hoi_dap\nchannels: [{on}]\n---\n\n{words}\n', "utf-8"
            )
            files.append(file)
    return files


def _due(workspace: Workspace, at: str | None, posts: int) -> datetime:
    """Today at `at`, or as soon as so many posts can have been approved."""
    now = workspace.now()
    if at is None:
        return (now + AT_LEAST + posts * EACH).replace(microsecond=0)
    try:
        minute = time.fromisoformat(at)
    except ValueError:
        raise UsageError("load.past", at=at) from None
    due = datetime.combine(now.astimezone(workspace.config.zone), minute, workspace.config.zone)
    if due < now + SOON:
        raise UsageError("load.past", at=at)
    return due


def _shown(workspace: Workspace, url: str) -> Counter[tuple[str, str]]:
    """What anybody could see now, by platform and account, as the platforms' own ledgers tell it."""
    found = Counter[tuple[str, str]]()
    ledgers = {"facebook": "pages", "zalo": "oas"}
    for place in training.open_places(url):
        if place.platform in ledgers:
            told = training.ask(f"{place.url}/practice/ledger?arrivals=0")[ledgers[place.platform]]
            for account, counts in told.items():
                if counts["public"]:
                    found[place.platform, account] = counts["public"]
    for view in channels.listing(workspace):
        if view.platform == "website":
            pages = workspace.folder / view.settings["folder"] / "current" / "bai"
            if count := sum(1 for _ in pages.glob("*.html")):
                found["website", view.account] = count
    return found


def _must_be_here(url: str) -> None:
    if urlsplit(url).hostname not in training.HERE:
        raise UsageError("load.not_here", url=url)
