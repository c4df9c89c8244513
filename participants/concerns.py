"""Dit klopt niet: a participant asks whoever keeps Kring to find out about a look, and reads the answer here."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel import audit
from herstel.forms import KringForm, Story
from herstel.models import AuditLine
from herstel.needs import members, needs
from participants.administering import kept
from participants.models import AdministrationLine, Concern, Participant

SATURDAY = 5


class AnswerForm(KringForm):
    answer = Story(label=_("Je antwoord aan deze deelnemer"), rows=5)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].error_messages["required"] = _("Schrijf wat je hebt uitgezocht.")


def answer_by(concern: Concern) -> date:
    """The last day for an answer: so many working days after the question."""
    day = timezone.localtime(concern.asked_at).date()
    left = Concern.DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def ask(*, participant: Participant, about: str, words: str) -> Concern:
    """Nobody of the group is told. Asking the same twice while it waits is asking once."""
    said = {"participant": participant, "about": about[:300], "answered_at": None}
    concern, made = Concern.objects.own().get_or_create(**said, defaults={"words": words})
    if made:
        audit.log(AuditLine.Event.CREATE, participant.pk, objects=[["concern", concern.pk]])
    return concern


def mine() -> list[Concern]:
    return list(Concern.objects.own().order_by("-asked_at")[:20])


def first_read(concerns: list[Concern]) -> dict[str, datetime]:
    """When whoever keeps Kring first read each of these: by its slug."""
    read = AdministrationLine.objects.own().filter(event=AdministrationLine.Event.CONCERN_READ)
    lines = read.filter(about__in=[concern.slug for concern in concerns]).order_by("-at")
    return {line.about: line.at for line in lines}


def waiting() -> int:
    return Concern.objects.visible().filter(answered_at=None).count()


# --- beheer ---------------------------------------------------------------------------------------------------------
@members("administrators of Kring; others get 404")
def concerns(request: HttpRequest) -> HttpResponse:
    kept(request)
    every = Concern.objects.visible().order_by(F("answered_at").asc(nulls_first=True), "asked_at")
    page = Paginator(every, 20).get_page(request.GET.get("pagina"))
    rows = [(concern, answer_by(concern)) for concern in page]
    return render(request, "participants/beheer_concerns.html", {"page": page, "rows": rows})


@needs(Concern)
@require_http_methods(["GET", "POST"])
def concern(request: HttpRequest, concern: Concern) -> HttpResponse:
    """One question, and its answer; what was answered stays as it is."""
    kept(request)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with connection.cursor() as cursor:
            cursor.execute("select doors.answer_concern(%s, %s)", [concern.pk, form.cleaned_data["answer"]])
            (done,) = cursor.fetchone()
        if done:
            messages.success(request, _t("Verstuurd."))
            return redirect("beheer:concerns")
        form.add_error("answer", _t("Hier is al op geantwoord."))
    with connection.cursor() as cursor:
        cursor.execute("select audit.note_concern_read(%s)", [concern.pk])
    return render(request, "participants/beheer_concern.html", {"concern": concern, "form": form})
