"""Who it is, asked once more: before something opens, and never before something closes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponseBase
from django.urls import reverse

from goals.models import Goal
from herstel.models import User
from participants.models import Participant
from research.models import Consent
from supportgroups.models import Audience, Membership, Share
from tests.abuse.codes import mailed, wrong
from tests.abuse.pages import Page
from tests.abuse.rows import contents
from tests.abuse.test_forms import body_of, friendly
from tests.abuse.visits import Address, Found, Visitor, addresses_for
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


@dataclass
class Step:
    """Something that opens, or closes; `done` says whether it happened."""

    url: Callable[[Cast], str]
    done: Callable[[Cast], bool]
    data: Callable[[Cast], dict[str, Any]] = field(default=lambda cast: {})
    who: str = "jan"


def exists(model: Any, **fields: Any) -> bool:
    with role("herstel_maint"):
        return bool(model._default_manager.filter(**fields).exists())


def at(name: str, thing: Callable[[Cast], Any] | None = None) -> Callable[[Cast], str]:
    return lambda cast: reverse(name, args=[thing(cast)] if thing else [])


def person(name: str) -> Callable[[Cast], str]:
    return lambda cast: cast.jan.people[name].slug


def goal(cast: Cast) -> str:
    return cast.jan.goals["goal-open"].slug


def seen_by(cast: Cast, name: str, category: str = "goals") -> bool:
    row = cast.jan.goals["goal-open"] if category == "goals" else cast.jan.minutes["minutes-released"]
    return exists(Audience, membership=cast.jan.members[name], category=category, row=row.pk)


def shared(cast: Cast, name: str, category: str) -> bool:
    return exists(Share, membership=cast.jan.members[name], category=category)


def slugs(*names: str) -> Callable[[Cast], list[str]]:
    return lambda cast: [cast.jan.members[name].slug for name in names]


OPENING: dict[str, Step] = {
    "a share": Step(
        at("supportgroups:share_with", person("willem")),
        lambda cast: shared(cast, "willem", "minutes"),
        lambda cast: {"agenda": "on", "minutes": "on", "until": "stop", "sure": "1"},
    ),
    "a goal": Step(
        at("goals:goal_reach", goal),
        lambda cast: seen_by(cast, "willem"),
        lambda cast: {"reach": "chosen", "people": slugs("ans", "mo", "willem")(cast)},
    ),
    "minutes": Step(
        at("meetings:minutes_readers", lambda cast: cast.jan.minutes["minutes-released"].slug),
        lambda cast: seen_by(cast, "willem", "minutes"),
        lambda cast: {"readers": slugs("ans", "mo", "willem")(cast)},
    ),
    "a place": Step(
        at("supportgroups:handshake", lambda cast: cast.jan.members["fatima"].slug),
        lambda cast: exists(Membership, pk=cast.jan.members["fatima"].pk, state="active"),
        lambda cast: {"yes": "1"},
    ),
    "a study": Step(
        at("research:consent", lambda cast: cast.study.slug),  # type: ignore[union-attr]
        lambda cast: exists(Consent, participant=cast.records["lotte"].participant),
        lambda cast: {"yes": "1", "text_version": "1", "birth_year": "", "gender": ""},
        "lotte",
    ),
    "everything again": Step(
        at("supportgroups:pause"),
        lambda cast: not exists(Participant, pk=cast.records["rik"].participant.pk, paused_at__isnull=False),
        lambda cast: {"open": "1"},
        "rik",
    ),
    "a work place": Step(
        at("beheer:employment_new"),
        lambda cast: exists(User, email="nieuw@kring.example"),
        lambda cast: {
            "name": "Nieuw",
            "email": "nieuw@kring.example",
            "organisation": cast.organisations["vnn"].pk,
            "function": "professional",
        },
        "administrator",
    ),
}
CLOSING: dict[str, Step] = {
    "a tick": Step(
        at("supportgroups:share_with", person("mo")),
        lambda cast: not shared(cast, "mo", "minutes"),
        lambda cast: {"agenda": "on", "until": "stop"},
    ),
    "every tick": Step(
        at("supportgroups:share_with", person("ans")),
        lambda cast: not shared(cast, "ans", "agenda"),
        lambda cast: {"until": "stop"},
    ),
    "with somebody": Step(
        at("supportgroups:stop", person("ans")),
        lambda cast: exists(Membership, pk=cast.jan.members["ans"].pk, state="ended"),
    ),
    "everything": Step(
        at("supportgroups:pause"),
        lambda cast: exists(Participant, pk=cast.jan.participant.pk, paused_at__isnull=False),
    ),
    "a goal": Step(
        at("goals:goal_reach", goal),
        lambda cast: exists(Goal, pk=cast.jan.goals["goal-open"].pk, reach="me"),
        lambda cast: {"reach": "me"},
    ),
    "a goal for one": Step(
        at("goals:goal_reach", goal),
        lambda cast: not seen_by(cast, "mo"),
        lambda cast: {"reach": "chosen", "people": slugs("ans")(cast)},
    ),
    "minutes for one": Step(
        at("meetings:minutes_readers", lambda cast: cast.jan.minutes["minutes-released"].slug),
        lambda cast: not seen_by(cast, "mo", "minutes"),
        lambda cast: {"readers": slugs("ans")(cast)},
    ),
    "a place that is not theirs": Step(
        at("supportgroups:handshake", lambda cast: cast.jan.members["fatima"].slug),
        lambda cast: exists(Membership, pk=cast.jan.members["fatima"].pk, state="ended"),
        lambda cast: {"no": "1"},
    ),
    "an invitation": Step(
        at("supportgroups:invitation_withdraw", person("asked")),
        lambda cast: exists(Membership, pk=cast.jan.members["asked"].pk, state="ended"),
    ),
    "a study": Step(
        at("research:consent", lambda cast: cast.study.slug),  # type: ignore[union-attr]
        lambda cast: not exists(Consent, participant=cast.jan.participant, withdrawn_at=None),
        lambda cast: {"no": "1"},
    ),
    "somebody on the map": Step(
        at("supportgroups:person_remove", person("willem")),
        lambda cast: not exists(Membership, pk=cast.jan.members["willem"].pk, state="active"),
    ),
}


def does(cast: Cast, step: Step, fresh: float) -> HttpResponseBase:
    client = signed_in(cast.users[step.who], crash=True, fresh=fresh)
    response = client.post(step.url(cast), {**step.data(cast), "form_token": str(uuid4())})
    assert response.status_code < 500
    return response


@pytest.mark.parametrize("what", OPENING)
def test_opening_asks_who_it_is(cast: Cast, what: str) -> None:
    """A fresh code, or it does not happen; with one, it does."""
    step = OPENING[what]
    assert not step.done(cast)
    for fresh in (0, time.time() - 15 * 60 - 1):
        response = does(cast, step, fresh)
        assert not step.done(cast), "opened without asking"
        assert response.headers["Location"].startswith(reverse("step_up"))
    does(cast, step, time.time() - 60)
    assert step.done(cast)


@pytest.mark.parametrize("what", CLOSING)
def test_closing_never_asks(cast: Cast, what: str) -> None:
    step = CLOSING[what]
    assert not step.done(cast)
    response = does(cast, step, 0)
    assert step.done(cast)
    assert "nog-een-keer" not in response.headers.get("Location", "")


def test_who_looked_never_asks(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"], crash=True, fresh=0)
    for name in ("meetings:looked", "supportgroups:sharing", "research:consents", "help"):
        assert jan.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("flow", ["goals:goal_new", "supportgroups:invite", "meetings:meeting_new", "meetings:report"])
def test_the_last_page_of_a_flow_that_opens_something_asks(cast: Cast, flow: str) -> None:
    """For everybody, everything, is ticked on the way; the check page says whom it opens for."""
    with role("herstel_maint"):
        Share.objects.filter(membership=cast.jan.members["willem"]).delete()
    jan = Visitor(cast, "jan", signed_in(cast.users["jan"], crash=True, fresh=0))
    address = next(a for a in addresses_for(cast, "jan") if a.name == flow and "asked" not in a.url and a.flow)
    if flow == "supportgroups:invite":
        address = Address(flow, reverse(flow, args=[cast.jan.people["dog"].slug]), address.flow)
    jan.generous = True
    jan.walk_flow(address)
    (check,) = [f for f in jan.forms if f.at.url.endswith("/controleer/") and "form_token" in f.form.fields]
    before = contents(cast.jan.participant.pk)
    response = jan.send(check.action, check.form, friendly(check))
    assert response.headers["Location"].startswith(reverse("step_up"))
    assert contents(cast.jan.participant.pk) == before
    # What was filled in waits, and counts after the code.
    session = jan.client.session
    session["fresh"] = time.time()
    session.save()
    page = Page(body_of(jan.client.get(check.at.url)))
    form = next(f for f in page.forms if "form_token" in f.fields)
    done = jan.send(check.action, form, friendly(Found(check.at, form)))
    assert done.status_code == 302
    assert contents(cast.jan.participant.pk) != before


def test_keys_are_added_and_taken_away_after_a_fresh_code_only(cast: Cast) -> None:
    for name in ("jan", "mo"):
        client = signed_in(cast.users[name], crash=True, fresh=0, account_authentication_methods=[])
        for view in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
            for response in (client.get(reverse(view)), client.post(reverse(view), {"code": "000000", "name": "x"})):
                assert response.status_code == 302, view
                assert reverse("step_up") in response.headers["Location"] or "2fa" in response.headers["Location"]


def test_a_fresh_code_is_asked_five_times_at_most(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"], crash=True, fresh=0)
    jan.post(reverse("step_up"), {"again": "1"})
    code = mailed()["code"]
    for _try in range(5):
        jan.post(reverse("step_up"), {"code": wrong(code)})
    jan.post(reverse("step_up"), {"code": code})
    assert not jan.session["fresh"]
