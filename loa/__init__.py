"""Loa (loudspeaker): publishing scheduler for legal outreach."""

__version__ = "0.1.0"
