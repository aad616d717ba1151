"""Chia sẻ chiến dịch: a campaign as a kit again, for next year or another unit, and taking such a kit in."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from content.approval import Role
from content.consent import people
from content.errors import LoaError, MediaError, RefusedByRule, UsageError
from content.finding import Finding
from content.frontmatter import PostFileError, read_post
from content.kits import Doubt, Kit, KitItem, Value, read_kit
from content.kits.filling import emptied, filled, slots
from content.kits.package import pack, unpack
from content.kits.reading import PLAN
from content.kits.writing import write_plan
from content.post import Override, Post
from content.postwriter import write_post
from content.variant import MediaRef
from content.wording import say
from loa.services import calendar, campaigns, channels, posts
from loa.services import campaign_records as records
from loa.services.campaign_plan import GONE, OWN_KITS
from loa.services.campaigns import ItemProgress, Progress
from loa.services.importing import picture_of
from loa.services.people import Person
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace

YEAR = "nam"
"""A year may stand anywhere in a text, in the number of a decree too: it is never turned back into a slot."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Shared:
    """A kit that was made or taken in: its key, where it is, and what to know of it."""

    kit: str
    name: str
    items: list[str]
    path: Path
    findings: list[Finding] = field(default_factory=list)


# ---- making one


def share(workspace: Workspace, actor: Person, campaign: str, kit: str, to: Path | None = None) -> Shared:
    """The campaign's posts as they stand now, as a kit of the unit's own or, with `to`, as a new zip file.

    What was cancelled or taken down stays out. Raises NotFound, RefusedByRule for a name that is taken and a
    campaign of which nothing is left.
    """
    actor.must_be(Role.DRAFTER)
    name = _name(kit)
    if to is None:
        _must_be_free(workspace, name)
    told = campaigns.progress(workspace, campaign)
    with tempfile.TemporaryDirectory(prefix=".kit-", dir=workspace.folder) as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        made, findings = _Sharing(workspace, told, folder).kit()
        _synced(folder / PLAN, write_plan(made))
        read_kit(folder)  # what Loa could not read itself is given to nobody
        if to is None:
            path = _keep(workspace, folder, name)
        else:
            path = to / f"{name}.zip" if os.path.isdir(to) else to  # noqa: PTH112 no name is too long for it
            pack(folder, path)
    return Shared(name, made.name, [item.path.stem for item in made.items], path, findings)


class _Sharing:
    """What all items of one campaign share on their way into a kit's folder."""

    def __init__(self, workspace: Workspace, told: Progress, folder: Path) -> None:
        record = records.read(records.path_of(workspace, told.campaign.id))
        assert record is not None  # `told` was made of it
        self._workspace, self._told, self._folder = workspace, told, folder
        self._zone = workspace.config.zone
        self._calendar = calendar.days_off(workspace)
        self._words = _words_of(workspace, record)
        self._given = set(record.get("values", {}))
        self._platforms = {view.id: view.platform for view in channels.listing(workspace)}
        try:
            self._origin: Kit | None = campaigns.kit(workspace, told.campaign.kit)
        except LoaError:  # deleted or broken since: the posts are all that is needed
            self._origin = None
        self._files: dict[str, str] = {}
        """Name in the kit → digest."""
        self._findings: list[Finding] = []
        self._of_this_time: list[str] = []
        """Files that may hold words of this one campaign where the kit had a slot."""

    def kit(self) -> tuple[Kit, list[Finding]]:
        items, wanted = [], dict.fromkeys(value.name for value in self._known_values())
        used: set[str] = set()
        for one in self._told.items:
            if (made := self._item(one)) is not None:
                item, text = made
                _synced(item.path, write_post(text, self._zone))
                items.append(item)
                used |= set(slots(text))
                wanted |= dict.fromkeys(slots(text))
        campaign, origin = self._told.campaign, self._origin
        if not items:
            raise RefusedByRule("campaigns.share_nothing", name=campaign.name)
        files = {item.path.name for item in items}
        yearly = bool(origin and origin.anchor)
        made_kit = Kit(
            key=self._folder.name,
            name=origin.name if origin else campaign.name,
            anchor=(campaign.anchor.day, campaign.anchor.month) if yearly else None,
            checked_on=origin.checked_on if origin else campaign.created_at.astimezone(self._zone).date(),
            unverified=tuple(self._doubts(files)),
            items=tuple(sorted(items, key=lambda item: (item.days, item.at))),
            anchor_name=origin.anchor_name if origin else "",
            about=origin.about if origin else "",
            tag=_tag(campaign.name, campaign.anchor, yearly),
            roles={role: (role,) for item in items for role in item.channels},
            values=tuple(self._value(name) for name in wanted if name in used),
        )
        return made_kit, self._findings

    def _item(self, one: ItemProgress) -> tuple[KitItem, Post] | None:
        """None for what was dropped or deleted."""
        there = [cell for cell in one.cells if cell.status and cell.status not in GONE]
        if not there:
            self._findings.append(Finding("campaigns.share_left_out", "hint", one.item, {"title": one.title}))
            return None
        times = sorted({cell.due_at for cell in there if cell.due_at}) or [one.planned_at]
        if len(times) > 1:
            self._findings.append(Finding("campaigns.share_times", "hint", one.item, {"title": one.title}))
        local = times[0].astimezone(self._zone)
        roles = tuple(dict.fromkeys(self._platforms[cell.channel] for cell in there))
        item = KitItem(
            path=self._folder / f"{one.item}.md",
            days=(local.date() - self._told.campaign.anchor).days,
            at=local.time().replace(second=0, microsecond=0, tzinfo=None),
            channels=roles,
            lead=one.lead,
            partner=one.partner,
            working_day=self._working_day(one.item, local.date()),
        )
        return item, self._text(one, roles)

    def _text(self, one: ItemProgress, roles: tuple[str, ...]) -> Post:
        with self._workspace.database.read() as connection:
            row = posts.post_row(connection, one.post)
        read, _ = posts.parsed(self._workspace, row)
        read = self._with_slots(one, read)
        refs = {entry["file"]: MediaRef(**entry["ref"]) for entry in json.loads(row.media)}
        names = {file: self._copied(one.item, ref) for file, ref in refs.items()}
        self._findings += [
            Finding("campaigns.share_people", "warn", one.item, {"file": item.file, "people": item.people})
            for item in read.media
            if people(item.people) not in (None, "none", "public")
        ]
        body = read.body
        for file, name in names.items():
            body = body.replace(f"]({file})", f"]({name})")
        overrides: dict[str, Override] = {}
        for channel, own in read.overrides.items():
            if (role := self._platforms.get(channel, "")) in roles:
                overrides.setdefault(role, own)
        plain = replace(
            read,
            key=one.post.removeprefix(f"{self._told.campaign.id}-"),
            body=body,
            channels=roles,
            due=None,
            deadline=None,
            media=tuple(replace(item, file=names.get(item.file, item.file)) for item in read.media),
            tags=tuple(tag for tag in read.tags if tag != self._told.campaign.name),
            overrides=overrides,
            source="",
        )
        return emptied(plain, self._words)

    def _with_slots(self, one: ItemProgress, read: Post) -> Post:
        """Figures were written over their slots in the post, and nobody kept which: the kit's own text then.

        Where that is gone or does not fit the post's pictures, the file is to be doubted.
        """
        original = self._original(one.item)
        there = set(slots(emptied(read, self._words))) | self._given
        lost = [name for name in slots(original) if name not in there] if original else []
        if original and not lost:
            return read
        later = {value.name for value in self._known_values() if value.later}
        pictures = {item.file for item in original.media} if original else set()
        if original and later & set(lost) and pictures <= {item.file for item in read.media}:
            words = "; ".join(self._value(name).label for name in lost)
            self._findings.append(
                Finding("campaigns.share_restored", "warn", one.item, {"title": one.title, "words": words})
            )
            return replace(
                read,
                **{
                    name: getattr(original, name)
                    for name in ("title", "summary", "body", "link", "citations")
                },
                audience=original.audience,
                overrides=original.overrides,
            )
        self._findings.append(Finding("campaigns.share_figures", "warn", one.item, {"title": one.title}))
        self._of_this_time.append(f"{one.item}.md")
        return read

    def _original(self, stem: str) -> Post | None:
        """The item in the kit that the campaign was made of, nothing filled in, for the unit's channels."""
        origin = self._origin
        item = next((item for item in origin.items if item.path.stem == stem), None) if origin else None
        if origin is None or item is None:
            return None
        try:
            read, _ = read_post(item.path, self._zone)
        except PostFileError:
            return None
        told = {
            name: own
            for role, own in read.overrides.items()
            for name in origin.serves(role, self._platforms.items())
        }
        return replace(filled(read, origin.values, {}), overrides=told)

    def _copied(self, item: str, ref: MediaRef) -> str:
        """The picture beside the posts; two of one name but different bytes are kept apart."""
        name = ref.name  # plain letters and the right ending, whatever the officer's file is called
        if self._files.get(name, ref.sha256) != ref.sha256:
            name = f"{item}-{name}"
        if name not in self._files:
            try:
                shutil.copyfile(self._workspace.media.verify(ref), self._folder / name)
            except MediaError as error:
                raise RefusedFindings([error.finding]) from None
            self._files[name] = ref.sha256
        return name

    def _working_day(self, stem: str, day: date) -> bool:
        """As in the kit it came from, unless somebody chose a day off on purpose."""
        known = self._origin.items if self._origin else ()
        return any(one.working_day for one in known if one.path.stem == stem) and not self._calendar.is_off(
            day
        )

    def _known_values(self) -> Sequence[Value]:
        return self._origin.values if self._origin else ()

    def _value(self, name: str) -> Value:
        known = {one.name: one for one in self._known_values()}
        return replace(known[name], stands_as=()) if name in known else Value(name, name.replace("_", " "))

    def _doubts(self, files: set[str]) -> list[Doubt]:
        known = self._origin.unverified if self._origin else ()
        kept = [(one, tuple(name for name in one.items if name in files)) for one in known]
        doubts = [Doubt(one.what, items) for one, items in kept if items or not one.items]
        # Texts were edited since the kit was checked, and hold the figures of their year.
        edited = [Doubt(say("campaigns.share_doubt"))]
        if self._of_this_time:
            edited.insert(0, Doubt(say("campaigns.share_figures_doubt"), tuple(self._of_this_time)))
        return list(dict.fromkeys([*doubts, *edited]))


def _words_of(workspace: Workspace, record: Mapping[str, Any]) -> dict[str, str]:
    """Words to slots: what was filled in, and the unit's name as it is written elsewhere."""
    told = record.get("values", {})
    given = {str(text): str(key) for key, text in told.items()} if isinstance(told, dict) else {}
    given.setdefault(workspace.config.unit.name, "don_vi")
    return {text: key for text, key in given.items() if key != YEAR}


def _tag(name: str, anchor: date, yearly: bool) -> str:
    """A campaign's name without the day that the next one will add."""
    ending = f"{anchor.year}" if yearly else f"{anchor:%d-%m-%Y}"
    return name.removesuffix(ending).strip() or name


# ---- taking one in


def add(workspace: Workspace, actor: Person, file: Path, kit: str = "") -> Shared:
    """A kit out of a zip file among the unit's own, whole or not at all; `kit` gives it another name.

    Raises UsageError for what is no kit, KitError and RefusedFindings for one with mistakes, RefusedByRule
    where a kit of that name is there.
    """
    actor.must_be(Role.DRAFTER)
    with tempfile.TemporaryDirectory(prefix=".kit-", dir=workspace.folder) as scratch:
        packed = unpack(file, fresh := _fresh(Path(scratch)))
        name = _name(kit or packed or file.stem)
        _must_be_free(workspace, name)
        folder = fresh.rename(fresh.with_name(name))
        made = read_kit(folder)
        if wrong := [finding for item in made.items for finding in _wrong(workspace, item)]:
            raise RefusedFindings(wrong)
        for path in folder.rglob("*"):
            if path.is_file():
                _sync(path)
        path = _keep(workspace, folder, name)
    return Shared(name, made.name, [item.path.stem for item in made.items], path)


def _fresh(scratch: Path) -> Path:
    folder = scratch / ".new"
    folder.mkdir()
    return folder


def _wrong(workspace: Workspace, item: KitItem) -> list[Finding]:
    """What would only come out when a campaign is made of the kit."""
    try:
        read, _ = read_post(item.path, workspace.config.zone)
    except PostFileError as error:
        return list(error.findings)
    wrong = []
    for media in read.media:
        try:
            if not picture_of(item.path, media.file).is_file():
                wrong.append(Finding("content.file_missing", "block", media.file))
        except MediaError as error:
            wrong.append(error.finding)
    return wrong


# ---- both


def _name(written: str) -> str:
    name = written.strip().replace("-", "_")
    if not _NAME.fullmatch(name):
        raise UsageError("campaigns.kit_name", written=written[:80])
    return name


def _must_be_free(workspace: Workspace, name: str) -> None:
    if name in campaigns.kit_names(workspace) or (workspace.folder / OWN_KITS / name).exists():
        raise RefusedByRule("campaigns.kit_there", name=name)


def _keep(workspace: Workspace, folder: Path, name: str) -> Path:
    """In one step, when all of it is on the disk: killed before, there is nothing; after, a whole kit."""
    room = workspace.folder / OWN_KITS
    room.mkdir(exist_ok=True)
    target = room / name
    try:
        folder.rename(target)
    except OSError:
        if target.exists():  # somebody else was faster
            raise RefusedByRule("campaigns.kit_there", name=name) from None
        raise
    return target


def _synced(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
