"""Meetings as a calendar (RFC 5545): neutral words, the right hour in every calendar, one identity for life."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, Timezone

from meetings.models import Meeting

LASTS = timedelta(hours=1, minutes=30)
AROUND = timedelta(days=200)  # the rules of summer and winter time that go along
ASK_AGAIN = timedelta(hours=12)


class Day(NamedTuple):
    """What a calendar says of a meeting."""

    slug: str
    at: datetime | None
    state: str
    sequence: int


def calendar_of(meetings: Iterable[Meeting | Day]) -> bytes:
    """One event for each meeting that has a day; a changed or cancelled one replaces itself by UID and SEQUENCE.

    Says neither who nor what: calendars are shared, and phones show them on the lock screen.
    """
    moments = {meeting: timezone.localtime(meeting.at) for meeting in meetings if meeting.at is not None}
    days = [begins.date() for begins in moments.values()] or [timezone.localdate()]
    calendar = Calendar()
    calendar.add("prodid", "-//Kring//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Kring")
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})  # RFC 7986
    zone = Timezone.from_tzid(settings.TIME_ZONE, first_date=min(days) - AROUND, last_date=max(days) + AROUND)
    calendar.add_component(zone)
    for meeting, begins in moments.items():
        calendar.add_component(_event(meeting, begins))
    return calendar.to_ical()


def _event(meeting: Meeting | Day, begins: datetime) -> Event:
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    event = Event()
    event.add("uid", f"{meeting.slug}@{host}")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", begins)
    event.add("dtend", begins + LASTS)
    event.add("summary", "Kring")
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if meeting.state == Meeting.State.CANCELLED else "CONFIRMED")
    return event
