"""Citing the law: references in a text, documents and their validity, and what is wrong with the former."""

from content.law.citation import Citation, Pin
from content.law.grammar import find
from content.law.registry import Registry, shipped
from content.law.validity import Document, Event, Happening, Validity

__all__ = ["Citation", "Document", "Event", "Happening", "Pin", "Registry", "Validity", "find", "shipped"]
