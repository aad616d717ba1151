"""Mistakes in the words of a command, told in the officer's language: click's own sentences are English."""

from __future__ import annotations

import click
from click.exceptions import BadOptionUsage, MissingParameter, NoSuchOption

from content.text import nearest
from content.wording import say


def told(error: click.ClickException) -> str:
    """What is wrong, what was probably meant, and where the help is."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    lines = [_wrong(error, context)]
    if context is not None:
        lines.append(say("cli.slips.help", command=context.command_path))
    return "\n".join(lines)


def _wrong(error: click.ClickException, context: click.Context | None) -> str:
    command = context.command if context is not None else None
    if isinstance(error, MissingParameter):
        return say("cli.slips.missing", name=_name(error.param))
    if isinstance(error, NoSuchOption):
        known = [name for param in command.params for name in param.opts] if command else []
        options = [name for name in known if name.startswith("--")]
        best = nearest(error.option_name, options) or ", ".join(options) or "–"
        return say("cli.slips.no_such_option", name=error.option_name, nearest=best)
    if isinstance(error, BadOptionUsage):
        return say("cli.slips.needs_value", name=error.option_name)
    if isinstance(error, click.BadParameter):
        return say("cli.slips.bad_value", name=_name(error.param), problem=_problem(error))
    unknown = getattr(error, "command_name", "")  # click 8.4 and later
    if unknown and context is not None and isinstance(command, click.Group):
        verbs = command.list_commands(context)
        best = nearest(unknown, verbs) or ", ".join(verbs)
        return say("cli.slips.no_such_command", name=unknown, nearest=best)
    return error.format_message()


def _problem(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return say("cli.slips.one_of", choices=", ".join(map(str, kind.choices)))
    if isinstance(kind, click.IntRange):
        return say("cli.slips.between", least=kind.min, most=kind.max)
    if kind in (click.INT, click.FLOAT):
        return say("cli.slips.a_number")
    return error.message


def _name(param: click.Parameter | None) -> str:
    """`--reason` for an option, `POST` for an argument."""
    if param is None:
        return ""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.metavar or param.name or "").upper() if isinstance(param, click.Argument) else ""
