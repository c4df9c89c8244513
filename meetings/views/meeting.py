"""Agenda: the list, one meeting, preparing it, its minutes, and answering with a link."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from goals.models import Goal, Reply
from herstel.access import Category, Level
from herstel.needs import needs, public
from herstel.once import once
from herstel.refusal import Refused
from herstel.templatetags.kring import namen
from meetings.actions import answer_by_link, answer_token, ask_people, asked_by, cancel, fix_day, prepare, release
from meetings.calendar import calendar_of
from meetings.forms import USUAL_ORDER, ComingForm, PrepareForm, members_named
from meetings.models import (
    AgendaItem,
    Answer,
    Attendance,
    DateOption,
    DateVote,
    Meeting,
    MeetingExperience,
    Minutes,
    MinutesLine,
    MinutesPromise,
    Notes,
)
from meetings.reading import answers_to
from participants.models import Participant
from participants.words import words_of
from supportgroups.actions import choose_audience
from supportgroups.models import Pass, Share
from supportgroups.reading import living_shares, members_of_mine, who_sees_row

COMING = (Meeting.State.PROPOSED, Meeting.State.FIXED)


@needs(Participant, Level.OWN, by=None)
def meeting_list(request: HttpRequest, participant: Participant) -> HttpResponse:
    mine = Meeting.objects.own()
    past = Paginator(mine.filter(state__in=[Meeting.State.HELD, Meeting.State.CANCELLED]).order_by("-at"), 10)
    context = {
        "coming": mine.filter(state__in=COMING).order_by("at", "created_at"),
        "page": past.get_page(request.GET.get("pagina")),
    }
    return render(request, "meetings/meeting_list.html", context)


@needs(Meeting, Level.OWN)
def meeting(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    votes = DateVote.objects.own().filter(meeting=meeting).select_related("membership__person")
    context = {
        "notes": Notes.objects.own().filter(meeting=meeting).order_by("at"),
        "meeting": meeting,
        "over": meeting.at is not None and meeting.at <= timezone.now(),
        "answers": answers_to(meeting),
        "options": [
            (o, namen([v.membership.person.called for v in votes if v.option_id == o.pk]))
            for o in DateOption.objects.own().filter(meeting=meeting).order_by("at")
        ],
        "items": AgendaItem.objects.own().filter(meeting=meeting).select_related("goal").order_by("position"),
        "minutes": Minutes.objects.own().filter(meeting=meeting).first(),
    }
    return render(request, "meetings/meeting.html", context)


@needs(Meeting, Level.OWN)
def planned(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """De bijeenkomst staat in je agenda: who gets a message, and links for who has no account."""
    passes = Pass.objects.own().filter(purpose=Pass.Purpose.ANSWER, row=meeting.pk).select_related("membership__person")
    links = [
        (p.membership.person, request.build_absolute_uri(reverse("answer", args=[answer_token(p)]))) for p in passes
    ]
    names = [p.membership.person.called for p in passes if p.membership.user_id]
    context = {"meeting": meeting, "links": links, "told": namen(names)}
    return render(request, "meetings/planned.html", context)


@needs(Meeting, Level.OWN)
@require_http_methods(["GET", "POST"])
def meeting_ask(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Ask more people for this meeting, while it is still to come."""
    if meeting.state not in COMING:
        return redirect("meetings:meeting", meeting.slug)
    asked = set(Answer.objects.own().filter(meeting=meeting).values_list("membership", flat=True))
    others = [m for m in members_of_mine() if m.pk not in asked]
    if request.method == "POST":
        chosen = [m for m in others if m.slug in request.POST.getlist("members")]

        def ask() -> str:
            ask_people(meeting=meeting, members=chosen)
            return reverse("meetings:planned", args=[meeting.slug])

        return once(request, ask)
    return render(request, "meetings/meeting_ask.html", {"meeting": meeting, "others": others})


@needs(Meeting, Level.OWN)
@require_http_methods(["GET", "POST"])
def meeting_day(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The participant picks the day."""
    if request.method == "POST":
        option = DateOption.objects.own().filter(meeting=meeting, pk=_number(request.POST.get("option"))).first()
        try:
            if option is None:
                raise Refused(_t("Kies een dag."))
            fix_day(meeting=meeting, option=option)
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, _t("De dag staat vast. De anderen krijgen bericht."))
    return redirect("meetings:meeting", meeting.slug)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


@needs(Meeting, Level.OWN)
@require_http_methods(["GET", "POST"])
def meeting_cancel(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    if request.method == "POST":
        try:
            cancel(meeting=meeting)
        except Refused as error:
            messages.error(request, error.sentence)
            return redirect("meetings:meeting", meeting.slug)
        messages.success(
            request, _t("De bijeenkomst gaat niet door. Wij laten het de anderen weten. Je hoeft niets uit te leggen.")
        )
        return redirect("meetings:meeting_list")
    return render(request, "meetings/meeting_cancel.html", {"meeting": meeting})


@needs(Meeting, Level.OWN)
@require_http_methods(["GET", "POST"])
def meeting_prepare(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Waar wil je het over hebben?"""
    goals = list(Goal.objects.own().filter(state=Goal.State.ACTIVE).order_by("created_at"))
    topics = list(Reply.objects.own().filter(kind=Reply.Kind.DISCUSS, answered_at=None).order_by("at")[:10])
    items = list(AgendaItem.objects.own().filter(meeting=meeting).select_related("goal").order_by("position"))
    lines = [i.words for i in items if not i.goal]
    if "gewoon" in request.GET:
        usual = [str(line) for line in USUAL_ORDER]
        lines = [*usual, *(line for line in lines if line not in usual)]  # what stood there stays
    initial = {"goals": [i.goal.slug for i in items if i.goal], "words": "\n".join(lines)}
    form = PrepareForm(request.POST or None, initial=initial, goals=goals, topics=topics)
    if request.method == "POST" and form.is_valid():
        return once(request, lambda: _prepare(request, meeting, form.cleaned_data, goals, topics))
    see = [m.person.called for m in _who_sees(meeting)]
    return render(request, "meetings/meeting_prepare.html", {"meeting": meeting, "form": form, "see": see})


def _prepare(request: HttpRequest, meeting: Meeting, chosen: Any, goals: list[Goal], topics: list[Reply]) -> str:
    prepare(
        meeting=meeting,
        goals=[g for g in goals if g.slug in chosen.get("goals", [])],
        words=chosen["words"],
        topics=[t for t in topics if str(t.pk) in chosen.get("topics", [])],
    )
    messages.success(request, _t("Bewaard. Dit staat op de agenda."))
    return reverse("meetings:meeting", args=[meeting.slug])


def _who_sees(meeting: Meeting) -> list[Any]:
    shared = Share.objects.own().filter(living_shares(), category=Category.AGENDA, scope=Share.Scope.ALL)
    see = {m.pk for m in who_sees_row(Category.AGENDA, meeting.pk)} | set(shared.values_list("membership", flat=True))
    return [m for m in members_of_mine() if m.pk in see]


@needs(Meeting, page=False)
def meeting_file(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Zet in mijn telefoon: for everybody who may see the meeting."""
    if meeting.at is None:
        return redirect("side")
    response = HttpResponse(calendar_of([meeting]), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kring.ics"'
    return response


# --- minutes --------------------------------------------------------------------------------------------------------
@needs(Minutes, Level.OWN, related=("meeting",))
def minutes(request: HttpRequest, minutes: Minutes) -> HttpResponse:
    felt = MeetingExperience.objects.own().filter(meeting=minutes.meeting_id).first()
    readers = [m.person.called for m in who_sees_row(Category.MINUTES, minutes.pk)]
    return render(request, "meetings/minutes.html", {**minutes_context(minutes), "felt": felt, "readers": readers})


def minutes_context(minutes: Minutes) -> dict[str, Any]:
    """What stands in the minutes, for whoever may read them; a goal's words only for who may see that goal."""
    lines = list(MinutesLine.objects.visible().filter(minutes=minutes).select_related("progress"))
    goals = {g.pk: g for g in Goal.objects.visible().filter(pk__in=[line.goal_id for line in lines])}
    return {
        "minutes": minutes,
        "meeting": minutes.meeting,
        "present": Attendance.objects.visible().filter(minutes=minutes).order_by("called"),
        "lines": [(goals[line.goal_id], line.progress) for line in lines if line.goal_id in goals],
        "promises": MinutesPromise.objects.visible().filter(minutes=minutes).order_by("pk"),
        "levels": words_of(minutes.participant_id).standings,
    }


def _let_read(request: HttpRequest, minutes: Minutes) -> str:
    chosen = members_named(request.POST.getlist("readers"))
    before = {m.pk for m in who_sees_row(Category.MINUTES, minutes.pk)}
    choose_audience(participant=minutes.participant, category=Category.MINUTES, row=minutes.pk, memberships=chosen)
    release(minutes=minutes, readers=[m for m in chosen if m.pk not in before])
    messages.success(request, _t("Bewaard."))
    return reverse("meetings:minutes", args=[minutes.slug])


@needs(Minutes, Level.OWN, related=("meeting",))
@require_http_methods(["GET", "POST"])
def minutes_readers(request: HttpRequest, minutes: Minutes) -> HttpResponse:
    """Verander wie dit leest."""
    members = list(members_of_mine())
    if request.method == "POST":
        return once(request, lambda: _let_read(request, minutes))
    see = {m.pk for m in who_sees_row(Category.MINUTES, minutes.pk)}
    rows = [(m, m.pk in see) for m in members]
    return render(request, "meetings/minutes_readers.html", {"minutes": minutes, "rows": rows})


# --- answering with a link ------------------------------------------------------------------------------------------
@public("the link belongs to one person and one meeting, and dies with the membership")
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    found = asked_by(token)
    if found is None:
        return render(request, "meetings/answer_gone.html", status=410)
    asked, days = found
    initial = {"coming": asked.coming or None}
    form = ComingForm(request.POST or None, initial=initial, days=days, poll=asked.state == Meeting.State.PROPOSED)
    if request.method == "POST" and form.is_valid():
        try:
            answer_by_link(token=token, coming=form.cleaned_data["coming"], days=form.cleaned_data.get("days", []))
        except Refused as error:
            form.add_error("coming", error.sentence)
        else:
            return redirect("answered", token)
    return render(request, "meetings/answer.html", {"asked": asked, "form": form, "token": token})


@public("says thank you to who holds the link")
def answered(request: HttpRequest, token: str) -> HttpResponse:
    found = asked_by(token)
    if found is None:
        return render(request, "meetings/answer_gone.html", status=410)
    return render(request, "meetings/answered.html", {"asked": found[0], "token": token})
