"""The plan as an iCalendar file, read back with the library that other programs use as well."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from content.errors import NotFound, RefusedByRule, UsageError
from loa.services import approving, campaigns, channels, deciding, ics
from loa.services.importing import import_files
from tests.loa.conftest import Loa
from tests.support.office import Office, write_post

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def read(path: Path) -> dict[str, Any]:
    """The events by summary."""
    found = Calendar.from_ical(path.read_bytes())
    return {str(event["SUMMARY"]): event for event in found.walk("VEVENT")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lich.ics"


def test_every_delivery_is_an_event_in_the_units_zone(desk: Office, file: Path) -> None:
    desk.import_post(title='"Hỏi, đáp; và \\"giải thích\\" luật"')
    done = ics.export(desk.workspace, file)
    assert done.count == 2
    found = read(file)
    title = 'Hỏi, đáp; và "giải thích" luật'
    names = {view.id: view.name for view in channels.listing(desk.workspace)}
    assert set(found) == {f"[{names[name] or name}] {title}" for name in ("website", "fanpage")}
    event = next(iter(found.values()))
    start = event["DTSTART"].dt
    assert start == datetime(2026, 11, 9, 7, 0, tzinfo=HERE)
    assert event["DTSTART"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert event["DTEND"].dt - start == timedelta(minutes=15)
    assert event["STATUS"] == "TENTATIVE"
    assert "Trạng thái: nháp" in event["DESCRIPTION"]
    assert "URL" not in event


def test_the_zone_is_in_the_file_with_its_real_offset(desk: Office, file: Path) -> None:
    desk.import_post()
    ics.export(desk.workspace, file)
    zone: Any
    [zone] = Calendar.from_ical(file.read_bytes()).walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Ho_Chi_Minh"
    assert {part["TZOFFSETTO"].td for part in zone.walk("STANDARD")} == {timedelta(hours=7)}


def test_the_same_state_gives_the_same_bytes_and_a_change_the_same_uid_with_a_higher_sequence(
    desk: Office, file: Path
) -> None:
    desk.import_post("tin.md", channels="[website]")
    ics.export(desk.workspace, file)
    first = file.read_bytes()
    desk.clock.instant += timedelta(hours=1)
    ics.export(desk.workspace, file)
    assert file.read_bytes() == first, "opened again it changes nothing"
    [before] = read(file).values()
    deciding.move(desk.workspace, desk.people["soan"], "tin@website", "2026-11-12 09:00")
    ics.export(desk.workspace, file)
    [moved] = read(file).values()
    assert moved["UID"] == before["UID"]
    assert moved["SEQUENCE"] > before["SEQUENCE"]
    assert moved["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert moved["DTSTART"].dt == datetime(2026, 11, 12, 9, 0, tzinfo=HERE)
    desk.clock.instant += timedelta(hours=1)
    path = write_post(desk.folder / "posts", "tin.md", channels="[website]", title="Tên mới")
    import_files(desk.workspace, desk.people["soan"], [path], due="2026-11-12 09:00")
    ics.export(desk.workspace, file)
    [renamed] = read(file).values()
    assert renamed["UID"] == before["UID"]
    assert renamed["SEQUENCE"] > moved["SEQUENCE"], "another title is a change as well"
    assert "Tên mới" in renamed["SUMMARY"]


def test_what_became_of_a_delivery_is_its_status(desk: Office, file: Path) -> None:
    desk.approved("dang.md", channels="[website]", title="Đăng")
    desk.import_post("huy.md", channels="[website]", title="Hủy", due="2026-11-10T07:00+07:00")
    desk.import_post("cho.md", channels="[website]", title="Chờ", due="2026-11-11T07:00+07:00")
    approving.submit(desk.workspace, desk.people["soan"], "cho")
    desk.import_post("khong-gio.md", channels="[website]", title="Không giờ", due="")
    deciding.cancel(desk.workspace, desk.people["soan"], "huy@website", "thôi")
    desk.publish_until(datetime(2026, 11, 9, 2, 0, tzinfo=UTC))
    assert ics.export(desk.workspace, file).count == 3
    found = {title.partition("] ")[2]: event for title, event in read(file).items()}
    assert {title: str(event["STATUS"]) for title, event in found.items()} == {
        "Đăng": "CONFIRMED", "Hủy": "CANCELLED", "Chờ": "TENTATIVE",
    }  # fmt: skip
    assert str(found["Đăng"]["URL"]) == desk.view("dang@website").url
    assert "URL" not in found["Chờ"]


def test_a_span_or_a_campaign_alone(desk: Office, file: Path) -> None:
    desk.import_post("thang-truoc.md", channels="[website]", due="2026-11-30T23:59+07:00")
    desk.import_post("thang-sau.md", channels="[website]", due="2026-12-01T00:00+07:00")
    assert ics.export(desk.workspace, file).count == 2
    assert ics.export(desk.workspace, file, last=date(2026, 11, 30)).count == 1
    assert ics.export(desk.workspace, file, first=date(2026, 12, 1)).count == 1
    made = campaigns.plan(desk.workspace, "law_day", date(2027, 11, 9))
    campaigns.create(desk.workspace, desk.people["soan"], made)
    planned = sum(len(one.channels) for one in made.taken)
    assert ics.export(desk.workspace, file, campaign=made.id).count == planned
    with pytest.raises(NotFound):
        ics.export(desk.workspace, file, campaign="khong-co")
    with pytest.raises(UsageError, match="trước ngày đầu"):
        ics.export(desk.workspace, file, first=date(2026, 12, 2), last=date(2026, 12, 1))


def test_a_file_of_somebody_elses_is_left_alone(desk: Office, file: Path) -> None:
    file.write_text("BEGIN:VCALENDAR\nPRODID:-//Khác//\nEND:VCALENDAR\n", "utf-8")
    before = file.read_bytes()
    with pytest.raises(RefusedByRule, match=r"lich\.ics"):
        ics.export(desk.workspace, file)
    assert file.read_bytes() == before
    with pytest.raises(UsageError, match=r"\.ics"):
        ics.export(desk.workspace, file.with_suffix(".txt"))
    with pytest.raises(UsageError, match="thư mục"):
        ics.export(desk.workspace, file.parent / "khong-co" / "lich.ics")
    assert [path.name for path in file.parent.glob("*ics*")] == ["lich.ics"], "nothing half written stays"


def test_a_calendar_without_deliveries_can_be_read_too(desk: Office, file: Path) -> None:
    assert ics.export(desk.workspace, file).count == 0
    assert read(file) == {}


def test_too_many_are_refused(desk: Office, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.import_post()
    monkeypatch.setattr(ics, "MOST", 1)
    with pytest.raises(UsageError, match="--campaign"):
        ics.export(desk.workspace, file)
    assert not file.exists()


def test_lines_are_no_longer_than_the_format_allows(desk: Office, file: Path) -> None:
    """RFC 5545 §3.1: 75 bytes, folded between letters, so that no mark is cut in two."""
    desk.import_post(
        title="Hướng dẫn người dân đăng ký thường trú, tạm trú theo quy định mới nhất của pháp luật"
    )
    ics.export(desk.workspace, file)
    assert max(map(len, file.read_bytes().split(b"\r\n"))) <= 75
    assert "đăng ký thường trú" in next(iter(read(file)))


def test_from_the_command_line(desk: Office, at_desk: Loa, file: Path) -> None:
    desk.import_post()
    told = at_desk("calendar", "export", file, "--from", "01/11/2026", "--to", "30/11/2026")
    assert (told.code, "2 lượt đăng" in told.err) == (0, True)
    assert at_desk("calendar", "export", file, "--json").json == {"file": str(file), "count": 2}
    assert at_desk("calendar", "export", file, "--to", "hôm nào").code == 2
    assert "09/11/2026" in at_desk("calendar", "11/2026").out
    assert at_desk("calendar", "month", "11/2026").out == at_desk("calendar", "11/2026").out
    assert at_desk("calendar").out == at_desk("calendar", "11/2026").out
    assert at_desk("calendar", "--help").code == 0
