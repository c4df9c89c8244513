"""What templates say in their own words: icons, people, dates as we write them, and the parts of a form field."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from django import forms, template
from django.forms import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from herstel.mapping import initials
from herstel.pictograms import PICTOGRAMS, SEARCH_WORDS

register = template.Library()

SHAPE = {"professional": "p", "peer": "e"}


# --- pictures -------------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon beside a word; never alone, so it is hidden from readers."""
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f"i i-{size}" if size else "i",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def pictogram(name: str, tone: str = "") -> SafeString:
    """A goal picture on its tile. Tone: "" petrol, "c" clay, "s" plum."""
    return format_html(
        '<span class="{}" aria-hidden="true"><svg focusable="false"><use href="{}#{}"></use></svg></span>',
        f"pict {tone}".strip(),
        static("img/pictograms.svg"),
        name,
    )


@register.simple_tag
def pictograms() -> list[tuple[str, str, str]]:
    """All goal pictures as (id, name in the active language, other words to look for)."""
    return [(key, str(name), SEARCH_WORDS.get(key, "")) for key, name in PICTOGRAMS.items()]


@register.simple_tag
def avatar(person: Any, extra: str = "") -> SafeString:
    """The initials of a person. Shape says the kind, a dashed edge says: not in the support group."""
    called = person if isinstance(person, str) else getattr(person, "called", "")
    shape = SHAPE.get(getattr(person, "kind", ""), "")
    outside = "" if getattr(person, "in_group", True) else "uit"
    classes = " ".join(part for part in ("ava", shape, outside, extra) if part)
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, initials(called))


@register.simple_tag
def bar(value: float, total: float) -> SafeString:
    """How much of the total; the number itself stands beside it."""
    width = 0 if not total else max(0, min(100, round(100 * value / total)))
    return format_html(
        '<svg class="bar" viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="bar-all" width="100" height="18"></rect>'
        '<rect class="bar-part" width="{}" height="18"></rect></svg>',
        width,
    )


# --- links and scripts ----------------------------------------------------------------------------------------------
@register.simple_tag
def back(url: str, label: str) -> SafeString:
    return format_html('<a class="back" href="{}">{}<span>{}</span></a>', url, icon("arrow-left", "s"), label)


@register.simple_tag(takes_context=True)
def script(context: Context, name: str) -> SafeString:
    """A file of static/js, after the page is there; a module, so that its names are its own."""
    nonce = context.get("csp_nonce")
    source = static(f"js/{name}.js")
    if nonce:
        return format_html('<script type="module" src="{}" nonce="{}"></script>', source, nonce)
    return format_html('<script type="module" src="{}"></script>', source)


# --- dates and times, as they are said ------------------------------------------------------------------------------
def local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    """A moment becomes Dutch clock time; a date stays what it is."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def in_dutch() -> bool:
    return (get_language() or "nl").startswith("nl")


def day_of(value: dt.date | dt.datetime) -> dt.date:
    here = local(value)
    return here.date() if isinstance(here, dt.datetime) else here


@register.filter
def dag(value: dt.date | dt.datetime | None) -> str:
    """donderdag 26 november, and the year when it is another year."""
    if not value:
        return ""
    day = day_of(value)
    return date_format(day, "l j F" if day.year == timezone.localdate().year else "l j F Y")


@register.filter(name="Dag")
def dag_capital(value: dt.date | dt.datetime | None) -> str:
    return hoofdletter(dag(value))


@register.filter
def dag_kort(value: dt.date | dt.datetime | None) -> str:
    """do 26 nov"""
    if not value:
        return ""
    day = day_of(value)
    short = f"{date_format(day, 'D')} {day.day} {date_format(day, 'b' if in_dutch() else 'M')}".replace(".", "")
    return short if day.year == timezone.localdate().year else f"{short} {day.year}"


@register.filter
def dag_half(value: dt.date | dt.datetime | None) -> str:
    """ma 23 november: for lists of what is promised."""
    if not value:
        return ""
    day = day_of(value)
    return date_format(day, "D j F" if day.year == timezone.localdate().year else "D j F Y")


@register.filter
def tijd(value: dt.datetime | dt.time | None) -> str:
    """14.00 uur, never over two lines; in English 14:00."""
    if value is None or value == "":
        return ""
    at = value if isinstance(value, dt.time) else cast(dt.datetime, local(value))
    if in_dutch():
        return f"{at.hour}.{at.minute:02}\N{NO-BREAK SPACE}uur"
    return f"{at.hour}:{at.minute:02}"


@register.filter
def dag_tijd(value: dt.datetime | None) -> str:
    """donderdag 26 november, 14.00 uur"""
    return f"{dag(value)}, {tijd(value)}" if value else ""


@register.filter
def over_dagen(value: dt.date | dt.datetime | None) -> str:
    """Vandaag, Morgen, Over 2 dagen; and back: Gisteren, 3 dagen geleden."""
    if not value:
        return ""
    days = (day_of(value) - timezone.localdate()).days
    if days in (-1, 0, 1):
        return {-1: gettext("Gisteren"), 0: gettext("Vandaag"), 1: gettext("Morgen")}[days]
    if days > 0:
        return ngettext("Over %(days)d dag", "Over %(days)d dagen", days) % {"days": days}
    return ngettext("%(days)d dag geleden", "%(days)d dagen geleden", -days) % {"days": -days}


# --- words ----------------------------------------------------------------------------------------------------------
@register.filter
def hoofdletter(value: object) -> str:
    words = str(value)
    return words[:1].upper() + words[1:]


@register.filter(name="initials")
def initials_of(value: object) -> str:
    return initials(str(value))


@register.filter
def namen(people: Iterable[Any]) -> str:
    """Ans, Willem en Mo"""
    names = [str(getattr(person, "called", person)) for person in people]
    if len(names) < 2:
        return "".join(names)
    joint = pgettext("tussen de laatste twee namen", "en")
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


# --- form fields ----------------------------------------------------------------------------------------------------
@register.filter
def field_kind(field: BoundField) -> str:
    """hidden, group (choice cards in a fieldset), checkbox (one card) or plain."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "parts" if widget.use_fieldset else "plain"


@register.filter
def has_class(field: BoundField, name: str) -> bool:
    return name in str(field.field.widget.attrs.get("class", "")).split()


@register.filter
def may_be_empty(field: BoundField) -> bool:
    """Ticks say by themselves that they may stay empty."""
    ticks = isinstance(field.field.widget, forms.CheckboxSelectMultiple | forms.CheckboxInput)
    return not (field.field.required or ticks or has_class(field, "no-optional"))


@register.filter
def first_id(field: BoundField) -> str:
    """Where the error summary leads: the first part of a group, else the field itself."""
    if field_kind(field) in ("group", "parts"):
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


@register.filter
def choice_hint(label: object) -> str:
    return str(getattr(label, "hint", ""))


# --- small questions templates cannot ask themselves ----------------------------------------------------------------
@register.filter
def steps(level: int | None) -> list[bool]:
    """Five bars for a progress word: “Nog niet begonnen” (0) has none, “Een begin” (1) two, “Gelukt” (4) all."""
    filled = level + 1 if level else 0
    return [step < filled for step in range(5)]


@register.filter
def at(words: list[Any], place: int | None) -> Any:
    """The word at this place of a scale."""
    return words[place] if place is not None and 0 <= place < len(words) else ""


@register.filter
def is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


@register.filter
def plain(number: float) -> str:
    """A number for SVG: with a point, whatever the language."""
    return f"{number:g}"
