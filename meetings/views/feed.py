"""Afspraken in je eigen agenda: an address of one's own that a calendar program reads; days and times only."""

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_safe

from herstel.accounts import hash_token
from herstel.needs import me, members, public
from meetings.calendar import Day, calendar_of
from meetings.feeds import feed_token, forget_feed, make_feed
from meetings.models import Feed


@members("one's own calendar address")
@require_http_methods(["GET", "POST"])
def my_feed(request: HttpRequest) -> HttpResponse:
    """Make the address, make another (the old one stops at once), or take it away."""
    if request.method == "POST":
        if "weg" in request.POST:
            forget_feed(me(request))
            messages.success(request, _t("Weg. Het adres werkt niet meer."))
        else:
            make_feed(me(request))
        return redirect("my_feed")
    feed = Feed.objects.own().filter(user=request.user.pk).first()
    url = _address(feed) if feed else ""
    webcal = f"webcal://{url.partition('://')[2]}"  # what telephones open with their calendar
    return render(request, "meetings/my_feed.html", {"url": url, "webcal": webcal})


def _address(feed: Feed) -> str:
    return settings.SITE_URL + reverse("feed", args=[feed_token(feed)])


@public("the address belongs to one person; it gives days and times of groups they are in, and dies with the last")
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What the person may see now, by the same rules as the pages; each group's log says so, once a day."""
    with connection.cursor() as cursor:
        cursor.execute("select * from doors.feed(%s)", [hash_token(token)])
        found = [Day(*row) for row in cursor.fetchall()]
    if not found:
        return HttpResponse(_t("Dit adres werkt niet meer."), status=410, content_type="text/plain; charset=utf-8")
    days = calendar_of(day for day in found if day.slug)  # the first says only that the address works
    return HttpResponse(days, content_type="text/calendar; charset=utf-8")
