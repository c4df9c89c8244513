"""Je plan voor moeilijke dagen (signaleringsplan): what one notices, what helps, and what one does not want."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel.access import Category, Level
from herstel.forms import KringForm, Story
from herstel.needs import needs
from herstel.once import once
from herstel.refusal import Conflict
from participants.models import Participant, PlanSection, PlanVersion
from participants.plans import TEXTS, agree_plan, filled_parts, keep_part
from supportgroups.reading import readers_by_row, who_sees_row
from supportgroups.views.readers import choose_readers

Part = PlanSection.Part
ASKS: dict[str, Any] = {
    Part.NOT: _("Bijvoorbeeld: niet opgesloten worden. Niet door 4 mensen tegelijk."),
    Part.PRACTICAL: _("Wie zorgt voor je huis, je dier, je post, je kinderen?"),
    Part.MEDICATION: _("In je eigen woorden: wat helpt, wat niet, en van wie je het krijgt."),
    Part.CONTACT: _("Namen en nummers. In de volgorde die jij wilt."),
}


class PhaseForm(KringForm):
    words = Story(label=_("Waar merk je het aan?"), required=False, rows=3)
    i_do = Story(label=_("Wat doe jij?"), required=False, rows=3)
    mine_do = Story(label=_("Wat doen je mensen?"), required=False, rows=3)
    workers_do = Story(label=_("Wat doen hulpverleners?"), required=False, rows=3)
    version = forms.IntegerField(widget=forms.HiddenInput)


class PartForm(KringForm):
    words = Story(label=_("Schrijf het op"), required=False, rows=5)
    version = forms.IntegerField(widget=forms.HiddenInput)


@needs(Participant, Level.OWN, by=None)
def plan(request: HttpRequest, participant: Participant) -> HttpResponse:
    kept = {section.part: section for section in PlanSection.objects.own()}
    last = PlanVersion.objects.own().order_by("-number").first()
    see = readers_by_row(Category.PLAN)
    rows = [
        (part, kept.get(part.value), see.get(kept[part.value].pk, []) if part.value in kept else []) for part in Part
    ]
    return render(request, "supportgroups/plan.html", {"rows": rows, "last": last, "begun": bool(kept)})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def plan_part(request: HttpRequest, participant: Participant, part: str) -> HttpResponse:
    """One part, in own words. Two tabs: the second sees both texts."""
    if part not in Part.values:
        raise Http404
    # A part that is not there yet is version 0: who began it in another tab made version 1 of it.
    new = PlanSection(participant=participant, part=part, version=0)
    section = PlanSection.objects.own().filter(part=part).first() or new
    kind = PhaseForm if section.is_phase else PartForm
    form = kind(request.POST or None, initial={name: getattr(section, name) for name in (*TEXTS, "version")})
    context: dict[str, Any] = {"section": section, "form": form, "hint": ASKS.get(part, ""), "see": _names(section)}
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            keep_part(section=section, version=said.pop("version"), texts=said)
        except Conflict as error:
            section.refresh_from_db()
            context |= {"conflict": error.sentence, "form": kind(initial={**said, "version": section.version})}
            return render(request, "supportgroups/plan_part.html", context, status=409)
        messages.success(request, _t("Bewaard."))
        return redirect("supportgroups:plan")
    return render(request, "supportgroups/plan_part.html", context)


def _names(section: PlanSection) -> list[str]:
    return [m.person.called for m in who_sees_row(Category.PLAN, section.pk)] if section.pk else []


@needs(PlanSection, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def plan_readers(request: HttpRequest, section: PlanSection) -> HttpResponse:
    """Wie mag dit deel zien? Each part has readers of its own."""
    there = reverse("supportgroups:plan_part", args=[section.part])
    return choose_readers(request, section, Category.PLAN, there, "supportgroups/plan_readers.html")


@needs(Participant, Level.OWN, by=None)
@require_POST
def plan_agree(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Zo spreken we het af: the plan of today is kept as it is."""

    def agree() -> str:
        agree_plan(participant=participant)
        messages.success(request, _t("Bewaard. Dit is nu je afgesproken plan."))
        return reverse("supportgroups:plan")

    return once(request, agree)


@needs(Participant, Level.OWN, by=None)
def plan_before(request: HttpRequest, participant: Participant) -> HttpResponse:
    page = Paginator(PlanVersion.objects.own().order_by("-number"), 20).get_page(request.GET.get("pagina"))
    return render(request, "supportgroups/plan_before.html", {"page": page})


@needs(PlanVersion, Level.OWN, by="pk")
def plan_version(request: HttpRequest, version: PlanVersion) -> HttpResponse:
    sections = [PlanSection(**part) for part in version.content]
    return render(request, "supportgroups/plan_paper.html", {"sections": sections, "version": version})


@needs(Participant, Level.OWN, by=None)
def plan_paper(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The plan on one sheet of paper."""
    return render(request, "supportgroups/plan_paper.html", {"sections": filled_parts()})
