"""`loa`: the door. Commands are loaded when they are called, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from content.wording import say, use_language
from loa.cli.frames import Frames

click.Context.formatter_class = Frames

# Noun or verb → where it lives. Its one line of help is the sentence `cli.help.<name>`.
COMMANDS = {
    "init": "loa.cli.setup:init",
    "demo": "loa.cli.setup:demo",
    "doctor": "loa.cli.setup:doctor",
    "user": "loa.cli.user:user",
    "trust": "loa.cli.trust:trust",
    "channel": "loa.cli.channel:channel",
    "vault": "loa.cli.vault:vault",
    "post": "loa.cli.post:post",
    "draft": "loa.cli.draft:draft",
    "image": "loa.cli.image:image",
    "law": "loa.cli.law:law",
    "plan": "loa.cli.plan:plan",
    "feed": "loa.cli.feed:feed",
    "calendar": "loa.cli.calendar:calendar",
    "slots": "loa.cli.slots:slots",
    "repeat": "loa.cli.repeat:repeat",
    "campaign": "loa.cli.campaign:campaign",
    "queue": "loa.cli.queue:queue",
    "freeze": "loa.cli.freeze:freeze",
    "blackout": "loa.cli.blackout:blackout",
    "run": "loa.cli.run:run",
    "worker": "loa.cli.worker:worker",
    "status": "loa.cli.run:status",
    "metrics": "loa.cli.metrics:metrics",
    "alert": "loa.cli.alert:alert",
    "audit": "loa.cli.audit:audit",
    "backup": "loa.cli.backup:backup",
    "db": "loa.cli.db:db",
    "machine": "loa.cli.machine:machine",
    "unit": "loa.cli.unit:unit",
    "offer": "loa.cli.offer:offer",
    "practice": "loa.cli.practice:practice",
    "reach": "loa.cli.reach:reach",
    "inbox": "loa.cli.inbox:inbox",
    "counter": "loa.cli.counter:counter",
    "activity": "loa.cli.activity:activity",
    "report": "loa.cli.report:report",
    "rollup": "loa.cli.rollup:rollup",
    "window": "tui.command:window",
    "web": "tui.web.command:web",
}


class ReaderGone(Exception):
    """Whoever reads our output (`| head`) has seen enough. click would end with code 1 for it."""


class LazyGroup(click.Group):
    """Knows its commands by name; imports one only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        target = COMMANDS.get(name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from content.text import nearest

        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            best = nearest(name, COMMANDS) or "--help"
            raise click.UsageError(say("cli.unknown_command", name=name, nearest=best), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Trouble of the machine becomes a sentence here, where it is known which workspace it befell."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from loa.cli.output import of_the_machine

            said = of_the_machine(error, ctx.obj.place) if ctx.obj else None
            if said is None:
                raise
            raise said from error

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Also where `--help` is printed."""
        try:
            return super().make_context(*args, **more)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("cli.help.commands")):
            formatter.write_dl([(name, say(f"cli.help.{name}")) for name in COMMANDS])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text(say("cli.help.exit_codes"))


def _language(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value:
        os.environ["LOA_LANGUAGE"] = value  # also for what this process starts
        use_language(value)
    return value


@click.group(
    cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    *("--workspace", "-w", "folder"),
    type=click.Path(path_type=Path),
    envvar="LOA_WORKSPACE",
    metavar="DIR",
    help="Thư mục làm việc. / The workspace.",
)
@click.option(
    "--as", "officer", envvar="LOA_USER", metavar="USER", help="Tên người làm việc này. / Who does this."
)
@click.option(
    "--lang",
    envvar="LOA_LANGUAGE",
    type=click.Choice(["vi", "en"]),
    callback=_language,
    is_eager=True,
    help="Ngôn ngữ. / Language.",
)
@click.version_option(package_name="loa", message="%(version)s")
@click.pass_context
def cli(ctx: click.Context, folder: Path | None, officer: str | None, lang: str | None) -> None:
    """Loa: bài đã duyệt, đúng giờ, đúng một lần. / Approved posts, on time, exactly once."""
    del lang  # took effect in its callback
    import logging

    from loa.cli.output import PlainLog
    from loa.cli.session import Session

    if logging.lastResort:  # where warnings go that nobody set up a place for
        logging.lastResort.setFormatter(PlainLog())

    ctx.obj = Session(folder, officer)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Run the command line; every way out is one of the documented exit codes."""
    use_language(os.environ.get("LOA_LANGUAGE", "vi"))
    try:
        code = cli.main(prog_name="loa", standalone_mode=False) or 0
        sys.stdout.flush()  # a reader that has gone (`| head`) is met here, not at the interpreter's end
        sys.exit(code)
    except click.ClickException as error:
        from loa.cli.slips import told

        click.echo(told(error), err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(say("cli.aborted"), err=True)
        sys.exit(130)
    except (ReaderGone, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
        sys.exit(0)
    except Exception as error:
        from loa.cli.output import complain

        sys.exit(complain(error))


if __name__ == "__main__":
    main()
