"""Beheer: the numbers of the help page, and whether somebody looked that they still are right."""

from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from herstel.forms import KringForm
from herstel.models import HelpLine, diallable
from herstel.needs import members
from herstel.once import once
from participants.administering import kept


class HelpLineForm(KringForm, forms.ModelForm):
    class Meta:
        model = HelpLine
        fields: ClassVar = [
            "number",
            "question",
            "words",
            "short",
            "question_en",
            "words_en",
            "short_en",
            "position",
            "hard",
            "for_members",
        ]
        widgets: ClassVar = {"number": forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})}

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if len(diallable(number)) < 3:
            raise forms.ValidationError(_("Vul een telefoonnummer in."))
        return number


@members("administrators of Kring; others get 404")
def help_lines(request: HttpRequest) -> HttpResponse:
    kept(request)
    return render(request, "participants/beheer_help_lines.html", {"lines": HelpLine.objects.all()})


@members("administrators of Kring; others get 404")
@require_http_methods(["GET", "POST"])
def help_line(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new number, or another text for one. Who saves it looked at it today."""
    kept(request)
    line = get_object_or_404(HelpLine, pk=pk) if pk else HelpLine()
    form = HelpLineForm(request.POST or None, instance=line)
    if request.method == "POST" and form.is_valid():

        def keep() -> str:
            form.instance.checked_on = timezone.localdate()
            form.save()
            messages.success(request, _t("Bewaard."))
            return reverse("beheer:help_lines")

        return once(request, keep)
    return render(request, "participants/beheer_help_line.html", {"form": form, "line": line})


@members("administrators of Kring; others get 404")
@require_POST
def help_line_checked(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Klopt": somebody called it, or read it on the page of the line itself."""
    kept(request)
    HelpLine.objects.filter(pk=pk).update(checked_on=timezone.localdate())
    messages.success(request, _t("Bewaard. Je keek dit vandaag na."))
    return redirect("beheer:help_lines")


@members("administrators of Kring; others get 404")
@require_POST
def help_line_remove(request: HttpRequest, pk: int) -> HttpResponse:
    kept(request)
    HelpLine.objects.filter(pk=pk).delete()
    messages.success(request, _t("Weg."))
    return redirect("beheer:help_lines")
