"""An organisation's own sign-in, through a provider that answers: it opens accounts of its own domains, stores nothing,
and is tied to nobody who is signed in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from herstel.accounts import OrganisationAdapter
from participants.models import Employment
from tests.abuse.codes import is_in
from tests.cast import Cast
from tests.harness import ROOT, role, signed_in
from tests.oidc import CLIENT, Provider, provider

pytestmark = pytest.mark.django_db
MO = {"sub": "1", "email": "mo@kring.example", "email_verified": True}


@pytest.fixture
def lentis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with provider() as here:
        app = {
            **{"provider_id": "lentis", "name": "Lentis", "client_id": CLIENT, "secret": "x"},
            "settings": {
                "server_url": f"http://127.0.0.1:{here.server_port}",
                "organisation": "VNN",
                "domains": ["Kring.Example"],
            },
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        # An inner address is refused (tests/test_outgoing.py); here it is the provider's.
        monkeypatch.setattr(OrganisationAdapter, "get_requests_session", lambda self: requests.Session())
        yield here


def visit(lentis: Provider, client: Client, claims: dict[str, Any], query: str = "") -> HttpResponseBase:
    """To the provider and back."""
    lentis.claims = claims
    there = client.post(f"/account/oidc/lentis/login/{query}")
    assert there.status_code == 302, there
    state = parse_qs(urlsplit(there["Location"]).query)["state"][0]
    return client.get("/account/oidc/lentis/login/callback/", {"code": "x", "state": state})


def test_who_works_there_signs_in_every_time_and_still_shows_a_second_factor(cast: Cast, lentis: Provider) -> None:
    for _time in range(2):
        client = Client()
        visit(lentis, client, MO)
        assert client.session["_auth_user_id"] == str(cast.pk("mo"))
        assert client.get(reverse("team:today"))["Location"].startswith(reverse("second_factor"))
    with role("herstel_maint"):
        assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {**MO, "email_verified": False},
        {**MO, "email_verified": "false"},
        {"sub": "1"},
        {**MO, "email": "nobody@kring.example"},
        {**MO, "email": "mo@elsewhere.example"},
        {**MO, "email": "mo@kring.example@elsewhere.example"},
        {**MO, "email": ["mo@kring.example"]},
        {**MO, "email": "jan@kring.example"},
        {**MO, "email": "sara@kring.example"},  # works elsewhere
    ],
)
def test_nobody_else_comes_in(cast: Cast, lentis: Provider, claims: dict[str, Any]) -> None:
    client = Client()
    assert visit(lentis, client, claims).status_code < 500
    assert not is_in(client)


def test_a_domain_that_is_not_theirs_opens_nothing(cast: Cast, lentis: Provider, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["domains"] = ["lentis.example"]
    client = Client()
    visit(lentis, client, MO)
    assert not is_in(client)


@pytest.mark.parametrize("fresh", [0, 2**40])
@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_nobody_who_is_signed_in_is_tied_to_it(cast: Cast, lentis: Provider, process: str, fresh: float) -> None:
    jan = signed_in(cast.users["jan"], fresh=fresh)
    assert visit(lentis, jan, MO, f"?process={process}")["Location"] == reverse("settings")
    assert jan.session["_auth_user_id"] == str(cast.pk("jan"))
    with role("herstel_maint"):
        assert not SocialAccount.objects.exists()
    stranger = Client()
    visit(lentis, stranger, MO)
    assert stranger.session["_auth_user_id"] == str(cast.pk("mo"))


def test_who_works_there_signs_in_while_the_work_lasts(cast: Cast, lentis: Provider) -> None:
    """Not by a question that an administrator can ask of any address; and in whatever case it is written."""
    for began, ended, comes_in in ((False, False, False), (True, False, True), (True, True, False)):
        with role("herstel_maint"):
            Employment.objects.filter(pk=cast.employments["mo"].pk).update(
                began_at=timezone.now() if began else None,
                ended_at=timezone.now() if ended else None,
                active=began and not ended,
            )
        client = Client()
        visit(lentis, client, {**MO, "email": "MO@Kring.example"})
        assert is_in(client) == comes_in, (began, ended)


def test_an_address_is_what_the_provider_said(cast: Cast, lentis: Provider) -> None:
    client = Client()
    assert "mo@\u212aring.example".lower() == MO["email"]
    visit(lentis, client, {**MO, "email": "mo@\u212aring.example"})
    assert not is_in(client)


def test_a_place_whose_settings_do_not_say_whose_it_is_does_not_start() -> None:
    """Found in review: the server started, and whoever signed in there met a page that broke."""
    app = {"provider_id": "lentis", "settings": {"server_url": "https://lentis.example", "domains": []}}
    environment = os.environ | {"HERSTEL_DEMO": "1", "OIDC_PROVIDERS": json.dumps([app])}
    reads = [sys.executable, "-c", "import herstel.settings"]
    done = subprocess.run(reads, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "lentis lacks organisation, domains" in done.stderr
