"""Who is an administrator: the door of every page of /beheer/."""

from django.db import connection
from django.http import Http404, HttpRequest

from participants.models import Organisation

KEEPS = "keeps"  # in the session, for the menu alone; rights are asked anew each time


def administered(request: HttpRequest) -> list[Organisation]:
    """Organisations that this person manages; nobody else gets past here."""
    with connection.cursor() as cursor:
        cursor.execute("select authz.administers(), authz.keeps()")
        ids, keeps = cursor.fetchone()
    if not ids:
        raise Http404
    if request.session.get(KEEPS) is not keeps:
        request.session[KEEPS] = keeps
    return list(Organisation.objects.filter(pk__in=ids).order_by("name"))


def kept(request: HttpRequest) -> list[Organisation]:
    """The same for what is of Kring itself: help numbers, organisations, concerns, jobs. Others get 404."""
    mine = administered(request)
    if not request.session[KEEPS]:
        raise Http404
    return mine
