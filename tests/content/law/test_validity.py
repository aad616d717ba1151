"""Validity is computed from what happened, for any day, and never says more than is known."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from content.law import Document, Event, Happening, Validity

DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
DAY = timedelta(days=1)


def document(*events: Event, **more: object) -> Document:
    return Document("1/2020/NĐ-CP", "Nghị định", events=events, **more)  # type: ignore[arg-type]


EVENTS = st.builds(Event, DAYS, st.sampled_from([h for h in Happening if h is not Happening.ISSUED]))
DOCUMENTS = st.lists(EVENTS, max_size=6).map(lambda events: document(*events))


@given(DAYS, st.integers(1, 5000))
def test_it_is_in_force_from_its_day_on_and_not_the_day_before(effective: date, later: int):
    law = document(Event(effective, Happening.EFFECTIVE))
    assert law.validity(effective - DAY) is Validity.NOT_YET
    assert law.validity(effective) is Validity.IN_FORCE
    assert law.validity(effective + later * DAY) is Validity.IN_FORCE


@given(DAYS, st.integers(1, 5000), st.sampled_from([Happening.REPLACED, Happening.REPEALED]))
def test_on_the_day_of_its_end_it_is_out_of_force_and_the_day_before_it_is_not(
    effective: date, lasts: int, how: Happening
):
    end = effective + lasts * DAY
    law = document(Event(effective, Happening.EFFECTIVE), Event(end, how, "2/2020/NĐ-CP"))
    assert law.validity(end - DAY) is Validity.IN_FORCE
    assert law.validity(end) is Validity.ENDED
    assert (law.ended, law.ended_by) == (end, "2/2020/NĐ-CP")


@given(DOCUMENTS, DAYS, st.integers(0, 9000))
def test_what_has_ended_never_comes_back(law: Document, on: date, later: int):
    if law.validity(on) is Validity.ENDED:
        assert law.validity(on + later * DAY) is Validity.ENDED


@given(DOCUMENTS, DAYS, st.integers(0, 9000))
def test_what_has_begun_is_never_yet_to_come(law: Document, on: date, later: int):
    if law.validity(on) is not Validity.NOT_YET:
        assert law.validity(on + later * DAY) is not Validity.NOT_YET


@given(st.lists(EVENTS, max_size=6), DAYS, st.randoms())
def test_the_order_in_which_events_were_written_down_does_not_matter(events, on: date, chance):
    mixed = list(events)
    chance.shuffle(mixed)
    assert document(*events).validity(on) is document(*mixed).validity(on)


@given(DAYS, DAYS)
def test_without_the_day_of_its_beginning_it_is_not_known(issued: date, on: date):
    law = document(Event(issued, Happening.ISSUED), issued=issued)
    assert law.validity(on) is (Validity.NOT_YET if on < issued else Validity.UNKNOWN)


def test_a_successor_without_a_day_leaves_it_unknown():
    law = document(Event(date(2021, 1, 1), Happening.EFFECTIVE), successor="2/2025/NĐ-CP")
    assert law.validity(date(2026, 1, 1)) is Validity.UNKNOWN
    assert law.ended_by == "2/2025/NĐ-CP"


def test_a_pause_ends_when_it_goes_on_again():
    law = document(
        Event(date(2020, 1, 1), Happening.EFFECTIVE),
        Event(date(2021, 1, 1), Happening.SUSPENDED),
        Event(date(2022, 1, 1), Happening.RESUMED),
    )
    seen = [law.validity(date(year, 6, 1)) for year in (2020, 2021, 2022)]
    assert seen == [Validity.IN_FORCE, Validity.SUSPENDED, Validity.IN_FORCE]


def test_a_part_that_ended_is_told():
    law = document(
        Event(date(2020, 1, 1), Happening.EFFECTIVE), Event(date(2025, 1, 1), Happening.PARTLY_ENDED)
    )
    assert law.validity(date(2024, 12, 31)) is Validity.IN_FORCE
    assert law.validity(date(2025, 1, 1)) is Validity.PARTLY
