"""Tokens of links that we hand out: made from a random name and the server's key, stored only as a hash.

The server can show its own link again; somebody with a copy of the database cannot use it.
"""

import base64
import hmac

from django.conf import settings

from herstel.accounts import hash_token


def token_for(purpose: str, name: str) -> str:
    """The token of this link, 24 characters, the same each time."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"link:{purpose}:{name}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()


def stored(purpose: str, name: str) -> bytes:
    """What the database keeps of it."""
    return hash_token(token_for(purpose, name))
