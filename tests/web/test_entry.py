"""Tries are limited, logins end: by the clock, without waiting for it."""

from __future__ import annotations

import pytest

from tui.web import entry
from tui.web.entry import GRACE_S, IDLE_S, PAUSE_S, TRIES, Logins, Tries


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def test_the_first_tries_are_free_and_then_each_wait_is_twice_the_last(clock: Seconds) -> None:
    tries = Tries(clock)
    waits = []
    for _ in range(TRIES + 2):
        waits.append(tries.wait_s("name a"))
        tries.wrong("name a")
    assert waits[:TRIES] == [0.0] * TRIES
    assert waits[TRIES:] == [PAUSE_S, 2 * PAUSE_S]
    clock.now += 4 * PAUSE_S
    assert tries.wait_s("name a") == 0.0, "the wait is over"
    for _ in range(20):
        tries.wrong("name a")
    assert tries.wait_s("name a") == entry.LONGEST_PAUSE_S


def test_a_name_waits_wherever_it_is_tried_from_and_an_address_whatever_name_it_tries(clock: Seconds) -> None:
    tries = Tries(clock)
    for number in range(TRIES):
        tries.wrong("name a", f"address {number}")
    assert tries.wait_s("name a", "address new") == PAUSE_S
    assert tries.wait_s("name b", "address 1") == 0.0
    for number in range(TRIES):
        tries.wrong(f"name {number}", "address x")
    assert tries.wait_s("name new", "address x") == PAUSE_S


def test_a_right_one_is_forgiven_and_so_is_an_hour_ago(clock: Seconds) -> None:
    tries = Tries(clock)
    for _ in range(TRIES):
        tries.wrong("name a", "name b")
    tries.right("name a")
    assert tries.wait_s("name a") == 0.0
    clock.now += entry.FORGOTTEN_AFTER_S + 1
    tries.wrong("name b")
    assert tries.wait_s("name b") == 0.0, "counted anew"


def test_whoever_tries_many_names_fills_no_memory(clock: Seconds) -> None:
    tries = Tries(clock)
    for number in range(entry.MOST_KNOWN + 50):
        tries.wrong(f"name {number}")
    assert len(tries._known) == entry.MOST_KNOWN


def test_a_login_ends_a_moment_after_its_last_window(clock: Seconds) -> None:
    logins = Logins(clock)
    token = logins.begin("duyet")
    login = logins.of(token)
    assert login is not None
    logins.entered(login)
    logins.entered(login)
    clock.now += 10 * GRACE_S
    logins.left(login)
    assert logins.of(token) is login, "one window is still open"
    assert logins.windows == 1
    logins.left(login)
    clock.now += GRACE_S - 1
    assert logins.of(token) is login, "a page that is loaded again"
    clock.now += 2
    assert logins.of(token) is None


def test_a_login_that_nobody_uses_ends_and_so_does_a_long_one(clock: Seconds) -> None:
    logins = Logins(clock)
    token = logins.begin("duyet")
    clock.now += GRACE_S + 1
    assert logins.of(token) is None
    token = logins.begin("duyet")
    login = logins.of(token)
    assert login is not None
    logins.entered(login)
    clock.now += IDLE_S + 1
    assert logins.of(token) is None, "however many windows are open"


def test_tokens_are_not_guessed_and_end_when_told(clock: Seconds) -> None:
    logins = Logins(clock)
    tokens = {logins.begin("duyet") for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43, "256 bits in base64"
    assert logins.of("") is None
    one = tokens.pop()
    logins.end(one)
    assert logins.of(one) is None
