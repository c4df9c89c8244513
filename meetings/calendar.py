"""A meeting as a calendar file (RFC 5545): neutral words, the right hour in every calendar, one identity for life."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, Timezone

from meetings.models import Meeting

LASTS = timedelta(hours=1, minutes=30)


def calendar_file(meeting: Meeting) -> bytes:
    """One event with VTIMEZONE; a changed or cancelled meeting replaces itself by UID and SEQUENCE.

    Says neither who nor what: calendars are shared, and phones show them on the lock screen.
    """
    begins = timezone.localtime(meeting.at)
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    event = Event()
    event.add("uid", f"{meeting.slug}@{host}")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", begins)
    event.add("dtend", begins + LASTS)
    event.add("summary", "Kring")
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if meeting.state == Meeting.State.CANCELLED else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Kring//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    day = begins.date()
    zone = Timezone.from_tzid(
        settings.TIME_ZONE, first_date=day - timedelta(days=200), last_date=day + timedelta(days=200)
    )
    calendar.add_component(zone)
    calendar.add_component(event)
    return calendar.to_ical()
