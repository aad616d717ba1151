"""Remarks on a variant, and that all limits stand in one place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.registry import GROUP
from connectors.wordpress.rest import READ_TIMEOUT_S, UPLOAD_TIMEOUT_S, WRITE_TIMEOUT_S
from connectors.wordpress.settings import CAPABILITIES
from content.checks import check_variant
from content.wording import catalogue
from scheduler.policy import LEASE
from tests.connectors.wordpress.harness import SiteHarness


def rules(harness: SiteHarness, **changes) -> dict[str, str]:
    return {f.rule: f.severity for f in harness.connector().check(harness.job(**changes).variant)}


def test_a_sound_post_has_no_remark(harness: SiteHarness):
    assert rules(harness, pictures=2) == {}


@pytest.mark.parametrize(
    ("changes", "rule", "severity"),
    [
        ({"title": " "}, "title_missing", "block"),
        ({"summary": ""}, "summary_missing", "hint"),
        ({"link": "vbpl.vn/1"}, "link_unsafe", "block"),
        ({"text": "<iframe src=x>"}, "markup_shown", "warn"),
        ({"text": "![x](https://a.vn/b.png)"}, "picture_outside", "warn"),
    ],
)
def test_each_fault_has_its_remark(harness: SiteHarness, changes, rule: str, severity: str):
    assert rules(harness, **changes) == {f"wordpress.{rule}": severity}


def test_a_picture_without_words_is_not_let_through(harness: SiteHarness):
    job = harness.job(pictures=2)
    media = (job.variant.media[0], replace(job.variant.media[1], alt=" "))
    (finding,) = harness.connector().check(replace(job.variant, media=media))
    assert (finding.rule, finding.place) == ("wordpress.alt_missing", "media[2]")
    assert media[1].name in finding.message


def test_what_is_too_long_is_the_common_checks_work(harness: SiteHarness):
    variant = harness.job(title="a" * 300, text="b" * 200_001).variant
    assert {f.rule for f in check_variant(variant, CAPABILITIES.limits)} == {
        "content.title_over",
        "content.text_over",
    }


def test_every_setting_secret_and_rule_has_words():
    for language in ("vi", "en"):
        words = catalogue(language)
        for field in (*CAPABILITIES.settings, *CAPABILITIES.secrets):
            assert f"wordpress.settings.{field.name}" in words
        assert "wordpress.name" in words


def test_the_calls_of_one_step_fit_into_a_lease():
    reveal = 2 * READ_TIMEOUT_S + WRITE_TIMEOUT_S
    upload = READ_TIMEOUT_S + UPLOAD_TIMEOUT_S
    look = 4 * READ_TIMEOUT_S
    assert max(reveal, upload, look) < LEASE.total_seconds()


def test_the_class_is_loaded_only_when_asked_for():
    import subprocess
    import sys

    code = "import sys, connectors.wordpress; print('nh3' in sys.modules, 'requests' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False", "False"]
    assert GROUP == "loa.connectors"
