"""What the shipped kits cite: known to the registry and in force, or named among what a person must check."""

from __future__ import annotations

from datetime import date

import pytest

from content.checks import pieces
from content.finding import Finding
from content.frontmatter import read_post
from content.kits import Kit, KitItem, kits, load_kit
from content.law.checks import check_law
from content.law.citation import Citation
from content.law.grammar import find
from content.law.registry import shipped
from content.law.validity import GOOD
from tests.content.test_kits import HANOI

KITS = [load_kit(name) for name in kits()]
ITEMS = [pytest.param(kit, item, id=f"{kit.key}-{item.path.stem}") for kit in KITS for item in kit.items]


def cited(item: KitItem) -> list[Citation]:
    texts = [piece.text for piece in pieces(read_post(item.path, HANOI)[0])]
    return [citation for text in texts for citation in find(text) if citation.designation]


def anchors(kit: Kit) -> list[date]:
    return [kit.anchor_in(year) for year in (2026, 2027)] if kit.anchor else [date(2027, 3, 1)]


@pytest.mark.parametrize(("kit", "item"), ITEMS)
def test_every_citation_is_in_force_or_marked_for_a_person_to_check(kit: Kit, item: KitItem) -> None:
    doubted = " ".join(doubt.what for doubt in kit.unverified if item.path.name in doubt.items)
    for citation in cited(item):
        for on in anchors(kit):
            known = shipped().meant(citation, on)
            sure = len(known) == 1 and known[0].verified and known[0].validity(on) in GOOD
            assert sure or citation.designation in doubted, f"{citation.label} on {on:%d/%m/%Y}"


@pytest.mark.parametrize(("kit", "item"), ITEMS)
def test_the_law_check_has_nothing_to_stop_or_warn_of(kit: Kit, item: KitItem) -> None:
    read = read_post(item.path, HANOI)[0]
    for on in anchors(kit):
        found: list[Finding] = check_law(pieces(read), shipped(), on)
        assert [one.line() for one in found if one.severity != "hint"] == []


def test_no_kit_ships_amounts_of_money_that_the_law_sets() -> None:
    """Fines change; a story's own money is no fine."""
    for kit in KITS:
        for item in kit.items:
            body = read_post(item.path, HANOI)[0].body
            assert "phạt tiền" not in body.lower(), item.path.name


def test_four_kits_cite_no_more_than_they_can_answer_for() -> None:
    counts = {kit.key: sum(len(cited(item)) for item in kit.items) for kit in KITS}
    assert counts["phong_chong_ma_tuy"] == 0, "the law may have been replaced: an officer fills in the basis"
    assert counts["quyen_nguoi_tieu_dung"] > 0
    assert counts["an_toan_giao_thong"] > 0
