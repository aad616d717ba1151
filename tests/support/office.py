"""A practice office: a workspace with three officers, a website, a Facebook Page on the practice platform."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from connectors.practice import PracticeServer
from content.approval import Role
from loa.services import approving, channels, deliveries, law, people
from loa.services.connecting import Connectors
from loa.services.importing import import_files
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler.claim import Claim
from scheduler.lane import Lanes
from scheduler.publisher import LOOK_AT_HELD_EVERY
from scheduler.queue import Queue
from scheduler.restores import Restores
from scheduler.zones import Serves
from tests.support.clock import TestClock

PAGE = "1001"
PASSPHRASE = "mot cum mat khau"
PEOPLE = {
    "ky": ("Kỹ Thuật", [Role.OPERATOR]),
    "soan": ("Nguyễn Thị Soạn", [Role.DRAFTER]),
    "duyet": ("Trần Văn Duyệt", [Role.APPROVER]),
}


def write_post(
    folder: Path, name: str = "hoi-dap.md", *, text: str = "Hiểu luật để bảo vệ mình.", **keys: str
) -> Path:
    """A post file; `keys` are front-matter lines, an empty value leaves the line out."""
    lines = {
        "title": "Vì sao là ngày 9 tháng 11?",
        "kind": "hoi_dap",
        "channels": "[website, fanpage]",
        "due": "2026-11-09T07:00+07:00",
        **keys,
    }
    front = "\n".join(f"{key}: {value}" for key, value in lines.items() if value)
    path = folder / name
    path.write_text(f"---\n{front}\n---\n\n{text}\n", "utf-8")
    return path


@dataclass
class Office:
    """Everything a test of the main job needs, time and chance included."""

    workspace: Workspace
    server: PracticeServer
    clock: TestClock
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    def import_post(self, name: str = "hoi-dap.md", **keys: str) -> str:
        """Write a post file and import it as the drafter; returns the post's id."""
        path = write_post(self.folder / "posts", name, **keys)
        return import_files(self.workspace, self.people["soan"], [path])[0].post

    def approved(self, name: str = "hoi-dap.md", **keys: str) -> str:
        """A post that is submitted and approved."""
        post = self.import_post(name, **keys)
        approving.submit(self.workspace, self.people["soan"], post)
        approving.approve(self.workspace, self.people["duyet"], post)
        return post

    def statuses(self) -> dict[str, str]:
        return {view.id: view.status for view in deliveries.listing(self.workspace)}

    def view(self, delivery: str) -> deliveries.DeliveryView:
        return deliveries.dossier(self.workspace, delivery).delivery

    def steps(self, delivery: str) -> list[tuple[str, str]]:
        """The ledger of a delivery: (step, outcome)."""
        return [(a.step, a.outcome) for a in deliveries.dossier(self.workspace, delivery).attempts]

    @contextmanager
    def publisher(self, worker: str = "w1", serves: Serves | None = None) -> Iterator[Worker]:
        """A publisher without threads or wall clock: it does what is due when told."""
        connectors = Connectors(self.workspace, serves=serves)
        about = (self.workspace.config.approval, self.workspace.trust, worker, law.watch(self.workspace))
        queue = Queue(self.workspace.database, *about, serves)
        with self.workspace.database.read() as connection:
            restores = Restores.of(connection)
        media = self.workspace.media
        lanes = Lanes(queue, connectors.connect, media, self.clock, random.Random(1), restores)
        try:
            yield Worker(self, queue, lanes)
        finally:
            connectors.close()

    def publish_until(self, until: datetime, serves: Serves | None = None) -> None:
        """Let the publisher work through all that comes due up to an instant."""
        with self.publisher(serves=serves) as worker:
            worker.work_until(until)


@dataclass
class Worker:
    """Drives claims by hand."""

    office: Office
    queue: Queue
    lanes: Lanes

    def work(self) -> int:
        """Do everything that is due at this instant."""
        steps = 0
        self.queue.look_at_held(self.office.clock.now())
        while claims := self.queue.claim(self.office.clock.now(), 64):
            steps += sum(self.lanes.run(claim) for claim in claims)
        return steps

    def work_until(self, until: datetime) -> None:
        """Jump from one wake-up to the next, as the engine's clock would."""
        clock = self.office.clock
        while True:
            self.work()
            with self.office.workspace.database.read() as connection:
                upcoming = self.queue.next_wake(connection, clock.now())
                if upcoming and self.queue.any_held(connection):
                    upcoming = min(upcoming, clock.now() + LOOK_AT_HELD_EVERY)
            if upcoming is None or upcoming > until:
                break
            clock.instant = upcoming
        clock.instant = until

    def claim_one(self) -> Claim:
        return self.queue.claim(self.office.clock.now(), 1)[0]


@contextmanager
def open_office(folder: Path, server: PracticeServer, clock: TestClock) -> Iterator[Office]:
    """A workspace in `folder` with officers and the two channels, talking to `server`."""
    workspace = Workspace.create(folder, clock)
    numbers = itertools.count(1)
    workspace.new_marker = lambda: f"{next(numbers):020x}"
    office = Office(workspace, server, clock)
    for name, (full_name, roles) in PEOPLE.items():
        office.people[name] = people.add(
            workspace, office.people.get("ky"), name, full_name=full_name, roles=roles, passphrase=PASSPHRASE
        )
    token = server.add_page(PAGE, "Xã Thử Nghiệm").token
    channels.add(workspace, office.people["ky"], "website", platform="website", settings={}, secrets={})
    channels.add(
        workspace,
        office.people["ky"],
        "fanpage",
        platform="facebook",
        account=PAGE,
        settings={"base_url": server.url},
        secrets={"page_token": token},
    )
    try:
        yield office
    finally:
        workspace.close()


DAY = timedelta(days=1)
