"""Reading `campaign.toml` strictly: every mistake at once, each with its place and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from content.errors import UsageError
from content.finding import Finding
from content.kits.kit import Doubt, Kit, KitItem, Value
from content.text import nearest, normalise

PLAN = "campaign.toml"
LARGEST_BYTES = 256 * 1024
MOST_ITEMS = 200

_OFFSET = re.compile(r"D(?:\s?([+\-−])\s?(\d{1,3}))?\s+([01]\d|2[0-3]):([0-5]\d)")
_ANCHOR = re.compile(r"(\d{1,2})/(\d{1,2})")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = 1000

_PLAN = (
    "name", "anchor", "anchor_name", "about", "tag", "checked_on", "roles", "values", "unverified", "items",
    "clips",
)  # fmt: skip
_ITEM = ("file", "offset", "channels", "lead", "partner", "working_day")
_VALUE = ("name", "label", "hint", "stands_as", "later")
_DOUBT = ("what", "items")


class KitError(UsageError):
    """A kit that cannot be taken; `findings` name each place."""

    def __init__(self, kit: str, findings: list[Finding]) -> None:
        super().__init__("content.kit_broken", name=kit, count=len(findings))
        self.findings = findings


def read_kit(folder: Path) -> Kit:
    """The kit in a folder. Raises KitError for a plan that cannot be read or names a missing file."""
    reader = _Reader(folder)
    kit = reader.kit(reader.load())
    if reader.findings:
        raise KitError(folder.name, reader.findings)
    return kit


class _Reader:
    """Walks the plan, collecting findings instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.findings: list[Finding] = []

    def load(self) -> dict[str, Any]:
        try:
            with (self._folder / PLAN).open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
            if len(data) > LARGEST_BYTES:
                raise ValueError(f"> {LARGEST_BYTES // 1024} KiB")
            return tomllib.loads(data.decode("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            broken = Finding("campaigns.not_toml", "block", PLAN, {"detail": str(error)[:200]})
            raise KitError(self._folder.name, [broken]) from None

    def kit(self, plan: dict[str, Any]) -> Kit:
        self._known(plan, _PLAN, PLAN)
        items = [item for place, told in self._tables(plan, "items") for item in self._item(told, place)]
        if not plan.get("items"):
            self._wrong("kit_no_items", PLAN)
        files = [item.path.name for item in items]
        for twice in sorted({name for name in files if files.count(name) > 1}):
            self._wrong("kit_twice", PLAN, name=twice)
        return Kit(
            key=self._folder.name,
            name=self._text(plan, "name", PLAN, needed=True),
            anchor=self._anchor(plan),
            checked_on=self._day(plan),
            unverified=tuple(self._doubts(plan, files)),
            items=tuple(sorted(items, key=lambda item: (item.days, item.at))),
            anchor_name=self._text(plan, "anchor_name", PLAN),
            about=self._text(plan, "about", PLAN),
            tag=self._text(plan, "tag", PLAN),
            roles=self._roles(plan),
            values=tuple(self._values(plan)),
        )

    # ---- the parts

    def _item(self, told: Mapping[str, Any], place: str) -> Iterator[KitItem]:
        file = self._text(told, "file", place, needed=True)
        place = f"{place} ({file})" if file else place
        self._known(told, _ITEM, place)
        path = self._folder / (file or ".")
        if file and not self._is_here(path):
            self._wrong("kit_file", place, file=file)
        written = self._text(told, "offset", place, needed=True)
        found = _OFFSET.fullmatch(written)
        if written and found is None:
            self._wrong("kit_offset", place, written=written)
        channels = self._words(told, "channels", place, needed=True)
        working_day = self._yes(told, "working_day", place)
        lead, partner = self._text(told, "lead", place), self._text(told, "partner", place)
        if file and found and path.parent == self._folder:
            sign, days, hour, minute = found.groups()
            shift = int(days or 0) * (1 if sign in (None, "+") else -1)
            yield KitItem(path, shift, time(int(hour), int(minute)), channels, lead, partner, working_day)

    def _is_here(self, path: Path) -> bool:
        """A file in the kit's own folder, whatever links say: kits are handed from unit to unit."""
        try:
            return (
                path.parent == self._folder
                and path.is_file()
                and path.resolve().parent == self._folder.resolve()
            )
        except (OSError, ValueError, RuntimeError):  # no name at all, or links in a circle
            return False

    def _values(self, plan: Mapping[str, Any]) -> Iterator[Value]:
        seen: set[str] = set()
        for place, told in self._tables(plan, "values"):
            self._known(told, _VALUE, place)
            name = self._text(told, "name", place, needed=True)
            if name and not _NAME.fullmatch(name):
                self._wrong("kit_slot_name", place, written=name)
            elif name in seen:
                self._wrong("kit_twice", place, name=name)
            seen.add(name)
            yield Value(
                name,
                self._text(told, "label", place, needed=True),
                self._text(told, "hint", place),
                self._words(told, "stands_as", place),
                self._yes(told, "later", place),
            )

    def _doubts(self, plan: Mapping[str, Any], files: list[str]) -> Iterator[Doubt]:
        for place, told in self._tables(plan, "unverified"):
            self._known(told, _DOUBT, place)
            items = self._words(told, "items", place)
            for name in items:
                if name not in files:
                    self._wrong("kit_no_item", place, file=name, nearest=nearest(name, files) or "–")
            yield Doubt(self._text(told, "what", place, needed=True), items)

    def _roles(self, plan: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        told = plan.get("roles", {})
        if not isinstance(told, dict):
            self._wrong("kit_table", PLAN, key="roles")
            return {}
        return {str(role): self._words(told, role, f"{PLAN} [roles]", needed=True) for role in told}

    def _anchor(self, plan: Mapping[str, Any]) -> tuple[int, int] | None:
        if not (written := self._text(plan, "anchor", PLAN)):
            return None
        try:
            found = _ANCHOR.fullmatch(written)
            day, month = (int(found[1]), int(found[2])) if found else (0, 0)
            date(2028, month, day)  # a leap year knows every day there is
        except ValueError:
            self._wrong("kit_anchor", PLAN, written=written)
            return None
        return day, month

    def _day(self, plan: Mapping[str, Any]) -> date:
        told = plan.get("checked_on")
        if type(told) is date:
            return told
        self._wrong("kit_day", PLAN, key="checked_on")
        return date(1970, 1, 1)  # never seen: the kit is refused

    # ---- values of one key

    def _tables(self, plan: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        told = plan.get(key, [])
        if not isinstance(told, list) or len(told) > MOST_ITEMS:
            self._wrong("kit_list", PLAN, key=key, most=MOST_ITEMS)
            return
        for number, table in enumerate(told, 1):
            if isinstance(table, dict):
                yield f"{PLAN} [[{key}]] {number}", table
            else:
                self._wrong("kit_table", f"{PLAN} [[{key}]] {number}", key=key)

    def _known(self, told: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
        for key in told:
            if key not in known:
                self._wrong("kit_key", place, key=key[:80], nearest=nearest(key, known) or ", ".join(known))

    def _text(self, told: Mapping[str, Any], key: str, place: str, *, needed: bool = False) -> str:
        value = told.get(key, "")
        if not isinstance(value, str) or len(value) > _LONGEST:
            self._wrong("kit_text", place, key=key)
            return ""
        text = " ".join(normalise(value).split())
        if needed and not text:
            self._wrong("kit_missing", place, key=key)
        return text

    def _words(
        self, told: Mapping[str, Any], key: str, place: str, *, needed: bool = False
    ) -> tuple[str, ...]:
        value = told.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            self._wrong("kit_words", place, key=key)
            return ()
        if needed and not value:
            self._wrong("kit_missing", place, key=key)
        return tuple(dict.fromkeys(normalise(word).strip() for word in value))

    def _yes(self, told: Mapping[str, Any], key: str, place: str) -> bool:
        value = told.get(key, False)
        if not isinstance(value, bool):
            self._wrong("kit_yes", place, key=key)
            return False
        return value

    def _wrong(self, rule: str, place: str, **values: object) -> None:
        self.findings.append(Finding(f"campaigns.{rule}", "block", place, values))
