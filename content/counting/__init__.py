"""Counting who has read a page, honestly: lines of an access log, and who is a person."""

BEACON_SECONDS = 5
"""So long a page must have been on a screen before the beacon counts it (facts, website, 5: some seconds)."""
