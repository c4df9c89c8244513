"""Changes in the group: who is on the map, who is asked, who may see what, who stops."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from herstel import audit, links
from herstel.access import Category, Level
from herstel.accounts import hash_token
from herstel.mail import queue
from herstel.models import AuditLine, User
from herstel.refusal import Refused
from participants.models import Participant
from supportgroups.models import Audience, Interview, Invitation, Membership, Pass, Person, Share, SupportGroup
from supportgroups.network import forget_nomination, remember_map
from supportgroups.reading import could_come_back, living_shares
from supportgroups.signals import membership_ended, share_opened

CHOSEN_BY_ROW = (Category.GOALS, Category.MINUTES, Category.PLAN, Category.STORY)
# Of these nothing is shared but what was chosen: with the last row the share goes.
ONLY_CHOSEN = (Category.PLAN, Category.STORY)
INVITATION = "invitation"


@dataclass
class Sharing:
    """What one member may see: categories, of which of them only what was chosen, which goals and pieces of the story,
    and until when.

    `partly` holds the agenda of somebody who was asked for a meeting: those meetings are seen, and no others.
    """

    categories: set[str] = field(default_factory=set)
    partly: set[str] = field(default_factory=set)
    goals: set[int] = field(default_factory=set)
    story: set[int] = field(default_factory=set)
    until: datetime | None = None
    # Did a share end in which rows were chosen? And may they open again with it?
    ended: bool = False
    earlier: bool = False


# --- the map --------------------------------------------------------------------------------------------------------
def take_off_map(*, person: Person) -> None:
    """The person leaves the map, and with it the group."""
    for membership in Membership.objects.own().filter(person=person, state__in=Membership.LIVING):
        end_membership(membership=membership)
    person.delete()
    remember_map(person.participant)


# --- asking ---------------------------------------------------------------------------------------------------------
def invite(*, person: Person, message: str, sharing: Sharing) -> Invitation:
    """Ask somebody: a link for one person. What was ticked opens only after the participant's own "Ja, dit is …"."""
    if Membership.objects.own().filter(person=person, state__in=Membership.LIVING).exists():
        raise Refused(_("%(name)s is al gevraagd.") % {"name": person.called})
    membership = Membership.objects.create(participant_id=person.participant_id, person=person, kind=_kind_of(person))
    set_sharing(membership=membership, sharing=sharing)
    forget_nomination(person=person)
    return _send_link(membership, message)


def invite_again(*, membership: Membership) -> Invitation:
    """A new link with the same message; the old one stops working."""
    if membership.state != Membership.State.INVITED:
        raise Refused(_("Deze uitnodiging staat niet meer open."))
    old = Invitation.objects.own().filter(membership=membership).latest("pk")
    Invitation.objects.own().filter(membership=membership, withdrawn_at=None).update(withdrawn_at=timezone.now())
    return _send_link(membership, old.message)


def _send_link(membership: Membership, message: str) -> Invitation:
    invitation = Invitation(participant_id=membership.participant_id, membership=membership, message=message)
    invitation.token = links.stored(INVITATION, invitation.name)
    invitation.expires_at = timezone.now() + timedelta(days=Invitation.DAYS)
    invitation.save()
    audit.log(AuditLine.Event.INVITE, invitation.participant_id, objects=[["membership", membership.pk]])
    return invitation


def link_of(invitation: Invitation) -> str:
    """The token that stands in the link of this invitation."""
    return links.token_for(INVITATION, invitation.name)


def join_without_account(*, person: Person) -> Membership:
    """Somebody takes part who needs no account: they get answers-links, and nothing else."""
    membership = Membership.objects.create(
        participant_id=person.participant_id,
        person=person,
        kind=_kind_of(person),
        state=Membership.State.ACTIVE,
        confirmed_at=timezone.now(),
    )
    _enter_group(membership)
    audit.log(AuditLine.Event.CONFIRM, membership.participant_id, objects=[["membership", membership.pk]])
    return membership


def _kind_of(person: Person) -> str:
    return Membership.Kind.FORMAL if person.kind == Person.Kind.PROFESSIONAL else Membership.Kind.INFORMAL


def confirm(*, membership: Membership) -> None:
    """ "Ja, dit is …": from now on the shares count."""
    changed = (
        Membership.objects.own()
        .filter(pk=membership.pk, state=Membership.State.ACCEPTED)
        .update(state=Membership.State.ACTIVE, confirmed_at=timezone.now())
    )
    if not changed:
        raise Refused(_("Dit kan nu niet meer. Kijk nog eens bij Mensen."))
    membership.refresh_from_db()
    _enter_group(membership)
    audit.log(AuditLine.Event.CONFIRM, membership.participant_id, objects=[["membership", membership.pk]])
    queue("waiting", to=membership.user)


def _enter_group(membership: Membership) -> None:
    Person.objects.own().filter(pk=membership.person_id).update(in_group=True)
    SupportGroup.objects.get_or_create(participant_id=membership.participant_id)
    remember_map(membership.participant)
    for category in Share.objects.own().filter(membership=membership).values_list("category", flat=True):
        share_opened.send(sender=Share, membership=membership, category=category)


# --- sharing --------------------------------------------------------------------------------------------------------
def sharing_of(membership: Membership) -> Sharing:
    """What this member may see as it stands in the database now."""
    shares = list(Share.objects.own().filter(living_shares(), membership=membership))
    categories = {s.category for s in shares}
    return Sharing(
        categories=categories,
        partly={s.category for s in shares if s.scope == Share.Scope.CHOSEN and s.category not in CHOSEN_BY_ROW},
        goals=_chosen_rows(membership, Category.GOALS) if Category.GOALS in categories else set(),
        story=_chosen_rows(membership, Category.STORY) if Category.STORY in categories else set(),
        until=min((s.until for s in shares if s.until), default=None),
        ended=Audience.objects.own().filter(membership=membership, category__in=_ended(membership)).exists(),
    )


def _chosen_rows(membership: Membership, category: str) -> set[int]:
    chosen = Audience.objects.own().filter(membership=membership, category=category)
    return set(chosen.values_list("row", flat=True))


def set_sharing(*, membership: Membership, sharing: Sharing) -> None:
    """Make it so: silent, at once, and nothing besides what is named here stays open."""
    chosen = {Category.GOALS: sharing.goals, Category.STORY: sharing.story}
    categories = sharing.categories | {category.value for category, rows in chosen.items() if rows}
    before = sharing_of(membership).categories
    closed = set() if sharing.earlier else _forget_ended(membership)
    Share.objects.own().filter(membership=membership).exclude(category__in=categories).delete()
    Audience.objects.own().filter(membership=membership).exclude(category__in=categories).delete()
    for category in sorted(categories):
        Share.objects.update_or_create(
            membership=membership,
            category=category,
            defaults={
                "participant_id": membership.participant_id,
                "level": Level.SEE,
                "scope": Share.Scope.CHOSEN if category in {*CHOSEN_BY_ROW, *sharing.partly} else Share.Scope.ALL,
                "until": sharing.until,
            },
        )
    for category, rows in chosen.items():
        _choose_rows(membership, category, rows)
    for category in categories - before:
        if category not in closed:
            share_opened.send(sender=Share, membership=membership, category=category)
        _note_sharing(AuditLine.Event.SHARE, membership, category)
    for category in before - categories:
        _note_sharing(AuditLine.Event.UNSHARE, membership, category)


def _forget_ended(membership: Membership, *only: str) -> set[str]:
    """What was chosen in a share that has ended stays closed when its category is shared again; those categories."""
    categories = {category for category in _ended(membership) if not only or category in only}
    Audience.objects.own().filter(membership=membership, category__in=categories).delete()
    Share.objects.own().filter(membership=membership, category__in=categories).delete()
    return categories


def _ended(membership: Membership) -> Any:
    """Categories whose share with this member is over."""
    ended = Share.objects.own().filter(membership=membership, until__lte=timezone.now())
    return ended.values_list("category", flat=True)


def _choose_rows(membership: Membership, category: str, rows: set[int]) -> None:
    known = _chosen_rows(membership, category)
    Audience.objects.own().filter(membership=membership, category=category).exclude(row__in=rows).delete()
    Audience.objects.bulk_create(
        Audience(participant_id=membership.participant_id, membership=membership, category=category, row=row)
        for row in rows - known
    )
    for event, changed in ((AuditLine.Event.SHARE, rows - known), (AuditLine.Event.UNSHARE, known - rows)):
        if changed:
            _note_sharing(event, membership, category, changed)


def _note_sharing(event: str, membership: Membership, category: str, rows: Iterable[int] = ()) -> None:
    """That something of this category was opened or closed for this member: all of it, or these rows."""
    objects = [["membership", membership.pk], *(["row", row] for row in sorted(rows))]
    audit.log(event, membership.participant_id, category=category, objects=objects)


def choose_audience(
    *, participant: Participant, category: str, row: int, memberships: Iterable[Membership]
) -> list[str]:
    """Exactly these members see this row. Makes the share where it is missing; the names of those it was opened for."""
    wanted = {m.pk: m for m in memberships}
    opened = [m.person.called for m in wanted.values() if give_category(membership=m, category=category)]
    chosen = Audience.objects.own().filter(category=category, row=row)
    for left_out in chosen.exclude(membership__in=wanted).select_related("membership"):
        _note_sharing(AuditLine.Event.UNSHARE, left_out.membership, category, {row})
    chosen.exclude(membership__in=wanted).delete()
    if category in ONLY_CHOSEN:
        left = Audience.objects.own().filter(category=category).values("membership")
        Share.objects.own().filter(category=category).exclude(membership__in=wanted).exclude(
            membership__in=left
        ).delete()
    known = set(chosen.values_list("membership", flat=True))
    for pk in sorted(wanted.keys() - known):
        Audience.objects.create(participant=participant, membership_id=pk, category=category, row=row)
        _note_sharing(AuditLine.Event.SHARE, wanted[pk], category, {row})
    return opened


def choose_more(*, membership: Membership, category: str, rows: set[int]) -> None:
    """Add rows to what was chosen for this member, and take none away."""
    _choose_rows(membership, category, rows | _chosen_rows(membership, category))


def give_category(*, membership: Membership, category: str) -> bool:
    """Share this category, only the rows that are chosen, where it is not shared now. True when it was opened now.

    A new share starts with nothing chosen: what was chosen in an earlier one, that has ended, stays closed.
    """
    _forget_ended(membership, category)
    _share, made = Share.objects.get_or_create(
        membership=membership,
        category=category,
        defaults={"participant_id": membership.participant_id, "level": Level.SEE, "scope": Share.Scope.CHOSEN},
    )
    if made:
        Audience.objects.own().filter(membership=membership, category=category).delete()
        _note_sharing(AuditLine.Event.SHARE, membership, category)
    return made


# --- stopping -------------------------------------------------------------------------------------------------------
def end_membership(*, membership: Membership) -> None:
    """Total and silent: shares, chosen rows, links and answers to coming meetings go; no message is sent."""
    membership.state, membership.ended_at = Membership.State.ENDED, timezone.now()
    membership.save(update_fields=["state", "ended_at"])
    Person.objects.own().filter(pk=membership.person_id).update(in_group=False)
    Share.objects.own().filter(membership=membership).delete()
    Audience.objects.own().filter(membership=membership).delete()
    Pass.objects.own().filter(membership=membership).delete()
    Invitation.objects.own().filter(membership=membership, withdrawn_at=None).update(withdrawn_at=timezone.now())
    membership_ended.send(sender=Membership, membership=membership)
    audit.log(AuditLine.Event.STOP, membership.participant_id, objects=[["membership", membership.pk]])


def leave(*, membership: Membership, farewell: str = "") -> None:
    """A member leaves; no reason is asked. What they want to say is kept for the participant."""
    if not _door("select doors.leave(%s, %s)", [membership.pk, farewell]):
        raise Refused(_("Je zit niet meer in deze steungroep."))


def rest(*, membership: Membership, on: bool) -> None:
    """A member takes a break, or comes back. Their place stays; meanwhile they see nothing."""
    if not _door("select doors.rest(%s, %s)", [membership.pk, on]):
        raise Refused(_("Dit kan nu niet. Kijk nog eens bij ‘Wie steun je?’."))


def let_back(*, membership: Membership) -> None:
    """The participant wants somebody back whose place rests since work or an account ended."""
    if membership.pk not in could_come_back():
        raise Refused(_("%(name)s kan nu niet meekijken.") % {"name": membership.person.called})
    membership.state, membership.rests_since, membership.rests_because = Membership.State.ACTIVE, None, ""
    membership.save(update_fields=["state", "rests_since", "rests_because"])
    audit.log(AuditLine.Event.CONFIRM, membership.participant_id, objects=[["membership", membership.pk]])
    queue("waiting", to=membership.user)


def stand_in(*, membership: Membership, instead_of: Membership | None, until: datetime | None) -> None:
    """Somebody comes in for another, until a day; after it this place shows nothing any more.

    Whoever comes in again after that day sees what is chosen from then on.
    """
    if membership.ends_at is not None and membership.ends_at <= timezone.now():
        Share.objects.own().filter(membership=membership).delete()
        Audience.objects.own().filter(membership=membership).delete()
    membership.stands_in_for, membership.ends_at = instead_of, until
    membership.save(update_fields=["stands_in_for", "ends_at"])
    audit.log(AuditLine.Event.CHANGE, membership.participant_id, objects=[["membership", membership.pk]])


def move_phase(*, group: SupportGroup, to: str) -> None:
    """Where the group stands. Only the ways of the method, and back is always one of them."""
    if to not in SupportGroup.WAYS[group.phase]:
        raise Refused(_("Deze stap past nu niet. Kijk nog eens waar je groep staat."))
    group.phase, group.phase_at = to, timezone.now()
    group.save()
    audit.log(AuditLine.Event.CHANGE, group.participant_id, objects=[["group", group.pk]])


def keep_interview(*, membership: Membership, **said: Any) -> Interview:
    """What a member told before the first meeting; by the member, or by the participant who heard it."""
    kept, _made = Interview.objects.update_or_create(
        membership=membership, defaults={"participant_id": membership.participant_id, **said}
    )
    return kept


# --- the invited one ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """What the link shows before anybody said yes."""

    membership: int
    participant_called: str
    person_called: str
    message: str
    kind: str
    state: str


def find_invitation(token: str) -> Asked | None:
    with connection.cursor() as cursor:
        cursor.execute("select * from doors.invitation(%s)", [hash_token(token)])
        row = cursor.fetchone()
    return Asked(*row) if row and row[0] is not None else None


WHY_NOT = {
    "gone": gettext_lazy("Deze link werkt niet meer. Vraag om een nieuwe."),
    "own": gettext_lazy("Dit is een uitnodiging voor jouw eigen steungroep. Stuur hem naar de ander."),
    "double": gettext_lazy("Jij zit al in deze steungroep."),
    "unemployed": gettext_lazy(
        "Jij bent gevraagd als hulpverlener. Vraag je organisatie om je toe te voegen aan Kring. "
        "Daarna werkt deze link."
    ),
}


def accept(*, token: str, by: User, organisation: int | None) -> None:
    """Say yes with this account. It opens nothing yet. Raises Refused with what to do."""
    answer = _door("select doors.accept_invitation(%s, %s)", [hash_token(token), organisation])
    if answer not in ("ok", "mine"):
        raise Refused(str(WHY_NOT[answer]))


def decline(*, token: str) -> None:
    """Say no, without an account and without a reason."""
    if not _door("select doors.decline_invitation(%s)", [hash_token(token)]):
        raise Refused(str(WHY_NOT["gone"]))


def _door(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (answer,) = cursor.fetchone()
    return answer
