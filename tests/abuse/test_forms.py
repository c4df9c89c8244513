"""Every form of the house, every field of it, with whatever somebody may put there.

Nobody gets an error page; nothing of anybody else shows or changes; who is refused reads a sentence at the field, and
finds what they typed still there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.urls import get_resolver

from herstel import once
from herstel.once import FIELD
from tests.abuse.hostile import CHOICES, DAYS, EXTRA, NUMBERS, TIMES, WORDS
from tests.abuse.pages import Field, Page, fault_at
from tests.abuse.rows import Prints, changed, contents, fingerprints
from tests.abuse.tally import Tally
from tests.abuse.visits import Found, Visitor, addresses_for, filled, patterns, route, taken_back
from tests.cast import Cast
from tests.harness import signed_in

PERSONAS = ("jan", "ans", "mo", "researcher", "checker", "administrator", "anonymous")
# What somebody else than the participant may write in a record that is shared with them, or leave, or say yes to.
THEIR_PLACE = {
    "goals_reply",
    "meetings_answer",
    "meetings_datevote",
    "meetings_promise",
    "herstel_auditline",
    "supportgroups_membership",
    "supportgroups_invitation",
    "supportgroups_person",
    "supportgroups_share",
    "supportgroups_audience",
    "supportgroups_pass",
}
# What the link of an invitation or of an answer shows to whoever holds it.
BY_LINK = ("invitation", "answer")
# The token that makes a form count once is the same in every form: one of them is enough.
ONE_WITH_A_TOKEN = "goals:goal_write"
REFUSED = (200, 400, 409, 410, 413)
# A code or a key is not shown again, and is typed anew from another device.
SECRET = {"code", "credential"}
# A page that is no refusal although the form came back: it asks one thing more, or shows what was asked.
NO_REFUSAL = {"meetings:preview", "supportgroups:share_with", "invitation_accept", "invitation_decline"}
# A device's own dialogue fills these in; what they say is one sentence above the form.
NO_REFUSAL |= {"mfa_add_webauthn"}


UNASKED = dict.fromkeys(("words", "called", "state", "answer", "coming", "option"), "x")


@dataclass
class Attack:
    """One persona's attempts."""

    visitor: Visitor
    tally: Tally
    before: Prints = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cast = self.visitor.cast
        self.persona = self.visitor.persona
        self.before = fingerprints()
        own = self.cast.records.get(self.persona)
        self.mine = own.participant.pk if own else 0
        supported = {r.participant.pk for r in self.cast.records.values() if self.persona in r.members}
        # Whoever holds a link of Jan's may answer it.
        self.theirs = supported | {self.cast.jan.participant.pk}

    def everything(self) -> None:
        for found in self.visitor.forms:
            if self.persona not in ("jan", "anonymous") and ":" not in route(found.action):
                continue  # the same for everybody who is signed in: Jan tries those
            for what, values, typed in variants(found, self.cast):
                self.attempt(found, what, values, typed)

    def unasked(self, url: str) -> None:
        """A form that no page holds."""
        self.tally.tried()
        with taken_back():
            response = self.visitor.client.post(url, UNASKED)
            if response.status_code >= 500 and url != "/health/ready":
                self.tally.crashed(f"{self.persona} POST {url}: {response.status_code}")
            self._judge_rows(f"{self.persona} POST {url}")

    def attempt(self, found: Found, what: str, values: dict[str, list[str]], typed: dict[str, str]) -> None:
        """Send it, judge the answer and what it led to, and take it back."""
        place = f"{self.persona} {found} [{what}]"
        self.tally.tried()
        with taken_back():
            response = self.visitor.send(found.action, found.form, values)
            text = self._judge_answer(place, found, response)
            self._judge_rows(place)
            if response.status_code in REFUSED:
                self._judge_refusal(place, found, text, typed)
            elif response.status_code in (302, 303) and typed:
                self._judge_what_follows(place, found, response.headers["Location"], typed)

    def _judge_answer(self, place: str, found: Found, response: HttpResponseBase) -> str:
        text = body_of(response)
        if response.status_code >= 500:
            self.tally.crashed(f"{place}: {response.status_code} {getattr(response, 'exc_info', None)}"[:400])
        by_link = route(found.action).startswith(BY_LINK)
        leaked = self.cast.leaked(self.persona, text + str(response.headers))
        if leaked and not by_link:
            self.tally.leaked(f"{place}: {sorted(leaked)}")
        if "<script>alert(1)" in text or "<img src=x" in text:
            self.tally.leaked(f"{place}: markup stands in the page as markup")
        return text

    def _judge_rows(self, place: str) -> None:
        known = {participant for _table, participant in self.before}
        for table, participant in changed(self.before, fingerprints()):
            if participant == self.mine or participant not in known:  # one's own record, or one that began just now
                continue
            if participant in self.theirs and table in THEIR_PLACE:
                continue
            self.tally.lost(f"{place}: changed {table} of participant {participant}")

    def _judge_refusal(self, place: str, found: Found, text: str, typed: dict[str, str]) -> None:
        page = Page(text)
        again = {name for form in page.forms for name in form.fields}
        if route(found.action) in NO_REFUSAL or not (set(typed) & again):
            return
        if not any(fault_at(page, name) for name in found.form.fields) and 'role="alert"' not in text:
            self.tally.lost(f"{place}: refused without a sentence")
        for name, words in typed.items():
            if name in again - SECRET and shown(words) and escape(shown(words)) not in text:
                self.tally.lost(f"{place}: what was typed in {name} is gone")

    def _judge_what_follows(self, place: str, found: Found, location: str, typed: dict[str, str]) -> None:
        """The page that it leads to stands, and a question page still holds what was typed."""
        if location.startswith("/"):
            self._judge_answer(f"{place} → {location}", found, self.visitor.client.get(location))
        if found.at.flow:
            text = body_of(self.visitor.client.get(found.at.url))
            for name, words in typed.items():
                if name in found.form.fields and shown(words) and escape(shown(words)) not in text:
                    self.tally.lost(f"{place}: the draft lost {name}")


def body_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def shown(words: str) -> str:
    """How what was typed can stand in a page: without NUL, and with the sign for what is no character."""
    return "" if not words.strip() else words.replace("\0", "").replace("\ud800", "\ufffd" * 3)


# --- what is sent ---------------------------------------------------------------------------------------------------
type Variant = tuple[str, dict[str, list[str]], dict[str, str]]


def variants(found: Found, cast: Cast) -> Iterator[Variant]:
    """(what it is, the values, what was typed in free text)"""
    button = found.form.buttons[0][0] if found.form.buttons and not found.at.flow else ""
    good = filled(found.form, button)
    texts = [f for f in found.form.fields.values() if f.is_text and f.name != "csrfmiddlewaretoken"]
    for name, words in WORDS.items() if texts else ():
        yield name, good | {f.name: [words] for f in texts}, {f.name: words for f in texts}
    for f in {f.name.rstrip("0123456789"): f for f in reversed(found.form.fields.values())}.values():
        if f.name == "csrfmiddlewaretoken" or (f.name == FIELD and route(found.action) != ONE_WITH_A_TOKEN):
            continue
        yield from _one_field(f, good, cast)
    yield "nothing at all", {}, {}
    yield "fields that no form has", good | {name: [value] for name, value in EXTRA.items()}, {}
    for name, value in found.form.buttons:
        yield f"button {name}={value}", good | {name: [value]}, {}
        yield f"button {name} with nonsense", good | {name: ["\ud800²"]}, {}


def _one_field(f: Field, good: dict[str, list[str]], cast: Cast) -> Iterator[Variant]:
    yield f"{f.name} is missing", {name: value for name, value in good.items() if name != f.name}, {}
    yield f"{f.name} twice", good | {f.name: [*good[f.name], "x", "y"]}, {}
    yield f"{f.name} as an array", {**good, f"{f.name}[]": ["x"], f"{f.name}[0]": ["y"], f"{f.name}_\0": ["z"]}, {}
    for value in _values_for(f, cast):
        typed = {f.name: value} if f.is_text or f.kind in ("date", "time", "number") else {}
        yield f"{f.name} = {value[:30]!r}", good | {f.name: [value]}, typed


def _values_for(f: Field, cast: Cast) -> list[str]:
    if f.kind == "date":
        return DAYS
    if f.kind == "time":
        return TIMES
    if f.kind == "number" or f.name in ("version", "text_version", "birth_year"):
        return NUMBERS
    if f.is_choice or f.kind == "hidden":
        return [*CHOICES, *of_others(cast)]
    return []


def of_others(cast: Cast) -> list[str]:
    """Ids and public names of things of another participant."""
    lotte = cast.records["lotte"]
    rows = (lotte.members["mo"], lotte.goals["goal-open"])
    return [value for row in rows for value in (str(row.pk), row.slug)]


# --- tests ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("persona", PERSONAS)
def test_no_field_breaks_a_page_or_reaches_another(cast: Cast, persona: str, tally: Tally) -> None:
    visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True))
    visitor.look_around(addresses_for(cast, persona))
    Attack(visitor, tally).everything()
    tally.judge()


def test_fields_that_no_form_has_change_nothing(cast: Cast, tally: Tally) -> None:
    """A goal for somebody else, a level of sharing, a date of release: sent along, and nothing came of it."""
    visitor = Visitor(cast, "jan", signed_in(cast.users["jan"], crash=True))
    visitor.look_around(addresses_for(cast, "jan"))
    for found in visitor.forms:
        good = filled(found.form, found.form.buttons[0][0] if found.form.buttons and not found.at.flow else "")
        plain, with_more = (
            _outcome(visitor, found, good | more) for more in ({}, {name: [value] for name, value in EXTRA.items()})
        )
        tally.tried(2)
        if plain != with_more:
            tally.lost(f"{found}: {sorted(set(with_more) ^ set(plain))[:2]}")
    tally.judge()


def _outcome(visitor: Visitor, found: Found, values: dict[str, list[str]]) -> list[tuple[str, str]]:
    with taken_back():
        visitor.send(found.action, found.form, values)
        rows = contents(visitor.cast.jan.participant.pk)
    return [(table, row) for table, row in rows if table != "herstel_auditline"]


def test_every_form_that_counts_once_carries_its_token(
    cast: Cast, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the token a double click is done twice, and no other test would notice."""
    without: set[str] = set()
    ask = once._token
    for persona in ("jan", "ans", "mo", "researcher", "administrator"):
        visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True))
        visitor.look_around(addresses_for(cast, persona))
        for found in visitor.forms:
            here: list[str] = []
            monkeypatch.setattr(
                once, "_token", lambda request, here=here: ask(request) or here.append(request.path) or None
            )
            tally.tried()
            with taken_back():
                visitor.send(
                    found.action, found.form, filled(found.form, found.form.buttons[0][0] if found.form.buttons else "")
                )
            without |= {f"{found}" for _ in here}
    assert not without


def test_every_address_that_takes_a_form_was_tried(cast: Cast, tally: Tally) -> None:
    """The forms were found on pages; an address that no page leads to is sent a form all the same."""
    reached: set[str] = set()
    for persona in PERSONAS:
        visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True))
        addresses = addresses_for(cast, persona)
        visitor.look_around(addresses)
        reached |= {route(found.action) for found in visitor.forms}
        attack = Attack(visitor, tally)
        for address in addresses if persona in ("jan", "mo", "anonymous") else ():
            if address.name not in reached:
                attack.unasked(address.url)
    tally.judge()
    only_post = {name for name, p in patterns(get_resolver()) if takes_only_post(p.callback)}
    assert only_post - reached <= NOT_ON_A_PAGE_HERE, only_post - reached - NOT_ON_A_PAGE_HERE


# Why no page of these personas leads there.
NOT_ON_A_PAGE_HERE = {
    "demo_as",  # only in the demo
    "code_again",  # stands beside the code, in test_signing_in
}


def takes_only_post(view: Any) -> bool:
    """Django's decorator keeps its list in the closure."""
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            if cell.cell_contents == ["POST"]:
                return True
        view = getattr(view, "__wrapped__", None)
    return False
