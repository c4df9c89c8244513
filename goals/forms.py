"""What is asked about a goal; every page after the first may be skipped."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goals.models import Goal
from herstel.access import Reach
from herstel.flows import FlowForm
from herstel.forms import Day, KringForm, Story, Words
from herstel.pictograms import PICTOGRAMS
from supportgroups.reading import members_of_mine

MYSELF, UNKNOWN = "zelf", "weet-niet"
HELPERS = "helpers"


class WordsForm(FlowForm):
    words = Story(label=_("Wat wil je graag?"), max_length=300, rows=3)

    def fill(self) -> None:
        self.fields["words"].widget.attrs["class"] = "label-hidden"
        self.fields["words"].help_text = _(
            "Bijvoorbeeld: Weer naar mijn zus fietsen. Of: Mijn kop rustig krijgen ’s avonds."
        )


class ImageForm(FlowForm):
    pictogram = forms.ChoiceField(
        label=_("Plaatje kiezen"), required=False, widget=forms.RadioSelect(attrs={"class": "chips"})
    )
    image = forms.FileField(
        label=_("Foto of tekening"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )

    def fill(self) -> None:
        self.fields["pictogram"].choices = list(PICTOGRAMS.items())  # type: ignore[attr-defined]


class WhyForm(FlowForm):
    why = Story(label=_("Waarom wil je dit?"), required=False)

    def fill(self) -> None:
        self.fields["why"].widget.attrs["class"] = "label-hidden no-optional"


class FirstStepForm(FlowForm):
    first_step = Words(
        label=_("Wat is een eerste stap?"),
        required=False,
        widget=forms.TextInput(attrs={"class": "label-hidden no-optional"}),
    )


class HelpersForm(FlowForm):
    helpers = forms.MultipleChoiceField(
        label=_("Wie kan je helpen?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden no-optional"}),
    )

    def fill(self) -> None:
        people = [(m.slug, m.person.called) for m in members_of_mine()]
        self.fields["helpers"].choices = [  # type: ignore[attr-defined]
            *people,
            (MYSELF, _("Niemand, ik doe het zelf")),
            (UNKNOWN, _("Weet ik nog niet")),
        ]


class ReachForm(FlowForm):
    reach = forms.ChoiceField(
        label=_("Wie mag dit doel zien?"), widget=forms.RadioSelect(attrs={"class": "label-hidden"})
    )
    people = forms.MultipleChoiceField(
        label=_("Ik kies zelf: wie?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"}),
    )

    def fill(self) -> None:
        people = [(m.slug, m.person.called) for m in members_of_mine()]
        self.fields["reach"].choices = [(Reach.ME, _("Alleen ik")), (HELPERS, _("De mensen die helpen"))] + (  # type: ignore[attr-defined]
            [(Reach.CHOSEN, _("Ik kies zelf"))] if people else []
        )
        self.fields["people"].choices = people  # type: ignore[attr-defined]
        if not people:
            del self.fields["people"]


class WhoSeesForm(KringForm):
    """Later: who sees this goal."""

    reach = forms.ChoiceField(
        label=_("Wie mag dit doel zien?"),
        choices=[(Reach.ME, _("Alleen ik")), (Reach.CHOSEN, _("Ik kies zelf"))],
        widget=forms.RadioSelect,
    )
    people = forms.MultipleChoiceField(
        label=_("Wie?"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "no-optional"})
    )

    def __init__(self, *args: Any, members: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(m.slug, m.person.called) for m in members]  # type: ignore[attr-defined]


class StandingForm(KringForm):
    standing = forms.TypedChoiceField(
        label=_("Waar sta je nu?"),
        coerce=int,
        widget=forms.RadioSelect(attrs={"class": "label-hidden"}),
    )
    words = Story(label=_("Wil je er iets bij schrijven?"), required=False)

    def __init__(self, *args: Any, words: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standing"].choices = words  # type: ignore[attr-defined]


class WriteForm(KringForm):
    words = Story(label=_("Wat wil je opschrijven?"), rows=5)


class StepForm(KringForm):
    words = Words(label=_("Wat is de stap?"), help_text=_("Maak de stap zo klein dat het deze week kan."))
    helper = forms.ChoiceField(
        label=_("Wie helpt?"), required=False, widget=forms.RadioSelect(attrs={"class": "no-optional"})
    )
    due_on = Day(label=_("Voor welke dag?"), required=False)

    def __init__(self, *args: Any, members: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(m.slug, m.person.called) for m in members]
        self.fields["helper"].choices = [("", _("Ik doe het zelf")), *people]  # type: ignore[attr-defined]


class GoalForm(KringForm):
    words = Story(label=_("Je doel in jouw woorden"), max_length=300, rows=3)
    why = Story(label=_("Waarom wil je dit?"), required=False)
    domain = forms.ChoiceField(label=_("Waar gaat het over?"), choices=Goal.Domain, required=False, widget=forms.Select)
    horizon = forms.ChoiceField(label=_("Voor wanneer is dit?"), choices=Goal.Horizon, widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class ChangeImageForm(KringForm):
    pictogram = forms.ChoiceField(
        label=_("Plaatje kiezen"), required=False, widget=forms.RadioSelect(attrs={"class": "chips"})
    )
    image = forms.FileField(
        label=_("Foto of tekening"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pictogram"].choices = list(PICTOGRAMS.items())  # type: ignore[attr-defined]


class HelpForm(KringForm):
    words = Words(
        label=_("Wat wil je zelf doen?"), help_text=_("Kies iets kleins. Bijvoorbeeld: ik fiets een keer mee.")
    )


class DiscussForm(KringForm):
    words = Words(
        label=_("Wat wil je bespreken?"), help_text=_("De ander leest dit eerst en kiest of het op de agenda komt.")
    )


class ProposeForm(KringForm):
    words = Words(label=_("Welke stap stel je voor?"), help_text=_("Klein, en iets wat de ander zelf kan."))


# The five levels, from much less to much more than hoped.
SCALE = (
    ("much_more", 2, _("Veel meer dan je hoopt")),
    ("more", 1, _("Meer dan je hoopt")),
    ("hoped", 0, _("Wat je hoopt")),
    ("less", -1, _("Minder dan je hoopt")),
    ("much_less", -2, _("Veel minder dan je hoopt")),
)


class ScaleForm(KringForm):
    """When is it good? In own words; only what is hoped for must be there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, _level, label in SCALE:
            self.fields[name] = Words(label=label, max_length=200, required=name == "hoped")


class RatingForm(KringForm):
    score = forms.TypedChoiceField(
        label=_("Waar staat het nu?"), coerce=int, widget=forms.RadioSelect(attrs={"class": "label-hidden"})
    )

    def __init__(self, *args: Any, scale: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["score"].choices = [  # type: ignore[attr-defined]
            (level, getattr(scale, name) or label) for name, level, label in SCALE
        ]
