"""Every view says here who may open it, and gets the row instead of its key."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from herstel.access import Level, Ruled
from herstel.audit import is_own_record, opened
from herstel.models import User
from herstel.sides import STAFF, Side, side_of, sides

type View = Callable[..., HttpResponseBase]
type Narrow = Callable[[HttpRequest], Q]


def me(request: HttpRequest) -> User:
    """The person who is signed in. For views behind a door; raises TypeError for nobody."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


def public(why: str) -> Callable[[View], View]:
    """Anybody, signed in or not; say why that is safe."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return view(request, **kwargs)

        return _named(wrapper, f"public: {why}")

    return decorate


def members(why: str) -> Callable[[View], View]:
    """Anybody who is signed in; say why that is safe."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return _door(request) or view(request, **kwargs)

        return _named(wrapper, f"members: {why}")

    return decorate


def needs(
    model: type[Ruled],
    level: Level = Level.SEE,
    *,
    by: str | None = "slug",
    narrow: Narrow | None = None,
    related: tuple[str, ...] = (),
    page: bool = True,
) -> Callable[[View], View]:
    """Give the view the row, found through the model's rule.

    level   SEE: the acting person may see it; OWN: it is of their own record
    by      the field that stands in the address; None: the one row there is
    narrow  a further condition on the row (a Q), for example "where I am the member"
    related rows to fetch in the same query
    page    False: the answer shows little of the row (a picture, a file, a form with its date): its page was not opened

    Who may not know that the row exists gets 404; who may look but not touch gets 403 (the same page, ux.md §2.12).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if closed := _door(request):
                return closed
            key = {} if by is None else {by: kwargs.pop(by)}
            found = model.objects.own() if level == Level.OWN else model.objects.visible()
            if narrow is not None:
                found = found.filter(narrow(request))
            row = (found.select_related(*related) if related else found).filter(**key).first()
            if row is not None:
                if level == Level.OWN:
                    is_own_record(getattr(row, "participant_id", row.pk))
                elif page and model.rule.category is not None:
                    opened(row.participant_id, model.rule.category, str(model._meta.model_name), row.pk)  # type: ignore[attr-defined]
                return view(request, row, **kwargs)
            if by is None:
                return redirect("side")
            if level == Level.OWN and model.objects.visible().filter(**key).exists():
                raise PermissionDenied
            raise Http404

        return _named(wrapper, f"needs {model._meta.label} {level.name}{' with a condition' if narrow else ''}")

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks who this is, and from there back here."""
    return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")


def _door(request: HttpRequest) -> HttpResponseBase | None:
    """Signed in, and on a side of one's own; the second factor was asked before (herstel/second_factor.py)."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    side = side_of(request.path)
    if side is None or (side in STAFF and side not in sides(me(request).pk)):
        raise Http404
    if side is not Side.GUEST and request.session.get("side") != side:
        request.session["side"] = side.value  # the menu of pages that belong to every side
    return None


def _named(view: Any, access: str) -> View:
    view.access = access
    return view
