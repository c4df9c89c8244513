"""Narrowing is silent: nobody can tell from their own pages that something was taken away (decisions.md 5)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from herstel.actor import acting_as
from supportgroups.actions import Sharing, end_membership, set_sharing
from supportgroups.models import Audience, Membership, Share
from tests.addresses import addresses, things_of
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
# What differs from one answer to the next by itself.
TOKENS = re.compile(r'(name="csrfmiddlewaretoken" value|name="form_token" value|nonce)="[^"]*"')
# Everything that can be ticked, and how it is before anybody ticked anything.
ALL = Sharing(categories={"agenda", "minutes", "wellbeing", "people"})
NOTHING = Sharing()


def page(client: Client, url: str) -> tuple[int, str]:
    response = client.get(url)
    return response.status_code, TOKENS.sub("", response.content.decode())


def pages(cast: Cast, client: Client, namespace: str) -> dict[str, tuple[int, str]]:
    """Every page of this side with Jan's things filled in, and the lists that everybody has."""
    things = things_of(cast)
    found = {}
    for address in addresses():
        if address.name.startswith(f"{namespace}:"):
            url = reverse(address.name, kwargs=address.kwargs(things))
            found[url] = page(client, url)
    return found


def never_shared(cast: Cast, membership: Membership) -> None:
    with role("herstel_maint"):
        Share.objects.filter(membership=membership).delete()
        Audience.objects.filter(membership=membership).delete()


@pytest.mark.parametrize(("name", "namespace"), [("ans", "member"), ("mo", "team")])
def test_unticking_everything_is_as_if_nothing_was_ever_shared(cast: Cast, name: str, namespace: str) -> None:
    membership, member = cast.jan.members[name], signed_in(cast.users[name], crash=True)
    never_shared(cast, membership)
    before = pages(cast, member, namespace)
    goals = {goal.pk for goal in cast.jan.goals.values()}
    with acting_as(cast.pk("jan")):
        set_sharing(membership=membership, sharing=Sharing(categories=ALL.categories, goals=goals))
    shared = pages(cast, member, namespace)
    assert sum(shared[url] != before[url] for url in before) > 4, "sharing showed nothing, so this proves nothing"
    with acting_as(cast.pk("jan")):
        set_sharing(membership=membership, sharing=NOTHING)
    after = pages(cast, member, namespace)
    assert {url for url in before if after[url] != before[url]} == set()


@pytest.mark.parametrize(("name", "namespace"), [("ans", "member"), ("mo", "team")])
def test_stopping_is_as_if_somebody_was_never_invited(cast: Cast, name: str, namespace: str) -> None:
    membership, member = cast.jan.members[name], signed_in(cast.users[name], crash=True)
    with acting_as(cast.pk("jan")):
        end_membership(membership=Membership.objects.own().get(pk=membership.pk))
    after = pages(cast, member, namespace)
    stranger = reverse(f"{namespace}:goal", args=["zzzzzzzzzz"])
    status, nothing = page(member, stranger)
    assert status == 404
    things = things_of(cast)
    for address in addresses():
        if address.name.startswith(f"{namespace}:") and address.key:
            url = reverse(address.name, kwargs=address.kwargs(things))
            assert after[url] in ((404, nothing), (405, "")), url
    with role("herstel_maint"):
        Membership.objects.filter(pk=membership.pk).delete()
    invited_never = pages(cast, member, namespace)
    assert {url for url in after if after[url] != invited_never[url]} == set()
