"""One window of one browser: its process, from the first byte to the last."""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

log = logging.getLogger("loa.web")

PATIENCE_S = 5.0
"""So long a window that was told to end may take to put its drafts away."""
_SECRET = ("LOA_PASSPHRASE", "LOA_NEW_PASSPHRASE", "LOA_SECRET_", "LOA_BACKUP_PASSPHRASE")


class Seat(AppService):
    """textual-serve's own, but without a shell, without our secrets, and it ends for certain.

    `words` is the whole command line; no secret is among it.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        download_manager: DownloadManager,
    ) -> None:
        super().__init__(
            "", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=download_manager
        )
        self._words = words

    @property
    def running(self) -> asyncio.Task[None]:
        """Done when the process has ended, by itself or not. Only after `start`."""
        assert self._task is not None
        return self._task

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        whole = super()._build_environment(width, height)
        return {name: value for name, value in whole.items() if not name.startswith(_SECRET)}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            start_new_session=os.name == "posix",  # Ctrl+C in our terminal is for us
        )
        assert process.stdin is not None
        self._stdin = process.stdin
        return process

    async def stop(self) -> None:
        """Ask the window to end, then make it."""
        process = self._process
        try:
            async with asyncio.timeout(PATIENCE_S):
                await super().stop()
                if process is not None:
                    await process.wait()
        except TimeoutError:
            log.warning("a window did not end by itself")
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
