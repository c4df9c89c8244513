"""Delen: who may see what, stopping, and closing everything."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from herstel.access import Category, Level
from herstel.models import Draft
from herstel.needs import me, needs
from herstel.once import once
from herstel.templatetags.kring import namen
from participants.actions import close_everything, open_again
from participants.models import Participant
from supportgroups.actions import Sharing, end_membership, set_sharing, sharing_of
from supportgroups.forms import PRESETS, SharingForm, initial_of, preset
from supportgroups.models import Membership, Person
from supportgroups.reading import YOUR_WORD, living_membership, people_of_mine, sees_of, words_of

# Who opens one of these is asked once more: the participant may have hard days in it, or other people's names.
SENSITIVE = {Category.WELLBEING.value, Category.PEOPLE.value}
CLOSED = "closed"  # the draft with what the receipt of stopping says


@needs(Participant, Level.OWN, by=None)
def sharing(request: HttpRequest, participant: Participant) -> HttpResponse:
    people = [(p, m) for p in people_of_mine() if (m := living_membership(p))]
    sees = sees_of(m.pk for _p, m in people)
    rows = [{"person": p, "membership": m, "sees": sees[m.pk]} for p, m in people]
    return render(request, "supportgroups/sharing.html", {"participant": participant, "rows": rows})


@needs(Person, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def share_with(request: HttpRequest, person: Person) -> HttpResponse:
    """Wat mag X zien?"""
    membership = _living(person)
    if membership is None:
        return redirect("supportgroups:person", person.slug)
    now = sharing_of(membership)
    sent = request.POST if request.method == "POST" else None
    form = SharingForm(sent, initial=initial_of(now), called=person.called, participant=person.participant, now=now)
    context = {"person": person, "membership": membership, "form": form, "presets": PRESETS}
    if (chosen := request.POST.get("vooraf", "")) in PRESETS:
        ticks = preset(form, chosen)
        form = SharingForm(initial=ticks, called=person.called, participant=person.participant, now=now)
        return render(request, "supportgroups/share_with.html", {**context, "form": form, "chosen": True})
    if request.method == "POST" and form.is_valid():
        wanted = form.sharing()
        asked = (wanted.categories - now.categories) & SENSITIVE
        if asked and "sure" not in request.POST:
            return render(
                request, "supportgroups/share_sure.html", {**context, "asked": sorted(asked), "sent": request.POST}
            )
        return once(request, lambda: _keep(request, person, membership, wanted))
    return render(request, "supportgroups/share_with.html", context)


def _living(person: Person) -> Membership | None:
    return Membership.objects.own().filter(person=person, state__in=Membership.LIVING).select_related("person").first()


def _keep(request: HttpRequest, person: Person, membership: Membership, wanted: Sharing) -> str:
    set_sharing(membership=membership, sharing=wanted)
    chosen = {Category.GOALS.value: wanted.goals, Category.STORY.value: wanted.story}
    opened = wanted.categories | {category for category, rows in chosen.items() if rows}
    sees = namen(words_of(opened, len(wanted.goals), YOUR_WORD, wanted.partly))
    if membership.state == Membership.State.RESTING:
        text = _t("Bewaard. %(name)s ziet nu niets van jou.")
    elif membership.state != Membership.State.ACTIVE:
        text = _t("Bewaard. %(name)s ziet nog niets. Eerst zegt %(name)s ja, en dan jij.")
    elif sees:
        text = _t("Bewaard. %(name)s ziet nu: %(sees)s.")
    else:
        text = _t("Bewaard. %(name)s ziet nu niets van jou.")
    messages.success(request, text % {"name": person.called, "sees": sees})
    return reverse("supportgroups:share_with", args=[person.slug])


@needs(Person, Level.OWN)
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, person: Person) -> HttpResponse:
    """Stop je met delen met X? Never asks why, never asks for a code."""
    membership = _living(person)
    if membership is None and request.method == "GET":
        return redirect("supportgroups:person", person.slug)
    if request.method == "POST":
        return once(request, lambda: _stop(request, person, membership))
    sees = _seen_now(membership) if membership else ""
    return render(request, "supportgroups/stop.html", {"person": person, "sees": sees})


def _seen_now(membership: Membership) -> str:
    """What stopping closes; for who did not come in yet nothing was open."""
    return sees_of([membership.pk])[membership.pk] if membership.state == Membership.State.ACTIVE else ""


def _stop(request: HttpRequest, person: Person, membership: Membership | None) -> str:
    if membership is not None:
        Draft.objects.update_or_create(
            user=me(request), flow=CLOSED, subject=person.slug, defaults={"data": {"closed": _seen_now(membership)}}
        )
        end_membership(membership=membership)
    return reverse("supportgroups:stopped", args=[person.slug])


@needs(Person, Level.OWN)
def stopped(request: HttpRequest, person: Person) -> HttpResponse:
    """The receipt: what is closed now."""
    receipt = Draft.objects.own().filter(user=me(request), flow=CLOSED, subject=person.slug).first()
    closed = receipt.data["closed"] if receipt else ""
    return render(request, "supportgroups/stopped.html", {"person": person, "closed": closed})


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def pause(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Alles even dicht, and open again."""
    if request.method == "POST" and "open" in request.POST:
        open_again(participant=participant)
        messages.success(request, _t("Alles staat weer open zoals het was."))
        return redirect("supportgroups:sharing")
    if request.method == "POST":
        close_everything(participant=participant)
        return redirect("supportgroups:pause")
    return render(request, "supportgroups/pause.html", {"participant": participant})
