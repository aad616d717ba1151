"""The room Soạn: whose a picture is and who is in it, said with a key or two, and never by a slip."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from content.consent import PEOPLE, People, own, people, remarks, said
from content.post import MediaItem
from content.wording import LANGUAGES, catalogue, use_language
from tests.support.office import Office
from tests.tui.test_compose import at, desk_of, fill, kept, picture, shown, write
from tests.tui.window import Story, goldens, opened, press, same_at_every_size, settled, typed, until
from tui import rooms
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Form
from tui.rooms import compose_desk
from tui.rooms.compose_rights import AGREED, whole

OWN = "ảnh của đơn vị"
STATES = ("fields", "menu", "owner", "source", "people", "words", "misread", "preview")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEP_AFTER_S", "PREVIEW_AFTER_S"):
        monkeypatch.setattr(compose_desk, name, 0.001)
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


def one(pilot: Pilot[None], place: int = 0) -> MediaItem:
    return desk_of(pilot).media[place]


def highlighted(pilot: Pilot[None]) -> str:
    """The line of the dialog that Enter would choose."""
    options = pilot.app.screen.query_one(OptionList)
    assert options.highlighted is not None
    return str(options.get_option_at_index(options.highlighted).prompt)


async def add(pilot: Pilot[None], path: Path, alt: str = "Lễ phát động ở sân xã") -> None:
    """A picture, described; the question whose it is stands there."""
    await press(pilot, "ctrl+t")
    await typed(pilot, str(path), "enter")
    await until(pilot, lambda: "nghe câu này" in shown(pilot.app) or "hears this" in shown(pilot.app))
    await typed(pilot, alt, "enter")
    assert isinstance(pilot.app.screen, Pick)


def writing(office: Office, tmp_path: Path, story: Story, lines: int = 40) -> None:
    """A new post with one picture, of which it is asked whose it is."""

    async def begin(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await fill(pilot, title="Lễ phát động", body="Hôm nay xã phát động Ngày Pháp luật.")
        await add(pilot, picture(tmp_path, "Phát động.png"))
        await story(pilot)

    write(office, begin, 80, lines)


def test_two_enters_say_that_it_is_the_units_own_and_nothing_about_people(
    office: Office, tmp_path: Path
) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "phat-dong.png là của ai?" in shown(pilot.app)
        await press(pilot, "enter")
        assert "Ai trong phat-dong.png?" in shown(pilot.app)
        await press(pilot, "enter")
        assert not isinstance(pilot.app.screen, Pick)
        assert (one(pilot).rights, one(pilot).people) == (OWN, "")
        assert f"{OWN} · chưa ghi ai trong ảnh" in shown(pilot.app)
        source = await kept(pilot)
        assert f"    rights: {OWN}\n" in source
        assert "people:" not in source

    writing(office, tmp_path, story)


@pytest.mark.parametrize(("downs", "meaning"), list(enumerate(PEOPLE, 1)))
def test_each_choice_about_people_writes_what_the_checks_understand(
    office: Office, tmp_path: Path, downs: int, meaning: str
) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", *["down"] * downs, "enter")
        if isinstance(pilot.app.screen, Form):
            await press(pilot, "enter")
        assert people(one(pilot).people) == meaning
        assert f"people: {one(pilot).people}" in (await kept(pilot)).replace('"', "")

    writing(office, tmp_path, story)


def test_names_and_papers_are_added_to_a_consent_and_changed_later(office: Office, tmp_path: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", *["down"] * 5, "enter")
        assert isinstance(pilot.app.screen, Form)
        await typed(pilot, "lớp 5A, phiếu 02/11", "enter")
        written = "trẻ em, cha mẹ hoặc người giám hộ đồng ý: lớp 5A, phiếu 02/11"
        assert one(pilot).people == written
        at(pilot, "media")
        await press(pilot, "home", "enter", "home", "down", "down", "enter")
        await press(pilot, "enter")  # the cursor stands at what was chosen before
        await press(pilot, "end")
        await typed(pilot, " và 03/11", "enter")
        assert one(pilot).people == f"{written} và 03/11"

    writing(office, tmp_path, story)


def test_words_that_say_something_else_than_was_chosen_are_not_taken(office: Office, tmp_path: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "down", "down", "down", "enter")
        await typed(pilot, "bà Lan và các cháu", "enter")
        assert "Câu này nói điều khác: “Có trẻ em, chưa hỏi cha mẹ”" in shown(pilot.app)
        assert one(pilot).people == ""
        await press(pilot, "escape")
        assert one(pilot).people == ""

    writing(office, tmp_path, story)


def test_somebody_elses_picture_needs_a_source_and_the_next_one_may_have_the_same(
    office: Office, tmp_path: Path
) -> None:
    source = "Báo tỉnh, cho phép dùng ngày 02/11"

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "down", "enter", "enter")
        assert isinstance(pilot.app.screen, Form), "an empty source is not taken"
        assert "Nguồn, phép dùng" in str(pilot.app.screen.query_one("#wrong", Static).render())
        await typed(pilot, source, "enter")
        await press(pilot, "down", "down", "enter")  # a public event
        assert one(pilot).rights == source
        await add(pilot, picture(tmp_path, "Tiếp dân.png"))
        assert highlighted(pilot) == f" Như ảnh trước\n   {source}"
        await press(pilot, "enter")
        await press(pilot, "down", "enter")
        assert (one(pilot, 1).rights, one(pilot, 1).people) == (source, one(pilot).people)
        assert people(one(pilot, 1).people) == "public"

    writing(office, tmp_path, story)


def test_escape_puts_the_questions_off_and_the_remark_leads_to_them(office: Office, tmp_path: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, Pick | Form)
        assert "CHƯA GHI CỦA AI" in shown(pilot.app)
        desk = desk_of(pilot)
        await until(pilot, lambda: any("rights" in one.rule for one in desk.preview.findings))
        finding = next(one for one in desk.preview.findings if "rights" in one.rule)
        assert desk.preview.spot(finding).field == "media"
        await press(pilot, "f4")
        options = desk.preview.query_one("#findings", OptionList)
        options.highlighted = desk.preview.findings.index(finding)
        await press(pilot, "enter")
        assert pilot.app.focused is pilot.app.screen.query_one("#at-media")
        await press(pilot, "enter")
        assert highlighted(pilot).startswith(" Ảnh của ai")
        await press(pilot, "enter", "enter")
        assert one(pilot).rights == OWN
        await until(pilot, lambda: not any("rights" in one.rule for one in desk.preview.findings))

    writing(office, tmp_path, story)


def test_a_remark_about_the_second_picture_puts_the_cursor_on_the_second_picture(
    office: Office, tmp_path: Path
) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "enter")
        await add(pilot, picture(tmp_path, "Học sinh.png"))
        await press(pilot, "enter", "end", "enter")
        desk = desk_of(pilot)
        await until(pilot, lambda: any("child" in one.rule for one in desk.preview.findings))
        finding = next(one for one in desk.preview.findings if "child" in one.rule)
        desk.go_to(desk.preview.spot(finding))
        await settled(pilot)
        await press(pilot, "enter")
        assert "hoc-sinh.png" in shown(pilot.app)
        assert highlighted(pilot).startswith(" Ai trong ảnh")

    writing(office, tmp_path, story)


def test_what_was_said_is_taken_back_with_say_nothing(office: Office, tmp_path: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "down", "enter")
        assert (one(pilot).rights, people(one(pilot).people)) == (OWN, "none")
        at(pilot, "media")
        for down in (1, 2):
            way = ["home", "enter", "home", *["down"] * down, "enter"]
            await press(pilot, *way)
            await press(pilot, "end" if down == 1 else "home", "enter")
        assert (one(pilot).rights, one(pilot).people) == ("", "")

    writing(office, tmp_path, story)


def test_words_of_an_officer_that_mean_the_same_are_kept(office: Office, tmp_path: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "escape")
        desk_of(pilot).use_media([MediaItem("phat-dong.png", "Lễ", OWN, "hội nghị tổng kết xã")])
        at(pilot, "media")
        await press(pilot, "home", "enter", "home", "down", "down", "enter", "enter")
        assert one(pilot).people == "hội nghị tổng kết xã"

    writing(office, tmp_path, story)


def test_captions_have_no_owner_and_nobody_in_them(office: Office, tmp_path: Path) -> None:
    captions = tmp_path / "phim.srt"
    captions.write_text("1\n00:00:00,000 --> 00:00:02,000\nXin chào\n", "utf-8")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await press(pilot, "ctrl+t")
        await typed(pilot, str(captions), "enter")
        await until(pilot, lambda: bool(desk_of(pilot).media))
        await settled(pilot)
        assert not isinstance(pilot.app.screen, Pick | Form)
        assert "CỦA AI" not in shown(pilot.app)

    write(office, story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_choices_write_is_understood_in_both_languages(language: str) -> None:
    use_language(language)
    assert [people(said(meaning)) for meaning in PEOPLE] == [*PEOPLE]
    rules = {
        meaning: {one.rule for one in remarks((MediaItem("a.png", "A", own(), said(meaning)),), {})}
        for meaning in PEOPLE
    }
    assert rules.pop("missing") == {"content.consent_missing"}
    assert rules.pop("child") == {"content.consent_child"}
    assert not any(rules.values())
    assert {f"tui_rights.people.{meaning}" for meaning in PEOPLE} <= catalogue(language).keys()


@given(st.sampled_from(AGREED), st.text(max_size=80))
def test_words_to_a_consent_stay_what_was_typed_and_typing_them_again_changes_nothing(
    meaning: People, words: str
) -> None:
    written = whole(meaning, words)
    assert " ".join(words.split()) in written
    if people(written) == meaning:  # else they are refused
        assert whole(meaning, written) == written


async def _show(pilot: Pilot[None], tmp_path: Path, state: str) -> None:
    await press(pilot, "f6")
    await fill(pilot, title="Lễ phát động", body="Hôm nay xã phát động Ngày Pháp luật.")
    await add(pilot, picture(tmp_path, "Phát động.png"))
    if state == "source":
        await press(pilot, "down", "enter")
    if state in ("owner", "source"):
        return
    await press(pilot, "enter")
    if state in ("words", "misread"):
        await press(pilot, *["down"] * 5, "enter")
    if state == "misread":
        await typed(pilot, "lớp 5A, chưa hỏi phụ huynh", "enter")
    if state in ("people", "words", "misread"):
        return
    await press(pilot, "end", "enter")
    at(pilot, "media")
    await press(pilot, "home")
    await until(pilot, lambda: any("child" in one.rule for one in desk_of(pilot).preview.findings))
    if state != "fields":
        await press(pilot, "enter" if state == "menu" else "f4")


@pytest.mark.parametrize("state", STATES)
def test_the_questions_read_well(office: Office, tmp_path: Path, state: str) -> None:
    asyncio.run(_look(office, tmp_path, state, f"rights_{state}"))


@pytest.mark.parametrize("state", ["owner", "people", "menu"])
def test_the_questions_speak_english(office: Office, tmp_path: Path, state: str) -> None:
    use_language("en")
    asyncio.run(_look(office, tmp_path, state, f"rights_en_{state}"))


async def _look(office: Office, tmp_path: Path, state: str, name: str) -> None:
    async with opened(office, room="compose", who="soan") as pilot:
        await _show(pilot, tmp_path, state)
        await same_at_every_size(pilot, name)


def test_no_golden_is_left_over() -> None:
    assert goldens("rights") == {f"rights_{name}" for name in (*STATES, "en_owner", "en_people", "en_menu")}
