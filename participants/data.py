"""Gegevens meenemen, and alles weggooien."""

from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core import signing
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel import audit, jobs
from herstel.access import Level
from herstel.accounts import fresh_first, is_fresh
from herstel.forms import KringForm
from herstel.models import AuditLine, Job
from herstel.needs import me, needs, public
from herstel.once import once
from herstel.sessions import end_sessions
from herstel.widening import must_be_fresh
from participants.copies import DAYS, WAITING, ask_copy, can_be_fetched, file_named, job_of, state_of
from participants.erasing import ask_deletion, come_back
from participants.models import DataCopy, Deletion, Participant

DUE = "everything goes"  # what the signature in the address of the last page is for
DUE_SHOWN = 3600  # seconds


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def take_along(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Je gegevens meenemen: a file is made by a job, and can be fetched for seven days."""
    if request.method == "POST":
        must_be_fresh(request)

        def ask() -> str:
            ask_copy(participant=participant)
            return reverse("take_along")

        return once(request, ask)
    last = DataCopy.objects.own().order_by("-pk").first()
    state = state_of(last) if last else ""
    context = {
        "copy": last,
        "busy": state in WAITING,
        "failed": state == Job.State.FAILED,
        "reason": jobs.reason_of(job_of(last)),
        "ready": last is not None and can_be_fetched(last),
        "days": DAYS,
    }
    return render(request, "participants/take_along.html", context)


@needs(DataCopy, Level.OWN)
@require_POST
def fetch(request: HttpRequest, copy: DataCopy) -> HttpResponseBase:
    """The file, after a fresh code; the log says that you fetched it yourself."""
    must_be_fresh(request)
    if not can_be_fetched(copy):
        messages.info(request, _t("Dit bestand is er niet meer. Maak een nieuw bestand."))
        return redirect("take_along")
    try:
        file = file_named(copy.slug).open("rb")
    except OSError as error:
        raise Http404 from error
    audit.log(AuditLine.Event.DOWNLOAD, copy.participant_id)
    response = FileResponse(file, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="kring-{timezone.localdate():%d-%m-%Y}.zip"'
    return response


# --- alles weggooien ------------------------------------------------------------------------------------------------
class TellForm(KringForm):
    tell = forms.ChoiceField(
        label=_("Wil je dat wij het je steungroep laten weten?"),
        choices=[("ja", _("Ja, met een kort bericht")), ("nee", _("Nee"))],
        widget=forms.RadioSelect(attrs={"class": "label-hidden"}),
        initial="nee",
    )


@needs(Participant, Level.OWN, by=None)
def delete_all(request: HttpRequest, participant: Participant) -> HttpResponse:
    """1: what goes, and what stays."""
    return render(request, "participants/delete_all.html", {"days": Deletion.DAYS})


@needs(Participant, Level.OWN, by=None)
def delete_tell(request: HttpRequest, participant: Participant) -> HttpResponse:
    """2: shall we tell your people?"""
    return render(request, "participants/delete_tell.html", {"form": TellForm()})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def delete_sure(request: HttpRequest, participant: Participant) -> HttpResponse:
    """3: a fresh code, and the button."""
    tell = request.GET.get("tell") == "ja"
    if not is_fresh(request):
        here = f"{request.path}?{urlencode({'tell': 'ja' if tell else 'nee'})}"
        return fresh_first(request, here)
    if request.method == "POST":
        deletion = ask_deletion(participant=participant, by=me(request), tell=tell)
        day = deletion.due_at
        end_sessions(here=True)
        logout(request)
        return redirect(f"{reverse('delete_asked')}?{urlencode({'dag': signing.dumps(day.isoformat(), salt=DUE)})}")
    return render(request, "participants/delete_sure.html", {"tell": tell})


@public("says on which day everything goes, to who just asked for it")
def delete_asked(request: HttpRequest) -> HttpResponse:
    try:
        due = signing.loads(request.GET.get("dag", ""), salt=DUE, max_age=DUE_SHOWN)
    except signing.BadSignature:
        due = ""
    return render(request, "participants/delete_asked.html", {"day": datetime.fromisoformat(due) if due else None})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def back_again(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Somebody signs in within the fourteen days: do you want to come back?"""
    deletion = Deletion.objects.own().first()
    if deletion is None:
        return redirect("begin")
    if request.method == "POST":
        come_back(participant=participant)
        messages.success(request, _t("Fijn dat je er weer bent. Alles staat er nog."))
        return redirect("begin")
    return render(request, "participants/back_again.html", {"deletion": deletion})
