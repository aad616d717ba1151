"""An office with one delivery of nearly every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import textual.app
import textual.pilot

from loa.services import approving, people
from loa.services.people import Person
from loa.services.workspace import Workspace
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, PEOPLE, Office
from tests.tui import rest


@pytest.fixture(autouse=True)
def _no_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pilot asks the application whether it rests, instead of sleeping."""
    for driven in (textual.app, textual.pilot):
        monkeypatch.setattr(driven, "wait_for_idle", rest.glance)


@pytest.fixture
def busy(office: Office) -> Office:
    """Monday 09/11/2026 06:42: one published, two late, one in review, one not submitted, one sent back."""
    office.approved(
        "bai-da-dang.md", title="Ngày Pháp luật là gì?", due="2026-11-09T06:10+07:00", channels="[fanpage]"
    )
    office.publish_until(office.clock.now() + timedelta(minutes=20))
    office.approved("tro-giup-phap-ly.md", title="Trợ giúp pháp lý miễn phí", due="2026-11-09T06:30+07:00")
    waiting = office.import_post("dat-dai.md", title="Hỏi đáp đất đai", due="2026-11-09T15:00+07:00")
    approving.submit(office.workspace, office.people["soan"], waiting)
    office.import_post("loi-cam-on.md", due="2026-11-10T08:00+07:00", channels="[website]")
    back = office.import_post("khai-sinh.md", due="2027-01-05T08:00+07:00", channels="[fanpage]")
    approving.submit(office.workspace, office.people["soan"], back)
    approving.reject(office.workspace, office.people["duyet"], back, "thiếu căn cứ pháp lý")
    office.clock.forward(minutes=22)
    return office


@pytest.fixture
def no_channels(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    """People, and not a single channel."""
    workspace = Workspace.create(tmp_path / "tap-huan", clock)
    officers: dict[str, Person] = {}
    for name, (full_name, roles) in PEOPLE.items():
        officers[name] = people.add(
            workspace, officers.get("ky"), name, full_name=full_name, roles=roles, passphrase=PASSPHRASE
        )
    yield Office(workspace, None, clock, officers)  # type: ignore[arg-type]
    workspace.close()
