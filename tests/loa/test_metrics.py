"""Figures for Prometheus: a recount of the rows, read by its own parser, and no secret among them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, delete, func, insert, select, text, update

from content.errors import UsageError
from loa.services import health
from loa.services.metrics import figures, ledger, serving
from loa.services.metrics.figures import METRICS, Figures
from loa.services.metrics.ledger import BUCKETS_S, Ledger
from loa.services.moving import settings_with
from scheduler.policy import Step
from scheduler.status import Status
from scheduler.store.database import Database
from scheduler.store.tables import attempt, channel, delivery, lane, post, standing
from tests.loa.conftest import Loa
from tests.support.clock import LAW_DAY_MORNING, TestClock
from tests.support.examples import some
from tests.support.office import Office

NOW = LAW_DAY_MORNING
PLATFORMS = ("facebook", "zalo", "website")
OUTCOMES = ("published", "prepared", "unclear", "late:published", "Đơn tố cáo của ông A", "retry")
PROMTOOL = shutil.which("promtool")


def read(told: str) -> dict[str, Metric]:
    """By name, as Prometheus' own parser reads it."""
    return {family.name: family for family in text_string_to_metric_families(told)}


def samples(told: str, name: str) -> dict[tuple[str, ...], float]:
    """One metric's samples by the values of their labels, those in the order of the labels' names."""
    found = [one for family in read(told).values() for one in family.samples if one.name == name]
    return {tuple(value for _, value in sorted(one.labels.items())): one.value for one in found}


def value(told: str, name: str) -> float | None:
    return samples(told, name).get(())


# ---- the rows, and a recount of them


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("rows")
    server = request.getfixturevalue("server") if request.param == "postgresql" else None
    made = Database(server.empty(folder) if server else f"sqlite:///{folder / 'loa.db'}")
    made.migrate()
    with made.engine.begin() as connection:
        connection.execute(
            insert(post).values(id="p", title="Bí mật", kind="hoi_dap", source="", contributors="a",
                                created_at=NOW, updated_at=NOW)
        )  # fmt: skip
        for name in PLATFORMS:
            connection.execute(
                insert(channel).values(id=name, platform=name, account="", name="Ông A", state="ok",
                                       created_at=NOW, updated_at=NOW)
            )  # fmt: skip
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _small_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "AT_ONCE", 3)


def emptied(database: Database) -> None:
    with database.engine.begin() as connection:
        for table in (attempt, delivery):
            connection.execute(delete(table))


def add_delivery(connection: Connection, number: int, status: str = "queued", due_s: int = 0) -> int:
    on, of = PLATFORMS[number % 3], f"p{number}"
    if not connection.execute(select(post.c.id).where(post.c.id == of)).first():
        connection.execute(
            insert(post).values(id=of, title="", kind="hoi_dap", source="", contributors="a",
                                created_at=NOW, updated_at=NOW)
        )  # fmt: skip
    made = insert(delivery).values(
        id=f"d{number}", marker=f"m{number}", post_id=of, channel_id=on, status=status,
        due_at=NOW + timedelta(seconds=due_s), created_at=NOW, updated_at=NOW,
    ).returning(delivery.c.seq)  # fmt: skip
    return int(connection.execute(made).scalar_one())


def recount(connection: Connection) -> tuple[Counter[tuple[str, str, str]], dict[str, list[int]]]:
    """All closed attempts, row by row in Python: what the totals have to be."""
    joined = attempt.join(delivery, delivery.c.seq == attempt.c.delivery_seq).join(
        channel, channel.c.id == delivery.c.channel_id
    )
    counts, late = Counter[tuple[str, str, str]](), dict[str, list[int]]()
    rows = connection.execute(select(attempt, delivery.c.due_at, channel.c.platform).select_from(joined))
    for row in rows:
        if row.ended_at is None:
            continue
        known = {"late:published": "late", "Đơn tố cáo của ông A": "other"}.get(row.outcome, row.outcome)
        counts[row.platform, row.step, known] += 1
        if (row.step, row.outcome) == ("reveal", "published"):
            seconds = (row.started_at - row.due_at).total_seconds()
            place = next((n for n, bound in enumerate(BUCKETS_S) if seconds <= bound), len(BUCKETS_S))
            late.setdefault(row.platform, [0] * (len(BUCKETS_S) + 1))[place] += 1
    return counts, late


BEGINNINGS = st.tuples(
    st.just("begin"),
    st.integers(0, 5),
    st.sampled_from(["reveal", "prepare", "verify", "settle"]),
    st.sampled_from([-5, 0, 100, 101, 250, 999, 1000, 2_500, 60_000, 3_600_001]),
)
STORIES = st.lists(
    st.one_of(
        BEGINNINGS,
        st.tuples(st.just("end"), st.integers(0, 20), st.sampled_from(OUTCOMES)),
        st.just(("look",)),
        st.just(("restart",)),
    ),
    max_size=40,
)


@settings(max_examples=some(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(story=STORIES)
def test_counters_are_a_recount_of_the_ledger_whenever_it_is_looked_at(
    database: Database, tmp_path: Path, story: list[tuple[object, ...]]
):
    emptied(database)
    cache = tmp_path / "cache.json"
    cache.unlink(missing_ok=True)
    counting = Ledger(database, cache)
    with database.engine.begin() as connection:
        rows = [add_delivery(connection, number) for number in range(6)]
    before = Counter[tuple[str, str, str]]()
    for deed, *about in [*story, ("look",)]:
        with database.engine.begin() as connection:
            if deed == "begin":
                which, step, late_ms = about
                at = NOW + timedelta(milliseconds=late_ms)
                connection.execute(
                    insert(attempt).values(delivery_seq=rows[which], step=step, fence=1, worker="w",
                                           started_at=at)
                )  # fmt: skip
            elif deed == "end":
                open_now = select(attempt.c.id).where(attempt.c.ended_at.is_(None)).order_by(attempt.c.id)
                waiting = connection.execute(open_now).scalars().all()
                if waiting:
                    which, outcome = about
                    mine = attempt.c.id == waiting[which % len(waiting)]
                    connection.execute(update(attempt).where(mine).values(ended_at=NOW, outcome=outcome))
        if deed == "restart":
            counting.keep()
            counting = Ledger(database, cache)
        elif deed == "look":
            assert counting.look(None) == 0
            with database.read() as connection:
                counts, late = recount(connection)
            assert counting.totals.attempts == counts
            assert counting.totals.lateness == late
            assert before <= counts, "a counter went back"
            before = counts


@settings(max_examples=some(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    made=st.lists(st.tuples(st.sampled_from(list(Status)), st.integers(-9000, 9000)), max_size=12),
    moved=st.lists(st.tuples(st.integers(0, 11), st.sampled_from(list(Status))), max_size=12),
    gone=st.sets(st.integers(0, 11), max_size=4),
)
def test_the_depth_of_the_queue_sums_up_to_the_rows(
    database: Database,
    made: list[tuple[Status, int]],
    moved: list[tuple[int, Status]],
    gone: set[int],
):
    emptied(database)
    with database.engine.begin() as connection:
        rows = [add_delivery(connection, n, status, due) for n, (status, due) in enumerate(made)]
        for which, status in moved[: len(rows)]:
            mine = delivery.c.seq == rows[which % len(rows)]
            connection.execute(update(delivery).where(mine).values(status=status))
        for which in gone & set(range(len(rows))):
            connection.execute(delete(delivery).where(delivery.c.seq == rows[which]))
    with database.read() as connection:
        told = {one.name: one for one in figures._deliveries(connection, NOW)}
        depth = {one.labels["state"]: one.value for one in told["loa_deliveries"].samples}
        grouped = select(delivery.c.status, func.count()).group_by(delivery.c.status)
        assert {k: v for k, v in depth.items() if v} == dict(connection.execute(grouped).all())
        assert set(depth) == set(Status), "a state without deliveries is a known nought"
        waiting = delivery.c.status.in_(["queued", "preparing", "ready"]) & (delivery.c.due_at <= NOW)
        late = connection.execute(select(delivery.c.due_at).where(waiting)).scalars().all()
    assert told["loa_deliveries_overdue"].samples[0].value == len(late)
    longest = max(((NOW - at).total_seconds() for at in late), default=0)
    assert told["loa_overdue_seconds"].samples[0].value == longest


def test_counting_goes_on_where_a_look_ran_out_of_time(database: Database):
    emptied(database)
    with database.engine.begin() as connection:
        seq = add_delivery(connection, 0)
        row = {"delivery_seq": seq, "step": "verify", "fence": 1, "worker": "w", "started_at": NOW}
        connection.execute(insert(attempt), [{**row, "ended_at": NOW, "outcome": "published"}] * 8)
    counting = Ledger(database)
    assert counting.look(0) == 5, "three a bite"
    assert counting.look(0) == 2
    assert counting.look(None) == 0
    assert counting.totals.attempts == {("facebook", "verify", "published"): 8}


def test_attempts_whose_ids_are_seen_out_of_order_are_counted_once_each(server: Any, tmp_path: Path):
    """Of two workers that write side by side, the one with the lower id may commit later."""
    database = Database(server.database(tmp_path))
    with database.engine.begin() as connection:
        connection.execute(
            insert(channel).values(
                id="facebook", platform="facebook", account="", name="", state="ok",
                created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        seq = add_delivery(connection, 0)
    row = {"delivery_seq": seq, "step": "verify", "fence": 1, "worker": "w", "started_at": NOW}
    one = insert(attempt).values(**row, ended_at=NOW, outcome="published")
    counting, key = Ledger(database), ("facebook", "verify", "published")

    def counted() -> int:
        counting.look(0)
        return counting.totals.attempts[key]

    with database.engine.connect() as slow, database.engine.connect() as fast:
        for connection in (slow, fast):
            connection.execution_options(loa_beside_others=True)
        slow.execute(one)
        fast.execute(one)
        fast.commit()
        counted()
        slow.execute(one)
        slow.commit()
        assert counted() == counted() == 3, "one that came to be seen later was passed by"
        slow.execute(one)
        counted()
        slow.rollback()
        fast.execute(one)
        fast.commit()
        assert counted() == counted() == 4, "an id that never comes holds up nobody"
    database.close()


def test_a_database_put_back_from_a_backup_is_counted_anew(database: Database, tmp_path: Path):
    emptied(database)
    with database.engine.begin() as connection:
        seq = add_delivery(connection, 0)
        row = {"delivery_seq": seq, "step": "verify", "fence": 1, "worker": "w", "started_at": NOW}
        connection.execute(insert(attempt), [{**row, "ended_at": NOW, "outcome": "published"}] * 8)
    counting = Ledger(database, tmp_path / "cache.json")
    counting.look(None)
    counting.keep()
    with database.engine.begin() as connection:
        last = connection.execute(select(func.max(attempt.c.id))).scalar()
        connection.execute(update(attempt).where(attempt.c.id == last).values(worker="another"))
        connection.execute(update(attempt).values(outcome="retry"))
    again = Ledger(database, tmp_path / "cache.json")
    again.look(None)
    assert again.totals.attempts == {("facebook", "verify", "retry"): 8}


@pytest.mark.parametrize("kept", ["", "{}", "[]", '{"format": 1}', '{"format": 99}', "\x00"])
def test_a_damaged_cache_is_no_trouble(database: Database, tmp_path: Path, kept: str):
    (tmp_path / "cache.json").write_text(kept)
    counting = Ledger(database, tmp_path / "cache.json")
    counting.look(None)
    with database.read() as connection:
        assert counting.totals.attempts == recount(connection)[0]


# ---- what a scrape is answered with


@pytest.fixture
def published(office: Office, clock: TestClock) -> Office:
    office.approved()
    office.publish_until(clock.now() + timedelta(days=2))
    return office


def test_every_metric_that_is_told_is_described_and_of_its_kind(published: Office, in_office: Loa):
    told = in_office("metrics").out
    named = {name: family.type for name, family in read(told).items()}
    for name, kind in named.items():
        own = name.removesuffix("_info") if name.startswith("loa_build") else name
        assert METRICS[own].kind in (kind, "info"), name
    for family in read(told).values():
        for one in family.samples:
            labels = set(one.labels) - {"le", "version", "database"}
            own = family.name.removesuffix("_info")
            assert labels == set(METRICS[own].labels), family.name


def test_a_running_publisher_answers_over_http(office: Office, in_office: Loa, clock: TestClock):
    """The page is asked while the publisher works, and again after it has ended."""
    office.approved()
    clock.instant += timedelta(days=1, hours=1)
    with serving.serve(office.workspace, serving.parse("127.0.0.1:0")) as url:
        with closing(urlopen(url)) as answer:
            before = answer.read().decode()
        with office.publisher() as worker:
            worker.work_until(clock.now() + timedelta(hours=2))
        with closing(urlopen(url)) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            after = answer.read().decode()
    assert samples(before, "loa_deliveries")[("queued",)] == 2
    assert samples(after, "loa_deliveries")[("published",)] == 2
    assert value(before, "loa_deliveries_overdue") == 2
    assert value(after, "loa_deliveries_overdue") == 0
    told = samples(after, "loa_attempts_total")
    assert told["published", "facebook", "reveal"] == told["published", "website", "reveal"] == 1
    assert samples(after, "loa_lateness_seconds_count") == {("facebook",): 1, ("website",): 1}
    assert value(after, "process_resident_memory_bytes")
    with pytest.raises(OSError, match="refused"):
        urlopen(url)


def test_run_answers_prometheus_and_says_where(published: Office, in_office: Loa):
    told = in_office("run", "--once", "--metrics", "127.0.0.1:0")
    assert told.code == 0
    assert "http://127.0.0.1:" in told.err
    assert "CHÚ Ý" not in told.err


def test_listening_beyond_this_machine_is_warned_of(published: Office, in_office: Loa):
    told = in_office("run", "--once", "--metrics", "0.0.0.0:0")
    assert "CHÚ Ý" in told.err


def test_a_port_that_is_taken_is_told_before_anything_is_published(office: Office, in_office: Loa):
    post = office.approved()
    with serving.serve(office.workspace, serving.parse("127.0.0.1:0")) as url:
        taken = url.removeprefix("http://").removesuffix("/metrics")
        told = in_office("run", "--once", "--metrics", taken)
    assert told.code == UsageError.exit_code
    assert taken in told.err
    assert post
    assert set(office.statuses().values()) == {"queued"}


@pytest.mark.parametrize("written", ["", "9464x", "host:", "host:99999", "::1", "::1:9464", "http://a:b"])
def test_an_address_that_is_none_is_refused(written: str):
    with pytest.raises(UsageError):
        serving.parse(written)


@pytest.mark.parametrize(
    ("written", "host", "here"),
    [
        ("9464", "127.0.0.1", True),
        ("localhost:9464", "localhost", True),
        ("[::1]:9464", "::1", True),
        ("10.0.0.5:9464", "10.0.0.5", False),
        ("may-chu:9464", "may-chu", False),
    ],
)
def test_only_loopback_counts_as_this_machine(written: str, host: str, here: bool):
    address = serving.parse(written)
    assert (address.host, address.port, address.is_loopback) == (host, 9464, here)


def test_no_title_name_or_secret_is_among_the_labels(published: Office, in_office: Loa):
    office = published
    office.import_post("khac.md", title="Đơn tố cáo", due="2027-01-05T07:00+07:00")
    told = in_office("metrics").out
    with office.workspace.database.read() as connection:
        secret = office.server.world.pages["1001"].token
        kept = connection.execute(text("SELECT title, contributors FROM post")).all()
    for words in [secret, *(word for row in kept for word in row), "Xã Thử Nghiệm", "Trần Văn Duyệt"]:
        assert words not in told


def test_access_that_nobody_asked_about_is_absent_and_not_nought(
    published: Office, in_office: Loa, clock: TestClock
):
    told = in_office("metrics").out
    assert samples(told, "loa_token_expiry_timestamp_seconds") == {}
    assert samples(told, "loa_channel_access") == {("unknown", "facebook"): 1, ("unknown", "website"): 1}
    ends = clock.now() + timedelta(days=3)
    with published.workspace.database.engine.begin() as connection:
        connection.execute(delete(standing))
        connection.execute(
            insert(standing).values(channel_id="fanpage", checked_at=clock.now(), ok=True, expires_at=ends)
        )
    told = in_office("metrics").out
    [(labels, at)] = samples(told, "loa_token_expiry_timestamp_seconds").items()
    assert (labels, datetime.fromtimestamp(at, ends.tzinfo)) == (("fanpage", "facebook"), ends)
    assert samples(told, "loa_channel_access")["under_7d", "facebook"] == 1


def test_what_is_not_known_is_left_out(published: Office, in_office: Loa):
    told = in_office("metrics").out
    for name in ("loa_backup_timestamp_seconds", "loa_audit_intact", "loa_clock_skew_seconds",
                 "loa_oldest_doubt_seconds", "loa_publisher_heartbeat_age_seconds"):  # fmt: skip
        assert value(told, name) is None, name


def test_channels_are_told_of_one_by_one_only_so_many(published: Office, in_office: Loa, clock: TestClock):
    office = published
    with office.workspace.database.engine.begin() as connection:
        connection.execute(update(lane).values(failures=3))
        connection.execute(update(channel).where(channel.c.id == "fanpage").values(state="stopped"))
    told = in_office("metrics").out
    both = {("fanpage", "stopped", "facebook"): 1, ("website", "failing", "website"): 1}
    assert samples(told, "loa_channel_trouble") == both
    config = office.folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("channels = 200", "channels = 1"), "utf-8")
    told = in_office("metrics").out
    assert list(samples(told, "loa_channel_trouble")) == [("fanpage", "stopped", "facebook")]
    assert samples(told, "loa_channels")["facebook", "stopped"] == 1, "the sums know of all"


def test_a_doubt_grows_old_from_the_call_that_left_it_not_from_the_last_look(
    published: Office, in_office: Loa, clock: TestClock
):
    with published.workspace.database.engine.begin() as connection:
        mine = delivery.c.id == "hoi-dap@fanpage"
        seq = connection.execute(select(delivery.c.seq).where(mine)).scalar_one()
        connection.execute(update(delivery).where(mine).values(status="unknown", updated_at=clock.now()))
        row = {"delivery_seq": seq, "fence": 9, "worker": "w", "ended_at": clock.now(), "outcome": "unclear"}
        called = {"step": "reveal", "started_at": clock.now() - timedelta(minutes=16)}
        looked = {"step": "settle", "started_at": clock.now()}
        connection.execute(insert(attempt), [{**row, **called}, {**row, **looked}])
    told = in_office("metrics").out
    assert value(told, "loa_oldest_doubt_seconds") == 960
    assert samples(told, "loa_attempts_total")["unclear", "facebook", "reveal"] == 1


def test_a_publisher_that_was_killed_grows_silent(office: Office, in_office: Loa, clock: TestClock):
    """Its row stays as it was: alive by its own last word, so the age is what tells."""
    with office.workspace.database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO heartbeat (worker, host, pid, version, started_at, beat_at, stopped)"
                 " VALUES ('may:1:ab', 'may', 1, '0', :at, :at, false)"),
            {"at": clock.now().replace(tzinfo=None) if office.workspace.database.is_sqlite else clock.now()},
        )  # fmt: skip
    clock.forward(minutes=3)
    told = in_office("metrics").out
    assert value(told, "loa_publisher_heartbeat_age_seconds") == 180
    assert samples(told, "loa_worker_heartbeat_age_seconds") == {("may:1:ab",): 180}


def test_audit_backup_and_clock_are_told_once_they_are_known(published: Office, in_office: Loa):
    now = published.workspace.now()
    health.check_audit(published.workspace)
    health.note_checked(published.workspace, "backup", {"file": "x"})
    health.note_checked(published.workspace, "clock", {"skew_s": -3.5})
    told = in_office("metrics").out
    assert value(told, "loa_audit_intact") == 1
    assert value(told, "loa_audit_check_timestamp_seconds") == now.timestamp()
    assert value(told, "loa_backup_timestamp_seconds") == now.timestamp()
    assert value(told, "loa_clock_skew_seconds") == -3.5


def test_a_database_that_cannot_be_read_is_told_as_such_and_once(
    published: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    told = Figures(published.workspace, Ledger(published.workspace.database))
    monkeypatch.setattr(figures.tally, "counts", lambda _: (_ for _ in ()).throw(OSError("mất đĩa")))
    for _ in range(3):
        names = {one.name: one for one in told.collect()}
        assert set(names) == {"loa_build", "loa_database_up", "loa_scrape_seconds"}
        assert names["loa_database_up"].samples[0].value == 0
    assert len([one for one in caplog.records if one.name == "loa.metrics"]) == 1
    monkeypatch.undo()
    assert {one.name: one for one in told.collect()}["loa_database_up"].samples[0].value == 1


def test_the_file_for_a_collector_is_written_whole_or_not_at_all(
    published: Office, in_office: Loa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "loa.prom"
    assert in_office("metrics", "--file", file).code == 0
    first = file.read_text("utf-8")
    assert samples(first, "loa_deliveries")[("published",)] == 2
    monkeypatch.setattr(serving, "text", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
    assert in_office("metrics", "--file", file).code != 0
    assert file.read_text("utf-8") == first
    assert sorted(tmp_path.glob("*.prom*")) == [file]


def test_a_server_that_does_not_answer_leaves_no_good_news_in_the_file(
    published: Office, in_office: Loa, tmp_path: Path
):
    """A real address where nobody listens."""
    file = tmp_path / "loa.prom"
    file.write_text("loa_database_up 1.0\n", "utf-8")
    settings = published.folder / "config.toml"
    nobody = "postgresql://loa@127.0.0.1:1/loa"
    settings.write_text(settings_with(settings.read_text("utf-8"), nobody), "utf-8")
    assert in_office("metrics", "--file", file).code != 0
    told = read(file.read_text("utf-8"))
    assert [(name, one.value) for name in told for one in told[name].samples] == [("loa_database_up", 0.0)]


def test_totals_outlive_the_process_that_counted_them(published: Office, in_office: Loa):
    first = samples(in_office("metrics").out, "loa_attempts_total")
    kept = json.loads((published.folder / ledger.FILE).read_text("utf-8"))
    assert kept["seen"] == sum(first.values())
    assert samples(in_office("metrics").out, "loa_attempts_total") == first


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_prometheus_own_tool_has_nothing_to_say_against_it(published: Office, in_office: Loa):
    health.check_audit(published.workspace)
    told = in_office("metrics").out
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=told, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_step_and_outcome_that_loa_writes_has_a_label_of_its_own():
    from content.wording import catalogue

    words = {key.removeprefix("cli.outcome.") for key in catalogue("vi") if key.startswith("cli.outcome.")}
    assert words <= ledger.OUTCOMES
    assert set(Step) <= ledger.STEPS
