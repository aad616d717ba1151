"""A synthetic voice by espeak-ng, where that is installed: its own process, a time limit, never needed.

espeak-ng is GPL-3 and called as a program only. A person's voice is better; this one is for who has none.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

from content.events import about

SYNTHETIC = "giong-doc-tong-hop"
"""In the file's name, so that nobody takes it for a person's voice."""
VOICES = ("vi", "vi-vn-x-central", "vi-vn-x-south")
SPEED = 150
"""espeak-ng's own unit; see `loudspeaker.SYLLABLES_PER_MINUTE`."""
TIMEOUT_S = 20.0
"""Well within a lane's lease; half an hour of speech takes a few seconds."""

log = logging.getLogger("loa.byhand")


def speak(said: str, voice: str, target: Path) -> bool:
    """Write a WAV file; False, and no file, where the program is missing or does not do it in time."""
    program = shutil.which("espeak-ng")
    if program is None:
        return False
    command = [program, "-v", voice, "-s", str(SPEED), "-b", "1", "--stdin", "-w", str(target)]
    try:
        subprocess.run(command, input=said.encode(), timeout=TIMEOUT_S, capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        log.warning(
            "%s: %s",
            target.name,
            type(error).__name__,
            extra=about("voice.failed", error=type(error).__name__),
        )
        target.unlink(missing_ok=True)
        return False
    return target.is_file()
