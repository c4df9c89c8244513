"""What was sent before the code: it waits, goes on once, and for nobody else."""

import re
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from herstel import widening
from herstel.models import Draft
from supportgroups.models import Membership, Share
from tests.abuse.codes import mailed
from tests.abuse.pages import Page
from tests.abuse.test_forms import body_of
from tests.abuse.test_step_up import CLOSING, OPENING, Step, does
from tests.abuse.visits import Visitor, filled
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


def stale(cast: Cast, who: str) -> Client:
    return signed_in(cast.users[who], crash=True, fresh=0)


def sends(client: Client, cast: Cast, step: Step, **more: Any) -> HttpResponseBase:
    data = {**step.data(cast), "form_token": str(uuid4()), **more}
    return client.post(step.url(cast), data)


def types_the_code(client: Client, asked: HttpResponseBase, address: str) -> HttpResponseBase:
    """From the answer of the form to the page after the code."""
    client.get(asked.headers["Location"])
    done = client.post(asked.headers["Location"], {"code": mailed(address)["code"]})
    assert done.status_code == 302
    return client.get(done.headers["Location"])


def goes_on(client: Client, page: HttpResponseBase) -> HttpResponseBase:
    form = next(form for form in Page(body_of(page)).forms if widening.FIELD in form.fields)
    return Visitor(Cast(), "", client).send(form.action, form, filled(form))


@pytest.mark.parametrize("what", OPENING)
def test_what_was_sent_is_done_after_the_code(cast: Cast, what: str) -> None:
    """Whatever opens: nothing has to be ticked or typed again."""
    step = OPENING[what]
    client = stale(cast, step.who)
    page = types_the_code(client, sends(client, cast, step), cast.user(step.who).email)
    assert not step.done(cast)
    answer = goes_on(client, page)
    assert answer.status_code == 302
    assert step.done(cast)
    with role("herstel_maint"):
        assert not Draft.objects.filter(flow=widening.FLOW).exists(), "what was kept stays behind"


@pytest.mark.parametrize("what", CLOSING)
def test_closing_waits_for_nothing(cast: Cast, what: str) -> None:
    does(cast, CLOSING[what], 0)
    with role("herstel_maint"):
        assert not Draft.objects.filter(flow=widening.FLOW).exists()


def waiting_page(cast: Cast, client: Client, what: str = "a share") -> str:
    asked = sends(client, cast, OPENING[what])
    (there,) = re.findall(r"next=([^&]+)", asked.headers["Location"])
    session = client.session
    session["fresh"] = time.time()
    session.save()
    return there.replace("%2F", "/")


def test_nothing_is_said_about_what_was_taken_back(cast: Cast) -> None:
    client = stale(cast, "jan")
    asked = sends(client, cast, OPENING["a share"])
    assert "messages" not in {name for name, cookie in asked.cookies.items() if cookie.value}


def test_it_goes_on_once(cast: Cast) -> None:
    """The button twice, and the page once more from the history."""
    client = stale(cast, "jan")
    page = client.get(waiting_page(cast, client))
    first, second = goes_on(client, page), goes_on(client, page)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    with role("herstel_maint"):
        assert Share.objects.filter(membership=cast.jan.members["willem"], category="minutes").count() == 1


def test_sending_twice_before_the_code_does_it_once(cast: Cast) -> None:
    client, token = stale(cast, "jan"), str(uuid4())
    for _tap in "12":
        asked = sends(client, cast, OPENING["a share"], form_token=token)
    page = types_the_code(client, asked, "jan@kring.example")
    assert goes_on(client, page).status_code == 302
    assert OPENING["a share"].done(cast)


@pytest.mark.parametrize("who", ["ans", "mo", "lotte", "anonymous"])
def test_nobody_else_reads_what_waits(cast: Cast, who: str) -> None:
    """Also not in the same browser: what waits is of the person."""
    jan = stale(cast, "jan")
    there = waiting_page(cast, jan)
    answer = signed_in(cast.users[who], crash=True).get(there)
    assert answer.status_code == 302
    assert "minutes" not in body_of(answer)


def test_what_waits_too_long_is_not_done(cast: Cast) -> None:
    jan = stale(cast, "jan")
    there = waiting_page(cast, jan)
    with role("herstel_maint"):
        Draft.objects.filter(flow=widening.FLOW).update(
            updated_at=timezone.now() - widening.WAITS - timedelta(minutes=1)
        )
    assert jan.get(there).headers["Location"] == reverse("side")


def test_it_waits_for_the_code_again(cast: Cast) -> None:
    """The address of the page alone does nothing, and the form that it would show is asked a code as well."""
    jan = stale(cast, "jan")
    there = waiting_page(cast, jan)
    page = jan.get(there)
    session = jan.session
    session["fresh"] = 0
    session.save()
    assert jan.get(there).headers["Location"].startswith(reverse("step_up"))
    assert goes_on(jan, page).headers["Location"].startswith(reverse("step_up"))
    assert not OPENING["a share"].done(cast)


def test_a_changed_world_is_checked_again(cast: Cast) -> None:
    """Willem's place ended meanwhile: what was ticked for him opens nothing."""
    jan = stale(cast, "jan")
    page = jan.get(waiting_page(cast, jan))
    with role("herstel_maint"):
        Membership.objects.filter(pk=cast.jan.members["willem"].pk).update(state=Membership.State.ENDED)
    assert goes_on(jan, page).status_code == 302
    assert not OPENING["a share"].done(cast)


def test_another_site_cannot_send_it(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    jan = stale(cast, "jan")
    page = jan.get(waiting_page(cast, jan))
    form = next(form for form in Page(body_of(page)).forms if widening.FIELD in form.fields)
    strict.cookies = jan.cookies
    values = {name: f.value for name, f in form.fields.items() if name != "csrfmiddlewaretoken"}
    assert strict.post(form.action, values).status_code == 403
    assert not OPENING["a share"].done(cast)


def test_what_cannot_wait_is_sent_again(cast: Cast) -> None:
    """A file, or more than a person types: the code is asked, and the page is there to fill in again."""
    jan, step = stale(cast, "jan"), OPENING["a share"]
    file = SimpleUploadedFile("x.txt", b"x")
    for more in ({"file": file}, {"words": "x" * (widening.MOST + 1)}):
        asked = sends(jan, cast, step, **more)
        assert asked.headers["Location"] == f"{reverse('step_up')}?next={step.url(cast).replace('/', '%2F')}"
    assert not step.done(cast)


def test_signs_that_no_text_holds_wait_as_well(cast: Cast) -> None:
    jan = stale(cast, "jan")
    asked = sends(jan, cast, OPENING["a share"], words='a\0b\ud800"><script>'.encode("utf-8", "surrogatepass"))
    page = types_the_code(jan, asked, "jan@kring.example")
    assert "<script>" not in body_of(page).replace("<script ", "")
    goes_on(jan, page)
    assert OPENING["a share"].done(cast)
