"""Chiến dịch: from a kit and an anchor day to dated drafts, and how much of the plan is public.

Planning creates nothing. Creating is one import, all or nothing; `campaigns/<id>.json` in the workspace keeps
the plan as it was made, so that plan and reality can be laid side by side whatever is moved later.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, select

from content.approval import Role
from content.calendar import Holiday, lunar
from content.errors import NotFound, RefusedByRule, UsageError
from content.finding import Finding, blocking
from content.frontmatter import read_post
from content.kits import Kit, KitItem, kits, load_kit
from content.kits.filling import filled, slots
from content.moment import MomentError, parse_moment
from content.post import Post
from content.postwriter import write_post
from content.text import nearest, normalise, slug
from content.wording import say
from loa.services import calendar, channels, deliveries
from loa.services.deliveries import DeliveryView
from loa.services.importing import Stale, import_files, picture_of
from loa.services.people import Person
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store.tables import delivery, post

FOLDER, OWN_KITS = "campaigns", "kits"
LONGEST_ID = 32
CROWDED = timedelta(hours=1)
"""Two posts of one channel within an hour take readers from each other."""
ASKED_OF_ALL = ("don_vi", "nam", "ngay_moc")
"""Slots that Loa fills by itself: the unit, the anchor's year, the anchor."""
_GONE = (Status.CANCELLED, Status.REMOVED)


@dataclass(frozen=True)
class Slot:
    """One post of a plan on its day. `at` is aware (UTC), `day` the unit's; `shifted_from` a day off.

    `channels` are the unit's own. `taken` False: it is not to be created, since somebody left it out or no
    channel is there for it.
    """

    item: str
    post: str
    title: str
    at: datetime
    day: date
    lunar: str
    holidays: list[Holiday]
    off: bool
    shifted_from: date | None
    channels: tuple[str, ...]
    lead: str
    taken: bool
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """A campaign before anything is created. `findings` are of the whole plan, the others of its slots."""

    id: str
    name: str
    kit: str
    anchor: date
    channels: tuple[str, ...]
    values: Mapping[str, str]
    slots: list[Slot]
    findings: list[Finding]

    @property
    def taken(self) -> list[Slot]:
        """What would be created."""
        return [one for one in self.slots if one.taken]

    @property
    def refused(self) -> list[Finding]:
        """What must be settled before it can be created."""
        return blocking([*self.findings, *(remark for one in self.taken for remark in one.findings)])


@dataclass(frozen=True)
class Created:
    """`outcome` is `new`, or `same` when exactly this campaign was there already."""

    id: str
    name: str
    outcome: str
    posts: list[str]


@dataclass(frozen=True)
class Tally:
    """Plan versus done on one channel, in posts; `dropped` were cancelled or taken down."""

    channel: str
    planned: int
    done: int
    dropped: int


@dataclass(frozen=True)
class CampaignView:
    """A campaign as lists show it. `next_at`: when the next of its posts is due, None when none is left."""

    id: str
    name: str
    kit: str
    anchor: date
    officer: str
    created_at: datetime
    planned: int
    done: int
    dropped: int
    next_at: datetime | None
    channels: list[Tally]


@dataclass(frozen=True)
class Cell:
    """One item on one channel; `status` is empty where there is no delivery (yet)."""

    channel: str
    delivery: str
    status: str
    due_at: datetime | None
    url: str


@dataclass(frozen=True)
class ItemProgress:
    """One item: when it was planned, and how it stands on every channel."""

    item: str
    post: str
    title: str
    planned_at: datetime
    lead: str
    cells: list[Cell]


@dataclass(frozen=True)
class Progress:
    """A campaign item by item, in the order of the plan."""

    campaign: CampaignView
    items: list[ItemProgress]


# ---- kits and plans


def kit_names(workspace: Workspace) -> list[str]:
    """Loa's kits and the unit's own."""
    return kits(workspace.folder / OWN_KITS)


def kit(workspace: Workspace, name: str) -> Kit:
    """One kit; raises NotFound naming the nearest, and KitError for one that cannot be read."""
    return load_kit(name, workspace.folder / OWN_KITS)


def own_values(workspace: Workspace, anchor: date) -> dict[str, str]:
    """What Loa knows by itself of the slots."""
    told = (workspace.config.unit.name, f"{anchor.year}", f"{anchor.day}/{anchor.month}/{anchor.year}")
    return dict(zip(ASKED_OF_ALL, told, strict=True))


def day(workspace: Workspace, told: str) -> date:
    """An anchor as an officer writes it; raises UsageError for what is no day."""
    try:
        moment, _ = parse_moment(f"{told.strip()} 12:00", workspace.config.zone)
    except MomentError:
        raise UsageError("campaigns.bad_day", written=told) from None
    return moment.astimezone(workspace.config.zone).date()


def written(value: date) -> str:
    """A day as people write it here."""
    return say("campaigns.date", day=value.day, month=value.month, year=value.year)


def plan(
    workspace: Workspace,
    kit_name: str,
    anchor: date | None = None,
    *,
    name: str = "",
    channel_ids: Sequence[str] | None = None,
    values: Mapping[str, str] | None = None,
    moves: Mapping[str, datetime] | None = None,
    skipped: Iterable[str] = (),
) -> Plan:
    """Every dated slot of a campaign around `anchor` (None: the kit's next), with all there is to remark.

    `channel_ids` None: all of the unit's. `moves` and `skipped` name items by their file's stem; raises
    NotFound for an item, channel or value that there is not, UsageError when an anchor is needed.
    """
    known = kit(workspace, kit_name)
    today = workspace.now().astimezone(workspace.config.zone).date()
    anchor = anchor or known.next_anchor(today)
    if anchor is None:
        raise UsageError("campaigns.anchor_needed", kit=known.name, anchor=known.anchor_name or "D")
    name = " ".join(normalise(name).split()) or known.campaign_name(anchor)
    moves, skipped = dict(moves or {}), set(skipped)
    there = [(view.id, view.platform) for view in channels.listing(workspace)]
    chosen = [one for one in there if channel_ids is None or one[0] in channel_ids]
    _must_be_among("campaigns.no_channel_named", channel_ids or (), [one for one, _ in there])
    _must_be_among("campaigns.no_item", {*moves, *skipped}, [item.path.stem for item in known.items])
    _must_be_among("campaigns.no_value", values or (), {*ASKED_OF_ALL, *(one.name for one in known.values)})
    given = own_values(workspace, anchor) | {
        key: text for key, text in (values or {}).items() if text.strip()
    }
    key = slug(name, longest=LONGEST_ID)
    planner = _Planner(workspace, known, anchor, key, chosen, given)
    found = [planner.slot(item, moves.get(item.path.stem), item.path.stem in skipped) for item in known.items]
    found = _with_collisions(workspace, sorted(found, key=lambda one: one.at))
    remarks = planner.remarks()
    if (told := _living(workspace, key)) is not None:
        remarks.insert(0, Finding("campaigns.there", "warn", "", {"name": told["name"]}))
    return Plan(key, name, known.key, anchor, tuple(one for one, _ in chosen), given, found, remarks)


class _Planner:
    """What all slots of a plan share."""

    def __init__(
        self,
        workspace: Workspace,
        known: Kit,
        anchor: date,
        key: str,
        chosen: Sequence[tuple[str, str]],
        values: Mapping[str, str],
    ) -> None:
        self._zone, self._now = workspace.config.zone, workspace.now()
        self._calendar = calendar.days_off(workspace)
        self._kit, self._anchor, self._key = known, anchor, key
        self._chosen, self._values = chosen, values

    def slot(self, item: KitItem, moved: datetime | None, skipped: bool) -> Slot:
        read = rendered(self._kit, item, self._key, self._values, self._zone)
        wished = self._anchor + timedelta(days=item.days)
        at, shifted = moved, None
        if at is None:
            on = self._calendar.next_working_day(wished) if item.working_day else wished
            at, shifted = item.due_on(on, self._zone), wished if on != wished else None
        local = at.astimezone(self._zone).date()
        names = _serving(self._kit, item, self._chosen)
        moon = lunar(local)
        found = Slot(
            item=item.path.stem,
            post=read.key,
            title=read.title,
            at=at,
            day=local,
            lunar=moon.short() if moon else "",
            holidays=list(self._calendar.holidays(local)),
            off=self._calendar.is_off(local),
            shifted_from=shifted,
            channels=tuple(names),
            lead=item.lead,
            taken=bool(names) and not skipped,
        )
        return replace(found, findings=list(self._of(item, read, found)))

    def _of(self, item: KitItem, read: Post, found: Slot) -> Iterator[Finding]:
        if not found.channels:
            yield _finding("no_channel", "warn", found, wished=", ".join(item.channels))
            return
        if found.at <= self._now:
            yield _finding("past", "block", found)
        if found.shifted_from:
            yield _finding("shifted", "hint", found, day=written(found.shifted_from))
        elif found.off and (day_off := next((one.name for one in found.holidays if one.off), "")):
            yield _finding("holiday", "warn", found, name=day_off)
        elif found.off:
            yield _finding("weekend", "hint", found)
        later = {one.name for one in self._kit.values if one.later}
        labels = {one.name: one.label for one in self._kit.values}
        for slots_left, rule in (
            ([name for name in slots(read) if name not in later], "empty"),
            ([name for name in slots(read) if name in later], "later"),
        ):
            if slots_left:
                words = "; ".join(labels.get(name, name) for name in slots_left)
                yield _finding(rule, "warn", found, words=words)
        for doubt in self._kit.unverified:
            if item.path.name in doubt.items:
                yield _finding("unverified", "warn", found, what=doubt.what)

    def remarks(self) -> list[Finding]:
        """On the whole plan: what a person must check that no single item rests on."""
        whole = [doubt for doubt in self._kit.unverified if not doubt.items]
        return [Finding("campaigns.unverified", "warn", "", {"what": doubt.what}) for doubt in whole]


def rendered(known: Kit, item: KitItem, campaign: str, values: Mapping[str, str], zone: Any) -> Post:
    """An item's post in a campaign, its slots filled; channels and time are still the kit's.

    Raises PostFileError for an item that is no post.
    """
    read, _ = read_post(item.path, zone)
    return replace(filled(read, known.values, values), key=slug(f"{campaign}-{read.key}"), source="")


def _serving(known: Kit, item: KitItem, chosen: Sequence[tuple[str, str]]) -> list[str]:
    """The unit's channels that serve an item, once each, in the item's order."""
    return list(dict.fromkeys(name for role in item.channels for name in known.serves(role, chosen)))


def _with_collisions(workspace: Workspace, found: list[Slot]) -> list[Slot]:
    """Remarks where a channel says two things within an hour: against the queue, and within the plan."""
    own = {one.post for one in found}
    after = []
    with workspace.database.read() as connection:
        for one in found:
            others = [
                f"{other.title} ({name})"
                for other in found
                for name in other.channels
                if other is not one and other.taken and name in one.channels
                if abs(other.at - one.at) < CROWDED
            ]
            if one.channels and one.taken:
                others += _near(connection, one, own)
            crowd = [_finding("crowded", "warn", one, others=", ".join(others[:3]))] if others else []
            after.append(replace(one, findings=[*one.findings, *crowd]))
    return after


def _near(connection: Connection, one: Slot, own: set[str]) -> list[str]:
    column = delivery.c
    query = select(column.id, column.post_id).where(
        column.due_at > one.at - CROWDED,
        column.due_at < one.at + CROWDED,
        column.channel_id.in_(one.channels),
        column.status.not_in(_GONE),
    )
    rows = connection.execute(query.order_by(column.due_at, column.seq).limit(len(own) + 3))
    return [row.id for row in rows if row.post_id not in own]


def _must_be_among(key: str, told: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for one in told:
        if one not in names:
            raise NotFound(key, name=one, nearest=nearest(one, names) or ", ".join(names) or "–")


def _finding(rule: str, severity: Any, found: Slot, **values: object) -> Finding:
    return Finding(f"campaigns.{rule}", severity, found.item, values)


# ---- creating


def create(workspace: Workspace, actor: Person, made: Plan) -> Created:
    """Every taken slot as a draft with its deliveries, all of them or none.

    Raises RefusedFindings for what the plan's own remarks or the posts' checks forbid, RefusedByRule when
    another plan of that name was created before.
    """
    actor.must_be(Role.DRAFTER)
    if not made.taken:
        raise RefusedByRule("campaigns.nothing", name=made.name)
    _room(workspace).mkdir(exist_ok=True)
    with FileLock(_room(workspace) / ".lock"):  # two officers, one campaign
        there = _there(workspace, [one.post for one in made.taken])
        if there:
            _must_be_the_same(workspace, made, there)
            return Created(made.id, made.name, "same", sorted(there))
        if made.refused:
            raise RefusedFindings(made.refused)
        if (told := _living(workspace, made.id)) is not None:
            raise RefusedByRule("campaigns.exists", name=told["name"], id=made.id)
        # Written first: killed before the import, the list shows a campaign without posts, which the same
        # command completes; the other way round there would be posts of a campaign that nobody knows.
        _write(workspace, actor, made)
        try:
            imported = _import(workspace, actor, made)
        except Stale as error:
            _record(workspace, made.id).unlink(missing_ok=True)
            raise RefusedByRule("campaigns.post_taken", post=error.row.id, name=made.name) from None
        except BaseException:
            _record(workspace, made.id).unlink(missing_ok=True)
            raise
    return Created(made.id, made.name, "new", imported)


def _import(workspace: Workspace, actor: Person, made: Plan) -> list[str]:
    known = kit(workspace, made.kit)
    items = {item.path.stem: item for item in known.items}
    zone = workspace.config.zone
    with tempfile.TemporaryDirectory(prefix=".campaign-", dir=workspace.folder) as scratch:
        paths = []
        for one in made.taken:
            item = items[one.item]
            read = rendered(known, item, made.id, made.values, zone)
            dated = replace(
                read,
                channels=one.channels,
                due=one.at,
                deadline=None,
                tags=tuple(dict.fromkeys((*read.tags, made.name))),
                overrides=_by_channel(known, read, one, workspace),
            )
            path = Path(scratch) / f"{one.post}.md"
            path.write_text(write_post(dated, zone), "utf-8")
            for media in read.media:
                target = Path(scratch) / media.file
                if not target.exists():
                    source = picture_of(item.path, media.file)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
            paths.append(path)
        expected = {one.post: 0 for one in made.taken}
        done = import_files(workspace, actor, paths, expected=expected, slots_stay=True)
    return [one.post for one in done]


def _by_channel(known: Kit, read: Post, one: Slot, workspace: Workspace) -> dict[str, Any]:
    """What the kit says for `fanpage` goes to every channel that serves it."""
    there = [(view.id, view.platform) for view in channels.listing(workspace) if view.id in one.channels]
    return {name: told for role, told in read.overrides.items() for name in known.serves(role, there)}


def _there(workspace: Workspace, keys: Sequence[str]) -> set[str]:
    with workspace.database.read() as connection:
        return set(connection.execute(select(post.c.id).where(post.c.id.in_(keys))).scalars())


def _must_be_the_same(workspace: Workspace, made: Plan, there: set[str]) -> None:
    told = _read(_record(workspace, made.id))
    same = told is not None and _planned(told) == [(one.post, one.at, one.channels) for one in made.taken]
    if not same or len(there) < len(made.taken):
        raise RefusedByRule("campaigns.exists", name=made.name, id=made.id)


def _living(workspace: Workspace, key: str) -> dict[str, Any] | None:
    """The record of a campaign that has posts; one without any is what a killed creation left."""
    told = _read(_record(workspace, key))
    if told is None or not _there(workspace, [one["post"] for one in told["slots"]]):
        return None
    return told


# ---- records


def _room(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def _record(workspace: Workspace, key: str) -> Path:
    return _room(workspace) / f"{key}.json"


def _write(workspace: Workspace, actor: Person, made: Plan) -> None:
    told = {
        "name": made.name,
        "kit": made.kit,
        "anchor": made.anchor.isoformat(),
        "officer": actor.name,
        "created_at": workspace.now().isoformat(),
        "values": dict(made.values),
        "slots": [
            {
                "item": one.item,
                "post": one.post,
                "title": one.title,
                "at": one.at.isoformat(),
                "lead": one.lead,
                "channels": list(one.channels),
            }
            for one in made.taken
        ],
    }
    with tempfile.NamedTemporaryFile("w", dir=_room(workspace), prefix=".new-", delete=False) as file:
        json.dump(told, file, ensure_ascii=False, indent=1)
    Path(file.name).replace(_record(workspace, made.id))


def _read(path: Path) -> dict[str, Any] | None:
    """A record, None for a file that is none: a campaign's posts do not depend on it."""
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        date.fromisoformat(told["anchor"])
        datetime.fromisoformat(told["created_at"])
        if not _planned(told) or not all(isinstance(told[key], str) for key in ("name", "kit", "officer")):
            return None
        return told
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _planned(told: Mapping[str, Any]) -> list[tuple[str, datetime, tuple[str, ...]]]:
    return [
        (str(one["post"]), datetime.fromisoformat(one["at"]), tuple(map(str, one["channels"])))
        for one in told["slots"]
    ]


# ---- how it goes


def listing(workspace: Workspace) -> list[CampaignView]:
    """Every campaign, the one whose anchor is latest first."""
    found = [_look(workspace, path).campaign for path in _records(workspace)]
    return sorted(found, key=lambda one: (one.anchor, one.id), reverse=True)


def progress(workspace: Workspace, key: str) -> Progress:
    """One campaign item by item; raises NotFound naming the nearest."""
    paths = {path.stem: path for path in _records(workspace)}
    if key not in paths:
        raise NotFound("campaigns.unknown", id=key, nearest=nearest(key, paths) or ", ".join(paths) or "–")
    return _look(workspace, paths[key])


def _records(workspace: Workspace) -> list[Path]:
    return [path for path in sorted(_room(workspace).glob("[!.]*.json")) if _read(path) is not None]


def _look(workspace: Workspace, path: Path) -> Progress:
    told = _read(path)
    assert told is not None  # as `_records` saw a moment ago; a record is replaced, never emptied
    keys = [one["post"] for one in told["slots"]]
    with workspace.database.read() as connection:
        views = {view.id: view for view in deliveries.select_views(connection, delivery.c.post_id.in_(keys))}
    items = [
        ItemProgress(
            item=str(one.get("item", "")),
            post=key,
            title=str(one.get("title", "")),
            planned_at=at,
            lead=str(one.get("lead", "")),
            cells=[_cell(key, name, views.get(f"{key}@{name}")) for name in names],
        )
        for one, (key, at, names) in zip(told["slots"], _planned(told), strict=True)
    ]
    return Progress(_summed(path.stem, told, items), items)


def _cell(key: str, channel: str, view: DeliveryView | None) -> Cell:
    if view is None:
        return Cell(channel, f"{key}@{channel}", "", None, "")
    return Cell(channel, view.id, view.status, view.due_at, view.url)


def _summed(key: str, told: Mapping[str, Any], items: Sequence[ItemProgress]) -> CampaignView:
    cells = [cell for item in items for cell in item.cells]
    names = dict.fromkeys(cell.channel for cell in cells)
    tallies = [_tally(name, [cell for cell in cells if cell.channel == name]) for name in names]
    waiting = [
        cell.due_at
        for cell in cells
        if cell.due_at and cell.status not in {Status.PUBLISHED, Status.REMOVING, *_GONE}
    ]
    return CampaignView(
        id=key,
        name=told["name"],
        kit=told["kit"],
        anchor=date.fromisoformat(told["anchor"]),
        officer=told["officer"],
        created_at=datetime.fromisoformat(told["created_at"]),
        planned=sum(one.planned for one in tallies),
        done=sum(one.done for one in tallies),
        dropped=sum(one.dropped for one in tallies),
        next_at=min(waiting, default=None),
        channels=tallies,
    )


def _tally(name: str, cells: Sequence[Cell]) -> Tally:
    return Tally(
        name,
        planned=len(cells),
        done=sum(cell.status == Status.PUBLISHED for cell in cells),
        dropped=sum(cell.status in _GONE for cell in cells),
    )
