"""Real publisher processes, killed for real: one public post, in a named state, within a minute.

The platform and the test live on; only the publisher dies. `slow` does the work and answers late, so
that the kill falls between the platform's yes and our commit.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from scheduler.clock import SystemClock
from tests.oracles.facebook import audit
from tests.support.office import Office, open_office

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
FANPAGE = "hoi-dap@fanpage"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The practice office on the real clock."""
    with PracticeServer(audit=audit) as server:
        with open_office(tmp_path / "xa", server, SystemClock()) as opened:  # type: ignore[arg-type]
            yield opened
        assert server.violations == []


_started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _leave_no_publisher_behind() -> Iterator[None]:
    yield
    while _started:
        process = _started.pop()
        process.kill()
        process.communicate()


def start(office: Office) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "loa.cli.main", "-w", str(office.folder), "run", "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    _started.append(process)
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    ended = process.wait(PATIENCE_S)
    said = process.stderr.read().decode() if process.stderr else ""
    assert ended in (0, -signal.SIGTERM), said  # the signal may come before the publisher listens for it


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something outside this process; fails by name."""
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, f"after {PATIENCE_S:.0f} s still not: {what}"
        time.sleep(0.02)


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def total(office: Office, name: str) -> int:
    return int(office.server.ledger(arrivals=False)["total"][name])


def test_killed_between_the_platforms_yes_to_the_reveal_and_our_commit(office: Office):
    office.approved(channels="[fanpage]", due=soon(2))
    office.server.fault("slow", method="POST", edge="", seconds=5)
    first = start(office)
    until(lambda: total(office, "public") == 1, "public on the platform")
    assert office.view(FANPAGE).status == "revealing"
    kill(first)
    second = start(office)
    until(lambda: office.view(FANPAGE).status == "published", "published after the restart")
    stop(second)
    assert (total(office, "public"), total(office, "reveals"), total(office, "creates_feed")) == (1, 1, 1)
    assert ("reveal", "interrupted") in office.steps(FANPAGE)
    assert ("settle", "seen_public") in office.steps(FANPAGE)


def test_killed_between_the_platforms_yes_to_the_hidden_create_and_our_commit(office: Office):
    office.approved(channels="[fanpage]", due=soon(4))
    office.server.fault("slow", method="POST", edge="feed", seconds=5)
    first = start(office)
    until(lambda: total(office, "hidden") == 1, "hidden on the platform")
    kill(first)
    second = start(office)
    until(lambda: office.view(FANPAGE).status == "published", "published after the restart")
    stop(second)
    assert (total(office, "public"), total(office, "creates_feed")) == (1, 1), "the orphan was adopted"


def test_killed_between_prepare_and_reveal(office: Office):
    office.approved(channels="[fanpage]", due=soon(4))
    first = start(office)
    until(lambda: office.view(FANPAGE).status == "ready", "prepared")
    kill(first)
    assert total(office, "public") == 0
    second = start(office)
    until(lambda: office.view(FANPAGE).status == "published", "published after the restart")
    stop(second)
    assert (total(office, "public"), total(office, "creates_feed")) == (1, 1)


def test_killed_again_and_again_at_random_everything_is_public_exactly_once(office: Office):
    seed = int(os.environ.get("LOA_SEED", "20261109"))
    rng = random.Random(seed)
    names = [f"bai-{number:02}" for number in range(15)]
    for number, name in enumerate(names):
        office.approved(
            f"{name}.md", title=f"Bài số {number}", text=f"Nội dung số {number}.", due=soon(3 + number * 0.2)
        )
    for _ in range(8):
        process = start(office)
        time.sleep(rng.uniform(0.7, 2.2))  # a random instant of a real process is what is tested
        kill(process)
    last = start(office)
    until(lambda: set(office.statuses().values()) == {"published"}, f"all published (seed {seed})")
    stop(last)
    assert total(office, "public") == len(names), f"seed {seed}"
    texts = [post["message"] for post in public_posts(office)]
    assert len(set(texts)) == len(names), f"seed {seed}"
    articles = list((office.folder / "site" / "current" / "bai").glob("*.html"))
    assert len(articles) == len(names), f"seed {seed}"


def public_posts(office: Office) -> list[dict[str, str]]:
    import requests

    [page] = office.server.world.pages.values()
    answer = requests.get(
        f"{office.server.url}/v26.0/{page.id}/published_posts",
        params={"fields": "message", "limit": "100"},
        headers={"Authorization": f"Bearer {page.token}"},
        timeout=10,
    )
    data: list[dict[str, str]] = answer.json()["data"]
    return data


def test_a_second_publisher_is_refused_and_the_first_goes_on(office: Office):
    office.approved(channels="[fanpage]", due=soon(6))
    first = start(office)
    until(lambda: office.view(FANPAGE).status == "ready", "the first is at work")
    second = start(office)
    assert second.wait(PATIENCE_S) == 3
    assert second.stderr is not None
    said = second.stderr.read().decode()
    assert "Đã có một bộ đăng bài đang chạy" in said
    assert str(first.pid) in said
    until(lambda: office.view(FANPAGE).status == "published", "published by the first")
    stop(first)


def test_a_post_approved_by_another_process_is_seen_within_a_second(office: Office):
    process = start(office)
    until(lambda: (office.folder / "loa.db.publisher.lock").exists(), "publisher started")
    time.sleep(1)
    office.approved(channels="[fanpage]", due=soon(1.5))
    asked = time.monotonic()
    until(lambda: total(office, "hidden") + total(office, "public") == 1, "prepared")
    assert time.monotonic() - asked < 5, "seen by its own news, not by chance of a restart"
    until(lambda: office.view(FANPAGE).status == "published", "published")
    stop(process)


def test_five_hundred_pages_get_their_post_once_each_and_never_early(
    office: Office, record_property: Callable[[str, object], None]
):
    from loa.services import channels

    count = 500
    for number in range(count):
        token = office.server.add_page(str(5000 + number), f"Xã {number}").token
        channels.add(
            office.workspace,
            office.people["ky"],
            f"xa{number}",
            platform="facebook",
            account=str(5000 + number),
            settings={"base_url": office.server.url},
            secrets={"page_token": token},
        )
    wait = timedelta(seconds=15)
    due = datetime.now(UTC).replace(microsecond=0) + wait
    names = ", ".join(f"xa{number}" for number in range(count))
    office.approved(channels=f"[{names}]", due=due.isoformat())
    process = start(office)
    until(lambda: total(office, "public") == count, "all public")
    stop(process)
    reveals = [a for a in office.server.ledger()["arrivals"] if a["method"] == "POST" and a["edge"] == ""]
    assert len({a["object"] for a in reveals}) == len(reveals) == count
    late = sorted(float(a["wall"]) - due.timestamp() for a in reveals)
    told = f"first {late[0]:.3f} s, median {late[250]:.3f} s, last {late[-1]:.3f} s after the due instant"
    record_property("reveals", told)
    sys.stderr.write(f"\n500 reveals: {told}\n")
    assert late[0] >= 0, "nothing goes out before its minute"
