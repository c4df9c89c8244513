"""Mijn verhaal: told once, so that nobody has to tell it five times."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Category, Level
from herstel.files import send_file
from herstel.forms import KringForm, Story, Words
from herstel.needs import needs
from herstel.once import once
from herstel.refusal import Conflict, Refused
from herstel.sounds import MOST_SECONDS
from participants.models import Participant, StoryPart
from supportgroups.reading import members_of_mine, readers_by_row, who_sees_row
from supportgroups.stories import forget_part, tell, tell_again
from supportgroups.views.readers import choose_readers


class PartForm(KringForm):
    title = Words(
        label=_("Hoe heet dit stuk?"),
        max_length=60,
        help_text=_("Bijvoorbeeld: Dit ben ik. Of: Wat mij helpt."),
    )
    words = Story(label=_("Schrijf het op"), required=False, max_length=5000, rows=6)
    sound = forms.FileField(
        label=_("Of kies een opname"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "audio/*", "class": "voice"}),
    )
    image = forms.FileField(
        label=_("Foto of tekening"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )


class ChangePartForm(PartForm):
    without_sound = forms.BooleanField(label=_("Haal mijn stem eraf"), required=False)
    without_image = forms.BooleanField(label=_("Haal de foto eraf"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, part: StoryPart, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("sound", "image"):
            if not getattr(part, name):
                del self.fields[f"without_{name}"]


@needs(Participant, Level.OWN, by=None)
def story(request: HttpRequest, participant: Participant) -> HttpResponse:
    page = Paginator(StoryPart.objects.own().order_by("told_at"), 20).get_page(request.GET.get("pagina"))
    see = readers_by_row(Category.STORY)
    rows = [(part, see.get(part.pk, [])) for part in page]
    return render(request, "supportgroups/story.html", {"page": page, "rows": rows})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def story_new(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Vertel een stuk."""
    form = PartForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():

        def keep() -> str:
            part = tell(participant=participant, **form.cleaned_data)
            messages.success(request, _t("Bewaard. Alleen jij ziet dit stuk."))
            return reverse("supportgroups:story_part", args=[part.slug])

        try:
            return once(request, keep)
        except Refused as error:
            form.add_error(error.field, error.sentence)
    return render(request, "supportgroups/story_new.html", {"form": form, "most": MOST_SECONDS})


@needs(StoryPart, Level.OWN)
def story_part(request: HttpRequest, part: StoryPart) -> HttpResponse:
    see = who_sees_row(Category.STORY, part.pk)
    others = [m.person.called for m in members_of_mine() if m not in see]
    context = {"part": part, "see": [m.person.called for m in see], "see_not": others}
    return render(request, "supportgroups/story_part.html", context)


@needs(StoryPart, Level.OWN)
@require_http_methods(["GET", "POST"])
def story_edit(request: HttpRequest, part: StoryPart) -> HttpResponse:
    initial = {"title": part.title, "words": part.words, "version": part.version}
    form = ChangePartForm(request.POST or None, request.FILES or None, part=part, initial=initial)
    see = [m.person.called for m in who_sees_row(Category.STORY, part.pk)]
    context: dict[str, Any] = {"part": part, "form": form, "most": MOST_SECONDS, "see": see}
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            tell_again(part=part, version=said.pop("version"), **said)
        except Conflict as error:
            part.refresh_from_db()
            context["form"] = ChangePartForm(part=part, initial={**said, "version": part.version})
            return render(request, "supportgroups/story_edit.html", context | {"conflict": error.sentence}, status=409)
        except Refused as error:
            form.add_error(error.field, error.sentence)
        else:
            messages.success(request, _t("Bewaard."))
            return redirect("supportgroups:story_part", part.slug)
    return render(request, "supportgroups/story_edit.html", context)


@needs(StoryPart, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def story_readers(request: HttpRequest, part: StoryPart) -> HttpResponse:
    """Wie mag dit stuk lezen?"""
    there = reverse("supportgroups:story_part", args=[part.slug])
    return choose_readers(request, part, Category.STORY, there, "supportgroups/story_readers.html")


@needs(StoryPart, Level.OWN)
@require_http_methods(["GET", "POST"])
def story_remove(request: HttpRequest, part: StoryPart) -> HttpResponse:
    if request.method == "POST":
        forget_part(part=part)
        messages.success(request, _t("Weg. Niemand kan dit nog lezen."))
        return redirect("supportgroups:story")
    see = [m.person.called for m in who_sees_row(Category.STORY, part.pk)]
    return render(request, "supportgroups/story_remove.html", {"part": part, "see": see})


@needs(StoryPart, page=False)
def story_image(request: HttpRequest, part: StoryPart) -> HttpResponseBase:
    """The picture, for everybody who may read the piece."""
    return send_file(request, part.image, "beeld")


@needs(StoryPart, page=False)
def story_sound(request: HttpRequest, part: StoryPart) -> HttpResponseBase:
    """The voice, for everybody who may read the piece."""
    return send_file(request, part.sound, "stem")
