"""Berichten: whether and when we may write; and the link in a mail that turns them off."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from herstel import push
from herstel.accounts import voucher
from herstel.forms import KringForm
from herstel.mail import mail_trouble, off_for
from herstel.models import Preference, PushDevice
from herstel.needs import me, members, public
from herstel.quiet import hours_of
from herstel.templatetags.kring import tijd


class MailForm(KringForm):
    mails = forms.ChoiceField(
        label=_("Wil je mails van ons?"),
        choices=Preference.Mails,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "no-optional"}),
    )
    quiet_from = forms.TypedChoiceField(label=_("Geen mails vanaf"), coerce=int)
    quiet_until = forms.TypedChoiceField(label=_("Weer mails vanaf"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quiet_from", "quiet_until"):
            self.fields[name].choices = [(hour, tijd(time(hour))) for hour in range(24)]  # type: ignore[attr-defined]


@members("one's own mails")
@require_http_methods(["GET", "POST"])
def mails(request: HttpRequest) -> HttpResponse:
    now = Preference.objects.own().filter(user=request.user.pk).first()
    begin, end = hours_of(now)
    initial = {"mails": now.mails if now else "", "quiet_from": begin, "quiet_until": end}
    form = MailForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        Preference.objects.update_or_create(user=me(request), defaults=form.cleaned_data)
        messages.success(request, _t("Bewaard."))
        return redirect("mails")
    context = {"form": form, "push_key": push.public_key(), "trouble": mail_trouble()}
    return render(request, "herstel/mails.html", context)


class DeviceForm(forms.Form):
    """What a browser says of itself when it wants messages (Push API)."""

    endpoint = forms.CharField(max_length=500)
    p256dh = forms.RegexField(r"^[\w-]{80,100}={0,2}$")
    secret = forms.RegexField(r"^[\w-]{20,30}={0,2}$")

    def clean_endpoint(self) -> str:
        endpoint: str = self.cleaned_data["endpoint"]
        if not push.is_push_service(endpoint):
            raise forms.ValidationError("unknown")
        return endpoint


@members("one's own device")
@require_POST
def push_on(request: HttpRequest) -> HttpResponse:
    """This device wants messages. It may have been somebody else's before."""
    form = DeviceForm(request.POST)
    if not form.is_valid() or not request.session.get("own_device"):
        return HttpResponse(status=400)
    said = form.cleaned_data
    mine = PushDevice.objects.own().filter(user=request.user.pk)
    mine.filter(endpoint=said["endpoint"]).delete()
    mine.filter(pk__in=list(mine.order_by("-pk").values_list("pk", flat=True)[push.MOST_DEVICES - 1 :])).delete()
    PushDevice.objects.create(user=me(request), **said)
    return HttpResponse(status=204)


@members("one's own device")
@require_POST
def push_off(request: HttpRequest) -> HttpResponse:
    PushDevice.objects.own().filter(user=request.user.pk, endpoint=request.POST.get("endpoint", "")).delete()
    return HttpResponse(status=204)


@csrf_exempt  # a mail program sends this by itself, without a cookie (RFC 8058)
@public("the link of one person; it turns their mails off and does nothing else")
@require_http_methods(["GET", "POST"])
def mails_off(request: HttpRequest, token: str) -> HttpResponse:
    user_id = off_for(token)
    done = request.method == "POST"
    works = user_id is not None and mails_off_for(user_id, act=done)
    status = 200 if works else 410
    return render(request, "herstel/mails_off.html", {"works": works, "done": works and done}, status=status)


def mails_off_for(user_id: int, *, act: bool) -> bool:
    """Is there such a person? And when `act`: no mails for them."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.mails_off(%s, %s, %s)", [user_id, voucher(f"mails-off:{user_id}"), act])
        return bool(cursor.fetchone()[0])
