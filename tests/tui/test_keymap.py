"""One table of keys: all else is made from it, input methods leave it alone, officers may change it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from content.errors import UsageError
from content.wording import LANGUAGES, catalogue, use_language
from tests.support.office import Office
from tests.tui.window import opened, press, text
from tui import keymap, rooms
from tui.dialogs import help as help_page
from tui.keymap import CAUGHT, LETTERS, SHARED

KEYS = keymap.defaults()
PLACES = list(dict.fromkeys(key.place for key in KEYS))
QUEUE = ("queue", "table", "search", "details", *SHARED)


@pytest.fixture(autouse=True)
def _as_shipped() -> Iterator[None]:
    yield
    keymap.use({})


def test_every_key_means_one_thing_in_its_place() -> None:
    for room in rooms.ROOMS:
        struck = Counter(written for key in keymap.of(room, *SHARED) for written in key.keys)
        assert [written for written, times in struck.items() if times > 1] == [], room
    struck = Counter((key.place, written) for key in KEYS for written in key.keys)
    assert [pair for pair, times in struck.items() if times > 1] == []


def test_letters_survive_telex_and_vni_and_terminals_catch_no_key() -> None:
    written = {written for key in KEYS for written in key.keys}
    assert {one for one in written if len(one) == 1} <= LETTERS | {"q"}
    assert written & CAUGHT == set()
    assert "".join(sorted(LETTERS)) == "bcghiklmnptvy"


def test_whatever_a_letter_does_can_be_done_without_letters() -> None:
    """An input method that holds letters back until Enter (ibus) must not lock an officer out."""
    only_letters = {key.id for key in KEYS if all(len(written) == 1 for written in key.keys)}
    assert {name for name in only_letters if name.startswith("queue.")} == {
        f"queue.{name}" for name in ("all", "open", "waiting", "attention", "published", "drafts")
    }  # F2 goes there
    commands = {key.id for room in rooms.ROOMS for key in keymap.of(room)}  # the palette lists all of these
    assert only_letters <= commands


def test_no_binding_stands_outside_the_table() -> None:
    """But for Textual's own Input, Button and OptionList, whose keys are everybody's."""
    from tui.app import Window
    from tui.details import Details
    from tui.dialogs.dialog import Dialog
    from tui.dialogs.help import HelpScreen
    from tui.dialogs.palette import Palette
    from tui.frame.room import Room
    from tui.rooms.queue import QueueRoom
    from tui.search import SearchBox

    for widget, place in (
        (Window, "app"),
        (Room, "room"),
        (QueueRoom, "queue"),
        (SearchBox, "search"),
        (Details, "details"),
        (HelpScreen, "help"),
        (Dialog, "dialog"),
        (Palette, "palette"),
    ):
        assert widget.__dict__["BINDINGS"] == keymap.bindings(place)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_and_no_other_has_its_sentence(language: str) -> None:
    said = catalogue(language)
    told = {key for key in said if re.match(r"tui(_[a-z]+)?\.key\.", key)}
    rooms_there = {f"tui_{room}" for room in rooms.ROOMS} | {"tui"}
    wanted = {f"{key.sentence}.long" for key in KEYS} | {
        f"{key.sentence}.short" for key in KEYS if key.footer
    }
    assert {key for key in told if key.partition(".")[0] in rooms_there} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_page_tells_every_key_and_the_command(language: str) -> None:
    use_language(language)
    page = help_page.text("queue", QUEUE).plain
    for key in keymap.of(*QUEUE):
        assert key.long in page
        assert key.written in page
    assert "loa queue list" in page
    assert catalogue(language)["tui_queue.purpose"] in page


def test_no_key_is_missing_from_all_help_pages() -> None:
    told: set[str] = set()
    for name in rooms.ROOMS:
        room = rooms.load(name)
        page = help_page.text(name, (room.PLACE, *room.PLACES, *SHARED)).plain
        told |= {" ".join(line.split()) for line in page.splitlines()}
    assert [key.id for key in KEYS if f"{key.written} {key.long}" not in told] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bottom_line_fits_and_always_tells_help_and_quit(language: str) -> None:
    use_language(language)
    for room in rooms.ROOMS:
        for columns in (78, 30):
            line = keymap.line(keymap.footer((room, "table", *SHARED), columns))
            assert cell_len(line) <= columns, line
            assert line.startswith("F1 ")
            assert "Ctrl+Q " in line


def test_at_80_columns_a_rooms_own_keys_come_before_those_of_every_room() -> None:
    for room in rooms.ROOMS:
        own = {key.id for key in keymap.of(room) if key.footer}
        told = [key.id for key in keymap.footer((room, "table", *SHARED), 78)]
        assert len(own & set(told)) >= min(3, len(own)), room
        if own - set(told):
            assert [name for name in told if name.startswith(("app.", "room."))] == [
                "room.help",
                "app.quit",
            ], room


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"room.freez": ["f7"]}, "Gần nhất: room.freeze"),
        ({"zzz": ["f7"]}, "room.freeze, "),
        ({"room.freeze": ["ctrl+s"]}, "Ctrl+S của room.freeze bị terminal giữ lại"),
        ({"room.freeze": ["f11"]}, "F11 của room.freeze bị terminal giữ lại"),
        ({"room.freeze": ["d"]}, "bộ gõ tiếng Việt biến chữ d của room.freeze thành dấu"),
        ({"room.freeze": ["1"]}, "“1” của room.freeze không phải là phím"),
        ({"room.freeze": ["F7"]}, "“F7” của room.freeze không phải là phím"),
        ({"room.freeze": ["f4"]}, "phím F4 vừa là của queue.menu vừa là của room.freeze"),
        ({"queue.now": ["f4"]}, "phím F4 vừa là của queue.now vừa là của queue.menu"),
        ({"room.freeze": []}, "“room.freeze” chưa có phím nào"),
        ({"dialog.close": ["f4"]}, "“dialog.close” là phím của ô gõ chữ hoặc hộp thoại"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_words(settings: dict[str, list[str]], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        keymap.use(settings)
    assert said in str(refused.value)
    assert keymap.keys() == KEYS, "what is refused changes nothing"


def test_two_keys_may_change_places() -> None:
    assert keymap.use({"queue.menu": ["f6"], "queue.now": ["f4", "m"]}) == {
        "queue.menu": "f6",
        "queue.now": "f4,m,M",
    }


def test_a_key_of_the_settings_works_is_shown_and_replaces_the_shipped_one(busy: Office) -> None:
    file = busy.folder / "config.toml"
    file.write_text(file.read_text("utf-8") + '"queue.menu" = ["f12"]\n', "utf-8")
    from loa import config

    busy.workspace.config = config.read(busy.folder)

    async def go() -> None:
        async with opened(busy) as pilot:
            assert "F12 Làm gì" in text(pilot.app)
            await press(pilot, "f4")
            assert "Việc có thể làm" not in text(pilot.app)
            await press(pilot, "f12")
            assert "Việc có thể làm" in text(pilot.app)

    asyncio.run(go())


def test_every_place_has_a_title() -> None:
    for place in PLACES:
        assert not help_page.title(place).startswith("tui"), place
