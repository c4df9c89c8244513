"""Every address × every persona × every method: who gets a page is what was declared, and no canary of somebody else
comes out that may not, in the page or its headers, nor one that may without a line in that person's log. What is sent
that no form asked for changes nothing of anybody else; every answer tells the browser what it may; a session holds
nothing that it may not; and the house's log says nothing of anybody.

One request, many judges. The walk must have teeth: it fails on views that forget to ask, and when the database answers
"everybody".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from herstel import access, audit
from herstel.access import Category
from herstel.models import AuditLine
from herstel.policies import ruled_models
from tests import forgetful
from tests.abuse.rows import Bystanders
from tests.abuse.sessions import TYPED, faults_of_sessions
from tests.addresses import SHOWN_BY_LINK, Address, addresses, things_of
from tests.answers import lacking
from tests.cast import PERSONAS, REFUSED, Cast, canaries_in
from tests.decisions import without_policies
from tests.harness import role, signed_in
from tests.logged import nothing_of_anybody
from tests.sampling import DEEP, some

# Addresses of the libraries: somebody's own keys; they know nobody but the account.
LIBRARIES = ("mfa_", "openid_connect_", "socialaccount_")
# Whoever tries everything: the owner, a member with much, a refused one, and nobody.
THOROUGH = ("jan", "mo", "els", "anonymous")
METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW")
# In the place of Jan's thing: others of his, mostly shared with nobody.
LOCKED = {
    "goal-open": ("goal-all", "goal-me", "goal-none"),
    "meeting-fixed": ("meeting-draft",),
    "minutes-released": ("minutes-draft",),
}
# What somebody might send; no page may break on it, whatever it expects.
NONSENSE = {
    "words": TYPED,
    "called": TYPED,
    "answer": "x",
    "coming": "x",
    "state": "x",
    "option": "x",
    "address": "iemand@kring.example",
    "page": "-1",
    "slug": "' or 1=1 --",
    "form_token": "not-a-uuid",
    "next": "//elsewhere.example",
}


# --- what there is ----------------------------------------------------------------------------------------------------
def patterns(
    resolver: URLResolver, namespace: str = "", before: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    """Every address by its name and the names of what stands in it."""
    for p in resolver.url_patterns:
        keys = before | frozenset(p.pattern.regex.groupindex)
        if isinstance(p, URLPattern):
            yield namespace + (p.name or str(p.pattern)), keys
        else:
            yield from patterns(p, namespace + (f"{p.namespace}:" if p.namespace else ""), keys)


def undeclared(resolver: URLResolver) -> set[tuple[str, frozenset[str]]]:
    declared = {(a.name, frozenset(argument for argument, _ in a.key)) for a in addresses()}
    return {found for found in patterns(resolver) if not found[0].startswith(LIBRARIES)} ^ declared


def of_libraries() -> list[Address]:
    """Nothing is declared of these; what asks other machines has no page here."""
    found = [(name, keys) for name, keys in patterns(get_resolver()) if name.startswith(LIBRARIES)]
    return [
        Address(name, tuple((key, "1") for key in keys), None)
        for name, keys in found
        if not name.startswith("openid_connect")
    ]


def test_every_address_is_declared() -> None:
    assert not undeclared(get_resolver())


@pytest.mark.urls("tests.forgetful")
def test_an_address_that_nobody_declared_is_noticed() -> None:
    assert {name for name, _ in undeclared(get_resolver())} >= {*forgetful.PLANTED, "forgetful_crash"}


def categories_of_canaries() -> dict[str, set[str]]:
    """Each canary → the categories of the rows that hold it, as the rules of their models say."""
    found: dict[str, set[str]] = {}
    with role("herstel_maint"):
        for model in ruled_models():
            if model.rule.category is not None:
                for row in model._base_manager.values():
                    for canary in canaries_in(str(row)):
                        found.setdefault(canary, set()).add(str(model.rule.category))
    return found


# --- the walk ---------------------------------------------------------------------------------------------------------
@dataclass
class Walk:
    """One persona's way along the addresses."""

    cast: Cast
    persona: str
    much: int = 0  # how many other things an address is tried with; by itself all, or one
    requests: int = 0
    shown: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client: Client = signed_in(self.cast.users[self.persona], crash=True)
        self.cookies = self.client.cookies.copy()
        self.much = self.much or (100 if DEEP or self.persona in THOROUGH else 1)
        self.owners = {record.participant.pk: name for name, record in self.cast.records.items()}
        self.categories = categories_of_canaries()
        self.bystanders = Bystanders(self.cast, self.persona)

    def along(self, found: list[Address]) -> None:
        things = things_of(self.cast)
        for address in found:
            kwargs = address.kwargs(things)
            self.visit(address, kwargs, declared=True)
            for other in some(self._others(address, things), self.much, self.persona, address.name):
                self.visit(address, other)
            if self.persona in THOROUGH or self.persona in some(PERSONAS, 5, address.name):
                self.visit(address, kwargs, "POST", NONSENSE)
            if self.persona in THOROUGH:
                for method in some(METHODS, 2, self.persona, address.name):
                    self.visit(address, kwargs, method)

    def _others(self, address: Address, things: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The same address with something else in it: not there, locked, one's own, and Lotte's."""
        if not address.key:
            return
        (argument, thing) = address.key[0]
        elsewhere = things_of(self.cast, "lotte") if thing in things_of(self.cast, "lotte") else things
        locked = [things[name] for name in LOCKED.get(thing, ())]
        own = things.get(f"member-{self.persona}") if thing.startswith("member-") else None
        absent = [2**62 if argument == "pk" else things["absent"]] if DEEP or self.persona in THOROUGH else []
        for value in [*absent, *locked, *filter(None, [own]), elsewhere.get(thing, thing)]:
            yield {**address.kwargs(things), argument: value}

    def visit(
        self,
        address: Address,
        kwargs: dict[str, Any],
        method: str = "GET",
        data: dict[str, str] | None = None,
        declared: bool = False,
    ) -> None:
        """One request, taken back afterwards, so that nobody's visit changes what the next finds."""
        url = f"/{address.name}" if "." in address.name else reverse(address.name, kwargs=kwargs)
        place = f"{self.persona} {method} {url} ({address.name})"
        self.requests += 1
        self.client.cookies = self.cookies.copy()  # the address before may have been the one to sign out
        with transaction.atomic():
            response = self._ask(method, url, data)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            text = body.decode(errors="replace")
            self._judge(place, address, response.status_code, declared)
            self._judge_canaries(place, address, text + str(response.headers))
            wrong = lacking(response, text) + self._left_behind(method, data is not None)
            if method == "TRACE" and "Cookie" in text:
                wrong.append("gives the request back")
            self.wrong += [f"{place}: {what}" for what in wrong]
            transaction.set_rollback(True)

    def _ask(self, method: str, url: str, data: dict[str, str] | None) -> Any:
        if method == "GET":
            return self.client.get(url, {"next": TYPED})
        return self.client.post(url, data) if method == "POST" else self.client.generic(method, url)

    def _left_behind(self, method: str, sent: bool) -> list[str]:
        """In the rows of others, and in any session."""
        changed = [f"changed {what}" for what in self.bystanders.changed()] if method != "GET" else []
        return changed + (faults_of_sessions() if sent else [])

    def _judge(self, place: str, address: Address, status: int, declared: bool) -> None:
        if status >= 500 and not (address.who is None and status == 503):
            self.wrong.append(f"{place}: {status}")
        if declared and address.who is not None and (200 <= status < 300) != (self.persona in address.who):
            expected = "a page" if self.persona in address.who else "no page"
            self.wrong.append(f"{place}: {status}, declared is {expected}")

    def _judge_canaries(self, place: str, address: Address, text: str) -> None:
        found = canaries_in(text)
        beginnings = SHOWN_BY_LINK.get(address.name, ())
        by_link = {canary for canary in found if beginnings and canary.partition("-")[2].startswith(beginnings)}
        leaked = self.cast.leaked(self.persona, text) - by_link
        if leaked:
            self.wrong.append(f"{place}: LEAKED {sorted(leaked)}")
        self.shown += len(found)
        others = {canary for canary in found - by_link if not canary.startswith(f"{self.persona}-")}
        if others:
            looked = self._looked()
            for canary in sorted(others & self.categories.keys()):
                owner, _, kind = canary.partition("-")
                # How one is called in a group is no look: who has a place there knows it (doors.my_name).
                if kind != f"p-{self.persona}" and not {(owner, c) for c in self.categories[canary]} & looked:
                    self.wrong.append(f"{place}: shows {canary} without a line in the log")

    def _looked(self) -> set[tuple[str, str]]:
        """Lines of this very request: those of earlier ones were taken back."""
        with role("herstel_maint"):
            lines = AuditLine.objects.filter(actor=self.cast.pk(self.persona), event="read")
            return {(self.owners[line.participant_id], line.category) for line in lines}


@pytest.mark.parametrize("persona", PERSONAS)
def test_walk(cast: Cast, persona: str, written: StringIO) -> None:
    walk = Walk(cast, persona)
    walk.along(addresses() + of_libraries())
    print(f"{persona}: {walk.requests} requests, {walk.shown} canaries shown, {len(walk.wrong)} wrong")
    assert not walk.wrong, "\n" + "\n".join(walk.wrong[:40])
    assert written.getvalue().count('"request"') == walk.requests
    nothing_of_anybody(written.getvalue())


EVERYBODY = """
create or replace function {} returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(id), '{{}}') from public.participants_participant
$$"""


def answer_everybody(*functions: str) -> None:
    """The database says yes to all where it should ask."""
    with role("herstel_owner"), connection.cursor() as cursor:
        cursor.execute("set local role herstel_authz")
        for function in functions:
            cursor.execute(EVERYBODY.format(function))


# --- teeth ------------------------------------------------------------------------------------------------------------
def planted() -> list[Address]:
    return [Address(name, (("slug", "goal-none"),) if name == "forgetful_goal" else ()) for name in forgetful.PLANTED]


@pytest.mark.urls("tests.forgetful")
@pytest.mark.parametrize("address", planted(), ids=lambda a: a.name)
def test_a_forgetful_view_shows_nothing_while_the_policies_are_there(cast: Cast, address: Address) -> None:
    walk = Walk(cast, "els")
    walk.visit(address, address.kwargs(things_of(cast)))
    assert not walk.wrong


@pytest.mark.urls("tests.forgetful")
@pytest.mark.parametrize("address", planted(), ids=lambda a: a.name)
def test_the_walk_notices_a_forgetful_view_without_the_policies(cast: Cast, address: Address) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
    walk = Walk(cast, "els")
    # The log refuses a look at somebody whom one does not know, and then there is no page; here it believes everybody.
    answer_everybody("authz.known()")
    with without_policies():
        walk.visit(address, address.kwargs(things_of(cast)))
    assert any("LEAKED" in wrong and "jan-" in wrong for wrong in walk.wrong)


@pytest.mark.urls("tests.forgetful")
def test_the_walk_notices_a_page_that_breaks(cast: Cast) -> None:
    walk = Walk(cast, "ans")
    walk.visit(Address("forgetful_crash"), {})
    assert any("500" in wrong for wrong in walk.wrong)


@pytest.mark.parametrize("persona", ["willem", "sara", "piet", "lotte"])
def test_the_walk_notices_when_everybody_sees_everything(cast: Cast, persona: str) -> None:
    """The views' own conditions are not what keeps people out: when the database says yes to all, real pages leak."""
    answer_everybody(
        "private.visible(me bigint, eyes bigint, category text, level int, every boolean)", "authz.known()"
    )
    walk = Walk(cast, persona, much=100)
    walk.along([a for a in addresses() if a.name.startswith(("member:", "team:", "meetings:"))])
    assert walk.wrong
    assert persona == "lotte" or any("LEAKED" in wrong for wrong in walk.wrong)


def test_the_walk_notices_a_category_whose_looks_are_not_noted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    noted, hidden = audit.seen, ""

    def seen(owner_id: int, of: str, *more: Any) -> None:
        if of != hidden:
            noted(owner_id, of, *more)

    def walked() -> list[str]:
        walk, things = Walk(cast, "mo"), things_of(cast)
        for address in addresses():
            if address.name.startswith("team:") and "mo" in (address.who or ()):
                walk.visit(address, address.kwargs(things), declared=True)
        return walk.wrong

    for module in (access, audit):  # of rows that are read, and of pages that are opened
        monkeypatch.setattr(module, "seen", seen)
    assert not walked()
    for hidden in Category:
        assert any("without a line in the log" in wrong for wrong in walked()), hidden


def test_the_refused_are_busy_elsewhere(cast: Cast) -> None:
    """A refused person who has nothing would pass every test."""
    for name in REFUSED:
        record = cast.records[name]
        assert record.goals
        assert record.meetings
        assert record.members["hanna"].state == "active"
        assert f"{name}-goal-me" in cast.may_see[name]
