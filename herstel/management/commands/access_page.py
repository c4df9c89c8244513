"""Write docs/access.md: every rule in words, made from the rules themselves."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import get_resolver

from herstel.access import THIRD_PARTY
from herstel.checks import LIBRARIES, routes
from herstel.policies import exempt_tables, ruled_models

HEAD = """# Who may see what

Made by `manage.py access_page` from the rules on the models and the access that each view names; a test keeps it so.
What the words mean: `herstel/access.py`. "members" are people with an active membership, confirmed by the participant,
who has not closed everything; a professional also needs an active employment in the organisation of the membership.
"""


def access_page() -> str:
    return "\n".join([HEAD, *_rules(), "", *_exempt(), "", *_views(), ""])


def _rules() -> list[str]:
    rows = [f"| {m._meta.label} | {m.rule.sentence()} |" for m in ruled_models()]
    return ["## Rows", "", "| Model | Who may see a row |", "|---|---|", *rows]


def _exempt() -> list[str]:
    rows = [
        f"| {table} | {exempt.why} | {exempt.web or '–'} | {exempt.worker or '–'} |"
        for table, exempt in exempt_tables().items()
        if table not in THIRD_PARTY or exempt.web
    ]
    return ["## Tables without row-level security", "", "| Table | Why | web | worker |", "|---|---|---|---|", *rows]


def _views() -> list[str]:
    rows = [
        f"| /{route} | {vars(p.callback)['access']} |"
        for route, p in routes(get_resolver())
        if not p.callback.__module__.startswith(LIBRARIES) or hasattr(p.callback, "access")
    ]
    return ["## Addresses", "", "| Address | Who may open it |", "|---|---|", *rows]


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        (Path(settings.ROOT) / "docs" / "access.md").write_text(access_page())
