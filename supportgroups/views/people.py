"""Mensen: the map and the list, one person, adding and changing."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.flows import Answers, Flow, Page
from herstel.mapping import place
from herstel.needs import needs
from herstel.once import once
from participants.models import Participant
from participants.words import my_words
from supportgroups.actions import join_without_account, let_back, take_off_map
from supportgroups.forms import KNOWN_AS, PersonForm, RingForm, WhoForm
from supportgroups.models import Interview, Invitation, Membership, Nomination, Person
from supportgroups.network import change_person, put_on_map
from supportgroups.reading import living_membership, people_of_mine, resting_of_mine, sees_of

IN_GROUP = (Membership.State.ACTIVE, Membership.State.PAUSED, Membership.State.RESTING)


@needs(Participant, Level.OWN, by=None)
def person_list(request: HttpRequest, participant: Participant) -> HttpResponse:
    people = list(people_of_mine())
    living = {p.pk: living_membership(p) for p in people}
    sees = sees_of(m.pk for m in living.values() if m)
    resting = {r.membership.pk: r.said for r in resting_of_mine()}
    rows: list[dict[str, Any]] = [
        {
            "person": p,
            "membership": m,
            "sees": sees.get(m.pk, "") if m else "",
            "resting": resting.get(m.pk, "") if m else "",
        }
        for p in people
        for m in [living[p.pk]]
    ]
    waiting = [r for r in rows if r["membership"] and r["membership"].state == Membership.State.ACCEPTED]
    invited = [r for r in rows if r["membership"] and r["membership"].state == Membership.State.INVITED]
    in_group = [r for r in rows if r["membership"] and r["membership"].state in IN_GROUP]
    placed = [r["person"].pk for r in [*waiting, *invited, *in_group]]
    context = {
        "map": place(people) if people else None,
        "in_group": in_group,
        "waiting": waiting,
        "invited": invited,
        "others": [r for r in rows if r["person"].pk not in placed],
        "words": my_words(),
    }
    return render(request, "supportgroups/person_list.html", context)


@needs(Person, Level.OWN)
def person(request: HttpRequest, person: Person) -> HttpResponse:
    membership = (
        Membership.objects.own()
        .filter(person=person, state__in=Membership.LIVING)
        .select_related("user", "organisation")
        .first()
    )
    invitation = (
        Invitation.objects.own().filter(membership=membership, withdrawn_at=None).last() if membership else None
    )
    context = {
        "person": person,
        "membership": membership,
        "nominated": Nomination.objects.own().filter(person=person).first() if membership is None else None,
        "interview": Interview.objects.own().filter(membership=membership).first() if membership else None,
        "left": _last_words(person) if membership is None else None,
        "resting": next((r for r in resting_of_mine() if r.membership == membership), None),
        "sees": sees_of([membership.pk])[membership.pk] if membership else "",
        "invitation": invitation,
        "words": my_words(),
        "address_start": membership.user.email[:3] if membership and membership.user else "",
    }
    return render(request, "supportgroups/person.html", context)


@needs(Person, Level.OWN)
@require_http_methods(["GET", "POST"])
def back_in(request: HttpRequest, person: Person) -> HttpResponse:
    """Mag Sara weer meekijken? Only this opens a place that rests."""
    resting = next((r for r in resting_of_mine() if r.membership.person_id == person.pk and r.again), None)
    if resting is None:
        return redirect("supportgroups:person", person.slug)
    membership = resting.membership
    if request.method == "POST":

        def let() -> str:
            let_back(membership=membership)
            messages.success(request, _t("%(name)s kijkt weer mee.") % {"name": person.called})
            return reverse("supportgroups:person", args=[person.slug])

        return once(request, let)
    opens = sees_of([membership.pk], resting=True)[membership.pk]
    return render(request, "supportgroups/back_in.html", {"person": person, "resting": resting, "opens": opens})


def _last_words(person: Person) -> Membership | None:
    """Somebody who left lately, and what they wanted to say."""
    ended = Membership.objects.own().filter(person=person, state=Membership.State.ENDED).exclude(farewell="")
    return ended.order_by("-ended_at").first()


class AddPerson(Flow):
    name = "person"
    title = _("Iemand toevoegen")
    url_name = "supportgroups:person_new"
    home_url = "supportgroups:person_list"
    pages: ClassVar = [
        Page(
            "wie",
            WhoForm,
            _("Wie is er om je heen?"),
            _("Denk aan familie, vrienden, buren of een huisdier. Dit deel je met niemand."),
        ),
        Page("dichtbij", RingForm, _("Hoe dichtbij is {name}?")),
    ]
    check_button = _("Zet op de kaart")

    def words(self) -> dict[str, str]:
        kept = self.kept("wie")
        return {"name": (kept.get("called") if kept else "") or _t("deze persoon")}

    def summary(self, answers: Answers) -> list[dict[str, Any]]:
        who = answers["wie"]
        return [
            {"label": _("Naam"), "value": who["called"], "page": "wie", "what": _("de naam")},
            {
                "label": _("Hoe ken je deze persoon?"),
                "value": KNOWN_AS[who["known_as"]][0],
                "page": "wie",
                "what": _("hoe je deze persoon kent"),
            },
            {
                "label": _("Hoe dichtbij?"),
                "value": Person.Ring(answers["dichtbij"]["ring"]).label,
                "page": "dichtbij",
                "what": _("hoe dichtbij"),
            },
        ]

    def finish(self, answers: Answers) -> str:
        who = answers["wie"]
        _word, kind, relation = KNOWN_AS[who["known_as"]]
        put_on_map(
            participant=self.participant,
            called=who["called"],
            kind=kind,
            relation=who["relation"] or str(relation),
            ring=answers["dichtbij"]["ring"],
        )
        messages.success(self.request, _t("%(name)s staat op je kaart. Alleen jij ziet dat.") % {"name": who["called"]})
        return reverse("supportgroups:person_list")


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest, participant: Participant, page: str = "") -> HttpResponse:
    return AddPerson(request, participant).respond(page)


@needs(Person, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, person: Person) -> HttpResponse:
    names = ("called", "kind", "relation", "ring", "died")
    initial = {name: getattr(person, name) for name in names}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_person(person=person, **form.cleaned_data)
        messages.success(request, _t("Bewaard."))
        return redirect("supportgroups:person", person.slug)
    return render(request, "supportgroups/person_edit.html", {"form": form, "person": person})


@needs(Person, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def person_remove(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method == "POST":
        called = person.called
        take_off_map(person=person)
        messages.success(request, _t("%(name)s staat niet meer op je kaart.") % {"name": called})
        return redirect("supportgroups:person_list")
    return render(request, "supportgroups/person_remove.html", {"person": person})


@needs(Person, Level.OWN)
@require_http_methods(["POST"])
def person_join(request: HttpRequest, person: Person) -> HttpResponse:
    """Takes part without an account."""

    def join() -> str:
        join_without_account(person=person)
        messages.success(
            request, _t("%(name)s doet mee zonder account. Je geeft de dag zelf door.") % {"name": person.called}
        )
        return reverse("supportgroups:person", args=[person.slug])

    if Membership.objects.own().filter(person=person, state__in=Membership.LIVING).exists():
        messages.info(request, _t("%(name)s is al gevraagd.") % {"name": person.called})
        return redirect("supportgroups:person", person.slug)
    return once(request, join)
