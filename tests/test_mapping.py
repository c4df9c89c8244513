"""The map: everybody has a place of their own, in the ring that was chosen, and the same place every time."""

from dataclasses import dataclass
from itertools import combinations
from math import hypot

from hypothesis import given, settings
from hypothesis import strategies as st

from herstel.mapping import NODE, Map, initials, place


@dataclass
class Someone:
    called: str
    kind: str
    ring: int
    in_group: bool


people = st.lists(
    st.builds(
        Someone,
        called=st.text(min_size=1, max_size=40),
        kind=st.sampled_from(["close_one", "professional", "peer", "other"]),
        ring=st.integers(1, 3),
        in_group=st.booleans(),
    ),
    max_size=40,
)


def within(drawn: Map) -> bool:
    half = drawn.size / 2
    return all(hypot(node.x, node.y) + NODE <= half and abs(node.box().right) <= half for node in drawn)


@settings(max_examples=60, deadline=None)
@given(people)
def test_nobody_covers_anybody_and_nobody_falls_off(somebody: list[Someone]) -> None:
    drawn = place(somebody)
    assert len(drawn) == len(somebody)
    assert not [(a, b) for a, b in combinations(drawn, 2) if a.box().meets(b.box())]
    assert within(drawn)


@settings(max_examples=60, deadline=None)
@given(people)
def test_everybody_stands_in_the_ring_that_was_chosen(somebody: list[Someone]) -> None:
    drawn = place(somebody)
    edge = {ring.number: ring.radius for ring in drawn.rings} | {0: 0.0}
    in_order = sorted(somebody, key=lambda person: person.ring)
    for person, node in zip(in_order, drawn, strict=True):
        assert edge[person.ring - 1] <= hypot(node.x, node.y) <= edge[person.ring]


@settings(max_examples=20, deadline=None)
@given(people)
def test_the_same_people_give_the_same_map(somebody: list[Someone]) -> None:
    assert place(somebody) == place(somebody)


def test_a_full_ring_is_found_too() -> None:
    for ring in (1, 2, 3):
        drawn = place([Someone(f"Naam {n}", "close_one", ring, True) for n in range(40)])
        assert len(drawn) == 40
        assert within(drawn)
        assert not [pair for pair in combinations(drawn, 2) if pair[0].box().meets(pair[1].box())]


def test_an_empty_map_still_has_its_rings() -> None:
    drawn = place([])
    assert [ring.number for ring in drawn.rings] == [3, 2, 1]
    assert drawn.size == 402


def test_a_long_name_is_cut_on_the_map_only() -> None:
    drawn = place(
        [Someone(name, "close_one", 1, True) for name in ("Buurvrouw van de overkant", "Wilhelmina-Josephina")]
    )
    assert [node.label for node in drawn] == ["Buurvrouw", "Wilhelmin…"]


def test_initials() -> None:
    assert [initials(name) for name in ("Ans", "jan V.", "M.", "Aïsha", "Ö", "")] == ["An", "Ja", "M", "Aï", "Ö", ""]
