"""What readers of the section see beside the articles: labels and dates in the unit's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from content.wording import LANGUAGES, catalogue

_PREFIX = "website.page."


@dataclass(frozen=True)
class Words:
    """Page texts of one language; templates write `words.home`. Unlike `say`, not the officer's language."""

    language: str
    timezone: str

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def tag(self) -> str:
        """The BCP 47 tag of the page's language."""
        return self.language if self.language in LANGUAGES else "vi"

    @cached_property
    def _texts(self) -> dict[str, str]:
        whole = catalogue("vi") | catalogue(self.tag)
        return {key[len(_PREFIX) :]: text for key, text in whole.items() if key.startswith(_PREFIX)}

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def local(self, moment: datetime) -> datetime:
        """The moment on the unit's clock."""
        return moment.astimezone(self._zone)

    def moment(self, moment: datetime) -> str:
        """Weekday, date, time and zone."""
        local = self.local(moment)
        return self._texts["moment"].format(
            weekday=self._texts[f"weekday_{local.isoweekday()}"],
            date=self.day(moment),
            time=f"{local:%H:%M}",
            zone=_offset(local),
        )

    def day(self, moment: datetime) -> str:
        """Day, month and year."""
        local = self.local(moment)
        return self._texts["date"].format(day=local.day, month=local.month, year=local.year)

    def month(self, month: int, year: int) -> str:
        """The heading over a month of the archive."""
        return self._texts["month_of_year"].format(month=month, year=year)

    def kind(self, code: str) -> str:
        """The name of a kind of post, empty for a kind without one."""
        key = f"content.kinds.{code}"
        return catalogue(self.tag).get(key) or catalogue("vi").get(key, "")

    def everything(self) -> list[str]:
        """All texts in a fixed order: part of what decides whether a page must be made anew."""
        return [f"{name}={text}" for name, text in sorted(self._texts.items())]


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"GMT{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
