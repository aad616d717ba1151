"""Times as officers write them, on Monday 09/11/2026 at 06:42."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from content.moment import MomentError
from content.post import MediaItem, Override
from tui.rooms import compose_manuscript
from tui.rooms.compose_manuscript import Manuscript
from tui.rooms.compose_moment import as_written, understood

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 9, 6, 42, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9/11 7h30", "09/11/2026 07:30"),
        ("7h30 ngày 9/11", "09/11/2026 07:30"),
        ("mai 8h", "10/11/2026 08:00"),
        ("8 giờ 15 ngày kia", "11/11/2026 08:15"),
        ("hôm nay 3h chiều", "09/11/2026 15:00"),
        ("thứ hai 8h", "09/11/2026 08:00"),
        ("T2 6h", "16/11/2026 06:00"),
        ("thứ tư 9:00", "11/11/2026 09:00"),
        ("Thứ Hai tuần sau lúc 8h", "16/11/2026 08:00"),
        ("CN 19h30", "15/11/2026 19:30"),
        ("1/3 8h", "01/03/2027 08:00"),
        ("2026-11-20 07:00", "20/11/2026 07:00"),
        ("+2h", "09/11/2026 08:42"),
    ],
)
def test_it_is_understood_as_it_is_meant(written: str, meant: str) -> None:
    assert as_written(understood(written, ZONE, NOW), ZONE) == meant


@pytest.mark.parametrize("written", ["mai", "7h30", "31/2 8h", "25h mai", "thứ chín 8h", "9/11 7h30 gì đó"])
def test_what_is_no_time_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(MomentError) as told:
        understood(written, ZONE, NOW)
    assert told.value.finding.remedy


@pytest.mark.parametrize("due", ["", "9/11 7h30", "mai 8", "thứ: hai #x", '"'])
def test_a_manuscript_comes_back_from_its_file_as_it_was(due: str) -> None:
    written = Manuscript(
        title="Thông báo: lịch “tiếp dân” #1",
        channels=("website", "fanpage"),
        due=due,
        deadline="nửa chữ",
        summary="- không phải danh sách",
        body="---\nĐoạn một.\n\n  Thụt vào.",
        media=(MediaItem("anh.png", "Hội trường: 'xã'"),),
        link="https://xa.gov.vn/?a=1&b=2",
        citations="Điều 8 Luật 14/2012/QH13\nLuật B",
        tags="đất đai, [x]",
        overrides={"fanpage": Override(title="", text="Ngắn.\n\nHết.")},
    )
    source = written.source(ZONE, NOW)
    back = compose_manuscript.read(source, "", ZONE)
    assert back is not None
    assert back.source(ZONE, NOW) == source
    assert (back.title, back.body, back.tags, back.deadline) == (
        written.title,
        written.body,
        written.tags,
        "nửa chữ",
    )
    assert (back.media, dict(back.overrides)) == (written.media, written.overrides)
