"""Changes in the plan for hard days, and in the card that goes with it."""

from django.db.models import Max

from herstel import audit
from herstel.access import Category
from herstel.models import AuditLine
from herstel.refusal import Conflict
from participants.models import CrisisCard, Participant, PlanSection, PlanVersion

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


def filled_parts() -> list[PlanSection]:
    """The parts in which something stands, in the order of the plan."""
    order = {part.value: n for n, part in enumerate(PlanSection.Part)}
    return sorted((s for s in PlanSection.objects.own() if s.is_filled), key=lambda s: order[s.part])


def agree_plan(*, participant: Participant) -> PlanVersion:
    """Keep the plan of today as it is; it never changes any more."""
    number = (PlanVersion.objects.own().aggregate(last=Max("number"))["last"] or 0) + 1
    parts = PlanSection.objects.own().order_by("part").values("part", *TEXTS)
    return PlanVersion.objects.create(participant=participant, number=number, content=list(parts))


CARD = ("holder", "call", "sees", "helps", "not_want", "practical")


def begin_card(*, participant: Participant, call: str) -> CrisisCard:
    """A card that is not kept yet, with what the plan says already; as much of it as fits."""
    Part = PlanSection.Part
    plan = {section.part: section for section in PlanSection.objects.own()}
    empty = PlanSection()
    red = plan.get(Part.RED, empty)
    texts = {
        "sees": red.words,
        "helps": red.mine_do or red.i_do,
        "not_want": plan.get(Part.NOT, empty).words,
        "practical": plan.get(Part.PRACTICAL, empty).words,
        "call": call or plan.get(Part.CONTACT, empty).words,
    }
    short = {name: text[: CrisisCard.FITS] for name, text in texts.items()}
    # Version 0: who began it in another tab made version 1 of it.
    return CrisisCard(participant=participant, version=0, holder=participant.called[: CrisisCard.FITS_NAME], **short)


def keep_card(*, card: CrisisCard, version: int, texts: dict[str, str]) -> None:
    """Write the card. Raises Conflict, and writes nothing, when another tab changed or began it in between."""
    if card.pk is None:
        kept, made = CrisisCard.objects.own().get_or_create(participant=card.participant, defaults=texts)
        card.pk = kept.pk
        if not made:
            raise Conflict
    else:
        card.change(version, **texts)
    audit.log(AuditLine.Event.CHANGE, card.participant_id, category=Category.PLAN, objects=[["card", card.pk]])
