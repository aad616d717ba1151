"""What an officer of a commune reads in the window and out of files: nothing of another unit's."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
import textual.app
import textual.pilot

from loa.services import stopping
from tests.support.office import Office
from tests.tui import rest
from tests.tui.window import enter, opened, text
from tests.units.conftest import Province
from tests.units.test_keeping_units import loa
from tui.rooms import ROOMS

DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:05+07:00")
SECRET = ("bi-mat", "Chuyện riêng", "chuyen rieng", "00002", "Xã Hai")


@pytest.fixture
def neighbours(province: Province) -> Province:
    """The other commune has a post that is out, one that waits, one that is stopped."""
    b = province.b
    province.pin(province.a, b)
    b.approved("bi-mat.md", title="Chuyện riêng của xã Hai", due=DUE)
    province.office.publish_until(AFTER)
    b.submitted("bi-mat-hai.md", title="Chuyện riêng nữa", due="2026-11-10T07:00+07:00")
    stopping.start(b.workspace, b.people["ky"], "post", "bi-mat-hai", "bi-mat: chờ")
    return province


def test_no_room_of_the_window_shows_a_commune_anything_of_another(
    neighbours: Province, monkeypatch: pytest.MonkeyPatch
):
    for driven in (textual.app, textual.pilot):
        monkeypatch.setattr(driven, "wait_for_idle", rest.glance)
    neighbours.a.submitted("cua-minh.md", title="Bài của xã Một", due="2026-11-11T07:00+07:00")
    office = Office(neighbours.a.workspace, None, neighbours.clock, neighbours.a.people)  # type: ignore[arg-type]
    told: dict[str, str] = {}

    async def look() -> None:
        async with opened(office, 140, 40, room="queue", who="duyet") as pilot:
            for room in ROOMS:
                await enter(pilot, room)
                told[room] = text(pilot.app)

    asyncio.run(look())
    assert "cua-minh" in told["queue"] or "Bài của xã Một" in told["queue"], told["queue"]
    for room, shown in told.items():
        assert not [one for one in SECRET if one in shown], f"{room}\n{shown}"


WORDS = (
    *("status --json", "queue list --json", "queue overdue", "post list --json", "audit list --json"),
    *("calendar --json", "calendar", "freeze list --json", "blackout list", "inbox list --json", "metrics"),
    *("reach list", "activity list --json", "report data --json", "report csv", "rollup list --json"),
    *("user list --json", "trust list --json", "channel list --json", "campaign list", "repeat list"),
    *("law check", "plan export", "alert list --json", "offer list --json", "unit sum --json", "db show"),
    *("post list --search riêng", "queue list --search mat", "post show bi-mat", "audit post bi-mat"),
    *("machine list --json", "slots", "counter show", "backup key"),
)


def test_no_command_of_a_communes_pc_tells_anything_of_another(neighbours: Province):
    where = neighbours.a.workspace.folder
    asked = dict.fromkeys(WORDS, False)
    for words in WORDS:
        given = words.split()
        code, told, said = loa(neighbours, *given, user="ky00001", folder=where)
        asked[words] = code == 0
        leaked = [one for one in (*SECRET[:3], "web00002", "duyet00002") if one in told + said]
        named = {one for one in given if one in ("bi-mat",)}
        assert not set(leaked) - named, f"{words}: {leaked}\n{told}{said}"
    assert sum(asked.values()) > len(WORDS) // 2, asked
    for file in where.rglob("*"):
        if file.is_file():
            content = file.read_bytes().decode("utf-8", "replace")
            assert "Chuyện riêng" not in content, file
            assert "web00002" not in content, file
