"""Whatever ends the process or fills the disk, at any step: one article, and a site that is always whole."""

from __future__ import annotations

import errno
import os
import threading
from datetime import timedelta

import pytest

from connectors.errors import ConnectorError, NotSent

STEPS = ("replace", "fsync", "link", "symlink", "unlink", "mkdir", "utime", "chmod", "rmdir")
MOST = 400


class Killed(BaseException):
    """The process ends here: no handler may run on, none in the connector catches it."""


class Interrupted:
    """Lets `at` file operations pass and stops the next one."""

    def __init__(self, monkeypatch, at: int, error: BaseException) -> None:
        self.count = 0
        for name in STEPS:
            real = getattr(os, name)

            def step(*args, real=real, **kwargs):
                self.count += 1
                if self.count > at:
                    raise error
                return real(*args, **kwargs)

            monkeypatch.setattr(os, name, step)


def _keep(_): ...


def _publish(place, job) -> None:
    website = place.website()
    website.reveal(job, website.prepare(job, {}, _keep))


def _trouble(place, job) -> Exception | None:
    try:
        _publish(place, job)
    except ConnectorError as error:
        return error
    return None


def test_killed_at_any_step_and_repeated_there_is_one_article(places, monkeypatch):
    for at in range(MOST):
        place = places(f"kill-{at}")
        place.publish(place.job(1))
        job = place.job(2, media=(place.picture(),))
        place.now = job.due_at
        with monkeypatch.context() as patch:
            Interrupted(patch, at, Killed())
            try:
                _publish(place, job)
                done = True
            except Killed:
                done = False
        before = len(place.articles())
        assert before in (1, 2), f"killed at step {at}"
        assert "</html>" in place.page()
        assert bool(place.website().find(job, {})) == (before == 2)
        place.now += timedelta(minutes=10)
        place.publish(job)
        assert len(place.articles()) == 2, f"killed at step {at}"
        assert sorted(path.name for path in (place.folder / "data/live").iterdir()) == [
            "loa-0001.json",
            "loa-0002.json",
        ]
        assert not list((place.folder / "data/staged").iterdir())
        assert not list(place.folder.rglob("*.tmp"))
        if done:
            assert at > 20, "the steps were not intercepted"
            return
    raise AssertionError(f"still not done after {MOST} steps")


def test_killed_at_any_step_and_never_repeated_the_next_article_brings_it_only_if_it_was_public(
    places, monkeypatch
):
    for at in range(MOST):
        place = places(f"drop-{at}")
        place.publish(place.job(1))
        job = place.job(2)
        place.now = job.due_at
        with monkeypatch.context() as patch:
            Interrupted(patch, at, Killed())
            try:
                _publish(place, job)
                return
            except Killed:
                pass
        was_public = bool(place.website().find(job, {}))
        place.publish(place.job(3))
        assert bool(place.website().find(job, {})) == was_public, f"killed at step {at}"
        assert len(place.articles()) == 2 + was_public
        staged = {path.name for path in (place.folder / "data/staged").iterdir()}
        assert staged <= (set() if was_public else {"loa-0002.json"}), f"killed at step {at}"


def test_trouble_with_files_at_any_step_is_not_sent_and_nothing_is_public(places, monkeypatch):
    for at in range(MOST):
        place = places(f"trouble-{at}")
        place.publish(place.job(1))
        job = place.job(2, media=(place.picture(),))
        place.now = job.due_at
        with monkeypatch.context() as patch:
            Interrupted(patch, at, OSError(errno.ENOSPC, "No space left on device", "a-file"))
            trouble = _trouble(place, job)
        if trouble:
            assert isinstance(trouble, NotSent), f"step {at}: {trouble!r}"
            assert trouble.code == "site:no-space"
            assert len(place.articles()) == 1, f"step {at}: said not sent, yet it is public"
        place.publish(job)
        assert len(place.articles()) == 2
        if not trouble:
            return
    raise AssertionError(f"still not done after {MOST} steps")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EDQUOT, "site:no-space"),
        (errno.EROFS, "site:read-only"),
        (errno.EACCES, "site:no-permission"),
        (errno.EIO, "site:disk"),
    ],
)
def test_trouble_with_files_has_a_code_of_its_own(place, monkeypatch, number, code):
    Interrupted(monkeypatch, 8, OSError(number, os.strerror(number), "a-file"))
    with pytest.raises(NotSent) as raised:
        _publish(place, place.job())
    assert raised.value.code == code
    assert "a-file" in raised.value.detail


def test_readers_meet_a_whole_front_page_during_every_swap(place):
    place.publish(place.job(1))
    stop, seen, troubles = threading.Event(), 0, []

    def read() -> None:
        nonlocal seen
        while not stop.is_set():
            try:
                assert place.page().rstrip().endswith("</html>")
                assert place.page("atom.xml").rstrip().endswith("</feed>")
                seen += 1
            except Exception as error:
                troubles.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 22):
        place.publish(place.job(number))
    stop.set()
    reader.join()
    assert not troubles
    assert seen > 20


def test_without_symbolic_links_a_folder_takes_their_place(place, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EPERM, "A required privilege is not held by the client")

    monkeypatch.setattr(os, "symlink", refuse)
    for number in (1, 2, 3, 4):
        place.publish(place.job(number))
    assert not place.current.is_symlink()
    assert len(place.articles()) == 4
    assert not list(place.folder.glob(".current*"))


def test_without_symbolic_links_a_kill_at_any_step_is_repaired(places, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EPERM, "A required privilege is not held by the client")

    for at in range(MOST):
        place = places(f"folder-{at}")
        with monkeypatch.context() as patch:
            patch.setattr(os, "symlink", refuse)
            place.publish(place.job(1))
            job = place.job(2)
            place.now = job.due_at
            with monkeypatch.context() as inner:
                Interrupted(inner, at, Killed())
                inner.setattr(os, "symlink", refuse)
                try:
                    _publish(place, job)
                    done = True
                except Killed:
                    done = False
            place.publish(job)
        assert len(place.articles()) == 2, f"killed at step {at}"
        assert not list(place.folder.rglob("*.tmp"))
        if done:
            return
    raise AssertionError(f"still not done after {MOST} steps")


def test_without_hard_links_files_are_copied(place, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    for number in (1, 2):
        place.publish(place.job(number, media=(place.picture(),)))
    assert len(place.articles()) == 2
    assert len(list(place.current.glob("media/*.jpg"))) == 1
