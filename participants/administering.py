"""Who is an administrator: the door of every page of /beheer/."""

from django.db import connection
from django.http import Http404, HttpRequest

from participants.models import Organisation


def administered(request: HttpRequest) -> list[Organisation]:
    """Organisations that this person manages; nobody else gets past here."""
    with connection.cursor() as cursor:
        cursor.execute("select authz.administers()")
        (ids,) = cursor.fetchone()
    if not ids:
        raise Http404
    return list(Organisation.objects.filter(pk__in=ids).order_by("name"))


def keeps_kring() -> bool:
    """Is the acting person an administrator of Kring itself, and not of one organisation only?"""
    with connection.cursor() as cursor:
        cursor.execute("select authz.keeps()")
        return bool(cursor.fetchone()[0])
