"""The main job from end to end in a fresh practice workspace: `make demo`.

Everything is the real thing but the platforms: real files, approvals, publisher, website and HTTP.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.practice.hall import PracticeHall
from connectors.practice.places import PAGES
from content.approval import Role
from content.errors import UsageError
from content.frontmatter import read_post
from content.kits import Kit, KitItem, load_kit
from content.kits.filling import slots
from content.wording import say
from loa.services import approving, channels, deliveries, people, publishing, reach, training
from loa.services.deliveries import DeliveryView
from loa.services.importing import import_files
from loa.services.keepsake import keep_pages
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler.status import Status

KIT = "law_day"
FIRST_DUE_S = 8
APART_S = 1
PATIENCE_S = 45
FAST_FORWARD = timedelta(hours=6)
PASSPHRASE = "chi de tap huan"  # noqa: S105  opens nothing but the demo's own workspace
SHOWN_METRICS = ("reach", "views")
"""The table's one figure: whom a post reached, else how often it was seen."""
_OURS = ".made-by-loa-demo"


@dataclass(frozen=True)
class DemoRow:
    """One delivery of the demo's table. `metric` says what `figure` counts; None: not available."""

    delivery: str
    status: str
    late: str
    metric: str
    figure: int | None
    url: str


@dataclass(frozen=True)
class DemoResult:
    """What the demo left behind. The practice platforms run until `close`."""

    rows: list[DemoRow]
    all_public: bool
    index: Path
    copies: Path
    hall: PracticeHall
    close: Callable[[], None]


def run_demo(folder: Path, *, say_step: Callable[[str], None]) -> DemoResult:
    """Build, publish, read back, measure. Returns when all is public or patience has run out."""
    if folder.exists() and not (folder / _OURS).exists():
        raise UsageError("cli.demo.not_ours", folder=folder)
    shutil.rmtree(folder, ignore_errors=True)
    say_step(say("cli.demo.step_workspace", folder=folder))
    workspace = Workspace.create(folder)
    (folder / _OURS).touch()
    forward = timedelta()
    site = training.site_of(folder)
    hall = PracticeHall(site=site, clock=lambda: datetime.now(UTC) + forward).start()
    say_step(say("cli.demo.step_practice", url=hall.url))
    author, approver = _people(workspace, hall)
    say_step(say("cli.demo.step_people", names="chị Soạn, anh Duyệt, anh Kỹ Thuật"))
    _queue_up(workspace, ready(workspace, load_kit(KIT)), author, approver, say_step)
    say_step(say("cli.demo.step_run"))
    _publish(workspace, say_step)
    say_step(say("cli.demo.step_reach"))
    forward = FAST_FORWARD
    reach.pull(workspace, lambda *_: None)
    views = deliveries.listing(workspace)
    copies = keep_pages(hall.url + PAGES, [place.url for place in hall.places()], folder / "practice")

    def close() -> None:
        hall.stop()
        workspace.close()

    return DemoResult(
        rows=_rows(workspace, views),
        all_public=bool(views) and all(v.status == Status.PUBLISHED and v.verified_at for v in views),
        index=(site / "index.html").absolute(),
        copies=copies.absolute(),
        hall=hall,
        close=close,
    )


def _people(workspace: Workspace, hall: PracticeHall) -> tuple[Person, Person]:
    """Three officers, the website, and every practice platform as a channel."""

    def add(name: str, full_name: str, role: Role, actor: Person | None) -> Person:
        return people.add(workspace, actor, name, full_name=full_name, roles=[role], passphrase=PASSPHRASE)

    operator = add("kythuat", "Anh Kỹ Thuật", Role.OPERATOR, None)
    author = add("soan", "Chị Soạn", Role.DRAFTER, operator)
    approver = add("duyet", "Anh Duyệt", Role.APPROVER, operator)
    site = training.site_url(hall.url)
    channels.add(
        workspace,
        operator,
        "website",
        platform="website",
        name="Trang PBGDPL",
        settings={
            "base_url": site,
            "address": "Thôn Tập Huấn",
            "phone": "0000 000 000",
            "email": "tuphap@example.test",
            "manager": "Anh Duyệt",
        },
        secrets={},
    )
    training.add_channels(workspace, operator, hall.places(), site)
    return author, approver


def ready(workspace: Workspace, kit: Kit) -> list[KitItem]:
    """The items that need no officer's figures, and whose channels there are: the demo has no loudspeaker."""
    there = {view.id for view in channels.listing(workspace)}
    zone = workspace.config.zone
    return [
        one for one in kit.items if there.issuperset(one.channels) and not slots(read_post(one.path, zone)[0])
    ]


def _queue_up(
    workspace: Workspace,
    items: list[KitItem],
    author: Person,
    approver: Person,
    say_step: Callable[[str], None],
) -> None:
    first = workspace.now().replace(microsecond=0) + timedelta(seconds=FIRST_DUE_S)
    say_step(say("cli.demo.step_import", count=len(items)))
    posts = []
    for number, item in enumerate(items):
        due = (first + timedelta(seconds=number * APART_S)).isoformat()
        posts += [imported.post for imported in import_files(workspace, author, [item.path], due=due)]
    for post in posts:
        approving.submit(workspace, author, post)
        approving.approve(workspace, approver, post)
    left = (first - workspace.now()).total_seconds()
    say_step(say("cli.demo.step_approve", seconds=max(0, round(left))))


def _publish(workspace: Workspace, say_step: Callable[[str], None]) -> None:
    """Run the publisher in a thread and tell what becomes public, until all is settled."""
    until = time.monotonic() + PATIENCE_S
    told: set[str] = set()
    with publishing.publisher(workspace) as publisher:
        thread = threading.Thread(target=publisher.run, name="publisher")
        thread.start()
        while time.monotonic() < until and thread.is_alive():
            views = deliveries.listing(workspace)
            for view in views:
                if view.verified_at and view.id not in told:
                    told.add(view.id)
                    local = view.published_at.astimezone(workspace.config.zone) if view.published_at else None
                    say_step(
                        say("cli.demo.step_public", time=f"{local:%H:%M:%S}", delivery=view.id, url=view.url)
                    )
            if len(told) == len(views):
                break
            thread.join(0.2)
        publisher.stop()
        thread.join()


def _rows(workspace: Workspace, views: list[DeliveryView]) -> list[DemoRow]:
    figures = {(r.delivery, r.metric): r.value for r in reach.newest(workspace)}
    rows = []
    for view in views:
        reveals = [a for a in deliveries.dossier(workspace, view.id).attempts if a.step == "reveal"]
        late = (reveals[0].started_at - view.due_at).total_seconds() if reveals and view.due_at else None
        shown = "–" if late is None else f"{late:.2f} s".replace(".", ",")
        known = (metric for metric in SHOWN_METRICS if figures.get((view.id, metric)) is not None)
        metric = next(known, "")
        figure = figures.get((view.id, metric))
        rows.append(DemoRow(view.id, view.status, shown, metric, figure, view.url))
    return rows
