"""Pages that belong to nobody: help, settings, and the answer to a stale form."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings as django_settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views import i18n
from django.views.decorators.http import require_http_methods, require_POST

from herstel.forms import KringForm
from herstel.models import HelpLine, Preference
from herstel.needs import me, members, public
from herstel.sessions import end_sessions
from herstel.sides import Side


@public("telephone numbers that everybody may know")
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "herstel/help.html", {"lines": HelpLine.objects.all()})


@public("how to use this safely")
def safe_use(request: HttpRequest) -> HttpResponse:
    return render(request, "herstel/safe_use.html")


@members("one's own settings")
def settings(request: HttpRequest) -> HttpResponse:
    return render(request, "herstel/settings.html")


class ScreenForm(KringForm):
    colour = forms.ChoiceField(
        label=_("Kleur"),
        choices=Preference.Colour,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )
    calm = forms.BooleanField(
        label=_("Rustig"), required=False, help_text=_("Minder kleur en minder plaatjes. Alles staat er nog.")
    )
    letters = forms.ChoiceField(
        label=_("Letters"),
        choices=Preference.Letters,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )
    reading = forms.ChoiceField(
        label=_("Lees voor"),
        choices=Preference.Reading,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )
    show_looked = forms.BooleanField(label=_("Laat op Begin zien wie er keek"), required=False)
    language = forms.ChoiceField(
        label=_("Taal"), required=False, widget=forms.RadioSelect(attrs={"class": "no-optional"})
    )

    def __init__(self, *args: Any, owner: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not owner:
            del self.fields["show_looked"]
        self.fields["language"].choices = django_settings.LANGUAGES  # type: ignore[attr-defined]


@members("one's own screen")
@require_http_methods(["GET", "POST"])
def screen(request: HttpRequest) -> HttpResponse:
    now = Preference.objects.own().filter(user=request.user.pk).first() or Preference(user=me(request))
    initial = {
        "colour": now.colour,
        "calm": now.calm,
        "letters": now.letters,
        "reading": now.reading,
        "show_looked": now.show_looked,
        "language": now.language or get_language(),
    }
    owner = request.session.get("side") == Side.PARTICIPANT
    form = ScreenForm(request.POST or None, initial=initial, owner=owner)
    if request.method == "POST" and form.is_valid():
        Preference.objects.update_or_create(user=me(request), defaults=form.cleaned_data)
        response = redirect("screen")
        response.set_cookie(
            django_settings.LANGUAGE_COOKIE_NAME,
            form.cleaned_data["language"] or get_language() or "nl",
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=django_settings.SESSION_COOKIE_SECURE,
        )
        messages.success(request, _t("Bewaard. Zo ziet je scherm er nu uit."))
        return response
    return render(request, "herstel/screen.html", {"form": form})


@public("the language of this device, and of whoever is signed in")
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("language")
    if request.user.is_authenticated and wanted in dict(django_settings.LANGUAGES):
        Preference.objects.update_or_create(user=me(request), defaults={"language": wanted})
    return i18n.set_language(request)


@members("one's own devices and keys")
def devices(request: HttpRequest) -> HttpResponse:
    """Where somebody is signed in, and with what."""
    with connection.cursor() as cursor:
        cursor.execute("select * from doors.my_sessions()")
        sessions = [dict(zip(("user_agent", "created_at", "here"), row, strict=True)) for row in cursor.fetchall()]
    factors = Authenticator.objects.filter(user=me(request))
    return render(
        request,
        "herstel/devices.html",
        {
            "sessions": sessions,
            "passkeys": factors.filter(type=Authenticator.Type.WEBAUTHN),
            "has_totp": factors.filter(type=Authenticator.Type.TOTP).exists(),
        },
    )


@members("one's own devices")
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """ "Overal uitloggen": every other device at once."""
    end_sessions(here=False)
    messages.success(request, _t("Je bent nu alleen nog op dit apparaat ingelogd."))
    return redirect("devices")


@public("what a stale or foreign form is told")
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
