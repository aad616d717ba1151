"""One table of keys: everything else is made from it, and an input method leaves them alone."""

from __future__ import annotations

from collections import Counter

import pytest
from rich.cells import cell_len

from content.wording import LANGUAGES, catalogue, use_language
from tui import help as help_page
from tui import keymap
from tui.keymap import KEYS, PLACES

# Telex makes marks of a d e o u w s f r x j z, VNI of digits. `q` only quits, as everywhere.
NEVER_COMPOSED = set("ntgklmhpvbciy") | {"q"}
CATCHABLE = {"ctrl+s", "ctrl+z", "ctrl+b", "ctrl+a", "f10", "f11"}  # terminals and tmux keep these


def test_every_key_means_one_thing_in_its_place() -> None:
    struck = Counter((key.place, written) for key in KEYS for written in key.keys)
    assert [pair for pair, times in struck.items() if times > 1] == []
    assert {key.place for key in KEYS} == set(PLACES)


def test_letters_survive_telex_and_vni() -> None:
    letters = {written for key in KEYS for written in key.keys if len(written) == 1}
    assert letters <= NEVER_COMPOSED
    assert {written for key in KEYS for written in key.keys} & CATCHABLE == set()


def test_whatever_a_letter_does_can_be_done_without_letters() -> None:
    """An input method that holds letters back until Enter (ibus) must not lock an officer out."""
    only_letters = [key.name for key in KEYS if all(len(written) == 1 for written in key.keys)]
    assert set(only_letters) == {
        "all",
        "open",
        "waiting",
        "attention",
        "published",
        "drafts",
    }  # F2 goes there


def test_no_binding_stands_outside_the_table() -> None:
    """But for Textual's own Input, whose editing keys are everybody's."""
    from tui.app import Window
    from tui.details import Details
    from tui.help import HelpScreen
    from tui.queue import QueueScreen
    from tui.search import SearchBox
    from tui.table import DeliveryTable

    for widget, place in (
        (Window, "app"),
        (QueueScreen, "window"),
        (DeliveryTable, "table"),
        (SearchBox, "search"),
        (Details, "details"),
        (HelpScreen, "help"),
    ):
        assert widget.__dict__["BINDINGS"] == keymap.bindings(place)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_page_tells_every_key(language: str) -> None:
    use_language(language)
    page = help_page.text().plain
    for key in KEYS:
        assert catalogue(language)[f"tui.key.{key.name}.long"] in page
        assert " ".join(map(keymap.shown, key.keys)) in page
    assert max(map(cell_len, page.splitlines())) <= 70, "a sentence does not fit the help page"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_sentence_is_left_over(language: str) -> None:
    said = {key.split(".")[2] for key in catalogue(language) if key.startswith("tui.key.")}
    assert said == {key.name for key in KEYS}
    short = {
        key.split(".")[2] for key in catalogue(language) if key.startswith("tui.key.") and ".short" in key
    }
    assert short == {key.name for key in KEYS if key.footer}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bottom_line_fits_and_always_tells_help_and_quit(language: str) -> None:
    use_language(language)
    assert cell_len(keymap.footer(78)) <= 78
    assert len(keymap.footer(200).split("  ")) == len([key for key in KEYS if key.footer])
    narrow = keymap.footer(30)
    assert narrow.startswith("F1 ")
    assert "Ctrl+Q " in narrow
