"""Around a meeting: who leads and who writes, an answer that came by telephone, and how it was for oneself."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.needs import me, needs
from meetings.actions import choose_roles, keep_experience, pass_on_answer
from meetings.forms import MYSELF, ComingForm, FeltForm, RolesForm
from meetings.models import Answer, Meeting, MeetingExperience
from meetings.views.member import membership_with, person_of, supported
from supportgroups.models import Membership
from supportgroups.reading import members_of_mine


@needs(Meeting, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def meeting_roles(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    members = list(members_of_mine())
    form = RolesForm(request.POST or None, members=members, initial=_roles_now(meeting, members))
    if request.method == "POST" and form.is_valid():
        named: dict[str, Membership | str | None] = {m.slug: m for m in members}
        named |= {MYSELF: meeting.participant.called, "": None}
        said = form.cleaned_data
        choose_roles(
            meeting=meeting,
            chair=named[said["chair"]],
            writer=named[said["writer"]],
            talk_minutes=said["talk_minutes"],
        )
        messages.success(request, _t("Bewaard. Wie deze bijeenkomst ziet, ziet dit ook."))
        return redirect("meetings:meeting", meeting.slug)
    return render(request, "meetings/meeting_roles.html", {"meeting": meeting, "form": form})


def _roles_now(meeting: Meeting, members: list[Membership]) -> dict[str, Any]:
    slugs = {m.pk: m.slug for m in members}
    now: dict[str, Any] = {"talk_minutes": meeting.talk_minutes or ""}
    for role in ("chair", "writer"):
        called, member = getattr(meeting, f"{role}_called"), getattr(meeting, f"{role}_id")
        now[role] = slugs.get(member, MYSELF if called else "")
    return now


@needs(Answer, Level.OWN, by="pk", related=("meeting",))
@require_http_methods(["GET", "POST"])
def answer_for(request: HttpRequest, answer: Answer) -> HttpResponse:
    """X belde: komt X?"""
    form = ComingForm(request.POST or None, initial={"coming": answer.coming or None}, days=[], poll=False)
    coming: Any = form.fields["coming"]
    coming.label = _t("Komt %(name)s?") % {"name": answer.called}
    said = {"yes": _t("Komt"), "no": _t("Komt niet"), "phone": _t("Doet mee met bellen")}
    coming.choices = [(value, said.get(value, label)) for value, label in coming.choices]
    if request.method == "POST" and form.is_valid():
        pass_on_answer(answer=answer, coming=form.cleaned_data["coming"])
        messages.success(request, _t("Bewaard."))
        return redirect("meetings:meeting", answer.meeting.slug)
    return render(request, "meetings/answer_for.html", {"answer": answer, "meeting": answer.meeting, "form": form})


@supported(Meeting, page=False)
@require_http_methods(["GET", "POST"])
def felt(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Hoe was het voor jou? A member's own; the participant does not see it."""
    membership = membership_with(request, meeting)
    where = person_of(request, membership)
    now = MeetingExperience.objects.own().filter(meeting=meeting).first()
    form = FeltForm(request.POST or None, initial={"words": now.words if now else ""})
    if request.method == "POST" and form.is_valid():
        keep_experience(meeting=meeting, by=me(request), words=form.cleaned_data["words"])
        messages.success(request, _t("Bewaard. Alleen jij ziet dit."))
        return redirect(f"{where['ns']}:meeting", meeting.slug)
    return render(request, "meetings/member_felt.html", {**where, "meeting": meeting, "form": form})
