"""What the office means to publish in a year, and what befalls it: drawn once, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
YEAR = 2026
WARM_UP_DAYS = 31
"""Days of the year before, so that there is something to compare with."""
SLOTS = ((7, 0), (11, 30), (19, 0))
TEXT_KINDS = ("hoi_dap", "thong_bao", "van_ban_moi", "tin_hoat_dong")
WRITTEN, FILMED = ("website", "fanpage", "zalo", "cong"), ("youtube", "fanpage", "zalo", "cong")
FILMS = 4
"""Every so many-th post is a film."""
OUTAGE = (date(YEAR, 8, 10), date(YEAR, 8, 17))
"""From the first day on until the second no publisher runs."""
OTHER_MEANING = date(YEAR, 7, 20)
"""From here on Facebook's views are of another definition."""
COUNTER_GONE = date(YEAR, 10, 1)
"""From here on the portal has no counter any more."""
CAMPAIGNS = {
    "ngay-phap-luat": ("Ngày Pháp luật & “9/11” <2026>", date(YEAR, 10, 20), date(YEAR, 11, 12)),
    "giao-thong": ("Tháng an toàn giao thông", date(YEAR, 3, 1), date(YEAR, 3, 31)),
}
_TOPICS = (
    "đăng ký khai sinh cho trẻ", "hòa giải ở cơ sở", "phòng cháy tại nhà", "đội mũ bảo hiểm", "cấp căn cước",
    "tranh chấp ranh giới thửa đất", "lao động chưa đủ tuổi", "bạo lực gia đình", "bảo hiểm y tế", "thừa kế",
)  # fmt: skip
_WORDS = (
    "bà con", "thôn", "giấy tờ", "cán bộ", "một cửa", "thời hạn", "hồ sơ", "quyền", "nghĩa vụ", "trẻ em",
    "người già", "con đường", "nhà văn hóa", "buổi tối", "tổ hòa giải", "hàng xóm", "chữ ký", "bản sao",
    "lệ phí", "trụ sở", "mùa mưa", "ruộng", "xe máy", "trường học", "chợ", "khám bệnh", "đơn", "ngày hẹn",
)  # fmt: skip


@dataclass
class Piece:
    """One post. `fates` by channel: `cancelled`, `refused` or `removed`."""

    number: int
    title: str
    kind: str
    channels: tuple[str, ...]
    due: datetime
    campaign: str = ""
    unapproved: bool = False
    fates: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"bai-{self.number:04}"

    @property
    def film(self) -> bool:
        return "youtube" in self.channels

    def write(self, folder: Path, film: str) -> Path:
        draw = random.Random(f"{self.number} chữ")
        said = [
            " ".join(draw.choice(_WORDS) for _ in range(14)).capitalize() + f" số {self.number}."
            for _ in range(3)
        ]
        lines = [
            "---",
            f"id: {self.key}",
            f"title: '{self.title}'",
            f"kind: {self.kind}",
            f"channels: [{', '.join(self.channels)}]",
            f"due: {self.due.isoformat()}",
            *([f"media: [{{file: {film}, alt: Phim ngắn}}]"] if self.film else []),
            "---",
            "",
            "\n\n".join(said),
        ]
        path = folder / f"{self.key}.md"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path


def drawn(posts: int, seed: int = 2026) -> list[Piece]:
    """`posts` of the year and as many a day in the month before it, oldest first."""
    chance = random.Random(seed)
    early = max(1, round(posts * WARM_UP_DAYS / 365))
    first = date(YEAR, 1, 1)
    days = [first - timedelta(days=WARM_UP_DAYS - place * WARM_UP_DAYS // early) for place in range(early)]
    days += [first + timedelta(days=place * 365 // posts) for place in range(posts)]
    hours: dict[date, tuple[int, int]] = {}
    pieces = []
    for number, day in enumerate(days, start=1):
        hour, minute = hours.setdefault(day, chance.choice(SLOTS))
        film = number % FILMS == 0
        due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
        pieces.append(
            Piece(
                number,
                f"Bài {number:04}: hỏi đáp về {chance.choice(_TOPICS)}",
                "video" if film else chance.choice(TEXT_KINDS),
                FILMED if film else WRITTEN,
                due,
                next((key for key, (_, a, b) in CAMPAIGNS.items() if a <= day <= b and number % 2), ""),
            )
        )
    _at_the_edges(pieces)
    _troubled(pieces)
    return sorted(pieces, key=lambda one: (one.due, one.number))


def _at_the_edges(pieces: list[Piece]) -> None:
    """The first and the last instants of halves, where periods meet."""
    for instant in ("2026-06-30T23:59", "2026-07-01T00:00", "2026-01-01T00:00", "2026-12-31T23:59"):
        due = datetime.fromisoformat(instant).replace(tzinfo=ZONE)
        near = [one for one in pieces if abs(one.due - due) < timedelta(days=14) and not one.campaign]
        if near:
            min(near, key=lambda one: (abs(one.due - due), one.number)).due = due


def _troubled(pieces: list[Piece]) -> None:
    for one in pieces:
        if one.number % 29 == 3:
            one.unapproved = True
        elif one.number % 23 == 5:
            one.fates[one.channels[one.number % 4]] = "cancelled"
        elif one.number % 31 == 7 and not one.film:
            one.fates["fanpage"] = "refused"
        elif one.number % 19 == 9:
            one.fates[("fanpage", "zalo", "cong")[one.number % 3]] = "removed"
