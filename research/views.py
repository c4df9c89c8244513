"""Onderzoek: studies, a cohort's versions, the second person's check, downloads; and the participant's consent."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel import jobs
from herstel.access import Level
from herstel.forms import KringForm, Story
from herstel.models import Job
from herstel.needs import members, needs
from herstel.once import once
from herstel.refusal import Refused
from participants.models import Background, Participant
from research.actions import ask_export, confirm_removals, give_consent, judge_export, take_copy, withdraw
from research.columns import FILES
from research.models import Cohort, Consent, Download, Export, ExportPerson, Removal, Study, StudyRole, last_month_end
from research.reading import report_of


class PurposeForm(KringForm):
    purpose = Story(
        label=_("Waar gebruik je deze versie voor?"),
        max_length=300,
        rows=3,
        help_text=_("De tweede persoon leest dit bij de controle."),
    )


class ReturnForm(KringForm):
    why = Story(
        label=_("Waarom geef je deze versie terug?"),
        max_length=300,
        rows=3,
        help_text=_("Alleen nodig als je teruggeeft. Wie de versie vroeg, leest dit."),
    )
    why.missing = _("Schrijf waarom je deze versie teruggeeft.")  # type: ignore[attr-defined]


class BackgroundForm(KringForm):
    birth_year = forms.IntegerField(
        label=_("In welk jaar ben je geboren?"), required=False, min_value=1900, max_value=2100
    )
    gender = forms.ChoiceField(
        label=_("Wat past bij jou?"),
        choices=Background.Gender,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("invalid", "min_value", "max_value"):
            self.fields["birth_year"].error_messages[name] = _("Schrijf het jaar met 4 cijfers, bijvoorbeeld 1988.")


def my_roles(request: HttpRequest) -> list[StudyRole]:
    """The studies this researcher works on now."""
    mine = StudyRole.objects.own().filter(
        user=request.user.pk, until__gte=timezone.localdate(), employment__active=True
    )
    return list(mine.select_related("study").order_by("study__title", "role"))


# --- researchers ----------------------------------------------------------------------------------------------------
@members("the studies that one works on")
def studies(request: HttpRequest) -> HttpResponse:
    roles = my_roles(request)
    cohorts = (
        Cohort.objects.filter(study__in=[r.study_id for r in roles])
        .select_related("study")
        .order_by("study__title", "number")
    )
    return render(request, "research/studies.html", {"cohorts": cohorts, "roles": {r.study_id: r for r in roles}})


def cohort_of(request: HttpRequest, slug: str) -> tuple[Cohort, set[str], StudyRole]:
    """The cohort, if this person works on its study; otherwise it does not exist."""
    roles = my_roles(request)
    cohort = Cohort.objects.filter(slug=slug, study__in=[r.study_id for r in roles]).select_related("study").first()
    if cohort is None:
        raise Http404
    mine = [r for r in roles if r.study_id == cohort.study_id]
    return cohort, {r.role for r in mine}, mine[0]


@members("a cohort of a study that one works on")
def cohort(request: HttpRequest, slug: str) -> HttpResponse:
    found, roles, role = cohort_of(request, slug)
    exports = list(Export.objects.visible().filter(cohort=found).order_by("-version")[:30])
    newest = next((e for e in exports if e.can_be_fetched), None) or next(
        (e for e in exports if e.state == Export.State.READY), None
    )
    context = {
        "cohort": found,
        "study": found.study,
        "role": role,
        "may_ask": StudyRole.Role.RESEARCHER in roles,
        "exports": exports,
        "newest": newest,
        "expired": newest is not None and newest.has_ended,
        "files": files_of(newest) if newest else [],
        "first": FILES[0],
    }
    return render(request, "research/cohort.html", context)


def files_of(export: Export) -> list[dict[str, Any]]:
    """Rows of the file table, from the manifest that was frozen with the version."""
    told = {f.name: f.row for f in FILES} | {"codeboek.csv": _("Alle kolommen en waarden")}
    made = export.manifest.get("files", {})
    return [
        {
            "name": name,
            "row": row,
            "rows": made[name]["rows"],
            "columns": len(made[name]["columns"]),
            "bytes": made[name]["bytes"],
        }
        for name, row in told.items()
        if name in made
    ]


@members("the columns are no secret to who works on a study")
def codebook(request: HttpRequest, slug: str) -> HttpResponse:
    found, _roles, _role = cohort_of(request, slug)
    return render(request, "research/codebook.html", {"cohort": found, "study": found.study, "files": FILES})


@members("a cohort of a study that one works on")
@require_http_methods(["GET", "POST"])
def export_new(request: HttpRequest, slug: str) -> HttpResponse:
    found, roles, _role = cohort_of(request, slug)
    if StudyRole.Role.RESEARCHER not in roles:
        raise Http404
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def ask() -> str:
            export = ask_export(cohort=found, purpose=form.cleaned_data["purpose"])
            return reverse("research:export", args=[export.slug])

        try:
            return once(request, ask)
        except Refused as error:
            form.add_error("purpose", error.sentence)
    return render(
        request,
        "research/export_new.html",
        {"cohort": found, "study": found.study, "form": form, "cut_off": last_month_end()},
    )


@needs(Export, related=("cohort__study", "asked_by"))
def export(request: HttpRequest, export: Export) -> HttpResponse:
    """One version: how far it is, what is in it, who may do what with it."""
    return _export_page(request, export, ReturnForm())


def _export_page(request: HttpRequest, export: Export, form: ReturnForm) -> HttpResponse:
    removals = list(Removal.objects.visible().filter(export=export).exclude(pid="").order_by("pid"))
    context = {
        "export": export,
        "cohort": export.cohort,
        "study": export.cohort.study,
        "files": files_of(export),
        **state_of(request, export),
        "report": report_of(export),
        "form": form,
        "removals": removals,
        "to_remove": any(removal.confirmed_at is None for removal in removals),
        "downloads": Download.objects.visible().filter(export=export).order_by("-at")[:20],
    }
    return render(request, "research/export.html", context)


def state_of(request: HttpRequest, export: Export) -> dict[str, Any]:
    # Making it is one job, laying what was released where it can be fetched is another: the last one tells.
    job = Job.objects.filter(kind__in=["export", "publish"], subject=export.pk).order_by("-pk").first()
    roles = {r.role for r in my_roles(request) if r.study_id == export.study_id}
    return {
        "job": job,
        "reason": jobs.reason_of(job),
        "gave_up": job is not None and job.state == Job.State.FAILED,
        "may_confirm": StudyRole.Role.RESEARCHER in roles,
        "may_judge": StudyRole.Role.CHECKER in roles and export.asked_by_id != request.user.pk,
        "expired": export.state == Export.State.RELEASED and export.has_ended,
    }


@needs(Export, related=("cohort__study",))
def export_progress(request: HttpRequest, export: Export) -> HttpResponse:
    """The piece of the page that is asked again while the worker works."""
    return render(request, "research/export_progress.html", {"export": export, **state_of(request, export)})


@members("versions of one's studies that wait for a second person")
def checks(request: HttpRequest) -> HttpResponse:
    studies_to_check = [r.study_id for r in my_roles(request) if r.role == StudyRole.Role.CHECKER]
    waiting = Export.objects.visible().filter(study__in=studies_to_check, state=Export.State.READY)
    rows = waiting.exclude(asked_by=request.user.pk).select_related("cohort__study").order_by("ready_at")
    return render(request, "research/checks.html", {"exports": rows})


@needs(Export, related=("cohort__study", "asked_by"))
@require_POST
def export_judge(request: HttpRequest, export: Export) -> HttpResponse:
    """Keur goed, or geef terug."""
    form, release = ReturnForm(request.POST), "release" in request.POST
    valid, both = form.is_valid(), release and bool(request.POST.get("why", "").strip())
    if both:
        form.add_error("why", _t("Je schreef waarom je teruggeeft. Keur je toch goed? Haal dit dan eerst weg."))
    if both or not (release or valid):
        return _export_page(request, export, form)
    try:
        judge_export(export=export, release=release, why=form.cleaned_data.get("why", ""))
    except Refused as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _t("Vrijgegeven.") if release else _t("Teruggegeven."))
    return redirect("research:export", export.slug)


@needs(Export, related=("cohort__study",))
@require_POST
def export_download(request: HttpRequest, export: Export) -> HttpResponseBase:
    """The zip, to a named person, with a line in the log before it leaves."""
    try:
        take_copy(export=export)
    except Refused as error:
        messages.error(request, error.sentence)
        return redirect("research:export", export.slug)
    file = Path(settings.EXPORT_ROOT) / Path(export.file).name
    if not export.file or not file.is_file():
        raise Http404
    response = FileResponse(file.open("rb"), content_type="application/zip")
    response["Content-Disposition"] = (
        f'attachment; filename="kring-cohort-{export.cohort.number}-versie-{export.version}.zip"'
    )
    return response


@needs(Export)
@require_POST
def export_removals(request: HttpRequest, export: Export) -> HttpResponse:
    """“Ik heb deze mensen weggehaald”, of everybody who stopped after this version was fetched."""
    try:
        confirm_removals(export=export)
    except Refused as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _t("Bedankt. We laten het deze mensen weten."))
    return redirect("research:export", export.slug)


@members("who took which copy, of a study that one works on")
def log(request: HttpRequest, slug: str) -> HttpResponse:
    found, _roles, _role = cohort_of(request, slug)
    rows = Download.objects.visible().filter(export__cohort=found).select_related("export").order_by("-at")[:200]
    return render(request, "research/log.html", {"cohort": found, "study": found.study, "rows": rows})


# --- the participant ------------------------------------------------------------------------------------------------
@needs(Participant, Level.OWN, by=None)
def consents(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Meedoen met onderzoek."""
    mine = {c.study_id: c for c in Consent.objects.own().filter(withdrawn_at=None)}
    left = set(ExportPerson.objects.own().exclude(left_at=None).values_list("study_id", flat=True))
    offered = [s for s in Study.objects.order_by("title") if s.pk in mine or s.pk in left or s.is_open]
    rows = [{"study": s, "consent": mine.get(s.pk), "counts": counts(mine.get(s.pk), s)} for s in offered]
    return render(request, "research/consents.html", {"rows": rows})


def counts(consent: Consent | None, study: Study) -> bool:
    """Is it a yes to a text that asks as much as today's, of a study that is going on?"""
    return consent is not None and consent.text_version >= study.counts_from and study.is_open


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, participant: Participant, slug: str) -> HttpResponse:
    """Yes and no are equally easy; stopping never asks for a code."""
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        raise Http404
    now = Consent.objects.own().filter(study=study, withdrawn_at=None).first()
    background = Background.objects.own().first()
    initial = {"birth_year": background.birth_year, "gender": background.gender} if background else {}
    form = BackgroundForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {
        "study": study,
        "consent": now,
        "counts": counts(now, study),
        "form": form,
        "files": FILES,
        "left": ExportPerson.objects.own().filter(study=study).exclude(left_at=None).order_by("-left_at"),
    }
    if request.method == "POST" and "no" in request.POST:
        withdraw(participant=participant, study=study)
        messages.success(request, _t("Je doet niet mee. Dat is goed."))
        return redirect("research:consents")
    if request.method == "POST" and "yes" in request.POST and form.is_valid():
        version = request.POST.get("text_version", "")
        try:
            give_consent(
                participant=participant,
                study=study,
                text_version=int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0,
            )
        except Refused as error:
            context["refusal"] = error.sentence
        else:
            Background.objects.own().update(**form.cleaned_data)
            messages.success(request, _t("Je doet mee. Je kunt altijd stoppen."))
            return redirect("research:consents")
    return render(request, "research/consent.html", context)
