"""Text as people say it (đọc thành lời): what a loudspeaker's script, a read-aloud sheet and a voice need."""

from content.spoken.text import Spoken, spoken, syllables

__all__ = ["Spoken", "spoken", "syllables"]
