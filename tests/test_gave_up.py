"""Work that was given up stands in nobody's way, says why in words, and can be tried once more by who keeps Kring."""

import contextlib
import errno
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from herstel import jobs, mail
from herstel.actor import acting_as
from herstel.models import Job, OutgoingMail
from herstel.tasks import JOB_TASKS
from participants.copies import ask_copy
from participants.models import Employment, Organisation, Participant
from research import exports
from research.actions import ask_export
from research.models import Cohort, Export
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


class Full(OSError):
    """The disk."""


class Kind(NamedTuple):
    """How a kind of job is asked, who reads how it went and where, and under which role it is done."""

    who: str
    ask: Callable[[Cast], Any]
    page: Callable[[Any], str]
    role: str


def a_version(cast: Cast) -> Export:
    """Of a cohort of which nothing is being made yet."""
    with role("herstel_maint"):
        cohort, _made = Cohort.objects.get_or_create(study=cast.study, number=2, defaults={"uuid": uuid4()})
    return ask_export(cohort=cohort, purpose="Vraag 1")


KINDS = {
    "export": Kind("researcher", a_version, lambda one: reverse("research:export", args=[one.slug]), "research"),
    "copy": Kind(
        "jan",
        lambda _: ask_copy(participant=Participant.objects.own().get()),
        lambda _: reverse("take_along"),
        "worker",
    ),
}
# Nobody asks for these; they follow from something else, and what waits for them is on a page of its own.
FOLLOW = {"publish", "removal"}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def disk(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A place for files that is full until somebody says otherwise."""
    told = {"full": True}
    settings.MEDIA_ROOT, settings.EXPORT_ROOT = str(tmp_path / "media"), tmp_path / "export"
    really = Path.mkdir

    def mkdir(self: Path, *args: Any, **kwargs: Any) -> None:
        if told["full"]:
            raise Full(errno.ENOSPC, "No space left on device", "/tmp/geheim")
        really(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    return told


def asked(cast: Cast, kind: str) -> Any:
    with acting_as(cast.users[KINDS[kind].who].pk):
        return KINDS[kind].ask(cast)


def work(kind: str, subject: int) -> None:
    """The task of this kind, by its name, as a worker does it."""
    module, name = JOB_TASKS[kind].rsplit(".", 1)
    with role(f"herstel_{KINDS[kind].role}"), contextlib.suppress(Full):
        getattr(import_module(module), name).run(subject)


def pass_the_pause(kind: str, subject: int) -> timedelta:
    """How long it would have waited."""
    with role("herstel_worker"):
        job = Job.objects.get(kind=kind, subject=subject)
        assert subject not in jobs.due(kind)
        assert job.lease_until is not None
        pause = job.lease_until - timezone.now()
        Job.objects.filter(pk=job.pk).update(lease_until=None)
    return pause


def given_up(cast: Cast, kind: str) -> Any:
    one = asked(cast, kind)
    for _ in range(jobs.MOST_ATTEMPTS - 1):
        work(kind, one.pk)
        pass_the_pause(kind, one.pk)
    work(kind, one.pk)
    assert Job.objects.get(kind=kind, subject=one.pk).state == Job.State.FAILED
    return one


def test_every_kind_of_job_is_tried_here() -> None:
    assert KINDS.keys() | FOLLOW == JOB_TASKS.keys()


def a_failed_job(cast: Cast, kind: str) -> tuple[Job, Export]:
    """Of a version that was released, and that the worker could not lay where it can be fetched."""
    with role("herstel_maint"):
        version = cast.exports["ready"]
        Export.objects.filter(pk=version.pk).update(
            state="released", released_at=timezone.now(), expires_at=timezone.now() + timedelta(days=7)
        )
        job = Job.objects.create(kind=kind, subject=version.pk, key=f"{kind}:{version.pk}", attempt=jobs.MOST_ATTEMPTS)
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, lease_until=None)
        job.refresh_from_db()
    with role("herstel_research"):
        jobs.release(job, Full(errno.ENOSPC, "No space left on device"))
    return job, version


@pytest.mark.parametrize("kind", sorted(FOLLOW))
def test_what_follows_is_tried_again_by_who_keeps_kring(cast: Cast, kind: str) -> None:
    job, _version = a_failed_job(cast, kind)
    assert Job.objects.get(pk=job.pk).state == Job.State.FAILED
    signed_in(cast.users["administrator"]).post(reverse("beheer:job_again", args=[job.pk]))
    with role("herstel_worker"):
        assert job.subject in jobs.due(kind)


def test_a_version_that_could_not_be_laid_ready_says_so(cast: Cast) -> None:
    _job, version = a_failed_job(cast, "publish")
    with role("herstel_maint"):
        mails = OutgoingMail.objects.filter(to_user=cast.users["researcher"], template="waiting", sent_at=None)
        assert mails.exists()
    page = signed_in(cast.users["researcher"]).get(reverse("research:export", args=[version.slug])).content.decode()
    assert "De schijf was vol." in page
    assert "Kijk over een minuut" not in page


@each_kind
def test_it_waits_longer_each_time(cast: Cast, kind: str, disk: Any) -> None:
    one = asked(cast, kind)
    pauses = []
    for _ in range(jobs.MOST_ATTEMPTS - 1):
        work(kind, one.pk)
        pauses.append(pass_the_pause(kind, one.pk))
    assert pauses == sorted(pauses)
    assert sum(pauses, timedelta()) > timedelta(hours=1)


@each_kind
def test_the_same_can_be_asked_again(cast: Cast, kind: str, disk: Any) -> None:
    first = given_up(cast, kind)
    second = asked(cast, kind)
    assert second.pk != first.pk
    assert Job.objects.get(kind=kind, subject=second.pk).state == Job.State.QUEUED


@each_kind
def test_whoever_asked_hears_of_it_and_reads_why(cast: Cast, kind: str, disk: Any) -> None:
    who = cast.users[KINDS[kind].who]
    one = given_up(cast, kind)
    with role("herstel_maint"):
        assert OutgoingMail.objects.filter(to_user=who, template="waiting", sent_at=None).exists()
    page = signed_in(who).get(KINDS[kind].page(one)).content.decode()
    assert "De schijf was vol." in page
    assert "geheim" not in page


@each_kind
def test_a_worker_that_died_each_time_is_no_other(cast: Cast, kind: str) -> None:
    one = asked(cast, kind)
    with role("herstel_worker"):
        for _ in range(jobs.MOST_ATTEMPTS):
            assert jobs.claim(kind, one.pk)
            Job.objects.filter(kind=kind, subject=one.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    with role(f"herstel_{KINDS[kind].role}"):
        assert jobs.claim(kind, one.pk) is None
    page = signed_in(cast.users[KINDS[kind].who]).get(KINDS[kind].page(one)).content.decode()
    assert "viel steeds uit" in page
    assert asked(cast, kind).pk != one.pk


@each_kind
def test_opnieuw_does_it(cast: Cast, kind: str, disk: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    one = given_up(cast, kind)
    keeper = signed_in(cast.users["administrator"])
    job = Job.objects.get(kind=kind, subject=one.pk)
    again = reverse("beheer:job_again", args=[job.pk])
    assert again in keeper.get(reverse("beheer:jobs")).content.decode()
    for _ in range(2):  # pressed twice is once
        assert keeper.post(again).status_code == 302
    disk["full"] = False
    monkeypatch.setattr(exports, "_write_zip", lambda *_: None)  # "too few people": this transaction is not seen there
    with role("herstel_worker"):
        assert one.pk in jobs.due(kind)
    work(kind, one.pk)
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE
    if kind == "export":
        with role("herstel_maint"):
            assert Export.objects.get(pk=one.pk).state == Export.State.REFUSED


def an_administrator_of_one_organisation(cast: Cast) -> Any:
    """Busy elsewhere: keeps the employments of one organisation, and nothing of Kring itself."""
    with role("herstel_maint"):
        home = Organisation.objects.exclude(kind="platform").order_by("pk")[0]
        Employment.objects.create(user=cast.users["otto"], organisation=home, function="administrator", name="Otto")
    return signed_in(cast.users["otto"])


@each_kind
def test_opnieuw_is_of_who_keeps_kring(cast: Cast, kind: str, disk: Any) -> None:
    one = given_up(cast, kind)
    again = reverse("beheer:job_again", args=[Job.objects.get(kind=kind, subject=one.pk).pk])
    local = an_administrator_of_one_organisation(cast)
    assert local.get(reverse("beheer:jobs")).status_code == 404
    for client in (local, *(signed_in(cast.users[name]) for name in ("jan", "ans", "mo", "researcher", "checker"))):
        assert client.post(again).status_code == 404
    assert Job.objects.get(kind=kind, subject=one.pk).state == Job.State.FAILED


@pytest.mark.parametrize("state", [Job.State.QUEUED, Job.State.RUNNING, Job.State.DONE])
def test_opnieuw_leaves_alone_what_did_not_fail(cast: Cast, state: str) -> None:
    with role("herstel_worker"):
        one = asked_job(cast)
        Job.objects.filter(pk=one.pk).update(state=state, attempt=3)
    signed_in(cast.users["administrator"]).post(reverse("beheer:job_again", args=[one.pk]))
    assert Job.objects.get(pk=one.pk).attempt == 3


def asked_job(cast: Cast) -> Job:
    with role("herstel_web"):
        copy = asked(cast, "copy")
    return Job.objects.get(kind="copy", subject=copy.pk)


def test_mails_that_were_given_up_go_once_more(cast: Cast) -> None:
    with role("herstel_maint"):
        OutgoingMail.objects.all().delete()
        jan = cast.users["jan"]
        for attempts, template in [(0, "waiting"), (0, "waiting"), (0, "code")]:
            OutgoingMail.objects.create(to_user=jan, template=template, attempts=attempts)
        first, second, code = OutgoingMail.objects.order_by("pk")
        OutgoingMail.objects.filter(pk=first.pk).update(attempts=mail.MOST_ATTEMPTS - 1)
        OutgoingMail.objects.exclude(pk=first.pk).update(attempts=mail.MOST_ATTEMPTS)
        assert mail.due() == [first.pk]
    local, keeper = an_administrator_of_one_organisation(cast), signed_in(cast.users["administrator"])
    again = reverse("beheer:mails_again")
    assert local.post(again).status_code == 404
    assert "2 mails lukten steeds niet" in keeper.get(reverse("beheer:jobs")).content.decode()
    keeper.post(again)
    keeper.post(again)
    with role("herstel_worker"):
        assert set(mail.due()) == {first.pk, second.pk}
    with role("herstel_maint"):
        assert not OutgoingMail.objects.filter(pk=code.pk).exists()
        assert OutgoingMail.objects.get(pk=first.pk).attempts == mail.MOST_ATTEMPTS - 1
