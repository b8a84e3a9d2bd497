"""Ports on loopback, below the range that the kernel hands out by itself."""

import os
import socket
import zlib
from pathlib import Path

from config.studio.errors import StudioRefused

LOOPBACK = "127.0.0.1"
# From here on Linux picks ports for outgoing connections; a server there collides now and then.
FIRST_EPHEMERAL_PORT = 32768

WEB_PORT = 8000
POSTGRES_PORTS = range(20000, 24000)
VALKEY_PORTS = range(24000, 28000)


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


def usual_port(ports: range, data_dir: Path) -> int:
    """The port where a data directory's server is found when nobody took it: the same one at each start.

    Studios on one machine thus seldom want the same port, not even while one of their servers restarts.
    """
    return ports[zlib.crc32(os.fsencode(data_dir)) % len(ports)]


def answers(port: int, *, timeout_seconds: float = 0.5) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False
