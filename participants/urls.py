"""First steps."""

from django.urls import path

from participants import views, work

urlpatterns = [
    path("welkom/werk/", work.work_asked, name="work_asked"),
    path("welkom/naam/", views.first_steps, name="first_steps"),
    path("welkom/scherm/", views.first_screen, name="first_screen"),
    path("welkom/snel-weg/", views.first_exit, name="first_exit"),
]
