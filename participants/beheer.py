"""Beheer: organisations, employments, jobs. No content, and no list of who is a participant."""

from typing import Any

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.forms import Address, KringForm, Words
from herstel.mail import queue
from herstel.models import HelpLine, Job, User
from herstel.needs import members, needs
from herstel.once import once
from participants import concerns, help_lines
from participants.administering import administered
from participants.models import Employment, Organisation


class OrganisationForm(KringForm):
    name = Words(label=_("Naam"), max_length=80)
    kind = forms.ChoiceField(label=_("Soort"), choices=Organisation.Kind, widget=forms.RadioSelect)


class EmployForm(KringForm):
    name = Words(label=_("Naam"), max_length=60)
    email = Address(label=_("Mailadres van het werk"))
    organisation = forms.TypedChoiceField(label=_("Organisatie"), coerce=int, widget=forms.Select)
    function = forms.ChoiceField(label=_("Functie"), choices=Employment.Function, widget=forms.RadioSelect)

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [(o.pk, o.name) for o in organisations]  # type: ignore[attr-defined]


@members("administrators; others get 404")
def home(request: HttpRequest) -> HttpResponse:
    administered(request)
    context = {
        "concerns": concerns.waiting(),
        "failed": Job.objects.filter(state=Job.State.FAILED).count(),
        "stale": sum(not line.is_fresh for line in HelpLine.objects.all()),
    }
    return render(request, "participants/beheer_home.html", context)


@members("administrators; others get 404")
@require_http_methods(["GET", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    mine = administered(request)
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
        form.add_error("name", _t("Deze organisatie staat er al, of jij mag er geen toevoegen."))
    return render(request, "participants/beheer_organisations.html", {"organisations": mine, "form": form})


@members("administrators; others get 404")
def employments(request: HttpRequest) -> HttpResponse:
    mine = administered(request)
    people = Employment.objects.own().filter(organisation__in=mine).select_related("organisation", "user")
    page = Paginator(people.order_by("-active", "name"), 40).get_page(request.GET.get("pagina"))
    return render(request, "participants/beheer_employments.html", {"page": page})


@members("administrators; others get 404")
@require_http_methods(["GET", "POST"])
def employment_new(request: HttpRequest) -> HttpResponse:
    """Invite somebody: they sign in with a code, and set up a second factor before they see anything."""
    mine = administered(request)
    form = EmployForm(request.POST or None, organisations=mine)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data

        def employ() -> str:
            user = User.objects.of_address(said["email"])
            Employment.objects.get_or_create(
                user=user,
                organisation_id=said["organisation"],
                function=said["function"],
                active=True,
                defaults={"name": said["name"]},
            )
            queue("invited_worker", to=user)
            messages.success(request, _t("%(name)s krijgt een mail om te beginnen.") % {"name": said["name"]})
            return "/beheer/medewerkers/"

        return once(request, employ)
    return render(request, "participants/beheer_employ.html", {"form": form})


def of_mine(request: HttpRequest) -> Any:
    from django.db.models import Q

    return Q(organisation__in=administered(request))


@needs(Employment, by="pk", narrow=of_mine, related=("organisation", "user"))
@require_http_methods(["GET", "POST"])
def employment_end(request: HttpRequest, employment: Employment) -> HttpResponse:
    """Ends at once: memberships through this organisation show nothing from the next statement on."""
    if request.method == "POST":
        ended = Employment.objects.own().filter(pk=employment.pk, active=True)
        if ended.update(active=False, ended_at=timezone.now()):
            for session in UserSession.objects.filter(user=employment.user):
                session.end()
            messages.success(request, _t("%(name)s werkt hier niet meer in Kring.") % {"name": employment.name})
        return redirect("beheer:employments")
    return render(request, "participants/beheer_end.html", {"employment": employment})


@members("administrators; others get 404")
def jobs(request: HttpRequest) -> HttpResponse:
    administered(request)
    page = Paginator(Job.objects.order_by("-pk"), 40).get_page(request.GET.get("pagina"))
    with connection.cursor() as cursor:
        cursor.execute("select * from doors.mail_figures()")
        waiting, oldest = cursor.fetchone()
    return render(request, "participants/beheer_jobs.html", {"page": page, "waiting": waiting, "oldest": oldest})


URLS: list[tuple[str, Any, str]] = [
    ("", home, "home"),
    ("organisaties/", organisations, "organisations"),
    ("medewerkers/", employments, "employments"),
    ("medewerkers/nieuw/", employment_new, "employment_new"),
    ("medewerkers/<int:pk>/stoppen/", employment_end, "employment_end"),
    ("taken/", jobs, "jobs"),
    ("meldingen/", concerns.concerns, "concerns"),
    ("meldingen/<slug:slug>/", concerns.concern, "concern"),
    ("hulpnummers/", help_lines.help_lines, "help_lines"),
    ("hulpnummers/nieuw/", help_lines.help_line, "help_line"),
    ("hulpnummers/<int:pk>/", help_lines.help_line, "help_line"),
    ("hulpnummers/<int:pk>/klopt/", help_lines.help_line_checked, "help_line_checked"),
    ("hulpnummers/<int:pk>/weg/", help_lines.help_line_remove, "help_line_remove"),
]
