"""Name and organisation of somebody at work, for the header of the page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from herstel.context import shown_side
from herstel.needs import me
from herstel.sides import STAFF
from participants.models import Employment


def who_at_work(request: HttpRequest) -> dict[str, str]:
    """Words for oneself; empty for who does not work here."""
    mine = Employment.objects.visible().filter(user=me(request), active=True).order_by("pk")
    job = mine.values_list("name", "organisation__name").first()
    return {"name": job[0], "organisation": job[1]} if job else {}


def who(request: HttpRequest) -> dict[str, Any]:
    """Template variable `who`, read when a header at work shows it."""
    user = getattr(request, "user", None)  # a request that was refused before anybody looked has none
    at_work = user is not None and user.is_authenticated and shown_side(request) in STAFF
    return {"who": SimpleLazyObject(lambda: who_at_work(request)) if at_work else None}
