"""The one face that a connector outside this repository imports from (docs/connector-guide.md).

What stands in `__all__` is kept or announced in the changelog; everything else of Loa may change without
a word. The light names are here at once, what loads an HTTP client or a test tool on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import (
    Account,
    Capabilities,
    Connector,
    Context,
    Factory,
    Field,
    Figure,
    Handle,
    Health,
    Hold,
    Job,
    Measures,
    Pending,
    Published,
    Save,
    SecretStore,
    Unit,
)
from connectors.errors import (
    AuthLost,
    ConnectorError,
    NotPrepared,
    NotSent,
    NotYet,
    Refused,
    Throttled,
    Unknown,
)
from connectors.extras import (
    Ask,
    Choose,
    Comment,
    CommentPage,
    Conversation,
    Granted,
    HandsOver,
    ListsOrphans,
    LogsIn,
    Orphan,
    Pause,
    Question,
    ReadsComments,
    Removes,
    TakesAddress,
    TakesWord,
    Tell,
    Visit,
    Word,
)
from connectors.redact import redact
from content.finding import Finding
from content.limits import MIB, Limits
from content.text import slug
from content.variant import MediaRef, Variant, seal
from content.wording import say

if TYPE_CHECKING:
    from connectors.conformance import ConnectorConformance, Harness, Step, Trouble
    from connectors.http import Answer, Http

__all__ = [
    "MIB",
    "Account",
    "Answer",
    "Ask",
    "AuthLost",
    "Capabilities",
    "Choose",
    "Comment",
    "CommentPage",
    "Connector",
    "ConnectorConformance",
    "ConnectorError",
    "Context",
    "Conversation",
    "Factory",
    "Field",
    "Figure",
    "Finding",
    "Granted",
    "Handle",
    "HandsOver",
    "Harness",
    "Health",
    "Hold",
    "Http",
    "Job",
    "Limits",
    "ListsOrphans",
    "LogsIn",
    "Measures",
    "MediaRef",
    "NotPrepared",
    "NotSent",
    "NotYet",
    "Orphan",
    "Pause",
    "Pending",
    "Published",
    "Question",
    "ReadsComments",
    "Refused",
    "Removes",
    "Save",
    "SecretStore",
    "Step",
    "TakesAddress",
    "TakesWord",
    "Tell",
    "Throttled",
    "Trouble",
    "Unit",
    "Unknown",
    "Variant",
    "Visit",
    "Word",
    "redact",
    "say",
    "seal",
    "slug",
]

_ON_USE = {
    "Answer": "connectors.http",
    "Http": "connectors.http",
    "ConnectorConformance": "connectors.conformance",
    "Harness": "connectors.conformance",
    "Step": "connectors.conformance",
    "Trouble": "connectors.conformance",
}


def __getattr__(name: str) -> object:
    if name in _ON_USE:
        from importlib import import_module

        return getattr(import_module(_ON_USE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
