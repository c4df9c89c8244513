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

from herstel import once
from herstel.once import FIELD
from tests.abuse.hostile import CHOICES, DAYS, EXTRA, NUMBERS, TIMES, WORDS
from tests.abuse.pages import Field, Page, fault_at
from tests.abuse.rows import Bystanders, contents
from tests.abuse.sessions import faults_of_sessions
from tests.abuse.tally import Tally
from tests.abuse.visits import Found, Visitor, addresses_for, filled, no_export_is_being_made, route
from tests.cast import Cast
from tests.harness import signed_in
from tests.sampling import some

PERSONAS = ("jan", "ans", "mo", "researcher", "checker", "administrator", "anonymous")
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


ALL_EXTRA = {name: [value] for name, value in EXTRA.items()}
# A secret that is not in the page, or an invitation's link that is somebody else's.
NEEDS_MORE = {"code", "credential", "link"}


@dataclass
class Attack:
    """One persona's attempts."""

    visitor: Visitor
    tally: Tally
    bystanders: Bystanders = field(init=False)
    without_token: int = 0

    def __post_init__(self) -> None:
        self.cast = self.visitor.cast
        self.persona = self.visitor.persona
        self.bystanders = Bystanders(self.cast, self.persona)

    def forms(self, forms: list[Found]) -> None:
        for found in forms:
            self._as_it_should_be(found)
            for what, values, typed in variants(found, self.cast, self.persona):
                self.attempt(found, what, values, typed)

    def _as_it_should_be(self, found: Found) -> None:
        """The friendly values are accepted, or what follows would test nothing; with invented fields, no more is."""
        self.without_token, good = 0, friendly(found)
        plain, with_more = (self._outcome(found, good | more) for more in ({}, ALL_EXTRA))
        if self.without_token:
            self.tally.lost(f"{self.persona} {found}: counts once and carries no token")
        if plain != with_more:
            self.tally.lost(f"{self.persona} {found}: invented fields did {sorted(set(with_more) ^ set(plain))[:2]}")

    def _outcome(self, found: Found, values: dict[str, list[str]]) -> list[tuple[str, str]]:
        self.tally.tried()
        with self.visitor.taken_back():
            text = body_of(self.visitor.send(found.action, found.form, values))
            if any(fault_at(Page(text), name) for name in found.form.fields) and not NEEDS_MORE & set(
                found.form.fields
            ):
                self.tally.lost(f"{self.persona} {found}: refuses {values}")
            rows = contents(mine) if (mine := self.bystanders.mine) else []
        return [(table, row) for table, row in rows if table != "herstel_auditline"]

    def attempt(self, found: Found, what: str, values: dict[str, list[str]], typed: dict[str, str]) -> None:
        """Send it, judge the answer and what it led to, and take it back."""
        place = f"{self.persona} {found} [{what}]"
        self.tally.tried()
        with self.visitor.taken_back():
            response = self.visitor.send(found.action, found.form, values)
            text = self._judge_answer(place, found, response)
            self._judge_rest(place)
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

    def _judge_rest(self, place: str) -> None:
        for what in self.bystanders.changed():
            self.tally.lost(f"{place}: changed {what}")
        for fault in faults_of_sessions():
            self.tally.leaked(f"{place}: {fault}")

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
    return content.decode(errors="replace").replace("\r\n", "\n")


def shown(words: str) -> str:
    """How what was typed can stand in a page: without NUL, and with the sign for what is no character."""
    if not words.strip():
        return ""
    return words.replace("\0", "").replace("\ud800", "\ufffd" * 3).replace("\r\n", "\n")


def friendly(found: Found) -> dict[str, list[str]]:
    """What is sent by who presses the first button; on a question page that is the one without a name."""
    return filled(found.form, found.form.buttons[0][0] if found.form.buttons and not found.at.flow else "")


# --- what is sent ---------------------------------------------------------------------------------------------------
type Variant = tuple[str, dict[str, list[str]], dict[str, str]]


def variants(found: Found, cast: Cast, persona: str) -> Iterator[Variant]:
    """(what it is, the values, what was typed in free text)"""
    good = friendly(found)
    texts = [f for f in found.form.fields.values() if f.is_text and f.name != "csrfmiddlewaretoken"]
    for name, words in some(WORDS.items(), 5, persona, found.key[0], "words") if texts else ():
        yield name, good | {f.name: [words] for f in texts}, {f.name: words for f in texts}
    for f in {f.name.rstrip("0123456789"): f for f in reversed(found.form.fields.values())}.values():
        if f.name == "csrfmiddlewaretoken" or (f.name == FIELD and route(found.action) != ONE_WITH_A_TOKEN):
            continue
        place = (persona, found.key[0], f.name)
        yield from some([*_otherwise(f, good), *_with(f, good, _values_for(f))], 3, *place)
        if f.is_choice or f.kind == "hidden":
            yield from some(_with(f, good, of_others(cast)), 2, *place)
    yield "nothing at all", {}, {}
    yield "fields that no form has", good | ALL_EXTRA, {}
    for name, value in found.form.buttons:
        yield f"button {name}={value}", good | {name: [value]}, {}
        yield f"button {name} with nonsense", good | {name: ["\ud800²"]}, {}


def _otherwise(f: Field, good: dict[str, list[str]]) -> Iterator[Variant]:
    yield f"{f.name} is missing", {name: value for name, value in good.items() if name != f.name}, {}
    yield f"{f.name} twice", good | {f.name: [*good[f.name], "x", "y"]}, {}
    yield f"{f.name} as an array", {**good, f"{f.name}[]": ["x"], f"{f.name}[0]": ["y"], f"{f.name}_\0": ["z"]}, {}


def _with(f: Field, good: dict[str, list[str]], values: list[str]) -> Iterator[Variant]:
    for value in values:
        typed = {f.name: value} if f.is_text or f.kind in ("date", "time", "number") else {}
        yield f"{f.name} = {value[:30]!r}", good | {f.name: [value]}, typed


def _values_for(f: Field) -> list[str]:
    if f.kind == "date":
        return DAYS
    if f.kind == "time":
        return TIMES
    if f.kind == "number" or f.name in ("version", "text_version", "birth_year"):
        return NUMBERS
    return CHOICES if f.is_choice or f.kind == "hidden" else []


def of_others(cast: Cast) -> list[str]:
    """Ids and public names of things of another participant."""
    lotte = cast.records["lotte"]
    rows = (lotte.members["mo"], lotte.goals["goal-open"])
    return [value for row in rows for value in (str(row.pk), row.slug)]


# --- tests ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("persona", PERSONAS)
def test_no_field_breaks_a_page_or_reaches_another(
    cast: Cast, persona: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True))
    no_export_is_being_made()
    visitor.look_around(addresses_for(cast, persona))
    attack = Attack(visitor, tally)
    with monkeypatch.context() as patched:
        watch_tokens(patched, attack)
        attack.forms(not_of_everybody(visitor))
    tally.judge()


def not_of_everybody(visitor: Visitor) -> list[Found]:
    """Forms that everybody has who is signed in, are tried by Jan alone."""
    all_of_them = visitor.persona in ("jan", "anonymous")
    return [found for found in visitor.forms if all_of_them or ":" in route(found.action)]


def watch_tokens(patched: pytest.MonkeyPatch, attack: Attack) -> None:
    """Without its token a form that counts once is done twice by a double click, and no other test would notice."""
    ask = once._token

    def token_of(request: Any) -> Any:
        attack.without_token += FIELD not in request.POST
        return ask(request)

    patched.setattr(once, "_token", token_of)
