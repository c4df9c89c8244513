"""What is asked about meetings."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from goals.models import Goal
from herstel.flows import FlowForm
from herstel.forms import PARTS_OF_DAY, Clock, Day, KringForm, Story, Words, moment
from meetings.models import Answer, Meeting, Promise
from participants.words import my_words
from supportgroups.models import Membership
from supportgroups.reading import members_of_mine

OPTIONS = 3
PLACES = [
    ("home", _("Bij mij thuis")),
    ("elsewhere", _("Bij iemand thuis")),
    ("near", _("In de buurt")),
    ("video", _("Bellen met beeld")),
    ("", _("Weet ik nog niet")),
]
WISHES = {
    "pause": _("Na 30 minuten even pauze"),
    "beside": _("Iemand zit naast mij"),
    "stop": _("Ik mag zelf zeggen wanneer we stoppen"),
    "scribe": _("Iemand anders schrijft op"),
}
UNKNOWN, MYSELF = "weet-niet", "zelf"


class KindForm(FlowForm):
    kind = forms.ChoiceField(
        label=_("Waarvoor komen jullie bij elkaar?"),
        choices=Meeting.Kind,
        widget=forms.RadioSelect(attrs={"class": "label-hidden"}),
    )


class DaysForm(FlowForm):
    """Up to three days; first the part of the day, then, if one likes, the hour."""

    def fill(self) -> None:
        for n in range(1, OPTIONS + 1):
            first = n == 1
            self.fields[f"day{n}"] = Day(label=_("Dag %(n)s") % {"n": n} if not first else _("Dag"), required=first)
            self.fields[f"part{n}"] = forms.ChoiceField(
                label=_("Deel van de dag"),
                choices=[(key, label) for key, label, _at in PARTS_OF_DAY],
                initial="afternoon",
                required=first,
                widget=forms.RadioSelect(attrs={"class": "chips no-optional"}),
            )
            self.fields[f"time{n}"] = Clock(label=_("Hoe laat?"), required=False)
        self.fields["day1"].error_messages["required"] = _("Kies een dag.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        days = []
        for n in range(1, OPTIONS + 1):
            day = data.get(f"day{n}")
            if day is None:
                continue
            hours = {key: at for key, _label, at in PARTS_OF_DAY}
            at = moment(day, data.get(f"time{n}") or hours[data.get(f"part{n}") or "afternoon"])
            if at <= timezone.now():
                self.add_error(f"day{n}", ValidationError(_("Deze dag is al geweest. Kies een dag die nog komt.")))
            days.append(at)
        data["days"] = days
        return data


class PlaceForm(FlowForm):
    place = forms.ChoiceField(
        label=_("Waar?"),
        choices=PLACES,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "label-hidden no-optional"}),
    )
    words = Words(label=_("Wil je iets over de plek zeggen?"), max_length=100, required=False)


class AskForm(FlowForm):
    members = forms.MultipleChoiceField(
        label=_("Wie vraag je?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden no-optional"}),
    )

    def fill(self) -> None:
        self.fields["members"].choices = [(m.slug, m.person.called) for m in members_of_mine()]  # type: ignore[attr-defined]


class TopicsForm(FlowForm):
    goals = forms.MultipleChoiceField(
        label=_("Welke doelen?"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"})
    )
    words = Words(label=_("Iets anders"), required=False)

    def fill(self) -> None:
        goals = Goal.objects.own().filter(state=Goal.State.ACTIVE).order_by("created_at")
        self.fields["goals"].choices = [(g.slug, g.words) for g in goals]  # type: ignore[attr-defined]
        if not self.fields["goals"].choices:  # type: ignore[attr-defined]
            del self.fields["goals"]


class WishesForm(FlowForm):
    wishes = forms.MultipleChoiceField(
        label=_("Wat maakt het fijn voor jou?"),
        choices=list(WISHES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden no-optional"}),
    )
    other = Words(label=_("Iets anders"), max_length=200, required=False)


class PrepareForm(KringForm):
    goals = forms.MultipleChoiceField(
        label=_("Welke doelen?"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"})
    )
    topics = forms.MultipleChoiceField(
        label=_("Dit wil iemand bespreken"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"}),
    )
    words = Story(label=_("Iets anders"), required=False, help_text=_("Elke regel is een punt op de agenda."))

    def __init__(self, *args: Any, goals: Any, topics: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["goals"].choices = [(g.slug, g.words) for g in goals]  # type: ignore[attr-defined]
        self.fields["topics"].choices = [(str(t.pk), f"{t.called}: {t.words}") for t in topics]  # type: ignore[attr-defined]
        for name in ("goals", "topics"):
            if not self.fields[name].choices:  # type: ignore[attr-defined]
                del self.fields[name]


# The order of a meeting in the method (domain.md §1.4), for who wants something to begin with.
USUAL_ORDER = (
    _("Wie is er?"),
    _("Wat blijft er onder ons?"),
    _("Hoe gaat het met mij?"),
    _("Wat spraken we de vorige keer af?"),
    _("Mijn doelen"),
    _("Wie doet wat, en wanneer?"),
    _("Klopt de groep nog?"),
    _("Wanneer zien we elkaar weer?"),
)


class RolesForm(KringForm):
    """Who leads, who writes, and how long one talks."""

    chair = forms.ChoiceField(label=_("Wie leidt het gesprek?"), required=False, widget=forms.RadioSelect)
    writer = forms.ChoiceField(label=_("Wie schrijft op?"), required=False, widget=forms.RadioSelect)
    talk_minutes = forms.TypedChoiceField(
        label=_("Hoe lang praat iemand per keer?"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", _("Zo lang als nodig")), (2, _("2 minuten")), (5, _("5 minuten")), (10, _("10 minuten"))],
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(m.slug, m.person.called) for m in members]
        for name in ("chair", "writer"):
            field: Any = self.fields[name]
            field.choices = [("", _("Weet ik nog niet")), (MYSELF, _("Ikzelf")), *people]
            field.widget.attrs["class"] = "no-optional"


class FeltForm(KringForm):
    words = Story(label=_("Hoe was het voor jou?"), rows=4)


# --- the report -----------------------------------------------------------------------------------------------------
class PresentForm(FlowForm):
    """Wie was erbij?"""

    members = forms.MultipleChoiceField(
        label=_("Wie was erbij?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden no-optional"}),
    )

    def fill(self) -> None:
        self.fields["members"].choices = [(m.slug, m.person.called) for m in members_of_mine()]  # type: ignore[attr-defined]


class StandingsForm(FlowForm):
    """Waar sta je nu? One question for each goal that the meeting was about."""

    def fill(self) -> None:
        levels = my_words().standing_choices()
        for goal in self.flow.goals():  # type: ignore[attr-defined]
            self.fields[f"goal_{goal.pk}"] = forms.TypedChoiceField(
                label=goal.words,
                coerce=int,
                choices=levels,
                initial=goal.standing,
                required=False,
                empty_value=None,
                widget=forms.RadioSelect(attrs={"class": "no-optional"}),
            )


AGREEMENTS = 6


class AgreedForm(FlowForm):
    """Wat spraken jullie af? A list, and one to add; and what was promised earlier."""

    def fill(self) -> None:
        people = [(m.slug, m.person.called) for m in members_of_mine()]
        for promise in self.flow.open_promises():  # type: ignore[attr-defined]
            self.fields[f"kept_{promise.pk}"] = forms.ChoiceField(
                label=f"{promise.called}: {promise.what}",
                choices=[
                    (s.value, s.label) for s in (Promise.State.OPEN, Promise.State.DONE, Promise.State.HANDED_BACK)
                ],
                initial=Promise.State.OPEN,
                required=False,
                widget=forms.RadioSelect(attrs={"class": "chips no-optional"}),
            )
        for n in range(1, self.flow.agreements() + 1):  # type: ignore[attr-defined]
            self.fields[f"what_{n}"] = Words(label=_("Wat gaat iemand doen?"), required=False)
            self.fields[f"who_{n}"] = forms.ChoiceField(
                label=_("Wie doet dit?"),
                choices=[("", "–"), (MYSELF, _("Ik")), *people, (UNKNOWN, _("Weet ik niet"))],
                required=False,
                widget=forms.Select,
            )
            self.fields[f"when_{n}"] = Day(label=_("Wanneer?"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for n in range(1, self.flow.agreements() + 1):  # type: ignore[attr-defined]
            if data.get(f"what_{n}") and not data.get(f"who_{n}"):
                self.add_error(
                    f"who_{n}", ValidationError(_("Kies wie dit doet. Weet je het niet? Kies dan: weet ik niet."))
                )
            if data.get(f"who_{n}") and not data.get(f"what_{n}"):
                self.add_error(f"what_{n}", ValidationError(_("Schrijf op wat deze persoon gaat doen.")))
        return data


class ExperienceForm(FlowForm):
    experience = Story(label=_("Hoe was het voor jou?"), required=False)

    def fill(self) -> None:
        self.fields["experience"].widget.attrs["class"] = "label-hidden no-optional"


class NextForm(FlowForm):
    next_on = Day(label=_("Welke dag?"), required=False)
    next_words = Words(label=_("Of schrijf het zoals jullie het zeiden"), max_length=200, required=False)


class ReadersForm(FlowForm):
    readers = forms.MultipleChoiceField(
        label=_("Wie mag dit verslag lezen?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden no-optional"}),
    )

    def fill(self) -> None:
        self.fields["readers"].choices = [(m.slug, m.person.called) for m in members_of_mine()]  # type: ignore[attr-defined]


class ComingForm(KringForm):
    """Does somebody come; and, when the day is still open, on which days they can."""

    coming = forms.ChoiceField(
        label=_("Kom je?"),
        choices=[(c.value, c.label) for c in (Answer.Coming.YES, Answer.Coming.NO, Answer.Coming.PHONE)],
        widget=forms.RadioSelect,
    )
    days = forms.TypedMultipleChoiceField(
        label=_("Welke dagen kun je?"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"}),
    )

    def __init__(self, *args: Any, days: list[tuple[int, datetime, bool]], poll: bool, **kwargs: Any) -> None:
        from herstel.templatetags.kring import dag_tijd

        super().__init__(*args, **kwargs)
        if not poll:
            del self.fields["days"]
            return
        self.fields["days"].choices = [(pk, dag_tijd(at)) for pk, at, _chosen in days]  # type: ignore[attr-defined]
        self.initial.setdefault("days", [pk for pk, _at, chosen in days if chosen])


def members_named(slugs: list[str]) -> list[Membership]:
    """The active members among these slugs, in the order of the list."""
    return [m for m in members_of_mine() if m.slug in slugs]
