"""Invitations that are old, used, forwarded, taken back, one's own, double, or for somebody at work.

Nothing opens before the participant says "Ja, dit is …".
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participants.models import Employment
from supportgroups.actions import link_of
from supportgroups.models import Invitation, Membership, Person
from tests.abuse.test_forms import body_of
from tests.abuse.together import same_browser, together
from tests.cast import Cast, canaries_in
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
SHOWN = {"jan-called", "jan-invitation", "jan-person-asked"}


# --- hands ----------------------------------------------------------------------------------------------------------
def token(cast: Cast) -> str:
    return cast.jan.tokens["invitation"]


def asked(cast: Cast) -> Membership:
    """The invited place, as it is now."""
    with transaction.atomic(), role("herstel_maint"):
        return Membership.objects.select_related("person").get(pk=cast.jan.members["asked"].pk)


def change(cast: Cast, **fields: Any) -> None:
    with transaction.atomic(), role("herstel_maint"):
        Invitation.objects.filter(membership=cast.jan.members["asked"]).update(**fields)


def somebody(cast: Cast, name: str) -> Client:
    return signed_in(cast.users[name], crash=True)


def says_yes(client: Client, token: str, **extra: Any) -> HttpResponseBase:
    response = client.post(reverse("invitation_accept", args=[token]), extra)
    assert response.status_code < 500
    return response


def confirm(cast: Cast, button: str = "yes") -> HttpResponseBase:
    return somebody(cast, "jan").post(reverse("supportgroups:handshake", args=[asked(cast).slug]), {button: "1"})


def opens(cast: Cast, client: Client) -> set[str]:
    """Canaries of Jan's on every page that a member could open."""
    jan = cast.jan
    things = {
        "member:goal": jan.goals["goal-open"],
        "member:meeting": jan.meetings["meeting-fixed"],
        "meetings:meeting_file": jan.meetings["meeting-fixed"],
        "member:minutes": jan.minutes["minutes-released"],
        "goals:goal_image": jan.goals["goal-open"],
        "member:person": asked(cast),
    }
    urls = [reverse(name, args=[row.slug]) for name, row in things.items()]
    urls += [reverse("member:home"), reverse("member:promises"), reverse("side")]
    return {c for url in urls for c in canaries_in(body_of(client.get(url))) if c.startswith("jan-")}


# --- what the link shows --------------------------------------------------------------------------------------------
def test_the_link_shows_a_name_and_the_message_and_changes_nothing(cast: Cast) -> None:
    for client in (Client(), somebody(cast, "hanna"), somebody(cast, "noor")):
        response = client.get(reverse("invitation", args=[token(cast)]))
        assert response.status_code == 200
        assert {c for c in canaries_in(body_of(response)) if c.startswith("jan-")} <= SHOWN
    # A mail scanner opens every link; the way to say no is a button.
    for name in ("invitation_accept", "invitation_decline"):
        Client().get(reverse(name, args=[token(cast)]))
        somebody(cast, "noor").get(reverse(name, args=[token(cast)]))
    assert asked(cast).state == "invited"
    assert asked(cast).user_id is None


PAST = timezone.now() - timedelta(seconds=1)
DEAD: dict[str, dict[str, Any]] = {
    "expired": {"expires_at": PAST},
    "withdrawn": {"withdrawn_at": PAST},
    "used": {"used_at": PAST},
}


def faceless(response: HttpResponseBase) -> str:
    """Without what differs by request."""
    import re

    return re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"', "", body_of(response))


@pytest.mark.parametrize("why", DEAD)
def test_a_dead_link_is_like_one_that_never_was(cast: Cast, why: str) -> None:
    change(cast, **DEAD[why])
    for client in (Client(raise_request_exception=False), somebody(cast, "noor")):
        for name in ("invitation", "invitation_accept"):
            never, dead = (client.get(reverse(name, args=[t])) for t in ("A" * 24, token(cast)))
            if why == "used" and name == "invitation" and client.session.get("_auth_user_id"):
                continue  # who accepted comes back to the same link; the next test is about others
            assert faceless(dead) == faceless(never)
            assert dead.status_code == never.status_code
    for name in ("invitation_accept", "invitation_decline"):
        response = somebody(cast, "noor").post(reverse(name, args=[token(cast)]))
        assert response.status_code == 410
        assert "<h1" in body_of(response)
    assert (asked(cast).state, asked(cast).user_id) == ("invited", None)


def test_taking_it_back_or_sending_it_anew_ends_the_old_link(cast: Cast) -> None:
    jan, slug = somebody(cast, "jan"), asked(cast).person.slug
    assert jan.post(reverse("supportgroups:invitation_again", args=[slug])).status_code == 302
    assert says_yes(somebody(cast, "noor"), token(cast)).status_code == 410
    with role("herstel_maint"):
        new = link_of(Invitation.objects.filter(membership=cast.jan.members["asked"]).latest("pk"))
    assert new != token(cast)
    assert Client().get(reverse("invitation", args=[new])).status_code == 200
    assert jan.post(reverse("supportgroups:invitation_withdraw", args=[slug])).status_code == 302
    assert says_yes(somebody(cast, "noor"), new).status_code == 410
    assert asked(cast).state == "ended"


# --- who says yes ---------------------------------------------------------------------------------------------------
def test_used_by_one_it_is_gone_for_others(cast: Cast) -> None:
    assert says_yes(somebody(cast, "noor"), token(cast)).status_code == 200
    for name in ("hanna", "researcher"):
        client = somebody(cast, name)
        assert says_yes(client, token(cast)).status_code == 410
        for page in ("invitation", "invitation_accept"):
            response = client.get(reverse(page, args=[token(cast)]))
            assert not {c for c in canaries_in(body_of(response)) if c.startswith("jan-")}
    assert Client().post(reverse("invitation_decline", args=[token(cast)])).status_code == 410
    assert (asked(cast).state, asked(cast).user_id) == ("accepted", cast.pk("noor"))


@pytest.mark.parametrize(("name", "why"), [("jan", "eigen"), ("ans", "al in"), ("piet", "al in"), ("fatima", "al in")])
def test_ones_own_or_a_second_place_is_refused_in_a_sentence(cast: Cast, name: str, why: str) -> None:
    response = says_yes(somebody(cast, name), token(cast))
    assert response.status_code == 200
    assert why in body_of(response)
    assert (asked(cast).state, asked(cast).user_id) == ("invited", None)


def ask_a_professional(cast: Cast) -> None:
    with role("herstel_maint"):
        Person.objects.filter(pk=cast.jan.people["asked"].pk).update(kind="professional")
        Membership.objects.filter(pk=cast.jan.members["asked"].pk).update(kind="formal")


@pytest.mark.parametrize("name", ["hanna", "kees", "researcher", "administrator"])
def test_asked_as_a_professional_without_that_work(cast: Cast, name: str) -> None:
    """Hanna works nowhere, Kees no longer, the others not as a professional; a forged organisation does not help."""
    ask_a_professional(cast)
    if name == "kees":  # he had a place already, which would refuse him for another reason
        with role("herstel_maint"):
            Membership.objects.filter(user=cast.pk("kees")).delete()
    client = somebody(cast, name)
    for organisation in ("", cast.organisations["vnn"].pk, cast.organisations["lentis"].pk, "²", "9" * 30):
        response = says_yes(client, token(cast), organisation=organisation)
        assert response.status_code == 200
        assert "Vraag je organisatie" in body_of(response)
    assert (asked(cast).state, asked(cast).user_id) == ("invited", None)


def test_a_professional_joins_for_an_organisation_of_their_own(cast: Cast) -> None:
    ask_a_professional(cast)
    with role("herstel_maint"):
        Employment.objects.create(
            user=cast.user("noor"), organisation=cast.organisations["university"], function="professional", name="x"
        )
    noor = somebody(cast, "noor")
    for forged in (cast.organisations["lentis"].pk, "", "x", "1e3", str(2**63)):
        assert says_yes(noor, token(cast), organisation=forged).status_code == 200
        assert asked(cast).user_id is None, forged
    says_yes(noor, token(cast), organisation=cast.organisations["vnn"].pk)
    assert asked(cast).organisation_id == cast.organisations["vnn"].pk


def test_nothing_opens_before_the_participant_says_so(cast: Cast) -> None:
    noor = somebody(cast, "noor")
    assert opens(cast, noor) == set()
    says_yes(noor, token(cast))
    assert opens(cast, noor) == set()
    # Neither by confirming oneself, or by posting to what a member has.
    slug = asked(cast).slug
    assert noor.post(reverse("supportgroups:handshake", args=[slug]), {"yes": "1"}).status_code in (403, 404, 302)
    goal = cast.jan.goals["goal-open"].slug
    for name in ("goal_help", "goal_discuss", "goal_read"):
        assert noor.post(reverse(f"member:{name}", args=[goal]), {"words": "x"}).status_code == 404
    assert asked(cast).state == "accepted"
    assert confirm(cast).status_code == 302
    assert asked(cast).state == "active"
    assert "jan-goal-all" in opens_after(cast, noor)


def opens_after(cast: Cast, client: Client) -> set[str]:
    return canaries_in(body_of(client.get(reverse("member:person", args=[asked(cast).slug]))))


def test_forwarded_to_somebody_else_the_participant_sees_who_and_says_no(cast: Cast) -> None:
    """Otto was not meant. Jan sees how his address begins, says no, and nothing was seen."""
    with role("herstel_maint"):
        Membership.objects.filter(user=cast.pk("otto")).delete()
    otto = somebody(cast, "otto")
    says_yes(otto, token(cast))
    page = somebody(cast, "jan").get(reverse("supportgroups:handshake", args=[asked(cast).slug]))
    assert "ott" in body_of(page)
    assert "otto@kring.example" not in body_of(page)
    confirm(cast, "no")
    assert asked(cast).state == "ended"
    assert opens(cast, otto) == set()
    assert says_yes(otto, token(cast)).status_code == 410


def test_no_is_no_without_an_account(cast: Cast) -> None:
    assert Client().post(reverse("invitation_decline", args=[token(cast)])).status_code == 200
    assert asked(cast).state == "declined"
    assert says_yes(somebody(cast, "noor"), token(cast)).status_code == 410
    assert Client().post(reverse("invitation_decline", args=[token(cast)])).status_code == 410
    assert asked(cast).state == "declined"


def test_what_is_stored_opens_nothing(cast: Cast) -> None:
    with role("herstel_maint"):
        row = Invitation.objects.get(membership=cast.jan.members["asked"])
    kept = bytes(row.token)
    assert token(cast).encode() not in kept
    for guess in (kept.hex(), kept.hex()[:24], row.name, str(row.pk)):
        assert Client().get(reverse("invitation", args=[guess])).status_code == 410


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["hanna", "noor"])
def test_two_say_yes_at_the_same_moment(cast: Cast, second: str) -> None:
    """Two accounts, or one account twice: one place, one person, and nobody gets an error page."""
    clients = [same_browser(somebody(cast, name)) for name in ("noor", second)]
    answers = together([lambda c=c: says_yes(c, token(cast)) for c in clients])  # type: ignore[misc]
    assert {answer.status_code for answer in answers} <= {200, 410}
    assert asked(cast).state == "accepted"
    refused = [answer.status_code == 410 or "werkt niet meer" in body_of(answer) for answer in answers]
    yes = [name for name, no in zip(("noor", second), refused, strict=True) if not no]
    assert asked(cast).user_id in {cast.pk(name) for name in yes}
    if second != "noor":
        assert len(yes) == 1
