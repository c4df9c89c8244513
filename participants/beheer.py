"""Beheer: organisations, employments, jobs. No content, and no list of who is a participant."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.forms import Address, KringForm, Name, Words
from herstel.models import HelpLine, Job, User
from herstel.needs import me, members, needs
from herstel.once import once
from herstel.refusal import Refused
from herstel.templatetags.kring import dag
from participants import background, concerns, help_lines
from participants.administering import KEEPS, administered, kept
from participants.models import AdministrationLine, Employment, Organisation

ASKED_WITHIN = timedelta(days=30)  # as private.ask_for_work has it


class OrganisationForm(KringForm):
    name = Words(label=_("Naam"), max_length=80)
    kind = forms.ChoiceField(label=_("Soort"), choices=Organisation.Kind, widget=forms.RadioSelect)


class EmployForm(KringForm):
    name = Name(label=_("Naam"), max_length=60)
    email = Address(label=_("Mailadres van het werk"))
    organisation = forms.TypedChoiceField(label=_("Organisatie"), coerce=int, widget=forms.Select)
    function = forms.ChoiceField(label=_("Functie"), choices=Employment.Function, widget=forms.RadioSelect)

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [(o.pk, o.name) for o in organisations]  # type: ignore[attr-defined]


@members("administrators; others get 404")
def home(request: HttpRequest) -> HttpResponse:
    administered(request)
    return render(request, "participants/beheer_home.html", _work_of_the_house() if request.session[KEEPS] else {})


def _work_of_the_house() -> dict[str, Any]:
    """What waits for whoever keeps Kring itself."""
    return {
        "keeps": True,
        "concerns": concerns.waiting(),
        "failed": Job.objects.filter(state=Job.State.FAILED).count(),
        "stale": sum(not line.is_fresh for line in HelpLine.objects.all()),
    }


@members("administrators; others get 404")
@require_http_methods(["GET", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    mine = kept(request) if request.method == "POST" else administered(request)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with connection.cursor() as cursor:
            cursor.execute(
                "select doors.add_organisation(%s, %s)", [form.cleaned_data["name"], form.cleaned_data["kind"]]
            )
            (done,) = cursor.fetchone()
        if done:
            messages.success(request, _t("Bewaard."))
            return redirect("beheer:organisations")
        form.add_error("name", _t("Deze organisatie staat er al."))
    context = {"organisations": mine, "form": form, "keeps": request.session[KEEPS]}
    return render(request, "participants/beheer_organisations.html", context)


@members("administrators; others get 404")
def employments(request: HttpRequest) -> HttpResponse:
    mine = administered(request)
    people = Employment.objects.own().filter(organisation__in=mine).select_related("organisation", "user")
    page = Paginator(people.order_by(F("ended_at").desc(nulls_first=True), "name"), 40).get_page(
        request.GET.get("pagina")
    )
    return render(request, "participants/beheer_employments.html", {"page": page})


@members("administrators; others get 404")
@require_http_methods(["GET", "POST"])
def employment_new(request: HttpRequest) -> HttpResponse:
    """Ask somebody: they sign in with a code, say yes, and set up a second factor before they see anything."""
    mine = administered(request)
    form = EmployForm(request.POST or None, organisations=mine)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data

        def employ() -> str:
            work, asked = ask_for_work(said)
            if asked:
                messages.success(request, _t("%(name)s krijgt een mail om te beginnen.") % {"name": work.name})
            elif work.active:
                messages.info(request, _t("%(name)s werkt hier al.") % {"name": work.name})
            else:
                words = _t("%(name)s kreeg deze vraag al. Er ging geen nieuwe mail uit.")
                messages.info(request, words % {"name": work.name})
            return reverse("beheer:employments")

        try:
            return once(request, employ)
        except Refused as error:
            form.add_error(None, error.sentence)
    return render(request, "participants/beheer_employ.html", {"form": form})


def ask_for_work(said: dict[str, Any]) -> tuple[Employment, bool]:
    """Ask this person: the work, and whether they are asked now; not when the question is open or they work there. The
    mail comes with the row, by a trigger.

    Raises Refused: too often.
    """
    user = account_for_work(said["email"])
    there = {"user": user, "organisation_id": said["organisation"], "function": said["function"], "ended_at": None}
    try:
        return Employment.objects.get_or_create(
            **there, defaults={"name": said["name"], "active": False, "began_at": None}
        )
    except IntegrityError as error:
        if constraint_of(error) == "asked_many_today":
            sentence = _t("Deze organisatie vroeg al 100 mensen in 24 uur. Wacht tot morgen.")
            raise Refused(sentence) from error
        if constraint_of(error) != "asked_often_enough":
            raise
        first = Employment.objects.own().filter(user=user, organisation=said["organisation"], began_at=None)
        since = first.filter(invited_at__gt=timezone.now() - ASKED_WITHIN).earliest("invited_at").invited_at
        sentence = _t("Deze organisatie vroeg deze persoon al 3 keer. Vanaf %(day)s kan het weer.")
        raise Refused(sentence % {"day": dag(since + ASKED_WITHIN)}) from error


def account_for_work(address: str) -> User:
    """The account of this address, made when there is none yet."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.account_for_work(%s)", [address])
        return User.objects.get(pk=cursor.fetchone()[0])


def of_mine(request: HttpRequest) -> Any:
    from django.db.models import Q

    return Q(organisation__in=administered(request))


@needs(Employment, by="pk", narrow=of_mine, related=("organisation", "user"))
@require_http_methods(["GET", "POST"])
def employment_end(request: HttpRequest, employment: Employment) -> HttpResponse:
    """Ends at once: memberships through this organisation show nothing from the next statement on."""
    self, last = employment.user_id == me(request).pk, is_last_keeper(employment)
    # What is confirmed is what the page said: a question may have been answered while it stood open.
    shown, now = request.POST.get("began"), "1" if employment.began_at else ""
    if request.method == "POST" and shown in (None, now):
        try:
            return _end(request, employment, self=self)
        except IntegrityError as error:
            last = constraint_of(error) == "the_last_keeper"
            if not last:
                raise
    return render(request, "participants/beheer_end.html", {"employment": employment, "self": self, "last": last})


def _end(request: HttpRequest, employment: Employment, *, self: bool) -> HttpResponse:
    with transaction.atomic():
        ended = Employment.objects.own().filter(pk=employment.pk, ended_at=None).update(ended_at=timezone.now())
    if ended and employment.began_at and self:  # the database ended every session of theirs, this one too
        logout(request)
        return redirect("sign_in")
    if ended:
        worked, asked = _t("%(name)s is hier geen %(function)s meer."), _t("De vraag aan %(name)s is ingetrokken.")
        words = {"name": employment.name, "function": employment.get_function_display().lower()}
        messages.success(request, (worked if employment.began_at else asked) % words)
    return redirect("beheer:employments")


def is_last_keeper(work: Employment) -> bool:
    """Is there no other administrator of Kring? The database refuses that this work ends (private.keep_a_keeper)."""
    keeper = {"organisation__kind": Organisation.Kind.PLATFORM, "function": Employment.Function.ADMINISTRATOR}
    keepers = Employment.objects.own().filter(active=True, **keeper)
    return list(keepers.values_list("pk", flat=True)) == [work.pk]


def constraint_of(error: IntegrityError) -> str:
    """The name of what the database refused."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


@members("administrators; others get 404")
def log(request: HttpRequest) -> HttpResponse:
    """Who did what: of the whole house for whoever keeps it, of the own organisation for its administrators."""
    mine = administered(request)
    lines = AdministrationLine.objects.visible().select_related("organisation")
    if not request.session[KEEPS]:  # what is about oneself as a participant stands with the own record
        lines = lines.filter(organisation__in=mine)
    page = Paginator(lines.order_by("-at", "-pk"), 40).get_page(request.GET.get("pagina"))
    return render(request, "participants/beheer_log.html", {"page": page})


URLS: list[tuple[str, Any, str]] = [
    ("", home, "home"),
    ("organisaties/", organisations, "organisations"),
    ("medewerkers/", employments, "employments"),
    ("medewerkers/nieuw/", employment_new, "employment_new"),
    ("medewerkers/<int:pk>/stoppen/", employment_end, "employment_end"),
    ("logboek/", log, "log"),
    ("taken/", background.jobs, "jobs"),
    ("taken/<int:pk>/opnieuw/", background.job_again, "job_again"),
    ("taken/mails/opnieuw/", background.mails_again, "mails_again"),
    ("meldingen/", concerns.concerns, "concerns"),
    ("meldingen/<slug:slug>/", concerns.concern, "concern"),
    ("hulpnummers/", help_lines.help_lines, "help_lines"),
    ("hulpnummers/nieuw/", help_lines.help_line, "help_line"),
    ("hulpnummers/<int:pk>/", help_lines.help_line, "help_line"),
    ("hulpnummers/<int:pk>/klopt/", help_lines.help_line_checked, "help_line_checked"),
    ("hulpnummers/<int:pk>/weg/", help_lines.help_line_remove, "help_line_remove"),
]
