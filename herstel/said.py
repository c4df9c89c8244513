"""What the next page says ("Bewaard. Willem ziet nu: je agenda."), between the two pages."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core import signing
from django.http import HttpRequest


class Said(CookieStorage):
    """In the browser that did it, for the person who did it, until the next page; never in a session of ours.

    The signature holds who it was: after signing out, or for who signs in next in the same browser, it is no message.
    """

    cookie_name = f"{settings.COOKIE_PREFIX}messages"

    def _get(self, *args: Any, **kwargs: Any) -> Any:
        self._sign_as_of_now()
        return super()._get(*args, **kwargs)  # type: ignore[misc]

    def _store(self, *args: Any, **kwargs: Any) -> Any:
        self._sign_as_of_now()
        return super()._store(*args, **kwargs)  # type: ignore[misc]

    def _sign_as_of_now(self) -> None:
        user = getattr(self.request, "user", None)  # a request that was refused before anybody looked has none
        self.signer = signing.get_cookie_signer(salt=f"said to {user.pk or '' if user else ''}")


def nothing_was_done(request: HttpRequest) -> None:
    """What a view said about something that was taken back is not said."""
    if said := getattr(request, "_messages", None):
        said._queued_messages.clear()
