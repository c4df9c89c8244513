"""What a device of one's own keeps for when there is no network: the letters, the numbers to call, the card."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse

from herstel.models import HelpLine
from herstel.needs import public

STYLES = ("css/tokens.css", "css/base.css", "css/components.css", "fonts/noto-sans-latin.woff2", "img/icons.svg")


@public("a program for one's own device; holds nothing of anybody")
def service_worker(request: HttpRequest) -> HttpResponse:
    """static/js/werker.js with the addresses of this version in front; at the root, where it may serve all pages."""
    pages = [reverse("no_network"), reverse("help")]
    shell = [*(static(path) for path in STYLES), static("img/favicon.svg"), static("img/icon-192.png")]
    code = (Path(settings.ROOT) / "static" / "js" / "werker.js").read_text()
    version = hashlib.sha256("\n".join([*shell, code]).encode()).hexdigest()[:12]
    values = {"VERSION": version, "SHELL": shell, "PAGES": pages, "CARD": reverse("supportgroups:card")}
    lines = [f"const {name} = {json.dumps(value)};" for name, value in values.items()]
    return HttpResponse("\n".join([*lines, code]), content_type="text/javascript")


@public("telephone numbers that everybody may know")
def no_network(request: HttpRequest) -> HttpResponse:
    """Je hebt nu geen internet: kept on one's own device, and shown instead of the page that cannot come."""
    return render(request, "herstel/no_network.html", {"lines": HelpLine.objects.all()})
