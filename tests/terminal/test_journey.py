"""A new officer's first day, key by key, in the real window in tmux: from a blank sheet to a lifted freeze.

With LOA_WRITE_SCREENS=1 the screens are written into docs/guide/man-hinh/, which docs/guide/cua-so.md shows.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from connectors.practice.hall import PracticeHall
from content.approval import Role
from loa.services import people, training
from loa.services.workspace import Workspace
from scheduler.clock import SystemClock
from tests.terminal.conftest import loa
from tests.terminal.emulator import ROOT, Terminal

pytestmark = pytest.mark.slow

SCREENS = ROOT / "docs" / "guide" / "man-hinh"
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

    def row(self, title: str, state: str) -> None:
        def holds(text: str) -> bool:
            return any(title in line and state in line for line in text.split("\n"))

        self.terminal.until(holds, f"{title!r}: {state}")

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
        """The screen as text, without what is only so on this machine, once no message lies over it."""
        self.terminal.until(lambda text: "▌" not in text, "the messages gone")
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
        told = re.sub(r"127\.0\.0\.1:\d+", lambda at: "127.0.0.1:8765".ljust(len(at[0])), told)
        if told != line and "van-phong" in told:
            told = told.strip().rjust(len(line)) if line.startswith("  ") else _squeeze(told, len(line))
        return told


def _squeeze(line: str, width: int) -> str:
    """The same width by fewer or more spaces in the widest gap."""
    gap = max(re.findall(r" {2,}", line), key=len, default="")
    return line.replace(gap, " " * max(1, len(gap) + width - len(line)), 1) if gap else line


@pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux here")
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (140, 40)])
def test_a_new_officers_first_day(office: Office, tmp_path: Path, columns: int, lines: int) -> None:
    picture = tmp_path / "hoi-truong.png"
    Image.new("RGB", (640, 400), (200, 40, 40)).save(picture)
    inside = " ".join([f"PYTHONPATH={ROOT}", *loa(office.folder, "window")])
    command = [
        "tmux",
        "-S",
        str(tmp_path / "tmux"),
        "-f",
        "/dev/null",
        "new-session",
        inside,
        ";",
        "set",
        "status",
        "off",
    ]
    with ExitStack() as there:
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
    officer.sees("1. hoi-truong.png – Bà con")
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
    officer.sees("━━━")
    officer.keeps("duyet-doc")
    officer.press("pagedown", "pagedown", "pagedown")
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
    officer.row("Tuần lễ hòa giải", "đã đăng")  # at its minute, which may be over by now
    officer.press("enter")
    officer.sees("Từng lần thử")
    officer.keeps("hang-doi-da-dang")
    officer.press("escape")


def sees_reach(officer: Officer) -> None:
    officer.goes_to("Số liệu")
    officer.press("f8")
    officer.terminal.until(lambda text: "fanpage" in text and "chưa đọc" not in text, "figures of the Page")
    officer.keeps("so-lieu")


def settles_an_unknown(officer: Officer, office: Office) -> None:
    """The Page takes the post and hangs up, and cannot be read afterwards: only a person knows."""
    training.arm_fault(office.url, "cut_after_accept", platform="facebook", when="publish")
    training.arm_fault(office.url, "500", platform="facebook", when="read", times=1000)
    officer.becomes("Nguyễn Lan")
    officer.goes_to("Soạn")
    writes(officer, "Lịch tiếp công dân tháng này", "+90s")
    officer.press("f8")
    officer.sees("[ Đồng ý ]")
    officer.press("enter")
    officer.sees("Đã lưu và trình duyệt bài")
    officer.becomes("Lê Minh")
    officer.goes_to("Duyệt")
    officer.sees("Lịch tiếp công dân")
    officer.press("f2")
    officer.sees("gõ cụm mật khẩu để ký")
    officer.press("enter")
    officer.sees("gõ lại cụm mật khẩu")
    officer.types(PASSPHRASE, "enter")
    officer.sees("Đã duyệt")
    officer.goes_to("Sau sự cố")
    officer.sees("Chưa rõ đã đăng chưa")
    officer.keeps("su-co")
    officer.press("f4")
    officer.sees("Việc có thể làm")
    officer.keeps("su-co-quyet-dinh")
    officer.press("enter")  # it is there: the address is pasted
    officer.sees("Địa chỉ bài")
    officer.types("https://www.facebook.com/1001/posts/2", "enter")
    officer.terminal.until(lambda text: "Chưa rõ đã đăng chưa" not in text, "the decision taken")
    officer.keeps("su-co-xong")


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
    officer.terminal.until(lambda text: "ĐANG DỪNG" not in text, "the freeze is lifted")
