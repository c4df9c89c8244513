"""Nothing opens without a fresh sign-in: what was sent is kept, a code is asked, and then it is done.

No view asks for this. Whatever a form of somebody with an older sign-in does is done, looked at (`opening.py`: do
others see more than before?) and, if so, taken back as if it had never been sent. What was sent waits in a `Draft`;
after the code it goes, unchanged, to the same address, where everything is checked anew.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from herstel.accounts import fresh_first, is_fresh
from herstel.models import Draft
from herstel.needs import me
from herstel.opening import Openings, openings, tables_that_open
from herstel.said import nothing_was_done
from herstel.slugs import new_slug

type Handler = Callable[[HttpRequest], HttpResponse]

FLOW = "widen"
FIELD = "waited"  # in the form that is sent again: which draft it came from
WAITS = timedelta(minutes=30)
MOST = 200_000  # characters that wait; a form that holds more is filled in again
CHANGE = re.compile(r'^\s*(?:insert\s+into|update|delete\s+from)\s+"?(\w+)', re.IGNORECASE)
SAFE = ("GET", "HEAD", "OPTIONS")


class MustBeFresh(Exception):
    """Asked by a view for what is no widening and still is only for who just showed who they are: one's own copy."""


def must_be_fresh(request: HttpRequest) -> None:
    if not is_fresh(request):
        raise MustBeFresh


class Watch:
    """Wraps the statements of a request: notes what was open just before the first one that could open something."""

    def __init__(self) -> None:
        self.before: Openings | None = None
        self.tables = tables_that_open()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.before is None and self._may_open(str(sql)):
            self.before = Openings()  # the question itself is watched as well
            self.before = openings()
        return execute(sql, params, many, context)

    def _may_open(self, sql: str) -> bool:
        change = CHANGE.match(sql)
        return change[1] in self.tables if change else "doors." in sql

    def sees_more(self) -> bool:
        return self.before is not None and self.before.are_less_than(openings())


def nothing_opens_unasked(get_response: Handler) -> Handler:
    """Stands inside the transaction of the request (`act`), around the view."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated or request.method in SAFE:
            return get_response(request)
        if is_fresh(request):
            return _done(request, get_response(request))
        watch = Watch()
        with transaction.atomic(), connection.execute_wrapper(watch):
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            asks = hasattr(request, "must_be_fresh") or (not connection.needs_rollback and watch.sees_more())
            if asks:
                transaction.set_rollback(True)
                nothing_was_done(request)
        return _ask(request) if asks else response

    def not_yet(request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A view said so itself."""
        if not isinstance(error, MustBeFresh):
            return None
        request.must_be_fresh = True  # type: ignore[attr-defined]
        return HttpResponse(status=204)  # never sent

    middleware.process_exception = not_yet  # type: ignore[attr-defined]
    return middleware


def _ask(request: HttpRequest) -> HttpResponse:
    """To the code; from there back to what was sent, or to the page when it cannot wait (a file does not)."""
    kept = {
        key: [value.replace("\0", "") for value in values]
        for key, values in request.POST.lists()
        if key not in ("csrfmiddlewaretoken", FIELD)
    }
    if request.FILES or sum(len(value) for values in kept.values() for value in values) > MOST:
        return fresh_first(request)
    Draft.objects.own().filter(flow=FLOW, updated_at__lt=timezone.now() - WAITS).delete()
    waiting = {"to": request.get_full_path(), "fields": kept}
    draft = Draft.objects.create(user=me(request), flow=FLOW, subject=new_slug(), data=waiting)
    return fresh_first(request, reverse("go_on", args=[draft.subject]))


def waiting_for(request: HttpRequest, slug: str) -> dict[str, Any] | None:
    """What this person sent, if that is not long ago: `to` an address of ours, with these `fields`."""
    mine = Draft.objects.own().filter(flow=FLOW, subject=slug, updated_at__gte=timezone.now() - WAITS)
    draft = mine.filter(user=me(request)).first()
    return {**draft.data, "page": urlsplit(draft.data["to"]).path} if draft else None


def _done(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What was kept goes with the answer to it."""
    if (slug := request.POST.get(FIELD)) and response.status_code < 500 and request.user.is_authenticated:
        Draft.objects.own().filter(user=me(request), flow=FLOW, subject=slug[:20]).delete()
    return response
