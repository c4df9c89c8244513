"""Somebody at work in the house: which addresses there are for them, which forms stand there, and sending those."""

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote_from_bytes, urljoin, urlsplit

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch
from django.utils import timezone

from herstel.flows import CHECK, Flow
from research.models import Export
from tests.abuse.pages import Field, Form, Page
from tests.abuse.sessions import TYPED
from tests.addresses import addresses
from tests.cast import Cast
from tests.harness import role

URLENCODED = "application/x-www-form-urlencoded"
# Which rows of Jan's an address is tried with: one of each kind that its view treats differently.
PEOPLE = ("ans", "asked", "fatima", "dog", "els")
# Of an organisation that there is none of here; and what asks other machines.
NO_PAGES = ("openid_connect", "ready")


@dataclass(frozen=True)
class Address:
    name: str
    url: str
    flow: type[Flow] | None = None


# --- which addresses there are --------------------------------------------------------------------------------------
def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for p in resolver.url_patterns:
        if isinstance(p, URLPattern):
            yield namespace + (p.name or ""), p
        else:
            yield from patterns(p, namespace + (f"{p.namespace}:" if p.namespace else ""))


def no_export_is_being_made() -> None:
    """There is one at a time, and the cast has one: the form to ask for another refuses until that is done."""
    with transaction.atomic(), role("herstel_maint"):
        Export.objects.filter(state=Export.State.ASKED).update(state=Export.State.RETURNED)


def addresses_for(cast: Cast, persona: str) -> list[Address]:
    """Every address of the resolver, filled in with what this person could find in the address bar."""
    known = list(patterns(get_resolver()))  # loads the views, and with them the flows
    flows = {flow.url_name: flow for flow in Flow.__subclasses__()}
    found = []
    for name, pattern in known:
        if not name or name.startswith(NO_PAGES):
            continue
        for kwargs in _fillings(cast, persona, name, pattern):
            try:
                found.append(Address(name, reverse(name, kwargs=kwargs), flows.get(name)))
            except NoReverseMatch:
                continue
    return found


@functools.cache
def _declared() -> dict[str, frozenset[str] | None]:
    """Name → who gets a page there, whatever stands in it; test_access.py holds every address to it."""
    found: dict[str, frozenset[str] | None] = {}
    for address in addresses():
        before = found.get(address.name, frozenset())
        found[address.name] = None if before is None or address.who is None else before | address.who
    return found


def may_be_a_page(name: str, persona: str) -> bool:
    """Of the libraries' own addresses nothing is declared."""
    who = _declared().get(name)
    return who is None or persona in who


def _fillings(cast: Cast, persona: str, name: str, pattern: URLPattern) -> list[dict[str, Any]]:
    wanted = list(pattern.pattern.converters)
    if "page" in wanted:
        return []  # pages of flows are filled in one after the other: `Visitor.pages_of_flow`
    if not wanted:
        return [{}]
    argument = wanted[0]
    return [{argument: value} for value in _values(cast, persona, name, str(getattr(pattern.callback, "access", "")))]


def _values(cast: Cast, persona: str, name: str, access: str) -> list[Any]:
    jan = cast.jan
    model = access.split()[1] if access.startswith("needs") else ""
    mine = [jan.members[persona].slug] if persona in jan.members else []
    assert cast.cohort is not None
    assert cast.study is not None
    by_model: dict[str, list[Any]] = {
        "supportgroups.Person": [jan.people[name].slug for name in PEOPLE],
        "supportgroups.Membership": mine or [jan.members["fatima"].slug],
        "goals.Goal": [jan.goals["goal-open"].slug],
        "goals.Step": [jan.steps["own"].slug],
        "goals.Reply": [jan.replies["ans"].pk],
        "meetings.Meeting": [jan.meetings["meeting-fixed"].slug, jan.meetings["meeting-proposed"].slug],
        "meetings.Minutes": [jan.minutes["minutes-released"].slug],
        "meetings.Promise": [jan.promises["ans"].slug],
        "research.Export": [export.slug for export in cast.exports.values()],
        "participants.Employment": [cast.employments["noor"].pk],
    }
    if name == "research:consent":
        return [cast.study.slug]
    if name.startswith("research:"):
        return by_model.get(model) or [cast.cohort.slug]
    by_name = {"invitation": "invitation", "answer": "answer"}
    token = next((jan.tokens[key] for start, key in by_name.items() if name.startswith(start)), "absent")
    return by_model.get(model) or [token, 1]


# --- somebody -------------------------------------------------------------------------------------------------------
@dataclass
class Found:
    """A form, where it stands and where it goes."""

    at: Address
    form: Form

    @property
    def action(self) -> str:
        return urljoin(self.at.url, self.form.action or self.at.url)

    @property
    def key(self) -> tuple[Any, ...]:
        """The same form on two pages is one form."""
        names = {name.rstrip("0123456789") for name in self.form.fields}
        return (route(self.action), frozenset(names), tuple(name for name, _ in self.form.buttons))

    def __str__(self) -> str:
        return f"{self.at.name} → {self.action}"


@dataclass
class Visitor:
    cast: Cast
    persona: str
    client: Client
    forms: list[Found] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)  # names of addresses that gave a page
    generous: bool = False  # ticks everything that can be ticked

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """What happens here did not happen for what comes after; who signed out is signed in again."""
        cookies = deepcopy(self.client.cookies)
        with transaction.atomic():
            cache.clear()
            yield
            transaction.set_rollback(True)
        self.client.cookies = cookies

    def look_around(self, addresses: Iterable[Address]) -> None:
        """Open every address and collect the forms; each kind of form once."""
        for address in addresses:
            self.open(address)
            if address.flow:
                self.walk_flow(address)
        self.forms = list({found.key: found for found in reversed(self.forms)}.values())[::-1]

    def open(self, address: Address) -> Page | None:
        """None when it is no page for this person: then there is no form either, and no need to ask."""
        if not may_be_a_page(address.name, self.persona):
            return None
        return self.read(address, self.client.get(address.url))

    def read(self, address: Address, response: HttpResponseBase) -> Page | None:
        if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
            return None
        self.opened.add(address.name)
        page = Page(response.content.decode())  # type: ignore[attr-defined]
        self.forms += [Found(address, form) for form in page.forms]
        return page

    def walk_flow(self, start: Address) -> None:
        """Answer every page with something that is allowed, so that the check page is there too."""
        assert start.flow is not None
        pages = [page.slug for page in start.flow.pages]
        extra = getattr(start.flow, "readers_page", None)
        for slug in [*pages, *([extra.slug] if extra else []), CHECK]:
            address = Address(start.name, f"{start.url}{slug}/", start.flow)
            page = self.open(address)
            form = flow_form(page, address.url) if page and slug != CHECK else None
            if form is not None:
                self.send(address.url, form, filled(form) | (ticked(form) if self.generous else {}))

    def send(self, url: str, form: Form, values: dict[str, list[str]]) -> HttpResponseBase:
        if form.multipart:
            return self.client.post(url, {name: [_raw(v) for v in several] for name, several in values.items()})
        return self.client.post(url, body_of(values), content_type=URLENCODED)


def flow_form(page: Page, url: str) -> Form | None:
    """The form of the question; the page's frame has forms of its own."""
    return next((form for form in page.forms if urljoin(url, form.action or url) == url), None)


def route(url: str) -> str:
    from django.urls import resolve

    try:
        return resolve(urlsplit(url).path).view_name
    except Exception:
        return url


# --- values ---------------------------------------------------------------------------------------------------------
def filled(form: Form, button: str = "") -> dict[str, list[str]]:
    """What a friendly person would send: what stands there already, else the first thing that is allowed."""
    values = {name: allowed(found) for name, found in form.fields.items()}
    for name, value in form.buttons:
        if name == button:
            values[name] = [value]
    return values


def allowed(found: Field) -> list[str]:
    if found.kind == "file":
        return []
    if found.kind == "checkbox":
        return found.chosen
    if found.kind == "hidden":
        return found.options
    if found.is_choice:
        return [option for option in (*found.chosen, *found.options) if option][:1] or found.options[:1]
    if found.value:
        return [found.value]
    ahead = timezone.localdate() + timedelta(days=30)
    ready = {
        "date": str(ahead),
        "time": "14:00",
        "email": "iemand@kring.example",
        "number": "1988",
        "tel": "06 12 34 56 78",
    }
    # Second and third days may stay empty, and must when they are the same day.
    return [ready.get(found.kind, TYPED) if not found.name.endswith(("2", "3")) else ""]


def ticked(form: Form) -> dict[str, list[str]]:
    """Every name and every category; and where one chooses for whom, those."""
    boxes = {f.name: f.options for f in form.fields.values() if f.kind == "checkbox"}
    return boxes | {"reach": ["chosen"]} if "reach" in form.fields else boxes


def body_of(values: dict[str, list[str]]) -> bytes:
    """URL-encoded, with lone surrogates as the raw bytes that they would be."""
    pairs = ((name, value) for name, several in values.items() for value in several)
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(text: str) -> str:
    return quote_from_bytes(_raw(text))


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
