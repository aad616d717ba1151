"""What the model test found, each as the story that it told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from loa.services import channels
from scheduler.claim import LeaseLost
from scheduler.policy import LEASE
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
FANPAGE = "hoi-dap@fanpage"


def test_what_was_prepared_while_its_channel_was_stopped_is_not_revealed_under_a_later_approval(
    office: Office,
) -> None:
    """A long upload goes on while the stop sets its delivery aside, so that its words can be changed."""
    office.approved(channels="[fanpage]", title="Bản cũ")
    office.clock.instant = DUE - timedelta(minutes=5)
    with office.publisher("uploading") as uploading, office.publisher("next") as following:
        claim = uploading.claim_one()
        prepared = uploading.lanes._perform(claim, lambda: False)
        office.clock.forward(seconds=LEASE.total_seconds() - 10)
        uploading.queue.still_at_work([claim.channel], office.clock.now())
        office.clock.forward(seconds=20)
        database = office.workspace.database
        database.run(lambda c: c.exec_driver_sql("UPDATE channel SET state = 'stopped' WHERE id = 'fanpage'"))
        assert following.queue.claim(office.clock.now(), 1) == []
        assert office.view(FANPAGE).status == "held"
        office.approved(channels="[fanpage]", title="Bản mới")
        assert channels.check(office.workspace, office.people["ky"], "fanpage").ok
        with pytest.raises(LeaseLost):
            uploading.queue.keep(claim, {"post_id": "cũ"}, office.clock.now())
        uploading.queue.finish(claim, prepared, office.clock.now(), go_on=False)
        following.work_until(DUE + timedelta(minutes=30))
    [page] = office.server.world.pages.values()
    assert ["Bản mới" in post.message for post in page.posts if post.published] == [True]
