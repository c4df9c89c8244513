"""Which ports can be used on this machine."""

from __future__ import annotations

import socket

from herstel.embedded.processes import ServiceError


def check_port(port: int) -> None:
    """Both addresses of localhost: a browser may try either one first."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        if reason := why_not_bind(family, host, port):
            raise ServiceError(reason)


def why_not_bind(family: socket.AddressFamily, host: str, port: int) -> str:
    """One sentence, or nothing when the port is free."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        return f"Port {port} may not be used by this user. Choose a port above 1023, for example: make demo PORT=8001"
    except OverflowError:
        return f"{port} is not a port. Choose one from 1024 to 65535, for example: make demo PORT=8001"
    except OSError:
        if family == socket.AF_INET6 and not can_use_ipv6():
            return ""
        return f"Port {port} is taken. Choose another one, for example: make demo PORT={port + 1}"
    return ""


def can_use_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
