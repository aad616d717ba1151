"""The beacon: a page tells that it was read; totals by day, nobody's address, nothing twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from loa import config
from loa.services import beacon, channels, counter, reach, tally
from loa.services.beacon import Beacon
from loa.services.tally import Tally
from scheduler.store.tables import delivery, view_count, view_day
from tests.support.access_log import ANDROID, CHROME, HAI, HOST, MOT, get, line
from tests.support.office import Office
from tests.support.reached import out

NOW = datetime(2026, 11, 9, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def site(desk: Office) -> Office:
    """Two articles that are public, on a site whose pages carry the beacon."""
    carries_beacon(desk, "website")
    for name, path in (("mot", MOT), ("hai", HAI)):
        out(desk, name, 1, "website")
        gone = update(delivery).where(delivery.c.id == f"{name}@website").values(url=HOST + path)
        desk.workspace.database.run(lambda c, gone=gone: c.execute(gone))
    return desk


def carries_beacon(office: Office, channel_id: str) -> None:
    """The channel's setting `counter` is filled in."""
    told = {"counter": "https://dem.xa.example.gov.vn/c"}
    channels.change(office.workspace, office.people["ky"], channel_id, settings=told, secrets={})


def marker(office: Office, name: str) -> str:
    with office.workspace.database.read() as connection:
        return str(
            connection.execute(
                select(delivery.c.marker).where(delivery.c.id == f"{name}@website")
            ).scalar_one()
        )


@contextmanager
def served(told: Beacon, proxies: str = "") -> Iterator[str]:
    """The server itself, on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = beacon.server(told, proxies)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{beacon.PATH}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def send(url: str, message: str | bytes, agent: str = CHROME, **headers: str) -> requests.Response:
    """As `navigator.sendBeacon` does from another origin."""
    told = {"Content-Type": "text/plain;charset=UTF-8", "Origin": HOST, "User-Agent": agent, **headers}
    return requests.post(url, data=message, headers=told, timeout=10)


def stored(office: Office) -> dict[str, tuple[int, int]]:
    """Views and visitors by delivery, of all runs."""
    return {
        one.delivery: (one.views, one.visitors) for one in counter.stored(office.workspace, "website", 10)
    }


def test_what_pages_tell_is_counted_and_the_answer_says_and_keeps_nothing(site: Office) -> None:
    mot, hai = marker(site, "mot"), marker(site, "hai")
    with served(Beacon(site.workspace)) as url:
        answers = [send(url, mot), send(url, mot), send(url, mot, ANDROID), send(url, f"{hai}\n")]
    for answer in answers:
        assert (answer.status_code, answer.content) == (204, b"")
        assert "Set-Cookie" not in answer.headers
    assert stored(site) == {"mot@website": (3, 2), "hai@website": (1, 1)}
    reach.pull(site.workspace, lambda *_: None)
    told = {(one.delivery, one.metric): one for one in reach.newest(site.workspace)}
    views = told["mot@website", "views"]
    assert (views.value, views.source) == (3, "page beacon 2026-11-09/2026-11-09")
    assert "ít nhất 5 giây" in views.definition
    assert told["mot@website", "visitors"].value == 2


def test_only_known_pages_read_by_persons_are_counted(site: Office) -> None:
    site.workspace.config = config.parse('[counter]\nrobots = ["quet-tin"]\nown = ["198.51.100.0/24"]')
    mot = marker(site, "mot")
    with served(Beacon(site.workspace), proxies="127.0.0.1") as url:
        assert send(url, "khong-co-bai-nay").status_code == 204, "who guesses learns nothing"
        assert send(url, b"\xff\x00").status_code == 204
        assert send(url, "").status_code == 204
        assert send(url, mot, "curl/8.5.0").status_code == 204
        assert send(url, mot, "Quet-Tin/1.0").status_code == 204
        assert send(url, mot, "").status_code == 204
        assert send(url, mot, **{"X-Forwarded-For": "198.51.100.7"}).status_code == 204, "the unit's own"
        assert send(url, mot * 100).status_code == 413
        assert requests.get(url, timeout=10).status_code == 405
        assert requests.post(f"{url}/x", timeout=10).status_code == 404
        assert stored(site) == {}
        assert send(url, mot, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 204
    assert stored(site) == {"mot@website": (1, 1)}


def test_one_address_that_sends_on_and_on_is_turned_away_until_the_next_minute(
    site: Office, caplog: pytest.LogCaptureFixture
) -> None:
    mot = marker(site, "mot")
    with served(Beacon(site.workspace)) as url:
        came = [send(url, mot).status_code for _ in range(tally.MOST_A_MINUTE + 5)]
        site.clock.forward(minutes=1)
        assert send(url, mot).status_code == 204
    assert came == [204] * tally.MOST_A_MINUTE + [429] * 5
    assert caplog.text.count("X-Forwarded-For") == 1, (
        "perhaps a server in front keeps the addresses to itself"
    )
    assert stored(site) == {"mot@website": (tally.MOST_A_MINUTE + 1, 1)}


def test_no_more_addresses_are_kept_in_mind_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_ADDRESSES", 3)
    told = Tally(ZONE)
    monkeypatch.setattr(tally, "MOST_OTHERS", 2)
    assert [told.may_send(f"192.0.2.{n}", NOW) for n in range(7)] == [True] * 5 + [False] * 2
    assert len(told._senders) == 4, "three of their own, and one for all others"
    assert told.may_send("192.0.2.1", NOW), "whoever was there keeps an allowance of their own"
    assert told.may_send("192.0.2.9", NOW + timedelta(minutes=1))


def test_one_line_with_a_whole_network_of_ipv6_addresses_is_one_sender() -> None:
    told = Tally(ZONE)
    flood = sum(told.may_send(f"2001:db8::{n:x}", NOW) for n in range(tally.MOST_A_MINUTE + 50))
    assert flood == tally.MOST_A_MINUTE
    assert told.may_send("2001:db8:0:1::7", NOW), "the network beside it"
    told.may_send("192.0.2.1", NOW)
    told.may_send("::ffff:192.0.2.1", NOW)
    assert len(told._senders) == 3, "an IPv4 address in the dress of IPv6 is the same one"


def test_only_sites_that_carry_the_beacon_are_counted_by_it(desk: Office) -> None:
    """Facebook's posts have a marker and an address too, and nobody tells the beacon of them."""
    out(desk, "mot", 1, "fanpage", "website")
    gone = update(delivery).values(url=HOST + MOT)
    desk.workspace.database.run(lambda c: c.execute(gone))
    Beacon(desk.workspace).store()
    with desk.workspace.database.read() as connection:
        assert connection.execute(select(view_day)).all() == []
    carries_beacon(desk, "website")
    Beacon(desk.workspace).store()
    with desk.workspace.database.read() as connection:
        assert connection.execute(select(view_day.c.channel_id)).scalars().all() == ["website"]


def test_days_that_the_beacon_once_noted_for_a_channel_without_it_make_no_zeros(desk: Office) -> None:
    out(desk, "mot", 1, "website")
    now = desk.clock.now()
    noted = {"channel_id": "website", "day": "2026-11-09", "source": "beacon", "run": "r", "lines": 0}
    times = {"first_at": now, "last_at": now, "counted_at": now}
    desk.workspace.database.run(lambda c: c.execute(insert(view_day).values(**noted, **times)))
    reach.pull(desk.workspace, lambda *_: None)
    assert {one.value for one in reach.newest(desk.workspace)} == {None}


def test_a_beacon_that_is_taken_off_the_pages_takes_nothing_along_that_it_counted(site: Office) -> None:
    with served(Beacon(site.workspace)) as url:
        send(url, marker(site, "mot"))
    off = {"settings": {"counter": ""}, "secrets": {}}
    channels.change(site.workspace, site.people["ky"], "website", **off)  # type: ignore[arg-type]
    reach.pull(site.workspace, lambda *_: None)
    told = {(one.delivery, one.metric): one.value for one in reach.newest(site.workspace)}
    assert told["mot@website", "views"] == 1


def test_a_beacon_that_is_begun_does_not_throw_away_what_logs_told(site: Office, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    site.clock.forward(hours=26)
    log.write_text("".join(f"{line(f'192.0.2.{n}', '08:00:00', get(MOT))}\n" for n in range(200)), "utf-8")
    counter.import_logs(site.workspace, "website", [log])
    Beacon(site.workspace).store()
    reach.pull(site.workspace, lambda *_: None)
    told = {(one.delivery, one.metric): one for one in reach.newest(site.workspace)}
    views = told["mot@website", "views"]
    assert (views.value, views.source.split()[0]) == (200, "access"), "one day each: the log"
    for _ in range(4):
        site.clock.forward(days=1)
        told_now = Beacon(site.workspace)
        told_now.store()
    reach.pull(site.workspace, lambda *_: None)
    told = {(one.delivery, one.metric): one for one in reach.newest(site.workspace)}
    views = told["mot@website", "views"]
    assert views.source.split()[0] == "page", "it knows more of the days by now"
    counter.import_logs(site.workspace, "website", [log, _quiet_days(tmp_path)])
    told = {(one.delivery, one.metric): one for one in reach.newest(site.workspace)}
    assert told["mot@website", "views"].value == 200, "the log does again; the same number is news"


def _quiet_days(folder: Path) -> Path:
    """A log of the days after 09/11 on which nobody read anything."""
    file = folder / "quiet.log"
    lines = [line("192.0.2.1", "08:00:00", get("/x.css"), day=f"{n}/Nov/2026") for n in range(10, 16)]
    file.write_text("".join(f"{one}\n" for one in lines), "utf-8")
    return file


def test_minutes_of_counting_are_not_told_as_a_counted_day(site: Office) -> None:
    site.clock.forward(hours=15)  # 23:00 in the unit's zone
    told = Beacon(site.workspace)
    told.store()
    site.clock.forward(minutes=11)
    told.store()
    reach.pull(site.workspace, lambda *_: None)
    [views] = [one for one in reach.newest(site.workspace, "mot") if one.metric == "views"]
    assert views.note == "thiếu số của 1 trên 2 ngày kể từ ngày đăng; 1 ngày chỉ đếm được một phần"


def test_a_day_through_which_the_beacon_ran_with_a_short_break_is_a_whole_one(site: Office) -> None:
    published = update(delivery).values(published_at=site.clock.now())
    site.workspace.database.run(lambda c: c.execute(published))
    for _ in range(2):  # two runs, half an hour apart
        told = Beacon(site.workspace)
        for _ in range(53):
            told.store()
            site.clock.forward(minutes=10)
        site.clock.forward(minutes=20)
    reach.pull(site.workspace, lambda *_: None)
    notes = {one.note for one in reach.newest(site.workspace)}
    assert notes == {""}, "from 06:00, when it came out, to 23:50"


@pytest.mark.sqlite
def test_no_address_and_no_browser_reaches_the_disk_or_the_log(
    site: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    mot = marker(site, "mot")
    with served(Beacon(site.workspace), proxies="127.0.0.1") as url:
        send(url, mot, ANDROID, **{"X-Forwarded-For": "203.0.113.77"})
    site.workspace.close()
    kept = b"".join(file.read_bytes() for file in site.folder.rglob("*") if file.is_file())
    assert b"page beacon" not in kept
    assert b"beacon" in kept
    for word in ("203.0.113.77", "SM-A155F"):
        assert word.encode() not in kept
        assert word not in caplog.text


def test_each_day_has_a_key_of_its_own_and_begins_with_no_readers() -> None:
    salts = count()
    told = Tally(ZONE, lambda: next(salts).to_bytes(32, "big"))
    for hours in (0, 1, 24, 25, 2):  # the last with a clock that was set back
        told.count("website", 1, "192.0.2.1", CHROME, NOW + timedelta(hours=hours))
    days = {day.day.day: day.pages[1] for _, day in told.days()}
    assert {number: (page.views, page.visitors) for number, page in days.items()} == {9: (2, 1), 10: (3, 1)}
    assert next(salts) == 2, "two days, two keys"
    told.forget_before(NOW + timedelta(days=1))
    assert [day.day.day for _, day in told.days()] == [10]


def test_a_day_on_which_nobody_came_was_counted_all_the_same_and_says_zero(site: Office) -> None:
    told = Beacon(site.workspace)
    told.store()
    site.clock.forward(minutes=20)
    told.store()
    reach.pull(site.workspace, lambda *_: None)
    assert {one.value for one in reach.newest(site.workspace)} == {0}
    with site.workspace.database.read() as connection:
        [row] = connection.execute(select(view_day)).all()
    assert row.last_at == site.clock.now()


def test_an_article_that_comes_out_while_it_runs_is_counted_from_then_on(site: Office) -> None:
    told = Beacon(site.workspace)
    with served(told) as url:
        out(site, "ba", 0, "website")
        gone = update(delivery).where(delivery.c.id == "ba@website").values(url=HOST + "/bai/ba.html")
        site.workspace.database.run(lambda c: c.execute(gone))
        told.store()
        send(url, marker(site, "ba"))
    assert stored(site) == {"ba@website": (1, 1)}


STEPS = st.lists(st.sampled_from(["view", "store", "lost", "doubt", "kill", "night"]), max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_killed_anywhere_it_loses_what_came_since_it_last_stored_and_counts_nothing_twice(
    site: Office, steps: list[str]
) -> None:
    """`lost`: the store is out of reach. `doubt`: it has committed, and the answer got lost."""
    workspace = site.workspace
    workspace.database.run(lambda c: [c.execute(table.delete()) for table in (view_count, view_day)])
    page, runs, run = ("website", 1), count(), workspace.database.run
    told = Beacon(workspace, f"run-{next(runs)}")
    sure = unsure = 0
    for step in steps:
        if step == "view":
            told._tally.count(*page, "192.0.2.1", CHROME, workspace.now())
            unsure += 1
        elif step == "kill":
            told, unsure = Beacon(workspace, f"run-{next(runs)}"), 0
        elif step == "night":
            site.clock.forward(hours=24)
        else:

            def broken(work, step=step):  # type: ignore[no-untyped-def]
                if step == "doubt":
                    run(work)
                raise OSError("the line was cut")

            with pytest.MonkeyPatch.context() as patch:
                if step != "store":
                    patch.setattr(workspace.database, "run", broken)
                told.store()
            if step != "lost":
                sure, unsure = sure + unsure, 0
        with workspace.database.read() as connection:
            rows = connection.execute(select(view_count.c.views).where(view_count.c.origin == "")).scalars()
            assert sum(rows) == sure


@pytest.mark.slow
def test_the_command_serves_until_ctrl_c_and_survives_a_kill_with_what_it_had_stored(site: Office) -> None:
    mot = marker(site, "mot")
    site.workspace.close()

    def start() -> tuple[subprocess.Popen[str], str]:
        words = [
            sys.executable,
            "-m",
            "loa.cli.main",
            "-w",
            str(site.folder),
            "counter",
            "serve",
            "--port",
            "0",
        ]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_env()
        )
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    first, url = start()
    assert send(url, mot).status_code == 204
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=30)
    assert (first.returncode, "Bộ đếm đã dừng" in said) == (0, True), said
    second, url = start()
    assert send(url, mot).status_code == 204
    second.kill()
    second.communicate(timeout=30)
    views, _ = stored(site)["mot@website"]
    assert 1 <= views <= 2


def _env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LOA_")} | {
        "PYTHONPATH": str(Path(__file__).resolve().parents[2])
    }


def test_a_port_that_is_taken_is_told_in_words(site: Office, at_desk) -> None:  # type: ignore[no-untyped-def]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = at_desk("counter", "serve", "--port", taken.getsockname()[1])
    assert (answer.code, "--port" in answer.err) == (2, True)
