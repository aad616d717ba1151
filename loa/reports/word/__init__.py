"""A report as a Word file (.docx) in the layout of an administrative document.

The number is left for the clerk and the seal for the stamp.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from loa.reports.layout import Layout
from loa.reports.texts import Words
from loa.services.report_facts import Facts
from loa.settings import ReportConfig


def made(facts: Facts, words: Words, layout: Layout, about: ReportConfig, zone: ZoneInfo, day: date) -> bytes:
    """The Word file of a report."""
    from loa.reports.word.page import Page

    return Page(facts, words, layout, about, zone).made(day)
