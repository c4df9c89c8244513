"""What a member may know of a participant; asked by the member's page, the professional's and the preview."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from goals.models import Goal
from meetings.models import Answer, Meeting, Minutes, Promise
from participants.models import CheckIn, PlanSection, StoryPart
from participants.words import words_of
from supportgroups.models import Membership, Person, Share
from supportgroups.reading import in_words, living_shares

COMING = (Meeting.State.PROPOSED, Meeting.State.FIXED)
MOST = 50
JUST_HELD = timedelta(days=21)  # so long one finds the way back to say how it was


def plan_of(membership: Membership) -> list[PlanSection]:
    """The parts of the plan for hard days that were chosen for this member."""
    return list(PlanSection.objects.visible().filter(participant=membership.participant_id).order_by("part"))


def story_of(membership: Membership) -> list[StoryPart]:
    """The pieces of the own story that were chosen for this member."""
    return list(StoryPart.objects.visible().filter(participant=membership.participant_id).order_by("told_at")[:MOST])


def what_is_shared(membership: Membership) -> dict[str, Any]:
    """Everything of the participant that this member may see now; what is not shared is not there at all."""
    of = Q(participant=membership.participant_id)
    shares = list(Share.objects.visible().filter(living_shares(), of, membership=membership))
    open_now = {s.category for s in shares}
    goals = list(Goal.objects.visible().filter(of).exclude(state=Goal.State.DROPPED).order_by("created_at")[:MOST])
    recent = Q(state=Meeting.State.HELD, at__gte=timezone.now() - JUST_HELD)
    told = Meeting.objects.visible().filter(of).filter(Q(state__in=COMING) | recent).order_by("at", "created_at")
    meetings = sorted(told[:MOST], key=lambda meeting: meeting.state == Meeting.State.HELD)  # what comes, comes first
    answers = list(Answer.objects.visible().filter(of, meeting__in=meetings).order_by("called"))
    words = words_of(membership.participant_id)
    minutes = Minutes.objects.visible().filter(of).select_related("meeting").order_by("-meeting__at")[:MOST]
    return {
        "sees": in_words({s.category: s.scope for s in shares}, len(goals)),
        "shares": open_now,
        "levels": words.standings,
        "moods": words.moods,
        "goals": goals,
        "meetings": [
            {
                "meeting": m,
                "answers": [a for a in answers if a.meeting_id == m.pk],
                "mine": next((a for a in answers if a.meeting_id == m.pk and a.membership_id == membership.pk), None),
            }
            for m in meetings
        ],
        "minutes": list(minutes) if "minutes" in open_now else [],
        "people": list(Person.objects.visible().filter(of, in_group=True).order_by("called"))
        if "people" in open_now
        else [],
        "check_ins": list(CheckIn.objects.visible().filter(of).order_by("-at")[:5]) if "wellbeing" in open_now else [],
        "promises": list(
            Promise.objects.visible()
            .filter(of, membership=membership, state=Promise.State.OPEN)
            .order_by("due_on", "made_at")[:MOST]
        ),
        "today": timezone.localdate(),
    }


def answers_to(meeting: Meeting | None) -> Any:
    """Who was asked for a meeting of one's own and what they said; whose place rests does not come."""
    resting = Membership.State.RESTING
    return Answer.objects.own().filter(meeting=meeting).exclude(membership__state=resting).order_by("called")
