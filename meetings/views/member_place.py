"""One's own place in somebody's group: what I can and do not do, a break, and stopping."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel.forms import KringForm, Words
from herstel.needs import needs
from herstel.refusal import Refused
from meetings.reading import plan_of, story_of
from meetings.views.member import my_place, person_of
from supportgroups.actions import keep_interview, leave, rest
from supportgroups.forms import InterviewForm
from supportgroups.models import Interview, Membership

PARTICIPANT = ("participant",)


class FarewellForm(KringForm):
    farewell = Words(
        label=_("Wil je nog iets zeggen?"), required=False, help_text=_("Dit leest alleen de persoon die je steunt.")
    )


@needs(Membership, narrow=my_place, related=PARTICIPANT)
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Wil je stoppen? No reason is asked; who wants to say something, can."""
    form = FarewellForm(request.POST if request.method == "POST" else None)  # leaving works with nothing filled in
    if request.method == "POST" and form.is_valid():
        leave(membership=membership, farewell=form.cleaned_data["farewell"])
        messages.success(request, _t("Je bent gestopt. Dank je voor wat je deed."))
        return redirect("side")
    return render(request, "meetings/member_stop.html", {**person_of(request, membership), "form": form})


@needs(Membership, narrow=my_place, related=PARTICIPANT)
@require_POST
def take_break(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Even niet, and back again."""
    on = membership.state == Membership.State.ACTIVE
    rest(membership=membership, on=on)
    text = _t("Goed. Je doet even niet mee. Je ziet nu niets van %(name)s.") if on else _t("Fijn. Je doet weer mee.")
    messages.success(request, text % {"name": membership.participant.called})
    return redirect(reverse(f"{person_of(request, membership)['ns']}:person", args=[membership.slug]))


@needs(Membership, narrow=my_place, related=PARTICIPANT)
def plan(request: HttpRequest, membership: Membership) -> HttpResponse:
    """The parts of the plan for hard days that were chosen for me."""
    sections = plan_of(membership)
    if not sections:
        raise Http404
    return render(request, "meetings/member_plan.html", {**person_of(request, membership), "plan": sections})


@needs(Membership, narrow=my_place, related=PARTICIPANT)
def story(request: HttpRequest, membership: Membership) -> HttpResponse:
    """The pieces of the own story that were chosen for me."""
    parts = story_of(membership)
    if not parts:
        raise Http404
    return render(request, "meetings/member_story.html", {**person_of(request, membership), "story": parts})


@needs(Membership, narrow=my_place, related=PARTICIPANT)
@require_http_methods(["GET", "POST"])
def interview(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Dit kan ik, dit doe ik niet: told once, read by the participant."""
    now = Interview.objects.visible().filter(membership=membership).first()
    form = InterviewForm(
        request.POST or None, initial={name: getattr(now, name) for name in InterviewForm.base_fields} if now else {}
    )
    context = person_of(request, membership)
    if request.method == "POST" and form.is_valid():
        try:
            keep_interview(membership=membership, held=True, skipped=False, **form.cleaned_data)
        except Refused as error:
            form.add_error("can", error.sentence)
        else:
            messages.success(request, _t("Bewaard. %(name)s leest dit ook.") % {"name": membership.participant.called})
            return redirect(reverse(f"{context['ns']}:person", args=[membership.slug]))
    return render(request, "meetings/member_interview.html", {**context, "form": form})
