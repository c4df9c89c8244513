"""The demo: choose who you are, and read the mails that were sent. Only where HERSTEL_DEMO=1, on this very machine."""

import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from herstel.accounts import begin_session, vouch_for
from herstel.clients import is_from_here
from herstel.demo_people import DEMO_PEOPLE
from herstel.models import User
from herstel.needs import public

MOST_MAILS = 40
LOOPBACK = ["127.0.0.1", "::1"]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _only_here(request: HttpRequest) -> None:
    """Nobody from elsewhere may become somebody, whatever the settings say."""
    if not settings.DEMO or not is_from_here(request, LOOPBACK):
        raise Http404


@public("the demo's invented people; answers only in the demo and only on this machine")
def demo(request: HttpRequest) -> HttpResponse:
    _only_here(request)
    return render(request, "herstel/demo.html", {"people": DEMO_PEOPLE, "mails": sent_mails()})


@public("the demo's invented people; answers only in the demo and only on this machine")
@require_POST
def demo_as(request: HttpRequest, slug: str) -> HttpResponse:
    _only_here(request)
    person = next((p for p in DEMO_PEOPLE if p.slug == slug), None)
    user = User.objects.filter(email=person.email).first() if person else None
    if user is None:
        raise Http404
    logout(request)
    request.session["own_device"] = True
    vouch_for(request, user)
    login(request, user, backend=BACKEND)
    begin_session(request, user)
    request.session["second_factor"] = True
    request.session["fresh"] = time.time()
    return redirect("side")


def sent_mails() -> list[dict[str, Any]]:
    """What the demo's mail server would have delivered, newest first."""
    mails = []
    for message in map(message_of, reversed(written_in(settings.MAIL_ROOT)[-MOST_MAILS:])):
        body = message.get_body()
        mails.append({"to": message["To"], "subject": message["Subject"], "text": body.get_content() if body else ""})
    return mails


def written_in(folder: Path) -> list[bytes]:
    """What Django's backend for files wrote, the oldest first. Mails of one second may share a file."""
    files = sorted(folder.glob("*.log"), key=lambda f: f.stat().st_mtime_ns)
    return [part for file in files for part in file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")[:-1]]


def message_of(written: bytes) -> EmailMessage:
    return message_from_bytes(written, policy=policy.default)
