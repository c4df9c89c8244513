"""Dit klopt niet: asked of whoever keeps Kring, answered once, and nobody of the group notices."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from herstel.actor import acting_as
from herstel.models import AuditLine, OutgoingMail
from participants.concerns import answer_by
from participants.models import Concern
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(cast: Cast) -> AuditLine:
    """Ans read a goal; Jan's questions begin anew."""
    with role("herstel_maint"):
        Concern.objects.all().delete()
    goal = cast.jan.goals["goal-open"]
    signed_in(cast.users["ans"]).get(reverse("member:goal", args=[goal.slug]))
    with acting_as(cast.pk("jan")):
        return AuditLine.objects.own().filter(category="goals", membership=cast.jan.members["ans"].pk).latest("pk")


def test_asked_and_answered(cast: Cast, look: AuditLine) -> None:
    """What goes along is who, when and what kind of thing: no goal, no word of the record."""
    jan, administrator = signed_in(cast.users["jan"]), signed_in(cast.users["administrator"])
    page = jan.get(reverse("meetings:looked")).text
    url = reverse("meetings:not_right", args=[look.pk])
    assert page.count("Dit klopt niet") == page.count("/klopt-niet/") >= 1
    jan.post(url, {"words": "Dat was mijn telefoon"})
    with role("herstel_maint"):
        concern = Concern.objects.get()
    assert "Keek naar je doelen" in concern.about
    assert "jan-goal-open" not in concern.about
    assert "1 melding wacht op antwoord" in administrator.get(reverse("beheer:home")).text
    there = reverse("beheer:concern", args=[concern.slug])
    assert "Dat was mijn telefoon" in administrator.get(there).text
    administrator.post(there, {"answer": "Ans las het zelf, om 14.00 uur."})
    with role("herstel_maint"):
        assert [m.to_user_id for m in OutgoingMail.objects.filter(template="waiting")] == [cast.pk("jan")]
    assert "Ans las het zelf" in jan.get(reverse("meetings:looked")).text
    assert "Ans las het zelf" in administrator.post(there, {"answer": "Anders"}).text
    assert "Anders" not in jan.get(reverse("meetings:looked")).text
    # Who looked, under the name that Jan gave her, because Jan sent it; nothing else of him.
    assert cast.leaked("administrator", administrator.get(there).text) == {"jan-p-ans"}


def test_nobody_of_the_group_notices(cast: Cast, look: AuditLine) -> None:
    ans = signed_in(cast.users["ans"])
    place = reverse("member:person", args=[cast.jan.members["ans"].slug])
    before = ans.get(place).text
    signed_in(cast.users["jan"]).post(reverse("meetings:not_right", args=[look.pk]), {"words": ""})
    assert len(ans.get(place).text) == len(before)
    with role("herstel_maint"):
        assert Concern.objects.count() == 1
        assert not OutgoingMail.objects.exists()


def test_asking_again_while_it_waits_is_asking_once(cast: Cast, look: AuditLine) -> None:
    for _ in range(3):
        signed_in(cast.users["jan"]).post(reverse("meetings:not_right", args=[look.pk]), {"words": "x"})
    with role("herstel_maint"):
        assert Concern.objects.count() == 1


def test_who_keeps_an_organisation_alone_reads_none(cast: Cast, look: AuditLine) -> None:
    """An administrator of VNN manages people of VNN; what participants write is for who keeps Kring."""
    from participants.models import Employment

    signed_in(cast.users["jan"]).post(reverse("meetings:not_right", args=[look.pk]), {"words": "x"})
    with role("herstel_maint"):
        concern = Concern.objects.get()
        Employment.objects.create(
            user=cast.user("noor"), organisation=cast.organisations["vnn"], function="administrator", name="x"
        )
    noor = signed_in(cast.users["noor"])
    assert noor.get(reverse("beheer:home")).status_code == 200
    assert concern.about not in noor.get(reverse("beheer:concerns")).text
    assert noor.get(reverse("beheer:concern", args=[concern.slug])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "until"),
    [(datetime(2026, 11, 20, 12, tzinfo=UTC), "2026-11-27"), (datetime(2026, 11, 22, 12, tzinfo=UTC), "2026-11-27")],
)
def test_five_working_days(asked: datetime, until: str) -> None:
    assert answer_by(Concern(asked_at=asked)).isoformat() == until


# --- presets of sharing ---------------------------------------------------------------------------------------------
TICKED = {
    "agenda": {"agenda", "whole_agenda"},
    "doelen": {"agenda", "whole_agenda", "goals"},
    "alles": {"agenda", "whole_agenda", "goals", "story", "minutes", "wellbeing", "people", "plan"},
    "niets": set(),
}


@pytest.mark.parametrize("name", TICKED)
def test_a_preset_ticks_and_saves_nothing(cast: Cast, name: str, contexts: None) -> None:
    from supportgroups.actions import sharing_of

    membership = cast.jan.members["mo"]
    with acting_as(cast.pk("jan")):
        before = sharing_of(membership)
    url = reverse("supportgroups:share_with", args=[cast.jan.people["mo"].slug])
    answer: Any = signed_in(cast.users["jan"], fresh=0).post(url, {"vooraf": name})
    assert "Dit is nog niet bewaard" in answer.text
    form = answer.context["form"]
    ticked = {field for field in form.fields if field != "until" and form[field].value()}
    assert ticked == TICKED[name] & set(form.fields)
    with acting_as(cast.pk("jan")):
        assert sharing_of(membership) == before
