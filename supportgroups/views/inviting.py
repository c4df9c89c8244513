"""Asking somebody into the group, the link they get, and the hand-shake."""

import io
from typing import Any, ClassVar

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel.access import Category, Level
from herstel.flows import Answers, Flow, Page
from herstel.needs import me, members, needs, public
from herstel.once import once
from herstel.refusal import Refused
from participants.models import Employment
from supportgroups.actions import (
    Asked,
    accept,
    confirm,
    decline,
    end_membership,
    find_invitation,
    invite,
    invite_again,
    link_of,
)
from supportgroups.forms import (
    FOREVER,
    RINGS,
    FlowSharingForm,
    InvitationCodeForm,
    MessageForm,
    OrganisationForm,
    RingForm,
    SharingFields,
)
from supportgroups.models import Invitation, Membership, Person
from supportgroups.reading import WORD, can_be_chosen


class Invite(Flow):
    """Vraag iemand in je steungroep; the person stands on the map already."""

    name = "invite"
    title = _("Iemand vragen")
    url_name = "supportgroups:invite"
    home_url = "supportgroups:person_list"
    check_button = _("Maak het bericht")
    check_template = "supportgroups/invite_check.html"
    pages: ClassVar = [
        Page("dichtbij", RingForm, _("Hoe dichtbij is {name}?")),
        Page(
            "zien",
            FlowSharingForm,
            _("Wat mag {name} zien?"),
            _("Kies zelf. Geen vinkje? Dan ziet {name} het niet. Je kunt dit altijd veranderen."),
            template="supportgroups/invite_see.html",
        ),
        Page(
            "bericht",
            MessageForm,
            _("Wat wil je tegen {name} zeggen?"),
            _("Je mag ons voorbeeld gebruiken of zelf iets maken."),
        ),
    ]

    def __init__(self, request: HttpRequest, person: Person) -> None:
        self.person = person
        super().__init__(request, person.participant, person.slug)

    def begin(self) -> dict[str, Any]:
        return {"dichtbij": {"ring": [str(self.person.ring)]}} if self.person.ring else {}

    def words(self) -> dict[str, str]:
        return {"name": self.person.called}

    def home(self) -> str:
        return reverse("supportgroups:person", args=[self.person.slug])

    def example(self) -> str:
        return _t(
            "Hoi %(name)s, ik werk aan dingen die ik graag wil. Ik zou het fijn vinden als jij mij steunt. "
            "Wil je in mijn steungroep? Je kunt altijd nee zeggen."
        ) % {"name": self.person.called}

    def more(self, page: Page | None) -> dict[str, Any]:
        return {"person": self.person, "message": (self.kept("bericht") or QueryDict()).get("message", "")}

    def summary(self, answers: Answers) -> list[dict[str, Any]]:
        see = answers["zien"]
        words = [str(WORD[c]) for c in SharingFields.TICKS if see.get(c.value)]
        for category in (Category.GOALS, Category.STORY):
            rows = dict(can_be_chosen(self.participant, category))
            words += [rows[int(pk)] for pk in see.get(category.value, []) if int(pk) in rows]
        ring = dict(RINGS)[str(answers["dichtbij"]["ring"])]
        return [
            {"label": _("Hoe dichtbij?"), "value": ring, "page": "dichtbij", "what": _("hoe dichtbij")},
            {
                "label": _("Mag zien"),
                "value": words or [_t("Nog niets")],
                "page": "zien",
                "what": _("wat deze persoon mag zien"),
            },
            {
                "label": _("Tot wanneer?"),
                "value": dict(self.form(self.pages[1]).fields["until"].choices)[see.get("until") or FOREVER],  # type: ignore[attr-defined]
                "page": "zien",
                "what": _("tot wanneer"),
            },
            {
                "label": _("Je bericht"),
                "value": answers["bericht"]["message"],
                "page": "bericht",
                "what": _("je bericht"),
            },
        ]

    def finish(self, answers: Answers) -> str:
        page = next(p for p in self.pages if p.slug == "zien")
        form = page.form(self.kept("zien"), flow=self)
        form.is_valid()
        self.person.ring = answers["dichtbij"]["ring"]
        self.person.save(update_fields=["ring"])
        invite(person=self.person, message=answers["bericht"]["message"], sharing=form.sharing())  # type: ignore[attr-defined]
        return reverse("supportgroups:invited", args=[self.person.slug])


@needs(Person, Level.OWN, related=("participant",))
@require_http_methods(["GET", "POST"])
def invite_flow(request: HttpRequest, person: Person, page: str = "") -> HttpResponse:
    living = Membership.objects.own().filter(person=person, state__in=Membership.LIVING).exists()
    if living and request.method == "GET":
        return redirect("supportgroups:invited", person.slug)
    return Invite(request, person).respond(page)


@needs(Person, Level.OWN, related=("participant",))
def invited(request: HttpRequest, person: Person) -> HttpResponse:
    """Je bericht is klaar: the link, to send oneself."""
    invitation = _open_invitation(person)
    if invitation is None:
        return redirect("supportgroups:person", person.slug)
    return render(
        request, "supportgroups/invited.html", {"person": person, "invitation": invitation, "link": _link(invitation)}
    )


@needs(Person, Level.OWN, related=("participant",))
def invitation_card(request: HttpRequest, person: Person) -> HttpResponse:
    """A card to print and hand over, with the link as a picture for a phone's camera."""
    invitation = _open_invitation(person)
    if invitation is None:
        return redirect("supportgroups:person", person.slug)
    return render(
        request,
        "supportgroups/invitation_card.html",
        {"person": person, "invitation": invitation, "link": _link(invitation)},
    )


@needs(Person, Level.OWN)
def invitation_qr(request: HttpRequest, person: Person) -> HttpResponse:
    invitation = _open_invitation(person)
    if invitation is None:
        return redirect("supportgroups:person", person.slug)
    drawn = io.BytesIO()
    segno.make(_link(invitation), error="m").save(drawn, kind="svg", scale=6, border=2, xmldecl=False)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


def _open_invitation(person: Person) -> Invitation | None:
    waiting = Invitation.objects.own().filter(membership__person=person, withdrawn_at=None, used_at=None)
    return waiting.filter(membership__state=Membership.State.INVITED).last()


def _link(invitation: Invitation) -> str:
    return settings.SITE_URL + reverse("invitation", args=[link_of(invitation)])


@needs(Person, Level.OWN)
@require_POST
def invitation_again(request: HttpRequest, person: Person) -> HttpResponse:
    membership = Membership.objects.own().filter(person=person, state=Membership.State.INVITED).first()
    if membership is None:
        return redirect("supportgroups:person", person.slug)

    def renew() -> str:
        invite_again(membership=membership)
        return reverse("supportgroups:invited", args=[person.slug])

    return once(request, renew)


@needs(Person, Level.OWN)
@require_POST
def invitation_withdraw(request: HttpRequest, person: Person) -> HttpResponse:
    """ "Laat maar": the link stops working."""
    for membership in Membership.objects.own().filter(person=person, state=Membership.State.INVITED):
        end_membership(membership=membership)
    messages.success(request, _t("We hebben de link uitgezet. Niemand heeft iets gezien."))
    return redirect("supportgroups:person", person.slug)


@needs(Membership, Level.OWN, related=("person", "user"))
@require_http_methods(["GET", "POST"])
def handshake(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Is it really this person? Only now does something open."""
    if membership.state != Membership.State.ACCEPTED:
        return redirect("supportgroups:person", membership.person.slug)
    if request.method == "POST":
        if "no" in request.POST:
            end_membership(membership=membership)
            messages.success(request, _t("We hebben de link uitgezet. Niemand heeft iets gezien."))
            return redirect("supportgroups:person_list")
        try:
            confirm(membership=membership)
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, _t("%(name)s zit nu in je steungroep.") % {"name": membership.person.called})
        return redirect("supportgroups:person", membership.person.slug)
    start = membership.user.email[:3] if membership.user else ""
    return render(
        request,
        "supportgroups/handshake.html",
        {"membership": membership, "person": membership.person, "address_start": start},
    )


# --- the other side of the link -------------------------------------------------------------------------------------
@public("shows only the participant's called-name and message, to who holds the link")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    asked = find_invitation(token)
    if asked is None or asked.state in ("gone", "expired"):
        return render(request, "supportgroups/invitation_gone.html", status=410)
    if asked.state == "used":
        # The one who accepted comes back to the same link; for everybody else it is used up.
        return (
            redirect("side")
            if request.user.is_authenticated
            else render(request, "supportgroups/invitation_gone.html", status=410)
        )
    return render(
        request,
        "supportgroups/invitation.html",
        {"asked": asked, "token": token, "declined": asked.state == "declined"},
    )


@public("somebody may say no without an account")
@require_POST
def invitation_decline(request: HttpRequest, token: str) -> HttpResponse:
    try:
        decline(token=token)
    except Refused:
        return render(request, "supportgroups/invitation_gone.html", status=410)
    return render(request, "supportgroups/invitation_declined.html")


@members("says yes with one's own account; opens nothing before the participant confirms")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    asked = find_invitation(token)
    if asked is None or asked.state != "open":
        return render(request, "supportgroups/invitation_gone.html", status=410)
    jobs = list(
        Employment.objects.visible()
        .filter(user=request.user.pk, active=True, function="professional")
        .select_related("organisation")
    )
    form = (
        OrganisationForm(request.POST or None, employments=jobs) if asked.kind == "formal" and len(jobs) > 1 else None
    )
    context: dict[str, Any] = {"asked": asked, "token": token, "form": form}
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            accept(token=token, by=me(request), organisation=_organisation(asked, jobs, form))
        except Refused as error:
            context["refusal"] = error.sentence
        else:
            return render(request, "supportgroups/invitation_accepted.html", {"asked": asked})
    return render(request, "supportgroups/invitation_accept.html", context)


def _organisation(asked: Asked, jobs: list[Employment], form: OrganisationForm | None) -> int | None:
    if asked.kind != "formal":
        return None
    if form is not None:
        return int(form.cleaned_data["organisation"])
    return jobs[0].organisation_id if jobs else None


@public("leads to the page of a link that somebody holds")
@require_http_methods(["GET", "POST"])
def invitation_find(request: HttpRequest) -> HttpResponse:
    """Ik heb een uitnodiging: for who has the card and no camera."""
    form = InvitationCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["link"].strip().rstrip("/").split("/")[-1]
        if len(token) == 24 and find_invitation(token):
            return redirect("invitation", token)
        form.add_error("link", _t("Deze link of code kennen we niet. Kijk nog eens op je kaartje."))
    return render(request, "supportgroups/invitation_find.html", {"form": form})
