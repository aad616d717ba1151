"""Every number of a report file against the recount; returns what differs, in words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from content.kinds import KINDS
from tests.support.year import papers
from tests.support.year.recount import EVENTS, Count, Recount, Summary, campaign_name, last_heard
from tests.support.year.script import ZONE

PARTS = ("done", "removed", "missed", "failed", "cancelled", "unapproved", "open")
METRICS = {
    **{"views": "lượt xem", "reach": "người tiếp cận", "reactions": "cảm xúc", "comments": "bình luận"},
    **{"shares": "chia sẻ", "clicks": "lượt bấm", "likes": "lượt thích", "followers": "người quan tâm"},
    **{"views_15s": "lượt xem từ 15 giây", "analytics_views": "lượt xem (Analytics)"},
    **{"engaged_views": "lượt xem có xem tiếp", "watched_ms": "giờ xem"},
    **{"watched_on_average_ms": "số giây xem mỗi lượt"},
}
SCALE = {"watched_ms": 3_600_000, "watched_on_average_ms": 1000}
STATES = {
    "missed": "lỡ giờ",
    "failed": "lỗi",
    "cancelled": "đã hủy",
    "removed": "đã gỡ",
}
MOST = 1000
"""Rows of one table on paper and on a page."""
NEAR = timedelta(minutes=1)


def scaled(metric: str, value: int | None) -> float | int | None:
    if value is None or metric not in SCALE:
        return value
    return round(value / SCALE[metric], 1)


@dataclass
class Checked:
    """`numbers`: how many were compared; `wrong`: the first ones that differ."""

    numbers: int = 0
    wrong: list[str] | None = None

    def same(self, what: str, told: Any, wanted: Any) -> None:
        self.numbers += 1
        if told != wanted:
            self.wrong = [*(self.wrong or []), f"{what}: the report says {told!r}, the recount {wanted!r}"]

    def bag(self, what: str, told: list[Any], wanted: list[Any]) -> None:
        """The same rows, in whatever order."""
        self.numbers += sum(isinstance(cell, int | float) for row in wanted for cell in row)
        more, less = Counter(map(tuple, told)), Counter(map(tuple, wanted))
        if more != less:
            note = f"{what}: only in the report {list((more - less).items())[:3]}, only recounted"
            self.wrong = [*(self.wrong or []), f"{note} {list((less - more).items())[:3]}"]


@dataclass
class Expected:
    """The rows that every format of one report has to have, as values."""

    recount: Recount
    count: Count
    names: dict[str, str]
    """Channels by id, as people call them."""

    def __post_init__(self) -> None:
        count, pieces = self.count, self.recount.pieces
        out = count.channels()
        seen = sorted({*out, *count.earlier, *count.year_ago, *count.plan})
        self.kenh = [[self.names[one], out[one], count.earlier[one], count.year_ago[one]] for one in seen]
        self.kenh.append(["Cộng", *(sum(row[place] for row in self.kenh) for place in (1, 2, 3))])
        self.plan = [
            [self.names[one], sum(parts.values()), *(parts[part] for part in PARTS)]
            for one, parts in count.plan.items()
        ]
        self.plan.append(["Cộng", *(sum(row[place] for row in self.plan) for place in range(1, 9))])
        self.thang = self._counted(self._months(), lambda key: f"{count_at(self, key):%m/%Y}")
        kinds = {KINDS[pieces[key[0]].kind].label for key in count.out}
        self.loai = self._counted(sorted(kinds), lambda key: KINDS[pieces[key[0]].kind].label)
        campaigns = {self._campaign(key) for key in count.out}
        self.chien_dich = self._counted(sorted(campaigns), self._campaign)
        self.summaries = count.summaries(self.recount.now.astimezone(ZONE).date())
        self.so_lieu = [
            [
                self.names[one.channel],
                METRICS[one.metric],
                scaled(one.metric, one.total),
                scaled(one.metric, one.mean),
                scaled(one.metric, one.highest),
                f"{papers_number(one.known)}/{papers_number(out[one.channel])}{provisional(one)}",
            ]
            for one, times in self.summaries.items()
            for _ in range(times)
        ]
        if count.followers is not None:
            self.so_lieu.append(
                [self.names["zalo"], METRICS["followers"], None, None, count.followers, "cả kênh"]
            )
        self.tung_bai = [
            [
                pieces[post].title,
                self.names[channel],
                METRICS[metric],
                scaled(metric, one.value),
                local(one.at),
            ]
            for (post, channel, metric), one in count.figures.items()
        ]
        if count.followers is not None:
            self.tung_bai += self._followers()
        self.bai = [
            [pieces[post].title, KINDS[pieces[post].kind].label, self.names[channel]]
            for post, channel in count.out
        ]
        self.truc_trac = [
            [pieces[post].title, self.names[channel], local(pieces[post].due), STATES[fate]]
            for (post, channel), fate in count.troubles.items()
        ]

    def _months(self) -> list[str]:
        found, day = [], self.count.first.replace(day=1)
        while day <= self.count.last:
            found.append(f"{day:%m/%Y}")
            day = (day + timedelta(days=31)).replace(day=1)
        return found

    def _campaign(self, key: tuple[str, str]) -> str:
        return campaign_name(self.recount.pieces[key[0]].campaign) or "Ngoài chiến dịch"

    def _counted(self, groups: list[str], of: Callable[[tuple[str, str]], str]) -> list[list[Any]]:
        rows = []
        for name in groups:
            mine = [key for key in self.count.out if of(key) == name]
            rows.append([name, len({post for post, _ in mine}), len(mine)])
        return rows

    def _followers(self) -> list[list[Any]]:
        """Told with every article that was asked about."""
        from tests.support.year.recount import asked_at

        town, rows = self.recount.town, []
        until = datetime.combine(self.count.last + timedelta(days=1), datetime.min.time(), tzinfo=ZONE)
        for post, channel in self.count.out:
            if channel != "zalo":
                continue
            gone = town.taken_down.get((post, channel), (None, None))[1]
            asks = asked_at(self.recount.out[post, channel].at, gone, town.rounds)
            before = [one for one in asks if one < min(self.recount.now, until)]
            after = [one for one in asks if one >= until and self.recount.now >= until]
            at = before[-1] if before else after[0] if after else None
            if at is not None:
                _, heard = last_heard(town.witness.followers, at)
                rows.append(
                    [
                        self.recount.pieces[post].title,
                        self.names["zalo"],
                        METRICS["followers"],
                        heard,
                        local(at),
                    ]
                )
        return rows


def count_at(expected: Expected, key: tuple[str, str]) -> datetime:
    return expected.recount.out[key].at.astimezone(ZONE)


def local(moment: datetime) -> datetime:
    """As it is written: in Vietnam, to the minute."""
    return moment.astimezone(ZONE).replace(tzinfo=None, second=0, microsecond=0)


def provisional(one: Summary) -> str:
    return f", tạm tính đến hết {one.up_to:%d/%m/%Y}" if one.up_to else ""


def papers_number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


TABLES = {
    "ke-hoach": "Kế hoạch và kết quả theo kênh (lượt đăng)",
    "kenh": "Số lượt đăng theo kênh",
    "loai": "Theo loại tin, bài",
    "thang": "Theo tháng",
    "chien-dich": "Theo chiến dịch",
    "so-lieu": "Lượt xem, tiếp cận, tương tác theo kênh",
    "truc-trac": "Lượt đăng không thực hiện được hoặc đã gỡ",
    "bai": "Tin, bài, video đã đăng",
    "tung-bai": "Số liệu từng bài",
}
SHEETS = {
    **{"ke-hoach": "Kế hoạch", "kenh": "Theo kênh", "loai": "Theo loại", "thang": "Theo tháng"},
    **{"chien-dich": "Theo chiến dịch", "so-lieu": "Số liệu", "truc-trac": "Trục trặc"},
    **{"bai": "Tin bài đã đăng", "tung-bai": "Số liệu từng bài"},
}


def _plain(metric: str) -> str:
    return re.sub(r" \(cách đếm \d+\)$", "", metric)


def _rows(
    told: dict[str, list[list[Any]]], expected: Expected, checked: Checked, where: str, read: Any
) -> None:
    """Every table that the file has, by its key; `read` makes a value of a cell."""

    def values(rows: list[list[Any]], *places: int) -> list[list[Any]]:
        return [[read(row[place]) for place in places] for row in rows]

    for key, whole in told.items():
        rows = whole[1:]
        if rows and rows[0][0] == "Không có.":
            rows = []
        if key in ("ke-hoach", "kenh"):
            wanted = expected.plan if key == "ke-hoach" else expected.kenh
            checked.bag(f"{where} {key}", [[r[0], *map(read, r[1:])] for r in rows], wanted)
        elif key in ("loai", "thang", "chien-dich"):
            wanted = getattr(expected, key.replace("-", "_"))
            checked.bag(f"{where} {key}", [[r[0], *map(read, r[1:])] for r in rows], wanted)
        elif key == "so-lieu":
            mine = [[r[0], _plain(r[1]), *(read(c) for c in r[2:5]), r[5]] for r in rows]
            checked.bag(f"{where} {key}", mine, expected.so_lieu)
        elif key == "truc-trac":
            mine = [[r[0], r[1], read(r[2]), r[3]] for r in rows]
            checked.bag(f"{where} {key}", mine, expected.truc_trac)
        elif key == "bai":
            mine = [[r[1], r[2], r[3]] for r in rows]
            if len(expected.bai) > len(mine) == MOST:  # cut, and it says so; the first ones stand
                checked.same(
                    f"{where} {key}", not Counter(map(tuple, mine)) - Counter(map(tuple, expected.bai)), True
                )
            else:
                checked.bag(f"{where} {key}", mine, expected.bai)
            numbers = [read(row[0]) for row in rows]
            checked.same(f"{where} {key}: numbers", numbers, list(range(1, len(rows) + 1)))
            places = {(r[1], r[3]): read(r[4]) for r in rows}
            for post, channel in expected.count.out:
                piece = expected.recount.pieces[post]
                at = places.get((piece.title, expected.names[channel]))
                if at is not None:
                    out = expected.recount.out[post, channel].at.astimezone(ZONE).replace(tzinfo=None)
                    checked.same(f"{where} {key} {post}@{channel}", abs(at - out) <= NEAR, True)
        elif key == "tung-bai":
            mine = [[r[0], r[1], r[2], read(r[3]), minute(read(r[5]))] for r in rows]
            if len(expected.tung_bai) > len(mine) == MOST:
                more = Counter(map(tuple, mine)) - Counter(map(tuple, expected.tung_bai))
                checked.same(f"{where} {key}", list(more)[:2], [])
            else:
                checked.bag(f"{where} {key}", mine, expected.tung_bai)


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _read_text(cell: str) -> Any:
    if re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", cell):
        return papers.moment(cell)
    return papers.number(cell)


def _read_value(cell: Any) -> Any:
    if isinstance(cell, str):
        return papers.number(cell)
    return minute(cell) if isinstance(cell, datetime) else round(cell, 1) if isinstance(cell, float) else cell


def docx(data: bytes, expected: Expected, checked: Checked, where: str) -> None:
    paper = papers.word(data)
    keys = {title: key for key, title in TABLES.items()}
    found = {keys[title]: rows for title, rows in paper.tables.items() if title in keys}
    checked.same(f"{where}: has tables", {"kenh", "so-lieu"} <= set(found) or sorted(found), True)
    _rows(found, expected, checked, where, _read_text)
    _sentences(paper.text, expected, checked, where)


def html(data: bytes, expected: Expected, checked: Checked, where: str) -> None:
    paper = papers.page(data)
    titles = {title: key for key, title in TABLES.items()} | {
        "Lượt xem theo kênh (không cộng các kênh)": "so-lieu"
    }
    found = {titles[title]: rows for title, rows in paper.tables.items() if title in titles}
    checked.same(
        f"{where}: has tables", set(TABLES) - {"truc-trac", "chien-dich"} <= set(found) or sorted(found), True
    )
    _rows(found, expected, checked, where, _read_text)
    count = expected.count
    plan = expected.plan[-1]
    heads = [len({post for post, _ in count.out}), len(count.out), plan[1], plan[4] + plan[5]]
    told = [re.match(r"[\d.]+", text) for text in paper.text[1:5]]
    checked.same(f"{where}: numbers on top", [one and papers.number(one[0]) for one in told], heads)


def xlsx(data: bytes, expected: Expected, checked: Checked, where: str) -> None:
    book = papers.workbook(data)
    _rows({key: book[title] for key, title in SHEETS.items()}, expected, checked, where, _read_value)
    about = {row[0]: row[1] for row in book["Tóm tắt"]}
    count = expected.count
    checked.same(f"{where}: posts", about["Số bài"], len({post for post, _ in count.out}))
    checked.same(f"{where}: deliveries", about["Lượt đăng"], len(count.out))
    checked.same(f"{where}: planned", about["Kế hoạch"], expected.plan[-1][1])
    checked.same(f"{where}: late", about["Lượt đăng có số liệu đọc sau khi kỳ kết thúc"], len(count.late))
    told = {(post, channel) for post, channel, _ in count.figures}
    known = {(post, channel) for (post, channel, _), one in count.figures.items() if one.value is not None}
    if count.followers is not None:
        known |= {key for key in told if key[1] == "zalo"}
    checked.same(f"{where}: unread", about["Lượt đăng chưa đọc số liệu"], len(set(count.out) - told))
    checked.same(f"{where}: unavailable", about["Lượt đăng nền tảng không cho số liệu"], len(told - known))


def text(data: bytes, expected: Expected, checked: Checked, where: str) -> None:
    """The CSV: a line for each delivery."""
    count, pieces = expected.count, expected.recount.pieces
    rows = papers.lines(data)
    checked.same(
        f"{where}: lines", sorted(one["Mã lượt đăng"] for one in rows), sorted("@".join(o) for o in count.out)
    )
    for row in rows:
        post, _, channel = row["Mã lượt đăng"].partition("@")
        checked.same(f"{where} {post}: campaign", row["Chiến dịch"], campaign_name(pieces[post].campaign))
        for metric, words in METRICS.items():
            if metric == "followers" or words not in row:
                continue
            one = count.figures.get((post, channel, metric))
            wanted = (
                "" if one is None or one.value is None else str(scaled(metric, one.value)).replace(".", ",")
            )
            checked.same(f"{where} {post}@{channel} {metric}", row[words], wanted)


def raw(data: bytes, expected: Expected, checked: Checked, where: str) -> None:
    """The JSON, for other programs."""
    told, count = json.loads(data), expected.count
    checked.same(f"{where}: posts", told["posts"], len({post for post, _ in count.out}))
    checked.same(f"{where}: deliveries", told["deliveries"], len(count.out))
    days = {count_at(expected, key).date() for key in count.out}
    checked.same(f"{where}: days", told["days_with_posts"], len(days))
    checked.same(
        f"{where}: items",
        sorted(o["delivery"] for o in told["items"]),
        sorted("@".join(o) for o in count.out),
    )
    mine = {
        (*one["delivery"].split("@"), one["metric"]): one
        for one in told["readings"]
        if one["metric"] != "followers"
    }
    checked.same(f"{where}: readings", sorted(mine), sorted(count.figures))
    for key, figure in count.figures.items():
        if key in mine:
            checked.same(f"{where} {key}", mine[key]["value"], figure.value)
            at = datetime.fromisoformat(mine[key]["taken_at"])
            checked.same(f"{where} {key}: read at", local(at), local(figure.at))
            up_to = figure.up_to and figure.up_to.isoformat()
            checked.same(f"{where} {key}: days up to", mine[key]["counted_to"], up_to)
    waits = _waits(expected)
    approvals = told["approvals"]
    checked.same(f"{where}: approved", approvals["with_approval"], len(count.out))
    checked.same(f"{where}: given", approvals["given"], len(count.out))
    checked.same(f"{where}: officers", approvals["officers"], 1 if count.out else 0)
    checked.same(f"{where}: median", approvals["median_hours"], round(median(waits), 1) if waits else None)
    checked.same(f"{where}: longest", approvals["longest_hours"], round(max(waits), 1) if waits else None)
    checked.same(f"{where}: before", told["before"]["deliveries"], sum(count.earlier.values()))
    checked.same(f"{where}: posts before", told["before"]["posts"], count.earlier_posts)
    ways = Counter(
        tuple(o[name] for name in ("channel", "metric", "total", "mean", "highest", "known", "counted_to"))
        for o in told["summaries"]
        if not o["of_channel"]
    )
    wanted = {
        (*one[:-1], one.up_to.isoformat() if one.up_to else None): times
        for one, times in expected.summaries.items()
    }
    checked.bag(f"{where}: summaries", list(ways.items()), list(wanted.items()))


def _waits(expected: Expected) -> list[float]:
    asked = expected.recount.town.asked
    return [(asked[post][1] - asked[post][0]) / timedelta(hours=1) for post, _ in expected.count.out]


def _sentences(told: list[str], expected: Expected, checked: Checked, where: str) -> None:
    """The numbers that stand in the running text."""
    count, said = expected.count, " ".join(told)

    met = 0

    def numbers(pattern: str, *wanted: int) -> None:
        nonlocal met
        found = re.search(pattern.replace("#", r"([\d.]+)"), said)
        if found is None:
            return
        met += 1
        checked.same(
            f"{where}: “{pattern}”", [papers.number(one.rstrip(".")) for one in found.groups()], list(wanted)
        )

    out = count.channels()
    plan = expected.plan[-1]
    posts = len({post for post, _ in count.out})
    numbers(r"đã đăng # bài với # lượt đăng trên # kênh", posts, len(count.out), len(out))
    numbers(r"Đã đăng # bài với # lượt đăng;", posts, len(count.out))
    numbers(
        r"có # lượt đăng đến hạn theo kế hoạch: # lượt đã đăng, # lượt đã đăng rồi gỡ, # lượt lỡ giờ, "
        r"# lượt lỗi, # lượt hủy, # lượt chưa được duyệt, # lượt còn chờ",
        *plan[1:],
    )
    numbers(r"So với kỳ trước \([^:]*: # lượt đăng\)", sum(count.earlier.values()))
    numbers(r"So với cùng kỳ năm trước \([^:]*: # lượt đăng\)", sum(count.year_ago.values()))
    numbers(r"# trên # lượt đăng được duyệt trên hệ thống", len(count.out), len(count.out))
    numbers(r"Có # lượt đăng không thực hiện được hoặc đã gỡ", len(count.troubles))
    numbers(r"Số liệu của # lượt đăng là số đọc lần đầu sau khi kỳ kết thúc", len(count.late))
    least = {"periodic": 5, "engagement": 1}.get(where.split()[0], 0)  # the others are tables with few words
    checked.same(f"{where}: has sentences with numbers", met >= least, True)
    for channel, metric, total, mean, highest, known, _ in expected.summaries:
        if metric not in ("views", "reach"):
            continue
        begin = rf"{re.escape(expected.names[channel])}: "
        if metric in EVENTS and known:
            of = rf"{papers_number(known)}/{papers_number(out[channel])}"
            pattern = rf"{begin}{papers_number(total or 0)} lượt xem[^:]*\(trên {of} bài"
        elif known:
            of = rf"{papers_number(mean or 0)} một bài, cao nhất {papers_number(highest or 0)}"
            pattern = rf"{begin}người tiếp cận trung bình {of} "
        else:
            pattern = rf"{begin}không có số liệu {METRICS[metric]} \(0/{papers_number(out[channel])} bài"
        if "MỨC ĐỘ LAN TỎA" in said:
            checked.same(f"{where}: “{pattern}”", re.search(pattern, said) is not None, True)
