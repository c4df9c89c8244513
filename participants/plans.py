"""Changes in the plan for hard days."""

from django.db.models import Max

from herstel import audit
from herstel.access import Category
from herstel.models import AuditLine
from herstel.refusal import Conflict
from participants.models import Participant, PlanSection, PlanVersion

TEXTS = ("words", "i_do", "mine_do", "workers_do")


def keep_part(*, section: PlanSection, version: int, texts: dict[str, str]) -> None:
    """Write one part. Raises Conflict, and writes nothing, when another tab changed or began it in between."""
    if section.pk is None:
        kept, made = PlanSection.objects.own().get_or_create(
            participant=section.participant, part=section.part, defaults=texts
        )
        section.pk = kept.pk
        if not made:
            raise Conflict
    else:
        section.change(version, **texts)
    audit.log(AuditLine.Event.CHANGE, section.participant_id, category=Category.PLAN, objects=[["plan", section.pk]])


def agree_plan(*, participant: Participant) -> PlanVersion:
    """Keep the plan of today as it is; it never changes any more."""
    number = (PlanVersion.objects.own().aggregate(last=Max("number"))["last"] or 0) + 1
    parts = PlanSection.objects.own().order_by("part").values("part", *TEXTS)
    return PlanVersion.objects.create(participant=participant, number=number, content=list(parts))
