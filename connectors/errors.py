"""The five things that can go wrong with a platform; the class alone says what happens next.

ConnectorError
├── Refused      the platform will never take this       → failed, a person edits
├── NotSent      nothing left the house                  → retry with back-off
│   ├── NotPrepared  what was prepared is gone           → prepare again
│   └── NotYet       something else must be there first  → try again at its time, not an attempt
├── Throttled    the platform said wait                  → the lane rests, not an attempt
├── AuthLost     token or right is gone                  → stop the channel, tell people
└── Unknown      it may be live                          → read back, never guess
"""

from __future__ import annotations

from datetime import datetime


class ConnectorError(Exception):
    """`code` is short and stable (`fb:190/460`, `net:timeout`); `detail` is redacted evidence."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Refused(ConnectorError):
    """The platform understood and will never take this; only an edit helps."""


class NotSent(ConnectorError):
    """Nothing was or can have been created: no connection, or a read that failed."""


class NotPrepared(NotSent):
    """The reveal found that what was prepared is gone or too old; preparing again repairs it."""


class NotYet(NotSent):
    """Something else has to be public first (the picture on the unit's website): no fault of the channel.

    `retry_at` (aware UTC) is when to look again; nothing but the delivery's own deadline ends the waiting.
    """

    def __init__(self, code: str, detail: str = "", *, retry_at: datetime) -> None:
        super().__init__(code, detail)
        self.retry_at = retry_at


class Throttled(ConnectorError):
    """The platform asked to wait until `retry_at` (aware UTC; None: the lane's own back-off)."""

    def __init__(self, code: str, detail: str = "", *, retry_at: datetime | None = None) -> None:
        super().__init__(code, detail)
        self.retry_at = retry_at


class AuthLost(ConnectorError):
    """The channel's token or right is gone; no delivery of this channel can go on."""


class Unknown(ConnectorError):
    """Bytes left the house and the answer says neither yes nor no."""
