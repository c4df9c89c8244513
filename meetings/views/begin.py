"""Begin: the next useful thing, and nothing that must."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from goals.models import Goal, Reply
from herstel.access import Level
from herstel.context import preference_of
from herstel.models import AuditLine
from herstel.needs import needs
from meetings.models import Meeting, Minutes, Notes
from meetings.reading import answers_to
from participants.models import Deletion, Participant
from participants.words import my_words
from supportgroups.models import Membership, Person
from supportgroups.reading import Resting, resting_among, who_sees_category

GOALS = 3
REPORT_FOR = timedelta(days=21)
TOLD_FOR = timedelta(days=14)


@needs(Participant, Level.OWN, by=None)
def begin(request: HttpRequest, participant: Participant) -> HttpResponse:
    if participant.first_steps_at is None:
        return redirect("first_screen")
    if Deletion.objects.own().exists():
        return redirect("back_again")
    goals = list(Goal.objects.own().filter(state=Goal.State.ACTIVE).order_by("created_at"))
    preference = preference_of(request)
    meeting = next_meeting()
    asks = Membership.objects.own().filter(state__in=[Membership.State.ACCEPTED, Membership.State.RESTING])
    asking = list(asks.select_related("person", "organisation").order_by("person__called"))
    context: dict[str, Any] = {
        "participant": participant,
        "greeting": greeting(),
        "now": timezone.now(),
        "waiting": [m for m in asking if m.state == Membership.State.ACCEPTED],
        "resting": [r for r in resting_among(asking) if r.again or _lately(r)],
        "offers": Reply.objects.own()
        .filter(kind__in=[Reply.Kind.HELP, Reply.Kind.PROPOSE], answered_at=None)
        .select_related("goal")
        .order_by("at")[:2],
        "notes": Notes.objects.own().filter(answered_at=None).order_by("at")[:2],
        "meeting": meeting,
        "answers": answers_to(meeting).filter(coming__in=["yes", "phone"]) if meeting else [],
        "to_report": to_report(),
        "goals": goals[:GOALS],
        "words": my_words(),
        "wellbeing_seen": who_sees_category("wellbeing"),
        "more_goals": max(0, len(goals) - GOALS),
        "looked": looked_this_week() if preference is None or preference.show_looked else None,
    }
    if not goals and meeting is None:
        return render(request, "meetings/begin_first.html", {**context, "tasks": first_tasks(preference is not None)})
    return render(request, "meetings/begin.html", context)


def _lately(resting: Resting) -> bool:
    """Who left longer ago is not told of each day; the page of the person still says it."""
    since = resting.membership.rests_since
    return since is not None and since > timezone.now() - TOLD_FOR


def greeting() -> Any:
    hour = timezone.localtime().hour
    if hour < 6:
        return _("Hallo")
    if hour < 12:
        return _("Goedemorgen")
    return _("Goedemiddag") if hour < 18 else _("Goedenavond")


def next_meeting() -> Meeting | None:
    """The first that is still to come; one whose day is not yet picked counts too."""
    fixed = (
        Meeting.objects.own()
        .filter(state=Meeting.State.FIXED, at__gte=timezone.now() - timedelta(hours=2))
        .order_by("at")
        .first()
    )
    return fixed or Meeting.objects.own().filter(state=Meeting.State.PROPOSED).order_by("created_at").first()


def to_report() -> Meeting | None:
    """A meeting that was, and has no minutes yet."""
    over = Meeting.objects.own().filter(
        state=Meeting.State.FIXED, at__lt=timezone.now() - timedelta(hours=2), at__gt=timezone.now() - REPORT_FOR
    )
    return over.exclude(pk__in=Minutes.objects.own().values("meeting")).order_by("-at").first()


def looked_this_week() -> list[str]:
    """Names of the people who looked at something this week."""
    monday = timezone.localtime() - timedelta(days=timezone.localtime().weekday())
    since = monday.replace(hour=0, minute=0, second=0, microsecond=0)
    lines = AuditLine.objects.own().filter(event=AuditLine.Event.READ, at__gte=since)
    return sorted(set(lines.values_list("called", flat=True)))


def first_tasks(has_screen: bool) -> list[dict[str, Any]]:
    """Zo kun je beginnen; statuses only "Klaar" and "Nog niet"."""
    asked = Membership.objects.own().exists()
    return [
        {"label": _("Kies hoe je scherm eruitziet"), "url": reverse("screen"), "done": has_screen},
        {
            "label": _("Zet je mensen op de kaart"),
            "url": reverse("supportgroups:person_list"),
            "done": Person.objects.own().exists(),
        },
        {"label": _("Bedenk wat je wilt"), "url": reverse("goals:goal_new"), "done": Goal.objects.own().exists()},
        {"label": _("Vraag iemand in je steungroep"), "url": reverse("supportgroups:person_list"), "done": asked},
        {
            "label": _("Plan de eerste bijeenkomst"),
            "url": reverse("meetings:meeting_new"),
            "done": Meeting.objects.own().exists(),
        },
    ]
