"""Who works here shows a second factor before anything: the walk goes along every address there is, those of the
libraries included, as everybody who works here, and nothing opens but what is named here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from django.core import checks
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from herstel import second_factor
from herstel.actor import acting_as
from herstel.checks import routes
from herstel.sides import STAFF, sides, works_here
from participants.models import Employment
from tests.addresses import addresses, things_of
from tests.cast import PERSONAS, Cast
from tests.harness import role, signed_in
from tests.test_access import NONSENSE, patterns

# What somebody may open with the mailed code alone: signing in, setting up or showing the factor, out again, help.
BEFORE = {
    *("welcome", "sign_in", "account_login", "account_signup", "code", "code_again", "sign_in_link", "side"),
    *("step_up", "account_reauthenticate", "second_factor", "demo", "demo_as"),
    *("mfa_authenticate", "mfa_login_webauthn", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("sign_out", "account_logout", "quick_exit"),
    *("help", "safe_use", "set_language", "service_worker", "no_network"),
}
WITHOUT_ONE = {"mfa_activate_totp", "mfa_add_webauthn"}  # by somebody who has no factor yet
AT_WORK = ["mo", "researcher", "administrator", "jan"]  # Jan gets a job besides his record
ARGUMENT = re.compile(r"<\w+:(\w+)>|\^\(\?P<(\w+)>[^)]+\)")
ARGUMENTS = {"pk": "1", "provider_id": "organisation"}


@dataclass
class Door:
    name: str
    url: str


def doors(cast: Cast) -> Iterator[Door]:
    """Every address of the house as the cast fills it in, and every address of the libraries."""
    things = things_of(cast)
    for address in addresses():
        known = "." not in address.name
        yield Door(address.name, reverse(address.name, kwargs=address.kwargs(things)) if known else f"/{address.name}")
    for route, pattern in routes(get_resolver()):
        if pattern.callback.__module__.startswith("allauth."):
            yield Door(str(pattern.name), "/" + ARGUMENT.sub(lambda part: ARGUMENTS[part[1] or part[2]], route))


def changes() -> int:
    """How many rows this transaction wrote so far, whatever the table; a session may note where somebody was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_xact_user_tables"
            " where relname <> 'herstel_session'"
        )
        return int(cursor.fetchone()[0])


def at_work(cast: Cast, name: str, *, has_one: bool) -> Client:
    """Somebody who works here, signed in just now by a mailed code and nothing else."""
    with role("herstel_maint"):
        if name == "jan":
            Employment.objects.create(
                user=cast.user(name), organisation=cast.organisations["vnn"], function="professional", name="Jan"
            )
        if has_one:
            Authenticator.objects.create(user=cast.user(name), type="totp", data={"secret": "x"})
    return signed_in(cast.users[name], crash=True, second_factor=False)


def what_opens(cast: Cast, name: str, *, has_one: bool = False, along: str = "") -> list[str]:
    """The doors that open although they should not, or that stay closed although they should open."""
    client, wrong = at_work(cast, name, has_one=has_one), []
    cookies = client.cookies.copy()
    before = BEFORE if has_one else BEFORE | WITHOUT_ONE
    for door in doors(cast):
        for method, data in (("get", None), ("post", NONSENSE)) if door.name.startswith(along) else ():
            client.cookies = cookies.copy()
            with transaction.atomic():
                written = changes()
                answer = getattr(client, method)(door.url, data or {})
                to = answer.headers.get("Location", "").split("?")[0]
                sent_on = answer.status_code == 302 and to == reverse("second_factor")
                text = b"".join(answer.streaming_content) if answer.streaming else answer.content
                place = f"{name} {method} {door.url} ({door.name}): {answer.status_code} {to}"
                if cast.leaked("anonymous", text.decode(errors="replace")):
                    wrong.append(f"{place} shows something of somebody")
                if sent_on == (door.name in before):
                    wrong.append(place)
                if door.name not in before and changes() != written:
                    wrong.append(f"{place} changed something")
                transaction.set_rollback(True)
    return wrong


@pytest.mark.parametrize("name", AT_WORK)
def test_nothing_opens_without_a_second_factor(cast: Cast, name: str) -> None:
    wrong = what_opens(cast, name)
    assert not wrong, "\n" + "\n".join(wrong[:40])


def test_who_has_a_factor_shows_it_before_making_another(cast: Cast) -> None:
    """Otherwise the mailed code alone would do: make a key, and that key was shown."""
    wrong = what_opens(cast, "mo", has_one=True, along="mfa_")
    assert not wrong, "\n" + "\n".join(wrong)


def test_it_is_asked_from_the_moment_that_somebody_works_here(cast: Cast) -> None:
    """Also in a session that began before, and no longer when the work ends: that ends every session."""
    hanna = signed_in(cast.users["hanna"], second_factor=False)
    assert hanna.get(reverse("settings")).status_code == 200
    with role("herstel_maint"):
        work = Employment.objects.create(
            user=cast.user("hanna"), organisation=cast.organisations["vnn"], function="professional", name="Hanna"
        )
    assert hanna.get(reverse("settings")).headers["Location"].startswith(reverse("second_factor"))
    with role("herstel_maint"):
        Employment.objects.filter(pk=work.pk).update(ended_at=timezone.now())
    assert hanna.get(reverse("settings")).headers["Location"].startswith(reverse("sign_in"))
    again = signed_in(cast.users["hanna"], second_factor=False)
    assert again.get(reverse("settings")).status_code == 200


def test_every_name_that_opens_without_one_is_an_address(cast: Cast) -> None:
    known = {name for name, _ in patterns(get_resolver())}
    assert known >= second_factor.OPEN | second_factor.SETTING_UP


# --- an address without a side ----------------------------------------------------------------------------------------
@pytest.mark.urls("tests.forgetful")
@pytest.mark.parametrize("persona", PERSONAS)
def test_a_beginning_that_nobody_declared_opens_for_nobody(cast: Cast, persona: str) -> None:
    assert signed_in(cast.users[persona]).get(reverse("forgetful_side")).status_code == 404


@pytest.mark.urls("tests.forgetful")
def test_a_beginning_that_nobody_declared_is_named_before_the_server_starts() -> None:
    assert [m.msg.split()[0] for m in checks.run_checks() if m.id == "herstel.E005"] == ["/nergens/"]


# --- teeth ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["my_feed", "goals:goal_image", "research:export_download", "mfa_view_recovery_codes"])
def test_the_walk_notices_one_page_that_opens(cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(second_factor, "OPEN", second_factor.OPEN | {name})
    assert any(f"({name})" in line for line in what_opens(cast, "mo", along=name))


def test_the_walk_notices_when_nobody_is_asked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "works_here", lambda user_id: False)
    assert any("/instellingen/" in line for line in what_opens(cast, "mo", along="my_feed"))


@pytest.mark.parametrize("name", PERSONAS[1:])
def test_who_works_here_is_who_has_a_side_of_work(cast: Cast, name: str) -> None:
    """Two questions to the database, one meaning."""
    with acting_as(cast.pk(name)):
        assert works_here(cast.user(name).pk) == bool(STAFF & set(sides(cast.user(name).pk)))


def test_the_walk_notices_when_a_second_key_needs_no_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "has_factor", lambda user_id: False)
    assert any("mfa_add_webauthn" in line for line in what_opens(cast, "mo", has_one=True, along="mfa_"))
