"""Who may see one row that has readers of its own: a part of the plan, a piece of the story."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from herstel.forms import KringForm
from herstel.once import once
from participants.models import Record
from supportgroups.actions import choose_audience
from supportgroups.reading import members_of_mine, who_sees_row


class ReadersForm(KringForm):
    people = forms.MultipleChoiceField(
        label=_("Wie mag dit zien?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden no-optional"}),
    )

    def __init__(self, *args: Any, members: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(m.slug, m.person.called) for m in members]  # type: ignore[attr-defined]


def choose_readers(request: HttpRequest, row: Record, category: str, there: str, template: str) -> HttpResponse:
    """The page that asks it, and its answer, which leads `there`."""
    members = list(members_of_mine())
    see = {m.slug for m in who_sees_row(category, row.pk)}
    form = ReadersForm(
        request.POST if request.method == "POST" else None, members=members, initial={"people": sorted(see)}
    )
    if request.method == "POST" and form.is_valid():
        chosen = set(form.cleaned_data["people"])

        def keep() -> str:
            readers = [m for m in members if m.slug in chosen]
            choose_audience(participant=row.participant, category=category, row=row.pk, memberships=readers)
            messages.success(request, _t("Bewaard."))
            return there

        return once(request, keep)
    context = {"row": row, "form": form, "members": members, "there": there}
    return render(request, template, context)
