"""P4: uploads, however many, leave threads free for posts whose minute has come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from loa.services import publishing
from scheduler.claim import Claim
from scheduler.lane import Lanes
from scheduler.policy import Step
from scheduler.publisher import Publisher
from tests.support.office import Office
from tests.support.server_office import add_page, until

THREADS = 4


@dataclass
class SlowLine(Lanes):
    """Lanes over a line on which no upload ends before it is told to."""

    begun: list[str] = field(default_factory=list)
    may_end: threading.Event = field(default_factory=threading.Event)

    def run(self, claim: Claim, stopping: Callable[[], bool] = lambda: False) -> int:
        if claim.state.step is Step.PREPARE:
            self.begun.append(claim.channel)
            self.may_end.wait()
        return super().run(claim, stopping)


def test_a_ready_post_goes_out_at_its_minute_while_more_uploads_wait_than_there_are_threads(
    office: Office,
) -> None:
    due = office.clock.now() + timedelta(hours=2)
    ready = f"{office.approved(channels='[fanpage]', due=due.isoformat())}@fanpage"
    office.publish_until(due - timedelta(seconds=1))
    assert office.view(ready).status == "ready"
    for number in range(2 * THREADS):
        add_page(office, number)
        office.approved(
            f"video-{number}.md", id=f"video-{number}", channels=f"[xa{number}]", due=due.isoformat()
        )
    with publishing.publisher(office.workspace) as made:
        line = SlowLine(made._queue, made._lanes.connect, office.workspace.media, office.clock)
        slow = Publisher(
            office.workspace.database,
            made._transactions,
            made._queue,
            line,
            office.clock,
            worker=made.worker,
            version="test",
            workers=THREADS,
        )
        running = threading.Thread(target=slow.run)
        running.start()
        try:
            until(lambda: len(line.begun) == THREADS - 1, "uploads on all threads but one")
            office.clock.instant = due
            until(lambda: office.view(ready).status == "published", "the ready post to be public")
            assert len(line.begun) == THREADS - 1, "the thread that was kept free is no upload's"
        finally:
            line.may_end.set()
            slow.stop()
            running.join()
    assert len(set(line.begun)) == len(line.begun), "one upload a channel"
