"""Gegevens meenemen, and alles weggooien."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from herstel import audit
from herstel.access import Level
from herstel.accounts import is_fresh
from herstel.models import AuditLine
from herstel.needs import needs
from herstel.once import once
from participants.copies import DAYS, WAITING, ask_copy, can_be_fetched, file_of, state_of
from participants.models import DataCopy, Participant


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def take_along(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Je gegevens meenemen: a file is made by a job, and can be fetched for seven days."""
    if request.method == "POST":
        if not is_fresh(request):
            return redirect(f"{reverse('step_up')}?next={request.path}")

        def ask() -> str:
            ask_copy(participant=participant)
            return reverse("take_along")

        return once(request, ask)
    last = DataCopy.objects.own().order_by("-pk").first()
    context = {
        "copy": last,
        "busy": last is not None and state_of(last) in WAITING,
        "failed": last is not None and state_of(last) == "failed",
        "ready": last is not None and can_be_fetched(last),
        "days": DAYS,
    }
    return render(request, "participants/take_along.html", context)


@needs(DataCopy, Level.OWN)
@require_POST
def fetch(request: HttpRequest, copy: DataCopy) -> HttpResponseBase:
    """The file, after a fresh code; the log says that you fetched it yourself."""
    if not is_fresh(request):
        return redirect(f"{reverse('step_up')}?next={reverse('take_along')}")
    if not can_be_fetched(copy):
        messages.info(request, _t("Dit bestand is er niet meer. Maak een nieuw bestand."))
        return redirect("take_along")
    try:
        file = file_of(copy).open("rb")
    except OSError as error:
        raise Http404 from error
    audit.log(AuditLine.Event.DOWNLOAD, copy.participant_id)
    response = FileResponse(file, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="kring-{timezone.localdate():%d-%m-%Y}.zip"'
    return response
