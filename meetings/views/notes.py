"""Opschrijven wat er gezegd is: by a member who was asked to, and the participant's yes or no to it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from herstel.access import Category, Level
from herstel.forms import KringForm, Story
from herstel.needs import needs
from herstel.once import once
from herstel.refusal import Refused
from meetings.models import Meeting, Minutes, Notes
from meetings.notes import answer_notes, write_down
from meetings.views.member import membership_with, my_name, person_of, supported
from supportgroups.reading import who_sees_row


class NotesForm(KringForm):
    words = Story(label=_("Wat is er gezegd?"), max_length=5000, rows=8)


@supported(Meeting, page=False)
@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """For the member who writes this time."""
    membership = membership_with(request, meeting)
    if meeting.writer_id != membership.pk:
        raise Http404
    where = person_of(request, membership)
    mine = Notes.objects.visible().filter(meeting=meeting, membership=membership).first()
    form = NotesForm(request.POST or None, initial={"words": mine.words if mine else ""})
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data["words"]
            write_down(meeting=meeting, membership=membership, called=my_name(membership), words=said)
        except Refused as error:
            form.add_error("words", error.sentence)
        else:
            messages.success(
                request, _t("Bewaard. %(name)s leest het eerst.") % {"name": membership.participant.called}
            )
            return redirect(f"{where['ns']}:meeting", meeting.slug)
    return render(request, "meetings/member_notes.html", {**where, "meeting": meeting, "form": form, "mine": mine})


@needs(Notes, Level.OWN, related=("meeting",))
@require_http_methods(["GET", "POST"])
def notes_answer(request: HttpRequest, notes: Notes) -> HttpResponse:
    """Komt dit in het verslag? The words may be changed first."""
    form = NotesForm(request.POST or None, initial={"words": notes.words})
    minutes = Minutes.objects.own().filter(meeting=notes.meeting_id).first()
    if request.method == "POST" and (form.is_valid() or "nee" in request.POST):

        def keep() -> str:
            take = "nee" not in request.POST
            answer_notes(notes=notes, words=form.cleaned_data.get("words") or notes.words, take=take)
            messages.success(request, _t("Het staat in het verslag.") if take else _t("Het komt niet in het verslag."))
            return reverse("meetings:meeting", args=[notes.meeting.slug])

        return once(request, keep)
    readers = who_sees_row(Category.MINUTES, minutes.pk) if minutes else []
    context = {"notes": notes, "form": form, "minutes": minutes, "readers": [m.person.called for m in readers]}
    return render(request, "meetings/notes_answer.html", context)
