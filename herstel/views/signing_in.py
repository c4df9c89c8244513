"""Welcome, sign-in, the code, the link, step-up, and out again."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel.accounts import (
    check_code,
    code_is_on_its_way,
    enter,
    is_fresh,
    link_works,
    note_fresh,
    safe_next,
    send_code,
    send_step_up,
    use_link,
)
from herstel.choices_text import with_hint
from herstel.forms import Address, KringForm
from herstel.models import SignIn
from herstel.needs import me, members, public
from herstel.refusal import Refused
from herstel.sides import HOME, LABEL, Side, asked_to_work, sides

OWN, SHARED = "own", "shared"


class AddressForm(KringForm):
    address = Address(label=_("Mailadres"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].error_messages["required"] = _("Vul je mailadres in.")


class CodeForm(KringForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = _("Vul de code uit de mail in.")


class DeviceForm(KringForm):
    device = forms.ChoiceField(
        label=_("Van wie is dit apparaat?"),
        widget=forms.RadioSelect,
        initial=SHARED,
        choices=[
            (OWN, with_hint(_("Van mij"), _("Je blijft ingelogd op dit apparaat."))),
            (SHARED, with_hint(_("Van iemand anders, of van ons samen"), _("We bewaren hier niets."))),
        ],
    )


class EnterForm(DeviceForm, CodeForm):
    field_order = ("code", "device")


@public("the first page; shows nobody")
def welcome(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("side")
    return render(request, "herstel/welcome.html")


@public("asks for an address and answers the same to every one")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if url := safe_next(request, request.GET.get("next")):
        request.session["next"] = url
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_code(request, form.cleaned_data["address"])
        except Refused as error:
            form.add_error("address", error.sentence)
        else:
            request.session["address"] = form.cleaned_data["address"].strip().lower()
            return redirect("code")
    return render(request, "herstel/sign_in.html", {"form": form, "away": "even-weg" in request.GET})


@public("the code was mailed to the address in this session")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    address = request.session.get("address")
    if not address:
        return redirect("sign_in")
    form = EnterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            check_code(request, address, form.cleaned_data["code"])
        except Refused as error:
            form.add_error("code", error.sentence)
        else:
            request.session.pop("address", None)
            return enter(request, own_device=form.cleaned_data["device"] == OWN)
    return render(request, "herstel/code.html", {"form": form, "address": address})


@public("sends a new code to the address in this session")
@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    address = request.session.get("address")
    if not address:
        return redirect("sign_in")
    try:
        send_code(request, address)
    except Refused as error:
        form = EnterForm()
        return render(request, "herstel/code.html", {"form": form, "address": address, "refusal": error.sentence})
    messages.success(request, _("We stuurden een nieuwe code. Kijk ook bij ongewenste mail."))
    return redirect("code")


@public("the mail's link; it does something only after a tap on the button, because mail scanners open links")
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    form = DeviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and use_link(request, token):
        return enter(request, own_device=form.cleaned_data["device"] == OWN)
    works = link_works(token)
    return render(request, "herstel/link.html", {"form": form, "works": works}, status=200 if works else 410)


@public("signing out is for everybody")
@require_POST
def quick_exit(request: HttpRequest) -> HttpResponse:
    """ "Snel sluiten": out, and on to the weather."""
    logout(request)
    response = redirect("https://www.knmi.nl/")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@public("signing out is for everybody")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    response = redirect("welcome")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@members("one's own sides")
@require_http_methods(["GET", "POST"])
def side(request: HttpRequest) -> HttpResponse:
    """Where to after signing in; who is more than one thing chooses."""
    if asked_to_work(me(request).pk):
        return redirect("work_asked")
    mine = sides(me(request).pk)
    if waiting := request.session.pop("next", None):
        return redirect(waiting)
    if not mine:
        return redirect("first_steps")
    if len(mine) == 1:
        return redirect(HOME[mine[0]])
    chosen = request.POST.get("side")
    if chosen in mine:
        return redirect(HOME[Side(chosen)])
    return render(
        request,
        "herstel/side.html",
        {"sides": [(s.value, LABEL[s]) for s in mine], "may_begin": Side.PARTICIPANT not in mine},
    )


@members("shows that it is really you")
@require_http_methods(["GET", "POST"])
def step_up(request: HttpRequest) -> HttpResponse:
    """A fresh code before something is opened wider; never before closing. Only a tap mails one."""
    url = safe_next(request, request.GET.get("next")) or "/rol/"
    if is_fresh(request):
        return redirect(url)
    address = me(request).email
    form, refusal = CodeForm(request.POST if "code" in request.POST else None), ""
    try:
        if "again" in request.POST:
            send_step_up(request)
        elif form.is_valid():
            check_code(request, address, form.cleaned_data["code"], SignIn.Purpose.STEP_UP)
            note_fresh(request)
            return redirect(url)
    except Refused as error:
        if error.field:
            form.add_error(error.field, error.sentence)
        else:
            refusal = error.sentence
    context = {"form": form, "address": address, "refusal": refusal, "sent": code_is_on_its_way(request)}
    return render(request, "herstel/step_up.html", context)


@members("offers a key for the next time")
@require_http_methods(["GET", "POST"])
def passkey_offer(request: HttpRequest) -> HttpResponse:
    """Volgende keer zonder code? Asked once; "Niet nu" is as good an answer."""
    if request.method == "POST":
        return redirect("side")
    return render(request, "herstel/passkey_offer.html")


@members("how to set up a second factor")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Professionals, researchers and administrators need one before they see anything."""
    has_one = Authenticator.objects.filter(user=me(request)).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    return render(request, "herstel/second_factor.html", {"has_one": has_one})
