"""A form that is sent twice is accepted once; both senders get the same answer."""

import uuid
from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from herstel.models import FormToken

FIELD = "form_token"


def once(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Do `act` (which answers with an address to go to), unless this very form was accepted before.

    The token's unique row makes five at once wait for the first; they then read where it went. A form without a token
    is done as it is.
    """
    token = _token(request)
    if token is None:
        return redirect(act())
    with transaction.atomic(), connection.cursor() as cursor:  # a refusal takes the token back with it
        cursor.execute(
            "insert into herstel_formtoken (user_id, token, result, sent_at) values (%s, %s, '', now()) "
            "on conflict (user_id, token) do nothing",
            [request.user.pk, token],
        )
        if not cursor.rowcount:
            cursor.execute(
                "select result from herstel_formtoken where user_id = %s and token = %s", [request.user.pk, token]
            )
            return redirect(cursor.fetchone()[0])
        result = act()
        cursor.execute(
            "update herstel_formtoken set result = %s where user_id = %s and token = %s",
            [result, request.user.pk, token],
        )
    return redirect(result)


def already(request: HttpRequest) -> HttpResponse | None:
    """Where this form led when it was accepted before; None for a form that is new."""
    token = _token(request)
    result = FormToken.objects.own().filter(token=token).values_list("result", flat=True).first() if token else None
    return redirect(result) if result else None


def _token(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None
