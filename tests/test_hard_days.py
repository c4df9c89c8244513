"""The plan for hard days: two tabs, and what was agreed."""

import pytest
from django.urls import reverse

from participants.models import PlanSection
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
EMPTY = {"words": "", "i_do": "", "mine_do": "", "workers_do": "", "version": "0"}


def test_two_tabs_that_begin_one_part_lose_nothing(cast: Cast) -> None:
    """Both opened an empty page; the second sees both texts and chooses."""
    jan = signed_in(cast.users["jan"], crash=True)
    url = reverse("supportgroups:plan_part", args=["green"])
    first, second = {**EMPTY, "words": "Ik slaap goed"}, {**EMPTY, "words": "Ik kook zelf"}
    assert 'name="version" value="0"' in jan.get(url).text
    assert jan.post(url, first).status_code == 302
    answer = jan.post(url, second)
    assert answer.status_code == 409
    assert "Ik slaap goed" in answer.text
    assert "Ik kook zelf" in answer.text
    with role("herstel_maint"):
        kept = PlanSection.objects.get(participant=cast.jan.participant, part="green")
    assert kept.words == "Ik slaap goed"
    assert jan.post(url, {**second, "version": str(kept.version)}).status_code == 302
