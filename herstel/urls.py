"""All addresses: Dutch, short and neutral (ux.md §1.1)."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from herstel.needs import public
from herstel.views import demo, messages, offline, ops, pages, signing_in, waiting
from meetings.urls_member import formal, informal
from meetings.views import begin, feed
from meetings.views import meeting as meeting_views
from participants import data
from participants.beheer import URLS as BEHEER
from participants.own_words import own_words
from supportgroups.views import inviting

favicon = public("a picture")(RedirectView.as_view(url=settings.STATIC_URL + "img/favicon.svg"))

urlpatterns = [
    path("", signing_in.welcome, name="welcome"),
    path("favicon.ico", favicon),
    path("werker.js", offline.service_worker, name="service_worker"),
    path("zonder-internet/", offline.no_network, name="no_network"),
    path("inloggen/", signing_in.sign_in, name="sign_in"),
    # Names that allauth's own pages lead to.
    path("inloggen/", signing_in.sign_in, name="account_login"),
    path("inloggen/", signing_in.sign_in, name="account_signup"),
    path("uitloggen/", signing_in.sign_out, name="account_logout"),
    path("instellingen/inloggen/", pages.devices, name="account_email"),
    path("nog-een-keer/", signing_in.step_up, name="account_reauthenticate"),
    path("code/", signing_in.code, name="code"),
    path("code/opnieuw/", signing_in.code_again, name="code_again"),
    path("link/<str:token>/", signing_in.sign_in_link, name="sign_in_link"),
    path("uit/", signing_in.quick_exit, name="quick_exit"),
    path("uitloggen/", signing_in.sign_out, name="sign_out"),
    path("rol/", signing_in.side, name="side"),
    path("nog-een-keer/", signing_in.step_up, name="step_up"),
    path("nog-een-keer/verder/<slug:slug>/", waiting.go_on, name="go_on"),
    path("account/tweede-sleutel/", signing_in.second_factor, name="second_factor"),
    path("account/volgende-keer/", signing_in.passkey_offer, name="passkey_offer"),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("account/organisatie/", include("allauth.socialaccount.urls")),
    path("u/", inviting.invitation_find, name="invitation_find"),
    path("u/<str:token>/", inviting.invitation, name="invitation"),
    path("u/<str:token>/ja/", inviting.invitation_accept, name="invitation_accept"),
    path("u/<str:token>/nee/", inviting.invitation_decline, name="invitation_decline"),
    path("antwoord/<str:token>/", meeting_views.answer, name="answer"),
    path("antwoord/<str:token>/klaar/", meeting_views.answered, name="answered"),
    path("begin/", begin.begin, name="begin"),
    path("", include("participants.urls")),
    path("", include("supportgroups.urls")),
    path("", include("goals.urls")),
    path("", include("meetings.urls")),
    path("", include("research.urls")),
    path("ik-steun/", include((informal, "member"))),
    path("team/", include((formal, "team"))),
    path("beheer/", include(([path(route, view, name=name) for route, view, name in BEHEER], "beheer"))),
    path("hulp/", pages.help_page, name="help"),
    path("hulp/veilig/", pages.safe_use, name="safe_use"),
    path("instellingen/", pages.settings, name="settings"),
    path("instellingen/scherm/", pages.screen, name="screen"),
    path("instellingen/woorden/", own_words, name="own_words"),
    path("instellingen/meenemen/", data.take_along, name="take_along"),
    path("instellingen/meenemen/<slug:slug>/", data.fetch, name="fetch_copy"),
    path("instellingen/weggooien/", data.delete_all, name="delete_all"),
    path("instellingen/weggooien/bericht/", data.delete_tell, name="delete_tell"),
    path("instellingen/weggooien/zeker/", data.delete_sure, name="delete_sure"),
    path("weg/", data.delete_asked, name="delete_asked"),
    path("terug/", data.back_again, name="back_again"),
    path("instellingen/berichten/", messages.mails, name="mails"),
    path("instellingen/berichten/aan/", messages.push_on, name="push_on"),
    path("instellingen/berichten/uit/", messages.push_off, name="push_off"),
    path("instellingen/agenda/", feed.my_feed, name="my_feed"),
    path("kalender/<str:token>/kring.ics", feed.feed, name="feed"),
    path("berichten/uit/<str:token>/", messages.mails_off, name="mails_off"),
    path("instellingen/inloggen/", pages.devices, name="devices"),
    path("instellingen/inloggen/overal-uit/", pages.sign_out_everywhere, name="sign_out_everywhere"),
    path("taal/", pages.set_language, name="set_language"),
    path("demo/", demo.demo, name="demo"),
    path("demo/als/<slug:slug>/", demo.demo_as, name="demo_as"),
    path("health/live", ops.live, name="live"),
    path("health/ready", ops.ready, name="ready"),
    path("metrics", ops.figures, name="metrics"),
]
