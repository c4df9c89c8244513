"""When a mail may go: not at night, at most one a day, and only to who wants it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from herstel.models import OutgoingMail, Preference

# Codes and invitations are waited for; these are not.
CAN_WAIT = ("waiting", "tomorrow")
A_DAY = timedelta(hours=24)


def here() -> datetime:
    """The time on the clock in the Netherlands."""
    return timezone.localtime()


def hours_of(wish: Preference | None) -> tuple[int, int]:
    """From which hour to which there is no mail: somebody's own, or those of the house."""
    if wish is None or wish.quiet_from is None or wish.quiet_until is None:
        begin, end = settings.QUIET_HOURS
        return begin, end
    return wish.quiet_from, wish.quiet_until


def is_wanted(mail: OutgoingMail, wish: Preference | None) -> bool:
    """Somebody may want only reminders, or nothing."""
    if mail.template not in CAN_WAIT or wish is None or wish.mails == Preference.Mails.ALL:
        return True
    return wish.mails == Preference.Mails.REMINDERS and mail.template == "tomorrow"


def later(mail: OutgoingMail, wish: Preference | None) -> datetime | None:
    """When it may go, if that is not now."""
    if mail.template not in CAN_WAIT or mail.to_user is None:
        return None
    end = _end_of_quiet(wish)
    if end is not None or mail.template != "waiting":
        return end
    before = OutgoingMail.objects.filter(to_user=mail.to_user, template="waiting", sent_at__gt=timezone.now() - A_DAY)
    last = before.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return last + A_DAY if last else None


def _end_of_quiet(wish: Preference | None) -> datetime | None:
    """The end of the quiet hours that it is now; None when it is not quiet."""
    begin, end = hours_of(wish)
    now = here()
    quiet = begin <= now.hour < end if begin <= end else not end <= now.hour < begin
    if not quiet:
        return None
    today = now.replace(hour=end % 24, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def bundle(mail: OutgoingMail) -> None:
    """What else was waiting to say the same has been said."""
    rest = OutgoingMail.objects.filter(to_user=mail.to_user, template="waiting", sent_at=None).exclude(pk=mail.pk)
    rest.filter(send_at__lte=timezone.now()).update(sent_at=timezone.now(), context={}, address="")
