"""Signing in: a 6-digit code by mail (and a link in the same mail), never a password.

The account exists once the code was entered, so known and unknown addresses get the same page, the same mail and the
same time. What comes after the code (second factor, session) is allauth's.
"""

import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import EmailAddress, Login
from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.core import ratelimit
from allauth.mfa.signals import authenticator_added
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from herstel import mail
from herstel.actor import acting_as
from herstel.clients import unmapped
from herstel.models import SignIn, User
from herstel.refusal import Refused
from herstel.sides import STAFF, sides

CODE_LIFE = timedelta(minutes=15)
STEP_UP_SECONDS = 15 * 60
MINUTE, DAY = 60, 24 * 3600


class OrganisationAdapter(DefaultSocialAccountAdapter):
    """An organisation's own sign-in opens accounts of its own mail domains, and no others: whoever runs it could
    otherwise become a participant by claiming their address. Accounts begin with an employment, not here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        domains = login.provider.app.settings.get("domains", []) if login.provider.app else []
        return email.rsplit("@", 1)[-1].lower() in domains


class Adapter(DefaultAccountAdapter):
    """allauth asks us for the few things that it leaves to a house."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # accounts begin with a mailed code, or with an organisation's own sign-in

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """allauth's own mails ("a factor was added") become our content-free one."""
        mail.queue("waiting", address=email)

    def get_client_ip(self, request: HttpRequest) -> str:
        return unmapped(super().get_client_ip(request))

    def get_login_stages(self) -> list[str]:
        ours = "herstel.accounts.SecondFactorAtWork"
        theirs = "allauth.mfa.stages.AuthenticateStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return request.session.pop("next", None) or reverse("side")


class SecondFactorAtWork(AuthenticateStage):
    """A passkey is asked besides the code of people at work only. For a participant it is a handier way in, and a lost
    telephone must not shut anybody out of their own record."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return is_at_work(self.login.user.pk) and super()._should_handle(request)


# --- the code -------------------------------------------------------------------------------------------------------
def send_code(request: HttpRequest, address: str, purpose: str = SignIn.Purpose.ENTER) -> None:
    """Mail a code and a link to this address. Raises Refused when it was asked too often."""
    address = address.strip().lower()
    if not ratelimit.consume(request, action="kring_code", key=address):
        raise Refused(_("Je vroeg al een paar keer om een code. Wacht 5 minuten en probeer het dan weer."))
    code = f"{secrets.randbelow(10**6):06d}"
    link = secrets.token_urlsafe(24)
    SignIn.objects.filter(address=address, purpose=purpose, used_at=None).update(used_at=timezone.now())
    SignIn.objects.create(
        address=address,
        purpose=purpose,
        code=_hash_code(address, code),
        link=hash_token(link),
        expires_at=timezone.now() + CODE_LIFE,
    )
    context = {"code": f"{code[:3]} {code[3:]}"}
    if purpose == SignIn.Purpose.ENTER:
        context["link"] = settings.SITE_URL + reverse("sign_in_link", args=[link])
    mail.queue("code", address=address, context=context)


def check_code(address: str, typed: str, purpose: str = SignIn.Purpose.ENTER) -> None:
    """Accept the code, once. Raises Refused with how many tries are left, or that it is too old."""
    typed = "".join(c for c in typed if c.isdigit())
    address = address.strip().lower()
    waiting = SignIn.objects.select_for_update().filter(address=address, purpose=purpose, used_at=None)
    asked = waiting.order_by("-pk").first()
    if asked is None or asked.expires_at <= timezone.now() or asked.tries >= SignIn.TRIES:
        raise Refused(_("Deze code is te oud. Vraag een nieuwe. Dat duurt meestal 1 minuut."), field="code")
    if not hmac.compare_digest(bytes(asked.code), _hash_code(address, typed)):
        SignIn.objects.filter(pk=asked.pk).update(tries=F("tries") + 1)
        left = SignIn.TRIES - asked.tries - 1
        sentence = ngettext(
            "Deze code klopt niet. Kijk nog eens in je mail. Je kunt het nog %(n)s keer proberen.",
            "Deze code klopt niet. Kijk nog eens in je mail. Je kunt het nog %(n)s keer proberen.",
            left,
        )
        raise Refused(sentence % {"n": left}, field="code")
    SignIn.objects.filter(pk=asked.pk).update(used_at=timezone.now())


def address_of_link(link: str) -> str | None:
    """The address that a mailed link was sent to, as long as it works."""
    row = SignIn.objects.filter(link=hash_token(link), used_at=None, expires_at__gt=timezone.now()).first()
    return row.address if row else None


def use_link(link: str) -> str | None:
    """Take the link; it works once."""
    address = address_of_link(link)
    taken = SignIn.objects.filter(link=hash_token(link), used_at=None).update(used_at=timezone.now()) if address else 0
    return address if taken else None


def hash_token(token: str) -> bytes:
    """How links and passes are stored: what is in the database opens nothing."""
    return hashlib.sha256(token.encode()).digest()


def _hash_code(address: str, code: str) -> bytes:
    """Six digits can be guessed from a bare hash, so this one is keyed."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{address}:{code}".encode(), "sha256")


# --- after the code -------------------------------------------------------------------------------------------------
def enter(request: HttpRequest, address: str, *, own_device: bool) -> HttpResponse:
    """Sign this person in; makes the account the first time. allauth asks for the second factor if there is one."""
    user = User.objects.of_address(address)
    if not user.is_active:
        raise Refused(_("Deze code is te oud. Vraag een nieuwe. Dat duurt meestal 1 minuut."), field="code")
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    request.session["own_device"] = own_device
    record_authentication(request, user, method="code")
    return perform_login(request, Login(user=user, email=user.email))


def is_at_work(user_id: int) -> bool:
    with acting_as(user_id):
        return bool(STAFF & set(sides(user_id)))


@receiver(user_logged_in)
def begin_session(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """How long this session lasts: an own device long, a shared one short, somebody at work shortest."""
    now = time.time()
    at_work = is_at_work(user.pk)
    own = request.session.get("own_device", False)
    if at_work:
        idle, life = 15 * MINUTE, 12 * 3600
    elif own:
        idle, life = 90 * DAY, 90 * DAY
    else:
        idle, life = 30 * MINUTE, 12 * 3600
    request.session.update({"idle": idle, "ends": now + life, "seen": now, "fresh": now})
    request.session.set_expiry(life if own and not at_work else 0)


@receiver(authentication_step_completed)
def note_second_factor(request: HttpRequest, method: str, **kwargs: Any) -> None:
    if method == "mfa":
        request.session["second_factor"] = True
        request.session["fresh"] = time.time()


@receiver(authenticator_added)
def note_new_factor(request: HttpRequest, **kwargs: Any) -> None:
    """Whoever just set up a second factor has shown it."""
    request.session["second_factor"] = True
    note_fresh(request)


# --- step-up --------------------------------------------------------------------------------------------------------
def is_fresh(request: HttpRequest) -> bool:
    """Did this person show less than 15 minutes ago that it is them? Asked before widening, never before narrowing."""
    return time.time() - request.session.get("fresh", 0) < STEP_UP_SECONDS


def fresh_first(request: HttpRequest, there: str = "") -> HttpResponse:
    """To the page that asks for a fresh code, and from there back here (or to `there`)."""
    return redirect(f"{reverse('step_up')}?{urlencode({'next': there or request.path})}")


def note_fresh(request: HttpRequest) -> None:
    """This person just showed that it is them; allauth's own pages believe it as well."""
    request.session["fresh"] = time.time()
    record_authentication(request, request.user, method="code", reauthenticated=True)


def safe_next(request: HttpRequest, url: str | None) -> str:
    """An address within this site, or nothing."""
    allowed = url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and allowed else ""
