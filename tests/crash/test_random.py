"""Publishers over every channel at once, killed at random, beside platforms that lie.

Half of them are started from nothing and killed at an instant, half are killed at a point. A seed decides all
of it. Threads run as the machine lets them, so a replayed seed repeats the plan, not the very interleaving.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from loa.services import deliveries
from scheduler.policy import MAX_TRIES
from tests.crash.cases import CAPTIONS, FILM, PICTURE
from tests.crash.conftest import LINE, TABLE
from tests.crash.figures import Tally
from tests.crash.leftovers import look_for_orphans
from tests.crash.lies import LATE_S, LIES, Liar
from tests.crash.platforms import Platform, Seen
from tests.crash.publisher import SAID, TRACE, Publishers, start
from tests.crash.town import DUE, Town
from tests.crash.verdict import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.crash]

KILLS = int(os.environ.get("LOA_KILLS", "25"))
POSTS = 3
FILMS_ONLY = ("kenh", "phim-ngan")
"""Channels that get the posts with a video only."""
ASKS = ("oa-gui",)
"""A broadcast in doubt is rightly left to a person (test_sweep): not a channel for "published, always"."""
START_WITHIN_S = 60.0
PATIENCE_S = LATE_S / 2
"""A publisher's time-out, longer than in the sweeps: all channels' threads share one machine."""
LONGEST_LIFE_S = 0.6
"""After its first point; one that nobody kills is through with a round in about twice that."""
LIVES_MOST = MAX_TRIES - 2
"""Deaths in a round: a delivery that is found in flight too often is given up, and rightly so."""
PARTS = 2
"""Half of the kills for each of two workers of pytest-xdist."""
ROUNDS_MOST = 400


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_random_over_all_channels_everything_is_public_exactly_once(
    part: int,
    town: Town,
    publishers: Publishers,
    tmp_path: Path,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    kills, seed = -(-KILLS // PARTS), seed + part
    rng = random.Random(seed)
    ready = _posts_for_all_channels(town, tmp_path / "ready")
    whole, points = _undisturbed(town, publishers, town.copy(ready, tmp_path / "undisturbed"))
    tally, rounds, told_before = Tally("all at random"), 0, _told(town)
    while tally.once < kills:
        rounds += 1
        assert rounds < ROUNDS_MOST, f"publishers end before they can be killed (seed {seed})"
        folder = town.copy(ready, tmp_path / f"round-{rounds}")
        town.platforms.reset()
        lives: list[str] = []
        honest = _liars(town)
        for _ in range(min(LIVES_MOST, kills - tally.once)):
            _perhaps_plan_a_lie(honest, rng, lives)
            number, seconds = rng.randint(1, points // 2), rng.uniform(0, LONGEST_LIFE_S)
            if rng.random() < 0.5:
                dead = _lives_for(town, folder, seconds, lives)
            else:
                dead = _lives_until(publishers, folder, number, lives)
            if not dead:
                break  # through with everything: the next round
            tally.once += 1
        story = f"seed {seed}, round {rounds}: {'; '.join(lives)}"
        _judge(town, publishers, folder, whole, story, tally)
    tally.lies = _told(town) - told_before
    record_property(TABLE, tally.as_json())
    told = f"{tally.once} kills and {tally.lies.total()} lies in {rounds} rounds over {len(whole)} channels"
    record_property(LINE, f"At random: {told}; LOA_SEED={seed} replays")


def _told(town: Town) -> Counter[str]:
    liars = (platform.liar for platform in town.platforms.by_channel.values())
    return sum((liar.told for liar in liars if liar), Counter())


def _liars(town: Town) -> list[Liar]:
    """One for each server: channels on the same one hear each other's calls."""
    liars = (platform.liar for platform in _channels(town).values())
    return list({id(liar.server): liar for liar in liars if liar}.values())


def _channels(town: Town) -> dict[str, Platform]:
    return {name: platform for name, platform in town.platforms.by_channel.items() if name not in ASKS}


def _posts_for_all_channels(town: Town, folder: Path) -> Path:
    town.platforms.reset()
    town.copy(town.folder, folder)
    with town.opened(folder) as office:
        for number in range(POSTS):
            film = number % 2 == 0
            where = [name for name in _channels(town) if film or name not in FILMS_ONLY]
            office.approved(
                f"bai-{number}.md",
                title=f"Bài số {number}",
                text=f"Nội dung số {number}.",
                channels=f"[{', '.join(where)}]",
                media=f"[{FILM}, {PICTURE}, {CAPTIONS}]" if film else f"[{PICTURE}]",
                due=(DUE + timedelta(minutes=number)).isoformat(),
            )
    return folder


def _undisturbed(town: Town, publishers: Publishers, folder: Path) -> tuple[dict[str, list[Seen]], int]:
    """What each channel's public sees when nobody dies, and how many points that takes."""
    town.platforms.reset()
    life = publishers.run(folder)
    assert life.ended, life.said
    seen = {name: sorted(p.public(folder)) for name, p in _channels(town).items()}
    with town.opened(folder) as office:
        wanted = Counter(view.channel for view in deliveries.listing(office.workspace))
    assert {name: len(entries) for name, entries in seen.items()} == wanted, life.said
    return seen, len(life.points)


def _perhaps_plan_a_lie(honest: list[Liar], rng: random.Random, lives: list[str]) -> None:
    """One at most for each server and round: with so many deaths, more would rightly be given up."""
    lie, number = rng.choice(LIES), rng.randint(1, 12)
    if honest and rng.random() < 0.5:
        liar = honest.pop(rng.randrange(len(honest)))
        liar.lie(lie, number)
        lives.append(f"{type(liar.server).__name__} tells {lie.name!r} about call {number} from now on")


def _lives_until(publishers: Publishers, folder: Path, number: int, lives: list[str]) -> bool:
    """One publisher, killed at its point of that number; False when it was through before."""
    life = publishers.run(folder, at=number, patience_s=PATIENCE_S)
    assert life.killed or life.ended, life.said[-3000:]
    if life.killed:
        lives.append(f"killed at point {number}, {life.points[-1]}")
    return life.killed


def _lives_for(town: Town, folder: Path, seconds: float, lives: list[str]) -> bool:
    """One publisher in a process of its own, killed so long after its first point; False as above."""
    process = start(folder, town.clock, patience_s=PATIENCE_S)
    trace = folder / TRACE
    patience = time.monotonic() + START_WITHIN_S
    while process.poll() is None and not (trace.exists() and trace.stat().st_size):
        assert time.monotonic() < patience, (folder / SAID).read_text()[-3000:]
        time.sleep(0.01)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        passed = trace.read_text().splitlines()
        lives.append(f"killed after {len(passed)} points, {seconds:.3f} s, at {passed[-1]}")
        return True
    assert code == 0, (folder / SAID).read_text()[-3000:]
    return False


def _judge(
    town: Town, publishers: Publishers, folder: Path, whole: dict[str, list[Seen]], story: str, tally: Tally
) -> None:
    start_at = town.clock.now()
    life = publishers.run(folder)
    assert life.ended, f"{story}\n{life.said[-3000:]}"
    for liar in _liars(town):
        liar.be_honest()  # a lie that nobody heard is not for us
    with town.opened(folder) as office:
        for verdict in Verdict.on_all(office, _channels(town)):
            assert verdict.is_published, f"{story}\n{verdict.story()}\n{life.said[-3000:]}"
            took_s = verdict.named_after(start_at).total_seconds()
            tally.slowest_s = max(tally.slowest_s, took_s)
            tally.cut_off.update(verdict.killed_in)
            tally.public_once += 1
        for name, platform in _channels(town).items():
            assert sorted(platform.public(folder)) == whole[name], f"{name}: {story}"
            loose = frozenset(platform.loose())
            tally.found += look_for_orphans(office, name, platform, loose=loose)
            assert sorted(platform.public(folder)) == whole[name], f"{name}, after discarding: {story}"
    assert town.platforms.violations() == [], story
