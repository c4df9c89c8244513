"""Name and organisation of somebody at work, for the header of the page."""

from django.http import HttpRequest

from herstel.needs import me
from participants.models import Employment


def remember_who(request: HttpRequest) -> None:
    """Words for oneself, kept in the session; rights are asked anew each time."""
    if "who" not in request.session:
        mine = Employment.objects.visible().filter(user=me(request), active=True)
        job = mine.select_related("organisation").first()
        request.session["who"] = {"name": job.name, "organisation": job.organisation.name} if job else None
