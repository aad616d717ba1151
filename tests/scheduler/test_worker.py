"""Workers on a real PostgreSQL server: one job for a due lane, each post once, nobody waits in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text, update

from connectors.practice import PracticeServer
from content.errors import RefusedByRule
from loa.cli import glance
from loa.services import auditing, bulletin, health, stopping, working, zoning
from loa.services.alerts import conditions
from loa.services.connecting import READERS, Connectors
from loa.services.metrics import serving
from scheduler import presence, unserved
from scheduler.duties import LEASE as DUTY_LEASE
from scheduler.duties import Duties
from scheduler.jobs import Jobs, _is_no_news
from scheduler.store.tables import heartbeat
from scheduler.timetable import Periodic
from scheduler.worker import OFFERED_AT_ONCE, _entrypoints, _free_lanes
from scheduler.zones import EVERYTHING, Serves
from tests.oracles.facebook import audit
from tests.support.clock import TestClock
from tests.support.office import Office
from tests.support.server_office import another, office_on, soon, until, working_on

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*BaseConnection:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*psycopg.*was deleted while still open:ResourceWarning"),
]
HOUR = timedelta(hours=1)


@pytest.fixture
def platform() -> Iterator[PracticeServer]:
    with PracticeServer(audit=audit) as practice:
        yield practice
        assert practice.violations == []


@pytest.fixture
def hall(server: Any, tmp_path: Path, platform: PracticeServer) -> Iterator[Office]:
    """An office with three further Pages."""
    with office_on(server, tmp_path / "xa", platform, pages=3) as office:
        yield office


def public(office: Office) -> dict[str, list[str]]:
    """What each Page shows."""
    world = office.server.world
    return {name: [post.message for post in world.public_posts(page)] for name, page in world.pages.items()}


def all_published(office: Office) -> bool:
    return set(office.statuses().values()) == {"published"}


def offered(office: Office, serves: Serves = EVERYTHING) -> list[tuple[str, str]]:
    """What a planner would offer in a minute: (entrypoint, channel)."""
    with office.workspace.database.read() as connection:
        bound = {"b_now": datetime.now(UTC) + timedelta(minutes=1), "b_limit": OFFERED_AT_ONCE}
        rows = connection.execute(_free_lanes(serves), bound).all()
    return sorted((row.entrypoint, row.channel_id) for row in rows)


def jobs(office: Office) -> list[str]:
    with office.workspace.database.read() as connection:
        return sorted(connection.scalars(text("SELECT dedupe_key FROM loa_jobs.job")))


@pytest.fixture
def idle_jobs(hall: Office) -> Iterator[Jobs]:
    """The tables, and somebody who offers jobs and takes none: its entrypoint is nobody's."""
    made = Jobs(hall.workspace.database, ["nobody"], lambda _channel: pytest.fail("took a job"), 4)
    made.start()
    yield made
    made.drain()
    made.join()


# ---- planning


def test_a_lane_with_due_work_is_offered_once_however_often_it_is_planned(hall: Office, idle_jobs: Jobs):
    hall.approved(channels="[xa0, xa1]", due=soon())
    found = offered(hall)
    assert found == [("lane", "xa0"), ("lane", "xa1")]
    for _ in range(3):
        idle_jobs.offer(found)
    assert jobs(hall) == ["lane xa0", "lane xa1"]
    assert offered(hall) == [], "what has a job is not offered anew"


def test_a_new_job_is_news_and_one_that_was_struck_off_is_not(hall: Office, idle_jobs: Jobs):
    """Else each outcome of any worker would have every worker look for jobs."""
    address = hall.workspace.database.url.set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as ear:
        ear.execute("LISTEN loa_jobs")
        idle_jobs.offer([("lane", "xa0")])
        ear.execute("DELETE FROM loa_jobs.job")
        told = [note.payload for note in ear.notifies(timeout=5.0, stop_after=2)]
    assert [_is_no_news(one) for one in told] == [False, True]
    assert not _is_no_news("what another hand says")


def test_a_herd_of_channels_is_opened_over_a_few_connections(hall: Office):
    """A connection for each thread would have the server start a process for each."""
    workspace = another(hall)
    connectors = Connectors(workspace)
    opened: list[object] = []
    event.listen(workspace.database.engine, "connect", lambda *made: opened.append(made))
    names, together = ["xa0", "xa1", "xa2", "fanpage"] * 8, Barrier(32)

    def connect(name: str) -> None:
        together.wait()
        connectors.connect(name)

    with ThreadPoolExecutor(32) as threads:
        list(threads.map(connect, names))
    connectors.close()
    workspace.close()
    assert len(opened) <= READERS


def test_a_future_post_makes_no_job(hall: Office, idle_jobs: Jobs):
    del idle_jobs
    hall.approved(channels="[xa0]", due=(datetime.now(UTC) + timedelta(days=30)).isoformat())
    assert offered(hall) == []
    with working_on(hall) as [worker]:
        until(lambda: worker._planned_at > 0, "a look at the lanes")
    assert jobs(hall) == []


def test_a_lane_that_somebody_works_on_is_not_offered(hall: Office, idle_jobs: Jobs):
    del idle_jobs
    hall.approved(channels="[xa0]", due=soon())
    with hall.publisher("w-else") as other:
        in_a_minute = datetime.now(UTC) + timedelta(minutes=1)
        assert [claim.channel for claim in other.queue.claim(in_a_minute, 5)] == ["xa0"]
        assert offered(hall) == []


def test_a_stopped_channel_has_no_job_and_its_due_posts_wait_for_a_person(hall: Office, idle_jobs: Jobs):
    del idle_jobs
    hall.approved(channels="[xa0]", due=soon())
    with hall.workspace.database.engine.begin() as connection:
        connection.execute(text("UPDATE channel SET state = 'stopped' WHERE id = 'xa0'"))
    assert offered(hall) == []
    with working_on(hall):
        until(lambda: set(hall.statuses().values()) == {"held"}, "the delivery to be held")


# ---- publishing


def test_two_workers_publish_everything_exactly_once(hall: Office):
    there = "[xa0, xa1, xa2, fanpage]"
    posts = [
        hall.approved(
            f"bai{n}.md", id=f"bai{n}", title=f"Bài {n}", text=f"Bài số {n}.", channels=there, due=soon(5)
        )
        for n in range(12)
    ]
    with working_on(hall, 2):
        until(lambda: all_published(hall), "48 deliveries to be public")
    shown = public(hall)
    assert {name: len(texts) for name, texts in shown.items()} == dict.fromkeys(shown, len(posts))
    assert all(max(Counter(texts).values()) == 1 for texts in shown.values()), "a post is public twice"
    assert jobs(hall) == []
    told = auditing.verify(hall.workspace)
    assert told.whole
    assert not told.contradictions


def test_what_a_person_approves_now_goes_at_once_and_a_freeze_stops_every_worker(hall: Office):
    with working_on(hall, 2):
        hall.approved(channels="[xa0]", due=soon())
        until(lambda: all_published(hall), "the post to be public")
        stopping.start(hall.workspace, hall.people["ky"], "all", "", "quốc tang")
        hall.approved("khac.md", id="khac", title="Khác", channels="[xa1]", due=soon())
        until(lambda: "held" in hall.statuses().values(), "the second to be held")
    assert public(hall)["5001"] == []


def test_a_lost_database_connection_costs_no_post(hall: Office):
    with working_on(hall) as [worker]:
        hall.approved(channels="[xa0]", due=soon())
        until(lambda: all_published(hall), "the first post")
        first = worker._jobs
        address = hall.workspace.database.url.set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        hall.approved("sau.md", id="sau", title="Sau", text="Sau đó.", channels="[xa1, xa2]", due=soon())
        until(lambda: all_published(hall), "posts after the connections were cut")
        until(lambda: worker._jobs is not first, "jobs to be taken over a new line")
    assert {name: len(texts) for name, texts in public(hall).items()} == {
        "1001": 0,
        "5000": 1,
        "5001": 1,
        "5002": 1,
    }


# ---- zones


def test_a_channel_with_a_zone_is_left_to_that_zones_workers(hall: Office):
    assert zoning.put(hall.workspace, hall.people["ky"], "xa1", "So-Tu-Phap") == "so-tu-phap"
    hall.approved(channels="[xa0, xa1]", due=soon())
    with working_on(hall):
        until(lambda: hall.statuses()["hoi-dap@xa0"] == "published", "the channel without a zone")
        assert hall.statuses()["hoi-dap@xa1"] == "queued"
        with working_on(hall, 1, Serves(zones=("so-tu-phap",))):
            until(lambda: all_published(hall), "the zone's channel")
    assert [event.detail["zone"] for event in _events(hall, "channel_zoned")] == ["so-tu-phap"]


def test_many_channels_in_several_zones_go_to_their_workers(hall: Office):
    for name, zone in (("xa1", "a"), ("xa2", "a"), ("fanpage", "b")):
        zoning.put(hall.workspace, hall.people["ky"], name, zone)
    hall.approved(channels="[xa0, xa1, xa2, fanpage]", due=soon())
    zones = (Serves(zones=("a",)), Serves(channels=("fanpage",)))
    with working_on(hall), working_on(hall, 1, zones[0]), working_on(hall, 1, zones[1]):
        until(lambda: all_published(hall), "what has a zone and what has none")


def test_a_worker_that_is_named_channels_takes_only_these(hall: Office):
    hall.approved(channels="[xa0, xa1]", due=soon())
    with working_on(hall, 1, Serves(channels=("xa1",))):
        until(lambda: hall.statuses()["hoi-dap@xa1"] == "published", "the named channel")
    assert hall.statuses()["hoi-dap@xa0"] == "queued"


def test_no_claim_takes_another_zones_channel_whoever_asks_for_it(hall: Office):
    zoning.put(hall.workspace, hall.people["ky"], "xa0", "a")
    hall.approved(channels="[xa0]", due=soon())
    with (
        working.worker(another(hall)) as general,
        working.worker(another(hall), Serves(zones=("a",))) as zoned,
    ):
        at = datetime.now(UTC) + timedelta(minutes=1)
        assert general._queue.claim(at, 5, channels=["xa0"]) == []
        assert [one.channel for one in zoned._queue.claim(at, 5, channels=["xa0"])] == ["xa0"]


@pytest.mark.parametrize(
    ("serves", "expected"),
    [
        (Serves(), ["lane"]),
        (Serves(zones=("a", "b")), ["lane:a", "lane:b"]),
        (Serves(zones=("a",), channels=("x",)), ["lane:a", "lane@x"]),
    ],
)
def test_a_worker_gets_only_jobs_of_what_it_serves(serves: Serves, expected: list[str]):
    assert _entrypoints(serves) == expected
    assert Serves.read(serves.told) == serves


def test_work_that_waits_in_a_zone_that_nobody_serves_is_found_before_its_minute(hall: Office):
    database, at = hall.workspace.database, datetime.now(UTC)
    zoning.put(hall.workspace, hall.people["ky"], "xa0", "a")
    hall.approved(channels="[xa0, xa1]", due=soon())
    due = hall.view("hoi-dap@xa0").due_at
    assert due > at, "nobody is late yet"

    def found(now: datetime = at) -> list[tuple[str, tuple[str, ...], datetime | None]]:
        with database.read() as connection:
            return [(one.zone, one.channels, one.since) for one in unserved.look(connection, now)]

    assert found() == [], "where no worker lives at all, that is what there is to say"
    database.run(lambda c: presence.announce(c, "w1", "0", at, serves=Serves().told))
    assert found() == [("a", ("xa0",), None)], "nobody has ever taken it"
    database.run(lambda c: presence.announce(c, "w2", "0", at, serves=Serves(zones=("a",)).told))
    assert found() == []
    database.run(lambda c: presence.beat(c, "w1", at, stopped=True))
    assert found() == [("", ("xa1",), at)]
    later = at + timedelta(minutes=1)
    database.run(lambda c: presence.announce(c, "w3", "0", later, serves=Serves(channels=("xa1",)).told))
    assert found(later) == [("a", ("xa0",), at)], "a zone's worker that fell silent serves it no more"


def test_between_two_runs_by_a_timer_what_has_no_zone_is_not_given_up_for_an_hour(hall: Office):
    """Beside a zone's worker it was critical two minutes after each run, with `loa worker` for a remedy."""
    database, at = hall.workspace.database, datetime.now(UTC)
    zoning.put(hall.workspace, hall.people["ky"], "xa0", "a")
    hall.approved(channels="[xa0, xa1]", due=soon())
    database.run(lambda c: presence.announce(c, "timed", "0", at, presence.ONCE))
    database.run(lambda c: presence.beat(c, "timed", at, stopped=True))

    def lacking(minutes: float) -> list[tuple[str, datetime | None]]:
        now = at + timedelta(minutes=minutes)
        database.run(lambda c: presence.beat(c, "zoned", now))
        with database.read() as connection:
            return [(one.zone, one.since) for one in unserved.look(connection, now)]

    assert lacking(4) == [], "where no worker lives at all, that is what there is to say"
    database.run(lambda c: presence.announce(c, "zoned", "0", at, Serves(zones=("a",)).told))
    assert lacking(4) == []
    assert lacking(59) == []
    assert lacking(60) == [("", at)], "the timer itself has stopped"


def test_a_zone_without_work_and_a_channel_that_is_stopped_lack_nobody(hall: Office):
    database, at = hall.workspace.database, datetime.now(UTC)
    database.run(lambda c: presence.announce(c, "w1", "0", at, serves=Serves().told))
    for channel in ("xa0", "xa1"):
        zoning.put(hall.workspace, hall.people["ky"], channel, channel)
    hall.approved(channels="[xa0]", due=soon())

    def lacking() -> list[str]:
        with database.read() as connection:
            return [one.zone for one in unserved.look(connection, at)]

    assert lacking() == ["xa0"]
    database.run(lambda c: c.exec_driver_sql("UPDATE channel SET state = 'stopped' WHERE id = 'xa0'"))
    assert lacking() == []


# ---- duties and presence


def test_a_duty_is_done_once_each_time_however_many_workers_look(hall: Office):
    clock, done = TestClock(), []
    workers = [Duties(hall.workspace.database, clock, f"w{n}") for n in range(3)]

    def everybody_looks() -> list[bool]:
        return [one.turn(Periodic("reach", HOUR, lambda: done.append(clock.now()))) for one in workers]

    assert everybody_looks() == [False, False, False], "its first time is still to come"
    for count in range(1, 4):
        clock.forward(hours=1)
        assert everybody_looks() == [True, False, False]
        assert len(done) == count


def test_a_duty_of_a_dead_worker_is_taken_over_when_its_lease_ends(hall: Office):
    clock, done = TestClock(), []
    dead, other = (Duties(hall.workspace.database, clock, name) for name in ("dead", "other"))
    job = Periodic("backup", HOUR, lambda: done.append("other"), first_after=timedelta())

    class Killed(BaseException):
        """What no process catches."""

    def killed() -> None:
        done.append("dead")
        assert not other.turn(job), "somebody is at it"
        dead._put_by = lambda *_: None  # type: ignore[method-assign]  # it never comes to that
        raise Killed

    with pytest.raises(Killed):
        dead.turn(Periodic("backup", HOUR, killed, first_after=timedelta()))
    clock.forward(seconds=DUTY_LEASE.total_seconds() - 1)
    assert not other.turn(job)
    clock.forward(seconds=2)
    assert other.turn(job)
    assert done == ["dead", "other"]


def test_a_long_duty_is_kept_by_the_beat_and_lost_without_it(hall: Office):
    clock = TestClock()
    slow, other = (Duties(hall.workspace.database, clock, name) for name in ("slow", "other"))
    job = Periodic("reach", HOUR, lambda: None, first_after=timedelta())
    taken: list[bool] = []

    def long() -> None:
        for _ in range(5):
            clock.forward(seconds=40)
            slow.renew(clock.now())
            taken.append(other.turn(job))
        clock.forward(seconds=61)  # asleep
        taken.append(other.turn(job))

    slow.turn(Periodic("reach", HOUR, long, first_after=timedelta()))
    assert taken == [False] * 5 + [True]


def test_of_several_workers_one_that_lives_is_the_newest_whoever_said_goodbye_last(hall: Office):
    database, at = hall.workspace.database, datetime.now(UTC)
    for name in ("w1", "w2", "w3"):
        database.run(lambda c, name=name: presence.announce(c, name, "0", at))
    later = at + timedelta(seconds=10)
    database.run(lambda c: presence.beat(c, "w1", later - timedelta(seconds=2)))
    database.run(lambda c: presence.beat(c, "w2", later, stopped=True))
    with database.read() as connection:
        seen = presence.newest(connection, later)
        there = presence.workers(connection, later + timedelta(seconds=15))
    assert seen
    assert (seen.worker, seen.alive) == ("w1", True)
    assert [(one.worker, one.alive) for one in there] == [("w1", True), ("w3", False)]


def test_a_silent_worker_is_missed_until_one_of_its_kind_starts_on_its_machine(hall: Office):
    """A killed one writes no goodbye; for a day its row had been told as silent beside its successor."""
    database, at = hall.workspace.database, datetime.now(UTC)
    zoned, general = Serves(zones=("a",)).told, Serves().told
    database.run(lambda c: presence.announce(c, "killed", "0", at, serves=zoned))
    later = at + timedelta(minutes=5)

    def there() -> list[tuple[str, bool]]:
        with database.read() as connection:
            return [(one.worker, one.alive) for one in presence.workers(connection, later)]

    database.run(lambda c: presence.announce(c, "other kind", "0", later, serves=general))
    assert there() == [("killed", False), ("other kind", True)]
    elsewhere = update(heartbeat).where(heartbeat.c.worker == "elsewhere").values(host="another")
    database.run(lambda c: presence.announce(c, "elsewhere", "0", later, serves=zoned))
    database.run(lambda c: c.execute(elsewhere))
    assert ("killed", False) in there()
    database.run(lambda c: presence.announce(c, "its successor", "0", later, serves=zoned))
    assert "killed" not in dict(there())
    database.run(lambda c: presence.beat(c, "its successor", later, stopped=True))
    assert "killed" not in dict(there()), "it came back, and was told to stop"


@pytest.mark.parametrize("again", ["", presence.ONCE], ids=["loa run", "loa run --once"])
def test_a_publisher_that_is_no_worker_is_back_wherever_it_runs(hall: Office, again: str):
    """There may be only one: for a day the alert said to run `loa run` on the machine that failed, too."""
    workspace, at = hall.workspace, datetime.now(UTC)
    hall.clock.instant = at
    failed = at - timedelta(minutes=10)
    away = update(heartbeat).where(heartbeat.c.worker == "old").values(host="may-cu")

    def alerts() -> set[str]:
        return {one.key for one in health.examine(workspace).alerts}

    workspace.database.run(lambda c: presence.announce(c, "old", "0", failed))
    workspace.database.run(lambda c: c.execute(away))
    assert "publisher" in alerts()
    workspace.database.run(lambda c: presence.announce(c, "zoned", "0", at, Serves(zones=("a",)).told))
    assert "worker_silent" in alerts(), "a worker is not in its place"
    workspace.database.run(lambda c: presence.announce(c, "new", "0", at, again))
    assert "worker_silent" not in alerts()
    assert [one.worker for one in health.examine(workspace).overview.workers] == ["new", "zoned"]


def test_alerts_and_the_verdict_know_every_worker_and_not_just_one_that_lives(hall: Office):
    """A living one had made all well: a zone without one and a silent machine stood in the status alone."""
    workspace, at = hall.workspace, datetime.now(UTC)
    zone, ago = workspace.config.zone, at - timedelta(minutes=3)
    zoning.put(workspace, hall.people["ky"], "xa0", "a")
    hall.approved(channels="[xa0, xa1]", due=soon())
    hall.clock.instant = at
    for worker, since, serves in (
        ("w1", at, Serves()),
        ("w2", ago, Serves(zones=("a",))),
        ("gone", ago, Serves(zones=("b",))),
    ):
        told = (worker, "0", since, serves.told)
        workspace.database.run(lambda c, told=told: presence.announce(c, *told))
    workspace.database.run(lambda c: presence.beat(c, "gone", ago, stopped=True))

    seen = health.examine(workspace)
    said = {one.key: one for one in seen.alerts}
    assert (seen.state, seen.state.exit_code) == ("person", 1)
    assert (said["unserved"].severity, said["unserved"].subject) == ("critical", "a")
    assert "xa0" in said["unserved"].message
    assert said["worker_silent"].severity == "warning"
    assert "vùng a" in said["worker_silent"].message
    remedies = [bulletin.remedy(one) for one in conditions(health.facts(workspace), workspace.config.alerts)]
    assert sum("`loa worker --zone a`" in one for one in remedies) == 2
    shown = "\n".join(glance.screen(seen, zone))
    assert shown.count("Vùng a: ") == 1
    assert shown.count("im lặng từ") == 1
    assert Serves(zones=("a",)) in [one.serves for one in seen.overview.workers]
    assert 'loa_unserved_channels{zone="a"} 1.0' in serving.text(workspace)

    workspace.database.run(lambda c: presence.announce(c, "w3", "0", at, serves=Serves(zones=("a",)).told))
    assert {one.key for one in health.examine(workspace).alerts}.isdisjoint({"unserved", "worker_silent"})


def test_a_worker_that_stops_beside_others_is_no_stop_and_the_last_one_is(hall: Office):
    workspace = hall.workspace
    with working_on(hall) as [first]:
        hall.clock.instant = datetime.now(UTC)
        with working_on(hall, 1, Serves(zones=("a",))):
            pass
        hall.clock.instant = datetime.now(UTC)
        assert health.examine(workspace).state != "stopped"
        first.stop()
    hall.clock.instant = datetime.now(UTC)
    seen = health.examine(workspace)
    assert (seen.state, seen.state.exit_code) == ("stopped", 2)
    assert "publisher" not in {one.key for one in seen.alerts}, "nobody is called for a restart"
    told = glance.screen(seen, workspace.config.zone)[1]
    assert "ĐÃ DỪNG" in told
    assert "`loa worker --zone a`" in told or "`loa worker`" in told
    assert "loa run" not in told


def test_two_alike_on_one_machine_both_live(hall: Office):
    database, at = hall.workspace.database, datetime.now(UTC)
    database.run(lambda c: presence.announce(c, "w1", "0", at, serves=Serves().told))
    soon_after = at + timedelta(seconds=3)
    database.run(lambda c: presence.announce(c, "w2", "0", soon_after, serves=Serves().told))
    with database.read() as connection:
        assert [one.alive for one in presence.workers(connection, soon_after)] == [True, True]


def test_a_drained_worker_has_said_goodbye_and_left_no_job_and_no_lease(hall: Office):
    hall.approved(channels="[xa0, xa1, xa2]", due=soon())
    with working_on(hall) as [worker]:
        until(lambda: "published" in hall.statuses().values(), "the first of them")
        worker.stop()
    with hall.workspace.database.read() as connection:
        assert presence.workers(connection, datetime.now(UTC)) == []
        owners = connection.scalars(text("SELECT owner FROM lane WHERE owner <> ''")).all()
    assert owners == []
    assert jobs(hall) == []


@pytest.mark.sqlite
def test_on_a_file_a_worker_is_refused_with_the_remedy(office: Office):
    with pytest.raises(RefusedByRule) as raised, working.worker(office.workspace):
        pass
    assert "loa run" in str(raised.value)
    assert "loa db move" in str(raised.value)
    with pytest.raises(RefusedByRule):
        zoning.put(office.workspace, office.people["ky"], "fanpage", "a")


def _events(office: Office, action: str) -> list[Any]:
    return [one for one in auditing.listing(office.workspace) if one.action == action]
