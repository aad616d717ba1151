"""A new officer's first day, key by key, in the real window in tmux: from a blank sheet to a lifted freeze.

With LOA_WRITE_SCREENS=1 the screens are written into docs/guide/man-hinh/ and into docs/guide/cua-so.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from PIL import Image

from connectors.practice.hall import PracticeHall
from content.approval import Role
from loa.services import people, training
from loa.services.workspace import Workspace
from scheduler.clock import SystemClock
from tests.terminal.conftest import loa
from tests.terminal.emulator import PATIENCE_S, ROOT, Terminal

SCREENS = ROOT / "docs" / "guide" / "man-hinh"
GUIDE = SCREENS.with_name("cua-so.md")
PASSPHRASE = "mot cum mat khau"
PEOPLE = (
    ("ha.kythuat", "Phạm Hà", Role.OPERATOR),
    ("lan.soan", "Nguyễn Lan", Role.DRAFTER),
    ("minh.duyet", "Lê Minh", Role.APPROVER),
)
ROOMS = [
    "Lịch",
    "Hàng đợi",
    "Soạn",
    "Duyệt",
    "Chiến dịch",
    "Số liệu",
    "Tài khoản",
    "Nhật ký",
    "Sau sự cố",
    "Tập huấn",
]
SHORT = {"Chiến dịch": "C.dịch", "Tài khoản": "T.khoản", "Nhật ký": "N.ký", "Sau sự cố": "Sự cố"}


@dataclass
class Office:
    folder: Path
    url: str


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """UBND xã Thống Nhất, where people train: three officers, a website and a practice Page."""
    folder = tmp_path / "tap-huan"
    workspace = Workspace.create(folder, SystemClock())
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("UBND xã Thử Nghiệm", "UBND xã Thống Nhất"), "utf-8")
    first = None
    for name, full_name, role in PEOPLE:
        made = people.add(workspace, first, name, full_name=full_name, roles=[role], passphrase=PASSPHRASE)
        first = first or made
    assert first is not None
    with PracticeHall(only=["facebook"], site=training.site_of(folder)) as hall:
        training.add_channels(workspace, first, hall.places(), training.site_url(hall.url))
        workspace.close()
        yield Office(folder, hall.url)


class Officer:
    """Somebody at a terminal who reads before pressing the next key, and keeps pictures of the screen."""

    def __init__(self, terminal: Terminal, office: Office, size: str) -> None:
        self.terminal, self._office, self._size = terminal, office, size
        self._kept = 0
        self._signed_in = 0

    def sees(self, words: str) -> None:
        self.terminal.until(lambda text: words in " ".join(re.sub(r"[│▌]", " ", text).split()), repr(words))

    def gone(self, words: str) -> None:
        self.terminal.until(lambda text: words not in text, f"{words!r} gone")

    def row(self, title: str, state: str, *, patience_s: float = PATIENCE_S) -> None:
        def holds(text: str) -> bool:
            return any(title in line and state in line for line in text.split("\n"))

        self.terminal.until(holds, f"{title!r}: {state}", patience_s=patience_s)

    def press(self, *keys: str) -> None:
        self.terminal.press(*keys)

    def types(self, words: str, *keys: str) -> None:
        self.terminal.write(words)
        self.terminal.press(*keys)

    def goes_to(self, room: str) -> None:
        self.press("f9")
        self.sees("Sang màn hình nào?")
        self.press("home", *["down"] * ROOMS.index(room), "enter")
        self.terminal.until(lambda text: f"[{room}]" in text or f"[{SHORT.get(room, room)}]" in text, room)

    def signs_in(self, name: str) -> None:
        """At the dialog: ↑ ↓ to the line of the officer, passphrase, Enter."""
        self.sees("Cụm mật khẩu")
        self.sees("minh.duyet")
        place = [full_name for _, full_name, _ in PEOPLE].index(name)
        self.press(*["down"] * ((place - self._signed_in) % len(PEOPLE)))  # who was there last is proposed
        self._signed_in = place
        self.types(PASSPHRASE, "enter")
        self.terminal.until(
            lambda text: "Cụm mật khẩu" not in text and f"{name} (" in text, f"{name} signed in"
        )

    def becomes(self, name: str) -> None:
        self.press("ctrl+l")
        self.sees("Chưa đăng nhập")
        self.press("ctrl+l")
        self.signs_in(name)

    def keeps(self, name: str) -> None:
        """The screen as text, without what is only so on this machine.

        Once it is drawn to its end (as it was when it was looked at before) and no message lies over it.
        """
        before = ""

        def is_calm(text: str) -> bool:
            nonlocal before
            same, before = text == before, text
            return same and "▌" not in text

        self.terminal.until(is_calm, "the messages gone")
        self._kept += 1
        if not os.environ.get("LOA_WRITE_SCREENS"):
            return
        text = "\n".join(map(self._tidy, self.terminal.text.split("\n")))
        SCREENS.mkdir(exist_ok=True)
        (SCREENS / f"{self._kept:02}-{name}-{self._size}.txt").write_text(text + "\n", "utf-8")

    def _tidy(self, line: str) -> str:
        told = re.sub(
            r" ( *)(Bộ đăng bài: đang chạy) \(máy .*", r" \1\2 (máy van-phong, tiến trình 4321)", line
        )
        told = told.replace(str(self._office.folder.parent), "~")
        told = re.sub(r"127\.0\.0\.1:\d+", lambda at: f"127.0.0.1:{'8765'.rjust(len(at[0]) - 10, '1')}", told)
        if told != line and "van-phong" in told:
            told = told.strip().rjust(len(line)) if line.startswith("  ") else _squeeze(told, len(line))
        return told


def _squeeze(line: str, width: int) -> str:
    """The same width by fewer or more spaces in the widest gap."""
    gap = max(re.findall(r" {2,}", line), key=len, default="")
    return line.replace(gap, " " * max(1, len(gap) + width - len(line)), 1) if gap else line


def with_screens(page: str) -> str:
    """The guide with each screen it names by `<!-- màn hình: … -->` below the name, and both its files."""

    def shown(found: re.Match[str]) -> str:
        [small], [large] = (
            sorted(SCREENS.glob(f"[0-9][0-9]-{found[1]}-{size}.txt")) for size in ("80x24", "140x40")
        )
        link = f"[140 cột × 40 dòng](man-hinh/{large.name})"
        screen = f"```text\n{small.read_text('utf-8')}```"
        return (
            f"<!-- màn hình: {found[1]} -->\n\n{screen}\n\nCùng màn hình ở {link}.\n<!-- hết màn hình -->\n"
        )

    return re.sub(r"<!-- màn hình: (\S+) -->\n(?:.*?<!-- hết màn hình -->\n)?", shown, page, flags=re.DOTALL)


def test_the_guide_shows_the_screens_as_they_were_kept() -> None:
    page = GUIDE.read_text("utf-8")
    named = re.findall(r"<!-- màn hình: (\S+) -->", page)
    kept = {file.name[3:].rpartition("-")[0] for file in SCREENS.iterdir()}
    assert set(named) == kept, "every screen that was kept is shown, and no other"
    assert page == with_screens(page), (
        "run: LOA_WRITE_SCREENS=1 pytest -m slow tests/terminal/test_journey.py"
    )


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux here")
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (140, 40)])
def test_a_new_officers_first_day(office: Office, tmp_path: Path, columns: int, lines: int) -> None:
    picture = tmp_path / "hoi-truong.png"
    Image.new("RGB", (640, 400), (200, 40, 40)).save(picture)
    inside = " ".join([f"PYTHONPATH={ROOT}", *loa(office.folder, "window")])
    tmux = ["tmux", "-S", str(tmp_path / "tmux")]
    command = [*tmux, "-f", "/dev/null", "new-session", inside, ";", "set", "status", "off"]
    with ExitStack() as there:
        # its server has left the terminal's session: whatever happens here, no window is left behind
        there.callback(subprocess.run, [*tmux, "kill-server"], check=False, capture_output=True)
        terminal = there.enter_context(
            Terminal(command, {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}, columns, lines)
        )
        officer = Officer(terminal, office, f"{columns}x{lines}")
        officer.sees("CHẾ ĐỘ TẬP HUẤN")
        publishes_from_here(officer)
        writes_and_submits(officer, picture)
        approves(officer)
        watches_it_go_out(officer)
        sees_reach(officer)
        settles_an_unknown(officer, office)
        freezes_and_releases(officer)
        officer.press("ctrl+q")
        assert terminal.ended() == 0
    if os.environ.get("LOA_WRITE_SCREENS") and columns == 140:  # the second of the two
        GUIDE.write_text(with_screens(GUIDE.read_text("utf-8")), "utf-8")


def publishes_from_here(officer: Officer) -> None:
    officer.goes_to("Tập huấn")
    officer.sees("F8 để chạy")
    officer.press("f8")
    officer.sees("đang chạy trong cửa sổ này")
    officer.keeps("tap-huan")


def writes(officer: Officer, title: str, due: str) -> None:
    """F6, and the fields with Tab: title, kind, channels, time, deadline, summary, text."""
    officer.press("f6")
    officer.sees("một câu nói rõ chuyện gì")
    officer.types(title, "tab", "tab", "space")
    officer.sees("[x] fanpage")
    officer.press("tab")
    officer.types(due, "tab", "tab")
    officer.types("Ba buổi hòa giải tại nhà văn hóa, ai cũng được dự.", "tab")
    officer.types("Xã tổ chức ba buổi hòa giải ở cơ sở.", "enter", "enter")
    officer.types(f"{title}: mời bà con đến lúc 8 giờ.")
    officer.sees("8 giờ.")
    officer.sees("không có gì phải sửa")  # said after a pause of the fingers


def writes_and_submits(officer: Officer, picture: Path) -> None:
    officer.goes_to("Soạn")
    officer.press("ctrl+l")
    officer.signs_in("Nguyễn Lan")
    officer.keeps("soan-danh-sach")
    writes(officer, "Tuần lễ hòa giải ở cơ sở", "+2m")
    officer.keeps("soan-viet")
    officer.press("ctrl+t")
    officer.sees("Kéo tệp")
    officer.types(str(picture), "enter")
    officer.sees("Mô tả hoi-truong.png")
    officer.types("Bà con ngồi trong hội trường nhà văn hóa", "enter")
    officer.sees("hoi-truong.png là của ai?")
    officer.press("enter")  # the unit's own
    officer.sees("Ai trong hoi-truong.png?")
    officer.press("down", "down", "enter")
    officer.sees("1. hoi-truong.png – Bà con")
    officer.sees("ảnh của đơn vị · sự kiện công khai")
    officer.keeps("soan-anh")
    officer.press("f4")
    officer.sees("Nội dung 1")
    officer.keeps("soan-xem-truoc")
    officer.press("f8")
    officer.sees("Trình duyệt")
    officer.sees("[ Đồng ý ]")
    officer.keeps("soan-trinh")
    officer.press("enter")
    officer.sees("Đã lưu và trình duyệt bài")


def approves(officer: Officer) -> None:
    officer.becomes("Lê Minh")
    officer.goes_to("Duyệt")
    officer.sees("chờ duyệt")
    officer.keeps("duyet-danh-sach")
    officer.press("enter")
    officer.terminal.until(lambda text: "━━━" in text or "┃" in text, "the post is what keys scroll")
    officer.keeps("duyet-doc")
    officer.press("end")
    officer.sees("Dấu niêm")
    officer.press("f2")
    officer.sees("gõ cụm mật khẩu để ký")
    officer.keeps("duyet-ky")
    officer.press("enter")
    officer.sees("gõ lại cụm mật khẩu")
    officer.types(PASSPHRASE, "enter")
    officer.sees("Đã duyệt")


def watches_it_go_out(officer: Officer) -> None:
    officer.goes_to("Hàng đợi")
    officer.row("Tuần lễ hòa giải", "fanpage")  # waiting, or with its picture at the platform already
    officer.keeps("hang-doi")
    officer.row("Tuần lễ hòa giải", "đã đăng", patience_s=PATIENCE_S + 120)  # it is due in two minutes
    officer.press("enter")
    officer.sees("Địa chỉ: http")
    officer.sees("Từng lần thử")
    officer.keeps("hang-doi-da-dang")
    officer.press("escape")
    officer.gone("Từng lần thử")  # Esc and another key at once would be Alt and that key


def sees_reach(officer: Officer) -> None:
    officer.goes_to("Số liệu")
    officer.press("f8")
    officer.sees("0 trên 1 lượt đăng có số liệu")
    officer.row("Tuần lễ", "không có số liệu")  # a young post has none
    officer.keeps("so-lieu-chua-co")
    asked = ""

    def has_come(text: str) -> bool:
        """Asks again every ten seconds of the clock on the screen."""
        nonlocal asked
        clock = text.partition(" (Asia")[0][-8:-1]
        if clock != asked:
            asked = clock
            officer.press("f8")
        return "1 trên 1 lượt đăng có số liệu" in text

    officer.terminal.until(has_come, "figures of the Page", patience_s=PATIENCE_S + 60)
    officer.press("enter")
    officer.sees("nguồn")
    officer.keeps("so-lieu")
    officer.press("escape")
    officer.gone("nguồn")


def settles_an_unknown(officer: Officer, office: Office) -> None:
    """The Page takes the post and hangs up, and cannot be read afterwards: only a person knows."""
    training.arm_fault(office.url, "cut_after_accept", platform="facebook", when="publish")
    # the one look at the hidden post, before it is shown, comes off; the next one there will be has this id
    name = f"1001_{max(on_the_page(office)) + 1}"
    unreadable = {"kind": "500", "method": "GET", "object": name, "skip": 1, "times": 1000}
    requests.post(f"{page_of(office)}/practice/faults", json=unreadable, timeout=30).raise_for_status()
    officer.becomes("Nguyễn Lan")
    officer.goes_to("Soạn")
    writes(officer, "Lịch tiếp công dân tháng này", "+2m")
    officer.press("f8")
    officer.sees("[ Đồng ý ]")
    officer.press("enter")
    officer.sees("Đã lưu và trình duyệt bài")
    officer.becomes("Lê Minh")
    officer.goes_to("Duyệt")
    officer.sees("Người soạn: lan.soan")  # the post has been read, not only its line in the list
    officer.press("f2")
    officer.sees("gõ cụm mật khẩu để ký")
    officer.press("enter")
    officer.sees("gõ lại cụm mật khẩu")
    officer.types(PASSPHRASE, "enter")
    officer.sees("Đã duyệt")
    officer.goes_to("Hàng đợi")
    officer.row("Lịch tiếp công dân", "chưa rõ", patience_s=PATIENCE_S + 120)  # it is due in two minutes
    officer.press("end", "enter")
    officer.sees("Đừng đăng tay")
    officer.keeps("chua-ro")
    officer.press("f4")
    officer.sees("Việc có thể làm")
    officer.keeps("chua-ro-lam-gi")
    officer.press("enter")  # it is there: the address is pasted
    officer.sees("Địa chỉ")
    officer.types(f"{page_of(office)}/pages/1001/posts/{max(on_the_page(office))}", "enter")
    officer.sees("@fanpage · đã đăng")
    officer.keeps("chua-ro-xong")
    officer.press("escape")
    officer.gone("Từng lần thử")


def on_the_page(office: Office) -> list[int]:
    """The numbers of the posts that anybody sees on the practice Page."""
    found = requests.get(f"{page_of(office)}/pages/1001", timeout=30).text
    return [int(number) for number in re.findall(r"/posts/([0-9]+)", found)]


def page_of(office: Office) -> str:
    """Where the practice Facebook is."""
    return next(one.url for one in training.open_places(office.url) if one.platform == "facebook")


def freezes_and_releases(officer: Officer) -> None:
    officer.press("f7")
    officer.sees("Dừng tất cả")
    officer.press("enter")
    officer.sees("Lý do")
    officer.types("kiểm tra lại nội dung", "enter")
    officer.sees("ĐÃ DỪNG (lệnh số 1)")
    officer.press("enter")
    officer.sees("ĐANG DỪNG tất cả")
    officer.keeps("dung-khan-cap")
    officer.press("f7")
    officer.sees("Gỡ lệnh dừng số 1")
    officer.press("enter")
    officer.sees("Lý do")
    officer.types("đã kiểm tra xong", "enter")
    officer.sees("[ Đóng ]")
    officer.press("enter")
    officer.gone("ĐANG DỪNG")
