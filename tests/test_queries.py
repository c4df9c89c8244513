"""Every page: at most 19 queries, and never more with 100 steps and 40 people than with a few."""

from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goals.models import Helper, Progress, Reply, Step
from meetings.models import Answer, Attendance, DateOption, Promise
from supportgroups.models import Audience, Membership, Person, Share
from tests.addresses import Address, addresses, things_of
from tests.cast import PEOPLE, Cast
from tests.harness import role, signed_in

MOST = 19
MANY_STEPS, MANY_PEOPLE = 100, 40
# One of each kind of viewer is enough: the owner, a relative, a professional, research twice, administration.
VIEWERS = ("jan", "ans", "mo", "researcher", "checker", "administrator")


@dataclass(frozen=True)
class Visit:
    who: str
    address: Address


def visits() -> list[Visit]:
    """Every address that answers one of the viewers with a page."""
    return [Visit(who, a) for a in addresses() for who in VIEWERS if a.who is not None and who in a.who]


class Counting:
    """Each viewer signed in once."""

    def __init__(self, cast: Cast) -> None:
        self.things = things_of(cast)
        self.clients = {who: signed_in(cast.user(who)) for who in VIEWERS}

    def open(self, visit: Visit) -> int:
        """How many queries the page takes, transaction and log line included."""
        url = reverse(visit.address.name, kwargs=visit.address.kwargs(self.things))
        connection.queries_log.clear()  # it holds 9,000, and then counts no further
        with CaptureQueriesContext(connection) as asked:
            response = self.clients[visit.who].get(url)
        assert response.status_code < 400, (visit.who, url, response.status_code)
        return len(asked)

    def all(self, visits: list[Visit]) -> dict[Visit, int]:
        for visit in visits:  # what is asked once a session is not asked again, and every look has its line of today
            self.open(visit)
        return {visit: self.open(visit) for visit in visits}


def grow(cast: Cast) -> None:
    """Jan's record, much larger: in every list of his that a page shows."""
    jan = cast.jan
    of = {"participant": jan.participant}
    goal, meeting = jan.goals["goal-open"], jan.meetings["meeting-proposed"]
    with role("herstel_maint"):
        people = Person.objects.bulk_create(
            Person(called=f"Mens {n}", ring=1 + n % 3, in_group=True, **of) for n in range(MANY_PEOPLE)
        )
        members = Membership.objects.bulk_create(
            Membership(person=p, kind="informal", state="active", confirmed_at=p.created_at, **of) for p in people
        )
        Share.objects.bulk_create(Share(membership=m, category=c, **of) for m in members for c in ("agenda", "goals"))
        Audience.objects.bulk_create(Audience(membership=m, category="goals", row=goal.pk, **of) for m in members)
        Step.objects.bulk_create(Step(goal=goal, words=f"Stap {n}", **of) for n in range(MANY_STEPS))
        Progress.objects.bulk_create(Progress(goal=goal, words="x", standing=1, **of) for n in range(MANY_STEPS))
        Helper.objects.bulk_create(Helper(goal=goal, membership=m, called="x", **of) for m in members)
        Reply.objects.bulk_create(
            Reply(goal=goal, membership=m, called="x", kind="help", words="x", **of) for m in members
        )
        Answer.objects.bulk_create(Answer(meeting=meeting, membership=m, called="x", **of) for m in members)
        Promise.objects.bulk_create(Promise(membership=m, called="x", what="x", **of) for m in members)
        minutes = jan.minutes["minutes-released"]
        Attendance.objects.bulk_create(Attendance(minutes=minutes, membership=m, called="x", **of) for m in members)
        DateOption.objects.bulk_create(DateOption(meeting=meeting, at=p.created_at, **of) for p in people[:1])


def test_no_page_asks_much_and_none_asks_more_when_there_is_more(cast: Cast) -> None:
    all_visits, counting = visits(), Counting(cast)
    before = counting.all(all_visits)
    grow(cast)
    after = {v: n if (n := counting.open(v)) <= min(before[v], MOST) else counting.open(v) for v in all_visits}
    too_many = [(v.who, v.address.name, n) for v, n in after.items() if n > MOST]
    growing = [(v.who, v.address.name, before[v], n) for v, n in after.items() if n > before[v]]
    most = sorted(((n, v.address.name) for v, n in after.items()), reverse=True)
    print(f"{len(all_visits)} pages; most queries: {most[:5]}")
    assert not too_many
    assert not growing


def test_every_viewer_is_there() -> None:
    assert set(VIEWERS) <= set(PEOPLE)
    assert {v.who for v in visits()} == set(VIEWERS)
