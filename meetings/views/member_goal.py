"""A goal as who supports somebody sees it. No open comment box: help, propose a step, read, discuss, score."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from goals.actions import rate_goal, reply_to
from goals.forms import DiscussForm, HelpForm, ProposeForm, RatingForm
from goals.models import Goal, GoalRating, GoalScale, Helper, Progress, Reply, Step
from herstel.once import once
from meetings.views.member import membership_with, my_name, person_of, supported
from participants.words import words_of


@supported(Goal)
def goal(request: HttpRequest, goal: Goal) -> HttpResponse:
    membership = membership_with(request, goal)
    mine = Reply.objects.visible().filter(goal=goal, membership=membership)
    context = {
        **person_of(request, membership),
        "goal": goal,
        "levels": words_of(membership.participant_id).standings,
        "steps": Step.objects.visible().filter(goal=goal).order_by("done_at", "created_at")[:50],
        "helpers": Helper.objects.visible().filter(goal=goal).order_by("called"),
        "latest": Progress.objects.visible().filter(goal=goal).exclude(words="").order_by("-at").first(),
        "mine": list(mine.exclude(kind=Reply.Kind.READ).order_by("-at")[:5]),
        "has_read": mine.filter(kind=Reply.Kind.READ).exists(),
        "scale": GoalScale.objects.visible().filter(goal=goal).first(),
    }
    return render(request, "meetings/member_goal.html", context)


@supported(Goal)
@require_http_methods(["GET", "POST"])
def goal_help(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Ik help hiermee: what you yourself will do."""
    return _say(request, goal, HelpForm(request.POST or None), Reply.Kind.HELP, "meetings/member_help.html")


@supported(Goal)
@require_http_methods(["GET", "POST"])
def goal_discuss(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Ik wil iets bespreken: the participant reads it first."""
    return _say(request, goal, DiscussForm(request.POST or None), Reply.Kind.DISCUSS, "meetings/member_discuss.html")


def _say(request: HttpRequest, goal: Goal, form: Any, kind: str, template: str) -> HttpResponse:
    membership = membership_with(request, goal)
    where = person_of(request, membership)
    if request.method == "POST" and form.is_valid():

        def say() -> str:
            reply_to(
                goal=goal,
                membership=membership,
                called=my_name(membership),
                kind=kind,
                words=form.cleaned_data["words"],
            )
            messages.success(
                request, _t("Verstuurd. %(name)s leest het eerst.") % {"name": membership.participant.called}
            )
            return reverse(f"{where['ns']}:goal", args=[goal.slug])

        return once(request, say)
    return render(request, template, {**where, "goal": goal, "form": form})


@supported(Goal)
@require_http_methods(["GET", "POST"])
def goal_propose(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Ik stel een stap voor: it exists only after the participant's yes."""
    return _say(request, goal, ProposeForm(request.POST or None), Reply.Kind.PROPOSE, "meetings/member_propose.html")


@supported(Goal)
@require_http_methods(["GET", "POST"])
def goal_score(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Where it is on the participant's own scale, in this member's eyes. The participant reads it, others do not."""
    scale = GoalScale.objects.visible().filter(goal=goal).first()
    if scale is None:
        raise Http404
    membership = membership_with(request, goal)
    where = person_of(request, membership)
    form = RatingForm(request.POST or None, scale=scale)
    if request.method == "POST" and form.is_valid():

        def rate() -> str:
            level = form.cleaned_data["score"]
            rate_goal(goal=goal, level=level, membership=membership, called=my_name(membership))
            messages.success(request, _t("Bewaard. %(name)s leest dit.") % {"name": membership.participant.called})
            return reverse(f"{where['ns']}:goal", args=[goal.slug])

        return once(request, rate)
    mine = GoalRating.objects.visible().filter(goal=goal, membership=membership).order_by("-at").first()
    return render(request, "meetings/member_score.html", {**where, "goal": goal, "form": form, "mine": mine})


@supported(Goal)
@require_POST
def goal_read(request: HttpRequest, goal: Goal) -> HttpResponse:
    membership = membership_with(request, goal)
    ns = person_of(request, membership)["ns"]

    def read() -> str:
        if not Reply.objects.visible().filter(goal=goal, membership=membership, kind=Reply.Kind.READ).exists():
            reply_to(goal=goal, membership=membership, called=my_name(membership), kind=Reply.Kind.READ)
        messages.success(
            request, _t("%(name)s ziet dat je dit gelezen hebt.") % {"name": membership.participant.called}
        )
        return reverse(f"{ns}:goal", args=[goal.slug])

    return once(request, read)
