"""Tags that need the kernel: form tokens."""

import uuid

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from herstel.once import FIELD

register = template.Library()


@register.simple_tag
def form_token() -> SafeString:
    """The hidden field that makes a form count once."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid.uuid4())
