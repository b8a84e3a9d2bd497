"""Ports on loopback, below the range that the kernel hands out by itself."""

import socket

from config.studio.errors import StudioRefused

LOOPBACK = "127.0.0.1"
# From here on Linux picks ports for outgoing connections; a server there collides now and then.
FIRST_EPHEMERAL_PORT = 32768

WEB_PORT = 8000
POSTGRES_PORT = 15432
VALKEY_PORT = 16379


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(wanted: int) -> int:
    """The wanted port, or the next free one below the ephemeral range.

    Raises:
        StudioRefused: when none is free.
    """
    for port in range(wanted, FIRST_EPHEMERAL_PORT):
        if port_is_free(port):
            return port
    raise StudioRefused(f"No port from {wanted} to {FIRST_EPHEMERAL_PORT - 1} is free on {LOOPBACK}.")


def answers(port: int, *, timeout_seconds: float = 0.5) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False
