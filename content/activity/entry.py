"""One activity (hoạt động trực tiếp) and what may not stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from content.activity.kinds import Catalogue
from content.activity.persons import persons_in
from content.finding import Finding
from content.text import fold, normalise

TEXTS = {
    "title": 200,
    "place": 200,
    "subject": 120,
    "lead": 200,
    "partners": 400,
    "campaign": 120,
    "note": 1_000,
}
"""Every text with its longest length, in letters."""
EARLIEST_YEAR = 2000
LONGEST_DAYS = 366
FURTHEST_DAYS = 2 * 366
"""How far ahead one may be planned."""


@dataclass(frozen=True)
class Activity:
    """`subject` is the field of law (lĩnh vực). `counts` holds what was counted, by measure: a missing one is
    not known, which is not 0. `done` False: it is only planned."""

    kind: str
    title: str
    first: date
    last: date
    place: str = ""
    subject: str = ""
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    lead: str = ""
    partners: str = ""
    campaign: str = ""
    note: str = ""
    done: bool = True

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Two with the same are one: kind, title, first day and place, whatever marks were typed."""
        return self.kind, _words(self.title), self.first.isoformat(), _words(self.place)

    @property
    def tidy(self) -> Activity:
        """Normalised text, on one line but for the note; counts in their order."""
        texts = [name for name in TEXTS if name != "note"]
        told: dict[str, Any] = {name: " ".join(normalise(getattr(self, name)).split()) for name in texts}
        note = "\n".join(" ".join(line.split()) for line in normalise(self.note).split("\n")).strip()
        return replace(self, **told, note=note, counts=dict(sorted(self.counts.items())))


def check(activity: Activity, catalogue: Catalogue, today: date) -> list[Finding]:
    """What is wrong with it, `place` being the field's name (of a count: the measure's code)."""
    found = []

    def refuse(rule: str, place: str, **values: object) -> None:
        found.append(Finding(f"activity.{rule}", "block", place, values))

    kind = catalogue.kinds.get(activity.kind)
    if kind is None:
        nearest = catalogue.nearest(activity.kind)
        refuse(
            "kind_unknown" if activity.kind else "kind_missing",
            "kind",
            written=activity.kind[:60],
            nearest=nearest,
        )
    if not activity.title.strip():
        refuse("title_missing", "title")
    for name, longest in TEXTS.items():
        text = getattr(activity, name)
        if len(text) > longest:
            refuse("text_long", name, count=len(text), most=longest)
        if seen := persons_in(text):
            refuse(f"persons_{seen}", name)
    for name, day in (("first", activity.first), ("last", activity.last)):
        if day.year < EARLIEST_YEAR:
            refuse("day_form", name, written=_shown(day))
    if activity.last < activity.first:
        refuse("backwards", "last", first=_shown(activity.first), last=_shown(activity.last))
    elif activity.last - activity.first >= timedelta(days=LONGEST_DAYS):
        refuse("days_many", "last", most=LONGEST_DAYS)
    if activity.done and max(activity.first, activity.last) > today:
        refuse("not_over", "last" if activity.first <= today else "first", today=_shown(today))
    elif activity.first > today + timedelta(days=FURTHEST_DAYS):
        refuse("far", "first", today=_shown(today))
    for code, value in activity.counts.items():
        measure = catalogue.measure(code)
        if kind is not None and code not in kind.measures:
            taken = ", ".join(catalogue.measure(one).label for one in kind.measures) or "–"
            refuse("not_of_kind", code, kind=kind.label, measure=measure.label, taken=taken)
        elif not 0 <= value <= measure.most:
            refuse("count_large" if value > 0 else "count_form", code, written=value, most=measure.most)
    if not activity.done and activity.counts:
        refuse("counted_ahead", next(iter(activity.counts)))
    if activity.done and kind is not None and kind.measures and not activity.counts:
        found.append(Finding("activity.uncounted", "hint", kind.measures[0]))
    return found


def _words(text: str) -> str:
    return " ".join(fold(normalise(text)).split())


def _shown(day: date) -> str:
    return f"{day:%d/%m/}{day.year:04d}"
