"""The map: moving somebody, thinking of more people, a private list of whom to ask, and how it was before."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from herstel.access import Level
from herstel.mapping import place
from herstel.needs import needs
from herstel.once import once
from participants.models import Participant
from participants.words import my_words
from supportgroups.forms import NominationForm, ThinkForm
from supportgroups.models import MapMoment, Nomination, Person
from supportgroups.network import forget_nomination, move, nominate, put_on_map
from supportgroups.reading import people_of_mine

PAGE = 24


@dataclass(frozen=True)
class Stood:
    """Somebody as they stood on an earlier map."""

    called: str
    kind: str
    ring: int
    in_group: bool


@needs(Person, Level.OWN, related=("participant",))
@require_POST
def person_move(request: HttpRequest, person: Person) -> HttpResponse:
    """Where dragging ends. The same can be chosen with the radios of "Naam of plek veranderen"."""
    ring = request.POST.get("ring", "")
    move(person=person, ring=int(ring) if ring.isascii() and ring.isdigit() else -1)
    messages.success(
        request, _t("%(name)s staat nu: %(ring)s.") % {"name": person.called, "ring": person.get_ring_display().lower()}
    )
    return redirect("supportgroups:person_list")


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def think(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Wie ken je nog meer?"""
    form = ThinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return once(request, lambda: _put_all(request, participant, form.cleaned_data))
    return render(request, "supportgroups/think.html", {"form": form})


def _put_all(request: HttpRequest, participant: Participant, said: dict[str, str]) -> str:
    names = list(dict.fromkeys(name.strip() for name in said.values() if name.strip()))
    for name in names:
        put_on_map(participant=participant, called=name, kind=Person.Kind.CLOSE_ONE, relation="", ring=0)
    text = ngettext("%(n)s mens erbij. Alleen jij ziet dat.", "%(n)s mensen erbij. Alleen jij ziet dat.", len(names))
    messages.success(request, text % {"n": len(names)})
    return "/mensen/"


@needs(Participant, Level.OWN, by=None)
def nominations(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Mijn lijstje: whom I may ask one day. Nobody else sees it."""
    rows = Nomination.objects.own().select_related("person").order_by("at")
    return render(request, "supportgroups/nominations.html", {"rows": rows})


@needs(Person, Level.OWN)
@require_http_methods(["GET", "POST"])
def nomination(request: HttpRequest, person: Person) -> HttpResponse:
    now = Nomination.objects.own().filter(person=person).first()
    form = NominationForm(request.POST or None, initial={"why": now.why if now else ""})
    if request.method == "POST" and "away" in request.POST:
        forget_nomination(person=person)
        messages.success(request, _t("%(name)s staat niet meer op je lijstje.") % {"name": person.called})
        return redirect("supportgroups:nominations")
    if request.method == "POST" and form.is_valid():
        nominate(person=person, why=form.cleaned_data["why"])
        messages.success(request, _t("%(name)s staat op je lijstje. Alleen jij ziet dat.") % {"name": person.called})
        return redirect("supportgroups:nominations")
    return render(request, "supportgroups/nomination.html", {"person": person, "form": form, "now": now})


@needs(Participant, Level.OWN, by=None)
def map_paper(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The map on paper: the picture, and below it everybody by name."""
    people = list(people_of_mine())
    context = {"map": place(people) if people else None, "people": people, "participant": participant}
    return render(request, "supportgroups/map_paper.html", {**context, "words": my_words()})


@needs(Participant, Level.OWN, by=None)
def map_before(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Hoe je kaart veranderde: the first day beside now, and the days between."""
    moments = MapMoment.objects.own().order_by("-on")
    page = Paginator(moments, PAGE).get_page(request.GET.get("pagina"))
    context = {"page": page, "first": moments.last(), "now": Person.objects.own().count()}
    return render(request, "supportgroups/map_before.html", context)


@needs(MapMoment, Level.OWN, by="pk")
def map_of(request: HttpRequest, moment: MapMoment) -> HttpResponse:
    stood: list[Any] = [Stood(**person) for person in moment.people]
    return render(
        request,
        "supportgroups/map_of.html",
        {"moment": moment, "people": stood, "map": place(stood) if stood else None},
    )
