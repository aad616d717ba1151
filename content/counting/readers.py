"""Who is a person: agents that are programs, and the addresses of the unit's own machines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@cache
def _listed() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Words of programs, those that only look like them, and how a browser begins (`robots.toml`)."""
    told = tomllib.loads((resources.files(__package__) / "robots.toml").read_text("utf-8"))
    return tuple(told["robots"]), tuple(told["people"]), tuple(told["browsers"])


class Readers:
    """Tells readers from programs and from the unit itself.

    `own` are addresses (`203.0.113.7`) or networks (`203.0.113.0/24`); raises ValueError for what is neither.
    `robots` are more words of user agents, compared without regard to case.
    """

    def __init__(self, own: Sequence[str] = (), robots: Sequence[str] = ()) -> None:
        self._own: list[IPv4Network | IPv6Network] = [ip_network(one.strip(), strict=False) for one in own]
        words, people, self._browsers = _listed()
        every = [*words, *(one.strip().casefold() for one in robots if one.strip())]
        self._robot = re.compile("|".join(map(re.escape, every)))
        self._person = re.compile("|".join(map(re.escape, people)))

    def is_robot(self, agent: str) -> bool:
        """Whether it does not begin as browsers do, or bears a word of programs."""
        agent = agent.casefold()
        return not agent.startswith(self._browsers) or bool(self._robot.search(self._person.sub("", agent)))

    def is_own(self, address: str) -> bool:
        """Whether it is one of the unit's. A host name (a server that looks names up) is nobody's address."""
        if not self._own:
            return False
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        return any(mapped in network for network in self._own)
