"""Ik steun: what a member sees, answers, promises; and the same pages for a professional below /team/."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from goals.models import Goal
from herstel.models import HelpLine
from herstel.needs import members, needs
from herstel.refusal import Refused
from herstel.sides import Side, side_of
from meetings.actions import answer_meeting, close_promise
from meetings.forms import ComingForm
from meetings.models import AgendaItem, Answer, DateOption, DateVote, Meeting, Minutes, Promise
from meetings.reading import COMING, what_is_shared
from meetings.views.meeting import minutes_context
from participants.models import Deletion, Participant
from supportgroups.models import Membership

State = Membership.State


def kind_of(request: HttpRequest) -> str:
    return Membership.Kind.FORMAL if side_of(request.path) is Side.TEAM else Membership.Kind.INFORMAL


def my_place(request: HttpRequest) -> Q:
    """This membership is mine, on this side of the house."""
    return Q(user=request.user.pk, kind=kind_of(request))


def of_who_i_support(request: HttpRequest) -> Q:
    """A row of somebody whose group I am in, on this side of the house."""
    mine = Membership.objects.visible().filter(my_place(request), state=State.ACTIVE)
    return Q(participant__in=mine.values("participant"))


def supported(
    model: Any, *, by: str = "slug", related: tuple[str, ...] = (), page: bool = True
) -> Callable[[Any], Any]:
    return needs(model, by=by, narrow=of_who_i_support, related=related, page=page)


def membership_with(request: HttpRequest, row: Any) -> Membership:
    found = Membership.objects.visible().filter(my_place(request), participant=row.participant_id, state=State.ACTIVE)
    return found.select_related("participant").get()


@members("one's own memberships")
def home(request: HttpRequest) -> HttpResponse:
    places = list(Membership.objects.visible().filter(my_place(request)).order_by("pk"))
    confirmed = [m for m in places if m.state in (State.ACTIVE, State.PAUSED)]
    # Before the hand-shake not even the name is there, so the participants are fetched apart.
    called = Participant.objects.visible().in_bulk([m.participant_id for m in confirmed])
    coming = Meeting.objects.visible().filter(participant__in=called, state=Meeting.State.FIXED)
    first: dict[int, Meeting] = {}
    for meeting in coming.order_by("at"):
        first.setdefault(meeting.participant_id, meeting)
    context = {
        "rows": [
            {"membership": m, "participant": called[m.participant_id], "meeting": first.get(m.participant_id)}
            for m in confirmed
            if m.participant_id in called
        ],
        "waiting": sum(1 for m in places if m.state == State.ACCEPTED),
    }
    return render(request, "meetings/member_home.html", context)


@needs(Membership, narrow=my_place, related=("participant",))
def person(request: HttpRequest, membership: Membership) -> HttpResponse:
    """One participant, as far as they share."""
    if membership.state == State.ACCEPTED:
        return render(request, "meetings/member_waiting.html", {"membership": membership})
    return render(request, "meetings/member_person.html", person_context(request, membership))


def person_context(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    return {
        "membership": membership,
        "participant": membership.participant,
        "ns": "team" if kind_of(request) == Membership.Kind.FORMAL else "member",
        "stopping": membership.participant.is_paused
        and Deletion.objects.visible().filter(participant=membership.participant_id).exists(),
        **what_is_shared(membership),
    }


def person_of(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    ns = "team" if kind_of(request) == Membership.Kind.FORMAL else "member"
    return {"membership": membership, "participant": membership.participant, "ns": ns}


def my_name(membership: Membership) -> str:
    """How this participant calls me; a member may not read the map, so the database tells only this."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select doors.my_name(%s)", [membership.pk])
        (name,) = cursor.fetchone()
    return str(name)


@supported(Meeting)
@require_http_methods(["GET", "POST"])
def meeting(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """One meeting; and do I come?"""
    membership = membership_with(request, meeting)
    where = person_of(request, membership)
    answers = list(Answer.objects.visible().filter(meeting=meeting).order_by("called"))
    mine = next((a for a in answers if a.membership_id == membership.pk), None)
    options = list(DateOption.objects.visible().filter(meeting=meeting).order_by("at"))
    voted = {v.option_id for v in DateVote.objects.visible().filter(meeting=meeting, membership=membership)}
    form = None
    if mine is not None and meeting.state in COMING:
        form = ComingForm(
            request.POST or None,
            initial={"coming": mine.coming or None},
            days=[(o.pk, o.at, o.pk in voted) for o in options],
            poll=meeting.state == Meeting.State.PROPOSED,
        )
    if request.method == "POST" and form is not None and form.is_valid():
        chosen = form.cleaned_data
        try:
            answer_meeting(meeting=meeting, membership=membership, coming=chosen["coming"], days=chosen.get("days", []))
        except Refused as error:
            form.add_error("coming", error.sentence)
        else:
            messages.success(request, _t("Bewaard. Dank je."))
            return redirect(f"{where['ns']}:meeting", meeting.slug)
    context = {
        **where,
        "meeting": meeting,
        "answers": answers,
        "mine": mine,
        "options": options,
        "form": form,
        "items": agenda_of(meeting),
        "writes": meeting.writer_id == membership.pk and meeting.state in (Meeting.State.FIXED, Meeting.State.HELD),
    }
    return render(request, "meetings/member_meeting.html", context)


def agenda_of(meeting: Meeting) -> list[str]:
    """The agenda's points; a goal's words only for who may see that goal."""
    items = list(AgendaItem.objects.visible().filter(meeting=meeting).order_by("position"))
    goals = {g.pk: g.words for g in Goal.objects.visible().filter(pk__in=[i.goal_id for i in items if i.goal_id])}
    return [i.words or goals.get(i.goal_id or 0) or _t("Een doel") for i in items]


@supported(Minutes, related=("meeting",))
def minutes(request: HttpRequest, minutes: Minutes) -> HttpResponse:
    membership = membership_with(request, minutes)
    return render(
        request, "meetings/member_minutes.html", {**person_of(request, membership), **minutes_context(minutes)}
    )


@members("one's own promises")
def promises(request: HttpRequest) -> HttpResponse:
    mine = Membership.objects.visible().filter(my_place(request), state=State.ACTIVE)
    rows = Promise.objects.visible().filter(membership__in=mine.values("pk")).select_related("participant")
    context = {
        "open": rows.filter(state=Promise.State.OPEN).order_by("due_on", "made_at")[:100],
        "done": rows.filter(state=Promise.State.DONE).order_by("-closed_at")[:10],
        "ns": "team" if kind_of(request) == Membership.Kind.FORMAL else "member",
    }
    return render(request, "meetings/member_promises.html", context)


@supported(Promise)
@require_POST
def promise(request: HttpRequest, promise: Promise) -> HttpResponse:
    """Klaar, or handed back without shame."""
    membership = membership_with(request, promise)
    states = {"done": Promise.State.DONE, "back": Promise.State.HANDED_BACK, "open": Promise.State.OPEN}
    wanted = next((state for key, state in states.items() if key in request.POST), Promise.State.DONE)
    try:
        close_promise(promise=promise, state=wanted)
    except Refused as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _t("Bewaard. Dank je."))
    return redirect(f"{person_of(request, membership)['ns']}:promises")


@members("advice for who supports somebody")
def self_care(request: HttpRequest) -> HttpResponse:
    return render(request, "meetings/member_self_care.html", {"lines": HelpLine.objects.filter(for_members=True)})
