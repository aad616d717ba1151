"""Rounds over the comments: taken once, in whatever order they come; what cannot be read stays due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused, Throttled
from connectors.extras import Comment, CommentPage
from scheduler import comments
from scheduler.audit import MACHINE
from scheduler.comment_round import ENOUGH_FAILED, GAPS, Came, CommentRounds, gap, public
from scheduler.comments import GONE_KEEPS
from scheduler.store.tables import audit_event, comment, comment_look
from tests.support.clock import TestClock
from tests.support.office import Office, open_office
from tests.support.reached import out

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Platform:
    """What answers in place of every channel: comments by post, two on a page, newest last written first."""

    def __init__(self) -> None:
        self.told: dict[str, list[Comment]] = {}
        self.errors: dict[str, Exception] = {}
        self.asked: Counter[str] = Counter()
        self.size = 2

    def connect(self, _channel_id: str, _version: int | None = None) -> Any:
        return self

    def comments(self, published: Published, after: str = "") -> CommentPage:
        self.asked[published.remote_id] += 1
        if error := self.errors.get(published.remote_id) or self.errors.get("*"):
            raise error
        begin = int(after or 0)
        every = self.told.get(published.remote_id, [])
        more = str(begin + self.size) if begin + self.size < len(every) else ""
        return CommentPage(tuple(every[begin : begin + self.size]), more)


@pytest.fixture
def desk(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    away: Any = SimpleNamespace(url="http://127.0.0.1:9", add_page=lambda *_: SimpleNamespace(token="none"))
    with open_office(tmp_path / "xa", away, clock) as opened:
        yield opened


@pytest.fixture
def platform() -> Platform:
    return Platform()


def soon(seen_at: datetime) -> datetime:
    return seen_at + 5 * DAY


def rounds(office: Office, platform: Platform, transactions: Any = None, **budget: int) -> CommentRounds:
    database = office.workspace.database
    return CommentRounds(
        database, transactions or database, platform.connect, office.clock, soon, HOUR, budget
    )


def stored(office: Office) -> list[Any]:
    with office.workspace.database.read() as connection:
        return list(connection.execute(select(comment).order_by(comment.c.remote_id)))


def question(name: str, text: str = "Cho hỏi?", **more: Any) -> Comment:
    return Comment(name, text, **more)


def test_a_question_waits_and_thanks_do_not(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question("c1"), question("c2", "Cảm ơn"), question("c3", "Chào?", by_us=True)]
    assert rounds(desk, platform).round() == Came(read=1, new=2)
    assert [(one.remote_id, one.state, one.due_at) for one in stored(desk)] == [
        ("c1", "open", soon(desk.clock.now())),
        ("c2", "none", None),
        ("c3", "none", None),
    ]
    with desk.workspace.database.read() as connection:
        assert comments.waiting(connection, desk.clock.now()) == (1, 0)
        assert comments.waiting(connection, desk.clock.now() + 5 * DAY) == (1, 1)


def test_a_young_post_is_looked_at_often_and_an_old_one_hardly_ever(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 0, "fanpage")
    told, begin = rounds(desk, platform), desk.clock.now()
    looks = []
    while desk.clock.now() < begin + timedelta(days=60):
        if told.round().read:
            looks.append(desk.clock.now() - begin)
        desk.clock.forward(hours=1)
    assert len([age for age in looks if age < DAY]) > 10
    assert len([age for age in looks if age > timedelta(days=30)]) <= 10
    assert gap(GAPS[-1][0], waits=False) is None
    assert gap(GAPS[-1][0], waits=True) == DAY, "it may be answered there"


def test_what_the_unit_answers_on_the_platform_is_noticed_once_with_its_link(
    desk: Office, platform: Platform
) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question("c1"), question("c2")]
    told = rounds(desk, platform)
    told.round()
    desk.clock.forward(hours=3)
    written = desk.clock.now() - HOUR
    answer = Comment("c9", "Dạ có.", written, reply_to="c1", url="https://fb.test/c9", by_us=True)
    platform.told["r-mot"].insert(0, answer)
    assert told.round() == Came(read=1, answered=1)
    first, second, _ = stored(desk)
    assert (first.state, first.answered_at, first.answer_url) == ("answered", written, "https://fb.test/c9")
    assert second.state == "open"
    desk.clock.forward(hours=3)
    assert told.round() == Came(read=1)
    with desk.workspace.database.read() as connection:
        events = connection.execute(
            select(audit_event).where(audit_event.c.action == "comment_answered")
        ).all()
    assert [(one.actor, one.subject) for one in events] == [(MACHINE, f"comment:{first.id}")]


def test_a_comment_that_its_writer_makes_a_question_waits_unless_a_person_set_it_aside(
    desk: Office, platform: Platform
) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question("c1", "Hay quá"), question("c2", "Cảm ơn")]
    told = rounds(desk, platform)
    told.round()
    desk.workspace.database.run(
        lambda c: c.execute(update(comment).where(comment.c.remote_id == "c2").values(decided_by="soan"))
    )
    platform.told["r-mot"] = [question("c1", "Hay quá, bao giờ có?"), question("c2", "Cảm ơn, bao giờ có?")]
    desk.clock.forward(hours=3)
    told.round()
    assert [(one.text, one.state, one.due_at) for one in stored(desk)] == [
        ("Hay quá, bao giờ có?", "open", soon(desk.clock.now())),
        ("Cảm ơn, bao giờ có?", "none", None),
    ]


def test_an_answer_that_nobody_sees_is_none_until_it_is_shown(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    held = question("c2", "Dạ.", reply_to="c1", by_us=True, hidden=True)
    platform.told["r-mot"] = [question("c1"), held]
    told = rounds(desk, platform)
    assert told.round().answered == 0
    platform.told["r-mot"][1] = replace(held, hidden=False)
    desk.clock.forward(hours=3)
    assert told.round().answered == 1


def test_what_a_person_opened_again_is_answered_only_by_something_newer(
    desk: Office, platform: Platform
) -> None:
    out(desk, "mot", 1, "fanpage")
    old = Comment("c8", "Dạ.", reply_to="c1", by_us=True)
    platform.told["r-mot"] = [question("c1"), old]
    told = rounds(desk, platform)
    assert told.round().answered == 1
    desk.clock.forward(hours=1)
    values = {"state": "open", "decided_by": "soan", "decided_at": desk.clock.now()}
    desk.workspace.database.run(
        lambda c: c.execute(update(comment).where(comment.c.remote_id == "c1").values(**values))
    )
    desk.clock.forward(hours=3)
    assert told.round().answered == 0
    desk.clock.forward(hours=3)
    platform.told["r-mot"].append(Comment("c9", "Rõ hơn: …", reply_to="c1", by_us=True))
    assert told.round().answered == 1


def test_what_is_told_no_more_is_gone_waits_no_more_and_comes_back(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question("c1"), question("c2"), question("c3")]
    told = rounds(desk, platform)
    told.round()
    [lost] = platform.told["r-mot"][1:2]
    platform.told["r-mot"].remove(lost)
    desk.clock.forward(hours=3)
    told.round()
    assert [one.gone_at for one in stored(desk)] == [None, desk.clock.now(), None]
    with desk.workspace.database.read() as connection:
        assert comments.waiting(connection, desk.clock.now()) == (2, 0)
    platform.told["r-mot"].append(lost)
    desk.clock.forward(hours=3)
    told.round()
    assert [one.gone_at for one in stored(desk)] == [None] * 3


def test_a_walk_that_left_something_out_holds_nothing_to_be_gone(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question("c1"), question("c2")]
    told = rounds(desk, platform)
    told.round()

    def partly(published: Published, after: str = "") -> CommentPage:
        return CommentPage((question("c1"),), whole=False)

    platform.comments = partly  # type: ignore[method-assign]
    desk.clock.forward(hours=3)
    told.round()
    assert [one.gone_at for one in stored(desk)] == [None, None]


@pytest.mark.parametrize("last", range(4))
def test_a_publisher_killed_after_any_page_goes_on_and_doubles_nothing(
    desk: Office, platform: Platform, last: int
) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question(f"c{n}") for n in range(7)]
    database, left = desk.workspace.database, iter([True] * last + [False])

    class Killed(BaseException):
        pass

    def run(work: Any) -> Any:
        if not next(left):
            raise Killed
        return database.run(work)

    with pytest.raises(Killed):
        rounds(desk, platform, SimpleNamespace(run=run)).round()
    assert len(stored(desk)) == 2 * last
    platform.asked.clear()
    desk.clock.forward(minutes=1)
    came = rounds(desk, platform).round()
    assert (came.read, came.new) == (1, 7 - 2 * last)
    assert platform.asked == {"r-mot": 4 - last}, "it goes on at the page that was lost"
    assert [one.remote_id for one in stored(desk)] == [f"c{n}" for n in range(7)]
    assert all(one.gone_at is None for one in stored(desk))


def test_a_budget_spreads_one_long_walk_over_rounds(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question(f"c{n}") for n in range(7)]
    told = rounds(desk, platform, facebook=2)
    assert told.round() == Came(new=4, put_off=1)
    desk.clock.forward(hours=1)
    assert told.round() == Came(read=1, new=3)
    assert platform.asked == {"r-mot": 4}


def test_a_page_that_took_many_calls_costs_as_many(desk: Office, platform: Platform) -> None:
    for name in ("mot", "hai", "ba"):
        out(desk, name, 1, "fanpage")
    usual = platform.comments
    platform.comments = lambda *told: replace(usual(*told), calls=10)  # type: ignore[method-assign]
    assert rounds(desk, platform, facebook=15).round() == Came(read=2, put_off=1)


def test_reading_by_hand_stays_within_an_hours_allowance_and_goes_on_the_next_time(
    desk: Office, platform: Platform
) -> None:
    for number in range(5):
        out(desk, f"bai-{number}", number, "fanpage")
    told, database = rounds(desk, platform, facebook=3), desk.workspace.database
    for came in (Came(read=3, put_off=2), Came(read=3, put_off=2)):
        desk.clock.forward(minutes=1)
        with database.read() as connection:
            rows = public(connection, desk.clock.now())
        assert told.look_at(rows) == came
    assert len(platform.asked) == 5, "what was not reached before comes first"


def test_a_cursor_that_the_platform_forgot_begins_the_walk_anew(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question(f"c{n}") for n in range(5)]
    rounds(desk, platform, facebook=1).round()
    usual, refused = platform.comments, []

    def forgetful(published: Published, after: str = "") -> CommentPage:
        if after and not refused:
            refused.append(after)
            raise Refused("fb:100", "Invalid cursor")
        return usual(published, after)

    platform.comments = forgetful  # type: ignore[method-assign]
    desk.clock.forward(hours=1)
    assert rounds(desk, platform).round() == Came(read=1, new=3)
    assert refused == ["2"]


@pytest.mark.parametrize("error", [AuthLost("fb:190"), Throttled("fb:4")], ids=["lost", "throttled"])
def test_what_concerns_the_whole_channel_is_asked_once_a_round_and_holds_up_no_other(
    desk: Office, platform: Platform, error: Exception
) -> None:
    for name in ("mot", "hai", "ba"):
        out(desk, name, 2, "fanpage", "website")
    sound = Platform()
    platform.errors["*"] = error
    connect = {"fanpage": platform, "website": sound}
    database = desk.workspace.database
    told = CommentRounds(database, database, lambda name, _=None: connect[name], desk.clock, soon, HOUR)
    assert told.round() == Came(read=3, put_off=3)
    assert sum(platform.asked.values()) == 1
    assert sum(sound.asked.values()) == 3


def test_an_outage_stores_nothing_and_is_tried_again(desk: Office, platform: Platform) -> None:
    for number in range(ENOUGH_FAILED + 2):
        out(desk, f"bai-{number}", 1, "fanpage")
    platform.errors["*"] = NotSent("net:timeout")
    told = rounds(desk, platform)
    assert told.round() == Came(put_off=ENOUGH_FAILED + 2)
    assert sum(platform.asked.values()) == ENOUGH_FAILED
    platform.errors.clear()
    assert told.round().read == ENOUGH_FAILED + 2


def test_a_fault_of_one_connector_is_no_fault_of_the_round(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.errors["*"] = ZeroDivisionError()
    assert rounds(desk, platform).round() == Came(put_off=1)


def test_what_is_not_to_be_had_is_noted_and_not_asked_again_at_once(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.errors["*"] = Refused("fb:comments-unreadable", "#10")
    told = rounds(desk, platform)
    told.round()
    told.round()
    assert platform.asked == {"r-mot": 1}
    with desk.workspace.database.read() as connection:
        look = connection.execute(select(comment_look)).one()
    assert (look.trouble, look.read_at) == ("fb:comments-unreadable: #10", None)


def test_a_platform_that_tells_no_comments_is_passed_by(desk: Office) -> None:
    out(desk, "mot", 1, "website")
    database = desk.workspace.database
    told = CommentRounds(database, database, lambda *_: SimpleNamespace(), desk.clock, soon, HOUR)
    assert told.round() == Came()


def test_words_are_dropped_after_their_time_and_do_not_come_back(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 1, "fanpage")
    platform.told["r-mot"] = [question("c1"), question("c2", "Cảm ơn"), question("c3", "Bao giờ?")]
    told, database = rounds(desk, platform), desk.workspace.database
    told.round()
    del platform.told["r-mot"][2]
    desk.clock.forward(hours=3)
    told.round()
    keep = timedelta(days=365)
    desk.clock.forward(days=GONE_KEEPS.days)
    assert database.run(lambda c: comments.erase(c, desk.clock.now(), keep)) == 1, "its writer took it back"
    desk.clock.forward(days=365)
    assert database.run(lambda c: comments.erase(c, desk.clock.now(), keep)) == 1
    assert database.run(lambda c: comments.erase(c, desk.clock.now(), keep)) == 0
    rounds(desk, platform).round()
    assert [(one.text, one.erased_at is not None) for one in stored(desk)] == [
        ("Cho hỏi?", False),
        ("", True),
        ("", True),
    ], "a question that waits keeps its words"


_NAMES = ("a", "b", "c", "d")
_one = st.builds(
    Comment,
    st.sampled_from(_NAMES),
    st.sampled_from(("Cho hỏi?", "Cảm ơn", "Gọi 0912345678")),
    st.just(datetime.fromisoformat("2026-11-01T00:00:00+00:00")),
    st.sampled_from(("", *_NAMES)),
    st.just("https://fb.test/1"),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_one, unique_by=lambda one: one.remote_id, max_size=4), st.data())
def test_repeating_a_pull_changes_nothing_and_the_order_of_pages_does_not_matter(
    desk: Office, told: Sequence[Comment], data: st.DataObject
) -> None:
    database, now = desk.workspace.database, desk.clock.now()
    [row] = _one_row(desk)

    def pulled(order: Sequence[Comment], times: int) -> list[tuple[Any, ...]]:
        database.run(lambda c: c.execute(delete(comment)))
        for _ in range(times):
            for one in order:
                database.run(lambda c, one=one: comments.take(c, row, [one], now, now, soon))
        return [tuple(value for key, value in one._mapping.items() if key != "id") for one in stored(desk)]

    once = pulled(told, 1)
    assert pulled(told, 2) == once
    assert pulled(data.draw(st.permutations(list(told))), 1) == once


def _one_row(office: Office) -> list[Any]:
    with office.workspace.database.read() as connection:
        if not public(connection, office.clock.now()):
            out(office, "mot", 1, "fanpage")
        return public(connection, office.clock.now())
