"""Doelen: the list, one goal, where I stand, steps, who sees it, laying aside."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from goals.actions import (
    add_step,
    answer_offer,
    change_reach,
    change_words,
    close_goal,
    drop_step,
    finish_step,
    say_where,
)
from goals.forms import ChangeImageForm, GoalForm, StandingForm, StepForm, WhoSeesForm, WriteForm
from goals.models import Goal, Helper, Progress, Reply, Step
from herstel.access import Level, Reach
from herstel.files import all_or_nothing, send_file
from herstel.images import keep_image
from herstel.needs import me, needs
from herstel.once import once
from herstel.refusal import Conflict, Refused
from herstel.tasks import remove_unused
from herstel.wake import wake
from participants.models import Participant
from participants.scales import Standing
from participants.words import my_words
from supportgroups.reading import members_of_mine, who_sees_row

STEPS_SHOWN = 3
OPEN_FIRST = F("done_at").desc(nulls_first=True)


@needs(Participant, Level.OWN, by=None)
def goal_list(request: HttpRequest, participant: Participant) -> HttpResponse:
    goals = list(Goal.objects.own().exclude(state=Goal.State.DROPPED).order_by("created_at"))
    context = {
        "active": [g for g in goals if g.state == Goal.State.ACTIVE],
        "resting": [g for g in goals if g.state == Goal.State.RESTING],
        "reached": [g for g in goals if g.state == Goal.State.REACHED],
        "levels": my_words().standings,
    }
    return render(request, "goals/goal_list.html", context)


@needs(Goal, Level.OWN)
def goal(request: HttpRequest, goal: Goal) -> HttpResponse:
    steps = Paginator(Step.objects.own().filter(goal=goal).order_by(OPEN_FIRST, "created_at"), STEPS_SHOWN)
    members = list(members_of_mine())
    see = who_sees_row("goals", goal.pk) if goal.reach != Reach.ME else []
    context = {
        "goal": goal,
        "levels": my_words().standings,
        "steps": steps.get_page(request.GET.get("stappen")),
        "helpers": Helper.objects.own().filter(goal=goal).select_related("membership__person").order_by("called"),
        "offers": offers_for(goal),
        "read_by": sorted(
            set(Reply.objects.own().filter(goal=goal, kind=Reply.Kind.READ).values_list("called", flat=True))
        ),
        "see": [m.person.called for m in see],
        "see_not": [m.person.called for m in members if m.pk not in {s.pk for s in see}],
        "latest": Progress.objects.own().filter(goal=goal).exclude(words="").order_by("-at").first(),
    }
    return render(request, "goals/goal.html", context)


def offers_for(goal: Goal) -> Any:
    """What members offer and propose, and that waits for a yes or a no; one at a time, so that the page stays short."""
    kinds = [Reply.Kind.HELP, Reply.Kind.PROPOSE]
    return Reply.objects.own().filter(goal=goal, kind__in=kinds, answered_at=None).order_by("at")[:1]


@needs(Goal, Level.OWN)
def goal_more(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Everything else one can do with a goal."""
    context = {"goal": goal, "written": Progress.objects.own().filter(goal=goal).exists()}
    return render(request, "goals/goal_more.html", context)


@needs(Goal, Level.OWN)
def goal_paper(request: HttpRequest, goal: Goal) -> HttpResponse:
    """The goal on paper."""
    context = {
        "goal": goal,
        "levels": my_words().standings,
        "steps": Step.objects.own().filter(goal=goal).order_by("done_at", "created_at"),
        "helpers": Helper.objects.own().filter(goal=goal).order_by("called"),
    }
    return render(request, "goals/goal_paper.html", context)


@needs(Goal, Level.OWN)
def goal_history(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Terugkijken: where I stood, and what I wrote."""
    history = Paginator(Progress.objects.own().filter(goal=goal).order_by("-at"), 20)
    context = {"goal": goal, "page": history.get_page(request.GET.get("pagina")), "levels": my_words().standings}
    return render(request, "goals/goal_history.html", context)


def _still_there(goal: Goal, form: Any, field: str) -> bool:
    """A goal that was put away in another tab takes nothing more; what was typed stays in the form."""
    if goal.state == Goal.State.DROPPED:
        form.add_error(field, _t("Dit doel is weg. Wil je ermee verder? Zet het eerst terug."))
    return goal.state != Goal.State.DROPPED


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_standing(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Waar sta je nu? Back is as easy as forward."""
    words = my_words()
    form = StandingForm(request.POST or None, initial={"standing": goal.standing}, words=words.standing_choices())
    if request.method == "POST" and form.is_valid() and _still_there(goal, form, "standing"):
        return once(request, lambda: _say_where(request, goal, form.cleaned_data, words.standings))
    return render(request, "goals/goal_standing.html", {"goal": goal, "form": form})


def _say_where(request: HttpRequest, goal: Goal, said: dict[str, Any], levels: list[str]) -> str:
    before = goal.standing
    say_where(goal=goal, by=me(request), standing=said["standing"], words=said["words"])
    word = levels[goal.standing]
    if goal.standing == Standing.REACHED and before != Standing.REACHED:
        return reverse("goals:goal_close", args=[goal.slug])
    back = _t("Je zette het terug naar %(word)s. Dat hoort erbij.")
    kept = _t("Bewaard. Je staat nu op: %(word)s.")
    messages.success(request, (back if goal.standing < before else kept) % {"word": word})
    return reverse("goals:goal", args=[goal.slug])


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_write(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Schrijf iets op."""
    form = WriteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _still_there(goal, form, "words"):

        def write() -> str:
            say_where(goal=goal, by=me(request), words=form.cleaned_data["words"])
            messages.success(request, _t("Bewaard. Het staat bij je doel."))
            return reverse("goals:goal", args=[goal.slug])

        return once(request, write)
    see = [m.person.called for m in who_sees_row("goals", goal.pk)] if goal.reach != Reach.ME else []
    return render(request, "goals/goal_write.html", {"goal": goal, "form": form, "see": see})


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_edit(request: HttpRequest, goal: Goal) -> HttpResponse:
    initial = {
        "words": goal.words,
        "why": goal.why,
        "domain": goal.domain,
        "horizon": goal.horizon,
        "version": goal.version,
    }
    form = GoalForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"goal": goal, "form": form}
    if request.method == "POST" and form.is_valid() and _still_there(goal, form, "words"):
        fields = dict(form.cleaned_data)
        try:
            change_words(goal=goal, version=fields.pop("version"), **fields)
        except Conflict as error:
            # Both texts on one page: what was typed stays in the form, what stands there now is shown beside it.
            goal.refresh_from_db()
            context["form"] = GoalForm(initial={**form.cleaned_data, "version": goal.version})
            context |= {"conflict": error.sentence, "now": goal}
            return render(request, "goals/goal_edit.html", context, status=409)
        messages.success(request, _t("Bewaard."))
        return redirect("goals:goal", goal.slug)
    return render(request, "goals/goal_edit.html", context)


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_picture(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Ander beeld kiezen."""
    form = ChangeImageForm(request.POST or None, request.FILES or None, initial={"pictogram": goal.pictogram})
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["image"]
        try:
            old = goal.image
            with all_or_nothing():
                image = keep_image(upload) if upload else ("" if form.cleaned_data["pictogram"] else old)
                change_words(goal=goal, version=goal.version, pictogram=form.cleaned_data["pictogram"], image=image)
            if old not in ("", image):
                wake(remove_unused, old)
        except Refused as error:
            form.add_error("image", error.sentence)
        else:
            messages.success(request, _t("Bewaard."))
            return redirect("goals:goal", goal.slug)
    return render(request, "goals/goal_picture.html", {"goal": goal, "form": form})


@needs(Goal, page=False)
def goal_image(request: HttpRequest, goal: Goal) -> HttpResponseBase:
    """The participant's own picture, for everybody who may see the goal."""
    return send_file(request, goal.image, "beeld")


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_reach(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Verander wie dit ziet."""
    members = list(members_of_mine())
    see = {m.slug for m in who_sees_row("goals", goal.pk)} if goal.reach != Reach.ME else set()
    initial = {"reach": Reach.CHOSEN if see else goal.reach, "people": sorted(see)}
    form = WhoSeesForm(request.POST or None, initial=initial, members=members)
    if request.method == "POST" and form.is_valid():
        reach, chosen = form.cleaned_data["reach"], set(form.cleaned_data["people"])

        def keep() -> str:
            opened = change_reach(goal=goal, reach=reach, audience=[m for m in members if m.slug in chosen])
            if opened:
                names = ", ".join(opened)
                messages.success(
                    request, _t("Bewaard. %(names)s ziet nu voor het eerst een doel van jou.") % {"names": names}
                )
            else:
                messages.success(request, _t("Bewaard."))
            return reverse("goals:goal", args=[goal.slug])

        return once(request, keep)
    return render(request, "goals/goal_reach.html", {"goal": goal, "form": form, "members": members})


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def goal_close(request: HttpRequest, goal: Goal) -> HttpResponse:
    """Dit doel mag weg of even liggen; or it is reached."""
    states = {
        "gelukt": Goal.State.REACHED,
        "rust": Goal.State.RESTING,
        "weg": Goal.State.DROPPED,
        "verder": Goal.State.ACTIVE,
    }
    chosen = states.get(request.POST.get("state", ""))
    if request.method == "POST" and chosen:
        close_goal(goal=goal, state=chosen)
        messages.success(request, _t("Bewaard. Je kunt het altijd weer veranderen."))
        return redirect("goals:goal_list") if chosen == Goal.State.DROPPED else redirect("goals:goal", goal.slug)
    return render(request, "goals/goal_close.html", {"goal": goal})


@needs(Goal, Level.OWN)
@require_http_methods(["GET", "POST"])
def step_new(request: HttpRequest, goal: Goal) -> HttpResponse:
    members = list(members_of_mine())
    form = StepForm(request.POST or None, members=members)
    if request.method == "POST" and form.is_valid() and _still_there(goal, form, "words"):
        said = form.cleaned_data
        helper = next((m for m in members if m.slug == said["helper"]), None)

        def add() -> str:
            add_step(goal=goal, by=me(request), words=said["words"], helper=helper, due_on=said["due_on"])
            return reverse("goals:goal", args=[goal.slug])

        try:
            return once(request, add)
        except Refused as error:
            form.add_error("words", error.sentence)
    return render(request, "goals/step_new.html", {"goal": goal, "form": form})


@needs(Step, Level.OWN, related=("goal",))
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, step: Step) -> HttpResponse:
    if request.method == "POST":
        if "drop" in request.POST:
            drop_step(step=step)
        else:
            finish_step(step=step, done="done" in request.POST)
        return redirect("goals:goal", step.goal.slug)
    return render(request, "goals/step.html", {"step": step, "goal": step.goal})


@needs(Reply, Level.OWN, by="pk", related=("goal",))
@require_POST
def help_answer(request: HttpRequest, reply: Reply) -> HttpResponse:
    """Ja, fijn - or: nee, nu niet."""
    yes = "yes" in request.POST
    if reply.answered_at is None:
        answer_offer(reply=reply, by=me(request), accepted=yes)
        text = _t("De stap staat erbij.") if reply.kind == Reply.Kind.PROPOSE else _t("%(name)s helpt je hierbij.")
        if yes:
            messages.success(request, text % {"name": reply.called})
    return redirect("goals:goal", reply.goal.slug)
