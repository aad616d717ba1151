"""The window in a real terminal: it starts, follows every size, and leaves the terminal as it found it."""

from __future__ import annotations

import re
import shutil
import signal
import termios
import unicodedata
from collections.abc import Callable

import pytest

from tests.support.office import Office
from tests.terminal.conftest import Opens, loa
from tests.terminal.emulator import ALTERNATE, CLICKS, CURSOR, MOVES, PASTE, Terminal
from tests.tui.typing.streams import STYLES, Style

pytestmark = pytest.mark.slow

OURS = (ALTERNATE, CLICKS, MOVES, PASTE)
SIZES = [(140, 40), (60, 20), (80, 24)]
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def left_as_found(terminal: Terminal) -> None:
    terminal.until_modes(on=[CURSOR], off=OURS)
    assert terminal.settings == terminal.before, "stty shows other settings than before"
    assert "Hàng đợi" not in terminal.text, "what stood on the terminal before is not back"


def test_it_starts_helps_and_ends_in_a_real_terminal(opens: Opens) -> None:
    terminal = opens()
    terminal.until_modes(on=OURS, off=[CURSOR])
    terminal.press("f1")
    terminal.until("Lệnh tương ứng: loa queue list")
    terminal.press("escape")
    terminal.until("[Hàng đợi]")
    terminal.press("ctrl+q")
    assert terminal.ended() == 0
    left_as_found(terminal)


def drawn(columns: int, lines: int) -> Callable[[str], bool]:
    """The whole frame stands on a screen of this size: unit above, keys in the last line, nothing twice."""

    def holds(text: str) -> bool:
        rows = text.split("\n")
        once = text.count("[Hàng đợi]") == 1 and text.count("F1 Trợ giúp") == 1
        return (
            once
            and len(rows) == lines
            and "CHẾ ĐỘ TẬP HUẤN" in rows[0]
            and "UBND xã Thử Nghiệm" in rows[1]
            and "F1 Trợ giúp" in rows[-1]
            and max(map(len, rows)) > columns - 30
        )

    return holds


def test_every_size_there_and_back_draws_the_whole_frame(opens: Opens) -> None:
    terminal = opens()
    first = _CLOCK.sub("", terminal.until(drawn(80, 24)))
    for columns, lines in SIZES:
        terminal.resize(columns, lines)
        terminal.until(drawn(columns, lines), f"the frame at {columns}×{lines}")
    terminal.until(lambda text: _CLOCK.sub("", text) == first, "the first screen once more")


def test_a_size_that_changes_faster_than_it_can_be_drawn_ends_in_the_last_one(opens: Opens) -> None:
    terminal = opens()
    for step in range(40):
        terminal.resize(50 + 3 * step, 12 + step)
    terminal.resize(100, 30)
    terminal.until(drawn(100, 30), "the frame at 100×30")
    terminal.resize(20, 4)  # nobody can work in it; it must not fall over
    terminal.resize(80, 24)
    terminal.until(drawn(80, 24), "the frame at 80×24")


@pytest.mark.parametrize("key", ["ctrl+q", "q"])
def test_a_key_ends_it(opens: Opens, key: str) -> None:
    terminal = opens()
    terminal.press(key)
    assert terminal.ended() == 0
    left_as_found(terminal)


@pytest.mark.parametrize("room", ["queue", "compose"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_being_asked_to_end_leaves_the_terminal_as_it_was(opens: Opens, room: str, name: str) -> None:
    terminal = opens()
    if room == "compose":
        terminal.press("ctrl+pagedown")
        terminal.until("[Soạn]")
    terminal.process.send_signal(getattr(signal, name))
    assert terminal.ended() == 0
    left_as_found(terminal)


def test_a_line_that_is_cut_ends_the_window(opens: Opens) -> None:
    terminal = opens()
    terminal.hang_up()
    assert terminal.process.wait(120) == -signal.SIGHUP


@pytest.mark.skipif(not shutil.which("reset"), reason="ncurses has no `reset` here")
def test_after_kill_9_reset_gives_the_terminal_back(opens: Opens, office: Office) -> None:
    with Terminal(["/bin/bash", "--norc", "--noediting", "-i"], {"PS1": "may$ "}) as terminal:
        terminal.until("may$")
        command = " ".join(loa(office.folder, "window"))
        terminal.write(f"{command} & echo $! >{office.folder}/pid; fg\n")
        terminal.until("KHÔNG CHẠY")
        import os

        os.kill(int((office.folder / "pid").read_text()), signal.SIGKILL)
        terminal.until("Killed")
        assert set(OURS) <= terminal.modes, "nobody could tidy up; docs/guide/cua-so.md says what to type"
        terminal.write("\x03")  # whatever mouse movements have typed meanwhile
        terminal.write("\nreset\n")
        terminal.until_modes(on=[CURSOR], off=OURS)
        terminal.write("echo cu như$((1))cu\n")
        terminal.until("cu như1cu")
        flags = terminal.settings[3]
        assert isinstance(flags, int)
        assert flags & termios.ICANON, "the shell reads lines again"
        assert flags & termios.ECHO, "what is typed is seen again"


# ---- typing


def search(terminal: Terminal) -> None:
    terminal.press("f3")


def stands(words: str) -> Callable[[str], bool]:
    """In the search box, and nothing behind it."""
    return lambda text: re.search(rf"Tìm: +{re.escape(words)}$", text, re.MULTILINE) is not None


def test_a_paste_keeps_one_line_and_no_control_character(opens: Opens) -> None:
    terminal = opens(140, 40)
    search(terminal)
    terminal.paste("Điều 1\r\nPhạm\x07 vi\x00 điều\x08\x7f chỉnh")
    terminal.press("x")
    terminal.until(stands("Điều 1 Phạm vi điều chỉnhx"))


def test_letters_cut_at_every_byte_arrive_whole(opens: Opens) -> None:
    terminal = opens(140, 40)
    search(terminal)
    words = "đất ở 👍"
    data = words.encode()
    for cut in range(1, len(data)):
        terminal.write_apart(data[:cut], data[cut:])
        terminal.until(stands(words), f"{words!r} cut after byte {cut}")
        terminal.press("ctrl+u")
        terminal.until("không cần gõ dấu")
    terminal.write_apart(*(bytes([byte]) for byte in data))
    terminal.until(stands(words))


PHRASE = "cưỡng chế, tiếng Việt đổi mới"


def test_every_input_method_types_into_the_search_box(opens: Opens) -> None:
    terminal = opens(140, 40)
    search(terminal)
    for style in STYLES:
        terminal.write(*style.writes(PHRASE))
        terminal.until(stands(PHRASE), f"{PHRASE!r} typed with {style.id}")
        terminal.press("ctrl+u")
        terminal.until("không cần gõ dấu")


# ---- terminals


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "xterm-256color"},
        {"TERM": "screen-256color"},
        {"TERM": "linux"},
        {"TERM": "xterm", "LANG": "C"},
        {"TERM": "xterm", "LC_ALL": "POSIX"},
        {"TERM": "dumb"},
    ],
    ids=lambda told: ",".join(f"{name}={value}" for name, value in told.items()),
)
def test_every_kind_of_terminal_shows_vietnamese(opens: Opens, environment: dict[str, str]) -> None:
    terminal = opens(**environment)
    terminal.until(drawn(80, 24))
    search(terminal)
    terminal.write("đường bộ")
    terminal.until(stands("đường bộ"))
    terminal.press("escape", "ctrl+q")
    assert terminal.ended() == 0
    left_as_found(terminal)


def test_the_linux_console_has_other_function_keys(opens: Opens) -> None:
    terminal = opens(TERM="linux")
    terminal.write("\x1b[[A")
    terminal.until("Lệnh tương ứng: loa queue list")


def test_no_color_means_no_colour(opens: Opens) -> None:
    plain = opens(NO_COLOR="1")
    plain.until(drawn(80, 24))
    assert plain.colours == {"default"}
    coloured = opens(TERM="xterm-256color")
    coloured.until(drawn(80, 24))
    assert len(coloured.colours) > 2, "this test cannot see colours"


def test_the_streams_are_composed_letters() -> None:
    """What `stands` compares with is NFC, as the boxes keep it."""
    assert unicodedata.is_normalized("NFC", PHRASE)
    assert all(isinstance(style, Style) for style in STYLES)
