"""What the group does when something happens below it."""

from typing import Any

from django.dispatch import receiver

from herstel.mail import queue
from participants.models import Participant
from participants.signals import record_ends
from supportgroups.models import Membership


@receiver(record_ends)
def tell_the_members(sender: Any, participant: Participant, **kwargs: Any) -> None:
    """The participant wanted the group to know: a neutral mail, and what it is about stands behind the link."""
    active = Membership.objects.own().filter(state=Membership.State.ACTIVE).exclude(user=None).select_related("user")
    for membership in active:
        queue("waiting", to=membership.user)
