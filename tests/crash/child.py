"""A publisher process: `loa run` itself, with fail points and a clock of the tests around it.

    python -m tests.crash.child FOLDER CLOCK TRACE PATIENCE_S    one publisher in a process of its own
    python -m tests.crash.child --serve               forks one for each line of JSON on standard input

A fork saves the second that imports take; what is killed is a process of the system all the same.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import PIL.Image

import loa.cli.run
import loa.cli.session
import loa.services.publishing  # noqa: F401 each is imported here once for all forks
from connectors import registry
from connectors.http import Http
from loa.cli import main as command_line
from scheduler.store.database import Database
from tests.crash import failpoints
from tests.crash.broken import BUILDS
from tests.crash.clock import SharedClock
from tests.support.store import ENGINE, ON_SERVER


def publish(
    folder: str,
    clock: str,
    trace: str,
    *,
    at: int = 0,
    stop: bool = False,
    builds: Iterable[str] = (),
    patience_s: float = 0.0,
    off_s: float = 0.0,
) -> NoReturn:
    """Be `loa run` until nothing is planned, or until killed (`stop`: stopped) at point number `at`.

    `patience_s` shortens the time-out of every call; 0 leaves it. `off_s`: how far its clock is ahead.
    """
    for name in builds:
        BUILDS[name]()
    if patience_s:
        failpoints.be_impatient(patience_s)
    end = signal.SIGSTOP if stop else signal.SIGKILL
    failpoints.install(failpoints.Points(Path(trace), at, end), Path(folder) / "site")
    failpoints.follow(SharedClock(Path(clock)), timedelta(seconds=off_s))
    sys.argv = ["loa", "-w", folder, ENGINE, "--quiet"]
    command_line.main()
    raise SystemExit(0)


def serve() -> None:
    """Answers each request with the child's exit code, negative for a signal, or with `stopped` and its id.

    `{"wait": id}` waits for one that was stopped and goes on.
    """
    PIL.Image.preinit()
    for platform in registry.platforms():
        with suppress(ImportError):  # it will be missed by whoever uses it
            registry.connector_class(platform)
    Http().close()
    if ON_SERVER:
        Database("postgresql://").close()  # its driver
    if ENGINE == "worker":
        import loa.services.working  # noqa: F401
        import scheduler.jobs  # noqa: F401
    for line in sys.stdin:
        wanted = json.loads(line)
        sys.stdout.flush()
        pid = wanted.get("wait") or os.fork()
        if not pid:
            _become(wanted.pop("said"), wanted)
        _, status = os.waitpid(pid, os.WUNTRACED)
        ended = f"stopped {pid}" if os.WIFSTOPPED(status) else f"{os.waitstatus_to_exitcode(status)}"
        print(ended, flush=True)  # noqa: T201 this is the answer


def _become(said: str, wanted: dict[str, object]) -> NoReturn:
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    code = 70
    try:
        publish(**wanted)  # type: ignore[arg-type]
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        publish(sys.argv[1], sys.argv[2], sys.argv[3], patience_s=float(sys.argv[4]))
