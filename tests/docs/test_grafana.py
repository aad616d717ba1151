"""The dashboard and the alert rules speak of what is told, and the guide of every metric and every rule."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loa.services.metrics.figures import METRICS

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs" / "grafana" / "loa.json").read_text("utf-8"))
RULES = (ROOT / "docs" / "grafana" / "alerts.yaml").read_text("utf-8")
GUIDE = (ROOT / "docs" / "guide" / "theo-doi.md").read_text("utf-8")
PROMTOOL = shutil.which("promtool")
NOT_ON_A_PANEL: set[str] = set()
_MARKS = re.compile("[àáạảãâầấậẩẫăằắặẳẵèéẹẻẽêềếệểễìíịỉĩòóọỏõôồốộổỗơờớợởỡùúụủũưừứựửữỳýỵỷỹđ]", re.IGNORECASE)


def told_names(name: str) -> set[str]:
    """As a metric's samples are called."""
    kind = METRICS[name].kind
    if kind == "histogram":
        return {f"{name}_{part}" for part in ("bucket", "sum", "count")}
    return {f"{name}_{'total' if kind == 'counter' else 'info'}"} if kind in ("counter", "info") else {name}


LABELS = {told: {*METRICS[name].labels, *({"version", "database"} if METRICS[name].kind == "info" else ()),
                 *({"le"} if told.endswith("_bucket") else ())}
          for name in METRICS for told in told_names(name)}  # fmt: skip


def panels() -> list[dict[str, Any]]:
    return [one for one in DASHBOARD["panels"] if one["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    yield from (("quy tắc", one) for one in re.findall(r"^\s+expr: (.+)$", RULES, re.MULTILINE))
    yield from (
        (one["name"], one["definition"]) for one in DASHBOARD["templating"]["list"] if "definition" in one
    )


def test_every_expression_asks_for_what_is_told():
    asked = list(expressions())
    assert len(asked) > 30
    for place, expression in asked:
        names = set(re.findall(r"\bloa_\w+", expression))
        assert names, place
        assert names <= set(LABELS), f"{place}: {names - set(LABELS)}"
        known = set[str]().union(*(LABELS[name] for name in names))
        within = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)
        grouped = [one.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for one in by.split(",")]
        assert {*within, *grouped} <= known, f"{place}: {expression}"
        legend = [t["legendFormat"] for p in panels() for t in p["targets"] if t["expr"] == expression]
        assert set(re.findall(r"\{\{(\w+)\}\}", " ".join(legend))) <= known, place


def test_every_metric_is_on_a_panel_or_said_to_be_on_none():
    shown = {
        name
        for panel in panels()
        for one in panel["targets"]
        for name in re.findall(r"\bloa_\w+", one["expr"])
    }
    missing = {name for name in METRICS if not told_names(name) & shown}
    assert missing == NOT_ON_A_PANEL


def test_the_guide_has_every_metric_with_its_labels():
    rows = dict(re.findall(r"^\| `(loa_\w+)` \| (.*?) ?\| ", GUIDE, re.MULTILINE))
    ending = {"counter": "_total", "info": "_info"}
    wanted = {name: name + ending.get(told.kind, "") for name, told in METRICS.items()}
    assert set(rows) == set(wanted.values())
    for name, shown in wanted.items():
        extra = {"info": {"version", "database"}, "histogram": {"le"}}.get(METRICS[name].kind, set())
        assert set(re.findall(r"`(\w+)`", rows[shown])) == {*METRICS[name].labels, *extra}, name


def test_the_dashboard_can_be_imported_anywhere():
    assert DASHBOARD["uid"] == "loa-dang-bai"
    assert DASHBOARD["schemaVersion"] >= 36, "datasources as objects"
    assert "id" not in DASHBOARD, "an id belongs to one Grafana"
    sources = [one for one in DASHBOARD["templating"]["list"] if one["type"] == "datasource"]
    assert [(one["name"], one["query"]) for one in sources] == [("datasource", "prometheus")]
    numbers = [one["id"] for one in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in panels():
        for part in (panel, *panel["targets"]):
            assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]


def test_no_panel_lies_over_another_or_beyond_the_edge():
    taken = set[tuple[int, int]]()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells


def test_titles_speak_vietnamese():
    for panel in DASHBOARD["panels"]:
        assert _MARKS.search(panel["title"]), panel["title"]
    summaries = re.findall(r'(?:summary|description): "(.+)"', RULES)
    assert len(summaries) == 2 * RULES.count("- alert:")
    assert all(_MARKS.search(one) for one in summaries)


def test_the_guide_says_of_every_alert_what_to_do():
    named = re.findall(r"- alert: (\w+)", RULES)
    assert named == re.findall(r"^\| `(Loa\w+)` \|", GUIDE, re.MULTILINE)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_prometheus_own_tool_takes_the_rules_and_every_expression(tmp_path: Path):
    rules = ROOT / "docs" / "grafana" / "alerts.yaml"
    checked = subprocess.run([PROMTOOL, "check", "rules", rules], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    asked = [one for place, one in expressions() if not one.startswith("label_values")]
    shown = [
        one.replace("$__rate_interval", "1m").replace("$__range", "1h").replace("$platform", ".*")
        for one in asked
    ]
    recorded = "".join(
        f"  - record: a:b{number}\n    expr: {json.dumps(one)}\n" for number, one in enumerate(shown)
    )
    (tmp_path / "all.yaml").write_text(f"groups:\n- name: all\n  rules:\n{recorded}")
    checked = subprocess.run(
        [PROMTOOL, "check", "rules", tmp_path / "all.yaml"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


SERIES = {
    "loa_publisher_heartbeat_age_seconds": "3x9 60 120 180 240 300",
    "loa_database_up": "1x1500",
    "loa_oldest_doubt_seconds": "_x4 60+60x20",
    "loa_overdue_seconds": "0x5 30 90 150 0x5",
    'loa_token_expiry_timestamp_seconds{channel="zalo",platform="zalo"}': "604000x20",
    'loa_unserved_channels{zone="may-web"}': "_x4 2x5",
    'loa_worker_heartbeat_age_seconds{worker="may-2:7"}': "3x3 60 120 180 240 _x20",
    'loa_token_expiry_timestamp_seconds{channel="web",platform="website"}': "9e6x20",
}
FIRING = {
    ("LoaPublisherSilent", 8): 0,
    ("LoaPublisherSilent", 14): 1,
    ("LoaDatabaseDown", 14): 0,
    ("LoaLate", 5): 0,
    ("LoaLate", 8): 1,
    ("LoaLate", 12): 0,
    ("LoaDoubtTooLong", 15): 0,
    ("LoaDoubtTooLong", 22): 1,
    ("LoaTokenExpires", 2): 1,
    ("LoaBackupNone", 1400): 0,
    ("LoaBackupNone", 1445): 1,
    ("LoaUnserved", 5): 0,
    ("LoaUnserved", 8): 1,
    ("LoaWorkerSilent", 4): 0,
    ("LoaWorkerSilent", 8): 1,
}
"""Alerts of one story, by minute: how many go off then."""


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_the_alerts_go_off_when_they_should_and_not_before(tmp_path: Path):
    """Prometheus' own evaluation of the rules over made-up minutes. The file is JSON, which YAML can read."""
    wanted = [
        {
            "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
            "eval_time": f"{minute}m",
            "exp_samples": [{"value": number}],
        }
        for (name, minute), number in FIRING.items()
    ]
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    story = {
        "rule_files": [str(ROOT / "docs" / "grafana" / "alerts.yaml")],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": wanted}],
    }
    (tmp_path / "story.yaml").write_text(json.dumps(story))
    command = [PROMTOOL, "test", "rules", tmp_path / "story.yaml"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
