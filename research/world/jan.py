"""Jan, as the mock-ups show him: five people in his group, three goals, a meeting the day after tomorrow."""

from dataclasses import dataclass

from goals.actions import add_step, answer_offer, finish_step, reply_to, say_where, set_goal
from goals.models import Goal, Reply
from herstel.access import Category
from herstel.actor import acting_as
from herstel.models import User
from meetings.actions import Agreed, Plan, Report, answer_meeting, close_promise, plan_meeting, write_minutes
from meetings.models import Meeting, Minutes, Promise
from participants.actions import check_in
from participants.models import Participant, PlanSection
from participants.plans import CARD, begin_card, keep_card, keep_part
from research.actions import give_consent
from research.world.house import House
from research.world.scenes import (
    Known,
    ask,
    at,
    begin,
    bring_in,
    coming_sunday,
    day,
    look_at,
    put,
    scene,
    this_week,
)
from supportgroups.actions import choose_audience, keep_interview, move_phase
from supportgroups.models import Membership, Person, SupportGroup
from supportgroups.network import keep_number, nominate
from supportgroups.stories import tell

PROFESSIONAL, PEER = Person.Kind.PROFESSIONAL, Person.Kind.PEER
CLOSEST, CLOSE, FARTHER = Person.Ring.CLOSEST, Person.Ring.CLOSE, Person.Ring.FARTHER
ASIDE = (
    Known("Boef", "mijn hond", Person.Kind.PET, CLOSEST),
    Known("Ma", "mijn moeder", ring=FARTHER, died=True),
    Known("Bram", "vriend", ring=FARTHER),
    Known("Kees", "kringloop", ring=FARTHER),
)


@dataclass
class Jan:
    """What the scenes of Jan's story hand on to each other."""

    house: House
    user: User
    record: Participant
    members: dict[str, Membership]

    def all(self, *names: str) -> list[Membership]:
        return [self.members[name] for name in names]


def tell_jan(house: House) -> None:
    jan = _gather(house)
    bicycle, _head = _first_goals(jan)
    _cycling(jan, bicycle)
    _first_meeting(jan, bicycle)
    with scene(at(-23, 11)), acting_as(jan.user.pk):
        give_consent(participant=jan.record, study=house.study, text_version=house.study.text_version)
    with scene(at(-12, 15)):
        _hands(jan)
    _next_meeting(jan, bicycle)
    _talks(jan)
    _own_story(jan)
    _hard_days(jan)
    with scene(at(-2, 19)):
        ask(
            jan.record,
            Known("Fatima", "WIJ-team", PROFESSIONAL, FARTHER),
            "Wil jij meedenken over mijn huis?",
            {"agenda"},
        )
    _last_days(jan, bicycle)


def _own_story(jan: Jan) -> None:
    """Told once; Sara reads who he is, and Ans and Sara what helps him."""
    with scene(at(-90, 20)), acting_as(jan.user.pk):
        me = tell(
            participant=jan.record,
            title="Dit ben ik",
            words="Ik ben Jan. Ik hou van fietsen, van mijn hond en van stilte. Ik was tien jaar kok.",
            image=None,
            sound=None,
        )
        helps = tell(
            participant=jan.record,
            title="Wat mij helpt",
            words="Zeg gewoon wat je ziet. Ga naast me zitten. Vraag niet waarom.",
            image=None,
            sound=None,
        )
        for part, names in ((me, ["Sara"]), (helps, ["Ans", "Sara"])):
            members = jan.all(*names)
            choose_audience(participant=jan.record, category=Category.STORY, row=part.pk, memberships=members)


def _hard_days(jan: Jan) -> None:
    """A plan that is half finished, one part of it shared, and the card that goes with it."""
    parts = {
        PlanSection.Part.ORANGE: {
            "words": "Ik slaap slecht. Ik zeg afspraken af.",
            "i_do": "Wandelen met Boef. Ans bellen.",
            "mine_do": "Vraag of je mag komen. Kook iets.",
        },
        PlanSection.Part.RED: {
            "words": "Ik praat niet meer. Ik eet niet.",
            "mine_do": "Blijf rustig. Ga naast me zitten. Zeg dat je blijft.",
        },
        PlanSection.Part.NOT: {"words": "Niet vastpakken. Niet met vier mensen tegelijk."},
        PlanSection.Part.PRACTICAL: {"words": "Boef moet drie keer per dag naar buiten. Willem heeft een sleutel."},
    }
    with scene(at(-60, 15)), acting_as(jan.user.pk):
        for part, texts in parts.items():
            section = PlanSection(participant=jan.record, part=part, version=0)
            keep_part(section=section, version=0, texts=texts)
            if part == PlanSection.Part.ORANGE:
                readers = jan.all("Ans", "Sara")
                choose_audience(participant=jan.record, category=Category.PLAN, row=section.pk, memberships=readers)
        card = begin_card(participant=jan.record, call="Ans 06 12 34 56 78")
        keep_card(card=card, version=0, texts={name: getattr(card, name) for name in CARD})


def _talks(jan: Jan) -> None:
    """What they told each other beforehand, whom Jan may call, and whom he may ask one day."""
    with scene(at(-160, 16)), acting_as(jan.user.pk):
        group = SupportGroup.objects.own().get()
        for phase in (SupportGroup.Phase.PREPARATION, SupportGroup.Phase.INVESTMENT):
            move_phase(group=group, to=phase)
        keep_interview(
            membership=jan.members["Ans"],
            held=True,
            can="Samen fietsen. Bellen op zondag.",
            cannot="Geld lenen. ’s Nachts bellen.",
        )
        keep_interview(membership=jan.members["Sara"], skipped=True, skipped_because="Wij kennen elkaar al lang.")
        for phase in (SupportGroup.Phase.PLANNING, SupportGroup.Phase.ACTIVE):
            move_phase(group=group, to=phase)
        keep_number(person=jan.members["Ans"].person, phone="06 12 34 56 78", when_hard=True)
        nominate(person=Person.objects.own().get(called="Bram"), why="Bram belde me vroeger elke week.")


def _gather(house: House) -> Jan:
    """The map, and five people who said yes."""
    user, users, work = house.users["deelnemer"], house.users, house.organisations
    with scene(at(-180, 14)):
        record = begin(user, "Jan")
        for known in ASIDE:
            put(record, known)
    with scene(at(-170, 11)):
        members = {
            "Ans": bring_in(record, Known("Ans", "zus", ring=CLOSEST), users["zus"], sees={"agenda", "minutes"}),
            "Willem": bring_in(
                record,
                Known("Willem", "buurman"),
                users["buurman"],
                message="Jij kijkt vaak even of het goed gaat. Ik zou het fijn vinden als je erbij komt.",
                sees={"agenda"},
            ),
            "Henk": bring_in(
                record, Known("Henk", "zelfhulpgroep", PEER), house.account("henk@voorbeeld.nl"), sees={"agenda"}
            ),
            "Mo": bring_in(
                record,
                Known("Mo", "VNN", PROFESSIONAL),
                users["vnn"],
                sees={"agenda", "minutes", "people"},
                organisation=work["VNN"],
            ),
            "Sara": bring_in(
                record,
                Known("Sara", "Lentis", PROFESSIONAL),
                users["lentis"],
                sees={"agenda"},
                organisation=work["Lentis"],
            ),
        }
    return Jan(house, user, record, members)


# --- goals ----------------------------------------------------------------------------------------------------------
def _first_goals(jan: Jan) -> tuple[Goal, Goal]:
    with scene(at(-150, 16)), acting_as(jan.user.pk):
        bicycle, _opened = set_goal(
            participant=jan.record,
            by=jan.user,
            words="Weer naar mijn zus fietsen",
            why="Ans woont 4 kilometer verderop. Ik wil weer zelf kunnen gaan, zonder dat iemand me haalt.",
            pictogram="bicycle",
            domain=Goal.Domain.FAMILY,
            audience=jan.all("Ans", "Willem", "Mo"),
        )
        head, _opened = set_goal(
            participant=jan.record,
            by=jan.user,
            words="Mijn kop rustig krijgen ’s avonds",
            why="Als ik lig, begint het malen.",
            pictogram="moon-stars",
            domain=Goal.Domain.MIND,
            first_step="Om tien uur de telefoon weg",
            audience=jan.all("Mo", "Sara"),
        )
    with scene(at(-90, 21)), acting_as(jan.user.pk):
        say_where(goal=head, by=jan.user, standing=1, words="Drie avonden de radio aan gehad. Dat hielp een beetje.")
    return bicycle, head


def _hands(jan: Jan) -> None:
    with acting_as(jan.user.pk):
        set_goal(
            participant=jan.record,
            by=jan.user,
            words="Iets met mijn handen doen",
            why="Als mijn handen bezig zijn, is mijn kop stil.",
            pictogram="wrench",
            domain=Goal.Domain.WORK,
            audience=jan.all("Ans", "Mo", "Henk"),
        )


def _cycling(jan: Jan, bicycle: Goal) -> None:
    """Steps, and who helps with what: they offered, and Jan said yes."""
    me = jan.user
    with scene(at(-60, 15)), acting_as(me.pk):
        mend = add_step(goal=bicycle, by=me, words="Band plakken", helper=jan.members["Willem"])
        park = add_step(goal=bicycle, by=me, words="Rondje om het park, op een stil moment")
    with scene(at(-45, 12)), acting_as(me.pk):
        finish_step(step=mend, done=True)
        say_where(goal=bicycle, by=me, standing=1, words="De band is geplakt. Samen met Willem.")
    for name, words in (
        ("Ans", "Komt je tegemoet"),
        ("Willem", "Kijkt je fiets na"),
        ("Mo", "Oefent drukke plekken met je"),
    ):
        with scene(at(-40, 20)):
            _offer(jan, bicycle, name, words)
    with scene(at(-8, 15)), acting_as(me.pk):
        finish_step(step=park, done=True)
        add_step(
            goal=bicycle,
            by=me,
            words="Halve weg fietsen, Ans komt me tegemoet",
            helper=jan.members["Ans"],
            due_on=coming_sunday(),
        )


def _offer(jan: Jan, goal: Goal, name: str, words: str) -> None:
    membership = jan.members[name]
    with acting_as(membership.user_id):
        goal = Goal.objects.visible().get(pk=goal.pk)
        reply = reply_to(goal=goal, membership=membership, called=name, kind=Reply.Kind.HELP, words=words)
    with acting_as(jan.user.pk):
        answer_offer(reply=Reply.objects.own().get(pk=reply.pk), by=jan.user, accepted=True)


# --- meetings -------------------------------------------------------------------------------------------------------
def _first_meeting(jan: Jan, bicycle: Goal) -> None:
    """Four weeks ago: minutes that Ans and Mo may read, and promises of which some are still open."""
    when = at(-26, 14)
    with scene(at(-38, 10)), acting_as(jan.user.pk):
        plan = Plan(
            kind=Meeting.Kind.GROUP,
            days=[when],
            place="Bij mij thuis",
            wishes=["Na 30 minuten even pauze"],
            goals=[bicycle],
            asked=jan.all("Ans", "Willem", "Mo", "Sara"),
        )
        meeting = plan_meeting(participant=jan.record, by=jan.user, plan=plan)
    with scene(at(-35, 19)):
        _answers(jan, meeting, {"Ans": "yes", "Willem": "yes", "Mo": "yes", "Sara": "no"})
    with scene(at(-26, 16, 30)), acting_as(jan.user.pk):
        agreed = (
            ("Mo", "Fietsenmaker bellen", day(10)),
            ("Ans", "Fietst me tegemoet tot de brug", coming_sunday()),
            ("Willem", "Kijkt de remmen na", day(-19)),
        )
        report = Report(
            present=jan.all("Ans", "Willem", "Mo"),
            standings={bicycle.pk: 2},
            agreed=[Agreed(what, jan.members[name], name, due) for name, what, due in agreed],
            experience="Vermoeiend, maar fijn dat Ans er was.",
            next_words="Over een maand, weer bij mij thuis",
            readers=jan.all("Ans", "Mo"),
        )
        minutes = write_minutes(meeting=meeting, by=jan.user, report=report)
    _willem_is_ready(jan, minutes)


def _willem_is_ready(jan: Jan, minutes: Minutes) -> None:
    willem = jan.members["Willem"]
    with scene(at(-20, 17)), acting_as(willem.user_id):
        promise = Promise.objects.visible().get(minutes=minutes, membership=willem)
        close_promise(promise=promise, state=Promise.State.DONE)


def _next_meeting(jan: Jan, bicycle: Goal) -> None:
    with scene(at(-9, 10)), acting_as(jan.user.pk):
        plan = Plan(
            kind=Meeting.Kind.GROUP,
            days=[at(2, 14)],
            place="Bij mij thuis",
            wishes=["Na 30 minuten even pauze", "Ik mag zelf zeggen wanneer we stoppen"],
            goals=[bicycle],
            words="Hoe ik bij de huisarts kom",
            asked=jan.all("Ans", "Willem", "Mo", "Sara", "Henk"),
        )
        meeting = plan_meeting(participant=jan.record, by=jan.user, plan=plan)
    with scene(at(-6, 20)):
        _answers(jan, meeting, dict.fromkeys(("Ans", "Willem", "Mo", "Sara"), "yes"))
    with scene(at(-7, 16, 40)):
        look_at(jan.house.users["buurman"], Meeting, pk=meeting.pk)


def _answers(jan: Jan, meeting: Meeting, answers: dict[str, str]) -> None:
    for name, coming in answers.items():
        membership = jan.members[name]
        with acting_as(membership.user_id):
            answer_meeting(meeting=meeting, membership=membership, coming=coming)


# --- lately ---------------------------------------------------------------------------------------------------------
def _last_days(jan: Jan, bicycle: Goal) -> None:
    for days, mood, words in ((-6, 2, ""), (-4, 1, "Slecht geslapen."), (-3, 3, "Buiten geweest met Boef.")):
        with scene(at(days, 18)), acting_as(jan.user.pk):
            check_in(participant=jan.record, mood=mood, words=words)
    with scene(this_week(-2, 20, 10)):
        look_at(jan.house.users["zus"], Goal, pk=bicycle.pk)
    with scene(this_week(-1, 9, 5)):
        look_at(jan.house.users["vnn"], Minutes, participant=jan.record)
    with scene(at(-1, 17)), acting_as(jan.user.pk):
        say_where(
            goal=bicycle,
            by=jan.user,
            words="Drie rondjes gedaan. Bij de brug was het druk, toen ben ik even gestopt. Daarna verder.",
        )
