"""Mistakes that somebody could make in the rules. Each must be noticed by the differential test."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from herstel.policies import chosen_function

AUTHZ = Path(settings.ROOT) / "herstel" / "sql" / "authz.sql"


@dataclass(frozen=True)
class Mutant:
    """A statement that makes the mistake, and the comparison that must notice it."""

    name: str
    statement: str
    found_by: str = "reads"


def in_function(function: str, name: str, old: str, new: str, found_by: str = "reads") -> Mutant:
    """The function (the one that does the work) with this text replaced; a text that is not there says nothing."""
    text = _function(function)
    assert old in text, f"{name}: {function} no longer says {old!r}"
    return Mutant(name, f"set local role herstel_authz; {text.replace(old, new)}", found_by)


def _function(name: str) -> str:
    parts = [chosen_function(), *("create or replace" + p for p in AUTHZ.read_text().split("create or replace")[1:])]
    inner = [part for part in parts if part.startswith(f"create or replace function private.{name}(")]
    outer = [part for part in parts if part.startswith(f"create or replace function authz.{name}(")]
    (text,) = inner or outer or [part for part in parts if part.startswith(f"create or replace view private.{name} ")]
    return text


def policy(name: str, change: str, found_by: str = "reads") -> Mutant:
    return Mutant(name, f"alter policy {change}", found_by)


SHARED = "participant_id = any ((select authz.visible('{}', {}))::bigint[])"
GOALS, GOALS_2, ANYTHING = SHARED.format("goals", 1), SHARED.format("goals", 2), SHARED.format("*", 1)
OWN = "participant_id = (select authz.own())"
ABOUT_ME = "membership_id = any ((select authz.memberships())::bigint[])"
GOAL_SEEN = "goal_id = any ((select authz.chosen('goals_goal'))::bigint[])"
BY_ME = "by_id = (select authz.actor())"

MUTANTS = [
    # whose group am I in
    in_function(
        "places",
        "an ended place counts",
        "me and m.state in ('accepted', 'active', 'paused')",
        "me",
    ),
    in_function("places", "a place that rests counts", "'paused')", "'paused', 'resting')"),
    in_function("living", "the end date of a place does not count", "m.ends_at > now()", "true"),
    in_function("living", "a formal place needs no employment", "m.kind = 'informal'", "true"),
    in_function("living", "employment that ended counts", "and e.active", ""),
    in_function("living", "any kind of work counts", "and e.function = 'professional'", ""),
    in_function("living", "work anywhere counts", "and e.organisation_id = m.organisation_id", ""),
    in_function("living", "a colleague's work counts", "e.user_id = m.user_id and", ""),
    in_function("memberships", "who said yes is a member already", "m.state = 'active'", "m.state <> 'paused'"),
    in_function("memberships", "a member who pauses sees all", "m.state = 'active'", "m.state <> 'accepted'"),
    in_function("open_records", "closing everything does not close", "p.paused_at is null", "true"),
    in_function("open_records", "closed without an end is open", "p.paused_until <= now()", "p.paused_until is null"),
    in_function("open_records", "a pause never ends", "p.paused_until <= now()", "false"),
    in_function("known", "who said yes knows the name", "m.state in ('active', 'paused')", "true"),
    in_function("own", "anybody is the owner", "user_id = authz.actor()", "user_id is not null"),
    # what is shared with me
    in_function("visible", "the category does not count", "s.category = visible.category", "true"),
    in_function("visible", "the level does not count", "s.level >= visible.level", "true", "changes"),
    in_function("visible", "the end of a share does not count", "s.until > now()", "true"),
    in_function("visible", "the scope does not count", "not every", "true"),
    in_function("visible", "anybody's share counts", "s.membership_id = m.id", "true"),
    in_function("visible", "the level is one too high", "s.level >= visible.level", "s.level > visible.level"),
    # what is meant for me
    in_function("chosen", "alleen ik does not count", "r.reach <> 'me'", "true"),
    in_function("chosen", "everyone means whoever has a share", "1, true))::bigint[])", "1, false))::bigint[])"),
    in_function(
        "chosen",
        "another's row can be chosen",
        "(r.participant_id, r.id) in (\n             select a.participant_id, a.row",
        "r.id in (\n             select a.row",
    ),
    in_function(
        "chosen",
        "chosen for a colleague",
        "a.membership_id = any ((select private.memberships(me, eyes))::bigint[])",
        "true",
    ),
    in_function("chosen", "chosen in another table", "a.table_name = 'goals_goal'", "true"),
    in_function(
        "chosen",
        "a choice is enough without a share",
        "and r.participant_id = any ((select private.visible(me, eyes, 'goals', 1, false))::bigint[])",
        "",
    ),
    in_function("chosen", "minutes that nobody released", "and r.released_at IS NOT NULL", ""),
    in_function("chosen", "drafts of meetings", "and r.state <> 'draft'", ""),
    # who works where
    in_function("administers", "administrators manage every organisation", "home.kind = 'platform'", "true"),
    in_function("administers", "an administrator who left", "e.active and", ""),
    in_function("administers", "professionals are administrators", "and e.function = 'administrator'", ""),
    in_function(
        "study_roles", "a study role that is over", "r.until >= (now() at time zone 'Europe/Amsterdam')::date", "true"
    ),
    in_function("study_roles", "a researcher who left", "and e.active", ""),
    in_function("study_roles", "whoever works, whatever they do there", "and e.function = 'researcher'", ""),
    in_function("study_roles", "a researcher who works elsewhere", "e.id = r.employment_id and", ""),
    # looking through a member's eyes
    in_function("places", "a preview of anybody's member", "where user_id = me", "where true", "previews"),
    in_function("own", "the owner in a preview", "and authz.preview() is null", "", "previews"),
    in_function("visible", "the owner in a preview sees all", "and eyes is null", "", "previews"),
    in_function("places", "a preview shows the other groups", "eyes is null and", "", "previews"),
    # one policy that says less than its rule
    policy("a step without its goal", f"see on goals_step using ({OWN} or {GOALS})"),
    policy("helpers for everybody who sees the goal", f"see on goals_helper using ({OWN} or {GOAL_SEEN})"),
    policy("replies for everybody who sees the goal", f"see on goals_reply using ({OWN} or {GOAL_SEEN})"),
    policy("promises after everything was stopped", f"see on meetings_promise using ({OWN} or {ABOUT_ME})"),
    policy("all names for any share", f"see on supportgroups_person using ({OWN} or {ANYTHING})"),
    policy("everybody's log", "see on herstel_auditline using (true)"),
    policy("the owner reads what somebody felt", f"see on meetings_meetingexperience using ({OWN})"),
    policy(
        "contributions can be thrown away",
        f"remove on goals_step using ({OWN} or ({GOALS_2} and {BY_ME} and {GOAL_SEEN}))",
        "changes",
    ),
    policy(
        "others' contributions can be changed",
        f"change on goals_progress using ({OWN} or ({GOALS_2} and {GOAL_SEEN})) with check (true)",
        "changes",
    ),
    policy(
        "a look is enough to contribute",
        f"add on goals_step with check ({OWN} or ({GOALS} and {BY_ME} and {GOAL_SEEN}))",
        "inserts",
    ),
    policy(
        "contributing under another name",
        f"add on goals_step with check ({OWN} or ({GOALS_2} and {GOAL_SEEN}))",
        "inserts",
    ),
    policy(
        "contributing to a goal one does not see",
        f"add on goals_step with check ({OWN} or ({GOALS_2} and {BY_ME}))",
        "inserts",
    ),
    policy(
        "work begins without a yes",
        "add on participants_employment with check (organisation_id = any ((select authz.administers())::bigint[]))",
        "inserts",
    ),
    policy("members share among themselves", f"add on supportgroups_share with check ({OWN} or {ABOUT_ME})", "inserts"),
    policy("answering for somebody else", f"change on meetings_answer using ({OWN} or {ANYTHING})", "changes"),
]
