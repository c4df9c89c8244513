"""Messages on devices: the neutral sentence, encrypted for that device alone, and to push services only."""

import base64
import io
import json
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail as sent
from django.urls import reverse
from django.utils import timezone
from urllib3 import HTTPResponse

from herstel import mail, push
from herstel.actor import acting_as
from herstel.models import OutgoingMail, Preference, PushDevice, User
from supportgroups.models import Membership
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
SERVICE = "https://fcm.googleapis.com/fcm/send/abc"


class Device:
    """A browser that subscribed: its keys, and what its push service received."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.answers = 201

    def said(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        text = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (point, self.secret)]
        return {"endpoint": SERVICE, "p256dh": text[0], "secret": text[1]}

    def read(self) -> list[Any]:
        return [
            json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))
            for _url, _headers, body in self.received
        ]


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Device:
    """Whatever the worker posts arrives here."""
    made = Device()
    settings.QUIET_HOURS = (21, 9)

    def send(self: Any, request: Any, timeout: Any = None, **more: Any) -> Any:
        import requests

        assert timeout
        made.received.append((request.url, dict(request.headers), bytes(request.body)))
        answer = requests.Response()
        answer.status_code = made.answers
        answer.raw = HTTPResponse(body=io.BytesIO(b""), preload_content=False)
        return answer

    monkeypatch.setattr("herstel.outgoing._Adapter.send", send)
    monkeypatch.setattr("herstel.quiet.here", lambda: timezone.localtime().replace(hour=14))
    return made


def subscribe(user: User, device: Device, **changed: str) -> int:
    client = signed_in(user, own_device=True)
    return client.post(reverse("push_on"), device.said() | changed).status_code


def work(user: User, template: str = "waiting") -> None:
    with acting_as(user.pk):
        mail.queue(template, to=user)
    with role("herstel_worker"):
        for mail_id in mail.due():
            mail.send(mail_id)


def test_only_the_device_reads_only_the_sentence(cast: Cast, device: Device) -> None:
    jan = cast.user("jan")
    assert subscribe(jan, device) == 204
    work(jan)
    assert device.read() == [{"tekst": "Er staat iets voor je klaar in Kring."}]
    ((url, headers, body),) = device.received
    assert url == SERVICE
    assert headers["authorization"].startswith("vapid t=")
    assert b"Kring" not in body
    work(jan, "tomorrow")
    assert device.read()[1] == {"tekst": "Morgen staat er iets in je agenda."}


def test_quiet_as_a_mail(cast: Cast, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """At night nothing, one a day, and what does not concern somebody any more is not said."""
    jan = cast.user("jan")
    subscribe(jan, device)
    monkeypatch.setattr("herstel.quiet.here", lambda: timezone.localtime().replace(hour=23))
    work(jan)
    assert not device.received
    with role("herstel_maint"):
        OutgoingMail.objects.update(send_at=timezone.now())
    monkeypatch.setattr("herstel.quiet.here", lambda: timezone.localtime().replace(hour=14))
    work(jan)
    work(jan)
    assert len(device.received) == 1
    ans = cast.jan.members["ans"]
    subscribe(cast.user("ans"), device)
    for _time in ("while Ans was there", "after"):
        with acting_as(jan.pk):
            mail.queue("tomorrow", to=cast.user("ans"), membership=ans.pk, category="agenda")
        with role("herstel_maint"):
            Membership.objects.filter(pk=ans.pk).update(state=Membership.State.ENDED)
            assert OutgoingMail.objects.filter(to_user=cast.user("ans")).count() == 1
    with role("herstel_worker"):
        for mail_id in mail.due():
            mail.send(mail_id)
    assert len(device.received) == 1


def test_no_mails_and_yet_a_message(cast: Cast, device: Device) -> None:
    """Who turned mails off but asked for messages on a device gets those, and those alone."""
    jan = cast.user("jan")
    subscribe(jan, device)
    with acting_as(jan.pk):
        Preference.objects.update_or_create(user=jan, defaults={"mails": Preference.Mails.NONE})
    work(jan)
    assert len(device.received) == 1
    assert not sent.outbox


def test_codes_never_go_to_a_device(cast: Cast, device: Device) -> None:
    jan = cast.user("jan")
    subscribe(jan, device)
    with role("herstel_maint"):
        OutgoingMail.objects.create(to_user=jan, template="code", context={"code": "482 913", "link": "x"})
    with role("herstel_worker"):
        for mail_id in mail.due():
            mail.send(mail_id)
    assert not device.received


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://localhost/x",
        "https://127.0.0.1:5432/",
        "https://169.254.169.254/latest/meta-data",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil-fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "https://notfcm.googleapis.com.",
        "file:///etc/passwd",
        "//fcm.googleapis.com/x",
    ],
)
def test_the_worker_calls_nowhere_else(cast: Cast, device: Device, endpoint: str) -> None:
    jan = cast.user("jan")
    assert not push.is_push_service(endpoint)
    assert subscribe(jan, device, endpoint=endpoint) == 400
    with role("herstel_maint"):  # whatever may stand in the table
        said = device.said()
        PushDevice.objects.create(user=jan, endpoint=endpoint, p256dh=said["p256dh"], secret=said["secret"])
    work(jan)
    assert not device.received


@pytest.mark.parametrize("service", ["https://updates.push.services.mozilla.com/a", "https://x.notify.windows.com/b"])
def test_services_of_browsers_are_known(service: str) -> None:
    assert push.is_push_service(service)


@pytest.mark.parametrize(("answer", "stays"), [(404, 0), (410, 0), (500, 1), (429, 1)])
def test_a_device_that_is_gone_is_forgotten(cast: Cast, device: Device, answer: int, stays: int) -> None:
    """And the mail goes all the same."""
    jan = cast.user("jan")
    subscribe(jan, device)
    device.answers = answer
    work(jan)
    assert len(sent.outbox) == 1
    with role("herstel_maint"):
        assert PushDevice.objects.count() == stays


def test_bad_keys_stop_nothing(cast: Cast, device: Device) -> None:
    jan = cast.user("jan")
    assert subscribe(jan, device, p256dh="x") == 400
    assert subscribe(jan, device, p256dh="A" * 87) == 204
    work(jan)
    assert len(sent.outbox) == 1


def test_a_device_of_others_gets_none(cast: Cast, device: Device) -> None:
    client = signed_in(cast.user("jan"), own_device=False)
    assert client.post(reverse("push_on"), device.said()).status_code == 400


def test_off_is_off_and_of_oneself_alone(cast: Cast, device: Device) -> None:
    jan = cast.user("jan")
    subscribe(jan, device)
    signed_in(cast.users["ans"]).post(reverse("push_off"), {"endpoint": SERVICE})
    with role("herstel_maint"):
        assert PushDevice.objects.count() == 1
    signed_in(jan).post(reverse("push_off"), {"endpoint": SERVICE})
    work(jan)
    assert not device.received


def test_many_devices_are_not_endless(cast: Cast, device: Device) -> None:
    for n in range(push.MOST_DEVICES + 3):
        assert subscribe(cast.user("jan"), device, endpoint=f"{SERVICE}{n}") == 204
    assert subscribe(cast.user("jan"), device, endpoint=f"{SERVICE}5") == 204
    with role("herstel_maint"):
        assert PushDevice.objects.count() == push.MOST_DEVICES


def test_the_key_is_one_for_every_process() -> None:
    assert push.public_key() == push.public_key()
    assert len(base64.urlsafe_b64decode(push.public_key() + "=")) == 65
