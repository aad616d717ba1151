"""A publisher that is told to stop: Ctrl+C or SIGTERM, at whatever step its main thread is."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

PATIENCE_S = 30.0


def run(program: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: a deadlock ends there, by name."""
    command = [sys.executable, "-X", "faulthandler", "-c", dedent(program)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_a_signal_that_comes_while_the_main_thread_holds_the_events_lock_is_heard():
    ended = run("""
        import signal, sys, threading
        from loa.cli.signals import stop_when_told

        told = threading.Event()
        stop_when_told(told.set)
        with told._cond:  # as inside clear() and wait()
            signal.raise_signal(signal.SIGTERM)
        sys.exit(0 if told.wait(10) else 1)
    """)
    assert ended.returncode == 0, ended.stderr


def test_a_second_signal_ends_a_publisher_that_waits_and_says_so():
    ended = run("""
        import signal, threading
        from loa.cli.signals import stop_when_told

        stop_when_told(lambda: None)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        threading.Event().wait(10)
    """)
    assert ended.returncode == 128 + 15, ended.stderr
    assert "không bài nào bị mất" in ended.stdout + ended.stderr
