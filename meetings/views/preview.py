"""Dit ziet X: the member's own page, through the member's eyes, with the ticks as they stand or as they would be."""

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
from meetings.reading import what_is_shared
from supportgroups.actions import set_sharing, sharing_of
from supportgroups.forms import SharingForm, initial_of
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
    now = sharing_of(membership)
    form = SharingForm(
        request.POST or None,
        initial=initial_of(now),
        called=person.called,
        participant=person.participant,
        until=now.until,
    )
    wanted = form.sharing() if request.method == "POST" and form.is_valid() else None
    return HttpResponse(_through_their_eyes(request, person, membership, wanted))


def _through_their_eyes(request: HttpRequest, person: Person, membership: Membership, wanted: object) -> str:
    """Rendered before the savepoint is rolled back, because after it nothing of this is true."""
    from django.db import transaction

    with unnoted(), transaction.atomic():
        if wanted is not None:
            set_sharing(membership=membership, sharing=wanted)  # type: ignore[arg-type]
        with preview_as(membership.pk):
            context = {
                "person": person,
                "membership": membership,
                "participant": person.participant,
                "ns": "member",
                "preview": True,
                "unsaved": wanted is not None,
                **what_is_shared(membership),
            }
            page = render_to_string("meetings/preview.html", context, request)
        transaction.set_rollback(True)
    return page
