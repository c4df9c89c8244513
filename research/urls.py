"""Onderzoek, and the participant's choice about it."""

from django.urls import path

from research import views

app_name = "research"
urlpatterns = [
    path("onderzoek/", views.studies, name="studies"),
    path("onderzoek/controle/", views.checks, name="checks"),
    path("onderzoek/versie/<slug:slug>/", views.export, name="export"),
    path("onderzoek/versie/<slug:slug>/voortgang/", views.export_progress, name="export_progress"),
    path("onderzoek/versie/<slug:slug>/oordeel/", views.export_judge, name="export_judge"),
    path("onderzoek/versie/<slug:slug>/weghalen/", views.export_removals, name="export_removals"),
    path("onderzoek/versie/<slug:slug>/download/", views.export_download, name="export_download"),
    path("onderzoek/<slug:slug>/", views.cohort, name="cohort"),
    path("onderzoek/<slug:slug>/nieuw/", views.export_new, name="export_new"),
    path("onderzoek/<slug:slug>/codeboek/", views.codebook, name="codebook"),
    path("onderzoek/<slug:slug>/logboek/", views.log, name="log"),
    path("delen/onderzoek/", views.consents, name="consents"),
    path("delen/onderzoek/<slug:slug>/", views.consent, name="consent"),
]
