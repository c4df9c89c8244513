"""First steps: a name, a screen, and how to leave quickly."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.forms import KringForm, Name
from herstel.models import Preference
from herstel.needs import me, members, needs
from participants.actions import begin_record, finish_first_steps
from participants.models import Participant

SCREENS = {
    "gewoon": ("", False, _("Gewoon")),
    "rustig": ("", True, _("Rustig")),
    "donker": (Preference.Colour.DARK, False, _("Donker")),
    "rustig-donker": (Preference.Colour.DARK, True, _("Rustig en donker")),
}


class NameForm(KringForm):
    called = Name(
        label=_("Hoe wil je heten?"),
        widget=forms.TextInput(attrs={"class": "label-hidden", "autocomplete": "nickname"}),
    )


class LooksForm(KringForm):
    looks = forms.ChoiceField(
        label=_("Hoe wil je je scherm?"),
        choices=[(key, label) for key, (_colour, _calm, label) in SCREENS.items()],
        widget=forms.RadioSelect(attrs={"class": "label-hidden"}),
    )


@members("begins one's own record")
@require_http_methods(["GET", "POST"])
def first_steps(request: HttpRequest) -> HttpResponse:
    """1: how do you want to be called?"""
    now = Participant.objects.own().filter(user=request.user.pk).first()
    form = NameForm(request.POST or None, initial={"called": now.called if now else ""})
    if request.method == "POST" and form.is_valid():
        begin_record(by=me(request), called=form.cleaned_data["called"])
        return redirect("first_screen")
    return render(request, "participants/first_steps.html", {"form": form})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def first_screen(request: HttpRequest, participant: Participant) -> HttpResponse:
    """2: how do you want your screen?"""
    form = LooksForm(request.POST or None, initial={"looks": "gewoon"})
    if request.method == "POST" and form.is_valid():
        colour, calm, _label = SCREENS[form.cleaned_data["looks"]]
        Preference.objects.update_or_create(user=me(request), defaults={"colour": colour, "calm": calm})
        return redirect("first_exit")
    return render(request, "participants/first_screen.html", {"form": form})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def first_exit(request: HttpRequest, participant: Participant) -> HttpResponse:
    """3: how to leave quickly."""
    if request.method == "POST":
        finish_first_steps(participant=participant)
        return redirect("passkey_offer")
    return render(request, "participants/first_exit.html")
