"""What is asked about people, and about what they may see."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from herstel.access import Category
from herstel.flows import FlowForm
from herstel.forms import Day, KringForm, Name, Story, Words
from herstel.models import diallable
from herstel.templatetags.kring import dag
from supportgroups.actions import Sharing
from supportgroups.models import Person
from supportgroups.reading import can_be_chosen

# How somebody is known: word, what kind of person that makes, and what stands behind the name.
KNOWN_AS: dict[str, tuple[Any, str, Any]] = {
    "family": (_("Familie"), Person.Kind.CLOSE_ONE, _("familie")),
    "friend": (_("Vriend of vriendin"), Person.Kind.CLOSE_ONE, _("vriend")),
    "neighbour": (_("Buur"), Person.Kind.CLOSE_ONE, _("buur")),
    "professional": (_("Hulpverlener"), Person.Kind.PROFESSIONAL, _("hulpverlener")),
    "peer": (_("Lotgenoot"), Person.Kind.PEER, _("lotgenoot")),
    "pet": (_("Huisdier"), Person.Kind.PET, _("huisdier")),
    "other": (_("Anders"), Person.Kind.OTHER, ""),
}
RINGS = [
    (str(r.value), r.label) for r in (Person.Ring.CLOSEST, Person.Ring.CLOSE, Person.Ring.FARTHER, Person.Ring.UNKNOWN)
]
THREE_MONTHS = timedelta(days=91)
FOREVER, QUARTER = "stop", "3"


class WhoForm(FlowForm):
    called = Name(label=_("Naam"))
    known_as = forms.ChoiceField(
        label=_("Hoe ken je deze persoon?"), choices=[(k, v[0]) for k, v in KNOWN_AS.items()], widget=forms.RadioSelect
    )
    relation = Words(
        label=_("Wat is deze persoon van jou?"),
        max_length=40,
        required=False,
        help_text=_("Bijvoorbeeld: zus, buurman, huisbaas, mijn hond."),
    )


class RingForm(FlowForm):
    ring = forms.TypedChoiceField(
        label=_("Hoe dichtbij?"),
        coerce=int,
        choices=RINGS,
        widget=forms.RadioSelect(attrs={"class": "label-hidden"}),
        help_text=_("Het gaat om hoe het voelt, niet om de afstand."),
    )


class PersonForm(KringForm):
    """Everything about somebody on the map, on one page: for changing it later."""

    called = Name(label=_("Naam"))
    kind = forms.ChoiceField(label=_("Soort"), choices=Person.Kind, widget=forms.RadioSelect)
    relation = Words(label=_("Wat is deze persoon van jou?"), max_length=40, required=False)
    died = forms.BooleanField(
        label=_("Leeft niet meer"),
        required=False,
        help_text=_("Wie er niet meer is, kan toch op je kaart staan."),
    )
    ring = forms.TypedChoiceField(label=_("Hoe dichtbij?"), coerce=int, choices=RINGS, widget=forms.RadioSelect)


class NominationForm(KringForm):
    why = Words(label=_("Waarom denk je aan deze persoon?"), required=False)


# Ways to think of more people than come to mind at once (domain.md: "er blijkt meestal meer netwerk dan gedacht").
THINK_OF = (
    ("once", _("Wie kende je vroeger goed?")),
    ("greet", _("Wie groet je op straat of in de winkel?")),
    ("near", _("Wie woont er bij jou in de buurt?")),
    ("work", _("Wie zie je op je werk, je cursus of je club?")),
    ("liked", _("Met wie lachte je het laatst?")),
    ("trust", _("Wie zou je een sleutel geven?")),
)


class ThinkForm(KringForm):
    """Six questions, a name for each; whoever comes to mind goes on the map."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, question in THINK_OF:
            self.fields[key] = Words(label=question, max_length=40, required=False)
            self.fields[key].widget.attrs["class"] = "no-optional"

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(said.values()):
            raise forms.ValidationError(_("Vul bij één vraag een naam in. Eén naam is genoeg."))
        return said


class InterviewForm(KringForm):
    """Said by the member, or written down by the participant who heard it."""

    expects = Story(label=_("Wat verwacht jij van de groep?"), required=False, max_length=1000)
    can = Story(label=_("Dit kan ik"), required=False, max_length=1000, help_text=_("Bijvoorbeeld: samen wandelen."))
    cannot = Story(
        label=_("Dit doe ik niet"), required=False, max_length=1000, help_text=_("Bijvoorbeeld: ’s nachts bellen.")
    )


class SkipForm(KringForm):
    skipped_because = Words(label=_("Waarom slaan jullie dit over?"), required=False)


class StandInForm(KringForm):
    instead_of = forms.ChoiceField(
        label=_("Voor wie valt deze persoon in?"),
        required=False,
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )
    until = Day(label=_("Tot en met welke dag?"))

    def __init__(self, *args: Any, others: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(m.slug, m.person.called) for m in others]
        self.fields["instead_of"].choices = [*names, ("", _("Voor niemand in het bijzonder"))]  # type: ignore[attr-defined]

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until and until < timezone.localdate():
            raise forms.ValidationError(_("Kies een dag die nog komt."))
        return until


class ReachableForm(KringForm):
    """A number to call, seen by the participant alone."""

    phone = Words(
        label=_("Nummer"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    when_hard = forms.BooleanField(
        label=_("Mag ik bellen als het zwaar is"),
        required=False,
        help_text=_("Vraag het eerst. De naam staat dan op de pagina na ‘Heel zwaar’."),
    )

    def clean_phone(self) -> str:
        number: str = self.cleaned_data["phone"]
        if number and len(diallable(number)) < 3:
            raise forms.ValidationError(_("Kijk nog eens naar het nummer. Er horen cijfers in."))
        return number

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("when_hard") and not said.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Vul ook het nummer in. Dan kun je meteen bellen."))
        return said


class SharingFields(forms.Form):
    """The ticks of "Wat mag X zien?"; everything is off until it is ticked."""

    agenda = forms.BooleanField(required=False)
    whole_agenda = forms.BooleanField(required=False)
    goals = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"})
    )
    minutes = forms.BooleanField(required=False)
    wellbeing = forms.BooleanField(required=False)
    people = forms.BooleanField(required=False)
    plan = forms.BooleanField(required=False)
    story = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"})
    )
    until = forms.ChoiceField(required=False, widget=forms.RadioSelect(attrs={"class": "no-optional"}), initial=FOREVER)
    earlier = forms.BooleanField(required=False)

    TICKS = (Category.AGENDA, Category.MINUTES, Category.WELLBEING, Category.PEOPLE, Category.PLAN)

    def name_them(self, called: str, participant: Any, now: Sharing) -> None:
        """Fill in whom it is about and which goals there are."""
        until = now.until
        names = {"name": called}
        texts = {
            "agenda": (_("Je agenda"), _("Wanneer en waar jullie bij elkaar komen, en wie er komt")),
            "whole_agenda": (
                _("Ook je andere bijeenkomsten"),
                _("%(name)s ziet nu alleen waar je %(name)s voor vroeg") % names,
            ),
            "minutes": (_("Verslagen"), _("Van bijeenkomsten waar %(name)s bij was") % names),
            "wellbeing": (_("Hoe het met je gaat"), _("Wat je invult bij ‘Hoe gaat het?’")),
            "people": (_("Wie je mensen zijn"), _("De namen van iedereen in je steungroep")),
            "earlier": (
                _("Ook wat je eerder koos"),
                _("Eerder koos je dingen voor %(name)s. Dat stopte. Zonder dit vinkje blijft dat dicht") % names,
            ),
            "plan": (_("Je plan voor moeilijke dagen"), _("De delen die je voor %(name)s koos") % names),
        }
        for name, (label, hint) in texts.items():
            self.fields[name].label, self.fields[name].help_text = label, hint  # type: ignore[assignment]
        if not now.ended:
            del self.fields["earlier"]
        if Category.AGENDA not in now.partly:
            del self.fields["whole_agenda"]
        if Category.PLAN not in now.categories:
            del self.fields["plan"]  # its parts are opened one by one, on the page of the plan
        for name, category, label, hint in (
            ("goals", Category.GOALS, _("Je doelen"), _("Kies welke doelen")),
            ("story", Category.STORY, _("Je verhaal"), _("Kies welke stukken")),
        ):
            field: Any = self.fields[name]
            field.label, field.help_text = label, hint
            field.choices = [(str(pk), words) for pk, words in can_be_chosen(participant, category)]
            if not field.choices:
                del self.fields[name]
        end = until or end_of_day(timezone.now() + THREE_MONTHS)
        soon: Any = self.fields["until"]
        soon.label = _("Tot wanneer?")
        soon.choices = [
            (FOREVER, _("Tot ik het stop")),
            (
                QUARTER,
                _("3 maanden, tot %(day)s") % {"day": dag(end)}
                if until is None
                else _("Tot %(day)s") % {"day": dag(end)},
            ),
        ]
        self.end = end

    def sharing(self) -> Sharing:
        data = self.cleaned_data
        return Sharing(
            categories={c.value for c in self.TICKS if data.get(c.value)},
            partly={Category.AGENDA.value} if data.get("whole_agenda") is False else set(),
            goals={int(pk) for pk in data.get("goals", [])},
            story={int(pk) for pk in data.get("story", [])},
            until=self.end if data.get("until") == QUARTER else None,
            earlier=bool(data.get("earlier")),
        )


# Ways to begin: nothing is saved before the participant looked at the ticks and tapped "Bewaar".
PRESETS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "agenda": (_("Alleen de agenda"), ("agenda",)),
    "doelen": (_("Agenda en doelen"), ("agenda", "goals")),
    "alles": (_("Alles"), ("agenda", "goals", "story", "minutes", "wellbeing", "people", "plan")),
    "niets": (_("Niets"), ()),
}


def preset(form: SharingFields, name: str) -> dict[str, Any]:
    """The ticks of a preset, as far as this form has them; until when stays as it stands."""
    ticked = PRESETS[name][1]
    ticks: dict[str, Any] = {"until": form.initial.get("until", FOREVER), "whole_agenda": "agenda" in ticked}
    for field in ("agenda", "minutes", "wellbeing", "people", "plan"):
        ticks[field] = field in ticked
    for field in ("goals", "story"):
        choices: Any = getattr(form.fields.get(field), "choices", [])
        ticks[field] = [key for key, _words in choices] if field in ticked else []
    return ticks


def initial_of(sharing: Sharing) -> dict[str, Any]:
    """The ticks as they stand now."""
    ticks: dict[str, Any] = {c.value: c.value in sharing.categories for c in SharingFields.TICKS}
    rows = {"goals": [str(pk) for pk in sharing.goals], "story": [str(pk) for pk in sharing.story]}
    return ticks | rows | {"until": QUARTER if sharing.until else FOREVER}


def end_of_day(moment: datetime) -> datetime:
    day = timezone.localtime(moment).date()
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


class SharingForm(SharingFields, KringForm):
    def __init__(self, *args: Any, called: str, participant: Any, now: Sharing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name_them(called, participant, now)


class FlowSharingForm(SharingFields, FlowForm):
    def fill(self) -> None:
        self.name_them(self.flow.words()["name"], self.flow.participant, Sharing())


class MessageForm(FlowForm):
    message = Story(label=_("Wat wil je zeggen?"), max_length=2000, rows=6)

    def fill(self) -> None:
        self.fields["message"].widget.attrs["class"] = "label-hidden"
        self.initial.setdefault("message", self.flow.example())  # type: ignore[attr-defined]


class InvitationCodeForm(KringForm):
    """For who has the card in hand instead of the link."""

    link = forms.CharField(label=_("Link of code van je kaartje"), max_length=300)


class OrganisationForm(KringForm):
    organisation = forms.TypedChoiceField(
        label=_("Voor welke organisatie doe je mee?"), coerce=int, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, employments: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [(e.organisation_id, e.organisation.name) for e in employments]  # type: ignore[attr-defined]
