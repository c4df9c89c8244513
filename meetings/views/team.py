"""Vandaag: what a professional was asked for, promised, and is shown; across participants, never across colleagues."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from goals.models import Goal
from herstel.needs import members
from meetings.models import Answer, Meeting, Promise
from meetings.views.member import my_place
from supportgroups.models import Membership, Person, Share
from supportgroups.reading import in_words, living_shares

PAGE = 40


@members("one's own work: only what participants share with this person")
def today(request: HttpRequest) -> HttpResponse:
    places = my_participants(request)
    by_participant = {m.participant_id: m for m in places}
    week = timezone.now() + timedelta(days=7)
    meetings = list(coming_meetings(by_participant).filter(at__lte=week)[:20])
    context = {
        "meetings": with_people(meetings, by_participant),
        "promises": open_promises(places)[:20],
        "today": timezone.localdate(),
        **table_of(request, places),
    }
    return render(request, "meetings/team_today.html", context)


@members("one's own work: only what participants share with this person")
def participants(request: HttpRequest) -> HttpResponse:
    return render(request, "meetings/team_participants.html", table_of(request, my_participants(request)))


@members("one's own work: only what participants share with this person")
def agenda(request: HttpRequest) -> HttpResponse:
    by_participant = {m.participant_id: m for m in my_participants(request)}
    page = Paginator(coming_meetings(by_participant), 20).get_page(request.GET.get("pagina"))
    context = {"page": page, "meetings": with_people(list(page.object_list), by_participant)}
    return render(request, "meetings/team_agenda.html", context)


@members("one's own work: only what participants share with this person")
def news(request: HttpRequest) -> HttpResponse:
    """Wat anderen met jou deelden, the last month."""
    places = {m.pk: m for m in my_participants(request)}
    since = timezone.now() - timedelta(days=31)
    shares = (
        Share.objects.visible()
        .filter(living_shares(), membership__in=places, created_at__gte=since)
        .order_by("-created_at")
    )
    rows = [{"membership": places[s.membership_id], "share": s} for s in shares[:50]]
    return render(request, "meetings/team_news.html", {"rows": rows})


def my_participants(request: HttpRequest) -> list[Membership]:
    """Whose group I am in, by name."""
    active = Membership.objects.visible().filter(my_place(request), state=Membership.State.ACTIVE)
    return list(active.select_related("participant").order_by("participant__called", "pk"))


def coming_meetings(by_participant: dict[int, Membership]) -> Any:
    fixed = Meeting.objects.visible().filter(participant__in=by_participant, state=Meeting.State.FIXED)
    return fixed.filter(at__gte=timezone.now() - timedelta(hours=2)).order_by("at")


def with_people(meetings: list[Meeting], by_participant: dict[int, Membership]) -> list[dict[str, Any]]:
    """Each meeting with who was asked; names that the agenda itself carries."""
    answers: dict[int, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.visible().filter(meeting__in=meetings).order_by("called"):
        if answer.membership_id != by_participant[answer.participant_id].pk:
            answers[answer.meeting_id].append(answer)
    return [{"meeting": m, "membership": by_participant[m.participant_id], "answers": answers[m.pk]} for m in meetings]


def open_promises(places: list[Membership]) -> Any:
    mine = Promise.objects.visible().filter(membership__in=places, state=Promise.State.OPEN)
    return mine.select_related("participant").order_by("due_on", "made_at")


def table_of(request: HttpRequest, places: list[Membership]) -> dict[str, Any]:
    """One row a participant: next meeting, what they share, and who else, if they share that."""
    page = Paginator(places, PAGE).get_page(request.GET.get("pagina"))
    shown = list(page.object_list)
    ids = [m.participant_id for m in shown]
    opened: dict[int, dict[str, str]] = defaultdict(dict)
    for share in Share.objects.visible().filter(living_shares(), membership__in=shown):
        opened[share.participant_id][share.category] = share.scope
    goals = (
        Goal.objects.visible().filter(participant__in=ids).exclude(state=Goal.State.DROPPED).count_by("participant_id")
    )
    following: dict[int, Meeting] = {}
    for meeting in coming_meetings(dict.fromkeys(ids, shown[0]) if shown else {}):
        following.setdefault(meeting.participant_id, meeting)
    others = people_of([m for m in shown if "people" in opened[m.participant_id]])
    rows = [
        {
            "membership": m,
            "participant": m.participant,
            "meeting": following.get(m.participant_id),
            "sees": in_words(opened[m.participant_id], goals.get((m.participant_id,), 0)),
            "others": others.get(m.participant_id),
        }
        for m in shown
    ]
    return {"rows": rows, "page": page, "total": len(places)}


def people_of(places: list[Membership]) -> dict[int, dict[str, int]]:
    """How many others of each kind are in these groups, by participant."""
    counted: dict[int, dict[str, int]] = {m.participant_id: defaultdict(int) for m in places}
    in_groups = Person.objects.visible().filter(participant__in=counted, in_group=True)
    in_groups = in_groups.exclude(pk__in=[m.person_id for m in places])
    for (participant, kind), n in in_groups.count_by("participant_id", "kind").items():
        counted[participant][kind] = n
    return counted
