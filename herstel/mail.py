"""Mail, and its first line on devices: queued in the transaction that caused it, sent by the worker, content-free."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from herstel import push, quiet
from herstel.actor import acting_as
from herstel.models import OutgoingMail, Preference, User
from herstel.wake import wake

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 60
OFF = "mails-off"


def queue(
    template: str,
    *,
    to: User | None,
    membership: int | None = None,
    category: str | None = None,
    meeting: int | None = None,
    send_at: datetime | None = None,
) -> None:
    """Put a mail to somebody in the outbox, in the language they chose; to nobody when there is no account.
    `template` is the name of a file in templates/mail/.

    What it is about goes along as numbers, and the worker asks whether that still holds. The database refuses a mail to
    somebody whom the acting person does not know. Codes are mailed by the database itself (sql/sign_in.sql).
    """
    from herstel.tasks import send_mail

    if to is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select doors.send_word(%s, %s, %s, %s, %s, %s)",
            [to.pk, template, membership, category and str(category), meeting, send_at],
        )
        (mail_id,) = cursor.fetchone()
    if mail_id is not None:  # whoever left is told nothing any more
        wake(send_mail, mail_id)


def due() -> list[int]:
    """Mails that should have gone by now and that nobody is busy with; the oldest first."""
    now = timezone.now()
    waiting = OutgoingMail.objects.filter(sent_at=None, send_at__lte=now, attempts__lt=MOST_ATTEMPTS)
    free = waiting.filter(Q(lease_until=None) | Q(lease_until__lt=now))
    return list(free.order_by("send_at").values_list("pk", flat=True)[:200])


def send(mail_id: int) -> bool:
    """Send one mail. At least once: a death between the sending and the note of it sends it again, under the same
    Message-ID. Returns whether it went; raises what the mail server raised."""
    mail = _claim(mail_id)
    if mail is None:
        return False
    wish = _wish_of(mail.to_user)
    message = compose(mail, wish)
    by_mail = message is not None and quiet.is_wanted(mail, wish)
    devices = push.devices_of(mail.to_user) if message is not None and mail.template in quiet.CAN_WAIT else []
    said = by_mail or bool(devices)
    if said and (moment := quiet.later(mail, wish)):
        OutgoingMail.objects.filter(pk=mail_id).update(send_at=moment, lease_until=None, attempts=mail.attempts - 1)
        return False
    if message is not None and said:
        if by_mail:
            message.send()
        push.tell(devices, str(message.subject))
        if mail.template == "waiting" and mail.to_user:
            quiet.bundle(mail)
    # What was not said does not count as the message of today.
    kept = {"context": {}, "address": ""} | ({} if said else {"template": f"not {mail.template}"[:30]})
    OutgoingMail.objects.filter(pk=mail_id).update(sent_at=timezone.now(), **kept)
    return True


def _claim(mail_id: int) -> OutgoingMail | None:
    now = timezone.now()
    with transaction.atomic():
        free = OutgoingMail.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=mail_id, sent_at=None)
        # After a failure it waits longer each time, up to an hour.
        claimed = free.filter(send_at__lte=now).update(attempts=F("attempts") + 1, lease_until=now + LEASE)
        return OutgoingMail.objects.select_related("to_user").get(pk=mail_id) if claimed else None


def postpone(mail_id: int) -> None:
    """The mail server did not take it: try again later, each time a little later."""
    mail = OutgoingMail.objects.get(pk=mail_id)
    wait = min(timedelta(hours=1), timedelta(seconds=10 * 2 ** min(mail.attempts, 9)))
    OutgoingMail.objects.filter(pk=mail_id).update(lease_until=timezone.now() + wait)


def mail_trouble() -> bool:
    """Does the mail server refuse what we send to the acting person, again and again?"""
    with connection.cursor() as cursor:
        cursor.execute("select doors.mail_trouble()")
        return bool(cursor.fetchone()[0])


def compose(mail: OutgoingMail, wish: Preference | None = None) -> EmailMessage | None:
    """The message, or None when there is nobody to send it to any more."""
    address = mail.to_user.email if mail.to_user else mail.address
    if not address or (mail.to_user and not mail.to_user.is_active):
        return None
    if not _still(mail.context):
        return None
    off = off_link(mail.to_user) if mail.to_user and mail.template in quiet.CAN_WAIT else ""
    language = wish.language if wish and wish.language else mail.context.get("language") or settings.LANGUAGE_CODE
    link = mail.context.get("link")
    said = {**mail.context, "site": settings.SITE_URL, "off": off}
    if link:
        said["link"] = settings.SITE_URL + reverse("sign_in_link", args=[link])
    with translation.override(language):
        text = render_to_string(f"mail/{mail.template}.txt", said)
    subject, body = text.strip().split("\n", 1)
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    headers = {"Message-ID": f"<{mail.key}@{host}>", "Auto-Submitted": "auto-generated"}
    if off:  # one click in the mail program itself (RFC 8058)
        headers |= {"List-Unsubscribe": f"<{off}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(subject.strip(), body.strip() + "\n", settings.MAIL_FROM, [address], headers=headers)


def _still(about: dict[str, Any]) -> bool:
    """Does a mail about a membership or a meeting still concern who gets it?"""
    if not about.keys() & {"membership", "meeting"}:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "select doors.still(%s, %s, %s)", [about.get("membership"), about.get("category"), about.get("meeting")]
        )
        return bool(cursor.fetchone()[0])


def _wish_of(user: User | None) -> Preference | None:
    if user is None:
        return None
    with acting_as(user.pk):
        return Preference.objects.filter(user=user).first()


def off_link(user: User) -> str:
    """A link with which somebody turns mails off, also signed out. It does nothing else."""
    return settings.SITE_URL + reverse("mails_off", args=[signing.dumps(user.pk, salt=OFF)])


def off_for(token: str) -> int | None:
    """Whose link this is."""
    try:
        return int(signing.loads(token, salt=OFF))
    except (signing.BadSignature, ValueError, TypeError):
        return None
