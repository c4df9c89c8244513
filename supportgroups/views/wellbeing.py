"""How it goes: five words, seen by nobody unless it is shared. Nobody is alarmed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.forms import KringForm, Story
from herstel.models import HelpLine
from herstel.needs import needs
from herstel.once import once
from participants.actions import check_in, forget_check_in
from participants.models import CheckIn, Participant
from participants.scales import Mood
from participants.words import my_words
from supportgroups.forms import ReachableForm
from supportgroups.models import Person, Reachable
from supportgroups.network import keep_number
from supportgroups.reading import who_sees_category

PAGE = 14


class CheckInForm(KringForm):
    mood = forms.TypedChoiceField(
        label=_("Hoe gaat het vandaag?"), coerce=int, widget=forms.RadioSelect(attrs={"class": "label-hidden"})
    )
    words = Story(label=_("Zet er je eigen woorden bij"), required=False)

    def __init__(self, *args: Any, moods: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mood"].choices = moods[::-1]  # type: ignore[attr-defined]
        self.fields["mood"].error_messages["required"] = _("Kies wat past. Of kies: Vandaag niet.")


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def how_are_you(request: HttpRequest, participant: Participant) -> HttpResponse:
    form = CheckInForm(request.POST or None, moods=my_words().mood_choices())
    if request.method == "POST" and form.is_valid():

        def keep() -> str:
            mood = form.cleaned_data["mood"]
            check_in(participant=participant, mood=mood, words=form.cleaned_data["words"])
            return "/hoe-gaat-het/zwaar/" if mood == Mood.VERY_HARD else "/hoe-gaat-het/klaar/"

        return once(request, keep)
    context = {"form": form, "seen_by": who_sees_category("wellbeing"), "before": CheckIn.objects.own().exists()}
    return render(request, "supportgroups/how_are_you.html", context)


@needs(Participant, Level.OWN, by=None)
def how_kept(request: HttpRequest, participant: Participant) -> HttpResponse:
    return render(request, "supportgroups/how_kept.html")


@needs(Participant, Level.OWN, by=None)
def how_hard(request: HttpRequest, participant: Participant) -> HttpResponse:
    """ "Heel zwaar": the people chosen on a better day, and the help lines. Nobody is alarmed."""
    people = Reachable.objects.own().filter(when_hard=True).select_related("person").order_by("person__ring")
    lines = HelpLine.objects.filter(hard=True).order_by("-position")  # first somebody to talk to, then 112
    return render(request, "supportgroups/how_hard.html", {"people": people, "lines": lines})


@needs(Participant, Level.OWN, by=None)
def look_back(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Terugkijken: the days that were written down, the newest first. No graph, no score."""
    days = Paginator(CheckIn.objects.own().order_by("-at"), PAGE).get_page(request.GET.get("pagina"))
    context = {"page": days, "moods": my_words().moods, "seen_by": who_sees_category("wellbeing")}
    return render(request, "supportgroups/look_back.html", context)


@needs(CheckIn, Level.OWN, by="pk")
@require_http_methods(["GET", "POST"])
def look_back_remove(request: HttpRequest, check_in: CheckIn) -> HttpResponse:
    """What somebody wrote on a bad day may go."""
    if request.method == "POST":
        forget_check_in(check_in=check_in)
        messages.success(request, _t("Weg. Niemand kan dit nog lezen."))
        return redirect("supportgroups:look_back")
    context = {"day": check_in, "mood": my_words().moods[check_in.mood]}
    return render(request, "supportgroups/look_back_remove.html", context)


@needs(Participant, Level.OWN, by=None)
def hard_days(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Wie mag je bellen? Chosen on a better day."""
    people = list(Person.objects.own().exclude(kind=Person.Kind.PET).exclude(died=True).order_by("ring", "called"))
    numbers = {r.person_id: r for r in Reachable.objects.own()}
    rows = [(person, numbers.get(person.pk)) for person in people]
    rows.sort(key=lambda row: not (row[1] and row[1].when_hard))
    return render(request, "supportgroups/hard_days.html", {"rows": rows})


@needs(Person, Level.OWN)
@require_http_methods(["GET", "POST"])
def person_phone(request: HttpRequest, person: Person) -> HttpResponse:
    now = Reachable.objects.own().filter(person=person).first()
    initial = {"phone": now.phone, "when_hard": now.when_hard} if now else {}
    form = ReachableForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        keep_number(person=person, **form.cleaned_data)
        messages.success(request, _t("Bewaard. Alleen jij ziet dit."))
        return redirect("supportgroups:hard_days")
    return render(request, "supportgroups/person_phone.html", {"person": person, "form": form})
