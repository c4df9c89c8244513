"""How it goes: five words, seen by nobody unless it is shared. Nobody is alarmed."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.forms import KringForm, Story
from herstel.needs import needs
from herstel.once import once
from participants.actions import check_in
from participants.models import CheckIn, Participant
from supportgroups.reading import who_sees_category


class CheckInForm(KringForm):
    mood = forms.TypedChoiceField(
        label=_("Hoe gaat het vandaag?"),
        coerce=int,
        choices=list(reversed(CheckIn.Mood.choices)),
        widget=forms.RadioSelect(attrs={"class": "label-hidden"}),
    )
    words = Story(label=_("Zet er je eigen woorden bij"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mood"].error_messages["required"] = _("Kies wat past. Of kies: Vandaag niet.")


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def how_are_you(request: HttpRequest, participant: Participant) -> HttpResponse:
    form = CheckInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def keep() -> str:
            mood = form.cleaned_data["mood"]
            check_in(participant=participant, mood=mood, words=form.cleaned_data["words"])
            return "/hoe-gaat-het/zwaar/" if mood == CheckIn.Mood.VERY_HARD else "/hoe-gaat-het/klaar/"

        return once(request, keep)
    return render(request, "supportgroups/how_are_you.html", {"form": form, "seen_by": who_sees_category("wellbeing")})


@needs(Participant, Level.OWN, by=None)
def how_kept(request: HttpRequest, participant: Participant) -> HttpResponse:
    return render(request, "supportgroups/how_kept.html")


@needs(Participant, Level.OWN, by=None)
def how_hard(request: HttpRequest, participant: Participant) -> HttpResponse:
    """ "Heel zwaar": the help lines, and nobody is alarmed."""
    return render(request, "supportgroups/how_hard.html")
