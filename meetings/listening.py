"""What meetings do when the group changes."""

from typing import Any

from django.dispatch import receiver

from herstel.access import Category
from meetings.models import Answer, Attendance, Meeting, Minutes
from supportgroups.actions import choose_more
from supportgroups.models import Membership
from supportgroups.signals import membership_ended, share_opened

COMING = (Meeting.State.DRAFT, Meeting.State.PROPOSED, Meeting.State.FIXED)


@receiver(membership_ended)
def leave_coming_meetings(membership: Membership, **kwargs: Any) -> None:
    """Who stops is no longer on the list of what is still to come; the past stays as it was."""
    Answer.objects.own().filter(membership=membership, meeting__state__in=COMING).delete()


@receiver(share_opened)
def open_minutes_of_own_meetings(membership: Membership, category: str, **kwargs: Any) -> None:
    """ "Verslagen" opens the released minutes of the meetings that this person was at, and no others."""
    if category != Category.MINUTES:
        return
    attended = Attendance.objects.own().filter(membership=membership).values("minutes")
    released = Minutes.objects.own().filter(pk__in=attended).exclude(released_at=None)
    choose_more(membership=membership, category=category, rows=set(released.values_list("pk", flat=True)))
