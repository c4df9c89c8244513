"""Tags that need the kernel: form tokens."""

import uuid

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

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


@register.filter
def bij(value: object, called: object) -> str:
    """A place as others read it: "Bij mij thuis" becomes "Bij Jan thuis"."""
    return str(value).replace(gettext("Bij mij thuis"), gettext("Bij %(name)s thuis") % {"name": called})
