"""Wie heeft gekeken? The whole list, in words, grouped per person per day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from goals.models import Goal
from herstel.access import Level
from herstel.forms import KringForm, Story
from herstel.models import AuditLine
from herstel.needs import needs
from herstel.once import once
from herstel.templatetags.kring import dag
from meetings.models import Minutes
from participants.concerns import answer_by, ask, first_read
from participants.concerns import mine as my_concerns
from participants.models import Participant
from supportgroups.models import Membership


class NotRightForm(KringForm):
    words = Story(label=_("Wat klopt er niet?"), required=False, rows=4)


DAYS = 60
MOST = 2000  # lines on one page
FIRST_DAY = date(2020, 1, 1)  # nothing is older than the house
DID = {
    "agenda": _("Keek in je agenda"),
    "goals": _("Keek naar je doelen"),
    "minutes": _("Las een verslag"),
    "people": _("Zag wie je mensen zijn"),
    "wellbeing": _("Zag hoe het met je gaat"),
    "plan": _("Las een deel van je plan"),
    "story": _("Las of hoorde je verhaal"),
    "support": _("Zag wie wat doet"),
}
# Without a share of the category only what is about the looker comes through the rules.
ABOUT_THEMSELVES = {"support": _("Keek naar een eigen belofte"), "people": _("Keek waar zij zelf bij helpen")}


@dataclass
class Look:
    """One person on one day."""

    called: str
    organisation: str
    membership: Membership | None
    at: datetime
    line: int  # the number of one of its lines in the log
    did: list[str] = field(default_factory=list)


@needs(Participant, Level.OWN, by=None)
def looked(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Never behind a step-up: whoever wants to know who looked, may know at once."""
    until = _until(request.GET.get("tot", ""))
    since = until - timedelta(days=DAYS)
    every = AuditLine.objects.own().filter(event=AuditLine.Event.READ, at__lt=until).order_by("-at")
    lines = list(every.filter(at__gte=since)[:MOST])
    if len(lines) == MOST:  # a busy time: show fewer days, and none of them half
        since = timezone.localtime(lines[-1].at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        lines = [line for line in lines if line.at >= since]
    exports = list(AuditLine.objects.own().filter(event=AuditLine.Event.EXPORT).order_by("-at")[:20])
    looks, concerns = group(lines), my_concerns()
    read = first_read(concerns)
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    context = {
        "parts": [
            (title, [look for look in looks if begin <= timezone.localtime(look.at).date() < end])
            for title, begin, end in weeks(monday)
        ],
        "exports": exports,
        "concerns": [(each, answer_by(each), read.get(each.slug)) for each in concerns],
        "any": bool(looks),
        "older": timezone.localtime(since).date().isoformat() if every.filter(at__lt=since).exists() else "",
        "now": "tot" not in request.GET,
    }
    return render(request, "meetings/looked.html", context)


@needs(AuditLine, Level.OWN, by="pk", related=("participant",))
@require_http_methods(["GET", "POST"])
def not_right(request: HttpRequest, line: AuditLine) -> HttpResponse:
    """Dit klopt niet: whoever keeps Kring gets who and when and what kind of thing, never what it said."""
    day = timezone.localtime(line.at).date()
    same = AuditLine.objects.own().filter(event=line.event, membership=line.membership, actor=line.actor)
    kinds = sorted({str(DID.get(each.category, _t("Keek naar iets van jou"))) for each in same.filter(at__date=day)})
    who = line.called or _t("Iemand")
    about = f"{who}, {dag(day)}: {'; '.join(kinds)}"
    form = NotRightForm(request.POST if request.method == "POST" else None)  # nothing written is fine too
    if request.method == "POST" and form.is_valid():

        def send() -> str:
            ask(participant=line.participant, about=about, words=form.cleaned_data["words"])
            messages.success(request, _t("Verstuurd. Het antwoord komt hier te staan."))
            return reverse("meetings:looked")

        return once(request, send)
    return render(request, "meetings/not_right.html", {"form": form, "about": about, "line": line})


def _until(day: str) -> datetime:
    """The end of what is shown: this day's beginning, or now."""
    try:
        return timezone.make_aware(datetime.combine(max(date.fromisoformat(day), FIRST_DAY), time()))
    except ValueError:
        return timezone.now()


def weeks(monday: date) -> list[tuple[str, date, date]]:
    week = timedelta(days=7)
    return [
        (_t("Deze week"), monday, monday + week),
        (_t("Vorige week"), monday - week, monday),
        (_t("Langer geleden"), date.min, monday - week),
    ]


def group(lines: list[AuditLine]) -> list[Look]:
    """Ten page views on one day are one line."""
    members = {
        m.pk: m
        for m in Membership.objects.own()
        .filter(pk__in={x.membership for x in lines if x.membership})
        .select_related("person")
    }
    goals, minutes = titles(lines)
    grouped: dict[tuple[Any, date], Look] = {}
    for line in lines:
        day = timezone.localtime(line.at).date()
        member = members.get(line.membership or 0)
        look = grouped.setdefault(
            (line.membership or line.actor, day), Look(line.called, line.organisation, member, line.at, line.pk)
        )
        for did in in_words(line, goals, minutes):
            if did not in look.did:
                look.did.append(did)
    return list(grouped.values())


def titles(lines: list[AuditLine]) -> tuple[dict[int, str], dict[int, datetime | None]]:
    """The own words of the goals, and the days of the minutes, that the lines speak of."""
    seen: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        for model, pk in line.objects_seen:
            seen[model].add(pk)
    goals = dict(Goal.objects.own().filter(pk__in=seen["goal"]).values_list("pk", "words"))
    minutes = dict(Minutes.objects.own().filter(pk__in=seen["minutes"]).values_list("pk", "meeting__at"))
    return goals, minutes


def in_words(line: AuditLine, goals: dict[int, str], minutes: dict[int, Any]) -> list[str]:
    if line.basis == "feed":
        return [_t("Een agenda-programma haalde je dagen op, vanzelf")]
    if line.basis == "member" and line.category in ABOUT_THEMSELVES:
        return [str(ABOUT_THEMSELVES[line.category])]
    read = [goals[pk] for model, pk in line.objects_seen if model == "goal" and pk in goals]
    one, more = _t("Las je doel %(words)s"), _t("Las je doelen: %(words)s")
    named = [(one if len(read) == 1 else more) % {"words": "; ".join(read)}] if read else []
    named += [
        _t("Las het verslag van %(day)s") % {"day": dag(minutes[pk])}
        for model, pk in line.objects_seen
        if model == "minutes" and minutes.get(pk)
    ]
    return named[:5] or [str(DID.get(line.category, _t("Keek naar iets van jou")))]
