"""De crisiskaart: short, in own words, on paper in a wallet and without internet on one's own device."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel import papers
from herstel.access import Level
from herstel.forms import KringForm, Story, Words
from herstel.needs import needs
from herstel.refusal import Conflict
from herstel.templatetags.kring import dag
from participants.models import CrisisCard, Participant, PlanSection
from participants.plans import CARD, TEXTS, begin_card, filled_parts, keep_card
from supportgroups.models import Reachable

PAPERS = Path(__file__).parent.parent / "papers"
TITLES: dict[str, Any] = {
    "holder": _("Deze kaart is van"),
    "sees": _("Zo zie je het aan mij"),
    "helps": _("Dit helpt mij"),
    "not_want": _("Dit wil ik niet"),
    "practical": _("Om voor te zorgen"),
    "call": _("Wie je kunt bellen"),
}
# Which texts stand together on one side of the folded card.
SIDES = (("holder", "call"), ("sees",), ("helps", "not_want"), ("practical",))
ASKED: dict[str, Any] = {
    "words": _("Waar merk je het aan?"),
    "i_do": _("Wat doe ik?"),
    "mine_do": _("Wat doen mijn mensen?"),
    "workers_do": _("Wat doen hulpverleners?"),
}


class CardForm(KringForm):
    holder = Words(label=TITLES["holder"], required=False, max_length=CrisisCard.FITS_NAME)
    call = Story(label=TITLES["call"], required=False, max_length=CrisisCard.FITS, rows=2)
    sees = Story(label=TITLES["sees"], required=False, max_length=CrisisCard.FITS, rows=3)
    helps = Story(label=TITLES["helps"], required=False, max_length=CrisisCard.FITS, rows=3)
    not_want = Story(label=TITLES["not_want"], required=False, max_length=CrisisCard.FITS, rows=3)
    practical = Story(
        label=TITLES["practical"],
        required=False,
        max_length=CrisisCard.FITS,
        rows=3,
        help_text=_("Bijvoorbeeld: je dier, je post, je kinderen, je medicijnen."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def filled(card: CrisisCard) -> list[dict[str, str]]:
    """What stands on the card: title and words."""
    return [{"name": name, "title": str(TITLES[name]), "words": text} for name in CARD if (text := getattr(card, name))]


@needs(Participant, Level.OWN, by=None)
def card(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The card as one shows it; this page opens without internet on one's own device."""
    mine = CrisisCard.objects.own().first()
    context = {"card": mine, "parts": filled(mine) if mine else []}
    return render(request, "supportgroups/card.html", context)


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def card_edit(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Made from the plan the first time; from then on it goes its own way."""
    mine = CrisisCard.objects.own().first() or begin_card(participant=participant, call=_whom_to_call())
    form = CardForm(request.POST or None, initial={name: getattr(mine, name) for name in (*CARD, "version")})
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            keep_card(card=mine, version=said.pop("version"), texts=said)
        except Conflict as error:
            mine = CrisisCard.objects.own().get()
            context |= {"conflict": error.sentence, "parts": filled(mine)}
            context["form"] = CardForm(initial={**said, "version": mine.version})
            return render(request, "supportgroups/card_edit.html", context, status=409)
        messages.success(request, _t("Bewaard."))
        return redirect("supportgroups:card")
    return render(request, "supportgroups/card_edit.html", context)


def _whom_to_call() -> str:
    people = Reachable.objects.own().filter(when_hard=True).select_related("person").order_by("person__ring")
    return ", ".join(f"{each.person.called} {each.phone}" for each in people)


@needs(Participant, Level.OWN, by=None)
def card_pdf(request: HttpRequest, participant: Participant) -> HttpResponse:
    """To cut out and fold to the size of a bank card."""
    parts = {part["name"]: part for part in filled(CrisisCard.objects.own().first() or CrisisCard())}
    sides = [found for side in SIDES if (found := [parts[name] for name in side if name in parts])]
    texts = {"title": _t("Kaart"), "how": _t("Knip de kaart uit. Vouw op de stippellijnen."), "sides": sides}
    return papers.paper(PAPERS / "card.typ", texts, "kring-kaart")


@needs(Participant, Level.OWN, by=None)
def plan_pdf(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The plan for hard days on A4."""
    sections = filled_parts()
    texts = {
        "title": _t("Plan"),
        "heading": _t("Mijn plan voor moeilijke dagen"),
        "of": f"{participant.called}, {dag(max(s.changed_at for s in sections))}" if sections else participant.called,
        "parts": [{"title": s.get_part_display(), "texts": _texts(s)} for s in sections],
    }
    return papers.paper(PAPERS / "plan.typ", texts, "kring-plan")


def _texts(section: PlanSection) -> list[dict[str, str]]:
    kept = [(name, getattr(section, name)) for name in TEXTS]
    return [{"title": str(ASKED[name]) if section.is_phase else "", "words": words} for name, words in kept if words]
