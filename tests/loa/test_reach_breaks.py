"""Figures that are counted in another way from some day on, and figures that were read too late, say so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select

from loa.services import byhand, reach
from scheduler.store.tables import delivery, reading
from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.reached import out

OLD, NEW = "lượt hiển thị", "lượt xem nội dung (media views)"


def told(office: Office, metric: str, *readings: tuple[int, int | None, str], late: bool = False) -> None:
    """Readings of `mot@fanpage`: how many days after publication, value, definition."""

    def work(connection: Connection) -> None:
        row = connection.execute(select(delivery).where(delivery.c.id == "mot@fanpage")).one()
        for days, value, definition in readings:
            at = row.published_at + timedelta(days=days)
            planned = at - timedelta(days=days / 2) if late else at
            values = {"metric": metric, "value": value, "definition": definition, "note": ""}
            connection.execute(
                insert(reading).values(
                    delivery_seq=row.seq, source="graph", taken_at=at, planned_at=planned, **values
                )
            )

    office.workspace.database.run(work)


@pytest.fixture
def published(desk: Office) -> Office:
    out(desk, "mot", 20, "fanpage")
    told(desk, "views", (1, 90, OLD), (3, 110, OLD), (7, None, NEW), (14, 40, NEW), (15, 55, NEW))
    told(desk, "shares", (1, 2, OLD), (14, 3, OLD))
    return desk


def test_a_new_definition_is_a_break_told_in_both_lists_and_never_a_fall(
    published: Office, at_desk: Loa
) -> None:
    now, _ = reach.periods(published.workspace, 30)
    [post] = now.posts
    [cut] = post.breaks("views")
    assert (cut.before, cut.after, cut.at) == (OLD, NEW, post.published_at + timedelta(days=14))
    assert post.trail("views") == [40, 55], "a line over a break would show a fall that never was"
    assert (post.breaks("shares"), post.trail("shares")) == ([], [2, 3])
    since = {one.metric: one.defined_since for one in reach.newest(published.workspace)}
    assert since == {"views": cut.at, "shares": None}
    for words in (("reach", "show"), ("reach", "show", "--period", "30d")):
        answer = at_desk(*words)
        assert f"lượt xem được tính theo cách khác ({NEW})" in answer.err
        assert "chia sẻ được tính" not in answer.err
    assert len(at_desk("reach", "show", "--period", "30d", "--json").json["breaks"]) == 1
    assert at_desk("reach", "show", "mot", "--json").json[0]["defined_since"]


def test_what_a_person_typed_in_between_is_no_break(published: Office) -> None:
    byhand.add_figure(published.workspace, published.people["soan"], "mot@fanpage", "shares", 4)
    now, _ = reach.periods(published.workspace, 30)
    [post] = now.posts
    assert (post.breaks("shares"), post.trail("shares")) == ([], [2, 3, 4])


def test_a_reading_that_came_long_after_its_point_is_marked(published: Office, at_desk: Loa) -> None:
    told(published, "reach", (18, 9, OLD), late=True)
    late = {one.metric: one.late for one in reach.newest(published.workspace)}
    assert late == {"views": False, "shares": False, "reach": True}
    assert at_desk("reach", "show").out.count("(đọc trễ)") == 1
