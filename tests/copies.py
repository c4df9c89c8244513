"""The databases of one process of the tests: an empty copy of the template, one in which the cast stands already, and
one with the people of the demo.

Making the cast takes some 870 statements. It is made once a process; each test that asks for it works in a transaction
on the copy that has it, and a test that really commits gets a fresh copy made after it.
"""

import pickle
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, connections, transaction

from research.world.demo import load_demo
from tests import harness
from tests.cast import build_cast

# Who lives in a copy: the name of the fixture that asks for them, and what makes them.
PEOPLE: dict[str, Callable[[], Any]] = {"cast": build_cast, "demo": load_demo}
NOBODY = ""


def who_lives_in(fixtures: Iterable[str]) -> str:
    wanted = [people for people in PEOPLE if people in fixtures]
    assert len(wanted) < 2, f"one copy has one kind of people: {wanted}"
    return wanted[0] if wanted else NOBODY


class Copies:
    def __init__(self) -> None:
        self.name = ""
        self.people = NOBODY
        self.fresh: set[str] = set()  # copies that stand as they were made, but for what was rolled back
        self._made: dict[str, bytes] = {}

    def make(self, name: str) -> None:
        """Of this process, by this name; what the first test needs is used."""
        self.name = name
        self.use(self.people)

    def use(self, people: str) -> None:
        self.people = people
        if not self.name:
            return  # nothing has asked for a database yet
        name = f"{self.name}_{people}" if people else self.name
        if people not in self.fresh:
            source = self._source(people) if people else harness.ensure_template()
            _let_go()
            harness.clone(source, name)
            self.fresh.add(people)
        self._switch(name)

    def made(self, people: str) -> Any:
        """What made these people told of them, as new objects: what a test changes of them the next does not see."""
        return pickle.loads(self._made[people])

    def flush(self, *args: Any, **options: Any) -> None:
        """After a test with real transactions: a new copy, because migrations made rows too, and a flush takes them."""
        self.fresh.discard(self.people)

    def drop(self) -> None:
        _let_go()
        for people in ("", *PEOPLE):
            for end in ("", "_source"):
                harness.drop("_".join(filter(None, (self.name, people))) + end)

    def _source(self, people: str) -> str:
        """The copy in which these people were made, once; nothing else is done in it."""
        source = f"{self.name}_{people}_source"
        if people not in self._made:
            harness.clone(harness.ensure_template(), source)
            self._switch(source)
            with transaction.atomic():
                self._made[people] = pickle.dumps(PEOPLE[people]())
        return source

    def _switch(self, name: str) -> None:
        """The same dictionary serves the connections of every thread."""
        settings = connections["default"].settings_dict
        if settings["NAME"] != name:
            _let_go()
            settings["NAME"] = name


def _let_go() -> None:
    """Of the connection, if there is one: beside a browser's event loop Django refuses even to close none."""
    if connection.connection is not None:
        connections.close_all()


copies = Copies()
