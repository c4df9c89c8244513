"""Questions about the group that several pages ask."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from herstel.access import Category, Reach
from supportgroups.models import Audience, Membership, Person, Share
from supportgroups.signals import share_rows

ORDER = [
    Category.AGENDA,
    Category.GOALS,
    Category.MINUTES,
    Category.PEOPLE,
    Category.WELLBEING,
    Category.PLAN,
    Category.STORY,
    Category.SUPPORT,
]
WORD = {
    Category.AGENDA: _("agenda"),
    Category.MINUTES: _("verslagen"),
    Category.PEOPLE: _("mensen"),
    Category.WELLBEING: _("hoe het gaat"),
    Category.PLAN: _("plan"),
    Category.STORY: _("verhaal"),
    Category.SUPPORT: _("wie doet wat"),
}

# The same, said to the participant: "Ans ziet nu: je agenda en 2 doelen."
YOUR_WORD = {
    Category.AGENDA: _("je agenda"),
    Category.MINUTES: _("verslagen"),
    Category.PEOPLE: _("wie je mensen zijn"),
    Category.WELLBEING: _("hoe het met je gaat"),
    Category.PLAN: _("delen van je plan"),
    Category.STORY: _("stukken van je verhaal"),
    Category.SUPPORT: _("wie wat doet"),
}


def living_shares() -> Q:
    return Q(until=None) | Q(until__gt=timezone.now())


def shared_with(category: str) -> set[int]:
    """The memberships of the acting participant's group for which this category is open now."""
    shares = Share.objects.own().filter(living_shares(), category=category)
    return set(shares.values_list("membership", flat=True))


def could_come_back() -> set[int]:
    """Places of the acting participant's group that rest, and whose holder works there again."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.could_come_back()")
        (ids,) = cursor.fetchone()
    return set(ids)


@dataclass(frozen=True)
class Resting:
    """Somebody whose work or account ended: they see nothing, until the participant says otherwise."""

    membership: Membership
    again: bool

    @property
    def said(self) -> str:
        """ "Sara werkt niet meer bij Lentis. Sara ziet niets meer." """
        names = {"name": self.membership.person.called, "place": self.membership.organisation or ""}
        if self.membership.rests_because == Membership.Because.ACCOUNT:
            return _t("%(name)s kan niet meer in Kring. %(name)s ziet niets meer.") % names
        if self.again:
            return _t("%(name)s werkt weer bij %(place)s. %(name)s ziet nog niets.") % names
        return _t("%(name)s werkt niet meer bij %(place)s. %(name)s ziet niets meer.") % names


def resting_of_mine() -> list[Resting]:
    found = Membership.objects.own().filter(state=Membership.State.RESTING).select_related("person", "organisation")
    return resting_among(found.order_by("person__called"))


def resting_among(memberships: Iterable[Membership]) -> list[Resting]:
    places = [m for m in memberships if m.state == Membership.State.RESTING]
    again = could_come_back() if places else set()
    return [Resting(membership, membership.pk in again) for membership in places]


def people_of_mine() -> QuerySet[Person]:
    """Everybody on the map of the acting participant, nearest first, with their living membership if there is one."""
    return Person.objects.own().order_by("ring", "called").prefetch_related("memberships")


def living_membership(person: Person) -> Membership | None:
    """The place this person has in the group now (from what was prefetched)."""
    return next((m for m in person.memberships.all() if m.is_living), None)


def members_of_mine() -> QuerySet[Membership]:
    """The active members of the acting participant's group, by name."""
    return (
        Membership.objects.own()
        .filter(state=Membership.State.ACTIVE)
        .select_related("person")
        .order_by("person__called")
    )


def sees_of(memberships: Iterable[int], *, resting: bool = False) -> dict[int, str]:
    """For each membership in words what it opens: "2 doelen, agenda". One query for shares, one for goals.

    `resting`: also what a place that rests would open again.
    """
    ids = list(memberships)
    shares = Share.objects.visible().filter(living_shares(), membership__in=ids)
    if not resting:
        shares = shares.exclude(membership__state=Membership.State.RESTING)
    goals = Counter(
        Audience.objects.own()
        .filter(membership__in=ids, category=Category.GOALS, row__in=_open_goals())
        .values_list("membership", flat=True)
    )
    opened: dict[int, dict[str, str]] = defaultdict(dict)
    for membership, category, scope in shares.values_list("membership", "category", "scope"):
        opened[membership][category] = scope
    return {m: in_words(opened[m], goals[m]) for m in ids}


def _open_goals() -> Any:
    from django.apps import apps

    return apps.get_model("goals", "Goal").objects.own().exclude(reach=Reach.ME).exclude(state="dropped").values("pk")


def in_words(opened: dict[str, str], goals: int) -> str:
    """ "2 doelen, agenda, verslagen", or nothing at all."""
    partly = {category for category, scope in opened.items() if scope == Share.Scope.CHOSEN}
    return ", ".join(words_of(opened, goals, WORD, partly))


def words_of(opened: Iterable[str], goals: int, word: dict[Category, Any], partly: Collection[str] = ()) -> list[str]:
    """One word for each open category, in the fixed order; goals by their number."""
    words = []
    for category in ORDER:
        if category in opened and category == Category.AGENDA and category in partly:
            words.append(_t("sommige bijeenkomsten"))
        elif category in opened and category != Category.GOALS:
            words.append(str(word[category]))
        elif category in opened and goals:
            words.append(ngettext("%(n)s doel", "%(n)s doelen", goals) % {"n": goals})
    return words


def who_sees_category(category: str) -> list[str]:
    """Names of the members to whom the acting participant shows all of this category."""
    return list(
        members_of_mine()
        .filter(shares__category=category, shares__in=Share.objects.own().filter(living_shares()))
        .values_list("person__called", flat=True)
    )


def who_sees_row(category: str, row: int) -> list[Membership]:
    """Active members for whom this row was chosen, and with whom its category is shared now."""
    chosen = Audience.objects.own().filter(category=category, row=row).values("membership")
    shared = Share.objects.own().filter(living_shares(), category=category).values("membership")
    return list(members_of_mine().filter(pk__in=chosen).filter(pk__in=shared))


def readers_by_row(category: str) -> dict[int, list[str]]:
    """For each row of this category the names of the active members who see it now. One query for all rows."""
    shared = Share.objects.own().filter(living_shares(), category=category).values("membership")
    chosen = Audience.objects.own().filter(category=category, membership__in=shared)
    active = chosen.filter(membership__state=Membership.State.ACTIVE).order_by("membership__person__called")
    names: dict[int, list[str]] = defaultdict(list)
    for row, called in active.values_list("row", "membership__person__called"):
        names[row].append(called)
    return dict(names)


def can_be_chosen(participant: Any, category: str) -> list[tuple[int, str]]:
    """Rows of this category that can be shared one by one: (id, words)."""
    answers = share_rows.send(sender=Share, participant=participant, category=category)
    found: list[tuple[int, str]] = []
    for _receiver, rows in answers:
        found.extend(rows if isinstance(rows, list) else [])
    return found
