"""From which address a request came: what the trusted proxies say, and nobody else (docs/adr/0014)."""

import ipaddress

from allauth.account.adapter import get_adapter
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the visitor. Refuses (PermissionDenied) what a proxy should never have sent."""
    return str(get_adapter(request).get_client_ip(request))


def unmapped(address: str) -> str:
    """Some proxies write 192.0.2.1 as ::ffff:192.0.2.1; by /64 all of those would be one client."""
    mapped = getattr(ipaddress.ip_address(address), "ipv4_mapped", None)
    return str(mapped or address)


def is_from_here(request: HttpRequest, allowed: list[str]) -> bool:
    """Straight from one of these addresses: whoever came through a proxy, trusted or not, is a visitor."""
    return client_address(request) in allowed and "HTTP_X_FORWARDED_FOR" not in request.META
