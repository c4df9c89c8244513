"""What must be read back but may not lie in the database as it is: the secrets of second factors (docs/adr/0015)."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

PURPOSE = "herstel.secrets_at_rest"


class Factors(DefaultMFAAdapter):
    """allauth asks us how to keep the secret of an app with codes, and the seed of the recovery codes."""

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken for what was not encrypted here: a plain secret is never accepted."""
        return box().decrypt(encrypted_text.encode()).decode()


def box() -> MultiFernet:
    """Closes with today's key, opens with that and the ones before."""
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    """A key for this purpose alone; what signs sessions and links opens nothing here."""
    return base64.urlsafe_b64encode(salted_hmac(PURPOSE, "", secret=secret, algorithm="sha256").digest())
