"""The plan of a campaign: every post of a kit dated around an anchor, with all there is to remark.

Planning creates nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from content.calendar import Holiday, lunar
from content.errors import NotFound, UsageError
from content.finding import Finding, blocking
from content.frontmatter import read_post
from content.kits import Kit, KitItem, kits, load_kit
from content.kits.filling import filled, slots
from content.kits.theme import SLOTS as THEME_SLOTS
from content.moment import MomentError, parse_moment
from content.post import Post
from content.text import nearest, normalise, slug
from content.wording import say
from loa.services import blackouts, calendar, channels, yearly
from loa.services import campaign_records as records
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store.tables import delivery

OWN_KITS = "kits"
LONGEST_ID = 32
CROWDED = timedelta(hours=1)
"""Two posts of one channel within an hour take readers from each other."""
ASKED_OF_ALL = ("don_vi", "nam", "ngay_moc")
"""Slots that Loa fills by itself: the unit, the anchor's year, the anchor."""
GONE = (Status.CANCELLED, Status.REMOVED)


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
    partner: str
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


def kit_names(workspace: Workspace) -> list[str]:
    """Loa's kits and the unit's own."""
    return kits(workspace.folder / OWN_KITS)


def kit(workspace: Workspace, name: str) -> Kit:
    """One kit; raises NotFound naming the nearest, and KitError for one that cannot be read."""
    return load_kit(name, workspace.folder / OWN_KITS)


def own_values(workspace: Workspace, anchor: date) -> dict[str, str]:
    """What Loa knows by itself of the slots."""
    told = (workspace.config.unit.name, f"{anchor.year}", f"{anchor.day}/{anchor.month}/{anchor.year}")
    theme = yearly.theme(workspace, anchor.year)
    return dict(zip(ASKED_OF_ALL, told, strict=True)) | (theme.values() if theme else {})


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
    _must_be_among(
        "campaigns.no_value", values or (), {*ASKED_OF_ALL, *THEME_SLOTS, *(one.name for one in known.values)}
    )
    given = own_values(workspace, anchor) | {
        key: text for key, text in (values or {}).items() if text.strip()
    }
    key = slug(name, longest=LONGEST_ID)
    planner = _Planner(workspace, known, anchor, key, chosen, given, name)
    found = [planner.slot(item, moves.get(item.path.stem), item.path.stem in skipped) for item in known.items]
    found = _with_collisions(workspace, sorted(found, key=lambda one: one.at))
    remarks = [
        *planner.remarks(),
        *_on_theme(workspace, known, anchor, given),
        *_on_the_day(anchor, found),
        *_in_order(known, found),
    ]
    if (told := records.living(workspace, key)) is not None:
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
        name: str,
    ) -> None:
        self._config, self._zone, self._now = workspace.config, workspace.config.zone, workspace.now()
        self._calendar = calendar.days_off(workspace)
        self._entered = blackouts.listing(workspace, past=False)
        self._kit, self._anchor, self._key = known, anchor, key
        self._chosen, self._values, self._name = chosen, values, name

    def slot(self, item: KitItem, moved: datetime | None, skipped: bool) -> Slot:
        read = rendered(self._kit, item, self._key, self._values, self._zone)
        wished = self._anchor + timedelta(days=item.days)
        at, shifted_from = moved, None
        if at is None:
            on = self._working_day(wished) if item.working_day else wished
            at, shifted_from = item.due_on(on, self._zone), wished if on != wished else None
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
            shifted_from=shifted_from,
            channels=tuple(names),
            lead=item.lead,
            partner=item.partner,
            taken=bool(names) and not skipped,
        )
        return replace(found, findings=list(self._of(item, read, found)))

    def _working_day(self, wished: date) -> date:
        """The next one; what belongs before the anchor stays before it: no question is asked afterwards."""
        on = self._calendar.next_working_day(wished)
        return self._calendar.previous_working_day(wished) if wished < self._anchor <= on else on

    def _of(self, item: KitItem, read: Post, found: Slot) -> Iterator[Finding]:
        if not found.channels:
            yield _finding("no_channel", "warn", found, wished=", ".join(item.channels))
            return
        if found.at <= self._now:
            yield _finding("past", "block", found)
        if found.shifted_from:
            rule = "shifted_back" if found.day < found.shifted_from else "shifted"
            yield _finding(rule, "hint", found, day=written(found.shifted_from))
        elif found.off and (day_off := next((one.name for one in found.holidays if one.off), "")):
            yield _finding("holiday", "warn", found, name=day_off)
        elif found.off:
            yield _finding("weekend", "hint", found)
        tags = (*read.tags, self._name)
        for entry in blackouts.over(self._entered, found.at, found.channels, read.kind, tags):
            yield blackouts.remark(entry, found.item)
        config, by_name = self._config, dict(self._chosen)
        for name in found.channels:
            quiet = config.quiet_hours.remark(found.at, name, by_name[name], config.zone, config.checks)
            if quiet is not None:
                yield replace(quiet, place=found.item)
        later = {one.name for one in self._kit.values if one.later}
        labels = {one.name: one.label for one in self._kit.values}
        for slots_left, rule in (
            ([name for name in slots(read) if name not in later], "empty"),
            ([name for name in slots(read) if name in later], "later"),
        ):
            if slots_left:
                words = "; ".join(labels.get(name, name) for name in slots_left)
                yield _finding(rule, "warn", found, words=words, names=slots_left)
        for doubt in self._kit.unverified:
            if item.path.name in doubt.items:
                yield _finding("unverified", "warn", found, what=doubt.what)

    def remarks(self) -> list[Finding]:
        """On the whole plan: what a person must check that no single item rests on."""
        whole = [doubt for doubt in self._kit.unverified if not doubt.items]
        return [Finding("campaigns.unverified", "warn", "", {"what": doubt.what}) for doubt in whole]


def _on_theme(workspace: Workspace, known: Kit, anchor: date, given: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the year's theme and slogan are there where the kit asks for them, and how sure they are."""
    wanted = [one for one in known.values if one.name in THEME_SLOTS]
    theme = yearly.theme(workspace, anchor.year)
    if empty := [one.label for one in wanted if one.name not in given]:
        words = {"year": anchor.year, "words": "; ".join(empty), "file": yearly.OWN}
        yield Finding("campaigns.no_theme", "warn", "", words)
    filled_in = theme.values() if theme else {}
    if theme and not theme.verified and any(given.get(one.name) == filled_in.get(one.name) for one in wanted):
        yield Finding("campaigns.theme_unverified", "warn", "", {"year": anchor.year, "source": theme.source})


def _on_the_day(anchor: date, found: Sequence[Slot]) -> Iterator[Finding]:
    """Which channels of the campaign say nothing on the very day."""
    taken = [one for one in found if one.taken]
    busy = {name for one in taken if one.day == anchor for name in one.channels}
    used = dict.fromkeys(name for one in taken for name in one.channels)
    if quiet := [name for name in used if name not in busy]:
        words: dict[str, object] = {"day": written(anchor), "channels": ", ".join(quiet)}
        yield Finding("campaigns.anchor_empty", "hint", "", words)


def _in_order(known: Kit, found: Sequence[Slot]) -> Iterator[Finding]:
    """Items that a day off has brought before or after another than the kit means them to be."""
    by_name = {one.item: one for one in found if one.taken}
    meant = [by_name[item.path.stem] for item in known.items if item.path.stem in by_name]
    for place, one in enumerate(meant):
        now_before = [other for other in meant[place + 1 :] if other.at < one.at]
        if others := [other.title for other in now_before if one.shifted_from or other.shifted_from]:
            words: dict[str, object] = {"title": one.title, "others": "; ".join(others[:3])}
            yield Finding("campaigns.order", "warn", one.item, words)


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
        column.status.not_in(GONE),
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
