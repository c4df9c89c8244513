"""Changes on the map: who stands where, whom the participant thinks of asking, and how the map was before."""

from django.utils import timezone
from django.utils.translation import gettext as _

from herstel.refusal import Refused
from participants.models import Participant
from supportgroups.models import MapMoment, Nomination, Person, Reachable, SupportGroup

MOST_PEOPLE = 100


def put_on_map(
    *, participant: Participant, called: str, kind: str, relation: str, ring: int, died: bool = False
) -> Person:
    """Somebody (or a dog) is on the map. This shares nothing. Raises Refused when the map is full."""
    if Person.objects.own().count() >= MOST_PEOPLE:
        raise Refused(_("Er staan al 100 mensen op je kaart. Haal er eerst iemand af."))
    SupportGroup.objects.get_or_create(participant=participant)
    person = Person.objects.create(
        participant=participant, called=called, kind=kind, relation=relation, ring=ring, died=died
    )
    remember_map(participant)
    return person


def change_person(*, person: Person, called: str, kind: str, relation: str, ring: int, died: bool) -> None:
    person.called, person.kind, person.relation, person.ring, person.died = called, kind, relation, ring, died
    person.save(update_fields=["called", "kind", "relation", "ring", "died"])
    remember_map(person.participant)


def move(*, person: Person, ring: int) -> None:
    """Closer by, or farther away."""
    if ring not in Person.Ring.values:
        raise Refused(_("Kies een kring."))
    person.ring = ring
    person.save(update_fields=["ring"])
    remember_map(person.participant)


def remember_map(participant: Participant) -> None:
    """Keep how the map is now, as the map of today."""
    people = Person.objects.own().order_by("ring", "called").values("called", "kind", "ring", "in_group")
    MapMoment.objects.update_or_create(
        participant=participant, on=timezone.localdate(), defaults={"people": list(people)}
    )


def nominate(*, person: Person, why: str) -> None:
    """On the private list of whom to ask maybe. Asks nothing of anybody."""
    Nomination.objects.update_or_create(person=person, defaults={"participant_id": person.participant_id, "why": why})


def forget_nomination(*, person: Person) -> None:
    Nomination.objects.own().filter(person=person).delete()


def keep_number(*, person: Person, phone: str, when_hard: bool) -> None:
    """How the participant reaches somebody; without a number there is nothing to keep."""
    if not phone:
        Reachable.objects.own().filter(person=person).delete()
        return
    Reachable.objects.update_or_create(
        person=person,
        defaults={"participant_id": person.participant_id, "phone": phone, "when_hard": when_hard},
    )
