"""What goals answer when the group asks."""

from typing import Any

from django.dispatch import receiver

from goals.models import Goal
from herstel.access import Category, Reach
from supportgroups.signals import share_rows


@receiver(share_rows)
def goals_to_choose(participant: Any, category: str, **kwargs: Any) -> list[tuple[int, str]]:
    """The participant's goals that sharing may open; what is "alleen ik" stays out of every list."""
    if category != Category.GOALS:
        return []
    living = Goal.objects.own().exclude(reach=Reach.ME).exclude(state=Goal.State.DROPPED)
    return list(living.order_by("created_at").values_list("pk", "words"))
