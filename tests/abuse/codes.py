"""Asking for a code, reading the mail and typing it, as a browser does."""

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from herstel.models import OutgoingMail
from tests.harness import role

KNOWN, UNKNOWN = "jan@kring.example", "xyz@kring.example"


def asks(address: str = KNOWN, client: Client | None = None, **query: str) -> Client:
    """Somebody who asked for a code."""
    client = client or Client(raise_request_exception=False)
    response = client.post(reverse("sign_in") + ("?next=" + query["next"] if query else ""), {"address": address})
    assert response.status_code < 500
    return client


def mailed(address: str = KNOWN) -> dict[str, str]:
    """What stands in the newest mail to this address: code and link."""
    with role("herstel_maint"):
        context = OutgoingMail.objects.filter(address=address, template="code").latest("pk").context
    return {"code": context["code"], "link": reverse("sign_in_link", args=[context.get("link", "-")])}


def types(client: Client, code: str, device: str = "shared") -> HttpResponseBase:
    response = client.post(reverse("code"), {"code": code, "device": device})
    assert response.status_code < 500
    return response


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def ask_step_up(client: Client) -> None:
    """ "Stuur mij een code": only a tap mails one."""
    client.post(reverse("step_up"), {"again": "1"})


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**6:06d}"
