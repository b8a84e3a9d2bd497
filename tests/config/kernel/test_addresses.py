"""Whose word counts for the client's address."""

from ipaddress import ip_network

import pytest

from config.env import Environment
from config.kernel.addresses import client_address

PROXY = "10.0.0.1"


def asked(settings, peer, forwarded=None, *, proxies=("10.0.0.0/8",)):
    settings.TRUSTED_PROXIES = tuple(ip_network(proxy) for proxy in proxies)
    meta = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_address(meta)


def test_a_stranger_s_header_is_ignored(settings):
    assert asked(settings, "192.0.2.7", "203.0.113.1") == "192.0.2.7"


def test_without_trusted_proxies_the_header_is_ignored(settings):
    assert asked(settings, PROXY, "203.0.113.1", proxies=()) == PROXY


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("1.1.1.1, 203.0.113.1", "203.0.113.1"),  # what the client wrote stands before what the proxy saw
        ("203.0.113.1, 10.9.9.9", "203.0.113.1"),  # a chain of our proxies
        ("203.0.113.1:4711", "203.0.113.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("garbage", PROXY),
        ("203.0.113.1, garbage", PROXY),
        ("garbage, 203.0.113.1", "203.0.113.1"),
        ("203.0.113.1, garbage, 10.9.9.9", "10.9.9.9"),
        ("", PROXY),
        (",,,", PROXY),
        ("x" * 100_000, PROXY),
        ("1.1.1.1," * 5000 + "203.0.113.1", "203.0.113.1"),
        ("'; DROP TABLE x;--\x00", PROXY),
    ],
)
def test_behind_a_trusted_proxy_the_nearest_untrusted_hop_is_the_client(settings, forwarded, found):
    assert asked(settings, PROXY, forwarded) == found


@pytest.mark.parametrize("peer", ["", None, "nonsense"])
def test_a_peer_that_is_no_address_is_none(settings, peer):
    assert asked(settings, peer, "203.0.113.1") is None


def test_the_knob_takes_addresses_and_networks():
    env = Environment(TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::1")
    assert [str(network) for network in env.TRUSTED_PROXIES] == ["10.0.0.0/8", "2001:db8::1/128"]


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33", "*"])
def test_the_knob_refuses_what_is_no_network(value):
    with pytest.raises(ValueError, match="TRUSTED_PROXIES"):
        Environment(TRUSTED_PROXIES=value)
