"""The technical log: one JSON object a line, an event's name on each, nothing forged and no secret told."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import string
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from content.events import EVENTS, FIELDS, LIBRARY, NOTE, about, request_id
from loa.cli.logs import JsonLog, Log, QuietFile
from loa.cli.output import PlainLog
from scheduler.presence import PublisherLock
from scheduler.store.tables import attempt
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.office import Office

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guide" / "theo-doi.md").read_text("utf-8")
ALWAYS = {"time", "level", "logger", "event", "message"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
ROOMS = ("scheduler", "loa/services", "connectors")


@pytest.fixture(autouse=True)
def _formatters_stay() -> Iterator[None]:
    """`loa run` sets those of all handlers, the test's own too."""
    kept = [(handler, handler.formatter) for handler in logging.getLogger().handlers]
    yield
    for handler, formatter in kept:
        handler.setFormatter(formatter)


def record(message: str = "xong", *args: object, name: str = "loa.lane", **more: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"msg": message, "args": args, "name": name, "levelno": 20, "levelname": "INFO"}
    )
    made.__dict__.update(more)
    return made


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


# ---- every line says what it is


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Calls of a logger, by where they stand."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "practice" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                owner = node.func.value
                named = isinstance(owner, ast.Name) and owner.id in ("log", "logger")
                if (named or "getLogger" in ast.unparse(owner)) and node.func.attr in LEVELS:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_every_log_call_names_its_event():
    calls = list(log_calls())
    without = [place for place, call in calls if not any(word.arg == "extra" for word in call.keywords)]
    assert len(calls) > 30
    assert not without, f"give these extra=about(an event of content.events): {without}"


def test_every_event_and_field_that_is_named_is_in_the_lists_and_every_event_is_used():
    named, fields = set[str](), set[str]()
    for file in (file for room in ("scheduler", "loa", "connectors") for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("about", "_about"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                named.add(node.args[0].value)
                fields |= {word.arg for word in node.keywords if word.arg}
    assert named == EVENTS - {NOTE, LIBRARY}
    assert fields <= set(FIELDS)


def test_the_guide_says_what_each_event_and_field_means():
    told = set(re.findall(r"^\| `([a-z_.]+)` \|", GUIDE, re.MULTILINE))
    assert told >= EVENTS, EVENTS - told
    assert set(FIELDS) | ALWAYS | {"worker"} <= told


# ---- one object a line, whatever is in it


@given(
    title=st.text(max_size=60),
    field=st.text(max_size=20),
    trouble=st.one_of(st.none(), st.text(max_size=30)),
)
def test_whatever_a_title_says_it_stays_one_object_on_one_line(title: str, field: str, trouble: str | None):
    error = RuntimeError(trouble) if trouble is not None else None
    made = record("%s: %s", "bai@kenh", title, **about("step.done", delivery=field))
    if error:
        made.exc_info = (RuntimeError, error, None)
    written = JsonLog().format(made)
    assert len(written.splitlines()) == 1
    assert not set(written) & {chr(code) for code in [*range(32), *range(127, 160), 0x2028, 0x202E, 0xD800]}
    told = json.loads(written.encode())
    assert told["event"] == "step.done"
    assert ALWAYS <= set(told) <= ALWAYS | set(FIELDS)


@given(title=st.text(max_size=60))
def test_a_sentence_stays_one_line_as_well(title: str):
    written = PlainLog("%(asctime)s %(message)s", "%H:%M:%S").format(record("%s", title))
    assert len(written.splitlines()) == 1
    assert not set(written) & {"\n", "\r", "\x1b", "\x85", "\u2028", "\u202e"}


def test_a_title_cannot_forge_a_line():
    forged = 'x"}\n{"time": "2026-11-09T00:00:00.000Z", "event": "step.done", "outcome": "published'
    [told] = lines(JsonLog().format(record("%s", forged)))
    assert told["message"] == forged
    assert told["event"] == NOTE


SECRET = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40)


@given(secret=SECRET)
def test_what_looks_like_a_secret_is_blotted_out_in_words_and_fields(secret: str):
    made = record("hỏi với access_token=%s", secret, **about("step.fault", error=f"Bearer {secret}"))
    made.exc_info = (RuntimeError, RuntimeError(f"refresh_token={secret}"), None)
    assert secret not in JsonLog().format(made)
    assert secret not in PlainLog("%(message)s").format(made)


def test_lines_of_other_parts_are_marked_as_such_and_a_wrong_call_is_not_lost():
    told = [json.loads(JsonLog().format(one)) for one in (
        record("x", name="loa.third"), record("x", name="urllib3"), record("%d việc", "chữ"),
    )]  # fmt: skip
    assert [one["event"] for one in told] == [NOTE, LIBRARY, NOTE]
    assert told[2]["message"] == "%d việc"


def test_the_platforms_name_for_a_call_is_found_at_the_end_of_its_answer():
    assert request_id("(#190) Token expired [AbC_1234567]") == "AbC_1234567"
    assert request_id("[no trace id]") is None
    assert request_id("") is None


# ---- a publisher's log


def test_a_publisher_tells_each_step_with_all_that_a_search_wants(
    office: Office, clock: TestClock, tmp_path: Path
):
    office.approved(channels="[fanpage]", title="Hỏi đáp về đất đai")
    due = office.view("hoi-dap@fanpage").due_at
    log = Log("json", office.workspace.config.zone)
    log.of("may:1:abcd")
    with log.open(quiet=False, file=tmp_path / "loa.log", most_bytes=10**6), office.publisher() as worker:
        clock.instant = due + timedelta(seconds=2.5)
        worker.work_until(clock.now() + timedelta(hours=1))
        log.say("Đã dừng.", about("publisher.ended", count=3))
    seen = lines((tmp_path / "loa.log").read_text("utf-8"))
    assert all(set(one) >= ALWAYS and one["worker"] == "may:1:abcd" for one in seen)
    assert {one["event"] for one in seen} <= EVENTS
    steps = {one["step"]: one for one in seen if one["event"] == "step.done"}
    reveal = steps["reveal"]
    about_what = (reveal["delivery"], reveal["channel"], reveal["platform"])
    assert about_what == ("hoi-dap@fanpage", "fanpage", "facebook")
    assert (reveal["outcome"], reveal["lateness_s"]) == ("published", 2.5)
    assert {step for step, one in steps.items() if "lateness_s" in one} == {"reveal"}
    assert (seen[-1]["event"], seen[-1]["count"]) == ("publisher.ended", 3)
    with office.workspace.database.read() as connection:
        rows = connection.execute(select(attempt.c.id, attempt.c.step)).all()
    assert {(row.id, row.step) for row in rows} == {(one["attempt"], one["step"]) for one in steps.values()}


def test_without_the_option_it_speaks_in_sentences(office: Office, in_office: Loa):
    told = in_office("run", "--once")
    assert told.err
    assert not told.err.startswith("{")


def test_a_refusal_is_an_object_too_and_keeps_its_exit_code(
    office: Office, in_office: Loa, caplog: pytest.LogCaptureFixture
):
    held = PublisherLock(office.workspace.database)
    held.take(office.clock.now())
    try:
        plain = in_office("run", "--once")
        caplog.clear()
        told = in_office("run", "--once", "--log", "json")
    finally:
        held.release()
    assert told.code == plain.code != 0
    assert told.err == "", "nothing but lines of the log"
    last = json.loads(JsonLog().format(caplog.records[-1]))
    assert (last["event"], last["level"]) == ("publisher.broke_off", "error")
    assert last["message"] in plain.err


def test_the_settings_decide_where_nothing_is_said(office: Office, in_office: Loa):
    config = office.folder / "config.toml"
    text = config.read_text("utf-8").replace('format = "text"', 'format = "json"')
    text, count = re.subn(r'(?m)^file = ""', 'file = "loa.log"', text)
    assert count == 1
    config.write_text(text, "utf-8")
    assert in_office("run", "--once").code == 0
    [ended] = lines((office.folder / "loa.log").read_text("utf-8"))
    assert ended["event"] == "publisher.ended"
    assert in_office("run", "--once", "--log", "text").err


@pytest.mark.parametrize("line", ['format = "xml"', "mb = 0", "listen = 5", "channels = -1"])
def test_a_slip_in_the_settings_is_named(office: Office, in_office: Loa, line: str):
    config, key = office.folder / "config.toml", line.partition(" ")[0]
    text, count = re.subn(
        rf"(?m)^{key} = \S+(?=\s+#.*(sentences|put aside|9464|one by one))", line, config.read_text("utf-8")
    )
    assert count == 1
    config.write_text(text, "utf-8")
    told = in_office("run", "--once")
    assert told.code == 2
    assert key in told.err


# ---- the file


def test_a_full_file_is_put_aside_and_only_so_many_are_kept(tmp_path: Path):
    kept = QuietFile(tmp_path / "loa.log", 400)
    kept.setFormatter(JsonLog())
    for number in range(60):
        kept.emit(record("bài %d", number))
    kept.close()
    files = sorted(tmp_path.iterdir())
    assert [one.name for one in files] == ["loa.log", "loa.log.1", "loa.log.2", "loa.log.3"]
    assert all(one.stat().st_size <= 400 for one in files)
    assert lines((tmp_path / "loa.log").read_text("utf-8"))[-1]["message"] == "bài 59"


def test_a_file_that_cannot_be_written_is_told_of_once_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    kept = QuietFile(tmp_path / "khong-co" / "loa.log", 400)
    for _ in range(3):
        kept.handle(record())
    assert said.getvalue().count("Không ghi được nhật ký") == 1
    assert "Traceback" not in said.getvalue()


def test_a_publisher_whose_log_cannot_be_written_publishes(
    office: Office, clock: TestClock, capsys: pytest.CaptureFixture[str]
):
    office.approved(channels="[fanpage]")
    log = Log("json", office.workspace.config.zone)
    with log.open(quiet=False, file=office.folder / "khong-co" / "loa.log", most_bytes=10**6):
        office.publish_until(clock.now() + timedelta(days=2))
    assert office.statuses() == {"hoi-dap@fanpage": "published"}
    assert capsys.readouterr().err.count("Không ghi được nhật ký") == 1
