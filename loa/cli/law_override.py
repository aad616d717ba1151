"""`loa law override`: a legal reviewer's word that a block does not stop a post, and the list of them."""

from __future__ import annotations

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment


@click.command("override", help=say("override.help.override"))
@click.argument("key", metavar="POST")
@click.option("--rule", default="", metavar="RULE", help=say("override.help.rule"))
@click.option("--document", "-d", default="", metavar="NAME", help=say("override.help.document"))
@click.option("--reason", "-r", required=True, help=say("override.help.reason"))
@click.option("--revision", type=int, default=0, metavar="N", help=say("override.help.revision"))
@click.option("--undo", "take_back", is_flag=True, help=say("override.help.undo"))
@json_option
@pass_session
def override(
    session: Session,
    key: str,
    rule: str,
    document: str,
    reason: str,
    revision: int,
    take_back: bool,
    as_json: bool,
) -> None:
    from loa.services import overriding, posts

    asked = {"rule": rule, "document": document, "reason": reason}
    if take_back:
        done = overriding.undo(session.workspace, session.officer, key, **asked)
    else:
        done = [overriding.override(session.workspace, session.officer, key, revision=revision, **asked)]
    if as_json:
        emit(done if take_back else done[0])
        return
    for one in done:
        values = {"rule": one.rule, "document": one.document, "post": one.post}
        speak(say("override.undone" if take_back else "override.given", **values))
    held = sum(one.status == "held" for one in posts.get(session.workspace, key).deliveries)
    if held and not take_back:
        speak(say("override.held", count=held))


@click.command("overrides", help=say("override.help.overrides"))
@click.argument("key", metavar="[POST]", default="")
@json_option
@pass_session
def overrides(session: Session, key: str, as_json: bool) -> None:
    from loa.services import overrides as service
    from loa.services import posts

    if key:
        posts.get(session.workspace, key)  # a slip in its name is no post without overrides
    found = service.listing(session.workspace, key)
    if as_json:
        emit(found)
        return
    if not found:
        speak(say("override.none"))
        return
    zone = session.workspace.config.zone
    names = ("cli.column.post", "override.column.rule", "override.column.document", "cli.column.actor")
    heads = [say(name) for name in (*names, "cli.column.at", "override.column.state", "cli.column.reason")]
    table(
        heads,
        [
            (
                v.post,
                v.rule,
                v.document,
                v.officer,
                moment(v.at, zone),
                say(f"override.state.{v.state}"),
                v.reason,
            )
            for v in found
        ],
    )


def tell_overrides(session: Session, key: str) -> None:
    """What a legal reviewer let pass in a post, for whoever is about to approve it or looks at it."""
    from loa.services import overrides as service

    for one in service.listing(session.workspace, key):
        if one.state == "stands":
            told = service.sentence(session.workspace, one)
            speak(
                "! " + say("override.stands", post=one.post, rule=one.rule, document=one.document, told=told)
            )
