"""The daily look for another hand in the database: in pages, aside, without false alarms."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from loa.services import contradictions, health, publishing
from loa.services.contradictions import Contradiction
from scheduler import audit
from tests.support.office import Office

POSTS = 3


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((contradictions, "_FOLLOWING"), (contradictions, "_TOLD_OF"), (audit, "_PAGE")):
        monkeypatch.setattr(module, name, getattr(module, name).limit(1))


@pytest.fixture
def kept(office: Office) -> Office:
    for number in range(POSTS):
        office.approved(f"bai-{number}.md", id=f"bai-{number}", channels="[website]")
    return office


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.exec_driver_sql(statement))


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("number", range(POSTS))
def test_what_contradicts_is_found_on_whichever_page_it_stands(kept: Office, number: int) -> None:
    assert contradictions.find(kept.workspace) == []
    sql(kept, f"UPDATE delivery SET status = 'published' WHERE id = 'bai-{number}@website'")
    found = {(one.key, one.subject) for one in contradictions.find(kept.workspace)}
    assert ("never_sent", f"bai-{number}@website") in found
    assert {subject for _, subject in found} == {f"bai-{number}@website"}


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("number", range(POSTS))
def test_a_delivery_that_is_gone_is_named_once(kept: Office, number: int) -> None:
    sql(kept, f"UPDATE delivery SET id = 'khac@website' WHERE id = 'bai-{number}@website'")
    gone = [one.subject for one in contradictions.find(kept.workspace) if one.key == "gone"]
    assert gone == [f"bai-{number}@website"]


def test_what_was_only_under_way_at_the_first_look_is_no_alarm(
    kept: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    page = contradictions._page

    def at_work(workspace, last: int):  # type: ignore[no-untyped-def]
        found, following = page(workspace, last)
        looks.append(last)
        return (
            found or [Contradiction("was_sent", "bai-1@website")] if len(looks) == 1 else found
        ), following

    monkeypatch.setattr(contradictions, "_page", at_work)
    assert contradictions.find(kept.workspace) == []
    assert looks[0] == looks[1], "the same page was looked at again"


def test_a_long_look_rests_three_times_as_long_as_it_worked_and_gives_up_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun_and_asked = iter([10.0, 10.2, 11.0, 11.1])
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: next(begun_and_asked)))
    rests: list[float] = []

    def wait(seconds: float) -> bool:
        rests.append(round(seconds, 6))
        return len(rests) == 2

    aside = health.Aside(wait)
    aside()
    with pytest.raises(health.BrokenOff):
        aside()
    assert rests == [0.6, 0.3]


def test_a_publisher_that_ends_waits_for_no_walk_through_the_record(kept: Office) -> None:
    """What was not walked to its end counts as not walked."""
    with publishing.publisher(kept.workspace) as made:
        [job] = [one for one in made._periodic if one.name == "audit_check"]
    job.call()
    with kept.workspace.database.read() as connection:
        assert health.noted(connection, "audit") is None
