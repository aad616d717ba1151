"""A line on which a piece of a video takes longer than a call may: it counts, and the lease is renewed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from connectors.contract import Handle
from tests.connectors.facebook.harness import Clock, PageHarness

MIB = 1024 * 1024
SIZE = 12 * MIB


class SlowLine:
    """A relay that lets `rate` bytes a second through on the way up, and counts them."""

    def __init__(self, to: tuple[str, int], rate: int) -> None:
        self._to, self._rate, self.sent = to, rate, 0
        self._ended = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def close(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._door.close()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._door.accept()
            except TimeoutError:
                continue
            near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            far = socket.create_connection(self._to)
            for one, other, up in ((near, far, True), (far, near, False)):
                one.settimeout(0.1)
                thread = threading.Thread(target=self._pump, args=(one, other, up))
                self._threads.append(thread)
                thread.start()

    def _pump(self, one: socket.socket, other: socket.socket, up: bool) -> None:
        with one:
            while not self._ended.is_set():
                try:
                    data = one.recv(32 * 1024)
                    if not data:
                        break
                    if up:
                        self.sent += len(data)
                        self._ended.wait(len(data) / self._rate)
                    other.sendall(data)
                except TimeoutError:
                    continue
                except OSError:
                    break
            try:
                other.shutdown(socket.SHUT_WR)
            except OSError:
                return


@contextmanager
def slow_line(page: PageHarness, rate: int) -> Iterator[SlowLine]:
    parts = urlsplit(page.server.url)
    line = SlowLine((str(parts.hostname), int(parts.port or 0)), rate)
    try:
        yield line
    finally:
        page.http.session.close()  # its kept connections lead through the line
        line.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["feed", "reel"])
def test_a_piece_that_takes_longer_than_a_call_arrives_and_is_sent_once(
    video: PageHarness, reel: PageHarness, way: str
):
    page = video if way == "feed" else reel
    page.server.world.shelf.chunk_bytes = 8 * MIB
    job = page.job(size=SIZE)
    with slow_line(page, 4 * MIB) as line:
        page.connector(base_url=line.url, timeout_s="1.0").prepare(job, {}, lambda _: None)
    (upload,) = page.server.world.videos.values()
    assert upload.sha256 == job.variant.media[0].sha256
    assert line.sent < 1.2 * SIZE


def test_what_arrived_although_its_answer_was_lost_is_not_sent_again(video: PageHarness):
    video.server.world.shelf.chunk_bytes = 4 * MIB
    video.server.fault("cut_after_accept", method="POST", edge="videos", phase="transfer")
    job = video.job(size=SIZE)
    sent: list[Handle] = []
    video.connector().prepare(job, {}, sent.append)
    (upload,) = video.server.world.videos.values()
    assert upload.sha256 == job.variant.media[0].sha256
    edges = [edge for _, _, _, edge, _ in video.server.world.arrivals]
    assert edges.count("videos") == 6, "start, three pieces, one question, finish"


def test_a_question_that_is_not_understood_changes_nothing(video: PageHarness):
    video.server.world.shelf.chunk_bytes = 4 * MIB
    video.server.fault("cut_after_accept", method="POST", edge="videos", phase="transfer")
    video.server.fault("code_100", method="POST", edge="videos", phase="transfer")
    job = video.job(size=SIZE)
    video.prepare(job)
    (upload,) = video.server.world.videos.values()
    assert upload.sha256 == job.variant.media[0].sha256


def test_the_lease_is_renewed_while_bytes_leave_and_nothing_more_once_it_is_lost(
    video: PageHarness, reel: PageHarness
):
    class LaneLost(Exception):
        pass

    for page in (video, reel):
        page.server.reset()
        page.server.world.shelf.chunk_bytes = 4 * MIB
        job, saves = page.job(size=SIZE), []
        start = page.clock.now
        slow = _each_look_takes(page.clock, timedelta(seconds=1))
        connector = page.connector()
        connector._context = replace(connector._context, now=slow)

        def save(handle: Handle, saves: list[int] = saves) -> None:
            saves.append(len(saves))
            if len(saves) > 6:
                raise LaneLost

        with pytest.raises(LaneLost):
            connector.prepare(job, {}, save)
        (upload,) = page.server.world.videos.values()
        assert not upload.is_whole
        assert page.clock.now - start < timedelta(minutes=2)


def _each_look_takes(clock: Clock, step: timedelta):
    def now():
        clock.now += step
        return clock.now

    return now
