"""Where row-level security surprises (security.md §3.5), each on our own tables."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from goals.models import Goal, Progress, Reply, Step
from herstel.actor import acting_as, preview_as
from herstel.audit import noting, unnoted
from herstel.middleware import act
from herstel.models import AuditLine, User
from meetings.models import Answer, DateVote, Meeting, MeetingExperience
from participants.models import Employment, Participant
from supportgroups.models import Audience, Membership, Share
from tests.cast import Cast
from tests.harness import another, role, signed_in

REFUSED = "row-level security"
committed = pytest.mark.django_db(transaction=True)


def words_seen(cast: Cast, name: str, owner: str = "jan") -> set[str]:
    with acting_as(cast.pk(name)):
        return {g.words for g in Goal.objects.visible() if g.participant_id == cast.records[owner].participant.pk}


def goals_of_jan(second: psycopg.Connection, cast: Cast) -> int:
    query = "select count(*) from goals_goal where participant_id = %s"
    row = second.execute(query, [cast.jan.participant.pk]).fetchone()
    assert row is not None
    return int(row[0])


# --- revoking -------------------------------------------------------------------------------------------------------
@committed
@pytest.mark.parametrize("how", ["share", "membership", "close", "employment"])
def test_revoking_counts_at_the_next_statement(cast: Cast, how: str) -> None:
    """Mo's page is half way; Jan, or his organisation, takes it back; the next query of the same page shows nothing."""
    with another("web", actor=cast.pk("mo")) as mo:
        assert goals_of_jan(mo, cast) == 2
        with transaction.atomic(), acting_as(cast.pk("jan")):
            if how == "share":
                cast.jan.shares["mo", "goals"].delete()
            elif how == "membership":
                Membership.objects.own().filter(pk=cast.jan.members["mo"].pk).update(state="ended")
            elif how == "close":
                Participant.objects.own().update(paused_at=timezone.now())
        if how == "employment":
            with acting_as(cast.pk("administrator")):
                assert Employment.objects.filter(pk=cast.employments["mo"].pk).update(ended_at=timezone.now()) == 1
        assert goals_of_jan(mo, cast) == 0


def test_closing_everything_ends_at_its_hour(cast: Cast) -> None:
    with role("herstel_maint"):
        Participant.objects.filter(pk=cast.jan.participant.pk).update(
            paused_at=timezone.now() - timedelta(days=2), paused_until=timezone.now() - timedelta(days=1)
        )
    assert words_seen(cast, "mo")


# --- other people's rows --------------------------------------------------------------------------------------------
def test_saving_an_unseen_row_writes_nothing(cast: Cast) -> None:
    """Django's save() inserts when the update hit no row; the key that stands there stops it."""
    jans = cast.jan.goals["goal-open"]
    with acting_as(cast.pk("lotte")):
        stolen = Goal(pk=jans.pk, participant=cast.records["lotte"].participant, words="stolen")
        with pytest.raises(IntegrityError), transaction.atomic():
            stolen.save()
        with pytest.raises(DatabaseError), transaction.atomic():
            stolen.save(force_update=True)
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            Goal.objects.create(participant=cast.jan.participant, words="for Jan")
        assert Goal.objects.filter(pk=jans.pk).update(words="x") == 0


def test_a_row_that_one_only_sees_is_not_changed_or_locked(cast: Cast) -> None:
    with acting_as(cast.pk("ans")):
        goal = Goal.objects.visible().get(pk=cast.jan.goals["goal-open"].pk)
        assert Goal.objects.filter(pk=goal.pk).update(words="x") == 0
        assert Goal.objects.filter(pk=goal.pk).delete()[0] == 0
        assert not Goal.objects.select_for_update().filter(pk=goal.pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            goal.save(update_fields=["words"])


@pytest.mark.parametrize("link", ["progress", "step", "answer", "audience", "share", "experience"])
def test_a_foreign_key_does_not_reach_into_another_record(cast: Cast, link: str) -> None:
    """Foreign keys do not ask policies: the composite ones say that parent and child have the same owner."""
    lotte, me, jan = cast.records["lotte"].participant, cast.pk("lotte"), cast.jan
    rows = {
        "progress": Progress(participant=lotte, goal=jan.goals["goal-open"], by_id=me),
        "step": Step(participant=lotte, goal=lotte_goal(cast), words="x", helper=jan.members["ans"], by_id=me),
        "answer": Answer(participant=lotte, meeting=lotte_meeting(cast), membership=jan.members["ans"], called="x"),
        "audience": Audience(participant=lotte, category="goals", row=1, membership=jan.members["ans"]),
        "share": Share(participant=lotte, membership=jan.members["willem"], category="goals"),
        "experience": MeetingExperience(participant=lotte, meeting=jan.meetings["meeting-fixed"], by_id=me, words="x"),
    }
    with acting_as(me), pytest.raises(IntegrityError):
        save_for_good(rows[link])


def save_for_good(row: Model) -> None:
    """With the checks that a commit would do."""
    with transaction.atomic():
        row.save()
        connection.check_constraints()


def lotte_goal(cast: Cast) -> Goal:
    return cast.records["lotte"].goals["goal-open"]


def lotte_meeting(cast: Cast) -> Meeting:
    return cast.records["lotte"].meetings["meeting-held"]


def test_a_vote_is_for_a_day_of_its_own_meeting(cast: Cast) -> None:
    ans = cast.jan.members["ans"]
    vote = DateVote(
        participant=cast.jan.participant,
        meeting=cast.jan.meetings["meeting-fixed"],
        option=cast.jan.options[1],  # of the proposed one
        membership=ans,
    )
    with acting_as(cast.pk("ans")), pytest.raises(IntegrityError):
        save_for_good(vote)


def test_choosing_anothers_row_for_oneself_opens_nothing(cast: Cast) -> None:
    """Lotte chooses Jan's goal for her own member Mo, who also shares goals with him: Mo sees no more than before."""
    before = words_seen(cast, "mo")
    with acting_as(cast.pk("lotte")):
        for goal in cast.jan.goals.values():
            Audience.objects.create(
                participant=cast.records["lotte"].participant,
                category="goals",
                row=goal.pk,
                membership=cast.records["lotte"].members["mo"],
            )
    assert words_seen(cast, "mo") == before


def test_throwing_away_takes_along_what_one_cannot_see(cast: Cast) -> None:
    """DB_CASCADE deletes in the database: what a member felt about a meeting goes with the meeting."""
    held = cast.jan.meetings["meeting-held"]
    with acting_as(cast.pk("jan")):
        Meeting.objects.own().filter(pk=held.pk).delete()
        connection.check_constraints()
    with role("herstel_maint"):
        assert not MeetingExperience.objects.filter(meeting_id=held.pk).exists()


# --- members write little -------------------------------------------------------------------------------------------
def test_a_member_grants_itself_nothing(cast: Cast) -> None:
    willem, jan = cast.jan.members["willem"], cast.jan.participant
    with acting_as(cast.pk("willem")):
        for row in (
            Share(participant=jan, membership=willem, category="goals"),
            Audience(participant=jan, membership=willem, category="goals", row=1),
            Membership(participant=jan, person=cast.jan.people["dog"], user=cast.user("willem"), kind="informal"),
        ):
            with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
                row.save(force_insert=True)
        assert Share.objects.filter(membership=willem).update(scope="all", level=3, until=None) == 0
        assert Share.objects.filter(membership=willem).delete()[0] == 0


@pytest.mark.parametrize("name", ["piet", "fatima", "willem"])
def test_a_member_does_not_change_the_own_place(cast: Cast, name: str) -> None:
    with acting_as(cast.pk(name)):
        mine = Membership.objects.visible().filter(user=cast.pk(name), participant=cast.jan.participant)
        assert mine.count() == 1
        assert mine.update(state="active", ends_at=None, confirmed_at=timezone.now()) == 0
        assert mine.delete()[0] == 0


def test_a_member_answers_and_cannot_answer_under_another_name(cast: Cast) -> None:
    answer = cast.jan.answers["ans"]
    with acting_as(cast.pk("ans")):
        assert Answer.objects.filter(pk=answer.pk).update(coming="yes", answered_at=timezone.now()) == 1
        assert Answer.objects.filter(pk=cast.jan.answers["willem"].pk).update(coming="no") == 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Answer.objects.filter(pk=answer.pk).update(called="Willem")
        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.filter(pk=answer.pk).update(coming="zzz")


def test_a_reply_is_accepted_by_the_participant_only(cast: Cast) -> None:
    reply = cast.jan.replies["ans"]
    with acting_as(cast.pk("ans")):
        assert Reply.objects.filter(pk=reply.pk).update(accepted=True) == 0
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            Reply.objects.create(
                participant=cast.jan.participant,
                goal=cast.jan.goals["goal-open"],
                membership=cast.jan.members["ans"],
                called="x",
                kind="help",
                accepted=True,
            )


def test_contributions_are_ones_own(cast: Cast) -> None:
    """Mo may contribute to goals: adds a step, changes that one, and nothing of Jan's; deleting stays with Jan."""
    goal, mo = cast.jan.goals["goal-open"], cast.pk("mo")
    with acting_as(mo):
        step = Step.objects.create(participant=cast.jan.participant, goal=goal, words="x", by_id=mo)
        assert Step.objects.filter(pk=step.pk).update(words="y") == 1
        assert Step.objects.filter(pk=cast.jan.steps["own"].pk).update(words="y") == 0
        assert Step.objects.filter(pk=step.pk).delete()[0] == 0
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            Step.objects.create(participant=cast.jan.participant, goal=goal, words="x", by_id=cast.pk("jan"))
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            Step.objects.filter(pk=step.pk).update(goal=cast.jan.goals["goal-none"])
    with acting_as(cast.pk("ans")), pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
        Step.objects.create(participant=cast.jan.participant, goal=goal, words="x", by_id=cast.pk("ans"))


def test_a_new_participant_reads_the_own_row_back(db: None) -> None:
    with role("herstel_maint"):
        user = User.objects.create(email="new@kring.example")
    with acting_as(user.pk):
        made = Participant.objects.create(user=user, called="Nieuw")
        assert Participant.objects.visible().get() == made
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            Participant.objects.create(user_id=user.pk + 100_000, called="Een ander")


# --- for whom -------------------------------------------------------------------------------------------------------
def test_without_an_actor_there_is_nothing(cast: Cast) -> None:
    assert not Goal.objects.exists()
    with acting_as(None):
        assert not Goal.objects.exists()
        assert not Participant.objects.exists()
        assert not Membership.objects.exists()


def test_the_actor_is_put_back(cast: Cast) -> None:
    """SET LOCAL outlives a released savepoint: a nested actor would stay."""
    with acting_as(cast.pk("jan")):
        assert Goal.objects.count() == 4
        with acting_as(cast.pk("els")):
            assert Goal.objects.filter(participant=cast.jan.participant).count() == 0
        assert Goal.objects.count() == 4
        with pytest.raises(ZeroDivisionError), acting_as(cast.pk("els")):
            _ = 1 / 0
        assert Goal.objects.count() == 4
        with pytest.raises(IntegrityError), transaction.atomic(), acting_as(cast.pk("els")):
            Participant.objects.create(user=cast.user("els"), called="nog een keer")
        assert Goal.objects.count() == 4
    assert Goal.objects.count() == 0


@committed
def test_the_actor_does_not_outlive_the_transaction(cast: Cast) -> None:
    with acting_as(cast.pk("jan")):
        assert Goal.objects.count() == 4
    assert Goal.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.actor', '1', true)")  # outside a transaction: for this statement only
        cursor.execute("select authz.actor()")
        assert cursor.fetchone() == (None,)


# --- the log --------------------------------------------------------------------------------------------------------
def looks() -> set[tuple[str, int]]:
    with role("herstel_maint"):
        return set(AuditLine.objects.filter(event="read").values_list("category", "actor"))


def test_a_look_writes_one_line_and_ones_own_none(cast: Cast) -> None:
    with acting_as(cast.pk("mo")), noting():
        assert len(Goal.objects.visible().filter(participant=cast.jan.participant)) == 2
        assert list(Step.objects.visible().filter(goal=cast.jan.goals["goal-open"]))
    with acting_as(cast.pk("jan")), noting():
        assert list(Goal.objects.visible())
    assert looks() == {("goals", cast.pk("mo"))}
    with acting_as(cast.pk("jan")):
        line = AuditLine.objects.visible().get(event="read")
        assert (line.n, line.side, line.organisation, line.membership) == (
            3,
            "formal",
            "VNN",
            cast.jan.members["mo"].pk,
        )


@pytest.mark.parametrize("how", ["values", "values_list", "only", "iterator", "in_bulk", "related", "prefetch"])
def test_no_way_of_reading_leaves_no_line(cast: Cast, how: str) -> None:
    """Each either writes the line or is refused."""
    theirs = Goal.objects.visible().filter(participant=cast.jan.participant)
    ways = {
        "values": lambda: list(theirs.values("words")),
        "values_list": lambda: list(theirs.values_list("words")),
        "only": lambda: [g.words for g in theirs.only("words")],
        "iterator": lambda: [g.words for g in theirs.iterator(chunk_size=1)],
        "in_bulk": lambda: theirs.in_bulk(),
        "related": lambda: [s.goal.words for s in Step.objects.visible().select_related("goal")],
        "prefetch": lambda: [list(g.steps.all()) for g in theirs.prefetch_related("steps")],
    }
    with acting_as(cast.pk("mo")):
        try:
            with noting():
                assert ways[how]()
        except (RuntimeError, KeyError):
            return
    assert ("goals", cast.pk("mo")) in looks()


def test_nobody_of_the_web_changes_the_log(cast: Cast) -> None:
    with acting_as(cast.pk("mo")), noting():
        assert list(Goal.objects.visible().filter(participant=cast.jan.participant))
    for name in ("mo", "jan", "administrator"):
        for statement in (
            "update herstel_auditline set actor = null",
            "delete from herstel_auditline",
            "truncate herstel_auditline",
            f"insert into herstel_auditline (at, participant_id, event) values (now(), {cast.jan.participant.pk}, 'x')",
        ):
            with (
                acting_as(cast.pk(name)),
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
    assert looks()


def test_a_page_that_fails_keeps_its_answer_and_leaves_nothing(cast: Cast) -> None:
    """A 5xx rolls back; writing the looks afterwards would break on the broken transaction and hide the real page."""

    def fails(request: HttpRequest) -> HttpResponse:
        list(Goal.objects.visible())
        return HttpResponse("broken", status=503)

    assert answer_to(fails, cast.user("mo")).content == b"broken"
    assert not looks()


def test_a_refusal_keeps_its_line(cast: Cast) -> None:
    def refuses(request: HttpRequest) -> HttpResponse:
        list(Goal.objects.visible().filter(participant=cast.jan.participant))
        return HttpResponse(status=404)

    assert answer_to(refuses, cast.user("mo")).status_code == 404
    assert looks() == {("goals", cast.pk("mo"))}


def answer_to(view: object, user: User) -> HttpResponse:
    request = RequestFactory().get("/")
    request.user, request.session = user, signed_in(user).session  # type: ignore[assignment]
    answer: HttpResponse = act(view)(request)  # type: ignore[arg-type]
    return answer


# --- previews -------------------------------------------------------------------------------------------------------
def test_a_preview_shows_what_that_member_sees_and_is_taken_back(cast: Cast) -> None:
    for name in ("ans", "willem", "mo", "sara", "piet", "otto", "els"):
        expected = words_seen(cast, name)
        with acting_as(cast.pk("jan")):
            with preview_as(cast.jan.members[name].pk), unnoted():
                assert {g.words for g in Goal.objects.visible()} == expected, name
            assert Goal.objects.count() == 4
    assert not looks()


def test_a_preview_may_open_what_is_not_saved_yet(cast: Cast) -> None:
    willem = cast.jan.members["willem"]
    with acting_as(cast.pk("jan")):
        with transaction.atomic():
            Share.objects.create(participant=cast.jan.participant, membership=willem, category="goals", scope="all")
            with preview_as(willem.pk):
                assert [g.words for g in Goal.objects.visible()] == ["CANARY[jan-goal-all]"]
            transaction.set_rollback(True)
        assert not Share.objects.filter(membership=willem, category="goals").exists()


def test_a_preview_never_shows_that_members_other_participants(cast: Cast) -> None:
    """Mo is also Lotte's; Jan looks through Mo's eyes and sees his own record only."""
    with acting_as(cast.pk("jan")), preview_as(cast.jan.members["mo"].pk):
        for model in (Goal, Meeting, Participant, Membership, Share):
            owners = {getattr(row, "participant_id", row.pk) for row in model.objects.visible()}
            assert owners == {cast.jan.participant.pk}, model


def test_a_preview_through_somebody_elses_member_shows_nothing(cast: Cast) -> None:
    with acting_as(cast.pk("lotte")), preview_as(cast.jan.members["mo"].pk):
        assert not Goal.objects.exists()
        assert not Participant.objects.exists()


def test_a_preview_works_for_somebody_without_an_account(cast: Cast) -> None:
    with role("herstel_maint"):
        Membership.objects.filter(pk=cast.jan.members["ans"].pk).update(user=None)
    with acting_as(cast.pk("jan")), preview_as(cast.jan.members["ans"].pk):
        assert {g.words for g in Goal.objects.visible()} == {"CANARY[jan-goal-open]"}


# --- roles ----------------------------------------------------------------------------------------------------------
@committed
@pytest.mark.parametrize("name", ["web", "worker", "research"])
def test_a_serving_role_becomes_nobody_else_and_changes_no_table(cast: Cast, name: str) -> None:
    statements = [f"set role herstel_{other}" for other in ("maint", "owner", "authz", "doors", "backup")]
    statements += [
        "set role postgres",
        "truncate goals_goal",
        "create table x (i int)",
        "alter table goals_goal disable row level security",
        "drop policy see on goals_goal",
        "create function public.f() returns int language sql as 'select 1'",
        "create or replace function authz.own() returns bigint language sql as 'select 1'",
        "set session authorization postgres",
        "copy goals_goal to program 'true'",
    ]
    for statement in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), another(name) as second:
            second.execute(statement)  # type: ignore[call-overload]


@committed
def test_turning_row_security_off_shows_no_more(cast: Cast) -> None:
    with another("web", actor=cast.pk("willem")) as second:
        second.execute("set row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            second.execute("select * from goals_goal")


@committed
def test_the_owner_does_not_get_a_silent_subset(cast: Cast) -> None:
    for statement in ("select count(*) from goals_goal", "update goals_goal set words = upper(words)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=REFUSED), another("owner") as second:
            second.execute(statement)  # type: ignore[call-overload]
    with another("owner") as second:
        second.execute("set local role herstel_maint")
        assert goals_of_jan(second, cast) == 4


@committed
def test_the_worker_sees_nobody_by_itself(cast: Cast) -> None:
    with another("worker") as second:
        assert goals_of_jan(second, cast) == 0
    with another("worker", actor=cast.pk("jan")) as second:
        assert goals_of_jan(second, cast) == 4


def test_a_loud_function_does_not_jump_the_policy(cast: Cast) -> None:
    """A cheap function that shouts every value gets only the rows that one may see."""
    shouted: list[str] = []
    shout = """create function public.shout(t text) returns boolean language plpgsql cost 0.0000001
               as $$ begin raise notice '%', t; return true; end $$;
               grant execute on function public.shout to herstel_web"""
    with role("herstel_owner"), connection.cursor() as cursor:
        cursor.execute(shout)
    connection.connection.add_notice_handler(lambda notice: shouted.append(notice.message_primary or ""))
    with acting_as(cast.pk("ans")), connection.cursor() as cursor:
        query = "select count(*) from goals_goal where public.shout(words) and participant_id = %s"
        cursor.execute(query, [cast.jan.participant.pk])
    assert {text for text in shouted if "jan-" in text} == {"CANARY[jan-goal-open]"}
