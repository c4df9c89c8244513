"""Jouw woorden: what somebody calls things themselves."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Level
from herstel.forms import KringForm, Words
from herstel.needs import needs
from participants.models import Participant
from participants.scales import Mood, Standing
from participants.words import GROUP, keep_words, my_words

KEYS: dict[str, Any] = {
    GROUP: _("steungroep"),
    **{f"mood{m.value}": m.label for m in reversed(Mood)},
    **{f"standing{s.value}": s.label for s in Standing},
}


class OwnWordsForm(KringForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, label in KEYS.items():
            self.fields[key] = Words(label=label, max_length=30, required=False)
            self.fields[key].widget.attrs["class"] = "no-optional"

    def parts(self) -> list[tuple[Any, list[Any]]]:
        """The three lists of the page, with their headings."""
        names = {_("Je groep"): GROUP, _("Hoe het gaat"): "mood", _("Waar je staat met een doel"): "standing"}
        return [(title, [self[key] for key in KEYS if key.startswith(start)]) for title, start in names.items()]


@needs(Participant, Level.OWN, by=None)
@require_http_methods(["GET", "POST"])
def own_words(request: HttpRequest, participant: Participant) -> HttpResponse:
    form = OwnWordsForm(request.POST or None, initial=my_words().own)
    if request.method == "POST" and form.is_valid():
        keep_words(participant=participant, words={key: form.cleaned_data[key].strip() for key in KEYS})
        messages.success(request, _t("Bewaard. Deze woorden zie je nu overal."))
        return redirect("own_words")
    return render(request, "participants/own_words.html", {"form": form})
