"""The dependency audit says three things apart: clean, vulnerable, and that nobody could be asked."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[2] / ".ci" / "audit.py"
_spec = importlib.util.spec_from_file_location("audit", _FILE)
assert _spec
assert _spec.loader
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)

CLEAN = {"name": "urllib3", "version": "2.8.0", "vulns": []}
BAD = {
    "name": "jinja2",
    "version": "3.1.5",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"], "aliases": [], "description": ""}],
}
SKIPPED = {"name": "nh3", "skip_reason": "Dependency not found on PyPI and could not be audited: nh3 (0.3.8)"}


def answer(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("code", "out", "outcome", "says"),
    [
        (0, answer(CLEAN), "clean", "1 packages, no known vulnerability"),
        (1, answer(CLEAN, BAD), "found", "KNOWN VULNERABILITIES"),
        (1, answer(SKIPPED, BAD), "found", "KNOWN VULNERABILITIES"),
        (0, answer(CLEAN, SKIPPED), "unreached", "did not know 1 of 2"),
        (0, answer(SKIPPED), "unreached", "NOT AUDITED"),
        (0, answer(), "unreached", "NOT AUDITED"),
        (1, "", "unreached", "connection refused"),
        (0, "null", "unreached", "connection refused"),
    ],
)
def test_silence_is_not_a_clean_bill(code: int, out: str, outcome: str, says: str):
    judged, lines = audit.judge(code, out, "trouble\nconnection refused")
    assert judged == outcome
    assert says in lines[0]


@pytest.mark.parametrize(("if_unreached", "code"), [("fail", 1), ("warn", 0)])
def test_only_when_asked_to_is_not_asking_a_warning(
    if_unreached: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert audit.main(if_unreached, str(tmp_path / "no-pip-audit"), "requirements.lock") == code
    assert "WARNING" in capsys.readouterr().out


def test_a_vulnerability_fails_whatever_is_allowed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit, "ask", lambda *_: (1, answer(BAD), ""))
    assert audit.main("warn", "pip-audit", "requirements.lock") == 1
