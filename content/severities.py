"""How grave each remark is, and what a unit may decide otherwise in `[checks]` of its config.toml."""

from __future__ import annotations

from collections.abc import Mapping

from content.finding import Severity

DEFAULTS: Mapping[str, Severity] = {
    "law.expired": "block",
    "law.suspended": "block",
    "law.not_yet_effective": "block",
    "law.effective_date_claim": "block",
    "law.partly": "warn",
    "law.mismatch": "warn",
    "law.ambiguous": "warn",
    "law.blank": "warn",
    "law.uncertain": "hint",
    "law.first_in_full": "hint",
    "law.spelling": "hint",
    "text.abbreviation": "hint",
    "text.long_sentence": "hint",
    "content.citizen_number": "warn",
    "content.mobile_number": "warn",
    "content.plate_number": "warn",
    "content.former_unit": "hint",
    "content.contest_no_warning": "warn",
    "content.ai_label": "warn",
    "content.captions_missing": "warn",
    "time.quiet": "warn",
    "time.crowded": "warn",
    "content.rights_missing": "hint",
    "content.rights_unclear": "warn",
    "content.consent_missing": "warn",
    "content.consent_child": "block",
    "content.captions_backwards": "warn",
    "content.captions_overlap": "warn",
    "content.captions_empty": "warn",
    "content.captions_after_end": "warn",
    "content.captions_long_line": "hint",
    "content.captions_fast": "hint",
    "content.duplicate": "warn",
    "content.duplicate_series": "hint",
    "content.same_title": "hint",
}
"""The rules that a unit may make graver, milder or silent. All others stand as they are: a secrecy mark, an
empty title or a picture without words for it is no matter of taste."""
OVERRIDABLE = (
    "law.expired",
    "law.suspended",
    "law.not_yet_effective",
    "law.effective_date_claim",
    "law.partly",
    "law.mismatch",
    "law.ambiguous",
    "law.blank",
)
"""Rules that a legal reviewer may let pass over one document in one text, by name and with a reason. Whoever
knows the law better than the registry is right; nobody is right about a secrecy mark or an unfilled slot."""
CHOICES = ("block", "warn", "hint", "off")
LEAST: Mapping[str, tuple[str, ...]] = {"content.consent_child": ("block", "warn")}
"""Rules that a unit cannot silence, with the choices it has."""

Chosen = Mapping[str, str]
"""Rule to one of `CHOICES`, for the rules that a unit decided about."""


def severity_of(rule: str, chosen: Chosen) -> Severity | None:
    """How grave a remark of this rule is here; None when the unit does not want to hear it."""
    decided = chosen.get(rule)
    if decided == "off":
        return None
    for severity in ("block", "warn", "hint"):
        if decided == severity:
            return severity
    return DEFAULTS[rule]
