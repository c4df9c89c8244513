"""Nothing is deep: every page is at most three taps from the first one of its side (ux.md §4, check 3)."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client
from django.urls import resolve, reverse

from tests.addresses import addresses
from tests.cast import Cast
from tests.harness import signed_in

pytestmark = pytest.mark.django_db
MOST = 3
LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
# Where the walk begins, and whose pages it should meet.
SIDES = {"jan": ("begin", ""), "ans": ("member:home", "member:"), "mo": ("team:today", "team:")}
# Not reached by a link, and why that is right.
AFTER_A_FORM = {
    "supportgroups:how_kept": "after telling how it goes",
    "supportgroups:how_hard": "after “Heel zwaar”",
    "supportgroups:stopped": "after stopping",
    "supportgroups:invited": "of somebody who was asked",
    "meetings:planned": "after planning",
    "meetings:report": "begins after the day itself",
    "delete_tell": "page two of throwing away",
    "delete_sure": "page three of throwing away",
    "delete_asked": "after throwing away",
    "passkey_offer": "once, after signing in",
    "first_steps": "once, at the beginning",
    "first_screen": "once, at the beginning",
    "first_exit": "once, at the beginning",
    "supportgroups:invitation_card": "after asking somebody",
    "supportgroups:invitation_qr": "a picture on that card",
    # What one does with a thing that is itself three taps away.
    "meetings:minutes_readers": "with a report",
    "supportgroups:plan_pdf": "with the plan on paper",
    "supportgroups:plan_readers": "with a part of the plan",
    "supportgroups:plan_version": "with the list of agreed plans",
    "supportgroups:story_edit": "with a piece of the story",
    "supportgroups:story_readers": "with a piece of the story",
    "supportgroups:story_remove": "with a piece of the story",
    "second_factor": "who works here, after signing in",
}


def routes_within(client: Client, start: str) -> dict[str, int]:
    """The name of each address that can be reached, and how many taps it takes."""
    depth: dict[str, int] = {}
    seen, row = {start}, [start]
    for taps in range(MOST + 1):
        following = []
        for url in row:
            answer = client.get(url, follow=True)
            name = resolve(answer.redirect_chain[-1][0].split("?")[0] if answer.redirect_chain else url).view_name
            depth.setdefault(name, taps)
            if taps < MOST and not answer.streaming and answer.status_code == 200:
                following += [link for link in _links(answer.text) if link not in seen]
                seen.update(following)
        row = following
    return depth


def _links(page: str) -> Iterator[str]:
    for found in dict.fromkeys(LINK.findall(page)):
        url = unescape(found).split("?")[0]
        if not url.startswith(("/static/", "/uit/")):
            yield url


@pytest.mark.parametrize("who", SIDES)
def test_every_page_is_three_taps_away(cast: Cast, who: str) -> None:
    begin, prefix = SIDES[who]
    for member in ("ans", "mo"):  # so that somebody looked
        signed_in(cast.users[member]).get(reverse(SIDES[member][0]))
    depth = routes_within(signed_in(cast.users[who]), reverse(begin))
    mine = {
        address.name
        for address in addresses()
        if address.who is not None and who in address.who and _belongs(address.name, prefix)
    }
    missing = mine - depth.keys() - AFTER_A_FORM.keys()
    print(f"{who}: {len(mine)} pages, {len(depth)} reached within {MOST} taps")
    assert not missing, " ".join(sorted(missing))


def _belongs(name: str, prefix: str) -> bool:
    if prefix:
        return name.startswith(prefix)
    return name.split(":")[0] in ("supportgroups", "goals", "meetings") or name in OWN


OWN = {"begin", "help", "safe_use", "settings", "screen", "own_words", "mails", "my_feed", "take_along", "delete_all"}
