"""Loopback: until there are API keys, only this computer is served, by whatever name."""

import ipaddress
import socket
from urllib.parse import urlsplit

from ledger.errors import BindRefused

_NAMES = ("localhost",)


def require_loopback(host: str) -> str:
    """Return the loopback address that a host to bind means; BindRefused for all others.

    A name is resolved here and bound by the address, so that it means the same at both moments.
    """
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", None, type=socket.SOCK_STREAM)  # noqa: S104 - to be refused
    except (OSError, UnicodeError) as cause:
        raise BindRefused(f"expected an address of this computer, got {host!r:.80}") from cause
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not addresses or not all(map(is_loopback, addresses)):
        raise BindRefused(
            f"expected a loopback address such as 127.0.0.1, got {host!r:.80}: strangers could "
            "reach it, and there are no API keys yet; use an SSH tunnel"
        )
    return min(addresses, key=lambda one: ":" in one)  # IPv4 first: what a URL without care means


def is_loopback(address: str) -> bool:
    """Say whether an IP address is this computer's own."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def names_this_computer(host: str) -> bool:
    """Say whether a Host header (`HOST` or `HOST:PORT`) names this computer.

    A page of a stranger's whose name is made to resolve here (DNS rebinding) sends its own name.
    """
    try:
        name = urlsplit(f"//{host}").hostname
        _ = urlsplit(f"//{host}").port
    except ValueError:
        return False
    return name is not None and (name in _NAMES or is_loopback(name))
