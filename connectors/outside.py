"""Connecting to addresses that people paste: only to machines on the public net.

The name is looked up once and what was found is what is connected to, so a name that leads elsewhere a moment
later (DNS rebinding) leads nowhere. Through a proxy it is the proxy that looks names up: addresses written as
numbers, and names that this machine knows as its own, are refused before.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError, LocationParseError, NameResolutionError, NewConnectionError

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotOutside(HTTPError):
    """The host is this machine, its neighbourhood, or a service of the network it is in."""


def is_outside(address: str) -> bool:
    """Whether an IP address is on the public net, also where a v6 address carries a v4 one within it."""
    try:
        ip: Ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    for inner in _carried(ip):
        if not is_outside(str(inner)):
            return False
    return (ip.is_global and not ip.is_multicast and not ip.is_reserved) or bool(_carried(ip))


def _carried(ip: Ip) -> list[ipaddress.IPv4Address]:
    if ip.version == 4:
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
    return [inner for inner in found if inner is not None]


def looked_up(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """(family, socket address) of a host; raises NotOutside unless all of them are on the public net."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found or not all(is_outside(str(address[0])) for *_, address in found):
        raise NotOutside(host)
    return [(family, address) for family, _, _, _, address in found]


def must_be_outside(url: str) -> None:
    """What can be said before a proxy is asked: a host that cannot be looked up here is left to the proxy."""
    parts = urlsplit(url)
    try:
        looked_up(parts.hostname or "", parts.port or 80)
    except (OSError, UnicodeError):
        return


def connect(connection: Any) -> socket.socket:
    """In the place of urllib3's `_new_conn`."""
    host = str(connection._dns_host).strip("[]")
    try:
        places = looked_up(host, connection.port)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except UnicodeError:
        raise LocationParseError(f"'{host}', label empty or too long") from None
    trouble: OSError = OSError("no address")
    for family, place in places:
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in connection.socket_options or ():
                made.setsockopt(*option)
            made.settimeout(connection.timeout)
            made.connect(place)
        except OSError as error:
            made.close()
            trouble = error
        else:
            return made
    raise NewConnectionError(connection, f"Failed to establish a new connection: {trouble}") from trouble
