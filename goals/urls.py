"""Doelen."""

from django.urls import path

from goals.views import flow, goal, scale

app_name = "goals"
urlpatterns = [
    path("doelen/", goal.goal_list, name="goal_list"),
    path("doelen/nieuw/", flow.goal_new, name="goal_new"),
    path("doelen/nieuw/<slug:page>/", flow.goal_new, name="goal_new"),
    path("doelen/<slug:slug>/", goal.goal, name="goal"),
    path("doelen/<slug:slug>/meer/", goal.goal_more, name="goal_more"),
    path("doelen/<slug:slug>/papier/", goal.goal_paper, name="goal_paper"),
    path("doelen/<slug:slug>/wanneer-goed/", scale.goal_scale, name="goal_scale"),
    path("doelen/<slug:slug>/score/", scale.goal_score, name="goal_score"),
    path("doelen/<slug:slug>/terug/", goal.goal_history, name="goal_history"),
    path("doelen/<slug:slug>/waar-sta-ik/", goal.goal_standing, name="goal_standing"),
    path("doelen/<slug:slug>/schrijven/", goal.goal_write, name="goal_write"),
    path("doelen/<slug:slug>/veranderen/", goal.goal_edit, name="goal_edit"),
    path("doelen/<slug:slug>/beeld/", goal.goal_picture, name="goal_picture"),
    path("doelen/<slug:slug>/wie/", goal.goal_reach, name="goal_reach"),
    path("doelen/<slug:slug>/afronden/", goal.goal_close, name="goal_close"),
    path("doelen/<slug:slug>/stap/", goal.step_new, name="step_new"),
    path("stap/<slug:slug>/", goal.step, name="step"),
    path("aanbod/<int:pk>/", goal.help_answer, name="help_answer"),
    path("beeld/<slug:slug>/", goal.goal_image, name="goal_image"),
]
