"""What the group does when something happens below it."""

from typing import Any

from django.dispatch import receiver

from herstel.access import Category, Reach
from herstel.mail import queue
from participants.models import Participant, StoryPart
from participants.signals import record_ends
from supportgroups.models import Membership
from supportgroups.signals import share_rows


@receiver(record_ends)
def tell_the_members(sender: Any, participant: Participant, **kwargs: Any) -> None:
    """The participant wanted the group to know: a neutral mail, and what it is about stands behind the link."""
    active = Membership.objects.own().filter(state=Membership.State.ACTIVE).exclude(user=None).select_related("user")
    for membership in active:
        queue("waiting", to=membership.user)


@receiver(share_rows)
def story_to_choose(participant: Any, category: str, **kwargs: Any) -> list[tuple[int, str]]:
    """The pieces of the own story that sharing may open; what is "alleen ik" stays out of every list."""
    if category != Category.STORY:
        return []
    return list(StoryPart.objects.own().exclude(reach=Reach.ME).order_by("told_at").values_list("pk", "title"))
