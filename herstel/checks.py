"""What must hold before the server starts; a forgotten rule is an error, not a habit."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db.migrations.loader import MigrationLoader
from django.urls import URLPattern, URLResolver, get_resolver

from herstel.access import Ruled
from herstel.policies import Access, digest, our_models, ruled_models
from herstel.sides import side_of

LIBRARIES = ("allauth.", "django.")


@register
def every_view_names_its_access(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"/{route} ({p.callback.__module__}.{getattr(p.callback, '__name__', '?')}) names no access",
            hint="Put @needs(…), @members(…) or @public(…) on the view.",
            id="herstel.E001",
        )
        for route, p in routes(get_resolver())
        if not p.callback.__module__.startswith(LIBRARIES) and not hasattr(p.callback, "access")
    ]


@register
def every_address_has_a_side(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"/{route} begins with what stands in no list, so nobody can open it",
            hint="Say in herstel/sides.py whose this beginning is.",
            id="herstel.E005",
        )
        for route, _ in routes(get_resolver())
        if side_of(route) is None
    ]


@register
def every_model_names_its_rule(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"{m._meta.label} has no rule and no written exemption", id="herstel.E002")
        for m in our_models()
        if not (issubclass(m, Ruled) and hasattr(m, "rule")) and not hasattr(m, "exempt")
    ]


@register
def rows_that_are_chosen_are_told_apart(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Pages choose rows by category and number. A second table in a category makes that ambiguous."""
    tables = Counter(str(m.rule.category) for m in ruled_models() if m.rule.audience)
    return [
        Error(
            f"{n} tables of the category {category} have rows that are chosen for people",
            hint="Give one a category of its own, or let everything that chooses rows name the table.",
            id="herstel.E006",
        )
        for category, n in tables.items()
        if n > 1
    ]


@register
def every_field_says_what_it_is_to_research(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for model in our_models():
        said = set(getattr(model, "privacy", {}))
        fields = {f.name for f in model._meta.concrete_fields}
        if said != fields:
            text = (
                f"{model._meta.label}.privacy lacks {sorted(fields - said)} and names unknown {sorted(said - fields)}"
            )
            errors.append(Error(text, id="herstel.E003"))
    return errors


@register
def the_last_migration_applies_these_rules(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A migration of older rules is passed over, so without one of today's the tables would stand open or shut."""
    written = [op for m in _migrations() for op in m.operations if isinstance(op, Access)]
    if written and written[-1].of == digest():
        return []
    return [
        Error("no migration applies the rules as they are now", hint="Run `manage.py make_access`.", id="herstel.E004")
    ]


def _migrations() -> list[Any]:
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return [disk[key] for key in sorted(disk) if key[0] == "herstel"]


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the project, with its pattern."""
    for p in resolver.url_patterns:
        route = prefix + str(p.pattern)
        if isinstance(p, URLPattern):
            yield route, p
        else:
            yield from routes(p, route)
