"""Wat wil je graag? Six questions, of which only the first needs an answer."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from goals.actions import set_goal
from goals.forms import FirstStepForm, HelpersForm, ImageForm, ReachForm, WhyForm, WordsForm
from herstel.access import Level, Reach
from herstel.flows import Answers, Flow, FlowForm, Page
from herstel.images import keep_image
from herstel.needs import me, needs
from herstel.pictograms import PICTOGRAMS
from herstel.refusal import Refused
from herstel.templatetags.kring import namen
from participants.models import Participant
from supportgroups.models import Membership
from supportgroups.reading import members_of_mine, shared_with


class NewGoal(Flow):
    name = "goal"
    title = _("Nieuw doel")
    url_name = "goals:goal_new"
    home_url = "goals:goal_list"
    check_button = _("Bewaar je doel")
    check_template = "goals/goal_check.html"
    pages: ClassVar = [
        Page(
            "wat",
            WordsForm,
            _("Wat wil je graag?"),
            _("Schrijf het zoals jij het zegt. Het hoeft geen mooie zin te zijn."),
            enough=_("Dit is genoeg"),
        ),
        Page(
            "beeld",
            ImageForm,
            _("Welk beeld past erbij?"),
            _("Kies een plaatje, maak een foto of tekening, of sla dit over."),
            skip=_("Overslaan"),
            template="goals/goal_image.html",
        ),
        Page(
            "waarom",
            WhyForm,
            _("Waarom wil je dit?"),
            _("Dit is voor jezelf, voor een moeilijke dag."),
            skip=_("Overslaan"),
        ),
        Page(
            "stap",
            FirstStepForm,
            _("Wat is een eerste stap?"),
            _("Maak de stap zo klein dat het deze week kan."),
            skip=_("Weet ik nog niet"),
        ),
        Page("wie", HelpersForm, _("Wie kan je helpen?")),
        Page("zien", ReachForm, _("Wie mag dit doel zien?")),
    ]

    def keep(self, page: Page, form: FlowForm) -> None:
        """The picture is stored at once: a file cannot wait in a draft."""
        if page.slug == "beeld" and form.cleaned_data.get("image"):
            name = keep_image(form.cleaned_data["image"])
            self.draft.data = {**self.draft.data, "beeld": {**self.draft.data["beeld"], "stored": [name]}}
            self.draft.save(update_fields=["data"])

    def leave_the_rest(self) -> None:
        """Only the words: no picture, no step, nobody who helps, and seen by nobody else."""
        nothing: dict[str, Any] = {p.slug: {} for p in self.pages}
        self.draft.data = {**nothing, "zien": {"reach": [Reach.ME.value]}, **self.draft.data}
        self.draft.save(update_fields=["data"])

    def stored_image(self) -> str:
        return ((self.draft.data.get("beeld") or {}).get("stored") or [""])[0]

    def more(self, page: Page | None) -> dict[str, Any]:
        return {"stored_image": self.stored_image(), "sees": self.named(), "opens": self.newly_open()}

    def audience(self) -> list[Membership]:
        """The members whom the answers so far name as audience."""
        kept = self.kept("zien")
        if kept is None or kept.get("reach") == Reach.ME:
            return []
        field = self.kept("wie"), "helpers"
        slugs = (
            kept.getlist("people")
            if kept.get("reach") == Reach.CHOSEN
            else (field[0].getlist("helpers") if field[0] else [])
        )
        return [m for m in members_of_mine() if m.slug in slugs]

    def named(self) -> list[str]:
        return [m.person.called for m in self.audience()]

    def newly_open(self) -> list[str]:
        """Names of those for whom saving makes the first goals-share; the check page says so."""
        have = shared_with("goals")
        return [m.person.called for m in self.audience() if m.pk not in have]

    def summary(self, answers: Answers) -> list[dict[str, Any]]:
        picture = PICTOGRAMS.get(answers["beeld"].get("pictogram", ""), "") if answers.get("beeld") else ""
        helpers = [m.person.called for m in members_of_mine() if m.slug in answers["wie"].get("helpers", [])]
        nothing = _t("Nog niets")
        who = namen(self.named()) if self.named() else _t("Alleen jij")
        return [
            {"label": _("Wat je wilt"), "value": answers["wat"]["words"], "page": "wat", "what": _("wat je wilt")},
            {
                "label": _("Beeld"),
                "value": _t("Je eigen beeld") if self.stored_image() else (picture or nothing),
                "page": "beeld",
                "what": _("het beeld"),
            },
            {
                "label": _("Waarom"),
                "value": answers["waarom"].get("why") or nothing,
                "page": "waarom",
                "what": _("waarom je dit wilt"),
            },
            {
                "label": _("Eerste stap"),
                "value": answers["stap"].get("first_step") or nothing,
                "page": "stap",
                "what": _("de eerste stap"),
            },
            {"label": _("Wie helpt"), "value": helpers or _t("Nog niemand"), "page": "wie", "what": _("wie helpt")},
            {"label": _("Wie dit ziet"), "value": who, "page": "zien", "what": _("wie dit ziet")},
        ]

    def respond(self, slug: str) -> HttpResponse:
        try:
            return super().respond(slug)
        except Refused as error:  # an upload that is no picture: back to its page, the rest is kept
            messages.error(self.request, error.sentence)
            return redirect(self.url("beeld"))

    def finish(self, answers: Answers) -> str:
        members = {m.slug: m for m in members_of_mine()}
        goal, _opened = set_goal(
            participant=self.participant,
            by=me(self.request),
            words=answers["wat"]["words"],
            why=answers["waarom"].get("why", ""),
            pictogram=answers["beeld"].get("pictogram", ""),
            image=self.stored_image(),
            first_step=answers["stap"].get("first_step", ""),
            helpers=[members[s] for s in answers["wie"].get("helpers", []) if s in members],
            reach=Reach.ME if answers["zien"]["reach"] == Reach.ME else Reach.CHOSEN,
            audience=self.audience(),
        )
        messages.success(self.request, _t("Je doel staat erin. Je kunt alles nog veranderen."))
        return reverse("goals:goal", args=[goal.slug])


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def goal_new(request: HttpRequest, participant: Participant, page: str = "") -> HttpResponse:
    return NewGoal(request, participant).respond(page)
