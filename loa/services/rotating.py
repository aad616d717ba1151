"""`loa vault rotate`: every secret under a new key, readable whenever the machine stops in between.

1. the new key goes into the file before the old one: both are there;
2. one transaction hides every secret with the new key;
3. after its commit the old key leaves the file.

Whoever stores a secret reads the key file inside the transaction (see `put_secrets`), so nothing hidden with
the old key can be committed after step 2. A rotation that was killed is finished by the next one.

Machines that share a server have the key each. Which one everybody must have is noted in step 2: a machine
with the old one publishes nothing until it has joined again, instead of taking every token for lost.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from content.approval import Role
from content.errors import RefusedByRule, UsageError
from loa.sealing import is_sealed
from loa.services import machines
from loa.services.connecting import one_writer_of_secrets, only_one
from loa.services.people import Person
from loa.services.targets import rehide
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store.tables import secret


def rotate(workspace: Workspace, actor: Person, *, others_join_again: bool = False) -> int:
    """Returns how many secrets were hidden anew.

    Raises RefusedByRule, having changed nothing, when one cannot be read: the key it was hidden with is lost;
    and when other machines work with it, unless `others_join_again`.
    """
    actor.must_be(Role.OPERATOR)
    if (names := machines.others(workspace)) and not others_join_again:
        raise RefusedByRule("machines.rotate_others", machines=", ".join(names))
    vault, now = workspace.vault, workspace.now()

    def work(connection: Connection) -> int:
        one_writer_of_secrets(connection)
        rows = connection.execute(select(secret).order_by(secret.c.channel_id, secret.c.name)).all()
        rows = [row for row in rows if not is_sealed(row.ciphertext)]  # of units, until they are confirmed
        for row in rows:
            try:
                place = f"{row.channel_id}/{row.name}"
                plain = vault.show(row.ciphertext, place)
            except UsageError:
                raise RefusedByRule("login.vault.lost", channel=row.channel_id, name=row.name) from None
            same = (secret.c.channel_id == row.channel_id) & (secret.c.name == row.name)
            connection.execute(update(secret).where(same).values(ciphertext=vault.hide(plain, place)))
        count = len(rows) + rehide(connection, vault)
        if not workspace.database.is_sqlite and workspace.trust.witness.key:
            workspace.trust.witness.pin_vault(machines.vault_print(workspace))
        audit.record(
            connection, at=now, actor=actor.name, action="vault_rotated", subject="vault", secrets=count
        )
        return count

    with only_one(workspace, "vault"):
        vault.create_key()
        vault.add_key()
        count = workspace.database.run(work)
        vault.drop_old_keys()
    return count
