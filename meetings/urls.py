"""Agenda, verslagen, Begin, and what participants see of who looked."""

from django.urls import path

from meetings.views import looked, meeting, notes, plan, preview, report, roles

app_name = "meetings"
urlpatterns = [
    path("agenda/", meeting.meeting_list, name="meeting_list"),
    path("agenda/nieuw/", plan.meeting_new, name="meeting_new"),
    path("agenda/nieuw/<slug:page>/", plan.meeting_new, name="meeting_new"),
    path("agenda/<slug:slug>/", meeting.meeting, name="meeting"),
    path("agenda/<slug:slug>/gepland/", meeting.planned, name="planned"),
    path("agenda/<slug:slug>/vragen/", meeting.meeting_ask, name="meeting_ask"),
    path("agenda/<slug:slug>/dag/", meeting.meeting_day, name="meeting_day"),
    path("agenda/<slug:slug>/wie-doet-wat/", roles.meeting_roles, name="meeting_roles"),
    path("agenda/antwoord/<int:pk>/", roles.answer_for, name="answer_for"),
    path("agenda/<slug:slug>/voorbereiden/", meeting.meeting_prepare, name="meeting_prepare"),
    path("agenda/<slug:slug>/afzeggen/", meeting.meeting_cancel, name="meeting_cancel"),
    path("agenda/<slug:slug>/verslag/", report.report, name="report"),
    path("agenda/<slug:slug>/verslag/<slug:page>/", report.report, name="report"),
    path("opgeschreven/<slug:slug>/", notes.notes_answer, name="notes_answer"),
    path("kalender/<slug:slug>.ics", meeting.meeting_file, name="meeting_file"),
    path("verslag/<slug:slug>/", meeting.minutes, name="minutes"),
    path("verslag/<slug:slug>/lezers/", meeting.minutes_readers, name="minutes_readers"),
    path("delen/wie-keek/", looked.looked, name="looked"),
    path("delen/wie-keek/<int:pk>/klopt-niet/", looked.not_right, name="not_right"),
    path("mensen/<slug:person__slug>/voorbeeld/", preview.preview, name="preview"),
]
