"""Signing in: a 6-digit code by mail (and a link in the same mail), never a password.

The codes are made, mailed and tried by the database (sql/sign_in.sql), so that nothing that runs in the web process can
make one up; here are the sentences. The account exists once the code was entered, so known and unknown addresses get
the same page, the same mail and the same time. What comes after the code (second factor, session) is allauth's.
"""

import contextlib
import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.account.utils import perform_login
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.signals import authenticator_added
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from herstel import mail, outgoing
from herstel.clients import unmapped
from herstel.models import SignIn, User
from herstel.refusal import Refused
from herstel.sessions import token_of
from herstel.wake import wake

LINK_LIFE = timedelta(minutes=15)  # as sql/sign_in.sql has it
STEP_UP_SECONDS = 15 * 60
BROWSER = f"{settings.COOKIE_PREFIX}toestel"  # the cookie that tells a device of one's own from a stranger's
BROWSER_AGE = 400 * 24 * 3600  # seconds; as long as browsers keep a cookie


class OrganisationAdapter(DefaultSocialAccountAdapter):
    """An organisation's own sign-in opens accounts of who works there, in its own mail domains, and no others: whoever
    runs it could otherwise become a participant by claiming their address. Accounts begin with an employment, not here.

    Each time the verified address says whose account it is; no tie to the organisation is stored.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Signing in, and nothing else: nobody who is signed in is tied to what another party says."""
        if not _signs_in(sociallogin):
            raise ImmediateHttpResponse(redirect("settings"))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The account of an address that the organisation verified, of its own domains and of who works there, by
        their own yes. What the provider itself said counts: allauth lowers addresses, and the sign for kelvin becomes
        a k.
        """
        theirs = sociallogin.provider.app.settings
        domains = {domain.lower() for domain in theirs["domains"]}
        said = sociallogin.account.get_provider_account().get_user_data() or {}
        given = str(said.get("email", ""))
        # Some providers send "false", as a word.
        if said.get("email_verified") is not True or not given.isascii() or not _signs_in(sociallogin):
            return None
        address = given.lower()
        user = User.objects.filter(email=address, is_active=True).first()
        if user is None or address.rpartition("@")[2] not in domains:
            return None
        return (user, address) if vouch_for(context.request, user, theirs["organisation"]) else None

    def get_requests_session(self) -> requests.Session:
        """For what is asked of an organisation's sign-in pages: of theirs, and of nobody else."""
        return outgoing.session(outgoing.hosts_of_organisations())


def _signs_in(sociallogin: SocialLogin) -> bool:
    return bool(sociallogin.state.get("process") == AuthProcess.LOGIN)


class Adapter(DefaultAccountAdapter):
    """allauth asks us for the few things that it leaves to a house."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # accounts begin with a mailed code, or with a question to work here

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """allauth's own mails ("a factor was added") become our content-free one."""
        mail.queue("waiting", to=context["user"])

    def get_client_ip(self, request: HttpRequest) -> str:
        return unmapped(super().get_client_ip(request))

    def get_login_stages(self) -> list[str]:
        ours = "herstel.accounts.SecondFactorAtWork"
        theirs = "allauth.mfa.stages.AuthenticateStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str) -> bool:
        """allauth keeps such a clock of its own; ours is the one that counts."""
        return not is_fresh(context.request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody was going waits: only the next request may read whether something is asked first."""
        return reverse("side")


class SecondFactorAtWork(AuthenticateStage):
    """A passkey is asked besides the code of people at work only. For a participant it is a handier way in, and a lost
    telephone must not shut anybody out of their own record."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(_ask("select doors.proved_at_work()")[0]) and super()._should_handle(request)


class PasskeyForm(LoginWebAuthnForm):
    """allauth checks the key; the database learns from us that somebody showed it."""

    def clean_credential(self) -> Any:
        authenticator = super().clean_credential()
        vouch_for(context.request, authenticator.user)
        return authenticator


# --- the code -------------------------------------------------------------------------------------------------------
def _ask(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


def send_code(request: HttpRequest, address: str, purpose: str = SignIn.Purpose.ENTER) -> None:
    """Mail a code and a link to this address, for this browser. Raises Refused when that was done too often."""
    from herstel.tasks import send_mail

    if not ratelimit.consume(request, action="kring_code"):
        raise Refused(_("Je vroeg al vaak om een code. Wacht 5 minuten en probeer het dan weer."))
    if request.session.session_key is None:
        request.session.create()
    said, mail_id = _ask(
        "select * from doors.send_code(%s, %s, %s, %s)", address, purpose, _browser_of(request), get_language() or "nl"
    )
    if said == "often":
        raise Refused(
            _(
                "Er zijn net al een paar mails gestuurd. Open de nieuwste en tik op de link. "
                "Een nieuwe code kan weer over 15 minuten."
            )
        )
    wake(send_mail, mail_id)


def check_code(request: HttpRequest, address: str, typed: str, purpose: str = SignIn.Purpose.ENTER) -> None:
    """Accept the code, once. Raises Refused with how many tries are left, or what to do now."""
    if not ratelimit.consume(request, action="kring_try"):
        raise Refused(_("Dit ging te vaak mis. Wacht 5 minuten en probeer het dan weer."), field="code")
    digits = "".join(c for c in typed if c.isdigit())[:20]
    session = token_of(request.session.session_key).hex()
    proof = voucher(f"{session}:{purpose}:{address}:{digits}")
    said, left = _ask("select * from doors.check_code(%s, %s, %s, %s)", address, purpose, digits, proof)
    if said != "ok":
        raise Refused(_refusal(said, left), field="code")


def _refusal(said: str, left: int) -> str:
    if said == "wrong":
        sentence = ngettext(
            "Deze code klopt niet. Kijk nog eens in je mail. Je kunt het nog %(n)s keer proberen.",
            "Deze code klopt niet. Kijk nog eens in je mail. Je kunt het nog %(n)s keer proberen.",
            left,
        )
        return sentence % {"n": left}
    if said == "older":
        return _("Deze code is van een oudere mail. Er is een nieuwere gestuurd. Gebruik de code uit de nieuwste mail.")
    if said == "often":
        return _(
            "Dit ging vandaag te vaak mis. Open de nieuwste mail en tik op de link. "
            "De link werkt 15 minuten, op elk apparaat."
        )
    return _("Deze code is te oud. Vraag een nieuwe. Dat duurt meestal 1 minuut.")


def link_works(link: str) -> bool:
    return _ask("select doors.address_of_link(%s)", hash_token(link))[0] is not None


def use_link(request: HttpRequest, link: str) -> bool:
    """Take the link, once; this browser has then shown what the code would have shown."""
    if request.session.session_key is None:
        request.session.create()
    return bool(_ask("select doors.use_link(%s)", hash_token(link))[0])


def hash_token(token: str) -> bytes:
    """How links and passes are stored, or shown to the database: what is in it opens nothing."""
    return hashlib.sha256(token.encode()).digest()


# --- what the database cannot check itself ----------------------------------------------------------------------------
def voucher_key() -> bytes:
    """32 bytes, derived from SECRET_KEY (docs/adr/0006)."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"voucher", "sha256")


def voucher(words: str) -> bytes:
    """What the database takes for our word; see the table Voucher."""
    return hmac.digest(voucher_key(), words.encode(), "sha256")


def vouch_for(request: HttpRequest, user: Any, organisation: str | None = None) -> bool:
    """This browser showed a passkey, or came from the sign-in of the organisation of this name, as this person.

    Whether that counts: not of somebody whose account is closed, or of whom the organisation may not say it.
    """
    if request.session.session_key is None:
        request.session.create()
    words = ":".join(filter(None, [token_of(request.session.session_key).hex(), str(user.pk), organisation]))
    return bool(_ask("select doors.vouch(%s, %s, %s)", user.pk, voucher(words), organisation)[0])


# --- after the code -------------------------------------------------------------------------------------------------
def enter(request: HttpRequest, *, own_device: bool) -> HttpResponse:
    """Sign in whoever just showed a code or a link. allauth asks for the second factor if there is one.

    Whoever was signed in here as somebody else is out by now, in the database; nothing of them is taken along.
    """
    user = User.objects.get(pk=_ask("select authz.proved()")[0])
    if request.user.is_authenticated and request.user.pk != user.pk:
        request.session.clear()
        request.user = AnonymousUser()
    request.session["own_device"] = own_device
    return perform_login(request, user, email=user.email)


@receiver(user_logged_in)
def begin_session(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """The database signs in whoever this browser showed to be, and says how long that lasts."""
    own = request.session.get("own_device", False)
    agent = request.headers.get("User-Agent", "")
    browser = _browser_of(request)
    if own and not browser:
        request.new_browser = secrets.token_urlsafe(24)  # type: ignore[attr-defined]
        browser = token_of(request.new_browser)  # type: ignore[attr-defined]
    (lasting,) = _ask("select doors.open_session(%s, %s, %s)", own, agent, browser or None)
    request.session["fresh"] = time.time()
    request.session.set_expiry(settings.SESSION_COOKIE_AGE if lasting else 0)


def _browser_of(request: HttpRequest) -> bytes:
    return token_of(request.COOKIES.get(BROWSER))


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
    """To the page that asks for a fresh code, and from there back here (or to `there`).

    Whoever tapped gets the mail at once; who only opened an address is asked first.
    """
    if request.method == "POST" and not code_is_on_its_way(request):
        with contextlib.suppress(Refused):  # the page says what is to be done
            send_step_up(request)
    return redirect(f"{reverse('step_up')}?{urlencode({'next': there or request.path})}")


def send_step_up(request: HttpRequest) -> None:
    """Mail a code to whoever is signed in. Raises Refused when that was done too often."""
    if isinstance(request.user, User):
        send_code(request, request.user.email, SignIn.Purpose.STEP_UP)
        request.session["code_sent"] = time.time()


def code_is_on_its_way(request: HttpRequest) -> bool:
    """Was a code mailed for this session that still works?"""
    return time.time() - request.session.get("code_sent", 0) < STEP_UP_SECONDS


def note_fresh(request: HttpRequest) -> None:
    """This person just showed that it is them."""
    request.session["fresh"] = time.time()
    request.session.pop("code_sent", None)


def safe_next(request: HttpRequest, url: str | None) -> str:
    """The path of an address within this site, or nothing."""
    if not url or not url.startswith("/"):
        return ""
    here = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if here else ""
