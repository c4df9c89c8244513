"""When is it good? Five texts in own words, and who scores them (goal attainment scaling; optional)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from goals.actions import agree_scale, drop_scale, rate_goal
from goals.forms import SCALE, RatingForm, ScaleForm
from goals.models import Goal, GoalRating, GoalScale
from herstel.access import Level
from herstel.needs import needs
from herstel.once import once

SHOWN = 20


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_scale(request: HttpRequest, goal: Goal) -> HttpResponse:
    now = GoalScale.objects.own().filter(goal=goal).first()
    form = ScaleForm(request.POST or None, initial={n: getattr(now, n) for n, _l, _w in SCALE} if now else {})
    if request.method == "POST" and "away" in request.POST:
        drop_scale(goal=goal)
        messages.success(request, _t("Weg. Je kunt het altijd opnieuw maken."))
        return redirect("goals:goal", goal.slug)
    if request.method == "POST" and form.is_valid():
        agree_scale(goal=goal, texts=form.cleaned_data)
        messages.success(request, _t("Bewaard. Wie dit doel ziet, leest dit ook."))
        return redirect("goals:goal_score", goal.slug)
    return render(request, "goals/goal_scale.html", {"goal": goal, "form": form, "now": now})


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_score(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Where it is on the scale, for me; and what others said about it."""
    scale = GoalScale.objects.own().filter(goal=goal).first()
    if scale is None:
        return redirect("goals:goal_scale", goal.slug)
    form = RatingForm(request.POST or None, scale=scale)
    if request.method == "POST" and form.is_valid():

        def rate() -> str:
            rate_goal(goal=goal, level=form.cleaned_data["score"])
            messages.success(request, _t("Bewaard."))
            return reverse("goals:goal_score", args=[goal.slug])

        return once(request, rate)
    ratings = GoalRating.objects.own().filter(goal=goal).order_by("-at")[:SHOWN]
    context = {"goal": goal, "form": form, "ratings": [(r, words_of_level(scale, r.level)) for r in ratings]}
    return render(request, "goals/goal_score.html", context)


def words_of_level(scale: GoalScale, level: int) -> Any:
    """The own words for this level, or ours."""
    name, label = next((n, w) for n, number, w in SCALE if number == level)
    return getattr(scale, name) or label
