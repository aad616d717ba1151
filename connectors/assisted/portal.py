"""Reading an address that a person pasted: http(s) only, on the unit's portal, a few redirects, no more;
and never into the office's own network, unless the channel's settings name that very host.

Every trouble is NotSent with a `hand:` code (sentences in `assisted.toml`): it is only read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from connectors.assisted.settings import Settings, host_of
from connectors.errors import NotSent, Throttled
from connectors.http import Answer, Http

READ_TIMEOUT_S = 10.0
"""With the most redirects, still within a lane's lease of 50 s."""
REDIRECTS_MOST = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_LOOSE = frozenset(" \t\r\n\"'<>")


@dataclass(frozen=True)
class Fetched:
    """A page and the address at which it was in the end."""

    address: str
    body: bytes
    content_type: str


class Portal:
    """The pages of one portal, or of any site where the unit has not said which is its own."""

    def __init__(self, http: Http, settings: Settings) -> None:
        self._http = http
        self._settings = settings

    def whole(self, address: str) -> str:
        """The address trimmed; raises NotSent when it is none or lies outside the portal."""
        try:
            address = urldefrag(address.strip().strip("<>\"'")).url
        except ValueError:  # http://[
            raise NotSent("hand:not-an-address", address[:200]) from None
        host = host_of(address)
        if not host or _LOOSE & set(address) or not address.isprintable():
            raise NotSent("hand:not-an-address", address[:200])
        own = self._settings.host
        if own and host != own and not host.endswith("." + own):
            raise NotSent("hand:other-host", f"{host} ({own})")
        return address

    def fetch(self, address: str) -> Fetched | None:
        """The page; None when the portal says that there is none (404, 410)."""
        address = self.whole(address)
        for _ in range(REDIRECTS_MOST + 1):
            answer = self._read(address)
            if answer.status not in _REDIRECTS:
                break
            address = self._next(address, answer.headers.get("Location", ""))
        else:
            raise NotSent("hand:moved", address)
        if answer.status in (404, 410):
            return None
        if answer.status in (401, 403):
            raise NotSent("hand:closed", str(answer.status))
        if answer.status in (429, 503):
            raise Throttled("hand:busy", str(answer.status))
        if answer.status != 200:
            raise NotSent("hand:http", str(answer.status))
        content_type = answer.headers.get("Content-Type", "")
        if not answer.body.strip() or (content_type and "html" not in content_type.lower()):
            raise NotSent("hand:not-a-page", content_type)
        return Fetched(address, answer.body, content_type)

    def _read(self, address: str) -> Answer:
        try:
            return self._http.call(
                "GET",
                address,
                creates=False,
                total_timeout_s=READ_TIMEOUT_S,
                outside=not self._settings.names(address),
                headers={"Accept": "text/html", "Cache-Control": "no-cache"},
            )
        except NotSent as error:
            if error.code == "net:inside":
                raise NotSent("hand:inside", error.detail) from None
            raise

    def reached(self) -> bool:
        """Whether anything answers at the portal's own address; raises NotSent when nothing does."""
        return self._http.call("GET", self._settings.portal, creates=False).status < 500

    def _next(self, address: str, location: str) -> str:
        """Where a redirect leads, if it stays on the host and does not leave https."""
        try:
            target = urljoin(address, location)
        except ValueError:
            raise NotSent("hand:moved", location[:200]) from None
        downgraded = address.startswith("https://") and not target.startswith("https://")
        if not location or downgraded or host_of(target) != host_of(address):
            raise NotSent("hand:moved", target[:200])
        return self.whole(target)
