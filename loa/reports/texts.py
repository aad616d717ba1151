"""The words of a report: a template that officers may edit, filled with figures and read line by line.

A template is Jinja2 in a sandbox. What comes out is read by the marks at the beginning of its lines; a unit's
own file of the same name in the workspace's `templates/` takes the place of the shipped one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from content.errors import UsageError
from content.law.registry import Registry
from content.law.validity import Validity
from content.text import nearest, normalise
from content.wording import say
from loa.reports import comments, tables
from loa.services.report_facts import Facts, Plan, Total
from loa.services.templates import FOLDER as FOLDER
from loa.services.templates import LARGEST_BYTES as LARGEST_BYTES
from loa.services.templates import template_file as template_file
from loa.speech import number

TEMPLATES = {
    "engagement": "bao-cao-tuong-tac.txt",
    "periodic": "bao-cao-dinh-ky.txt",
    "campaign": "bao-cao-chien-dich.txt",
}
LONGEST_TEXT = 1_000_000
Sort = Literal[
    "type",
    "subject",
    "basis",
    "heading",
    "subheading",
    "paragraph",
    "item",
    "blank",
    "table",
    "appendix",
]
_MARKS: tuple[tuple[re.Pattern[str], Sort], ...] = (
    (re.compile(r"loại:\s*(.+)"), "type"),
    (re.compile(r"trích yếu:\s*(.+)"), "subject"),
    (re.compile(r"căn cứ:\s*(.+)"), "basis"),
    (re.compile(r"ghi thêm:\s*(.+)"), "blank"),
    (re.compile(r"###\s*(.+)"), "subheading"),
    (re.compile(r"##\s*(.+)"), "heading"),
    (re.compile(r"[-•]\s+(.+)"), "item"),
    (re.compile(r"\[bảng:\s*([a-z-]+)\s*\]"), "table"),
    (re.compile(r"\[phụ lục:\s*(.+?)\s*\]"), "appendix"),
)
_MAIN = frozenset({"views", "reach", "followers"})


@dataclass(frozen=True)
class Block:
    """One line of a report. The text of a `table` is its key, of a `blank` what is to be written there."""

    sort: Sort
    text: str


@dataclass(frozen=True)
class Words:
    """A filled template. `remarks` are sentences for the officer, not for the report."""

    blocks: tuple[Block, ...]
    remarks: tuple[str, ...] = ()

    def first(self, sort: Sort) -> str:
        return next((one.text for one in self.blocks if one.sort == sort), "")


def write(facts: Facts, folder: Path, zone: ZoneInfo, law: Registry) -> Words:
    """The report's text; raises UsageError naming the file and the line of what cannot be filled or read."""
    text, place = template_file(folder, TEMPLATES[facts.kind])
    remarks: dict[str, None] = {}
    filled = _fill(text, place, _values(facts, zone) | {"can_cu": _Basis(law, facts, zone, remarks)})
    blocks = []
    for line in filled.splitlines():
        if not line.strip():
            continue
        block = _block(line.strip())
        if block.sort == "table" and block.text not in tables.names():
            why = say("report.no_table", name=block.text, nearest=nearest(block.text, tables.names()) or "–")
            raise UsageError("report.template_wrong", file=place, line=_line_of(text, block.text), why=why)
        blocks.append(block)
    if any(block.sort == "blank" for block in blocks):
        remarks[say("report.to_fill_in")] = None
    return Words(tuple(blocks), tuple(remarks))


def _block(line: str) -> Block:
    for mark, sort in _MARKS:
        if found := mark.fullmatch(line):
            return Block(sort, found[1].strip())
    return Block("paragraph", line)


def _line_of(text: str, name: str) -> int:
    return next((at for at, line in enumerate(text.splitlines(), start=1) if f"[bảng: {name}" in line), 1)


def _fill(text: str, place: str, values: dict[str, Any]) -> str:
    from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    pages = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        template = pages.from_string(text)
        pieces, size = [], 0
        for piece in template.generate(values):
            size += len(piece)
            if size > LONGEST_TEXT:
                raise UsageError("report.text_long", file=place, most=LONGEST_TEXT)
            pieces.append(piece)
        return normalise("".join(pieces))
    except TemplateSyntaxError as error:
        raise UsageError("report.template_wrong", file=place, line=error.lineno, why=error.message) from None
    except UsageError as error:
        if error.key in ("report.text_long", "report.template_wrong"):
            raise
        line = _line(error.__traceback__)
        raise UsageError("report.template_wrong", file=place, line=line, why=error) from None
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise UsageError(
            "report.template_wrong", file=place, line=_line(error.__traceback__), why=why
        ) from None


def _line(trace: TracebackType | None) -> int:
    """The template's line: Jinja2 puts it into the traceback, the file's name being `<template>`."""
    line = 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class _Basis:
    """`{{ can_cu("14/2012/QH13") }}`: a first citation as the decree wants it, out of the registry."""

    def __init__(self, law: Registry, facts: Facts, zone: ZoneInfo, remarks: dict[str, None]) -> None:
        self._law, self._remarks = law, remarks
        self._on = facts.made_at.astimezone(zone).date()

    def __call__(self, designation: str) -> str:
        found = self._law.bearing(str(designation))
        if not found:
            raise UsageError("report.unknown_law", designation=designation)
        one = found[-1]
        validity = one.validity(self._on)
        if validity is not Validity.IN_FORCE:
            words = say(f"law.validity.{validity}")
            self._remarks[say("report.basis_not_in_force", law=one.label, validity=words)] = None
        if one.name:
            return one.name
        told = f"{one.kind} số {one.designation}"
        told += f" {written_day(one.issued)}" if one.issued else ""
        told += f" của {one.issuer}" if one.issuer else ""
        title = one.title[:1].lower() + one.title[1:] if one.title.startswith("Về ") else one.title
        return f"{told} {title}".strip()


def written_day(day: date) -> str:
    """`ngày 05 tháng 3 năm 2020`: a 0 leads only days below 10 and the months 1 and 2 (Nghị định 30/2020)."""
    return f"ngày {day.day:02d} tháng {written_month(day)} năm {day.year}"


def written_month(day: date) -> str:
    return f"{day.month:02d}" if day.month <= 2 else str(day.month)


def compared(now: int, before: int) -> str:
    """`tăng 12 (25%)`."""
    if not before:
        return say("report.compare.nothing_before")
    if now == before:
        return say("report.compare.same")
    share = f"{abs(now - before) * 100 / before:.1f}".rstrip("0").rstrip(".").replace(".", ",")
    return say(
        f"report.compare.{'more' if now > before else 'less'}", by=number(abs(now - before)), percent=share
    )


def _values(facts: Facts, zone: ZoneInfo) -> dict[str, Any]:
    """The names that templates know, told in docs/guide/bao-cao.md."""
    channels = [
        {
            "ten": one.name,
            "nen_tang": one.platform,
            "da_dang": one.published,
            "ky_truoc": one.published_before,
            "cung_ky": one.published_year_ago,
            "ke_hoach": _plan(one.plan),
        }
        for one in facts.channels
    ]
    approvals = facts.approvals
    return {
        "so": number,
        "so_voi": compared,
        "don_vi": facts.unit,
        "ky": facts.label,
        "tu_ngay": f"{facts.first:%d/%m/%Y}",
        "den_ngay": f"{facts.last:%d/%m/%Y}",
        "den_luc": f"{facts.as_of.astimezone(zone):%H:%M ngày %d/%m/%Y}",
        "chua_ket_thuc": facts.unfinished,
        "so_bai": facts.posts,
        "so_luot": facts.deliveries,
        "so_ngay": facts.days_with_posts,
        "ten_chien_dich": facts.campaign_name,
        "ke_hoach": _plan(facts.plan),
        "kenh": channels,
        "kenh_co_bai": [one for one in channels if one["da_dang"]],
        "loai": [{"ten": o.label, "so_bai": o.posts, "so_luot": o.deliveries} for o in facts.kinds],
        "thang": [{"ten": o.label, "so_bai": o.posts, "so_luot": o.deliveries} for o in facts.months],
        "chien_dich": [
            {"ten": o.label, "so_bai": o.posts, "so_luot": o.deliveries} for o in facts.campaigns if o.key
        ],
        "so_lieu": [
            {
                "kenh": tables.channel_name(facts, one.channel),
                "chi_so": tables.label(facts, one),
                "chi_so_chinh": one.metric in _MAIN,
                "tong": one.total,
                "trung_binh": one.mean,
                "cao_nhat": one.highest,
                "co_so_lieu": one.known,
                "so_bai": one.posts,
                "cau": tables.sentence(facts, one),
            }
            for one in tables.ordered(facts)
        ],
        "khong_co_so_lieu": facts.unread + facts.unavailable,
        "doc_sau_ky": facts.read_late,
        "truc_trac": [
            {"bai": o.title, "kenh": tables.channel_name(facts, o.channel), "ly_do": o.reason}
            for o in facts.troubles
        ],
        "duyet": {
            "co_duyet": approvals.with_approval,
            "can_bo": approvals.officers,
            "trung_vi": _hours(approvals.median_hours),
            "lau_nhat": _hours(approvals.longest_hours),
        },
        "truc_tiep": [
            {
                "ten": one.label,
                "so": one.activities,
                "cau": tables.activity_sentence(one),
                "so_lieu": [
                    {"ten": o.label, "tong": o.total, "co_so": o.known, "so": o.of} for o in one.amounts
                ],
            }
            for one in facts.held
        ],
        "y_kien": comments.values(facts, zone),
        "ky_truoc": _earlier(facts.before),
        "cung_ky": _earlier(facts.year_ago),
    }


def _plan(plan: Plan) -> dict[str, int]:
    words = ("tong", "da_dang", "da_go", "lo_gio", "loi", "huy", "chua_duyet", "con_cho")
    return {word: getattr(plan, part) for word, part in zip(words, tables.PARTS, strict=True)}


def _earlier(total: Total) -> dict[str, Any]:
    return {"ten": total.label, "so_bai": total.posts, "so_luot": total.deliveries}


def _hours(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".replace(".", ",")
