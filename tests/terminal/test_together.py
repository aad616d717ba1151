"""Two windows and the command line on one database: all see each change, nothing written is lost."""

from __future__ import annotations

import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loa.services import approving, deliveries, drafts
from tests.support.office import PASSPHRASE, PEOPLE, Office
from tests.terminal.conftest import Opens, loa
from tests.terminal.emulator import PATIENCE_S, ROOT, Terminal

pytestmark = pytest.mark.slow

TITLES = {"doi-gio": "Bài đổi giờ", "bo-di": "Bài bỏ đi", "cho-duyet": "Bài chờ duyệt"}


def day(number: int) -> str:
    return (datetime.now(UTC) + timedelta(days=number)).isoformat(timespec="minutes")


@pytest.fixture
def busy(office: Office) -> Office:
    """Three posts of next week: two approved, one handed in."""
    for name in ("doi-gio", "bo-di"):
        office.approved(f"{name}.md", title=TITLES[name], due=day(7), channels="[fanpage]")
    office.import_post("cho-duyet.md", title=TITLES["cho-duyet"], due=day(8), channels="[fanpage]")
    approving.submit(office.workspace, office.people["soan"], "cho-duyet")
    return office


def command(folder: Path, officer: str, *args: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    return subprocess.Popen(
        loa(folder, "--as", officer, *args),
        env={**kept, "PYTHONPATH": str(ROOT), "LOA_PASSPHRASE": PASSPHRASE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def row_of(text: str, title: str) -> str:
    return next((row for row in text.split("\n") if title in row), "")


def test_each_change_of_the_command_line_appears_in_both_windows(busy: Office, opens: Opens) -> None:
    windows = [opens(140, 40), opens(140, 40)]
    for window in windows:
        for title in TITLES.values():
            window.until(title)
        window.press("f9")
    for window in windows:  # both are awake and stand in their list again
        window.until("Sang màn hình nào?")
        window.press("escape")
        window.until("[Hàng đợi]")
    moved_to = datetime.now(UTC) + timedelta(days=9)
    local = moved_to.astimezone(busy.workspace.config.zone)
    at_once = [
        command(
            busy.folder, "duyet", "queue", "move", "doi-gio@fanpage", moved_to.isoformat(), "--reason", "mưa"
        ),
        command(busy.folder, "duyet", "queue", "cancel", "bo-di@fanpage", "--reason", "trùng bài"),
        command(busy.folder, "duyet", "post", "approve", "cho-duyet", "--yes"),
        command(busy.folder, "ky", "freeze", "start", "--channel", "website", "--reason", "sửa trang"),
    ]
    for one in at_once:
        said, _ = one.communicate(timeout=PATIENCE_S)
        assert one.returncode == 0, said
    for number, window in enumerate(windows):
        where = f"in window {number}"
        window.until(lambda t: f"{local:%d/%m}" in row_of(t, TITLES["doi-gio"]), f"the new day {where}")
        window.until(lambda t: "đã hủy" in row_of(t, TITLES["bo-di"]), f"what was cancelled {where}")
        window.until(lambda t: "đã duyệt" in row_of(t, TITLES["cho-duyet"]), f"the approval {where}")
        window.until("sửa trang")


# ---- one post in two windows


def signs_in(window: Terminal, officer: str) -> None:
    window.until("Cụm mật khẩu")
    window.until(officer)
    names = sorted(PEOPLE)
    window.press(*["down"] * names.index(officer))
    window.write(PASSPHRASE)
    window.press("enter")
    window.until(lambda text: "Cụm mật khẩu" not in text, f"{officer} signed in")


def writes_on(window: Terminal, words: str) -> None:
    """Opens the only post there is in Soạn and writes on at the end of its title."""
    window.press("ctrl+pagedown")
    window.until("[Soạn]")
    window.until("Bài chung")
    window.press("enter")
    if "ở cửa sổ khác" in window.until(lambda t: "Cụm mật khẩu" in t or "ở cửa sổ khác" in t, "an answer"):
        raise AssertionError("nobody has saved a draft of it yet")
    signs_in(window, "soan")
    window.until("Hạn chót")
    window.press("end")
    window.write(words)
    window.until(f"Bài chung{words}")


def test_the_second_who_saves_is_told_what_changed_and_loses_nothing(office: Office, opens: Opens) -> None:
    office.import_post("chung.md", title="Bài chung", due=day(5), channels="[fanpage]")
    first, second = opens(), opens(140, 40)
    writes_on(first, " của cửa sổ một")
    second.press("ctrl+pagedown")
    second.until("[Soạn]")
    second.until("đang mở nơi khác")
    second.press("down", "enter")
    second.until("Bài này đang có bản soạn dở")
    second.press("down", "enter")  # begin again from the saved post
    signs_in(second, "soan")
    second.until("Hạn chót")
    second.press("end")
    second.write(" của cửa sổ hai")
    second.until("Bài chung của cửa sổ hai")

    first.press("f2")
    first.until("Đã lưu")
    second.press("f2")
    told = second.until("của cửa sổ một", "what the first has changed")
    assert "Bài chung của cửa sổ một" in told
    mine = [one for one in drafts.listing(office.workspace) if one.title == "Bài chung của cửa sổ hai"]
    assert len(mine) == 1, "the second's words are still a draft"
    [saved] = {view.title for view in deliveries.listing(office.workspace)}
    assert saved == "Bài chung của cửa sổ một"


# ---- killed in the middle of a sentence


def test_after_kill_9_in_the_middle_of_a_sentence_the_draft_is_offered_and_whole(
    office: Office, opens: Opens
) -> None:
    window = opens()
    window.press("ctrl+pagedown")
    window.until("[Soạn]")
    window.press("f6")
    signs_in(window, "soan")
    window.until("một câu nói rõ chuyện gì")
    window.write("Lịch tiếp công dân")
    window.press("tab", "tab", "tab", "tab", "tab", "tab")
    sentence = "Mời bà con đến phòng tiếp công dân vào sáng thứ Năm, mang theo giấy t"
    window.write(sentence)
    window.until("giấy t")
    window.until(lambda text: "đã giữ lúc" in text, "it was kept")
    file = drafts.folder(office.workspace, drafts.listing(office.workspace)[0]) / drafts.POST
    window.until(lambda _: sentence in file.read_text("utf-8"), "the whole sentence on the disk")
    os.kill(window.process.pid, signal.SIGKILL)
    assert window.ended() == -signal.SIGKILL

    again = opens()
    again.press("ctrl+pagedown")
    again.until("Enter: mở lại")
    again.until("Lịch tiếp công dân")
    again.press("enter")
    again.until("giấy t")
    again.write("ờ.")  # the cursor stands in the title: it can be written on at once
    again.until("Lịch tiếp công dânờ.")
