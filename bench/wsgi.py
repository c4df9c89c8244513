"""The house's own application with one address more: a view that reads one row, to set the other pages beside."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from herstel.wsgi import application  # isort: skip - this sets Django up

from bench.pages import YARDSTICK
from herstel.models import User
from herstel.needs import public
from herstel.urls import urlpatterns

__all__ = ["application"]


@public("exists only while `make bench` runs; shows how little a page can cost")
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(User.objects.filter(pk=request.user.pk).values_list("email", flat=True).first() or "")


urlpatterns.append(path(YARDSTICK.removeprefix("/"), bare))
