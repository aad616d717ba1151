"""A load on the practice platforms: really published, counted by them, and never put on a real channel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.practice.hall import PracticeHall
from content.errors import NotFound, PlatformTrouble, RefusedByRule, UsageError
from loa.services import channels, deliveries, loading
from loa.services.workspace import Workspace
from scheduler.clock import SystemClock
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.office import Office

UNITS = 3


@pytest.fixture(scope="module")
def hall() -> Iterator[PracticeHall]:
    with PracticeHall(units=UNITS, only=("facebook", "zalo")) as opened:
        yield opened


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_load_is_published_and_the_platforms_say_how_it_went(
    hall: PracticeHall, tmp_path: Path, run_loa: Loa, monkeypatch: pytest.MonkeyPatch
):
    """On the real clock: a publisher in threads runs here."""
    monkeypatch.setattr("loa.services.workspace.SystemClock", SystemClock)
    monkeypatch.setattr(loading, "AT_LEAST", loading.SOON)
    folder = tmp_path / "tai"
    told = run_loa("practice", "load", "--folder", folder, "--url", hall.url, "--units", 2, "--run", "--json")
    assert told.code == 0, told.err
    found = told.json
    assert {one["platform"]: (one["planned"], one["public"]) for one in found["platforms"]} == {
        "facebook": (2, 2), "zalo": (2, 2), "website": (2, 2),
    }  # fmt: skip
    assert (found["lost"], found["double"], found["states"]) == (0, 0, {"published": 6})
    assert all(0 <= one["p50_s"] <= one["p99_s"] <= one["max_s"] for one in found["platforms"])
    counts = {page: told["public"] for page, told in hall.facebook.ledger(arrivals=False)["pages"].items()}
    assert Counter(counts.values())[1] == 2
    workspace = loading.opened(folder)
    try:
        _it_tells_what_is_lost_and_what_came_twice(workspace, hall, run_loa, folder)
    finally:
        workspace.close()


def _it_tells_what_is_lost_and_what_came_twice(
    workspace: Workspace, hall: PracticeHall, run_loa: Loa, folder: Path
) -> None:
    """By what the platform shows, whatever the rows believe."""
    [page, other] = [one for one in hall.facebook.world.pages.values() if one.posts]
    twin = page.posts[0]
    page.posts.append(twin)
    other.posts.clear()
    told = run_loa("practice", "result", "--folder", folder, "--url", hall.url, "--json")
    assert told.code == 1
    assert (told.json["lost"], told.json["double"]) == (1, 1)
    shown = run_loa("practice", "result", "--folder", folder, "--url", hall.url)
    assert "mất 1" in shown.err


def test_a_second_load_adds_posts_to_the_same_units(hall: PracticeHall, tmp_path: Path):
    units = loading.units_at(hall.url)
    workspace, officers = loading.made(tmp_path / "tai")
    first = loading.prepare(workspace, officers, units, posts=2, at=None, say_step=lambda _: None)
    workspace.close()
    workspace, officers = loading.made(tmp_path / "tai")
    second = loading.prepare(workspace, officers, units, posts=1, at=None, say_step=lambda _: None)
    views = deliveries.listing(workspace)
    workspace.close()
    assert (first.units, first.channels, first.deliveries, second.deliveries) == (3, 9, 18, 9)
    assert Counter(view.status for view in views) == {"queued": 27}
    assert Counter(view.due_at for view in views) == Counter({first.due_at: 18}) + Counter({second.due_at: 9})


# ---- practice only


def test_a_workspace_that_was_not_made_by_it_is_left_alone(hall: PracticeHall, desk: Office, run_loa: Loa):
    desk.workspace.close()
    before = files(desk.folder)
    for command in ("load", "result"):
        told = run_loa("practice", command, "--folder", desk.folder, "--url", hall.url)
        assert told.code == RefusedByRule.exit_code
        assert str(desk.folder) in told.err.replace("\n", "")
    assert files(desk.folder) == before


def test_a_folder_of_somebody_else_is_left_alone(hall: PracticeHall, tmp_path: Path):
    (tmp_path / "quan-trong.md").write_text("của người khác", "utf-8")
    with pytest.raises(RefusedByRule):
        loading.made(tmp_path)
    assert files(tmp_path) == {"quan-trong.md"}


def test_a_channel_that_leads_elsewhere_ends_it(hall: PracticeHall, tmp_path: Path):
    """Also one that somebody added later, whatever the mark says."""
    workspace, officers = loading.made(tmp_path / "tai")
    channels.add(workspace, officers["kythuat"], "that", platform="facebook", account="99",
                 settings={}, secrets={"page_token": "x"})  # fmt: skip
    workspace.close()
    with pytest.raises(RefusedByRule, match="that"):
        loading.made(tmp_path / "tai")
    with pytest.raises(RefusedByRule, match="that"):
        loading.opened(tmp_path / "tai")


@pytest.mark.parametrize(
    "url", ["https://graph.facebook.com", "http://10.0.0.9:8765", "http://127.0.0.1.evil.vn", ""]
)
def test_only_platforms_on_this_machine_are_asked(url: str, tmp_path: Path, run_loa: Loa):
    with pytest.raises(UsageError):
        loading.units_at(url)
    folder = tmp_path / "tai"
    assert run_loa("practice", "load", "--folder", folder, "--url", url or "x").code == UsageError.exit_code
    assert not folder.exists()


def test_a_practice_platform_that_names_an_address_elsewhere_is_not_believed(
    hall: PracticeHall, monkeypatch: pytest.MonkeyPatch
):
    real = loading.training.ask
    for name in ("url", "settings"):

        def lying(url: str, name: str = name) -> object:
            found = real(url)
            there = "https://graph.facebook.com"
            found[0][name] = there if name == "url" else {**found[0]["settings"], "base_url": there}
            return found

        monkeypatch.setattr(loading.training, "ask", lying)
        with pytest.raises(UsageError, match=r"graph\.facebook\.com"):
            loading.units_at(hall.url)


def test_platforms_without_units_or_without_anybody_there_are_told_of():
    with PracticeHall(only=("facebook",)) as bare, pytest.raises(UsageError, match="--units"):
        loading.units_at(bare.url)
    with pytest.raises(PlatformTrouble):
        loading.units_at("http://127.0.0.1:9")


def test_a_result_of_nothing_is_told_as_such(tmp_path: Path, hall: PracticeHall):
    with pytest.raises(NotFound):
        loading.opened(tmp_path / "khong-co")
    workspace, _ = loading.made(tmp_path / "tai")
    told = loading.result(workspace, hall.url)
    workspace.close()
    assert (told.platforms, told.states, told.lost, told.double) == ([], {}, 0, 0)


@pytest.mark.parametrize("at", ["25:00", "tám giờ", "00:00"])
def test_a_minute_that_has_passed_or_is_none_is_refused(tmp_path: Path, clock: TestClock, at: str):
    workspace = Workspace.create(tmp_path / "x", clock)
    with pytest.raises(UsageError):
        loading._due(workspace, at, 1)
    workspace.close()


@given(values=st.lists(st.floats(0, 1e6), min_size=1), share=st.sampled_from([0.01, 0.5, 0.99, 1.0]))
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(values: list[float], share: float):
    told = loading.quantile(sorted(values), share)
    assert told in values
    assert sum(one <= told for one in values) >= share * len(values)
    assert sum(one < told for one in values) < share * len(values)


def test_the_units_stay_the_same_when_the_platforms_are_opened_again():
    with (
        PracticeHall(units=2, only=("facebook",)) as first,
        PracticeHall(units=2, only=("facebook",)) as second,
    ):
        told = [[(p.channel, p.account, dict(p.secrets)) for p in hall.units()] for hall in (first, second)]
    assert told[0] == told[1]
    assert [name for name, *_ in told[0]] == ["xa-0001-fanpage", "xa-0002-fanpage"]
    assert json.dumps(told)
