"""An office with one delivery of nearly every kind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loa.services import approving
from tests.support.office import Office


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
