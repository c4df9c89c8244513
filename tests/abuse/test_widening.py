"""Who may widen: whatever form of whatever page is sent, however it is filled in, by whoever has an open telephone in
their hands: nobody else sees more than before. Only somebody who just showed who they are opens anything.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.urls import get_resolver, reverse
from django.urls.exceptions import NoReverseMatch
from django.utils import timezone

from goals.models import Goal
from herstel.access import Category, Ruled
from herstel.flows import Flow
from herstel.policies import our_models
from herstel.widening import Watch
from meetings.models import Answer
from supportgroups.models import Audience, Membership, Person, Share
from tests.abuse.pages import Field, Form, Page
from tests.abuse.sessions import faults_of_sessions
from tests.abuse.tally import Tally
from tests.abuse.test_forms import body_of, not_of_everybody
from tests.abuse.visits import Address, Found, Visitor, addresses_for, filled, no_export_is_being_made, patterns, route
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.sampling import some
from tests.seen import Others

pytestmark = pytest.mark.django_db

PERSONAS = ("jan", "ans", "mo", "researcher", "checker", "administrator")
# Of one model, in the address of one page. Members differ in what they may see; of the rest a few are enough.
MOST_ROWS = {"supportgroups.Person": 8, "supportgroups.Membership": 8}
FEW_ROWS = 3
FILLINGS = 2  # of one form, besides the plainest two


def history(cast: Cast) -> None:
    """What the cast alone lacks: agendas that are shared for some meetings only, places and shares that end, somebody
    who sees nothing yet, a goal that was dropped, and everything closed until a day."""
    jan, soon = cast.jan, timezone.now() + timedelta(days=10)
    with role("herstel_maint"):
        Share.objects.filter(membership=jan.members["willem"]).update(scope=Share.Scope.CHOSEN)
        Answer.objects.filter(membership=jan.members["willem"]).delete()
        Membership.objects.filter(pk=jan.members["sara"].pk).update(ends_at=soon)
        Share.objects.filter(membership=jan.members["mo"]).exclude(category=Category.GOALS).update(until=soon)
        hanna = Person.objects.create(participant=jan.participant, called="CANARY[jan-p-hanna]", kind="close_one")
        jan.members["hanna"] = Membership.objects.create(
            participant=jan.participant,
            person=hanna,
            user=cast.user("hanna"),
            kind=Membership.Kind.INFORMAL,
            state=Membership.State.ACTIVE,
            confirmed_at=timezone.now(),
        )
        dropped = Goal.objects.create(participant=jan.participant, words="weg", state="dropped", reach="everyone")
        Audience.objects.create(
            participant=jan.participant, category=Category.GOALS, row=dropped.pk, membership=jan.members["ans"]
        )


# --- every form -----------------------------------------------------------------------------------------------------
def pages_for(cast: Cast, persona: str) -> list[Address]:
    """What `addresses_for` finds, and besides every row of one's own record that an address could name."""
    flows = {flow.url_name: flow for flow in Flow.__subclasses__()}
    found = {address.url: address for address in addresses_for(cast, persona)}
    for name, pattern in patterns(get_resolver()):
        access = str(getattr(pattern.callback, "access", ""))
        wanted = list(pattern.pattern.converters)
        if not access.startswith("needs") or len(wanted) != 1:
            continue
        for key in keys_of(cast, persona, access.split()[1], wanted[0]):
            try:
                url = reverse(name, kwargs={wanted[0]: key})
            except NoReverseMatch:
                continue
            found.setdefault(url, Address(name, url, flows.get(name)))
    return list(found.values())


def keys_of(cast: Cast, persona: str, label: str, argument: str) -> list[Any]:
    model = next(m for m in our_models() if m._meta.label == label)
    record = cast.records.get(persona, cast.jan)
    fields = {f.name for f in model._meta.concrete_fields}
    if not issubclass(model, Ruled) or "participant" not in fields or argument.split("__")[0] not in fields:
        return []
    with role("herstel_maint"):
        rows = model._base_manager.filter(participant=record.participant).order_by("pk")
        return some(rows.values_list(argument, flat=True), MOST_ROWS.get(label, FEW_ROWS), label, argument)


def forms_of(cast: Cast, persona: str) -> list[Found]:
    visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True), generous=True)
    no_export_is_being_made()
    for address in pages_for(cast, persona):
        visitor.open(address)
        if address.flow:
            visitor.walk_flow(address)
    mine = not_of_everybody(visitor)
    return list({(found.action, *found.key): found for found in mine}.values())


# --- every filling --------------------------------------------------------------------------------------------------
def fillings(form: Form, random: Random) -> Iterator[dict[str, list[str]]]:
    """As it stands there, everything ticked, nothing ticked, each choice, nothing in what may stay empty, by chance."""
    as_it_is, boxes = filled(form), {f.name: f.options for f in form.fields.values() if f.kind == "checkbox"}
    all_ticked, none_ticked = as_it_is | boxes, as_it_is | {name: [] for name in boxes}
    choices = [f for f in form.fields.values() if f.is_choice and f.kind != "checkbox"]
    last = {f.name: f.options[-1:] for f in choices}
    buttons: list[dict[str, list[str]]] = [{}, *({name: [value]} for name, value in form.buttons)]
    for button in buttons:
        yield as_it_is | button
    for button in buttons if boxes else ():
        yield all_ticked | button
        yield none_ticked | button
    yield all_ticked | last
    for f in choices:
        for option in f.options:
            yield all_ticked | {f.name: [option]}
            yield none_ticked | {f.name: [option]}
    for f in form.fields.values():
        yield from _of_one(f, all_ticked)
    for _time in range(5):
        yield _by_chance(form, as_it_is, random)


def _of_one(f: Field, values: dict[str, list[str]]) -> Iterator[dict[str, list[str]]]:
    if f.kind == "checkbox":
        for option in f.options:  # this one more than stands there, and this one less
            yield values | {f.name: [*{*f.chosen, option}]}
            yield values | {f.name: [o for o in f.options if o != option]}
    elif f.kind == "date":
        for days in (1, 30, 700):
            yield values | {f.name: [str(timezone.localdate() + timedelta(days=days))]}
        yield values | {f.name: [""]}
    elif f.kind in ("time", "number", "text", "textarea"):
        yield values | {f.name: [""]}


def _by_chance(form: Form, as_it_is: dict[str, list[str]], random: Random) -> dict[str, list[str]]:
    values = dict(as_it_is)
    for f in form.fields.values():
        if f.kind == "checkbox":
            values[f.name] = [option for option in f.options if random.random() < 0.5]
        elif f.is_choice and f.options:
            values[f.name] = [random.choice(f.options)]
    if form.buttons and random.random() < 0.5:
        name, value = random.choice(form.buttons)
        values[name] = [value]
    return values


def different(form: Form, random: Random, *place: object) -> list[dict[str, list[str]]]:
    """As it stands there, with everything ticked, and some of the others."""
    boxes = {f.name: f.options for f in form.fields.values() if f.kind == "checkbox"}
    always = [filled(form), filled(form) | boxes]
    known = {repr(sorted(values.items())): values for values in [*always, *fillings(form, random)]}
    plain, others = list(known.values())[:2], list(known.values())[2:]
    return plain + some(others, FILLINGS, *place)


# --- sending --------------------------------------------------------------------------------------------------------
class Sender:
    """Sends a form as somebody, and what it asks next; says what others see more."""

    def __init__(self, cast: Cast, persona: str, fresh: float, others: Others) -> None:
        self.visitor = Visitor(cast, persona, signed_in(cast.users[persona], crash=True, fresh=fresh))
        self.others = others

    def growth(self, found: Found, values: dict[str, list[str]]) -> tuple[Any, set[Any]]:
        with self.visitor.taken_back():
            response = self.visitor.send(found.action, found.form, values)
            if response.status_code == 200 and "html" in response.headers["Content-Type"]:
                self._sure(found, Page(body_of(response)))
            return response, self.others.growth() | set(faults_of_sessions())

    def _sure(self, found: Found, page: Page) -> None:
        """A page that asks "weet je het zeker?" gets its yes."""
        for form in page.forms:
            again = Found(found.at, form)
            if again.action == found.action and set(form.fields) - set(found.form.fields):
                self.visitor.send(again.action, form, filled(form))


def others_of(cast: Cast, persona: str) -> Others:
    return Others(cast.pk(persona), [user.pk for user in cast.users.values() if user.pk])


@pytest.mark.parametrize("persona", PERSONAS)
def test_nothing_opens_without_a_fresh_sign_in(cast: Cast, persona: str, tally: Tally) -> None:
    history(cast)
    random = Random(7)
    found, others = forms_of(cast, persona), others_of(cast, persona)
    stale, fresh = Sender(cast, persona, 0, others), Sender(cast, persona, 2**40, others)
    widening, asked_for_nothing = set(), set()
    for number, form in enumerate(found):
        for values in different(form.form, random, persona, number):
            tally.tried()
            response, grown = stale.growth(form, values)
            if response.status_code >= 500:
                tally.crashed(f"{persona} {form} {response.exc_info}")
            asked = "/nog-een-keer/" in response.headers.get("Location", "")
            if grown:
                tally.leaked(f"{persona} {form} {values}: others see {sorted(map(str, grown))[:3]} of {len(grown)}")
            if asked or grown:
                if fresh.growth(form, values)[1]:
                    widening.add(route(form.action))
                elif not grown:
                    asked_for_nothing.add(route(form.action))
    print(f"\n{persona}: {len(found)} forms, {tally.counts['tried']} fillings; widen: {sorted(widening)}")
    print(f"asked though nothing opened: {sorted(asked_for_nothing)}")
    tally.judge()
    assert persona != "jan" or len(widening) >= 3, "nothing opened with a fresh sign-in either: this tests nothing"


@pytest.mark.parametrize("looks_away", [False, True])
def test_without_the_look_at_what_opened_it_is_found(
    cast: Cast, looks_away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutant: nobody compares before and after. A stand-in who stays for ever is what the oracle finds then."""
    history(cast)
    others = others_of(cast, "jan")
    if looks_away:
        monkeypatch.setattr(Watch, "sees_more", lambda self: False)
    jan = signed_in(cast.users["jan"], fresh=0)
    answer = jan.post(reverse("supportgroups:stand_in", args=[cast.jan.people["sara"].slug]), {"always": "1"})
    assert answer["Location"].startswith(reverse("step_up")) != looks_away
    assert bool(others.growth()) == looks_away
