"""What happens around every page, from the outside in."""

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import IntegrityError, ProgrammingError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views import View

from herstel import metrics
from herstel.actor import serving
from herstel.audit import noting
from herstel.context import preference_of
from herstel.needs import sign_in_first
from herstel.refusal import Refused
from herstel.second_factor import SIGNING_IN
from herstel.sessions import token_of, was_away

type Handler = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger(__name__)
METHODS = {name.upper() for name in View.http_method_names}
UNIQUE_VIOLATION, NOT_ALLOWED = "23505", "42501"  # SQLSTATE


def log_requests(get_response: Handler) -> Handler:
    """One line a request: which page, how it went and how long; never who, and never what was typed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        route = request.resolver_match.route if request.resolver_match else "-"
        # Whoever asks may call it anything; what it is not called says nothing of them.
        method = request.method if request.method in METHODS else "-"
        metrics.observe(method, route, response.status_code, seconds)
        log.info(
            "request",
            extra={
                "fields": {
                    "id": uuid.uuid4().hex[:12],
                    "method": method,
                    "route": route,
                    "status": response.status_code,
                    "ms": round(seconds * 1000),
                }
            },
        )
        return response

    return middleware


def refuse_bad_input(get_response: Handler) -> Handler:
    """Read the form before the transaction begins (a slow phone must hold no lock), and refuse what cannot be one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            if request.method == "POST":
                _ = request.POST, request.FILES
        except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
            return render(request, "413.html", status=413)
        except (MultiPartParserError, BadRequest, SuspiciousOperation, UnicodeError, OSError):
            return render(request, "400.html", status=400)
        if "\0" in request.path or _holds_nul(request.GET) or any("\0" in key for key in request.POST):
            return render(request, "400.html", status=400)
        return get_response(request)

    return middleware


def _holds_nul(query: QueryDict) -> bool:
    return any("\0" in text for key, values in query.lists() for text in (key, *values))


def act(get_response: Handler) -> Handler:
    """One transaction around the whole page, as the person who asked for it; what they saw is written before it goes.

    A page that fails leaves nothing behind. A refusal (403, 404) does commit: its audit lines stay.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        _ = request.user.is_authenticated  # reads the session: a key that is not there (any more) is forgotten
        with serving(token_of(request.session.session_key)), noting():
            response = get_response(request)
            if response.streaming and not hasattr(response, "file_to_stream"):
                raise RuntimeError("a generated stream would run after the transaction: make a file first")
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    middleware.process_exception = explain  # type: ignore[attr-defined]
    middleware.process_view = fresh_before_keys  # type: ignore[attr-defined]
    return middleware


def fresh_before_keys(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
    """Whoever holds somebody's open telephone may not add a key of their own: a fresh code comes first.

    Nor does anything reach allauth's own way of asking that: it keeps the whole request, cookies and all, in a session.
    """
    from herstel.accounts import fresh_first, is_fresh

    match = request.resolver_match
    if not view.__module__.startswith("allauth.mfa") or match is None or match.url_name in SIGNING_IN:
        return None
    if not request.user.is_authenticated:
        return sign_in_first(request)
    return None if is_fresh(request) else fresh_first(request)


def explain(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """What two people, two tabs or a stale page run into is no fault of theirs: a sentence instead of an error.

    The pages are plain ones: the transaction is broken, so nothing may be asked any more.
    """
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, Refused):
        transaction.set_rollback(True)
        messages.error(request, error.sentence)
        return redirect("side")
    if isinstance(error, IntegrityError) and state == UNIQUE_VIOLATION:
        transaction.set_rollback(True)
        return HttpResponse(render_to_string("409.html"), status=409)
    if isinstance(error, ProgrammingError) and state == NOT_ALLOWED:
        transaction.set_rollback(True)
        return HttpResponse(render_to_string("404.html"), status=404)
    return None


def own_language(get_response: Handler) -> Handler:
    """Whoever is signed in reads their own language on every device; the device's choice is for who is not."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = preference_of(request)
        if chosen is not None and chosen.language:
            translation.activate(chosen.language)
            request.LANGUAGE_CODE = chosen.language
        return get_response(request)

    return middleware


def never_cache(get_response: Handler) -> Handler:
    """Nothing of anybody stays in a browser or a proxy; the back button after signing out shows nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        add_never_cache_headers(response)
        response["Cache-Control"] = "no-store, private"
        return response

    return middleware


KEPT = f"{settings.COOKIE_PREFIX}bewaard"


def say_what_was_kept(get_response: Handler) -> Handler:
    """Tell a device of one's own which form arrived, so that it forgets what it kept of it (static/js/concept.js)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        own = request.method == "POST" and request.user.is_authenticated and request.session.get("own_device")
        if own and response.status_code == 302 and not response["Location"].startswith(reverse("step_up")):
            response.set_cookie(
                KEPT, quote(request.path, safe=""), max_age=60, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response

    return middleware


def idle(get_response: Handler) -> Handler:
    """Say why, to whoever was signed out because nobody was there for the time that this session lasts."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if was_away(request):
            return redirect(f"{reverse('sign_in')}?even-weg=1")
        return get_response(request)

    return middleware


def know_browser(get_response: Handler) -> Handler:
    """A device of one's own that somebody just signed in on gets a cookie by which it is no stranger the next time."""
    from herstel.accounts import BROWSER, BROWSER_AGE

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if made := getattr(request, "new_browser", None):
            response.set_cookie(
                BROWSER,
                made,
                max_age=BROWSER_AGE,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    return middleware
