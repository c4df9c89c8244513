"""After the code: what was sent before it goes on, with one tap."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from herstel.accounts import fresh_first, is_fresh
from herstel.needs import members
from herstel.widening import FIELD, waiting_for


@members("what one sent oneself a moment ago")
@require_safe
def go_on(request: HttpRequest, slug: str) -> HttpResponse:
    """The same form once more, filled in as it was, to the same address: every check there is made again."""
    if not is_fresh(request):
        return fresh_first(request)
    waiting = waiting_for(request, slug)
    if waiting is None:
        return redirect("side")
    return render(request, "herstel/go_on.html", {**waiting, "field": FIELD, "slug": slug})
