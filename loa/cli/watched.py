"""How a process that publishes is watched from outside: options that `loa run` and `loa worker` share."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import LoaError
from content.events import about
from content.wording import say
from loa.cli.logs import FORMATS, Log

if TYPE_CHECKING:
    from loa.services.workspace import Workspace


@dataclass(frozen=True)
class Watched:
    """What was asked for on the command line; the settings answer for what was not."""

    kind: str | None
    file: Path | None
    metrics: str | None

    @contextmanager
    def open(self, workspace: Workspace, *, quiet: bool) -> Iterator[Log]:
        """Write the log and, where wished, answer Prometheus, until the block is left.

        Raises UsageError for an address that is none or is taken: before anything is published.
        """
        config = workspace.config
        file = self.file or (workspace.folder / config.log.file if config.log.file else None)
        listen = config.metrics.listen if self.metrics is None else self.metrics
        log = Log(self.kind or config.log.format, config.zone)
        with ExitStack() as opened:
            opened.enter_context(log.open(quiet=quiet, file=file, most_bytes=config.log.most_bytes))
            if listen:
                from loa.services.metrics import serving

                address = serving.parse(listen)
                if not address.is_loopback:
                    log.say(say("logs.metrics_far", address=listen), about("metrics.open"))
                url = opened.enter_context(serving.serve(workspace, address))
                log.say(say("logs.metrics_open", url=url), about("metrics.open"))
            try:
                yield log
            except LoaError as error:
                if not log.is_json:
                    raise
                log.say(str(error), about("publisher.broke_off", error=error.key), logging.ERROR)
                raise click.exceptions.Exit(error.exit_code) from None


def watched_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--log`, `--log-file` and `--metrics`; the command is handed them as one `watched`."""

    @click.option("--log", "log_kind", type=click.Choice(FORMATS), help=say("logs.help_log"))
    @click.option(
        "--log-file", type=click.Path(dir_okay=False, path_type=Path), help=say("logs.help_log_file")
    )
    @click.option("--metrics", metavar="HOST:PORT", help=say("logs.help_metrics"))
    @functools.wraps(command)
    def handed(
        *args: Any, log_kind: str | None, log_file: Path | None, metrics: str | None, **more: Any
    ) -> Any:
        return command(*args, watched=Watched(log_kind, log_file, metrics), **more)

    return handed


def warn_of_unplaced(workspace: Workspace, log: Log) -> None:
    """Before anything is published: which pages may come out on another machine's disk."""
    from loa.services import zoning

    if found := zoning.unplaced(workspace):
        log.say(zoning.unplaced_in_words(found), about("channel.unplaced", channel=found[0]), logging.WARNING)
