"""The harness of bench/peers tells what went wrong: provoked losses, doubles, different workloads."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from bench import ratios, table
from bench.peers.catalogue import FLOOR
from bench.peers.handler import Handler
from bench.peers.posts import Post, Task, herd, share
from bench.peers.sink import running, tally
from bench.peers.workloads import Workload


def sent(posts: list[Post]) -> Any:
    """What the sink counts when exactly these calls are made, through the handler that every peer uses."""
    with running(0.0) as sink:
        handler = Handler(Task("", sink.url, setup={"outcome": ""}))
        for post in posts:
            handler(post.body())
        handler.close()
        return tally(sink.arrivals(), {post.key: post.due for post in herd(2, 2, 1.0)})


def row(engine: str, number: int = 0, lanes: int = 2, **more: Any) -> dict[str, Any]:
    shape = Workload("herd", "herd", lanes, 2).as_row()
    counts = asdict(tally([], {})) | {"sent_s": 1.0, "foreign_cores": 0.0}
    return {"turn": [], "workload": "herd", "engine": engine, "round": number, "shape": shape} | counts | more


def test_every_post_once_is_all_that_the_sink_has_to_tell() -> None:
    told = sent(herd(2, 2, 1.0))
    assert (told.unique, told.lost, told.double, told.early, told.out_of_order) == (4, 0, 0, 0, 0)


def test_a_driver_that_loses_one_is_told_as_losing_one() -> None:
    told = sent(herd(2, 2, 1.0)[:-1])
    assert (told.unique, told.lost, told.double) == (3, 1, 0)


def test_a_post_that_is_sent_twice_counts_as_a_double_and_hides_no_loss() -> None:
    posts = herd(2, 2, 1.0)
    told = sent([posts[0], *posts[:-1]])
    assert (told.wanted, told.unique, told.lost, told.double) == (4, 3, 1, 1)


def test_a_channel_whose_posts_come_in_the_wrong_order_is_seen() -> None:
    assert sent(herd(2, 2, 1.0)[::-1]).out_of_order == 2


def test_a_run_with_a_loss_a_double_or_a_cut_has_no_ratio() -> None:
    floor = row(FLOOR)
    for wrong in ({"lost": 1}, {"double": 1}, {"early": 1}, {"cut_off": "not done"}, {"broken": "x"}):
        rows = [floor, row("loa", **wrong)]
        assert ratios.ratios(rows, "loa") == []
        assert ratios.trouble(rows[1:])
    assert ratios.ratios([floor, row("loa", sent_s=1.5)], "loa") == [1.5]


def test_a_ratio_is_to_the_floor_of_the_same_round_and_size() -> None:
    rows = [
        row(FLOOR),
        row(FLOOR, 1, sent_s=2.0),
        row(FLOOR, 1, lanes=9, sent_s=9.0),
        row("loa", 1, sent_s=3.0),
    ]
    assert ratios.ratios(rows, "loa") == [1.5]


def test_several_processes_of_the_floor_send_every_post_once_and_a_channel_from_one_process() -> None:
    posts = herd(7, 3, 1.0)
    shares = [share(Task("", "", posts=posts, index=index, workers=3)) for index in range(3)]
    assert sorted(post.key for one in shares for post in one) == sorted(post.key for post in posts)
    lanes = [{post.lane for post in one} for one in shares]
    assert sum(map(len, lanes)) == len(set.union(*lanes)) == 7


def test_a_floor_that_sent_posts_twice_is_no_floor() -> None:
    assert ratios.ratios([row(FLOOR, double=2), row("loa")], "loa") == []


def test_rounds_with_different_workloads_are_not_put_into_one_table() -> None:
    with pytest.raises(table.NotComparable, match="loa"):
        table.table([row("loa"), row("loa", 1, lanes=9)])
