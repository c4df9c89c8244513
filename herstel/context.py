"""What every page's frame needs: whose side it is, the menu, and how this person wants their screen."""

import base64
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from herstel.models import Preference
from herstel.sessions import SessionStore
from herstel.sides import EVERY_SIDE, Side, beginning, side_of

# side: (address, word, icon)
MENU: dict[Side, list[tuple[str, Any, str]]] = {
    Side.PARTICIPANT: [
        ("begin", _("Begin"), "house"),
        ("goals:goal_list", _("Doelen"), "flag"),
        ("supportgroups:person_list", _("Mensen"), "users-three"),
        ("meetings:meeting_list", _("Agenda"), "calendar-blank"),
        ("supportgroups:sharing", _("Delen"), "key"),
    ],
    Side.MEMBER: [
        ("member:home", _("Wie steun je?"), "users-three"),
        ("member:promises", _("Beloofd"), "handshake"),
        ("member:self_care", _("Voor jou"), "lifebuoy"),
    ],
    Side.TEAM: [
        ("team:today", _("Vandaag"), "sun-horizon"),
        ("team:participants", _("Deelnemers"), "users-three"),
        ("team:agenda", _("Agenda"), "calendar-blank"),
        ("team:promises", _("Beloftes"), "handshake"),
        ("team:news", _("Nieuws"), "envelope-open"),
    ],
    Side.RESEARCH: [
        ("research:studies", _("Studies"), "book-open-text"),
        ("research:checks", _("Controle"), "shield-check"),
    ],
    Side.BEHEER: [
        ("beheer:home", _("Werk"), "house"),
        ("beheer:organisations", _("Organisaties"), "users-three"),
        ("beheer:employments", _("Mensen"), "user-plus"),
        ("beheer:jobs", _("Taken"), "clock"),
        ("beheer:log", _("Logboek"), "book-open-text"),
    ],
}
FOR_KEEPERS = {"beheer:jobs"}  # of Kring itself; administrators of one organisation have no such page

TEMPO = {"langzaam": "0.65"}  # of a voice; 0.9 where nothing was chosen (static/js/lees-voor.js)
# Pages that stand below an item of the menu, although their address does not.
BELONGS = {
    "/hoe-gaat-het/": "begin",
    "/plan/": "begin",
    "/verhaal/": "supportgroups:sharing",
    "/verslag/": "meetings:meeting_list",
    "/opgeschreven/": "meetings:meeting_list",
    "/klopt-dit/": "supportgroups:person_list",
    "/gesprek/": "supportgroups:person_list",
    "/stap/": "goals:goal_list",
    "/team/bijeenkomst/": "team:agenda",
    "/team/doel/": "team:participants",
}


def page(request: HttpRequest) -> dict[str, Any]:
    """Template variables `shell`, `nav`, `nav_extra` and `screen`."""
    side = shown_side(request)
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "shell": side.value,
        "nav": _nav(request, side) if signed_in else [],
        "nav_extra": _extra(request, side, signed_in),
        "screen": screen(request),
        "signed_in": signed_in,
        "other_language": asks_for_another(request),
        "own_device": own_device(request) if signed_in else {},
    }


def asks_for_another(request: HttpRequest) -> bool:
    """Is this page in another language than the device prefers? Then the other one is a tap away."""
    preferred = request.headers.get("Accept-Language", "")[:2].lower()
    return bool(preferred) and preferred != (get_language() or "")[:2]


def own_device(request: HttpRequest) -> dict[str, str]:
    """For pages on a device of one's own: under which name it keeps things, and the key that locks what was typed."""
    if not request.session.get("own_device"):
        return {}
    person = str(request.user.pk)
    lock = salted_hmac("draft", person, algorithm="sha256").digest()
    return {
        "name": salted_hmac("device", person, algorithm="sha256").hexdigest()[:16],
        "key": base64.b64encode(lock).decode(),
        "card": reverse("supportgroups:card"),
    }


def shown_side(request: HttpRequest) -> Side:
    """Whose menu: of the address, or, on pages that belong to every side or to none, of where somebody came from."""
    side = side_of(request.path)
    if side is not None and beginning(request.path) not in EVERY_SIDE:
        return side
    return Side(getattr(request, "session", {}).get("side", Side.GUEST))


def _nav(request: HttpRequest, side: Side) -> list[dict[str, Any]]:
    keeps = hasattr(request, "session") and request.session.get("keeps")
    items = [item for item in MENU.get(side, []) if keeps or item[0] not in FOR_KEEPERS]
    urls = [reverse(name) for name, _label, _icon in items]
    above = next((reverse(name) for start, name in BELONGS.items() if request.path.startswith(start)), request.path)
    here = max((url for url in urls if above.startswith(url)), key=len, default="")
    return [
        {"url": url, "label": label, "icon": icon, "current": url == here}
        for url, (_name, label, icon) in zip(urls, items, strict=True)
    ]


def _extra(request: HttpRequest, side: Side, signed_in: bool) -> list[dict[str, Any]]:
    extra = [("help", _("Nu hulp nodig?"), "lifebuoy")]
    if signed_in and side is not Side.GUEST:
        extra.append(("settings", _("Instellingen"), "gear"))
    return [
        {"url": reverse(name), "label": label, "icon": icon, "current": request.path == reverse(name)}
        for name, label, icon in extra
    ]


def screen(request: HttpRequest) -> dict[str, str]:
    """How the page should look: what this person chose, else what their device says."""
    chosen = preference_of(request)
    if chosen is None:
        return {"kleur": "", "rust": "", "letters": "", "tempo": ""}
    return {
        "kleur": chosen.colour,
        "rust": "aan" if chosen.calm else "",
        "letters": chosen.letters,
        "tempo": TEMPO.get(chosen.reading, ""),
    }


def preference_of(request: HttpRequest) -> Preference | None:
    """What the person of this request chose for their screen; asked once."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if not hasattr(request, "_preference"):
        request._preference = _preference_of(request, user.pk)  # type: ignore[attr-defined]
    return request._preference  # type: ignore[attr-defined]


def _preference_of(request: HttpRequest, user_id: int) -> Preference | None:
    """It came along with the session, unless that was made just now."""
    session = request.session
    if not isinstance(session, SessionStore) or session.loaded_for != user_id:
        return Preference.objects.filter(user=user_id).first()
    kept = session.preference
    return Preference(**kept) if kept else None
