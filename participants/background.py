"""Taken: what the workers do, what was given up and why, and "Opnieuw". No content."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from herstel.jobs import again, reason_of
from herstel.models import Job
from herstel.needs import members
from participants.administering import kept


@members("administrators of Kring; others get 404")
def jobs(request: HttpRequest) -> HttpResponse:
    kept(request)
    page = Paginator(Job.objects.order_by("-pk"), 40).get_page(request.GET.get("pagina"))
    with connection.cursor() as cursor:
        cursor.execute("select waiting, oldest, doors.mails_given_up() from doors.mail_figures()")
        waiting, oldest, given_up = cursor.fetchone()
    context = {
        "page": page,
        "rows": [(job, reason_of(job) if job.error else "") for job in page],
        "waiting": waiting,
        "oldest": oldest,
        "given_up": given_up,
    }
    return render(request, "participants/beheer_jobs.html", context)


@members("administrators of Kring; others get 404")
@require_POST
def job_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The sweeper finds it within seconds. Pressed twice it is freed once."""
    kept(request)
    if again(pk):
        messages.success(request, _t("Deze taak begint zo opnieuw."))
    else:
        messages.info(request, _t("Deze taak ging niet mis. Er is niets te doen."))
    return redirect("beheer:jobs")


@members("administrators of Kring; others get 404")
@require_POST
def mails_again(request: HttpRequest) -> HttpResponse:
    kept(request)
    with connection.cursor() as cursor:
        cursor.execute("select doors.mails_again()")
        (freed,) = cursor.fetchone()
    said = ngettext("%(n)s mail gaat zo opnieuw.", "%(n)s mails gaan zo opnieuw.", freed)
    messages.success(request, said % {"n": freed})
    return redirect("beheer:jobs")
