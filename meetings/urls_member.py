"""The pages of who supports somebody: below /ik-steun/ for relatives, below /team/ for professionals."""

from django.urls import path

from meetings.views import member, member_goal, member_place, notes, roles, team

shared = [
    path("doel/<slug:slug>/", member_goal.goal, name="goal"),
    path("doel/<slug:slug>/helpen/", member_goal.goal_help, name="goal_help"),
    path("doel/<slug:slug>/bespreken/", member_goal.goal_discuss, name="goal_discuss"),
    path("doel/<slug:slug>/stap/", member_goal.goal_propose, name="goal_propose"),
    path("doel/<slug:slug>/score/", member_goal.goal_score, name="goal_score"),
    path("doel/<slug:slug>/gelezen/", member_goal.goal_read, name="goal_read"),
    path("bijeenkomst/<slug:slug>/", member.meeting, name="meeting"),
    path("bijeenkomst/<slug:slug>/hoe-was-het/", roles.felt, name="felt"),
    path("bijeenkomst/<slug:slug>/opschrijven/", notes.notes, name="notes"),
    path("verslag/<slug:slug>/", member.minutes, name="minutes"),
    path("beloofd/<slug:slug>/", member.promise, name="promise"),
]
informal = [
    path("", member.home, name="home"),
    path("beloofd/", member.promises, name="promises"),
    path("hulp/", member.self_care, name="self_care"),
    *shared,
    path("<slug:slug>/", member.person, name="person"),
    path("<slug:slug>/stoppen/", member_place.stop, name="stop"),
    path("<slug:slug>/even-niet/", member_place.take_break, name="take_break"),
    path("<slug:slug>/plan/", member_place.plan, name="plan"),
    path("<slug:slug>/verhaal/", member_place.story, name="story"),
    path("<slug:slug>/gesprek/", member_place.interview, name="interview"),
]
formal = [
    path("", team.today, name="today"),
    path("deelnemers/", team.participants, name="participants"),
    path("agenda/", team.agenda, name="agenda"),
    path("nieuws/", team.news, name="news"),
    path("beloftes/", member.promises, name="promises"),
    *shared,
    path("deelnemers/<slug:slug>/", member.person, name="person"),
    path("deelnemers/<slug:slug>/stoppen/", member_place.stop, name="stop"),
    path("deelnemers/<slug:slug>/even-niet/", member_place.take_break, name="take_break"),
    path("deelnemers/<slug:slug>/plan/", member_place.plan, name="plan"),
    path("deelnemers/<slug:slug>/verhaal/", member_place.story, name="story"),
    path("deelnemers/<slug:slug>/gesprek/", member_place.interview, name="interview"),
]
