"""Every address of the house, and who gets a page there: plain data. A new address is one line here.

A line: name · what stands in the address, as things of Jan's · who gets a page (2xx) for it. Everybody else is sent
away, and nobody ever gets a canary that is not theirs.

Who: names of the cast, or `everybody`, `signed-in`, `owners` (whoever has a record; they see their own there), `nobody`
(the address leads on, or only takes a form).
"""

from dataclasses import dataclass, field
from typing import Any

from django.core import signing

from herstel.mail import OFF
from tests.cast import PEOPLE, PERSONAS, REFUSED, Cast

GROUPS = {
    "everybody": set(PERSONAS),
    "signed-in": set(PEOPLE),
    "owners": {"jan", "lotte", "rik", *REFUSED},
    "nobody": set(),
}

ADDRESSES = """
welcome                                  ·                            · anonymous
favicon.ico                              ·                            · nobody
service_worker                           ·                            · everybody
no_network                               ·                            · everybody
sign_in                                  ·                            · everybody
code                                     ·                            · nobody
code_again                               ·                            · nobody
account_login                            ·                            · everybody
account_signup                           ·                            · everybody
account_logout                           ·                            · nobody
account_email                            ·                            · signed-in
account_reauthenticate                   ·                            · nobody
sign_in_link                             · token=absent               · nobody
quick_exit                               ·                            · nobody
sign_out                                 ·                            · nobody
side                                     ·                            · piet fatima noor
step_up                                  ·                            · nobody
go_on                                    · slug=absent                · nobody
second_factor                            ·                            · signed-in
invitation_find                          ·                            · everybody
invitation                               · token=invitation           · everybody
invitation_accept                        · token=invitation           · signed-in
invitation_decline                       · token=invitation           · nobody
answer                                   · token=answer               · everybody
answered                                 · token=answer               · everybody
begin                                    ·                            · owners
passkey_offer                            ·                            · signed-in
first_steps                              ·                            · signed-in
first_screen                             ·                            · owners
first_exit                               ·                            · owners
help                                     ·                            · everybody
safe_use                                 ·                            · everybody
settings                                 ·                            · signed-in
screen                                   ·                            · signed-in
work_asked                               ·                            · kees
own_words                                ·                            · owners
mails                                    ·                            · signed-in
my_feed                                  ·                            · signed-in
feed                                     · token=feed                 · everybody
push_on                                  ·                            · nobody
push_off                                 ·                            · nobody
mails_off                                · token=mails-off            · everybody
take_along                               ·                            · owners
fetch_copy                               · slug=copy                  · nobody
delete_all                               ·                            · owners
delete_tell                              ·                            · owners
delete_sure                              ·                            · owners
delete_asked                             ·                            · everybody
back_again                               ·                            · nobody
devices                                  ·                            · signed-in
sign_out_everywhere                      ·                            · nobody
set_language                             ·                            · nobody
demo                                     ·                            · nobody
demo_as                                  · slug=absent                · nobody
live                                     ·                            · everybody
ready                                    ·                            · any
metrics                                  ·                            · everybody

supportgroups:person_list                ·                            · owners
supportgroups:person_new                 ·                            · nobody
supportgroups:person_new                 · page=wie                   · owners
supportgroups:think                      ·                            · owners
supportgroups:nominations                ·                            · owners
supportgroups:map_paper                  ·                            · owners
supportgroups:map_before                 ·                            · owners
supportgroups:map_of                     · pk=map                     · jan
supportgroups:group                      ·                            · owners
supportgroups:interviews                 ·                            · owners
supportgroups:interview                  · slug=member-ans            · jan
supportgroups:person_move                · slug=person-ans            · nobody
supportgroups:nomination                 · slug=person-ans            · jan
supportgroups:stand_in                   · slug=person-ans            · jan
supportgroups:person                     · slug=person-ans            · jan
supportgroups:person_edit                · slug=person-ans            · jan
supportgroups:person_remove              · slug=person-ans            · jan
supportgroups:person_join                · slug=person-dog            · nobody
supportgroups:invite                     · slug=person-dog            · nobody
supportgroups:invite                     · slug=person-dog page=zien  · jan
supportgroups:invited                    · slug=person-asked          · jan
supportgroups:invitation_card            · slug=person-asked          · jan
supportgroups:invitation_qr              · slug=person-asked          · jan
supportgroups:invitation_again           · slug=person-asked          · nobody
supportgroups:invitation_withdraw        · slug=person-asked          · nobody
supportgroups:back_in                    · slug=person-ans            · nobody
supportgroups:share_with                 · slug=person-ans            · jan
supportgroups:stop                       · slug=person-ans            · jan
supportgroups:stopped                    · slug=person-els            · jan
supportgroups:handshake                  · slug=member-fatima         · jan
supportgroups:sharing                    ·                            · owners
supportgroups:how_are_you                ·                            · owners
supportgroups:how_kept                   ·                            · owners
supportgroups:how_hard                   ·                            · owners
supportgroups:look_back                  ·                            · owners
supportgroups:look_back_remove           · pk=check-in                · jan
supportgroups:hard_days                  ·                            · owners
supportgroups:plan                       ·                            · owners
supportgroups:plan_paper                 ·                            · owners
supportgroups:plan_pdf                   ·                            · owners
supportgroups:card                       ·                            · owners
supportgroups:card_edit                  ·                            · owners
supportgroups:card_pdf                   ·                            · owners
supportgroups:plan_agree                 ·                            · nobody
supportgroups:plan_before                ·                            · owners
supportgroups:plan_version               · pk=plan-version            · jan
supportgroups:plan_part                  · part=orange                · owners
supportgroups:plan_part                  · part=absent                · nobody
supportgroups:plan_readers               · slug=plan-part             · jan
supportgroups:story                      ·                            · owners
supportgroups:story_new                  ·                            · owners
supportgroups:story_part                 · slug=story                 · jan
supportgroups:story_edit                 · slug=story                 · jan
supportgroups:story_readers              · slug=story                 · jan
supportgroups:story_remove               · slug=story                 · jan
supportgroups:story_image                · slug=story                 · nobody
supportgroups:story_sound                · slug=story                 · nobody
supportgroups:person_phone               · slug=person-ans            · jan
supportgroups:pause                      ·                            · owners

goals:goal_list                          ·                            · owners
goals:goal_new                           ·                            · nobody
goals:goal_new                           · page=wat                   · owners
goals:goal                               · slug=goal-open             · jan
goals:goal_history                       · slug=goal-open             · jan
goals:goal_more                          · slug=goal-open             · jan
goals:goal_paper                         · slug=goal-open             · jan
goals:goal_scale                         · slug=goal-open             · jan
goals:goal_score                         · slug=goal-open             · jan
goals:goal_standing                      · slug=goal-open             · jan
goals:goal_write                         · slug=goal-open             · jan
goals:goal_edit                          · slug=goal-open             · jan
goals:goal_picture                       · slug=goal-open             · jan
goals:goal_reach                         · slug=goal-open             · jan
goals:goal_close                         · slug=goal-open             · jan
goals:step_new                           · slug=goal-open             · jan
goals:step                               · slug=step                  · jan
goals:help_answer                        · pk=reply                   · nobody
goals:goal_image                         · slug=goal-open             · nobody

meetings:meeting_list                    ·                            · owners
meetings:meeting_new                     ·                            · nobody
meetings:meeting_new                     · page=waarvoor              · owners
meetings:meeting                         · slug=meeting-fixed         · jan
meetings:planned                         · slug=meeting-fixed         · jan
meetings:meeting_ask                     · slug=meeting-fixed         · jan
meetings:meeting_day                     · slug=meeting-proposed      · nobody
meetings:meeting_prepare                 · slug=meeting-fixed         · jan
meetings:meeting_roles                   · slug=meeting-fixed         · jan
meetings:answer_for                      · pk=answer-row              · jan
meetings:meeting_cancel                  · slug=meeting-fixed         · jan
meetings:notes_answer                    · slug=notes                 · jan
meetings:report                          · slug=meeting-held          · nobody
meetings:report                          · slug=meeting-fixed page=erbij · jan
meetings:meeting_file                    · slug=meeting-fixed         · jan ans willem mo sara
meetings:minutes                         · slug=minutes-released      · jan
meetings:minutes_readers                 · slug=minutes-released      · jan
meetings:looked                          ·                            · owners
meetings:not_right                       · pk=look                    · jan
meetings:preview                         · person__slug=person-ans            · jan

research:studies                         ·                            · researcher checker
research:checks                          ·                            · researcher checker
research:export                          · slug=export                · researcher checker
research:export_progress                 · slug=export                · researcher checker
research:export_judge                    · slug=export                · nobody
research:export_removals                 · slug=export                · nobody
research:export_download                 · slug=export                · nobody
research:cohort                          · slug=cohort                · researcher checker
research:export_new                      · slug=cohort                · researcher
research:codebook                        · slug=cohort                · researcher checker
research:log                             · slug=cohort                · researcher checker
research:consents                        ·                            · owners
research:consent                         · slug=study                 · owners

member:home                              ·                            · signed-in
member:promises                          ·                            · signed-in
member:self_care                         ·                            · signed-in
member:goal                              · slug=goal-open             · ans
member:goal_help                         · slug=goal-open             · ans
member:goal_discuss                      · slug=goal-open             · ans
member:goal_propose                      · slug=goal-open             · ans
member:goal_score                        · slug=goal-open             · ans
member:goal_read                         · slug=goal-open             · nobody
member:meeting                           · slug=meeting-fixed         · ans willem
member:notes                             · slug=meeting-held          · ans
member:felt                              · slug=meeting-held          · ans willem
member:minutes                           · slug=minutes-released      · ans
member:promise                           · slug=promise               · nobody
member:person                            · slug=member-ans            · ans
member:stop                              · slug=member-ans            · ans
member:take_break                        · slug=member-ans            · nobody
member:interview                         · slug=member-ans            · ans
member:plan                              · slug=member-ans            · nobody
member:story                             · slug=member-ans            · ans

team:today                               ·                            · mo sara noor
team:participants                        ·                            · mo sara noor
team:agenda                              ·                            · mo sara noor
team:news                                ·                            · mo sara noor
team:promises                            ·                            · mo sara noor
team:goal                                · slug=goal-open             · mo
team:goal_help                           · slug=goal-open             · mo
team:goal_discuss                        · slug=goal-open             · mo
team:goal_propose                        · slug=goal-open             · mo
team:goal_score                          · slug=goal-open             · mo
team:goal_read                           · slug=goal-open             · nobody
team:meeting                             · slug=meeting-fixed         · mo sara
team:notes                               · slug=meeting-held          · nobody
team:felt                                · slug=meeting-held          · mo sara
team:minutes                             · slug=minutes-released      · mo
team:promise                             · slug=promise               · nobody
team:person                              · slug=member-mo             · mo
team:stop                                · slug=member-mo             · mo
team:take_break                          · slug=member-mo             · nobody
team:interview                           · slug=member-mo             · mo
team:plan                                · slug=member-mo             · mo
team:story                               · slug=member-mo             · mo

beheer:home                              ·                            · administrator vera
beheer:organisations                     ·                            · administrator vera
beheer:employments                       ·                            · administrator vera
beheer:employment_new                    ·                            · administrator vera
beheer:employment_end                    · pk=employment              · administrator vera
beheer:log                               ·                            · administrator vera
beheer:jobs                              ·                            · administrator
beheer:job_again                         · pk=absent-number           · nobody
beheer:mails_again                       ·                            · nobody
beheer:concerns                          ·                            · administrator
beheer:concern                           · slug=concern               · administrator
beheer:help_lines                        ·                            · administrator
beheer:help_line                         ·                            · administrator
beheer:help_line                         · pk=help-line               · administrator
beheer:help_line_checked                 · pk=help-line               · nobody
beheer:help_line_remove                  · pk=help-line               · nobody
"""

# Whoever holds one of these links may read this of the one who gave it, whoever they are: beginnings of canaries.
SHOWN_BY_LINK: dict[str, tuple[str, ...]] = {
    "invitation": ("called", "invitation", "person-asked"),
    "invitation_accept": ("called", "invitation", "person-asked"),
    "invitation_decline": ("called", "person-asked"),
    "answer": ("called", "meeting-proposed", "p-"),
    "answered": ("called", "p-"),
}


@dataclass(frozen=True)
class Address:
    name: str
    key: tuple[tuple[str, str], ...] = ()
    who: frozenset[str] | None = field(default_factory=frozenset)  # None: any answer below 500 or 503

    def kwargs(self, things: dict[str, Any]) -> dict[str, Any]:
        return {argument: things.get(thing, thing) for argument, thing in self.key}


def addresses() -> list[Address]:
    return [_parse(line) for line in ADDRESSES.splitlines() if line.strip()]


def _parse(line: str) -> Address:
    name, key, who = (part.strip() for part in line.split("·"))
    pairs = tuple(tuple(pair.split("=")) for pair in key.split())
    if who == "any":
        return Address(name, pairs, None)  # type: ignore[arg-type]
    named = set().union(*(GROUPS.get(word, {word}) for word in who.split()))
    assert named <= set(PERSONAS), f"{name}: nobody is called {named - set(PERSONAS)}"
    return Address(name, pairs, frozenset(named))  # type: ignore[arg-type]


def things_of(cast: Cast, owner: str = "jan") -> dict[str, Any]:
    """What the words in the address column stand for."""
    record = cast.records[owner]
    assert cast.study is not None
    assert cast.cohort is not None
    rows = {**record.goals, **record.meetings, **record.minutes}
    return {
        "absent": "zzzzzzzzzz",
        "absent-number": 0,
        **{name: row.slug for name, row in rows.items()},
        **{f"person-{name}": person.slug for name, person in record.people.items()},
        **{f"member-{name}": membership.slug for name, membership in record.members.items()},
        "step": record.steps["own"].slug,
        "promise": next(iter(record.promises.values())).slug,
        "reply": next(iter(record.replies.values())).pk,
        **record.tokens,
        "export": cast.exports["ready"].slug,
        "cohort": cast.cohort.slug,
        "study": cast.study.slug,
        "employment": cast.employments["noor"].pk,
        "check-in": record.check_in.pk,
        "map": record.map_moment.pk,
        "copy": record.copy.slug,
        "plan-part": record.plan.slug,
        "story": record.story.slug,
        "concern": record.concern.slug,
        "look": record.look.pk,
        "notes": record.notes.slug,
        "plan-version": record.plan_version.pk,
        "answer-row": next(iter(record.answers.values())).pk,
        "mails-off": signing.dumps(record.participant.user_id, salt=OFF),
        "help-line": cast.help_line.pk,
    }
