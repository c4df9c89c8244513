"""Dit ziet X: the member's own page, through the member's eyes, with the ticks as they stand or as they would be."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.actor import preview_as
from herstel.audit import unnoted
from herstel.needs import needs
from meetings.reading import plan_of, story_of, what_is_shared
from supportgroups.actions import Sharing, set_sharing, sharing_of
from supportgroups.forms import SharingForm
from supportgroups.models import Membership, Person


@needs(Person, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, person: Person) -> HttpResponse:
    """POST carries ticks that are not saved: "Bekijk wat X dan ziet". Everything is rolled back."""
    living = Membership.objects.own().filter(person=person, state__in=Membership.LIVING)
    membership = living.select_related("participant", "person").first()
    if membership is None:
        messages.info(request, _t("%(name)s ziet niets.") % {"name": person.called})
        return redirect("supportgroups:person", person.slug)
    wanted = _ticks(request, person, membership) if request.method == "POST" else None
    return HttpResponse(_through_their_eyes(request, person, membership, wanted))


def _ticks(request: HttpRequest, person: Person, membership: Membership) -> Sharing | None:
    """The ticks that are not saved yet; None when they cannot be read, and then the preview shows what is true now."""
    now = sharing_of(membership)
    form = SharingForm(request.POST, called=person.called, participant=person.participant, now=now)
    return form.sharing() if form.is_valid() else None


def _through_their_eyes(request: HttpRequest, person: Person, membership: Membership, wanted: Sharing | None) -> str:
    """Rendered before the savepoint is rolled back, because after it nothing of this is true."""
    first = partial(set_sharing, membership=membership, sharing=wanted) if wanted is not None else None
    with unnoted(), preview_as(membership.pk, first):
        shared = what_is_shared(membership)
        context = {
            "person": person,
            "membership": membership,
            "participant": person.participant,
            "ns": "member",
            "preview": True,
            "unsaved": wanted is not None,
            **shared,
            "plan": plan_of(membership) if "plan" in shared["shares"] else [],
            "story": story_of(membership) if "story" in shared["shares"] else [],
        }
        return render_to_string("meetings/preview.html", context, request)
