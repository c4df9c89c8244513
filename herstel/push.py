"""Web Push (RFC 8030): the neutral sentence of a mail, to devices that asked for it. What is sent is encrypted for the
device alone (RFC 8291); the push service in between sees that something was sent, never what."""

import base64
import hashlib
import hmac
import json
import logging
from email.utils import parseaddr

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

from herstel import outgoing
from herstel.actor import acting_as
from herstel.models import PushDevice, User

log = logging.getLogger(__name__)
MOST_DEVICES = 10
GONE = (404, 410)
WAITS = 24 * 3600  # seconds that the push service keeps it for a device that is off
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256 (FIPS 186-4, D.1.2.3)


def _key() -> ec.EllipticCurvePrivateKey:
    """Derived from SECRET_KEY, as links are (docs/adr/0006): nothing more to keep, the same for every process."""
    seed = hmac.digest(settings.SECRET_KEY.encode(), b"web push", hashlib.sha512)
    return ec.derive_private_key(int.from_bytes(seed) % (ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """What a browser needs to subscribe: the point, base64url without padding (RFC 8292)."""
    point = _key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def is_push_service(endpoint: str) -> bool:
    """Only the services of browsers: what somebody sends us as an address must not make our worker call anywhere."""
    return outgoing.is_allowed(endpoint, settings.PUSH_SERVICES)


def devices_of(user: User | None) -> list[PushDevice]:
    if user is None:
        return []
    with acting_as(user.pk):
        return list(PushDevice.objects.own().filter(user=user).order_by("-pk")[:MOST_DEVICES])


def tell(devices: list[PushDevice], text: str) -> int:
    """Send the sentence to each; how many took it. A device that is gone is forgotten, a service that fails is not
    waited for: the mail says the same."""
    return sum(_send(device, text) for device in devices if is_push_service(device.endpoint))


def _send(device: PushDevice, text: str) -> bool:
    keys = {"p256dh": device.p256dh, "auth": device.secret}
    try:
        webpush(
            {"endpoint": device.endpoint, "keys": keys},
            json.dumps({"tekst": text}),
            vapid_private_key=Vapid(_key(), conf={"no-strict": True}),  # a demo writes from localhost
            vapid_claims={"sub": f"mailto:{parseaddr(settings.MAIL_FROM)[1]}"},
            ttl=WAITS,
            requests_session=outgoing.session(settings.PUSH_SERVICES),
        )
    except WebPushException as error:
        if error.response is not None and error.response.status_code in GONE:
            _forget(device)
        else:
            log.warning("a push did not go (%s)", type(error).__name__)
    except (OSError, ValueError) as error:  # no network, or not allowed; or keys that are no keys
        log.warning("a push did not go (%s)", type(error).__name__)
    else:
        return True
    return False


def _forget(device: PushDevice) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select doors.forget_device(%s)", [device.pk])
