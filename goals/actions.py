"""What a participant does with goals, and the three things a member may say to one."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from goals.models import Goal, GoalRating, GoalScale, Helper, Progress, Reply, Step
from herstel import audit
from herstel.access import Category, Reach
from herstel.mail import queue
from herstel.models import AuditLine, User
from herstel.refusal import Refused
from participants.models import Participant
from supportgroups.actions import choose_audience
from supportgroups.models import Membership

MOST_GOALS = 200
MOST_STEPS = 200


def set_goal(
    *,
    participant: Participant,
    by: User,
    words: str,
    why: str = "",
    pictogram: str = "",
    image: str = "",
    domain: str = "",
    horizon: str = Goal.Horizon.SHORT,
    first_step: str = "",
    helpers: Iterable[Membership] = (),
    reach: str = Reach.CHOSEN,
    audience: Iterable[Membership] = (),
) -> tuple[Goal, list[str]]:
    """A new goal, seen by nobody but who is named. Answers with the names for whom the category was opened now."""
    if Goal.objects.own().count() >= MOST_GOALS:
        raise Refused(_("Je hebt al heel veel doelen. Leg er eerst een weg."))
    goal = Goal.objects.create(
        participant=participant,
        words=words,
        why=why,
        pictogram=pictogram,
        image=image,
        domain=domain,
        horizon=horizon,
        reach=reach,
    )
    if first_step:
        add_step(goal=goal, by=by, words=first_step)
    for membership in helpers:
        Helper.objects.create(
            participant=participant, goal=goal, membership=membership, called=membership.person.called
        )
    opened = [] if reach == Reach.ME else share_goal(goal=goal, audience=audience)
    audit.log(AuditLine.Event.CREATE, participant.pk, category=Category.GOALS, objects=[["goal", goal.pk]])
    return goal, opened


def _note(event: str, row: Goal | Step | Progress | Reply | GoalRating, kind: str = "goal") -> None:
    """That something of a goal was added, changed or taken away, and by whom."""
    audit.log(event, row.participant_id, category=Category.GOALS, objects=[[kind, row.pk]])


def share_goal(*, goal: Goal, audience: Iterable[Membership]) -> list[str]:
    """Exactly these members see it; nobody else. The names of those whose goals-share is made now."""
    return choose_audience(participant=goal.participant, category=Category.GOALS, row=goal.pk, memberships=audience)


def change_reach(*, goal: Goal, reach: str, audience: Iterable[Membership]) -> list[str]:
    """Who sees this goal: only me, or these people."""
    Goal.objects.own().filter(pk=goal.pk).update(reach=reach)
    return share_goal(goal=goal, audience=() if reach == Reach.ME else audience)


def change_words(*, goal: Goal, version: int, **fields: str) -> None:
    """Other words, another picture. Raises Conflict when it was changed in between."""
    goal.change(version, **fields)
    _note(AuditLine.Event.CHANGE, goal)


def say_where(*, goal: Goal, by: User, standing: int | None = None, words: str = "") -> Progress:
    """Where somebody stands now, chosen and never computed; and what they want to write with it."""
    progress = Progress.objects.create(
        participant_id=goal.participant_id, goal=goal, standing=standing, words=words, by=by
    )
    if standing is not None:
        goal.standing = standing
        goal.save(update_fields=["standing"])
    _note(AuditLine.Event.CREATE, progress, "progress")
    return progress


def close_goal(*, goal: Goal, state: str) -> None:
    """Reached, resting for a while, or away; it can always come back."""
    goal.state = state
    goal.closed_at = None if state == Goal.State.ACTIVE else timezone.now()
    goal.save(update_fields=["state", "closed_at"])
    _note(AuditLine.Event.CHANGE, goal)


def add_step(*, goal: Goal, by: User, words: str, helper: Membership | None = None, due_on: date | None = None) -> Step:
    if Step.objects.own().filter(goal=goal).count() >= MOST_STEPS:
        raise Refused(_("Dit doel heeft al heel veel stappen. Maak er een nieuw doel van."))
    step = Step.objects.create(
        participant_id=goal.participant_id,
        goal=goal,
        words=words,
        helper=helper,
        helper_called=helper.person.called if helper else "",
        due_on=due_on,
        by=by,
    )
    _note(AuditLine.Event.CREATE, step, "step")
    return step


def finish_step(*, step: Step, done: bool) -> None:
    """Done, or after all not; both are fine."""
    step.done_at = timezone.now() if done else None
    step.save(update_fields=["done_at"])
    _note(AuditLine.Event.CHANGE, step, "step")


def drop_step(*, step: Step) -> None:
    _note(AuditLine.Event.DELETE, step, "step")
    step.delete()


def answer_offer(*, reply: Reply, by: User, accepted: bool) -> None:
    """Ja, fijn - or: nee, nu niet. Nobody gets a message about a no. A proposed step exists from here on."""
    reply.accepted, reply.answered_at = accepted, timezone.now()
    reply.save(update_fields=["accepted", "answered_at"])
    _note(AuditLine.Event.CHANGE, reply, "reply")
    if accepted and reply.kind == Reply.Kind.PROPOSE:
        add_step(goal=reply.goal, by=by, words=reply.words)
    elif accepted:
        Helper.objects.update_or_create(
            goal_id=reply.goal_id,
            membership_id=reply.membership_id,
            defaults={"participant_id": reply.participant_id, "called": reply.called, "words": reply.words},
        )


def reply_to(*, goal: Goal, membership: Membership, called: str, kind: str, words: str = "") -> Reply:
    """A member helps, has read it, or wants to discuss it. Reading asks nothing, so only the others send word."""
    reply = Reply.objects.create(
        participant_id=goal.participant_id, goal=goal, membership=membership, called=called, kind=kind, words=words
    )
    audit.log(AuditLine.Event.CREATE, goal.participant_id, category=Category.GOALS, objects=[["reply", goal.pk]])
    if kind != Reply.Kind.READ:
        owner = User.objects.filter(pk=goal.participant.user_id).first()
        queue("waiting", to=owner)
    return reply


# --- when is it good? -----------------------------------------------------------------------------------------------
def agree_scale(*, goal: Goal, texts: dict[str, str]) -> GoalScale:
    """Five texts in own words; only what is hoped for is needed."""
    scale, _made = GoalScale.objects.update_or_create(
        goal=goal, defaults={"participant_id": goal.participant_id, "agreed_at": timezone.now(), **texts}
    )
    _note(AuditLine.Event.CHANGE, goal)
    return scale


def drop_scale(*, goal: Goal) -> None:
    GoalRating.objects.own().filter(goal=goal).delete()
    GoalScale.objects.own().filter(goal=goal).delete()
    _note(AuditLine.Event.CHANGE, goal)


def rate_goal(*, goal: Goal, level: int, membership: Membership | None = None, called: str = "") -> GoalRating:
    """Where it is on the scale: by the participant, or by a member for themselves."""
    rater = GoalRating.Rater.PARTICIPANT
    if membership is not None:
        formal = membership.kind == Membership.Kind.FORMAL
        rater = GoalRating.Rater.PROFESSIONAL if formal else GoalRating.Rater.RELATIVE
    rating = GoalRating.objects.create(
        participant_id=goal.participant_id, goal=goal, level=level, rater=rater, membership=membership, called=called
    )
    _note(AuditLine.Event.CREATE, rating, "rating")
    return rating
