"""The technical log of a process that publishes: sentences, or one JSON object a line for log programs."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from content.events import told
from content.wording import say
from loa.cli.output import LONGEST_LINE, PlainLog, speak, trouble_of

FORMATS = ("text", "json")
OLD_FILES = 3
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is, and some program would take for the end of a line or obey."""


class JsonLog(logging.Formatter):
    """One object a line: time (UTC), level, event, worker, message, and what `content.events.FIELDS` names.

    Text from outside cannot make a second line, and whatever looks like a secret is blotted out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.worker = ""
        """Who writes, as in the table of heartbeats; empty until that is known."""

    def format(self, record: logging.LogRecord) -> str:
        from connectors.redact import redact

        at, trouble = datetime.fromtimestamp(record.created, UTC), trouble_of(record)
        line: dict[str, Any] = {
            "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            **told(record, ours=record.name.partition(".")[0] == "loa"),
            **({"worker": self.worker} if self.worker else {}),
            "message": f"{_message(record)}: {trouble}" if trouble else _message(record),
        }
        if record.exc_info and os.environ.get("LOA_DEBUG"):
            line["traceback"] = self.formatException(record.exc_info)
        clean = {k: redact(v, longest=LONGEST_LINE) if isinstance(v, str) else v for k, v in line.items()}
        text = json.dumps(clean, ensure_ascii=False, default=str)
        return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class QuietFile(RotatingFileHandler):
    """A log that is full turns over; one that cannot be written is told of once and costs nothing more."""

    def __init__(self, file: Path, most_bytes: int) -> None:
        super().__init__(
            file,
            maxBytes=most_bytes,
            backupCount=OLD_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self._told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002  logging's own name
        if not self._told:
            self._told = True
            error = sys.exc_info()[1]
            why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
            speak(say("logs.not_written", file=self.baseFilename, trouble=why))


class Log:
    """What a process writes its lines with; in a log of objects its own greetings are lines as well."""

    def __init__(self, kind: str, zone: ZoneInfo) -> None:
        self.is_json = kind == "json"
        self._formatter: PlainLog | JsonLog
        if self.is_json:
            self._formatter = JsonLog()
        else:
            self._formatter = PlainLog("%(asctime)s %(message)s", "%H:%M:%S")
            # the same clock as every screen
            self._formatter.converter = lambda at: datetime.fromtimestamp(at or 0, zone).timetuple()

    def of(self, worker: str) -> None:
        """From now on lines say who wrote them."""
        if isinstance(self._formatter, JsonLog):
            self._formatter.worker = worker

    def say(self, text: str, about: dict[str, Any], level: int = logging.INFO) -> None:
        """Speech of the command: a sentence for a person, one more object for a program."""
        if self.is_json:
            logging.getLogger("loa.publisher").log(level, text, extra=about)
        else:
            speak(text)

    @contextmanager
    def open(self, *, quiet: bool, file: Path | None, most_bytes: int) -> Iterator[Log]:
        """Lines go to stderr, and to `file` as well, until the block is left."""
        root = logging.getLogger()
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING if quiet else logging.INFO)
        for name in ("apscheduler", "pgqueuer"):  # what they meet, the publisher says in words
            logging.getLogger(name).setLevel(logging.CRITICAL)
        kept = QuietFile(file, most_bytes) if file else None
        if kept:
            root.addHandler(kept)
        for handler in root.handlers:
            handler.setFormatter(self._formatter)
        try:
            yield self
        finally:
            if kept:
                root.removeHandler(kept)
                kept.close()


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a slip in somebody's log call is no reason to lose the line
        return str(record.msg)
