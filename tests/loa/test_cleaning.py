"""Hidden leftovers are removed a day later, on every platform; what is public or still needed never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from connectors.contract import Handle
from connectors.errors import NotSent
from connectors.extras import Orphan
from connectors.practice.faults import Fault
from connectors.zalo import official
from content.wording import say
from loa.services import approving, auditing, cleaning, deciding, deliveries, stopping
from loa.services.connecting import Connectors
from scheduler import janitor, leftovers
from scheduler.claim import Claim, LeaseLost
from scheduler.janitor import Swept
from scheduler.policy import LEASE
from scheduler.store.tables import delivery, lane
from tests.crash.cases import CAPTIONS, FILM, PICTURE, SECOND_PICTURE
from tests.crash.platforms import Platform
from tests.crash.town import DUE, Town, open_town
from tests.loa.conftest import Loa
from tests.support.office import PAGE, Office

pytestmark = pytest.mark.sqlite  # the town brings its own copy of the file

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
PICTURES, VIDEO = (PICTURE, SECOND_PICTURE), (FILM, PICTURE, CAPTIONS)
CHANNELS = [
    ("website", PICTURES),
    ("trang", PICTURES),
    # a Facebook post without its photos' ids cannot be proven ours: it is left to a person
    ("fanpage", VIDEO),
    ("kenh", VIDEO),
    ("oa", (PICTURE,)),
]
on_every_platform = pytest.mark.parametrize(
    ("channel", "media"), CHANNELS, ids=lambda value: value if isinstance(value, str) else f"{len(value)}"
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture
def office(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The office with every channel, beside platforms that know nothing yet."""
    monkeypatch.setattr(official, "_wait", lambda seconds: town.clock.forward(seconds))
    town.platforms.reset()
    with town.opened(town.copy(town.folder, tmp_path / "xa")) as opened:
        yield opened
    assert town.platforms.violations() == []


@dataclass
class Hall:
    """One channel's post, and what is left of it at the platform."""

    office: Office
    platform: Platform
    channel: str
    media: tuple[str, ...]
    post: str = field(init=False)

    def __post_init__(self) -> None:
        self.post = self.office.approved(
            channels=f"[{self.channel}]", media=f"[{', '.join(self.media)}]", due=DUE.isoformat()
        )

    @property
    def delivery(self) -> str:
        return f"{self.post}@{self.channel}"

    def hidden(self) -> set[str]:
        """What the platform itself has of it, unseen: posts, videos, articles."""
        if self.channel == "website":
            return {path.name for path in (self.office.folder / "site" / "data" / "staged").glob("*")}
        if self.channel == "trang":  # pictures without a post are no draft
            posts = self.platform.server.world.posts  # type: ignore[attr-defined]
            return {str(post.id) for post in posts.values() if post.status != "publish"}
        return self.platform.hidden(self.office.folder)

    def public(self) -> int:
        return len(self.platform.public(self.office.folder))

    def sweep(self, **how: bool) -> list[Swept]:
        wanted = {"dry_run": False, "everything": False, **how}
        return cleaning.clean(self.office.workspace, self.office.people["ky"], **wanted)

    def outcomes(self, **how: bool) -> list[str]:
        return [swept.outcome for swept in self.sweep(**how)]

    def cancel(self) -> None:
        deciding.cancel(self.office.workspace, self.office.people["ky"], self.delivery, "thôi")

    def audited(self) -> list[str]:
        events = auditing.listing(self.office.workspace, subject=self.delivery)
        return [event.detail["remote_id"] for event in events if event.action == "orphan_discarded"]

    def write(self, **values: object) -> None:
        this = update(delivery).where(delivery.c.id == self.delivery)
        self.office.workspace.database.run(lambda c: c.execute(this.values(**values)))

    def handle(self) -> str:
        with self.office.workspace.database.read() as connection:
            found = connection.execute(select(delivery.c.handle).where(delivery.c.id == self.delivery))
            return str(found.scalar_one())


@pytest.fixture
def hall(office: Office, town: Town, request: pytest.FixtureRequest) -> Hall:
    """The Page's film, where a test does not ask for another channel."""
    callspec = getattr(request.node, "callspec", None)
    asked = callspec.params if callspec else {}
    channel, media = asked.get("channel", "fanpage"), asked.get("media", VIDEO)
    return Hall(office, town.platforms.by_channel[channel], channel, media)


def prepared(hall: Hall) -> None:
    hall.office.publish_until(DUE - MINUTE)
    assert hall.office.view(hall.delivery).status == "ready"
    assert hall.hidden()


@dataclass
class _Saves:
    """Commits handles until the last one, before which the worker loses its lane."""

    keep: Callable[..., None]
    last: int
    done: int = 0

    def __call__(self, claim: Claim, handle: Handle, now: datetime) -> None:
        self.done += 1
        if self.done == self.last:
            raise LeaseLost(claim.delivery)
        self.keep(claim, handle, now)


# ---- given up


@on_every_platform
def test_what_was_prepared_for_a_cancelled_delivery_is_removed_a_day_later(
    hall: Hall, channel: str, media: tuple[str, ...]
) -> None:
    prepared(hall)
    hall.cancel()
    hall.office.clock.instant += DAY - MINUTE
    assert hall.sweep() == []
    assert hall.hidden(), "not within the time of grace"
    hall.office.clock.instant += 2 * MINUTE
    assert set(hall.outcomes()) == {"discarded"}
    assert hall.hidden() == set()
    assert hall.audited()
    assert hall.office.steps(hall.delivery)[-1] == ("clean", "done")
    assert hall.sweep() == [], "it was looked at after its last try"
    assert hall.outcomes(everything=True) == []


@on_every_platform
def test_what_an_interrupted_try_left_of_a_withdrawn_post_is_removed(
    hall: Hall, channel: str, media: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off at every save in turn: what was made before it is named by an older handle or by none."""
    office, number, removed = hall.office, 0, 0
    while True:
        number += 1
        with office.publisher(f"w{number}") as worker:
            wakes = office.view(hall.delivery).next_at
            assert wakes
            office.clock.instant = max(office.clock.now(), wakes)
            [claim] = worker.queue.claim(office.clock.now(), 1)
            saves = _Saves(worker.queue.keep, number)
            monkeypatch.setattr(worker.queue, "keep", saves)
            worker.lanes.run(claim)
            worker.queue.recover(office.clock.now())
        approving.withdraw(office.workspace, office.people["soan"], hall.post, "sửa lại")
        office.clock.instant += DAY + MINUTE
        removed += hall.outcomes().count("discarded")
        assert hall.hidden() == set(), f"left after save {number}"
        if saves.done < number:
            break
        later = (office.clock.now() + DAY).isoformat()
        deciding.move(office.workspace, office.people["soan"], hall.delivery, later)
        approving.submit(office.workspace, office.people["soan"], hall.post)
        approving.approve(office.workspace, office.people["duyet"], hall.post)
    assert removed
    assert hall.public() == 0


@on_every_platform
def test_a_delivery_that_is_taken_up_again_afterwards_is_public_once_and_whole(
    hall: Hall, channel: str, media: tuple[str, ...]
) -> None:
    prepared(hall)
    hall.write(status="failed", wake_at=None, last_error="x:1", deadline=DUE + 3 * DAY)
    hall.office.clock.instant += DAY + 2 * MINUTE
    assert set(hall.outcomes()) == {"discarded"}
    approving.withdraw(hall.office.workspace, hall.office.people["soan"], hall.post, "đăng lại")
    later = (hall.office.clock.now() + timedelta(hours=2)).isoformat()
    deciding.move(hall.office.workspace, hall.office.people["soan"], hall.delivery, later)
    approving.submit(hall.office.workspace, hall.office.people["soan"], hall.post)
    approving.approve(hall.office.workspace, hall.office.people["duyet"], hall.post)
    hall.office.publish_until(hall.office.clock.now() + timedelta(hours=3))
    assert hall.office.view(hall.delivery).status == "published"
    assert hall.public() == 1


def test_a_handle_whose_object_was_removed_is_forgotten(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    assert hall.handle() != "{}"
    hall.office.clock.instant += DAY + MINUTE
    hall.sweep()
    assert hall.handle() == "{}"


# ---- never what is public or needed


@on_every_platform
def test_what_is_public_is_never_touched(hall: Hall, channel: str, media: tuple[str, ...]) -> None:
    hall.office.publish_until(DUE + timedelta(hours=2))
    assert (hall.office.view(hall.delivery).status, hall.public()) == ("published", 1)
    seen = hall.platform.public(hall.office.folder)
    hall.office.clock.instant += DAY + MINUTE
    assert hall.sweep() == [], "its one try was never broken off"
    assert hall.outcomes(everything=True) == []
    assert hall.platform.public(hall.office.folder) == seen


@on_every_platform
def test_what_came_out_although_it_was_given_up_is_left_and_told(
    hall: Hall, channel: str, media: tuple[str, ...]
) -> None:
    """Failed for Loa, public in truth: the platform's own word decides at the moment of removing."""
    hall.office.publish_until(DUE + timedelta(hours=2))
    hall.write(status="failed", remote_id="", wake_at=None)
    seen = hall.platform.public(hall.office.folder)
    hall.office.clock.instant += DAY + MINUTE
    assert "discarded" not in hall.outcomes(everything=True)
    assert hall.platform.public(hall.office.folder) == seen
    assert len(seen) == 1


def test_what_becomes_public_between_the_look_and_the_removal_is_left(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(hall)
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    look = janitor.Janitor._orphans

    def then_published(*given: object, **how: bool) -> list[Orphan]:
        found = look(*given, **how)  # type: ignore[arg-type]
        for post in hall.office.server.world.pages[PAGE].posts:
            post.published = True
        return found

    monkeypatch.setattr(janitor.Janitor, "_orphans", then_published)
    [swept] = hall.sweep()
    assert (swept.outcome, swept.trouble.partition(":")[0]) == ("left", "fb")
    assert hall.public() == 1
    assert hall.audited() == []
    assert "left" in deliveries.dossier(hall.office.workspace, hall.delivery).attempts[-1].evidence


@pytest.mark.parametrize("column", ["handle", "remote_id"])
def test_what_another_delivery_names_is_left_out(hall: Hall, column: str) -> None:
    prepared(hall)
    hall.cancel()
    [post] = hall.hidden()
    other = hall.office.approved(
        "khac.md", title="Bài khác", channels="[website]", due=(DUE + 9 * DAY).isoformat()
    )
    value = f'{{"parts": [{{"video": "{post}"}}]}}' if column == "handle" else post
    hall.office.workspace.database.run(
        lambda c: c.execute(update(delivery).where(delivery.c.post_id == other).values({column: value}))
    )
    hall.office.clock.instant += DAY + MINUTE
    assert hall.sweep() == []
    assert hall.hidden() == {post}


def test_an_id_that_is_only_a_part_of_another_one_is_no_name(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    [post] = hall.hidden()
    other = hall.office.approved(
        "khac.md", title="Bài khác", channels="[website]", due=(DUE + 9 * DAY).isoformat()
    )
    hall.office.workspace.database.run(
        lambda c: c.execute(
            update(delivery).where(delivery.c.post_id == other).values(handle=f'{{"video": "{post}9"}}')
        )
    )
    hall.office.clock.instant += DAY + MINUTE
    assert hall.outcomes() == ["discarded"]


@pytest.mark.parametrize(("channel", "media"), [("kenh", VIDEO)], ids=["youtube"])
def test_a_video_that_was_taken_down_is_no_leftover(hall: Hall, channel: str, media: tuple[str, ...]) -> None:
    """A take-down there hides the video and keeps it."""
    hall.office.publish_until(DUE + timedelta(hours=2))
    [taken] = stopping.take_down(hall.office.workspace, hall.office.people["ky"], hall.post, "sai")
    assert taken.done
    videos = set(hall.platform.server.world.videos)  # type: ignore[attr-defined]
    hall.office.clock.instant += DAY + MINUTE
    assert hall.sweep() == hall.sweep(everything=True) == []
    assert set(hall.platform.server.world.videos) == videos  # type: ignore[attr-defined]


# ---- careful, and no hindrance to anybody


def test_a_dry_run_lists_and_leaves_no_trace(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    before, ledger = hall.hidden(), hall.office.steps(hall.delivery)
    assert hall.outcomes(dry_run=True) == ["found"]
    assert (hall.hidden(), hall.office.steps(hall.delivery)) == (before, ledger)
    assert hall.audited() == []


def test_a_channel_with_something_to_do_soon_is_left_to_it(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    soon = hall.office.clock.now() + MINUTE
    hall.office.approved("moi.md", title="Mới", text="Bài mới.", channels="[fanpage]", due=soon.isoformat())
    [swept] = hall.sweep()
    assert (swept.outcome, swept.trouble) == ("not_asked", "janitor.busy")
    assert hall.hidden()


def test_a_lane_at_work_is_not_entered_and_nobody_enters_the_janitors(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(hall)
    hall.cancel()
    office, claimed = hall.office, []
    office.clock.instant += DAY + MINUTE
    office.workspace.database.run(
        lambda c: c.execute(update(lane).values(lease_until=office.clock.now() + LEASE, owner="w1"))
    )
    assert hall.outcomes() == ["not_asked"]
    office.workspace.database.run(lambda c: c.execute(update(lane).values(lease_until=None, owner="")))
    look = janitor.Janitor._orphans

    def meanwhile(*given: object, **how: bool) -> list[Orphan]:
        hall.write(status="queued", wake_at=office.clock.now())
        with office.publisher("w2") as worker:
            claimed.extend(worker.queue.claim(office.clock.now(), 8))
        return look(*given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(janitor.Janitor, "_orphans", meanwhile)
    [swept] = hall.sweep()
    assert claimed == []
    assert (swept.outcome, swept.trouble) == ("left", "janitor.taken_up"), "somebody wants it after all"
    with office.workspace.database.read() as connection:
        assert (
            connection.execute(select(lane.c.lease_until).where(lane.c.channel_id == "fanpage")).scalar()
            is None
        )


def test_a_janitor_that_lost_its_lane_touches_nothing_more(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(hall)
    hall.cancel()
    office = hall.office
    office.clock.instant += DAY + MINUTE
    look = janitor.Janitor._orphans

    def slow(*given: object, **how: bool) -> list[Orphan]:
        found = look(*given, **how)  # type: ignore[arg-type]
        with office.publisher("w2") as worker:
            worker.queue.recover(office.clock.now())  # a publisher starts and frees every lane
        return found

    monkeypatch.setattr(janitor.Janitor, "_orphans", slow)
    [swept] = hall.sweep()
    assert (swept.outcome, swept.trouble) == ("not_asked", "janitor.busy")
    assert hall.hidden()


VIDEOS = [("fanpage", VIDEO), ("kenh", VIDEO)]
on_video_platforms = pytest.mark.parametrize(("channel", "media"), VIDEOS, ids=["facebook", "youtube"])


def another(hall: Hall, name: str) -> str:
    """One more post of the same kind, prepared and cancelled as well; returns its delivery."""
    post = hall.office.approved(
        f"{name}.md",
        title=f"Bài {name}",
        channels=f"[{hall.channel}]",
        media=f"[{', '.join(hall.media)}]",
        due=(DUE + MINUTE).isoformat(),
    )
    return f"{post}@{hall.channel}"


def two_cancelled(hall: Hall) -> str:
    second = another(hall, "thu-hai")
    hall.office.publish_until(DUE - MINUTE)
    assert len(hall.hidden()) == 2
    hall.cancel()
    deciding.cancel(hall.office.workspace, hall.office.people["ky"], second, "thôi")
    hall.office.clock.instant += DAY + 2 * MINUTE
    return second


def twins(hall: Hall, count: int) -> set[str]:
    """What uploads that broke off after their last byte leave: the newest video again, as hidden as it is."""
    world = hall.platform.server.world  # type: ignore[attr-defined]
    video = list(world.videos.values())[-1]
    for _ in range(count):
        if hall.channel == "kenh":
            name = f"{video.id[:-2]}{len(world.videos) + 10}"
            world.videos[name] = replace(video, id=name)
            continue
        twin = world.add_video(world.pages[PAGE], size=video.size, reel=False)
        twin.append(video.path.read_bytes())
        twin.title, twin.description, twin.labels = video.title, video.description, list(video.labels)
        world.finish_video(twin, published=False)
    return hall.hidden()


@on_video_platforms
def test_one_that_cannot_be_asked_about_does_not_stop_the_others(
    hall: Hall, channel: str, media: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trouble is its own (an answer that nobody can read, a fault of ours): the next has its turn."""
    second = two_cancelled(hall)
    look = janitor.Janitor._orphans
    for trouble in (NotSent("net:unreachable", "x"), ZeroDivisionError()):

        def asked(
            self: janitor.Janitor, *given: object, trouble: Exception = trouble, **how: bool
        ) -> list[Orphan]:
            if given[1].id == hall.delivery:  # type: ignore[attr-defined]
                raise trouble
            return look(self, *given, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(janitor.Janitor, "_orphans", asked)
        swept = hall.sweep()
        assert (swept[0].delivery, swept[0].outcome) == (hall.delivery, "not_asked")
        assert hall.office.steps(hall.delivery)[-1] == ("clean", "trouble")
    monkeypatch.setattr(janitor.Janitor, "_orphans", look)
    assert len(hall.hidden()) == 1
    assert hall.office.steps(second)[-1] == ("clean", "done")
    assert hall.outcomes() == ["discarded"], "and it is asked about again"
    assert hall.hidden() == set()


def test_a_channel_that_lost_its_access_does_not_stop_the_other_channels(hall: Hall) -> None:
    other = hall.office.approved(
        "kenh.md", channels="[kenh]", media=f"[{', '.join(VIDEO)}]", due=DUE.isoformat()
    )
    hall.office.publish_until(DUE - MINUTE)
    hall.cancel()
    deciding.cancel(hall.office.workspace, hall.office.people["ky"], f"{other}@kenh", "thôi")
    hall.office.clock.instant += DAY + 2 * MINUTE
    hall.platform.server.app.faults.arm(Fault("code_190", times=99))  # type: ignore[attr-defined]
    outcomes = {swept.channel: swept.outcome for swept in hall.sweep()}
    hall.platform.server.app.faults.clear()  # type: ignore[attr-defined]
    assert outcomes == {"fanpage": "not_asked", "kenh": "discarded"}
    assert hall.hidden(), "nothing was touched there"


@on_video_platforms
def test_never_more_than_so_many_are_removed_at_once_however_they_are_spread(
    hall: Hall, channel: str, media: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(janitor, "MOST", 3)
    prepared(hall)
    assert len(twins(hall, 1)) == 2
    second = another(hall, "thu-hai")
    hall.office.publish_until(DUE - MINUTE / 2)
    hall.cancel()
    deciding.cancel(hall.office.workspace, hall.office.people["ky"], second, "thôi")
    assert len(twins(hall, 2)) == 5, "two of the first delivery, three of the second"
    hall.office.clock.instant += DAY + 2 * MINUTE
    assert hall.outcomes().count("discarded") == 3
    assert len(hall.hidden()) == 2
    assert hall.outcomes().count("discarded") == 2
    assert hall.hidden() == set()


@on_video_platforms
def test_twins_beyond_that_number_are_found_over_several_rounds(
    hall: Hall, channel: str, media: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(janitor, "MOST", 2)
    prepared(hall)
    assert len(twins(hall, 4)) == 5
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    left = []
    for _ in range(4):
        swept = hall.sweep()
        assert [one.outcome for one in swept].count("discarded") <= 2
        left.append(len(hall.hidden()))
    assert left == [3, 1, 0, 0]
    assert swept == [], "once it was seen clean it is asked about no more"
    assert len(hall.audited()) == 5
    assert [step for step in hall.office.steps(hall.delivery) if step[0] == "clean"] == [
        ("clean", "trouble"),
        ("clean", "trouble"),
        ("clean", "done"),
    ]


def test_something_made_lately_is_left_although_the_delivery_is_old(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    for post in hall.office.server.world.pages[PAGE].posts:
        post.created_at = hall.office.clock.now() - MINUTE
    assert hall.sweep() == []
    assert hall.hidden()


def test_deliveries_of_long_ago_and_of_stopped_channels_are_not_asked_about(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    workspace = hall.office.workspace
    hall.office.clock.instant += DAY + MINUTE
    with workspace.database.read() as connection:
        now = hall.office.clock.now()
        assert len(leftovers.candidates(connection, now)) == 1
        assert leftovers.candidates(connection, DUE + leftovers.WINDOW + MINUTE) == []
    workspace.database.run(lambda c: c.exec_driver_sql("UPDATE channel SET state = 'stopped'"))
    assert hall.sweep() == []


def test_the_publishers_own_round_is_audited_as_the_machines(hall: Hall) -> None:
    prepared(hall)
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    workspace = hall.office.workspace
    connectors = Connectors(workspace)
    cleaning.round_of_the_publisher(workspace, workspace.database, connectors, "w1")
    connectors.close()
    [event] = [e for e in auditing.listing(workspace) if e.action == "orphan_discarded"]
    assert (event.actor, event.subject) == ("publisher", hall.delivery)
    assert hall.hidden() == set()
    assert event.detail["kind"] == "video"


def test_an_officer_lists_and_removes_from_the_command_line(
    hall: Hall, run_loa: Loa, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(hall)
    [post] = hall.hidden()
    hall.cancel()
    hall.office.clock.instant += DAY + MINUTE
    there = hall.office.folder
    monkeypatch.setattr("loa.services.workspace.SystemClock", lambda: hall.office.clock)
    [listed] = run_loa("queue", "clean", "--dry-run", "--json", workspace=there).json
    assert (listed["remote_id"], listed["outcome"], listed["kind"]) == (post, "found", "video")
    assert run_loa("queue", "clean", workspace=there, user="soan").code == 3, "an operator's matter"
    cleaned = run_loa("queue", "clean", workspace=there)
    assert (cleaned.code, post in cleaned.out) == (0, True)
    assert run_loa("queue", "clean", workspace=there).err.strip() == say("janitor.nothing")
    assert hall.hidden() == set()
    assert say("cli.step.clean") in run_loa("queue", "show", hall.delivery, workspace=there).out
