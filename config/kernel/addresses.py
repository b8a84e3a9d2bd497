"""The client's address. What a header says of it counts only when it came from a proxy that the operator named."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# `X-Forwarded-For` is written by strangers: more than this is not read.
HOPS_MAX = 20
HOP_MAX_CHARACTERS = 64


def parsed_address(text: str) -> Address | None:
    """An address with or without port, brackets and zone; None when it is none."""
    bare = text.strip()[:HOP_MAX_CHARACTERS]
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _trusted(address: Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)


def client_address(meta: Mapping[str, Any]) -> str | None:
    """The address that a request comes from, or None when the server does not know it.

    Behind trusted proxies the list of `X-Forwarded-For` is read from its end; the first hop that is no trusted proxy is
    the client. What can't be read ends the reading: the last address that a trusted proxy vouched for stays.
    """
    peer = parsed_address(meta.get("REMOTE_ADDR") or "")
    if peer is None:
        return None
    proxies: Sequence[Network] = settings.TRUSTED_PROXIES
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "") if proxies else ""
    client = peer
    for hop in reversed(forwarded.split(",")[-HOPS_MAX:] if forwarded else []):
        if not _trusted(client, proxies):
            break
        found = parsed_address(hop)
        if found is None:
            break
        client = found
    return str(client)
