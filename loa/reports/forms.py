"""Biểu mẫu: rows of a form, each with a formula over the facts of a period; data that units add to.

A row that cannot be reckoned (a share of nothing) is “not available”, never 0; one without a formula is the
unit's to fill in.
"""

from __future__ import annotations

import ast
import math
import tomllib
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from connectors import registry
from content.errors import NotFound, UsageError
from content.kinds import KINDS
from content.text import nearest, normalise
from content.wording import say
from loa.reports import comments, sums, texts
from loa.reports.sums import Sum
from loa.reports.tables import PARTS, Table
from loa.services.report_facts import Facts
from loa.speech import number

FOLDER = "bieu_mau"
LARGEST_BYTES = 256 * 1024
LONGEST_FORMULA = 500
OFF_LINE = frozenset({"loudspeaker", "sms", "leaflet", "notice", "press"})
"""Platforms whose posts nobody meets on the Internet at an address of the unit's own."""
_WORDS = ("ke_hoach", "da_dang", "da_go", "lo_gio", "loi", "huy", "chua_duyet", "con_cho")


@dataclass(frozen=True)
class Row:
    """`yes_no`: the row asks whether there is any, not how many. Without a formula people fill it in."""

    name: str
    unit: str = ""
    formula: str = ""
    yes_no: bool = False


@dataclass(frozen=True)
class Form:
    """`verified`: compared with the original form, on `checked_on`."""

    code: str
    name: str
    source: str
    checked_on: date
    verified: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Filled:
    """One row with its value, None where it is not known; `known` of `of` parts of it have a figure.

    `by_hand`: there is no formula, or it asks the ledger of activities, which has nothing of the period.
    """

    name: str
    unit: str
    value: float | int | None
    by_hand: bool
    yes_no: bool
    known: int = 0
    of: int = 0


def listing(folder: Path) -> list[Form]:
    """Shipped forms and the unit's own, which replace those of the same file name."""
    found = {file.name: (file.read_bytes(), file.name) for file in _shipped()}
    for path in sorted((folder / FOLDER).glob("*.toml")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.name] = (file.read(LARGEST_BYTES + 1), f"{FOLDER}/{path.name}")
    return [_read(data, place) for _, (data, place) in sorted(found.items())]


def get(folder: Path, code: str) -> Form:
    """The form of that code; raises NotFound naming the nearest."""
    there = {one.code: one for one in listing(folder)}
    if code not in there:
        raise NotFound("report.no_form", code=code, nearest=nearest(code, there) or ", ".join(there))
    return there[code]


def fill(form: Form, facts: Facts) -> list[Filled]:
    """Every row reckoned; raises UsageError naming the row of a formula that says nothing."""
    known: dict[str, Sum | None] = {name: Sum(value) for name, value in counters(facts).items()}
    known |= incomplete(facts)
    return [_filled(form, row, known, empty=not facts.activities) for row in form.rows]


def _filled(form: Form, row: Row, known: Mapping[str, Sum | None], *, empty: bool) -> Filled:
    names = sums.names_of(row.formula)
    if empty:  # of a kind that the ledger holds nothing of its name cannot be looked up
        known = {**{name: None for name in names if name.startswith(sums.OF_KIND)}, **known}
    told = _reckon(form, row, known) if row.formula else None
    by_hand = not row.formula or any(known.get(name, Sum(0)) is None for name in names)
    if told is None or by_hand:
        return Filled(row.name, row.unit, None, by_hand, row.yes_no)
    value = told.value if told.whole or told.known else None  # all that was counted is missing
    return Filled(row.name, row.unit, value, by_hand, row.yes_no, told.known, told.of)


def table(form: Form, rows: list[Filled]) -> Table:
    """As it is shown and written."""
    headings = tuple(say(f"report.column.{name}") for name in ("place", "row", "unit", "value"))
    told = [(place, row.name, row.unit or "–", _shown(row)) for place, row in enumerate(rows, start=1)]
    return Table(form.code, form.name, headings, tuple(told))


def remarks(form: Form, facts: Facts) -> list[str]:
    """What has to be said of rows that ask the ledger of activities."""
    asked = {*sums.of_the_ledger(facts), *sums.via_loa(facts)}
    names = set().union(*(sums.names_of(row.formula) for row in form.rows))
    if not any(name in asked or name.startswith(sums.OF_KIND) for name in names):
        return []
    count = sum(kind.activities for kind in facts.activities)
    told = [say("activity.form_note" if count else "activity.form_empty", count=number(count))]
    if gone := [kind for kind in facts.activities if not kind.group]:
        words = {"count": number(sum(kind.activities for kind in gone))}
        told.append(say("activity.kinds_gone", kinds=", ".join(kind.kind for kind in gone), **words))
    return told


def _shown(row: Filled) -> int | str | None:
    if row.by_hand:
        return say("report.form.by_hand")
    if row.value is None:
        return None
    if row.yes_no:  # what Loa has no record of may well have been done
        return say("report.form.yes", count=round(row.value)) if row.value else say("report.form.none_known")
    if row.known < row.of:  # as a text: nobody adds it up as if it were all
        words = {"known": number(row.known), "of": number(row.of)}
        value = number(row.value) if isinstance(row.value, int) else f"{row.value:.1f}".replace(".", ",")
        return say("activity.form_partial", value=value, **words)
    return row.value if isinstance(row.value, int) else f"{row.value:.1f}".replace(".", ",")


def incomplete(facts: Facts) -> dict[str, Sum | None]:
    """The names that formulas know of what people counted or platforms were asked: it may have gaps."""
    return {**comments.of_forms(facts), **sums.via_loa(facts), **sums.of_the_ledger(facts)}


def counters(facts: Facts) -> dict[str, int]:
    """The names that formulas know: what was published and planned, all of it certain.

    Views are not among them: they are of so many posts of so many, which a bare number would hide.
    """
    found: dict[str, int] = {
        "so_bai": facts.posts,
        "so_luot": facts.deliveries,
        "so_ngay": facts.days_with_posts,
        "so_chien_dich": sum(bool(one.key) for one in facts.campaigns),
        "luot_duoc_duyet": facts.approvals.with_approval,
        **{word: getattr(facts.plan, part) for word, part in zip(_WORDS, PARTS, strict=True)},
    }
    platform = {one.channel: one.platform for one in facts.channels}
    on_line = [one for one in facts.items if platform[one.channel] not in OFF_LINE]
    found["bai_internet"] = len({one.post for one in on_line})
    found["bai_video_internet"] = len({one.post for one in on_line if one.kind == "video"})
    kinds = {one.key: one.posts for one in facts.kinds}
    found |= {f"bai_{kind}": kinds.get(kind, 0) for kind in KINDS}
    out = Counter[str]()
    for one in facts.channels:
        out[one.platform] += one.published
    return found | {
        f"luot_{platform}": out[platform] for platform in {*registry.platforms(), *OFF_LINE, *out}
    }


def _reckon(form: Form, row: Row, known: Mapping[str, Sum | None]) -> Sum | None:
    def value(node: ast.expr) -> Sum | None:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return Sum(node.value)  # type: ignore[arg-type]  # as just looked at
        if isinstance(node, ast.Name):
            if node.id not in known:
                raise _wrong(
                    form, row, say("report.no_counter", name=node.id, nearest=nearest(node.id, known) or "–")
                )
            return known[node.id]
        if isinstance(node, ast.BinOp) and isinstance(node.op, sums.OPERATORS):
            left, right = value(node.left), value(node.right)
            return None if left is None or right is None else left.then(type(node.op), right)
        raise _wrong(form, row, say("report.formula_form"))

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python remarks on odd texts before they are refused here
            tree = ast.parse(row.formula, mode="eval")
        told = value(tree.body)
        return told if told is None or math.isfinite(told.value) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise _wrong(form, row, say("report.formula_form")) from None


def _wrong(form: Form, row: Row, why: str) -> UsageError:
    return UsageError("report.data_wrong", file=form.code, why=f"{row.name}: {row.formula}: {why}")


def _shipped() -> list[Any]:
    room = resources.files("content").joinpath(texts.FOLDER, FOLDER)
    return [file for file in room.iterdir() if file.name.endswith(".toml")]


def _read(data: bytes, place: str) -> Form:
    if len(data) > LARGEST_BYTES:
        raise UsageError("report.template_large", file=place, kib=LARGEST_BYTES // 1024)
    try:
        told = tomllib.loads(normalise(data.decode("utf-8-sig")))
        rows = tuple(_row(one) for one in told["dong"])
        if not isinstance(told["ngay_kiem_tra"], date) or not rows:
            raise ValueError("ngay_kiem_tra, dong")
        verified = told.get("da_doi_chieu") is True
        code, name, source = (str(told[key]) for key in ("ma", "ten", "nguon"))
        return Form(code, name, source, told["ngay_kiem_tra"], verified, rows)
    except UnicodeDecodeError:
        raise UsageError("report.data_wrong", file=place, why=say("report.not_utf8")) from None
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("report.data_wrong", file=place, why=say("report.key_wrong", key=error)) from None
    except ValueError as error:
        raise UsageError("report.data_wrong", file=place, why=error) from None


def _row(told: Mapping[str, Any]) -> Row:
    formula = str(told.get("cong_thuc", ""))
    if len(formula) > LONGEST_FORMULA:
        raise ValueError(f"cong_thuc: {len(formula)} > {LONGEST_FORMULA}")
    return Row(str(told["ten"]), str(told.get("don_vi", "")), formula, told.get("kieu") == "co")
