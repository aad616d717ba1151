"""Numbers in the formulas of a form that know how complete they are, and what the ledger brings to them.

A sum of which some figures are missing is only the least that it can be. It may be added to others and
multiplied; taken away or divided by it would be neither the least nor the most, and is not available.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from loa.services.report_facts import ActivityCount, Facts

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
OF_KIND = "hd_"
"""Before the code of a kind of activity."""
_VIA_LOA = {"lan_phat_qua_loa": ("loudspeaker", "airings"), "ban_qua_loa": ("leaflet", "copies")}
_SUMS = {
    "luot_nguoi_du": ("truc_tiep", "nguoi_du"),
    "luot_du_thi": ("cuoc_thi", "bai_thi"),
    "so_tai_lieu_phat_hanh": ("", "ban_in"),
    "so_lan_phat_thanh": ("", "lan_phat"),
}
"""Group (empty: all of them) and measure of each sum over the ledger."""


@dataclass(frozen=True)
class Sum:
    """A value of which `known` of `of` parts have a figure; both 0 where nothing can be missing."""

    value: float | int
    known: int = 0
    of: int = 0

    @property
    def whole(self) -> bool:
        return self.known == self.of

    def then(self, operator: type[ast.operator], other: Sum) -> Sum | None:
        """Reckoned with another; None where the answer would not be known."""
        known, of = self.known + other.known, self.of + other.of
        if operator is ast.Add:
            return Sum(self.value + other.value, known, of)
        if operator is ast.Mult and (self.whole or other.value >= 0) and (other.whole or self.value >= 0):
            return Sum(self.value * other.value, known, of)
        if operator is ast.Sub and other.whole:
            return Sum(self.value - other.value, known, of)
        if operator is ast.Div and other.whole and other.value and (self.whole or other.value > 0):
            return Sum(self.value / other.value, known, of)
        return None


NOT_KNOWN = Sum(0, 0, 1)
"""Something that could not be read."""


def of_the_ledger(facts: Facts) -> dict[str, Sum | None]:
    """What formulas may call of it; None while the ledger has nothing of the period: the unit fills it in.

    By group as the country adds up, by kind (`hd_hoi_nghi`), by kind and measure (`hd_hoi_nghi__nguoi_du`).
    """
    kinds = facts.activities
    found: dict[str, Sum | None] = {
        "so_truc_tiep": _number(kinds, "truc_tiep"),
        "so_cuoc_thi": _number(kinds, "cuoc_thi"),
        **{name: _sum(kinds, group, measure) for name, (group, measure) in _SUMS.items()},
    }
    for kind in kinds:
        found[f"{OF_KIND}{kind.kind}"] = Sum(kind.activities)
        for one in kind.amounts:
            found[f"{OF_KIND}{kind.kind}__{one.measure}"] = Sum(one.total or 0, one.known, one.of)
    return found


def via_loa(facts: Facts) -> dict[str, Sum]:
    """What people told of deliveries that they read out or handed out (`loa queue done`)."""
    found = {}
    for name, (platform, metric) in _VIA_LOA.items():
        total = known = of = 0
        for channel in facts.channels:
            if channel.platform == platform:
                told = [
                    one for one in facts.summaries if (one.channel, one.metric) == (channel.channel, metric)
                ]
                total += sum(one.total or 0 for one in told)
                known += sum(one.known for one in told)
                of += channel.published
        found[name] = Sum(total, known, of)
    return found


def names_of(formula: str) -> set[str]:
    """What a formula calls; nothing for one that cannot be read."""
    try:
        return {node.id for node in ast.walk(ast.parse(formula, mode="eval")) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _number(kinds: tuple[ActivityCount, ...], group: str) -> Sum | None:
    if not kinds:
        return None
    found = sum(one.activities for one in kinds if one.group == group)
    known = found if any(not one.group for one in kinds) else 0  # nothing can be missing
    return _with_lost(Sum(found, known, known), kinds)


def _sum(kinds: tuple[ActivityCount, ...], group: str, measure: str) -> Sum | None:
    if not kinds:
        return None
    mine = [kind for kind in kinds if group in ("", kind.group)]
    told = [one for kind in mine for one in kind.amounts if one.measure == measure]
    if not told:  # none of the unit's kinds counts it: that says nothing of how many there were
        return Sum(0, 0, sum(kind.activities for kind in mine) or 1)
    known, of = sum(one.known for one in told), sum(one.of for one in told)
    found = Sum(sum(one.total or 0 for one in told), known, of)
    return _with_lost(found, kinds) if group else found


def _with_lost(found: Sum, kinds: tuple[ActivityCount, ...]) -> Sum:
    """What is of a kind that has gone from the unit's file may belong to any group."""
    return Sum(found.value, found.known, found.of + sum(one.activities for one in kinds if not one.group))
