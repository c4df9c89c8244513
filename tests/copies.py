"""The databases of one process of the tests: an empty copy of the template, and one in which the cast stands already.

Making the cast takes some 870 statements. It is made once a process; each test that asks for it works in a transaction
on the copy that has it, and a test that really commits gets a fresh copy made after it.
"""

import pickle
from typing import Any

from django.db import connection, connections, transaction

from tests import harness
from tests.cast import Cast, build_cast


class Copies:
    def __init__(self) -> None:
        self.name = ""
        self.peopled = False
        self.spoilt = {False, True}  # which copies are to be made (again): the empty one, the one with the cast
        self._cast = b""

    def make(self, name: str) -> None:
        """Of this process, by this name; what the first test needs is used."""
        self.name = name
        self.use(peopled=self.peopled)

    def use(self, *, peopled: bool) -> None:
        self.peopled = peopled
        if not self.name:
            return  # nothing has asked for a database yet
        name = f"{self.name}_cast" if peopled else self.name
        if peopled in self.spoilt:
            source = self._source() if peopled else harness.ensure_template()
            _let_go()
            harness.clone(source, name)
            self.spoilt.discard(peopled)
        self._switch(name)

    def cast(self) -> Cast:
        """The people of the copy, as new objects: what a test changes of them the next one does not see."""
        found: Cast = pickle.loads(self._cast)
        return found

    def flush(self, *args: Any, **options: Any) -> None:
        """After a test with real transactions: a new copy, because migrations made rows too, and a flush takes them."""
        self.spoilt.add(self.peopled)

    def drop(self) -> None:
        _let_go()
        for name in (self.name, f"{self.name}_cast", f"{self.name}_source"):
            harness.drop(name)

    def _source(self) -> str:
        """The copy in which the cast was made, once; nothing else is done in it."""
        source = f"{self.name}_source"
        if not self._cast:
            harness.clone(harness.ensure_template(), source)
            self._switch(source)
            with transaction.atomic():
                self._cast = pickle.dumps(build_cast())
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
