"""What a kit is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class KitItem:
    """One post of a kit: `days` after (or, negative, before) the anchor, at a local time.

    `channels` are the kit's own names for them (`Kit.roles`). `lead` is who in the unit answers for the post,
    `partner` who works on it with them. With `working_day` a day off gives way to the next working day,
    before the anchor to the last one if the next would reach it.
    """

    path: Path
    days: int
    at: time
    channels: tuple[str, ...]
    lead: str = ""
    partner: str = ""
    working_day: bool = False

    def due(self, anchor: date, zone: ZoneInfo) -> datetime:
        """When it is due (aware, UTC) in a campaign around `anchor`."""
        return self.due_on(anchor + timedelta(days=self.days), zone)

    def due_on(self, day: date, zone: ZoneInfo) -> datetime:
        """The item's time on some day, aware and in UTC."""
        return datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True)
class Value:
    """Something that an officer fills in for every campaign: `{{name}}` in the texts.

    `stands_as` are words of the sample texts that stand for it as well. `later`: a figure that is only known
    while the campaign runs.
    """

    name: str
    label: str
    hint: str = ""
    stands_as: tuple[str, ...] = ()
    later: bool = False


@dataclass(frozen=True)
class Doubt:
    """A fact that a person must check before use, and the files that rest on it; none: the whole kit."""

    what: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kit:
    """A campaign as shipped. `anchor` is (day, month), None where every campaign has a day of its own.

    Items stand in the order of their dates. `roles` says which platforms may serve a channel that the items
    name. `tag` and the year make a campaign's name. What is not among `unverified` was checked on
    `checked_on`, and no later.
    """

    key: str
    name: str
    anchor: tuple[int, int] | None
    checked_on: date
    unverified: tuple[Doubt, ...]
    items: tuple[KitItem, ...]
    anchor_name: str = ""
    about: str = ""
    tag: str = ""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: tuple[Value, ...] = ()

    def anchor_in(self, year: int) -> date:
        """The anchor day of that year; raises ValueError where the year has none (29/02), or the kit."""
        if self.anchor is None:
            raise ValueError(f"{self.key} has no anchor of its own")
        day, month = self.anchor
        return date(year, month, day)

    def next_anchor(self, today: date) -> date | None:
        """The anchor to propose: the first one from `today` on; None when the kit has none."""
        if self.anchor is None:
            return None
        for year in range(today.year, today.year + 9):  # leap days lie eight years apart at most
            try:
                found = self.anchor_in(year)
            except ValueError:
                continue
            if found >= today:
                return found
        return None

    def campaign_name(self, anchor: date) -> str:
        """`Ngày Pháp luật 2027`; with the whole day where the kit is used several times a year."""
        year = f"{anchor.year}" if self.anchor else f"{anchor:%d-%m-%Y}"
        return f"{self.tag or self.name} {year}"

    def serves(self, role: str, channels: Iterable[tuple[str, str]]) -> list[str]:
        """Which of some channels, given as (id, platform), a name in the items means.

        A platform written "assisted?" is taken only where there is no channel of the others.
        """
        platforms, there = self.roles.get(role, (role,)), list(channels)
        found = [name for name, platform in there if platform in platforms or name == role]
        return found or [name for name, platform in there if f"{platform}?" in platforms]
