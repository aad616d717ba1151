"""What `loa worker` and `loa run` say, or refuse, at the start on machines that share one server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.contract import Published
from connectors.errors import NotYet
from connectors.extras import Removes
from connectors.practice import PracticeServer
from content.errors import RefusedByRule
from content.wording import use_language
from loa.cli.main import cli
from loa.services import deliveries, machines, publishing, stopping, working, zoning
from loa.services.connecting import Connectors
from loa.services.overview import overview
from loa.services.workspace import Workspace
from scheduler.publisher import Publisher
from scheduler.worker import Worker
from scheduler.zones import Serves
from tests.support.clock import TestClock
from tests.support.machines import first_machine, joined, quick_packs
from tests.support.office import Office

WEB = Serves(zones=("may-web",))
NIGHT = datetime.fromisoformat("2026-11-09T21:00+07:00")


@pytest.fixture
def here(tmp_path: Path, clock: TestClock, server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    quick_packs(monkeypatch)
    with (
        PracticeServer(clock=clock.now) as platform,
        first_machine(tmp_path / "a", platform, clock, server.empty(tmp_path)) as office,
    ):
        machines.seen(office.workspace, "ky", publishes=True)
        yield office


@pytest.fixture
def there(here: Office, tmp_path: Path) -> Iterator[Office]:
    with joined(here, tmp_path / "b", "may-b") as office:
        yield office


@pytest.fixture(autouse=True)
def _not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the start is looked at here."""
    monkeypatch.setattr(Worker, "run", lambda _, **__: 0)
    monkeypatch.setattr(Publisher, "run", lambda _, **__: 0)


def loa(office: Office, *words: str) -> Result:
    try:
        return CliRunner().invoke(cli, ["-w", str(office.folder), *words])
    finally:
        use_language("vi")


def site(office: Office) -> Path:
    return office.folder / "site"


# ---- a machine that has not joined


@pytest.mark.parametrize("way", ["no_key", "another_key"])
@pytest.mark.parametrize("command", ["worker", "run"])
def test_a_machine_that_may_publish_nothing_is_refused_at_the_start_with_the_remedy(
    there: Office, way: str, command: str
):
    there.workspace.close()
    key = there.folder / "witness.key"
    key.unlink() if way == "no_key" else key.write_text("ab" * 32)
    said = loa(there, command)
    assert isinstance(said.exception, RefusedByRule)
    assert "loa machine join TỆP THƯ_MỤC_MỚI" in str(said.exception)
    assert "đang chạy" not in said.stderr
    guest = Workspace.open(there.folder, there.clock)
    try:
        for start in (working.worker, publishing.publisher):
            with pytest.raises(RefusedByRule), start(guest):
                pass
        assert overview(guest).workers == [], "it is not counted as one that runs"
    finally:
        guest.close()


def test_a_machine_that_has_joined_starts(there: Office):
    for start in (working.worker, publishing.publisher):
        with start(there.workspace):
            pass


# ---- what a worker serves


def test_a_worker_says_which_channels_are_its_own_as_things_stand(here: Office):
    assert "2 kênh: fanpage, website." in loa(here, "worker").stderr
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    assert "1 kênh: fanpage." in loa(here, "worker").stderr
    assert "1 kênh: website." in loa(here, "worker", "--zone", "may-web").stderr


def test_a_zone_that_no_channel_is_in_is_told_with_those_there_are_and_the_worker_runs(here: Office):
    said = loa(here, "worker", "--zone", "may-wbe")
    assert said.exit_code == 0
    assert "Chưa kênh nào thuộc vùng may-wbe" in said.stderr
    assert "chưa kênh nào có vùng" in said.stderr
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    said = loa(here, "worker", "--zone", "may-wbe", "--zone", "may-web")
    assert "Các vùng đang có kênh: may-web." in said.stderr
    assert "loa channel set MÃ_KÊNH --zone may-wbe" in said.stderr
    assert said.stderr.count("Chưa kênh nào") == 1
    assert zoning.served(here.workspace, Serves(channels=("fanpage",))).channels == ("fanpage",)


# ---- a site that is a folder on one of several machines


REMEDY = "loa channel set website --zone VÙNG"


def test_one_machine_alone_is_told_nothing_of_zones(here: Office):
    for words in (("worker",), ("run",), ("status",), ("doctor",)):
        assert "--zone" not in loa(here, *words).output, words


def test_where_several_machines_publish_a_folder_without_a_zone_is_told_everywhere(
    here: Office, there: Office
):
    for office in (here, there):
        for words in (("worker",), ("run",), ("status",)):
            assert REMEDY in loa(office, *words).output, words
        assert "--zone VÙNG" in loa(office, "doctor").output
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    for words in (("worker",), ("run",), ("status",), ("doctor",)):
        assert "--zone VÙNG" not in loa(there, *words).output, words


def test_a_post_never_begins_a_second_site_on_another_machines_disk(here: Office, there: Office):
    """It would be told as public, and be read by nobody."""
    here.approved("mot.md", id="mot", title="Một", channels="[website]")
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    here.publish_until(NIGHT, WEB)
    assert here.view("mot@website").status == "published"
    zoning.put(here.workspace, here.people["ky"], "website", "")
    here.approved("hai.md", id="hai", title="Hai", channels="[website]", due="2026-11-10T09:00+07:00")
    due = here.view("hai@website").due_at
    there.publish_until(due)
    view = there.view("hai@website")
    assert (view.status, view.last_error.partition(": ")[0]) == ("queued", "site:elsewhere")
    assert not site(there).exists()
    shown = loa(there, "queue", "show", "hai@website").output
    assert REMEDY in shown, shown
    here.publish_until(NIGHT.replace(day=11))
    assert here.view("hai@website").status == "published", "the machine that has the site"


def test_the_machine_that_a_zone_chose_begins_the_site(here: Office, there: Office):
    here.approved(channels="[website]")
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    there.publish_until(NIGHT, WEB)
    assert there.view("hoi-dap@website").status == "published"
    assert site(there).exists()
    assert not site(here).exists()


def test_a_take_down_on_the_wrong_machine_is_not_taken_for_done(here: Office, there: Office):
    connectors = Connectors(there.workspace)
    website = connectors.connect("website")
    assert isinstance(website, Removes)
    with pytest.raises(NotYet, match="site:elsewhere"):
        website.remove(Published("marker"))
    connectors.close()
    assert not site(there).exists()


def test_a_take_down_typed_on_the_wrong_machine_is_done_by_the_one_that_has_the_site(
    here: Office, there: Office
):
    """Also where a zone is set: that says which machine it is, and a command may be typed on any."""
    here.approved("mot.md", id="mot", title="Một", channels="[website]")
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    here.publish_until(NIGHT, WEB)
    told = stopping.take_down(there.workspace, there.people["duyet"], "mot", "sai chữ")
    assert [(one.done, one.trouble.partition(": ")[0]) for one in told] == [(False, "site:elsewhere")]
    assert not site(there).exists()
    assert there.view("mot@website").status == "removing"
    here.clock.forward(minutes=1)
    stopping.taking_down.round_of_the_publisher(here.workspace, WEB)
    assert here.view("mot@website").status == "removed"
    assert not list((site(here) / "current").rglob("mot*.html"))


def test_a_take_down_that_does_not_come_off_is_tried_ever_less_often(here: Office, there: Office):
    here.approved("mot.md", id="mot", title="Một", channels="[website]")
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    here.publish_until(NIGHT, WEB)
    stopping.take_down(there.workspace, there.people["duyet"], "mot", "sai chữ")
    for _ in range(60):  # ten minutes
        here.clock.forward(seconds=10)
        stopping.taking_down.round_of_the_publisher(there.workspace, WEB)
    tries = [one.step for one in deliveries.dossier(there.workspace, "mot@website").attempts].count("remove")
    assert 3 <= tries <= 7
    assert there.view("mot@website").status == "removing"


def test_the_list_of_channels_says_which_zone_each_is_in(here: Office):
    assert "Vùng" not in loa(here, "channel", "list").output
    zoning.put(here.workspace, here.people["ky"], "website", "may-web")
    told = loa(here, "channel", "list").output
    assert "Vùng" in told
    assert "may-web" in told
