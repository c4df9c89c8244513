"""Several people, or several taps of one person, at the same moment: each in a thread with a connection of its own."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections
from django.http import HttpResponseBase
from django.test import Client

WAIT = 30  # seconds; on a busy machine five requests take their time


def together[T](actions: Iterable[Callable[[], T]]) -> list[T]:
    """Do these at the same moment; the answers in the same order. Raises what one of them raised."""
    todo = list(actions)
    start, answers, failed = threading.Barrier(len(todo)), {}, []

    def run(number: int, action: Callable[[], T]) -> None:
        try:
            start.wait(WAIT)
            answers[number] = action()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(todo)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    if failed:
        raise failed[0]
    return [answers[number] for number in range(len(todo))]


def same_browser(client: Client) -> Client:
    """Another tab: the same cookies, and a client that a thread of its own may use."""
    tab = Client(raise_request_exception=False)
    tab.cookies = type(client.cookies)({name: morsel.value for name, morsel in client.cookies.items()})
    return tab


def at_once(client: Client, times: int, send: Callable[[Client, int], Any]) -> list[HttpResponseBase]:
    """The same person taps several times; `send` gets a tab and which tap it is."""
    tabs = [same_browser(client) for _ in range(times)]
    return together([lambda tab=tab, n=n: send(tab, n) for n, tab in enumerate(tabs)])  # type: ignore[misc]
