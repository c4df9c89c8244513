"""Form fields that the whole house uses, with the sentences that they say when something is wrong."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PARTS_OF_DAY = (
    ("morning", _("Ochtend"), time(10)),
    ("afternoon", _("Middag"), time(14)),
    ("evening", _("Avond"), time(19, 30)),
)


class KringForm(forms.Form):
    """A form whose words are ours: nobody is told that something is "ongeldig"."""

    default_renderer = None
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["required"] = _("Kies wat past.")
                field.error_messages["invalid_choice"] = _("Kies iets uit de lijst.")
            else:
                field.error_messages["required"] = getattr(
                    field, "missing", _("Vul in wat je wilt. Eén woord is genoeg.")
                )


class Address(forms.EmailField):
    """A mail address, as it is kept: small letters."""

    missing = _("Vul een mailadres in.")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email"}))
        super().__init__(max_length=254, **kwargs)
        self.error_messages["invalid"] = _("Kijk nog eens naar het adres. Er hoort een @ in.")

    def clean(self, value: Any) -> str:
        address = str(super().clean(value)).strip().lower()
        if len(address) > 254:  # some capitals become two letters
            raise ValidationError(self.error_messages["invalid"])
        return address


class Words(forms.CharField):
    """One line in somebody's own words."""

    def __init__(self, *, max_length: int = 300, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.error_messages["max_length"] = _("Dit is te lang. Maak het korter dan %(limit_value)d tekens.")


class Name(Words):
    """What somebody is called."""

    missing = _("Vul een naam in. Een voornaam is genoeg.")

    def __init__(self, *, max_length: int = 40, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)


class Story(Words):
    """Several lines in somebody's own words."""

    def __init__(self, *, max_length: int = 2000, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> Any:
        """A browser counts the end of a line as one sign and sends two."""
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class Day(forms.DateField):
    """A day, from a year that can be."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"], **kwargs)
        self.error_messages["invalid"] = _("Deze dag kennen we niet. Schrijf hem zo: 26-11-2026.")

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not 2000 <= day.year <= 2100:
            raise ValidationError(_("Deze dag is te ver weg. Kijk nog eens naar het jaar."))
        return day


class Clock(forms.TimeField):
    """A time of the day."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M"))
        super().__init__(input_formats=["%H:%M", "%H.%M"], **kwargs)
        self.error_messages["invalid"] = _("Deze tijd kennen we niet. Schrijf hem zo: 14.00.")


def moment(day: date, at: time) -> datetime:
    """This time on this day in the Netherlands."""
    return timezone.make_aware(datetime.combine(day, at))
