"""Every call that Kring makes to the outside, but for mail: to hosts on a list, at public addresses, and nowhere else.

An address may come from a browser or stand in a document of somebody else. It is checked as it was written, once more
as it will be sent, and at last where it leads to: the very address that was looked at is the one that is called.
"""

import ipaddress
import re
import socket
import time
from collections.abc import Collection
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.util.connection import create_connection

CONNECT, READ, TOTAL = 3, 5, 10  # seconds
MOST_BYTES = 1024 * 1024
LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
ADDRESS = re.compile(
    rf"https://({LABEL}(?:\.{LABEL})+)(?::443)?(?:/[!-\[\]-~]*)?"
)  # no space, no backslash, nobody's name
INNER = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32")]  # an IPv4 address inside


class NotAllowed(requests.RequestException):
    """This call is not made. Says not why: the reason would tell what there is inside."""


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """HTTPS on its own port, to a host of the list or one under it."""
    found = ADDRESS.fullmatch(url)
    return bool(found) and any(found[1] == host or found[1].endswith(f".{host}") for host in hosts)  # type: ignore[index]


def is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped is not None or any(ip in net for net in INNER)):
        return False
    return ip.is_global and not ip.is_multicast


def hosts_of_organisations() -> list[str]:
    """Of their sign-in pages; and what they name besides, because some answer from another host."""
    named = [app["settings"] for app in settings.OIDC_PROVIDERS]
    pages = [requests.utils.urlparse(one["server_url"]).hostname or "" for one in named]
    return [host for host in pages if host] + [host for one in named for host in one.get("hosts", [])]


def session(hosts: Collection[str]) -> requests.Session:
    """For these hosts alone. Whoever asks it for another, over HTTP, or for an inner address gets NotAllowed."""
    return _Session(hosts)


class _Session(requests.Session):
    def __init__(self, hosts: Collection[str]) -> None:
        super().__init__()
        self.hosts = hosts
        self.trust_env = False  # no proxy, no .netrc
        self.adapters.clear()
        self.mount("https://", _Adapter(hosts))
        self.headers["Accept-Encoding"] = "identity"  # what is packed may be larger than it is

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nobody is followed, and what stands in such an answer is not read without end."""

    def request(self, method: str, url: str | bytes, *args: Any, **more: Any) -> requests.Response:
        if not isinstance(url, str) or not is_allowed(url, self.hosts):
            raise NotAllowed
        more |= {"allow_redirects": False, "timeout": (CONNECT, READ), "stream": True}
        response = super().request(method, url, *args, **more)
        with response:
            response._content = _body(response)
        return response


def _body(response: requests.Response) -> bytes:
    """All of it, when that is not much and does not take long."""
    body, until = b"", time.monotonic() + TOTAL
    while part := response.raw.read1(65536):
        body += part
        if len(body) > MOST_BYTES or time.monotonic() > until:
            raise NotAllowed
    return body


class _Adapter(HTTPAdapter):
    def __init__(self, hosts: Collection[str]) -> None:
        self.hosts = hosts
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **more)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        if not is_allowed(request.url or "", self.hosts):
            raise NotAllowed
        return super().send(request, *args, **more)


class _Connection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        """To the address that was looked at: asking for the name twice could give two answers."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(is_public(address) for address in addresses):
            raise NotAllowed
        return create_connection((addresses[0], self.port or 443), timeout=CONNECT)


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection
