"""Names that people know, for the readable part of what somebody takes along."""

from typing import Any

from django.utils.translation import gettext_lazy as _

TABLES: dict[str, Any] = {
    "participants.participant": _("Jij"),
    "goals.goal": _("Je doelen"),
    "goals.step": _("Stappen"),
    "goals.progress": _("Wat je bij je doelen schreef"),
    "goals.goalscale": _("Wanneer het goed is"),
    "goals.helper": _("Wie helpt"),
    "goals.reply": _("Wat anderen bij je doelen zeiden"),
    "supportgroups.person": _("Je mensen"),
    "supportgroups.interview": _("Gesprekken vooraf"),
    "supportgroups.nomination": _("Wie je misschien wilt vragen"),
    "meetings.meeting": _("Bijeenkomsten"),
    "meetings.agendaitem": _("Waar je het over wilde hebben"),
    "meetings.answer": _("Wie er kwam"),
    "meetings.minutesline": _("Verslagen"),
    "meetings.promise": _("Afspraken"),
    "meetings.meetingexperience": _("Hoe het voor jou was"),
    "participants.checkin": _("Hoe het met je ging"),
    "participants.plansection": _("Je plan voor moeilijke dagen"),
    "participants.ownword": _("Jouw woorden"),
    "herstel.auditline": _("Wie heeft gekeken"),
}
COLUMNS: dict[str, Any] = {
    "called": _("Naam"),
    "relation": _("Wat is deze persoon van jou"),
    "words": _("Woorden"),
    "why": _("Waarom"),
    "what": _("Wat"),
    "can": _("Dit kan ik"),
    "cannot": _("Dit doe ik niet"),
    "expects": _("Wat ik verwacht"),
    "i_do": _("Wat doe ik?"),
    "mine_do": _("Wat doen mijn mensen?"),
    "workers_do": _("Wat doen hulpverleners?"),
    "hoped": _("Wat je hoopt"),
    "place": _("Waar"),
    "at": _("Wanneer"),
    "created_at": _("Gemaakt op"),
    "due_on": _("Voor welke dag"),
    "done_at": _("Gedaan op"),
    "organisation": _("Organisatie"),
}
