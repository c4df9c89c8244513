"""The same form twice, five times at once, from two tabs, from a tab that is too old; and revoking while it is sent."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from goals.models import Goal, Progress, Reply, Step
from herstel.actor import acting_as
from herstel.once import FIELD
from meetings.models import Answer, Meeting
from research.models import Consent
from supportgroups.actions import end_membership
from supportgroups.models import Membership, Share
from tests.abuse.pages import Page
from tests.abuse.rows import tables_of_participants
from tests.abuse.tally import Tally
from tests.abuse.test_forms import body_of, friendly
from tests.abuse.together import at_once, same_browser, together
from tests.abuse.visits import URLENCODED, Found, Visitor, addresses_for, no_export_is_being_made, route
from tests.abuse.visits import body_of as encoded
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

# Mail goes to people: twice is a nuisance. Lines of the log and drafts may be as many as there were taps.
COUNTED = ("herstel_outgoingmail", "herstel_job", "research_export", "herstel_user", "participants_organisation")
NOT_COUNTED = {"herstel_auditline"}
# Forms after which others make no sense any more; they come last, in this order.
LAST = (
    "meetings:meeting_day",
    "meetings:meeting_cancel",
    "goals:goal_close",
    "supportgroups:stop",
    "supportgroups:person_remove",
    "supportgroups:pause",
)
# Only of the page's frame, or of one's own browser.
NOT_HERE = {"sign_in", "quick_exit", "sign_out", "set_language", "mfa_login_webauthn", "code", "sign_out_everywhere"}
TAPS = 5


def counts() -> Counter[str]:
    """How many rows each table has."""
    tables = [*tables_of_participants(), *COUNTED, "participants_employment", "participants_participant"]
    query = " union all ".join(
        f"select '{t}', count(*) from {t}" for t in dict.fromkeys(tables) if t not in NOT_COUNTED
    )
    with transaction.atomic(), role("herstel_maint"), connection.cursor() as cursor:
        cursor.execute(query)
        return Counter(dict(cursor.fetchall()))


def more(after: Counter[str], before: Counter[str]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}


def ready_visitor(cast: Cast, persona: str) -> Visitor:
    """Somebody for whom every form can still be sent: nothing was asked or consented yet."""
    with transaction.atomic(), role("herstel_maint"):
        Consent.objects.all().delete()
    no_export_is_being_made()
    visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True))
    # The dog is asked by the flow; somebody else takes part without an account.
    dog = reverse("supportgroups:person", args=[cast.jan.people["dog"].slug])
    visitor.look_around([address for address in addresses_for(cast, persona) if address.url != dog])
    return visitor


def sorted_forms(visitor: Visitor) -> list[Found]:
    found = [f for f in visitor.forms if route(f.action) not in NOT_HERE and not route(f.action).startswith("mfa_")]
    return sorted(found, key=lambda f: LAST.index(route(f.action)) if route(f.action) in LAST else -1)


def dry(visitor: Visitor, found: Found, values: dict[str, list[str]]) -> tuple[dict[str, int], HttpResponseBase]:
    """What one tap does; taken back."""
    before = counts()
    with visitor.taken_back():
        response = visitor.send(found.action, found.form, values)
        after = counts()
    return more(after, before), response


@pytest.mark.parametrize("persona", ["jan", "ans", "mo", "researcher", "administrator"])
def test_five_taps_are_one(cast: Cast, persona: str, tally: Tally) -> None:
    """Whatever the form: five at once do what one does. With a token all lead to the same page, and so does a sixth."""
    visitor = ready_visitor(cast, persona)
    for found in sorted_forms(visitor):
        values = everybody(found) if route(found.action) in WITH_PEOPLE else friendly(found)
        once, response = dry(visitor, found, values)
        before = counts()
        answers = at_once(visitor.client, TAPS, lambda tab, n: tap(tab, visitor, found, values))  # noqa: B023
        tally.tried(TAPS)
        judge(tally, found, answers, more(counts(), before), once)
        if FIELD in found.form.fields:
            places = {answer.headers.get("Location") for answer in answers}
            places.add(tap(same_browser(visitor.client), visitor, found, values).headers.get("Location"))
            if len(places) != 1 or response.status_code != 302:
                tally.lost(f"{found}: led to {places}")
            if more(counts(), before) != once:
                tally.lost(f"{found}: the sixth tap did {more(counts(), before)}, one does {once}")
    tally.judge()


WITH_PEOPLE = ("meetings:minutes_readers", "goals:goal_reach")


def everybody(found: Found) -> dict[str, list[str]]:
    """Every name is ticked."""
    ticked = {f.name: f.options for f in found.form.fields.values() if f.kind == "checkbox"}
    return friendly(found) | {"reach": ["chosen"]} | ticked


def tap(tab: Client, visitor: Visitor, found: Found, values: dict[str, list[str]]) -> HttpResponseBase:
    return Visitor(visitor.cast, visitor.persona, tab).send(found.action, found.form, values)


def judge(
    tally: Tally, found: Found, answers: list[HttpResponseBase], did: dict[str, int], once: dict[str, int]
) -> None:
    for answer in answers:
        if answer.status_code >= 500:
            tally.crashed(f"{found}: {answer.status_code} {getattr(answer, 'exc_info', '')}"[:400])
    if did != once:
        tally.lost(f"{found}: five taps did {did}, one does {once}")


# What there can be only one of, whoever asks from whichever tab.
ALONE = (
    "supportgroups:person_join",
    "supportgroups:invite",
    "meetings:report",
    "research:export_new",
    "research:consent",
)


@pytest.mark.parametrize("persona", ["jan", "researcher"])
def test_five_tabs_break_nothing(cast: Cast, persona: str, tally: Tally) -> None:
    """Five tabs, each with its own token: what there can be one of is there once, and nobody gets an error page."""
    visitor = ready_visitor(cast, persona)
    forms = [f for f in sorted_forms(visitor) if FIELD in f.form.fields or route(f.action) in ALONE]
    for found in forms:
        values = friendly(found)
        once, _response = dry(visitor, found, values)
        before = counts()
        answers = at_once(
            visitor.client,
            TAPS,
            lambda tab, n: tap(tab, visitor, found, values | {FIELD: [str(uuid4())]}),  # noqa: B023
        )
        tally.tried(TAPS)
        did = more(counts(), before)
        did.pop("herstel_formtoken", None)
        once.pop("herstel_formtoken", None)
        judge(tally, found, answers, did, once if route(found.action) in ALONE else did)
    tally.judge()


# --- two tabs, one goal ---------------------------------------------------------------------------------------------
def edit_form(client: Client, goal: Goal) -> tuple[str, dict[str, list[str]]]:
    url = reverse("goals:goal_edit", args=[goal.slug])
    page = Page(body_of(client.get(url)))
    form = next(form for form in page.forms if "version" in form.fields)
    return url, friendly(Found(at=None, form=form))  # type: ignore[arg-type]


def post(client: Client, url: str, values: dict[str, list[str]]) -> HttpResponseBase:
    return client.post(url, encoded(values), content_type=URLENCODED)


def test_the_second_tab_sees_both_texts(cast: Cast) -> None:
    goal = cast.jan.goals["goal-open"]
    jan = signed_in(cast.users["jan"], crash=True)
    (url, first), (_url, second) = edit_form(jan, goal), edit_form(jan, goal)
    assert post(jan, url, first | {"words": ["van de eerste tab"], "why": ["waarom 1"]}).status_code == 302
    response = post(jan, url, second | {"words": ["van de <tweede> tab"], "why": ["waarom 2"]})
    text = body_of(response)
    assert response.status_code == 409
    for words in ("van de eerste tab", "waarom 1", "van de &lt;tweede&gt; tab", "waarom 2"):
        assert words in text, words
    assert words_of(goal) == "van de eerste tab"
    # Who keeps their own text after all, keeps it.
    again = next(form for form in Page(text).forms if "version" in form.fields)
    assert post(jan, url, friendly(Found(at=None, form=again))).status_code == 302  # type: ignore[arg-type]
    assert words_of(goal) == "van de <tweede> tab"


def words_of(goal: Goal) -> str:
    with transaction.atomic(), role("herstel_maint"):
        goal.refresh_from_db()
    return goal.words


def test_of_many_edits_none_is_lost_in_silence(cast: Cast, tally: Tally) -> None:
    """Six tabs, four edits each: whoever is told that it is kept, is the next version; the others have their text."""
    goal = cast.jan.goals["goal-open"]
    jan = signed_in(cast.users["jan"], crash=True)
    began = goal.version

    def edit(tab: Client, n: int) -> list[tuple[int, bool]]:
        seen = []
        for turn in range(4):
            words = f"tab {n} keer {turn}"
            url, values = edit_form(tab, goal)
            response = post(tab, url, values | {"words": [words]})
            seen.append((response.status_code, words in body_of(response)))
        return seen

    answers = [one for several in at_once(jan, 6, edit) for one in several]
    tally.tried(len(answers))
    words_of(goal)
    accepted = [status for status, _kept in answers if status == 302]
    assert {status for status, _kept in answers} <= {302, 409}
    assert goal.version == began + len(accepted)
    assert all(kept for status, kept in answers if status == 409)


# --- a tab that is too old ------------------------------------------------------------------------------------------
@contextmanager
def nothing_written(*models: Any) -> Iterator[None]:
    def count() -> list[int]:
        with transaction.atomic(), role("herstel_maint"):
            return [model._default_manager.count() for model in models]

    before = count()
    yield
    assert count() == before


def drop(cast: Cast) -> None:
    change(Goal, cast.jan.goals["goal-open"].pk, state="dropped")


def end(cast: Cast) -> None:
    with transaction.atomic(), acting_as(cast.pk("jan")):
        end_membership(membership=Membership.objects.own().get(pk=cast.jan.members["ans"].pk))


def unshare(cast: Cast) -> None:
    with transaction.atomic(), role("herstel_maint"):
        Share.objects.filter(membership=cast.jan.members["ans"]).delete()


def lock(cast: Cast) -> None:
    change(Goal, cast.jan.goals["goal-open"].pk, reach="me")


def pause_place(cast: Cast) -> None:
    change(Membership, cast.jan.members["ans"].pk, state="paused")


def change(model: Any, pk: int, **fields: Any) -> None:
    with transaction.atomic(), role("herstel_maint"):
        model._default_manager.filter(pk=pk).update(**fields)


STALE: dict[str, Callable[[Cast], None]] = {
    "the goal was dropped": drop,
    "the place has ended": end,
    "nothing is shared": unshare,
    "the goal is only mine": lock,
    "the place rests": pause_place,
}


@pytest.mark.parametrize("why", STALE)
def test_a_members_old_tab_writes_nothing(cast: Cast, why: str, tally: Tally) -> None:
    ans = signed_in(cast.users["ans"], crash=True)
    slug = cast.jan.goals["goal-open"].slug
    urls = [reverse(f"member:{name}", args=[slug]) for name in ("goal_help", "goal_discuss", "goal_read")]
    assert ans.get(urls[0]).status_code == 200
    STALE[why](cast)
    with nothing_written(Reply):
        for url in urls:
            tally.tried()
            response = ans.post(url, {"words": "Ik help", FIELD: str(uuid4())})
            assert_refused(response, url)


def assert_refused(response: HttpResponseBase, place: str) -> None:
    text = body_of(response)
    assert response.status_code in (403, 404, 409, 410), f"{place}: {response.status_code}"
    assert "<h1" in text, place
    assert "CANARY[jan" not in text, place


@pytest.mark.parametrize("state", ["cancelled", "held", "draft"])
def test_an_old_answer_to_a_meeting_is_not_kept(cast: Cast, state: str) -> None:
    meeting = cast.jan.meetings["meeting-fixed"]
    ans = signed_in(cast.users["ans"], crash=True)
    change(Meeting, meeting.pk, state=state)
    response = ans.post(reverse("member:meeting", args=[meeting.slug]), {"coming": "yes"})
    assert response.status_code < 500
    assert response.status_code != 302
    with transaction.atomic(), role("herstel_maint"):
        assert Answer.objects.get(meeting=meeting, membership=cast.jan.members["ans"]).coming == ""


@pytest.mark.parametrize("state", ["cancelled", "held", "draft"])
def test_an_old_answer_by_link_is_not_kept(cast: Cast, state: str) -> None:
    meeting = cast.jan.meetings["meeting-proposed"]
    change(Meeting, meeting.pk, state=state, at="2027-01-01T10:00Z")
    url = reverse("answer", args=[cast.jan.tokens["answer"]])
    response = Client(raise_request_exception=False).post(url, {"coming": "yes"})
    assert response.status_code in (200, 410)
    with transaction.atomic(), role("herstel_maint"):
        assert Answer.objects.get(meeting=meeting, membership=cast.jan.members["ans"]).coming == ""


def test_the_participants_own_old_tab(cast: Cast, tally: Tally) -> None:
    """A goal that was dropped in another tab: what this one sends is refused in a sentence, and still stands there."""
    goal = cast.jan.goals["goal-open"]
    jan = signed_in(cast.users["jan"], crash=True)
    url, values = edit_form(jan, goal)
    drop(cast)
    forms = {
        url: values | {"words": ["iets anders"]},
        reverse("goals:goal_write", args=[goal.slug]): {"words": ["geschreven"]},
        reverse("goals:goal_standing", args=[goal.slug]): {"standing": ["2"], "words": ["geschreven"]},
        reverse("goals:step_new", args=[goal.slug]): {"words": ["een stap"]},
    }
    with nothing_written(Progress, Step):
        for where, sent in forms.items():
            tally.tried()
            response = post(jan, where, sent)
            text = body_of(response)
            if response.status_code not in (200, 403, 404, 409):
                tally.lost(f"{where}: {response.status_code}: written in a goal that is gone")
            elif sent["words"][0] not in text:
                tally.lost(f"{where}: what was typed is gone")
        tally.judge()
    assert words_of(goal) == "CANARY[jan-goal-open]"


# --- taken away while it is sent ------------------------------------------------------------------------------------
REVOKING: dict[str, Callable[[Cast], None]] = {name: do for name, do in STALE.items() if do is not drop}


@pytest.mark.parametrize("why", REVOKING)
@pytest.mark.parametrize("page", ["goal_help", "goal_read"])
def test_what_is_revoked_while_a_member_saves_is_refused(
    cast: Cast, why: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ans's request has found the goal; then Jan's other connection commits; then Ans's row is written, or not."""
    from meetings.views import member_goal

    write = member_goal.reply_to

    def late(**given: Any) -> Any:
        together([lambda: REVOKING[why](cast)])
        return write(**given)

    monkeypatch.setattr(member_goal, "reply_to", late)
    ans = signed_in(cast.users["ans"], crash=True)
    url = reverse(f"member:{page}", args=[cast.jan.goals["goal-open"].slug])
    with nothing_written(Reply):
        response = ans.post(url, {"words": "Ik help", FIELD: str(uuid4())})
    assert_refused(response, url)


def test_an_answer_that_is_revoked_while_it_is_sent_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from meetings.views import member

    write = member.answer_meeting

    def late(**given: Any) -> Any:
        together([lambda: unshare(cast)])
        return write(**given)

    monkeypatch.setattr(member, "answer_meeting", late)
    meeting = cast.jan.meetings["meeting-proposed"]
    ans = signed_in(cast.users["ans"], crash=True)
    response = ans.post(
        reverse("member:meeting", args=[meeting.slug]), {"coming": "yes", "days": [cast.jan.options[1].pk]}
    )
    assert response.status_code < 500
    with transaction.atomic(), role("herstel_maint"):
        assert Answer.objects.get(meeting=meeting, membership=cast.jan.members["ans"]).coming == ""
