"""Order and closing marks of a report's parts: addressees, legal bases, recipients, the last words."""

from __future__ import annotations

from collections.abc import Sequence

from content.text import fold
from content.wording import say
from loa.reports.texts import Block
from loa.settings import ReportConfig


def parted(blocks: Sequence[Block]) -> tuple[list[Block], list[list[Block]]]:
    """What comes before the signature, and the appendices after it, each begun by its heading."""
    main: list[Block] = []
    after: list[list[Block]] = []
    for block in blocks:
        if block.sort == "appendix":
            after.append([block])
        else:
            (after[-1] if after else main).append(block)
    return main, after


def addressed(lead: str, to: Sequence[str]) -> list[str]:
    """`Kính gửi: A`, or each of several on a line of its own under it."""
    return [f"{lead} {to[0]}"] if len(to) == 1 else [lead, *listed(to)] if to else []


def recipients(about: ReportConfig) -> list[str]:
    """Without addressees there is no “above” for the recipients to name."""
    return [one for one in about.recipients if about.to or fold(one).strip(" .;") != "nhu tren"]


def listed(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in closed(lines)]


def closed(lines: Sequence[str]) -> list[str]:
    """Each ends with a semicolon, the last with a full stop."""
    last = len(lines) - 1
    return [f"{line.rstrip(' .;')}{'.' if at == last else ';'}" for at, line in enumerate(lines)]


def cited(blocks: Sequence[Block]) -> list[Block]:
    """The legal bases, closed as a list is."""
    told = iter(closed([one.text for one in blocks if one.sort == "basis"]))
    return [Block("basis", next(told)) if one.sort == "basis" else one for one in blocks]


def ended(blocks: Sequence[Block], end: str) -> list[Block]:
    """The last words of the body end with `./.`; after a table, or a place that is still to be filled in, a
    line of its own does."""
    found = list(blocks)
    if found and found[-1].sort in ("paragraph", "item"):
        last = found[-1]
        found[-1] = Block(last.sort, last.text if last.text.endswith(end) else last.text.rstrip(". ") + end)
    else:
        found.append(Block("paragraph", f"{say('report.so_much')}{end}"))
    return found


def roman(number: int) -> str:
    marks = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    told = ""
    for value, mark in marks:
        while number >= value:
            told, number = told + mark, number - value
    return told
