"""The second factor is asked of who works here, whatever page they open: by what somebody is, not by an address.

Everything is behind it but the few names below (docs/adr/0014), so a page that nobody thought of is behind it too.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from herstel.sides import side_of, works_here

# Names of addresses that show and change nothing of anybody's work; an address has the name that stands first.
SIGNING_IN = {
    *("welcome", "sign_in", "code", "code_again", "sign_in_link", "side", "demo", "demo_as"),
    *("step_up", "account_reauthenticate", "second_factor"),
    *("mfa_authenticate", "mfa_login_webauthn", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
}
SIGNING_OUT = {"sign_out", "account_logout", "quick_exit"}
OF_NOBODY = {"help", "safe_use", "set_language", "service_worker", "no_network"}
OPEN = SIGNING_IN | SIGNING_OUT | OF_NOBODY
# Only for who has no factor yet: otherwise a mailed code would be enough to make a second one.
SETTING_UP = {"mfa_activate_totp", "mfa_add_webauthn"}

type Handler = Callable[[HttpRequest], HttpResponse]


def asked_first(get_response: Handler) -> Handler:
    """Around every page of the house and of its libraries, inside the transaction of the page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_view = ask  # type: ignore[attr-defined]
    return middleware


def ask(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
    """Nothing when the page may open; the way to the second factor when that was not shown in this session."""
    if side_of(request.path) is None:
        raise Http404
    if not request.user.is_authenticated or request.session.get("second_factor"):
        return None
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name in OPEN or not works_here(request.user.pk):
        return None
    if name in SETTING_UP and not has_factor(request.user.pk):
        return None
    return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.path})}")


def has_factor(user_id: int) -> bool:
    """A key or an app; recovery codes are what is left when those are lost."""
    return Authenticator.objects.filter(user=user_id).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
