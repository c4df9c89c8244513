"""A copy of the database opens no second factor: what makes the codes stands in no row in any form."""

import base64
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from herstel.apps import keep_the_voucher
from herstel.secrets_at_rest import Factors
from tests.abuse.codes import asks, is_in, mailed, types
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
MO = "mo@kring.example"
PLAIN = "allauth.mfa.adapter.DefaultMFAAdapter"


def code_of(secret: str) -> str:
    """What the app on a telephone shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sets_up(cast: Cast) -> str:
    """Mo takes an app with codes, over the pages; the secret that the app keeps."""
    mo = signed_in(cast.users["mo"], second_factor=False)
    mo.get(reverse("mfa_activate_totp"))
    secret: str = mo.session[SECRET_SESSION_KEY]
    assert mo.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).status_code == 302
    assert SECRET_SESSION_KEY not in mo.session
    return secret


def signs_in(code: str) -> Client:
    """With the mailed code first, and then this one."""
    mo = asks(MO)
    types(mo, mailed(MO)["code"])
    mo.post(reverse("mfa_authenticate"), {"code": code})
    return mo


def forms_of(secret: str, of: bytes) -> Iterator[str]:
    """How a secret could be written down."""
    for raw in (secret.encode(), of):
        yield from (raw.hex(), base64.b64encode(raw).decode(), base64.b32encode(raw).decode())
    yield secret


def rows_with(*texts: str) -> set[str]:
    """The tables in which any of this stands, in whatever column."""
    found = set()
    with role("herstel_maint"), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(
                f"select exists (select from {name} t where t::text ilike any(%s))", [[f"%{x}%" for x in texts]]
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def written_down(cast: Cast) -> set[str]:
    """Where the secret, the seed or a recovery code stands after somebody set up their factor."""
    secret = sets_up(cast)
    codes = Authenticator.objects.get(user=cast.pk("mo"), type="recovery_codes").wrap()
    seed = (
        Factors().decrypt(codes.instance.data["seed"]) if settings.MFA_ADAPTER != PLAIN else codes.instance.data["seed"]
    )
    texts = [*forms_of(secret, base64.b32decode(secret)), *forms_of(seed, bytes.fromhex(seed)), *codes.generate_codes()]
    return rows_with(*texts)


def test_no_row_holds_what_makes_the_codes(cast: Cast) -> None:
    assert written_down(cast) == set()


def test_the_scan_finds_what_is_kept_as_it_is(cast: Cast, settings: Settings) -> None:
    settings.MFA_ADAPTER = PLAIN
    assert written_down(cast) == {"mfa_authenticator"}


def test_the_app_and_a_recovery_code_open_the_work(cast: Cast) -> None:
    secret = sets_up(cast)
    assert not is_in(signs_in("000000"))
    assert signs_in(code_of(secret)).session["second_factor"]
    codes = Authenticator.objects.get(user=cast.pk("mo"), type="recovery_codes").wrap().generate_codes()
    assert signs_in(codes[0]).session["second_factor"]
    assert not is_in(signs_in(codes[0]))


def test_a_former_key_opens_and_a_foreign_one_does_not(cast: Cast, settings: Settings) -> None:
    secret = sets_up(cast)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-this-place"
    settings.SECRET_KEY_FALLBACKS = [former]
    with role("herstel_owner"):
        keep_the_voucher("default")  # as `migrate` does with a new key
    assert signs_in(code_of(secret)).session["second_factor"]
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        Authenticator.objects.get(user=cast.pk("mo"), type="totp").wrap().validate_code(code_of(secret))


@pytest.mark.parametrize("kept", ["JBSWY3DPEHPK3PXP", "", "gAAAAA", "x" * 200])
def test_a_plain_or_broken_row_opens_nothing(cast: Cast, kept: str) -> None:
    with role("herstel_maint"):
        Authenticator.objects.create(user=cast.user("mo"), type="totp", data={"secret": kept})
    mo = Client(raise_request_exception=False)
    asks(MO, mo)
    types(mo, mailed(MO)["code"])
    answer = mo.post(
        reverse("mfa_authenticate"), {"code": code_of(kept)} if kept == "JBSWY3DPEHPK3PXP" else {"code": "1"}
    )
    assert answer.status_code == 500
    assert not is_in(mo)


def test_each_place_and_each_purpose_has_a_key_of_its_own(settings: Settings) -> None:
    closed = Factors().encrypt("secret")
    assert Factors().encrypt("secret") != closed
    assert Factors().decrypt(closed) == "secret"
    settings.SECRET_KEY += "x"
    with pytest.raises(InvalidToken):
        Factors().decrypt(closed)
