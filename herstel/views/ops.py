"""For machines: is it alive, is it ready, how much does it do."""

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from herstel import metrics
from herstel.clients import is_from_here
from herstel.needs import public
from herstel.tasks import PULSE


@public("says only that the process answers")
def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"live": True})


@public("says only which parts answer")
def ready(request: HttpRequest) -> HttpResponse:
    parts = {"database": _database(), "queue": _queue(), "worker": bool(cache.get(PULSE))}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        return True
    except DatabaseError:
        return False


def _queue() -> bool:
    from herstel.celery import app

    try:
        with app.connection_for_read() as queue:
            queue.ensure_connection(max_retries=1, timeout=1)
        return True
    except Exception:  # every transport has its own errors, and the answer is the same
        return False


@public("figures without people, for an internal address only")
def figures(request: HttpRequest) -> HttpResponse:
    if not is_from_here(request, settings.METRICS_ALLOWED):
        raise Http404
    with connection.cursor() as cursor:
        cursor.execute("select state, count(*) from herstel_job group by state")
        gauges = {f"kring_jobs_{state}": n for state, n in cursor.fetchall()}
    return HttpResponse(metrics.text(gauges), content_type="text/plain; version=0.0.4")
