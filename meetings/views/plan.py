"""Waarvoor komen jullie bij elkaar? Planning a meeting in six questions."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from goals.models import Goal
from herstel.access import Level
from herstel.flows import Answers, Flow, Page
from herstel.needs import me, needs
from herstel.templatetags.kring import dag_tijd, namen
from meetings.actions import Plan, plan_meeting
from meetings.forms import PLACES, WISHES, AskForm, DaysForm, KindForm, PlaceForm, TopicsForm, WishesForm, members_named
from meetings.models import Meeting
from participants.models import Participant
from supportgroups.reading import shared_with


class PlanMeeting(Flow):
    name = "meeting"
    title = _("Plan een bijeenkomst")
    url_name = "meetings:meeting_new"
    home_url = "meetings:meeting_list"
    check_template = "meetings/plan_check.html"
    pages: ClassVar = [
        Page("waarvoor", KindForm, _("Waarvoor komen jullie bij elkaar?")),
        Page("dag", DaysForm, _("Welke dag past jou?"), _("Kies 1, 2 of 3 dagen."), template="meetings/plan_days.html"),
        Page("waar", PlaceForm, _("Waar?")),
        Page("wie", AskForm, _("Wie vraag je?"), template="meetings/plan_ask.html"),
        Page("waarover", TopicsForm, _("Waar wil je het over hebben?"), _("Je kunt dit later nog veranderen.")),
        Page("fijn", WishesForm, _("Wat maakt het fijn voor jou?"), _("Kies wat past. De anderen lezen dit vooraf.")),
    ]

    def summary(self, answers: Answers) -> list[dict[str, Any]]:
        plan = self.plan(answers)
        topics = [g.words for g in plan.goals] + ([plan.words] if plan.words else [])
        nothing, nobody = _t("Nog niets"), _t("Nog niemand")
        return [
            {"label": _("Waarvoor"), "value": Meeting.Kind(plan.kind).label, "page": "waarvoor", "what": _("waarvoor")},
            {"label": _("Wanneer"), "value": [dag_tijd(d) for d in plan.days], "page": "dag", "what": _("de dag")},
            {"label": _("Waar"), "value": plan.place or _t("Weet ik nog niet"), "page": "waar", "what": _("de plek")},
            {
                "label": _("Wie"),
                "value": [m.person.called for m in plan.asked] or nobody,
                "page": "wie",
                "what": _("wie je vraagt"),
            },
            {"label": _("Waarover"), "value": topics or nothing, "page": "waarover", "what": _("waarover")},
            {
                "label": _("Fijn voor jou"),
                "value": plan.wishes or nothing,
                "page": "fijn",
                "what": _("wat het fijn maakt"),
            },
        ]

    def plan(self, answers: Answers) -> Plan:
        place = [str(dict(PLACES)[answers["waar"]["place"]])] if answers["waar"].get("place") else []
        wishes = [str(WISHES[w]) for w in answers["fijn"].get("wishes", [])]
        goals = Goal.objects.own().filter(slug__in=answers["waarover"].get("goals", []))
        return Plan(
            kind=answers["waarvoor"]["kind"],
            days=answers["dag"]["days"],
            place=", ".join([*place, *([answers["waar"]["words"]] if answers["waar"].get("words") else [])])[:100],
            wishes=wishes + ([answers["fijn"]["other"]] if answers["fijn"].get("other") else []),
            goals=list(goals.order_by("created_at")),
            words=answers["waarover"].get("words", ""),
            asked=members_named(answers["wie"].get("members", [])),
        )

    def more(self, page: Page | None) -> dict[str, Any]:
        if page is not None:
            return {}
        kept = self.kept("wie")
        asked = members_named(kept.getlist("members") if kept else [])
        have = shared_with("agenda")
        return {
            "asked": namen([m.person.called for m in asked]),
            "opens": namen([m.person.called for m in asked if m.pk not in have]),
        }

    def finish(self, answers: Answers) -> str:
        plan = self.plan(answers)
        meeting = plan_meeting(participant=self.participant, by=me(self.request), plan=plan)
        if meeting.state == Meeting.State.FIXED:
            messages.success(self.request, _t("De bijeenkomst staat in je agenda."))
        else:
            messages.success(self.request, _t("We vragen iedereen welke dag past. Jij kiest daarna de dag."))
        return reverse("meetings:planned", args=[meeting.slug])


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def meeting_new(request: HttpRequest, participant: Participant, page: str = "") -> HttpResponse:
    return PlanMeeting(request, participant).respond(page)
