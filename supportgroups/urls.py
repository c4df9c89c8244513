"""Mensen and Delen."""

from django.urls import path

from supportgroups.views import group, inviting, network, people, sharing, wellbeing

app_name = "supportgroups"
urlpatterns = [
    path("mensen/", people.person_list, name="person_list"),
    path("mensen/nieuw/", people.person_new, name="person_new"),
    path("mensen/nieuw/<slug:page>/", people.person_new, name="person_new"),
    path("mensen/bedenken/", network.think, name="think"),
    path("mensen/lijstje/", network.nominations, name="nominations"),
    path("mensen/papier/", network.map_paper, name="map_paper"),
    path("mensen/toen/", network.map_before, name="map_before"),
    path("mensen/toen/<int:pk>/", network.map_of, name="map_of"),
    path("mensen/groep/", group.group, name="group"),
    path("mensen/gesprekken/", group.interviews, name="interviews"),
    path("gesprek/<slug:slug>/", group.interview, name="interview"),
    path("mensen/<slug:slug>/", people.person, name="person"),
    path("mensen/<slug:slug>/plek/", network.person_move, name="person_move"),
    path("mensen/<slug:slug>/lijstje/", network.nomination, name="nomination"),
    path("mensen/<slug:slug>/invallen/", group.standing_in, name="stand_in"),
    path("mensen/<slug:slug>/veranderen/", people.person_edit, name="person_edit"),
    path("mensen/<slug:slug>/weghalen/", people.person_remove, name="person_remove"),
    path("mensen/<slug:slug>/meedoen/", people.person_join, name="person_join"),
    path("mensen/<slug:slug>/uitnodigen/", inviting.invite_flow, name="invite"),
    path("mensen/<slug:slug>/uitnodigen/<slug:page>/", inviting.invite_flow, name="invite"),
    path("mensen/<slug:slug>/uitgenodigd/", inviting.invited, name="invited"),
    path("mensen/<slug:slug>/kaartje/", inviting.invitation_card, name="invitation_card"),
    path("mensen/<slug:slug>/kaartje.svg", inviting.invitation_qr, name="invitation_qr"),
    path("mensen/<slug:slug>/opnieuw/", inviting.invitation_again, name="invitation_again"),
    path("mensen/<slug:slug>/laat-maar/", inviting.invitation_withdraw, name="invitation_withdraw"),
    path("mensen/<slug:slug>/zien/", sharing.share_with, name="share_with"),
    path("mensen/<slug:slug>/stoppen/", sharing.stop, name="stop"),
    path("mensen/<slug:slug>/gestopt/", sharing.stopped, name="stopped"),
    path("klopt-dit/<slug:slug>/", inviting.handshake, name="handshake"),
    path("delen/", sharing.sharing, name="sharing"),
    path("hoe-gaat-het/", wellbeing.how_are_you, name="how_are_you"),
    path("hoe-gaat-het/klaar/", wellbeing.how_kept, name="how_kept"),
    path("hoe-gaat-het/zwaar/", wellbeing.how_hard, name="how_hard"),
    path("hoe-gaat-het/terug/", wellbeing.look_back, name="look_back"),
    path("hoe-gaat-het/terug/<int:pk>/weg/", wellbeing.look_back_remove, name="look_back_remove"),
    path("hoe-gaat-het/wie-bellen/", wellbeing.hard_days, name="hard_days"),
    path("mensen/<slug:slug>/bellen/", wellbeing.person_phone, name="person_phone"),
    path("delen/pauze/", sharing.pause, name="pause"),
]
