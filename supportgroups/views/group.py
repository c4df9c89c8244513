"""The group as a whole: where it stands, the talks before the first meeting, and who comes in for whom."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.needs import needs
from herstel.refusal import Refused
from participants.models import Participant
from participants.words import my_words
from supportgroups.actions import keep_interview, move_phase, stand_in
from supportgroups.forms import InterviewForm, SkipForm, StandInForm
from supportgroups.models import Interview, Membership, Nomination, Person, SupportGroup
from supportgroups.reading import members_of_mine

Phase = SupportGroup.Phase
# What helps in each phase: (words, address). Nothing of it must.
HELPS: dict[str, list[tuple[Any, str]]] = {
    Phase.DRAFT: [(_("Zet je mensen op de kaart"), "supportgroups:person_list")],
    Phase.PREPARATION: [
        (_("Bedenk wie je nog meer kent"), "supportgroups:think"),
        (_("Maak een lijstje van wie je wilt vragen"), "supportgroups:nominations"),
        (_("Bedenk wat je wilt"), "goals:goal_list"),
    ],
    Phase.INVESTMENT: [
        (_("Praat met iedereen die meedoet"), "supportgroups:interviews"),
        (_("Kies wat iedereen mag zien"), "supportgroups:sharing"),
    ],
    Phase.PLANNING: [(_("Plan de eerste bijeenkomst"), "meetings:meeting_new")],
    Phase.ACTIVE: [
        (_("Plan de volgende bijeenkomst"), "meetings:meeting_new"),
        (_("Kijk naar je doelen"), "goals:goal_list"),
        (_("Lees wat iedereen wel en niet doet"), "supportgroups:interviews"),
    ],
    Phase.REORIENTATION: [
        (_("Kijk wie er in je groep zit"), "supportgroups:person_list"),
        (_("Bedenk wie je nog meer kent"), "supportgroups:think"),
    ],
    Phase.PAUSED: [],
    Phase.CLOSED: [],
}
USUAL = [Phase.DRAFT, Phase.PREPARATION, Phase.INVESTMENT, Phase.PLANNING, Phase.ACTIVE, Phase.REORIENTATION]


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def group(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Hoe staat je groep ervoor?"""
    found = SupportGroup.objects.own().first() or SupportGroup(participant=participant)
    if request.method == "POST":
        try:
            move_phase(group=found, to=request.POST.get("to", ""))
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            messages.success(
                request, _t("Bewaard. Je groep staat nu op: %(phase)s.") % {"phase": found.get_phase_display()}
            )
        return redirect("supportgroups:group")
    ways = SupportGroup.WAYS[found.phase]
    context = {
        "group": found,
        "levels": [p.label for p in USUAL],
        "level": next((n for n, phase in enumerate(USUAL) if phase == found.phase), -1),
        "helps": HELPS[found.phase],
        "next": Phase(ways[0]),
        "others": [Phase(way) for way in ways[1:]],
        "words": my_words(),
        "nominated": Nomination.objects.own().count(),
    }
    return render(request, "supportgroups/group.html", context)


@needs(Participant, Level.OWN, by=None)
def interviews(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Voorgesprekken: who told what they can and do not do. One that was not held is no reason to wait."""
    kept = {i.membership_id: i for i in Interview.objects.own()}
    rows = [(m, kept.get(m.pk)) for m in members_of_mine()]
    return render(request, "supportgroups/interviews.html", {"rows": rows})


@needs(Membership, Level.OWN, related=("person",))
@require_http_methods(["GET", "POST"])
def interview(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What this member said; written down by the participant, or left out with a reason."""
    now = Interview.objects.own().filter(membership=membership).first()
    said = {name: getattr(now, name) for name in InterviewForm.base_fields} if now else {}
    form, skip = InterviewForm(initial=said), SkipForm(initial={"skipped_because": now.skipped_because if now else ""})
    if request.method == "POST" and "skip" in request.POST:
        skip = SkipForm(request.POST)
        if skip.is_valid():
            keep_interview(membership=membership, skipped=True, **skip.cleaned_data)
            messages.success(request, _t("Goed. Jullie slaan dit over."))
            return redirect("supportgroups:interviews")
    elif request.method == "POST":
        form = InterviewForm(request.POST)
        if form.is_valid():
            keep_interview(membership=membership, held=True, skipped=False, **form.cleaned_data)
            messages.success(request, _t("Bewaard. %(name)s leest dit ook.") % {"name": membership.person.called})
            return redirect("supportgroups:interviews")
    context = {"membership": membership, "person": membership.person, "form": form, "skip": skip, "now": now}
    return render(request, "supportgroups/interview.html", context)


@needs(Person, Level.OWN)
@require_http_methods(["GET", "POST"])
def standing_in(request: HttpRequest, person: Person) -> HttpResponse:
    """Somebody comes in for a while."""
    membership = Membership.objects.own().filter(person=person, state=Membership.State.ACTIVE).first()
    if membership is None:
        return redirect("supportgroups:person", person.slug)
    others = [m for m in members_of_mine() if m.pk != membership.pk]
    now = next((m.slug for m in others if m.pk == membership.stands_in_for_id), "")
    until = timezone.localtime(membership.ends_at).date() if membership.ends_at else None
    form = StandInForm(request.POST or None, others=others, initial={"instead_of": now, "until": until})
    if request.method == "POST" and "always" in request.POST:
        return _keep_stand_in(request, membership, person, None, None)
    if request.method == "POST" and form.is_valid():
        chosen = next((m for m in others if m.slug == form.cleaned_data["instead_of"]), None)
        end = timezone.make_aware(datetime.combine(form.cleaned_data["until"], time(23, 59, 59)))
        return _keep_stand_in(request, membership, person, chosen, end)
    return render(request, "supportgroups/stand_in.html", {"person": person, "membership": membership, "form": form})


def _keep_stand_in(
    request: HttpRequest, membership: Membership, person: Person, chosen: Membership | None, end: datetime | None
) -> HttpResponse:
    stand_in(membership=membership, instead_of=chosen, until=end)
    text = (
        _t("Bewaard. %(name)s doet mee tot je stopt.")
        if end is None
        else _t("Bewaard. Daarna ziet %(name)s niets meer.")
    )
    messages.success(request, text % {"name": person.called})
    return redirect(reverse("supportgroups:person", args=[person.slug]))
