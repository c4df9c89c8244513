"""Schrijf het verslag: five questions on a phone, and one page to check."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from goals.models import Goal
from herstel.access import Level
from herstel.flows import Answers, Flow, Page
from herstel.needs import me, needs
from herstel.templatetags.kring import dag, namen
from meetings.actions import Agreed, Report, readers_of, write_minutes
from meetings.forms import (
    AGREEMENTS,
    MYSELF,
    AgreedForm,
    ExperienceForm,
    NextForm,
    PresentForm,
    ReadersForm,
    StandingsForm,
    members_named,
)
from meetings.models import AgendaItem, Meeting, Minutes, Promise
from meetings.reading import answers_to
from participants.words import my_words
from supportgroups.models import Membership
from supportgroups.reading import shared_with


class WriteReport(Flow):
    name = "report"
    title = _("Verslag")
    part = _("Verslag")
    url_name = "meetings:report"
    home_url = "meetings:meeting_list"
    check_button = _("Bewaar het verslag")
    check_template = "meetings/report_check.html"
    questions: ClassVar = [
        Page("erbij", PresentForm, _("Wie was erbij?"), template="meetings/report_page.html"),
        Page(
            "waar-sta-je",
            StandingsForm,
            _("Waar sta je nu?"),
            _("Jij bepaalt dit. Het telt niet vanzelf op."),
            template="meetings/report_page.html",
        ),
        Page("afspraken", AgreedForm, _("Wat spraken jullie af?"), template="meetings/report_agreed.html"),
        Page(
            "jij",
            ExperienceForm,
            _("Hoe was het voor jou?"),
            _("Alleen jij ziet dit."),
            template="meetings/report_page.html",
        ),
        Page("volgende", NextForm, _("Wanneer zien jullie elkaar weer?"), template="meetings/report_page.html"),
    ]
    readers_page = Page("lezers", ReadersForm, _("Wie mag dit verslag lezen?"), _("Wie je niet kiest, ziet het niet."))
    pages: ClassVar = questions

    def __init__(self, request: HttpRequest, meeting: Meeting) -> None:
        self.meeting = meeting
        super().__init__(request, meeting.participant, meeting.slug)

    def begin(self) -> dict[str, Any]:
        coming = answers_to(self.meeting).exclude(coming="no")
        return {"erbij": {"members": list(coming.values_list("membership__slug", flat=True))}}

    def find(self, slug: str) -> Page | None:
        return self.readers_page if slug == self.readers_page.slug else super().find(slug)

    def shown_pages(self) -> list[Page]:
        return self.questions if self.goals() else [p for p in self.questions if p.slug != "waar-sta-je"]

    def goals(self) -> list[Goal]:
        """The goals this meeting was about; without an agenda, all that are going on."""
        if not hasattr(self, "_goals"):
            on_agenda = AgendaItem.objects.own().filter(meeting=self.meeting).exclude(goal=None).values("goal")
            mine = Goal.objects.own().filter(state=Goal.State.ACTIVE).order_by("created_at")
            self._goals = list(mine.filter(pk__in=on_agenda)) or list(mine[:10])
        return self._goals

    def open_promises(self) -> list[Promise]:
        """What was promised earlier and is still open: it comes back by itself."""
        if not hasattr(self, "_open"):
            self._open = list(Promise.objects.own().filter(state=Promise.State.OPEN).order_by("made_at")[:20])
        return self._open

    def agreements(self) -> int:
        """How many empty lines the page holds: as many as were filled, and one more."""
        sent = any(key.startswith(("what_", "who_")) for key in self.request.POST)  # not on the check page
        values: Any = self.request.POST if sent else (self.kept("afspraken") or {})
        filled = [n for n in range(1, AGREEMENTS + 1) if values.get(f"what_{n}") or values.get(f"who_{n}")]
        return min(AGREEMENTS, max(filled, default=0) + 1)

    def _answer(self, page: Page) -> HttpResponse:
        if page.slug == self.readers_page.slug:
            self._store(page, self.request.POST, self.form(page, self.request.POST))
            return redirect(self.url("controleer"))
        response = super()._answer(page)
        if page.slug == "afspraken" and "more" in self.request.POST and response.status_code == 302:
            return redirect(f"{self.url('afspraken')}#meer")
        return response

    def report(self, answers: Answers) -> Report:
        present = members_named(answers["erbij"].get("members", []))
        following = answers["volgende"]
        day = dag(following["next_on"]) if following.get("next_on") else ""
        return Report(
            present=present,
            standings={
                int(key.removeprefix("goal_")): value
                for key, value in answers.get("waar-sta-je", {}).items()
                if value is not None
            },
            agreed=self._agreed(answers["afspraken"]),
            kept={
                int(k.removeprefix("kept_")): v for k, v in answers["afspraken"].items() if k.startswith("kept_") and v
            },
            experience=answers["jij"].get("experience", ""),
            next_words=" · ".join(w for w in (day, following.get("next_words", "")) if w)[:200],
            readers=self.readers(present),
        )

    def _agreed(self, said: dict[str, Any]) -> list[Agreed]:
        members = {m.slug: m for m in members_named([v for k, v in said.items() if k.startswith("who_") and v])}
        agreed = []
        for n in range(1, AGREEMENTS + 1):
            if said.get(f"what_{n}"):
                who = said[f"who_{n}"]
                member = members.get(who)
                called = (
                    member.person.called
                    if member
                    else (self.participant.called if who == MYSELF else _t("nog niemand"))
                )
                agreed.append(Agreed(said[f"what_{n}"], member, called, said.get(f"when_{n}")))
        return agreed

    def readers(self, present: list[Membership]) -> list[Membership]:
        """Chosen by the participant; until then, who was there and has "Verslagen"."""
        kept = self.kept(self.readers_page.slug)
        return members_named(kept.getlist("readers")) if kept is not None else readers_of(present)

    def summary(self, answers: Answers) -> list[dict[str, Any]]:
        report = self.report(answers)
        goals = {g.pk: g.words for g in self.goals()}
        levels = my_words().standings
        stand = [f"{goals[pk]}: {levels[s]}" for pk, s in report.standings.items() if pk in goals]
        agreed = [f"{a.called}: {a.what}" + (f" ({dag(a.due_on)})" if a.due_on else "") for a in report.agreed]
        nothing = _t("Niets")
        rows: list[dict[str, Any]] = [
            {
                "label": _("Wie was erbij"),
                "value": namen([m.person.called for m in report.present]) or _t("Alleen jij"),
                "page": "erbij",
                "what": _("wie erbij was"),
            },
            {
                "label": _("Waar sta je nu"),
                "value": stand or nothing,
                "page": "waar-sta-je",
                "what": _("waar je staat"),
            },
            {"label": _("Afspraken"), "value": agreed or nothing, "page": "afspraken", "what": _("de afspraken")},
            {
                "label": _("Hoe was het voor jou"),
                "value": report.experience or nothing,
                "page": "jij",
                "what": _("hoe het was"),
                "hint": _("Alleen jij ziet dit."),
            },
            {
                "label": _("Volgende keer"),
                "value": report.next_words or _t("Weten we nog niet"),
                "page": "volgende",
                "what": _("de volgende keer"),
            },
        ]
        shown = {p.slug for p in self.shown_pages()}
        return [r for r in rows if r["page"] in shown]

    def more(self, page: Page | None) -> dict[str, Any]:
        if page is not None:
            return {"meeting": self.meeting, "promises": self.open_promises() if page.slug == "afspraken" else []}
        kept = self.kept("erbij")
        readers = self.readers(members_named(kept.getlist("members") if kept else []))
        have = shared_with("minutes")
        return {
            "meeting": self.meeting,
            "readers": namen([m.person.called for m in readers]),
            "opens": namen([m.person.called for m in readers if m.pk not in have]),
            "readers_url": self.url(self.readers_page.slug),
        }

    def finish(self, answers: Answers) -> str:
        minutes = write_minutes(meeting=self.meeting, by=me(self.request), report=self.report(answers))
        messages.success(self.request, _t("Klaar. Het verslag is bewaard."))
        return reverse("meetings:minutes", args=[minutes.slug])


@needs(Meeting, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, meeting: Meeting, page: str = "") -> HttpResponse:
    written = Minutes.objects.own().filter(meeting=meeting).first()
    if written is not None and request.method == "GET":
        return redirect("meetings:minutes", written.slug)
    return WriteReport(request, meeting).respond(page)
