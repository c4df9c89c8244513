"""Tags that need the kernel: form tokens."""

import re
import uuid

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from herstel.models import diallable
from herstel.once import FIELD

register = template.Library()


@register.simple_tag
def form_token() -> SafeString:
    """The hidden field that makes a form count once."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid.uuid4())


@register.filter
def kleine_letter(value: object) -> str:
    """The first letter small, for words that come after a comma."""
    text = str(value)
    return text[:1].lower() + text[1:]


NUMBER = re.compile(r"\+?\d[\d \-()]{6,}\d")


@register.filter
def bel(value: object) -> SafeString:
    """Words with the telephone numbers in them as links to call."""
    text, parts, at = str(value), [], 0
    for found in NUMBER.finditer(text):
        link = format_html('<a class="tlink" href="tel:{}">{}</a>', diallable(found[0]), found[0])
        parts += [escape(text[at : found.start()]), link]
        at = found.end()
    return mark_safe("".join([*parts, escape(text[at:])]))  # noqa: S308 - every part was escaped


@register.filter
def bij(value: object, called: object) -> str:
    """A place as others read it: "Bij mij thuis" becomes "Bij Jan thuis"."""
    return str(value).replace(gettext("Bij mij thuis"), gettext("Bij %(name)s thuis") % {"name": called})
