"""Views that forget to ask, planted to see whether the walk notices. They stand nowhere but in its own test."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from goals.models import Goal
from herstel import urls
from herstel.needs import members, public


@members("planted: takes whatever stands in the address")
def forgetful_goal(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(Goal.objects.get(slug=slug).words if Goal.objects.filter(slug=slug) else "")


@members("planted: lists what there is")
def forgetful_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<br>".join(g.words for g in Goal.objects.all()))


@members("planted: asks the database by itself")
def forgetful_search(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("select place from meetings_meeting order by id")
        return HttpResponse("<br>".join(place for (place,) in cursor.fetchall()))


@members("planted: fails")
def forgetful_crash(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


@public("planted: under a beginning that nobody gave a side")
def forgetful_side(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


PLANTED = "forgetful_goal forgetful_list forgetful_search".split()  # noqa: SIM905

urlpatterns: list[Any] = [
    path("doelen/vergeten/doel/<slug:slug>/", forgetful_goal, name="forgetful_goal"),
    path("doelen/vergeten/doelen/", forgetful_list, name="forgetful_list"),
    path("doelen/vergeten/zoek/", forgetful_search, name="forgetful_search"),
    path("doelen/vergeten/stuk/", forgetful_crash, name="forgetful_crash"),
    path("nergens/", forgetful_side, name="forgetful_side"),
    *urls.urlpatterns,
]
