"""What the commands about a study share."""

from django.core.management.base import CommandError

from research.models import Study


def study_of(slug: str) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(f"{one.slug} ({one.title})" for one in Study.objects.order_by("title"))
        raise CommandError(f"There is no study {slug}. There are: {known or 'none; make one with create_study'}.")
    return study
