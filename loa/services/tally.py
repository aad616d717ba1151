"""What the beacon has counted since it started, in memory: whole numbers by day, and nobody's address.

Address, browser and page are known by a keyed digest alone. Its key is made anew each day and thrown away
with that day's readers: nothing of one day can be held against another.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import IPv6Address, ip_address
from zoneinfo import ZoneInfo

from scheduler.counting import DayCount, PageCount

MOST_READERS = 500_000
"""Of one day; beyond that views go on being counted, visitors do not. Some 50 MB."""
MOST_A_MINUTE = 120
"""From one address: a class behind one address opens a page together, a program sends thousands."""
MOST_ADDRESSES = 20_000
"""In one minute; those beyond share one allowance, so that a flood does not shut out everybody new."""
MOST_OTHERS = 600


_OTHERS = b""


@dataclass
class _Day:
    posts: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    views: Counter[int] = field(default_factory=Counter)
    visitors: Counter[int] = field(default_factory=Counter)


class Tally:
    """One run of the beacon. One thread at a time."""

    def __init__(
        self, zone: ZoneInfo, new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(32)
    ) -> None:
        self._zone = zone
        self._new_salt = new_salt
        self._today = date.min
        self._salt = b""
        self._readers: set[bytes] = set()
        self._minute = 0
        self._senders: Counter[bytes] = Counter()
        self._days: dict[tuple[str, date], _Day] = {}

    def may_send(self, address: str, now: datetime) -> bool:
        """Whether this sender has not sent too often in this minute. Asked for everything that comes."""
        self._follow(now)
        minute = int(now.timestamp() // 60)
        if minute != self._minute:
            self._minute, self._senders = minute, Counter()
        sender, most = self._digest(_sender(address)), MOST_A_MINUTE
        if sender not in self._senders and len(self._senders) >= MOST_ADDRESSES:
            sender, most = _OTHERS, MOST_OTHERS
        self._senders[sender] += 1
        return self._senders[sender] <= most

    def count(self, channel: str, delivery_seq: int, address: str, agent: str, now: datetime) -> None:
        """One view; a visitor as well, if it is the day's first of this address and browser on this page."""
        day = self._day(channel, now)
        day.posts += 1
        day.views[delivery_seq] += 1
        reader = self._digest(f"{address}\n{agent}\n{delivery_seq}")
        if reader not in self._readers and len(self._readers) < MOST_READERS:
            self._readers.add(reader)
            day.visitors[delivery_seq] += 1

    def is_there(self, channel: str, now: datetime) -> None:
        """The beacon runs for this channel: a day without a view is a day that was counted."""
        self._day(channel, now)

    def days(self) -> list[tuple[str, DayCount]]:
        """All that was counted, by channel and day."""
        return [
            (
                channel,
                DayCount(
                    day,
                    one.posts,
                    one.first_at or datetime.min.replace(tzinfo=self._zone),
                    one.last_at or datetime.min.replace(tzinfo=self._zone),
                    {seq: PageCount(views, one.visitors[seq]) for seq, views in one.views.items()},
                ),
            )
            for (channel, day), one in self._days.items()
        ]

    def forget_before(self, now: datetime) -> None:
        """What is over and stored: days before today."""
        self._follow(now)
        for key in [key for key in self._days if key[1] < self._today]:
            del self._days[key]

    def _day(self, channel: str, now: datetime) -> _Day:
        self._follow(now)
        day = self._days.setdefault((channel, self._today), _Day())
        day.first_at = day.first_at or now
        day.last_at = now if day.last_at is None else max(day.last_at, now)
        return day

    def _follow(self, now: datetime) -> None:
        today = now.astimezone(self._zone).date()
        if today > self._today:  # a clock that is set back does not bring yesterday's key back
            self._today, self._salt, self._readers = today, self._new_salt(), set()
            self._senders = Counter()

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "replace"), key=self._salt, digest_size=12).digest()


def _sender(address: str) -> str:
    """Whose address it is: of IPv6 the first 64 bits, since one line has all addresses that begin so."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address) or ip.ipv4_mapped:
        return str(getattr(ip, "ipv4_mapped", None) or ip)
    return ip.packed[:8].hex()
