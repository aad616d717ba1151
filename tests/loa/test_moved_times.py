"""A time that `queue move` gave is not undone by the next edit; one that is changed in the text counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from content.postwriter import with_field
from loa.services import approving, campaigns, cards, deciding, drafts
from loa.services.importing import Imported, import_files
from loa.services.posts import RefusedFindings
from tests.support.office import Office, write_post

MOVED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""09:00 here."""


@pytest.fixture
def moved(desk: Office) -> str:
    """A post for 9/11 on two channels, of which the website's delivery was moved for a reason."""
    post = desk.import_post()
    deciding.move(desk.workspace, desk.people["soan"], f"{post}@website", "2026-11-20 09:00", "quốc tang")
    return post


def both_moved(desk: Office, post: str) -> None:
    deciding.move(desk.workspace, desk.people["soan"], f"{post}@fanpage", "2026-11-20 09:00", "quốc tang")


def times(desk: Office, post: str) -> list[datetime | None]:
    return [desk.view(f"{post}@{channel}").due_at for channel in ("website", "fanpage")]


def edited(desk: Office, post: str, change: str = "Thêm một câu.", due: str = "") -> Imported:
    """The post is opened at the desk, something is written, it is saved."""
    draft = drafts.begin(desk.workspace, "soan", post)
    source = with_field(draft.source, "due", due) if due else draft.source
    return drafts.save(
        desk.workspace, desk.people["soan"], drafts.keep(desk.workspace, draft, f"{source}\n{change}\n")
    )


def test_the_same_file_with_other_words_leaves_a_moved_delivery_where_it_is(desk: Office, moved: str) -> None:
    before = desk.view(f"{moved}@fanpage").due_at
    path = write_post(desk.folder / "posts", text="Chữ khác.")
    [done] = import_files(desk.workspace, desk.people["soan"], [path])
    assert done.outcome == "changed"
    assert times(desk, moved) == [MOVED, before]
    assert [one.place for one in done.findings if one.rule == "time.moved_stays"] == [f"{moved}@website"]


@pytest.mark.parametrize("at_command", [False, True])
def test_another_time_in_the_file_or_with_the_command_counts(
    desk: Office, moved: str, at_command: bool
) -> None:
    path = write_post(desk.folder / "posts", due="" if at_command else "2026-11-12T07:00+07:00")
    due = "2026-11-12 07:00" if at_command else ""
    import_files(desk.workspace, desk.people["soan"], [path], due=due)
    assert times(desk, moved) == [datetime(2026, 11, 12, tzinfo=UTC)] * 2


def test_an_edit_at_the_desk_keeps_the_moved_time(desk: Office, moved: str) -> None:
    before = desk.view(f"{moved}@fanpage").due_at
    assert edited(desk, moved).outcome == "changed"
    assert times(desk, moved) == [MOVED, before]


def test_the_desk_shows_the_moved_time_and_an_older_one_typed_there_counts(desk: Office, moved: str) -> None:
    both_moved(desk, moved)
    draft = drafts.begin(desk.workspace, "soan", moved)
    assert "2026-11-20T09:00:00+07:00" in draft.source
    drafts.discard(desk.workspace, draft)
    edited(desk, moved, due="2026-11-09T07:00+07:00")
    assert times(desk, moved) == [datetime(2026, 11, 9, tzinfo=UTC)] * 2, "the time it had before the move"


def test_a_card_is_added_after_the_first_time_has_passed_and_the_moved_one_stays(
    desk: Office, moved: str
) -> None:
    both_moved(desk, moved)
    desk.clock.instant = datetime(2026, 11, 15, tzinfo=UTC)
    done, _ = cards.add(desk.workspace, desk.people["soan"], moved, "square", "xanh")
    assert done.outcome == "changed"
    assert times(desk, moved) == [MOVED, MOVED]


def test_a_deadline_of_the_text_moves_along(desk: Office) -> None:
    post = desk.import_post(deadline="2026-11-10T07:00+07:00", channels="[website]")
    deciding.move(desk.workspace, desk.people["soan"], f"{post}@website", "2026-11-20 09:00", "quốc tang")
    ends = desk.view(f"{post}@website").deadline
    edited(desk, post)
    view = desk.view(f"{post}@website")
    assert (view.due_at, view.deadline) == (MOVED, ends)


def test_a_campaigns_post_with_a_figure_to_come_is_edited_at_the_desk_but_not_submitted(desk: Office) -> None:
    desk.clock.instant = datetime(2026, 10, 8, tzinfo=UTC)
    made = campaigns.plan(desk.workspace, "law_day", date(2026, 11, 9))
    campaigns.create(desk.workspace, desk.people["soan"], made)
    post = next(one.post for one in made.slots if one.item == "hom-nay-ngay-phap-luat")
    done = edited(desk, post)
    assert done.outcome == "changed"
    assert "content.slot_unfilled" in {one.rule for one in done.findings}, (
        "it is said, so that nobody forgets"
    )
    with pytest.raises(RefusedFindings):
        approving.submit(desk.workspace, desk.people["soan"], post)
