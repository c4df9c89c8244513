"""Wie heeft gekeken? The whole list, in words, grouped per person per day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import F, Max, Min, Q, QuerySet, Window
from django.db.models.fields.json import KT
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from goals.models import Goal
from herstel.access import Level
from herstel.audit import PAGE
from herstel.forms import KringForm, Story
from herstel.models import AuditLine
from herstel.needs import needs
from herstel.once import once
from herstel.templatetags.kring import dag
from meetings.models import Meeting, Minutes
from participants.concerns import answer_by, ask, first_read
from participants.concerns import mine as my_concerns
from participants.models import Participant
from supportgroups.models import Membership


class NotRightForm(KringForm):
    words = Story(label=_("Wat klopt er niet?"), required=False, rows=4)


# What others did and read; answering with a link says who answered, and opening one says nobody's name.
LOOKS = Q(event__in=[AuditLine.Event.READ, AuditLine.Event.OPEN]) | Q(event=AuditLine.Event.CHANGE, basis="link")
DAYS = 60
EACH, ALL = 100, 500  # lines of one person on one day: of one kind, and of all
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
# The same, of what only stood in a list.
LISTED = {
    "agenda": _("Zag de datum van een bijeenkomst"),
    "goals": _("Zag een doel in een lijst"),
    "minutes": _("Zag dat er een verslag is"),
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
    since = _begin_of(timezone.localdate(until) - timedelta(days=DAYS))
    every = AuditLine.objects.own().filter(LOOKS, at__lt=until)
    lines = list(alike_once(every.filter(at__gte=since)))
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


def alike_once(lines: QuerySet[AuditLine]) -> QuerySet[AuditLine]:
    """Of what somebody did alike on one day the last line; of each kind of thing that they did that day the first EACH,
    and the first ALL of the day; newest first. However often a page is opened, or whatever SQL writes afterwards, it
    hides nothing that was done.
    """
    person = ["actor", "membership", "called", "day"]
    kind = ["event", "basis", "category", "what"]
    days = lines.order_by().annotate(day=TruncDate("at"), what=KT("objects_seen__0__0"))
    alike = days.values(*person, *kind, "objects_seen").annotate(first=Min("pk"), last=Max("pk"))
    of_kind = Window(RowNumber(), partition_by=person + kind, order_by=F("first").asc())
    of_day = Window(RowNumber(), partition_by=person, order_by=F("first").asc())
    some = alike.annotate(of_kind=of_kind, of_day=of_day).filter(of_kind__lte=EACH, of_day__lte=ALL)
    return AuditLine.objects.own().filter(pk__in=some.values("last")).order_by("-at")


@needs(AuditLine, Level.OWN, by="pk", related=("participant",))
@require_http_methods(["GET", "POST"])
def not_right(request: HttpRequest, line: AuditLine) -> HttpResponse:
    """Dit klopt niet: whoever keeps Kring gets who and when and what kind of thing, never what it said."""
    whose = line.participant
    day = timezone.localtime(line.at).date()
    same = AuditLine.objects.own().filter(event=line.event, membership=line.membership, actor=line.actor)
    kinds = sorted({kind_of(each) for each in same.filter(at__date=day)})
    who = line.called or _t("Iemand")
    about = f"{who}, {dag(day)}: {'; '.join(kinds)}"
    form = NotRightForm(request.POST if request.method == "POST" else None)  # nothing written is fine too
    if request.method == "POST" and form.is_valid() and whose is not None:

        def send() -> str:
            ask(participant=whose, about=about, words=form.cleaned_data["words"])
            messages.success(request, _t("Verstuurd. Het antwoord komt hier te staan."))
            return reverse("meetings:looked")

        return once(request, send)
    return render(request, "meetings/not_right.html", {"form": form, "about": about, "line": line})


def _until(day: str) -> datetime:
    """The end of what is shown: this day's beginning, or now."""
    try:
        return _begin_of(max(date.fromisoformat(day), FIRST_DAY))
    except ValueError:
        return timezone.now()


def _begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


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
    named = titles(lines)
    grouped: dict[tuple[Any, date], Look] = {}
    for line in lines:
        day = timezone.localtime(line.at).date()
        member = members.get(line.membership or 0)
        by_link = line.event == AuditLine.Event.OPEN
        called = _t("Link om te antwoorden") if by_link else line.called
        look = grouped.setdefault(
            ("link" if by_link else line.membership or line.actor, day),
            Look(called, line.organisation, member, line.at, line.pk),
        )
        for did in in_words(line, named):
            if did not in look.did:
                look.did.append(did)
    return list(grouped.values())


@dataclass
class Titles:
    """The own words of the goals, and the days of meetings and minutes, that lines speak of."""

    goals: dict[int, str]
    meetings: dict[int, datetime | None]
    minutes: dict[int, datetime | None]


def titles(lines: list[AuditLine]) -> Titles:
    seen: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        for model, pk in line.objects_seen:
            seen[model.removesuffix(PAGE)].add(pk)
    return Titles(
        dict(Goal.objects.own().filter(pk__in=seen["goal"]).values_list("pk", "words")),
        dict(Meeting.objects.own().filter(pk__in=seen["meeting"]).values_list("pk", "at")),
        dict(Minutes.objects.own().filter(pk__in=seen["minutes"]).values_list("pk", "meeting__at")),
    )


def kind_of(line: AuditLine) -> str:
    """What was done, without saying with what: whether a page was opened, or a list was looked at."""
    if line.event == AuditLine.Event.OPEN:
        return _t("De link werd geopend")
    if line.event == AuditLine.Event.CHANGE:
        return _t("Antwoordde met de link")
    if line.basis == "feed":
        return _t("Een agenda-programma haalde je dagen op, vanzelf")
    if line.basis == "member" and line.category in ABOUT_THEMSELVES:
        return str(ABOUT_THEMSELVES[line.category])
    own_page = any(model.endswith(PAGE) for model, _pk in line.objects_seen)
    words = DID if own_page or line.category not in LISTED else LISTED
    return str(words.get(line.category, _t("Keek naar iets van jou")))


def in_words(line: AuditLine, titles: Titles) -> list[str]:
    """The same, with the own words of a goal, or the day."""
    if line.event != AuditLine.Event.READ or line.basis == "feed":
        return [kind_of(line)]
    opened = [(model.removesuffix(PAGE), pk) for model, pk in line.objects_seen if model.endswith(PAGE)]
    listed = [(model, pk) for model, pk in line.objects_seen if not model.endswith(PAGE)]
    named = [
        *_goals(_t("Las je doel %(words)s"), _t("Las je doelen: %(words)s"), opened, titles),
        *_goals(_t("Zag je doel %(words)s"), _t("Zag je doelen: %(words)s"), listed, titles),
        *_days(_t("Bekeek je bijeenkomst van %(day)s"), "meeting", opened, titles.meetings),
        *_days(_t("Zag de datum van je bijeenkomst: %(day)s"), "meeting", listed, titles.meetings),
        *_days(_t("Las het verslag van %(day)s"), "minutes", opened, titles.minutes),
        *_days(_t("Zag dat er een verslag is van %(day)s"), "minutes", listed, titles.minutes),
    ]
    return named[:5] or [kind_of(line)]


def _goals(one: str, more: str, rows: list[tuple[str, int]], titles: Titles) -> list[str]:
    words = [titles.goals[pk] for model, pk in rows if model == "goal" and pk in titles.goals]
    return [(one if len(words) == 1 else more) % {"words": "; ".join(words)}] if words else []


def _days(text: str, kind: str, rows: list[tuple[str, int]], days: dict[int, datetime | None]) -> list[str]:
    return [text % {"day": dag(day)} for model, pk in rows if model == kind and (day := days.get(pk))]
