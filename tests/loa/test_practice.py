"""Training: practice platforms as channels in one command, and trouble on purpose on each of them."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.practice.hall import PracticeHall
from connectors.practice.places import OA, PAGE, PLATFORMS
from content.kits import load_kit
from loa.services import channels, people
from loa.services.people import Person
from loa.services.workspace import Workspace
from tests.connectors.practice.test_hall import free_row
from tests.loa.conftest import NOBODY_THERE, Answer, Loa
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, PEOPLE, Office

CHANNEL = {"facebook": "fanpage", "youtube": "youtube", "zalo": "zalo", "wordpress": "cong"}


@pytest.fixture
def hall(tmp_path: Path, clock: TestClock) -> Iterator[PracticeHall]:
    with PracticeHall(site=tmp_path / "xa" / "site" / "current", clock=clock.now) as running:
        yield running


@pytest.fixture
def empty(tmp_path: Path, clock: TestClock, hall: PracticeHall) -> Iterator[Office]:
    """An office with its people and not a single channel."""
    workspace = Workspace.create(tmp_path / "xa", clock)
    officers: dict[str, Person] = {}
    for name, (full_name, roles) in PEOPLE.items():
        officers[name] = people.add(
            workspace, officers.get("ky"), name, full_name=full_name, roles=roles, passphrase=PASSPHRASE
        )
    yield Office(workspace, hall.facebook, clock, officers)
    workspace.close()


@pytest.fixture
def add_channels(empty: Office, hall: PracticeHall, run_loa: Loa) -> Loa:
    return lambda url=hall.url, **more: run_loa(
        "practice", "channels", "--url", url, **{"workspace": empty.folder, **more}
    )


def platforms_of(office: Office) -> dict[str, str]:
    return {view.id: view.platform for view in channels.listing(office.workspace)}


# ---- channels --------------------------------------------------------------------------------------


def test_one_command_adds_every_practice_platform_and_each_of_them_works(
    empty: Office, add_channels: Loa, run_loa: Loa
):
    answer = add_channels()
    assert answer.code == 0, answer.err
    wanted = {"website": "website", **{id_: platform for platform, id_ in CHANNEL.items()}}
    assert platforms_of(empty) == wanted
    for channel in wanted:
        checked = run_loa("channel", "check", channel, workspace=empty.folder)
        assert checked.code == 0, checked.err
    assert "practice-token" not in answer.out + answer.err, "a secret is not shown"


def test_after_a_restart_the_same_command_repairs_the_channels(
    empty: Office, tmp_path: Path, run_loa: Loa, clock: TestClock
):
    port = free_row()
    command = ("practice", "channels", "--url", f"http://127.0.0.1:{port}")
    site = tmp_path / "site"
    with PracticeHall(port=port, site=site, clock=clock.now):
        assert run_loa(*command, workspace=empty.folder).code == 0
    with PracticeHall(port=port, site=site, clock=clock.now):
        lost = run_loa("channel", "check", "zalo", workspace=empty.folder)
        assert lost.code == 5, "the tokens of the platform that ended are worth nothing"
        assert run_loa(*command, workspace=empty.folder).code == 0
        assert run_loa("channel", "check", "zalo", workspace=empty.folder).code == 0
    assert len(platforms_of(empty)) == 5


def test_a_platform_that_moved_to_another_port_is_named(
    empty: Office, add_channels: Loa, clock: TestClock, hall: PracticeHall
):
    add_channels()
    with PracticeHall(only=["wordpress"], clock=clock.now) as other:
        answer = add_channels(other.url)
        assert answer.code == 3
        assert hall.wordpress.url in answer.err
        assert other.wordpress.url in answer.err


@pytest.mark.parametrize(
    ("platform", "address"),
    [("website", "https://phapluat.example.vn/"), ("website", "https://127.0.0.1.example.vn/")],
)
def test_a_workspace_that_publishes_for_real_gets_no_practice_channels(
    empty: Office, add_channels: Loa, platform: str, address: str
):
    settings = {"base_url": address}
    channels.add(
        empty.workspace, empty.people["ky"], "that", platform=platform, settings=settings, secrets={}
    )
    answer = add_channels()
    assert answer.code == 3
    assert "có kênh thật (that)" in answer.err
    assert platforms_of(empty) == {"that": platform}


def test_only_an_operator_adds_them(empty: Office, add_channels: Loa):
    assert add_channels(user="soan").code == 3
    assert platforms_of(empty) == {}


def test_nobody_there_is_said(add_channels: Loa):
    answer = add_channels(NOBODY_THERE)
    assert answer.code == 5
    assert "Hãy chạy `loa practice` trước" in answer.err


# ---- trouble ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def standing() -> Iterator[PracticeHall]:
    """One for all tests that only ask."""
    with PracticeHall() as running:
        yield running


@pytest.fixture
def fault(standing: PracticeHall, run_loa: Loa) -> Loa:
    return lambda *args: run_loa("practice", "fault", *args, "--url", standing.url)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_kinds_of_trouble_are_listed_with_their_meaning(fault: Loa, platform: str):
    answer: Answer = fault("--platform", platform)
    assert answer.code == 0
    rows = dict(re.split(r"  +", line, maxsplit=1) for line in answer.out.splitlines()[2:])
    assert "cut_after_accept" in rows
    assert all(len(meaning) > 8 for meaning in rows.values()), "a kind without a word"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_unknown_kind_names_the_known_ones(fault: Loa, platform: str):
    answer: Answer = fault("zzzzzz", "--platform", platform)
    assert answer.code == 2
    assert "cut_before" in answer.err
    near: Answer = fault("cut_after_acept", "--platform", platform)
    assert "Dùng được: cut_after_accept" in near.err


def test_a_platform_that_is_not_open_is_said(run_loa: Loa):
    with PracticeHall(only=["zalo"]) as hall:
        answer = run_loa("practice", "fault", "500", "--platform", "youtube", "--url", hall.url)
    assert answer.code == 4
    assert "Đang mở: zalo" in answer.err


@pytest.mark.parametrize("platform", PLATFORMS)
def test_trouble_at_the_moment_of_publishing_ends_in_one_public_post(
    empty: Office, add_channels: Loa, run_loa: Loa, hall: PracticeHall, platform: str
):
    """The trial that every officer should see: taken, cut before the answer, found again by itself."""
    assert add_channels().code == 0
    delivery = f"hoi-dap@{CHANNEL[platform]}"
    keys = {"channels": f"[{CHANNEL[platform]}]"}
    if platform == "youtube":
        film = load_kit("law_day").items[0].path.with_name("muoi-giay.mp4")
        shutil.copy(film, empty.folder / "posts")
        keys |= {"media": "[{file: muoi-giay.mp4, alt: Phim ngắn}]", "kind": "video"}
    empty.approved(**keys)
    empty.publish_until(empty.view(delivery).due_at - timedelta(seconds=1))
    assert empty.view(delivery).status == "ready"
    trouble = ("cut_after_accept", "--platform", platform, "--when", "publish")
    armed = run_loa("practice", "fault", *trouble, "--url", hall.url)
    assert armed.code == 0, armed.err
    empty.publish_until(empty.view(delivery).due_at + timedelta(minutes=5))
    assert ("reveal", "unclear") in empty.steps(delivery), "the trouble did not hit the call that publishes"
    view = empty.view(delivery)
    assert (view.status, bool(view.verified_at)) == ("published", True)
    assert public_on(hall, platform) == 1


def public_on(hall: PracticeHall, platform: str) -> int:
    world = hall.facebook.world
    counts = {
        "facebook": lambda: sum(1 for _ in world.public_posts(world.pages[PAGE])),
        "youtube": lambda: len(hall.youtube.public_videos()),
        "zalo": lambda: sum(1 for _ in hall.zalo.world.public_articles(hall.zalo.world.oas[OA])),
        "wordpress": lambda: len(hall.wordpress.world.public()),
    }
    return counts[platform]()


# ---- the command itself ----------------------------------------------------------------------------


def test_the_command_says_where_everything_is_and_ends_with_ctrl_c():
    port = free_row()
    command = [sys.executable, "-m", "loa.cli.main", "practice", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().strip() == f"http://127.0.0.1:{port}"
            second = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert second.returncode == 2
            assert f"Không mở được cổng {port}" in second.stderr
        finally:
            process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [f"127.0.0.1:{port + number}" in told for number in range(1, 5)] == [True] * 4
    assert "Traceback" not in told
