"""Somebody is asked to work in Kring for an organisation. It begins with their own yes, because work changes how
somebody signs in everywhere, also to their own record."""

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from herstel.needs import me, members
from participants.models import Employment


@members("is asked whether they work somewhere")
@require_http_methods(["GET", "POST"])
def work_asked(request: HttpRequest) -> HttpResponse:
    """One question at a time; without one, on to where somebody was going."""
    asked = Employment.objects.visible().filter(user=me(request), began_at=None, ended_at=None)
    work = asked.select_related("organisation").order_by("pk").first()
    shown, yes = request.POST.get("work"), "yes" in request.POST
    # An answer is to the question that was shown: it may have been taken back and asked anew, as something else.
    answered = Employment.objects.visible().filter(user=me(request)).exclude(began_at=None)
    if shown and shown not in map(str, [*asked.values_list("pk", flat=True), *answered.values_list("pk", flat=True)]):
        messages.info(request, _t("Die vraag is er niet meer. Er verandert niets voor jou."))
    if work is None:
        return redirect("side")
    if shown != str(work.pk) or not (yes or "no" in request.POST):
        works = Employment.objects.visible().filter(user=me(request), active=True).exists()
        return render(request, "participants/work_asked.html", {"work": work, "works": works})
    with connection.cursor() as cursor:
        cursor.execute("select doors.answer_work(%s, %s)", [work.pk, yes])
    if not yes and asked.exists():
        messages.success(request, _t("Je zei nee. Er is nog een vraag."))
    elif not yes:
        messages.success(request, _t("Goed. Er verandert niets voor jou."))
    return redirect("work_asked")
