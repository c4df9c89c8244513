"""Dit ziet X: the member's own page, through the member's eyes, with the ticks as they stand or as they would be."""

from functools import partial

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.actor import preview_as
from herstel.audit import unnoted
from herstel.needs import needs
from meetings.reading import plan_of, story_of, what_is_shared
from supportgroups.actions import Sharing, set_sharing, sharing_of
from supportgroups.forms import SharingForm
from supportgroups.models import Membership


def _living(request: HttpRequest) -> Q:
    return Q(state__in=Membership.LIVING)


@needs(Membership, Level.OWN, by="person__slug", narrow=_living, related=("participant", "person"))
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, membership: Membership) -> HttpResponse:
    """POST carries ticks that are not saved: "Bekijk wat X dan ziet". Everything is rolled back."""
    wanted = _ticks(request, membership) if request.method == "POST" else None
    return HttpResponse(_through_their_eyes(request, membership, wanted))


def _ticks(request: HttpRequest, membership: Membership) -> Sharing | None:
    """The ticks that are not saved yet; None when they cannot be read, and then the preview shows what is true now."""
    now = sharing_of(membership)
    called, participant = membership.person.called, membership.participant
    form = SharingForm(request.POST, called=called, participant=participant, now=now)
    return form.sharing() if form.is_valid() else None


def _through_their_eyes(request: HttpRequest, membership: Membership, wanted: Sharing | None) -> str:
    """Rendered before the savepoint is rolled back, because after it nothing of this is true."""
    first = partial(set_sharing, membership=membership, sharing=wanted) if wanted is not None else None
    with unnoted(), preview_as(membership.pk, first):
        shared = what_is_shared(membership)
        context = {
            "person": membership.person,
            "membership": membership,
            "participant": membership.participant,
            "ns": "member",
            "preview": True,
            "unsaved": wanted is not None,
            **shared,
            "plan": plan_of(membership) if "plan" in shared["shares"] else [],
            "story": story_of(membership) if "story" in shared["shares"] else [],
        }
        return render_to_string("meetings/preview.html", context, request)
