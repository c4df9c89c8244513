"""How much of everything a test tries: a part that is the same each time, and all of it with KRING_DEEP=1 (`make
test-deep`). The part differs from place to place, so that over all places each value is tried many times.
"""

import os
from collections.abc import Iterable
from random import Random

DEEP = os.environ.get("KRING_DEEP") == "1"
MANY = 2000 if DEEP else 400  # participants of a large world


def some[T](values: Iterable[T], most: int, *place: object) -> list[T]:
    """At most so many of these, in their order."""
    all_of_them = list(values)
    if DEEP or len(all_of_them) <= most:
        return all_of_them
    chosen = sorted(Random(repr(place)).sample(range(len(all_of_them)), most))
    return [all_of_them[n] for n in chosen]
