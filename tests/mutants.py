"""Mistakes that somebody could make in the rules. Each must be noticed by the differential test."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from herstel.policies import chosen_function

AUTHZ = Path(settings.ROOT) / "herstel" / "sql" / "authz.sql"


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in one function of authz; without `old`, `new` is the whole statement, by the owner."""

    name: str
    old: str
    new: str
    found_by: str = "reads"

    def sql(self) -> str:
        if not self.old:
            return self.new
        return f"set local role herstel_authz; {self.function().replace(self.old, self.new)}"

    def function(self) -> str:
        """The function that holds the text; said in one place only, or the mutant says nothing."""
        functions = [f for f in [*_functions(), chosen_function()] if self.old in f]
        assert len(functions) == 1, f"{self.name}: the text stands in {len(functions)} functions"
        return functions[0]


def _functions() -> list[str]:
    return ["create or replace" + part for part in AUTHZ.read_text().split("create or replace")[1:]]


def function(name: str, old: str, new: str, found_by: str = "reads") -> Mutant:
    return Mutant(name, old, new, found_by)


def policy(name: str, change: str, found_by: str = "reads") -> Mutant:
    return Mutant(name, "", f"alter policy {change}", found_by)


SHARED = "participant_id = any ((select authz.visible('{}', {}))::bigint[])"
GOALS, GOALS_2 = SHARED.format("goals", 1), SHARED.format("goals", 2)
OWN = "participant_id = (select authz.own())"
ABOUT_ME = "membership_id = any ((select authz.memberships())::bigint[])"
SEEN_GOAL = "goal_id = any ((select authz.chosen('goals'))::bigint[])"

MUTANTS = [
    # whose group am I in
    function("an ended place counts", "state in ('accepted', 'active', 'paused')", "true"),
    function("an end date does not count", "m.ends_at > now()", "true"),
    function("a formal place needs no employment", "m.kind = 'informal'", "true"),
    function(
        "an employment that ended counts", "e.function = 'professional' and e.active", "e.function = 'professional'"
    ),
    function("any work there counts", "e.function = 'professional' and e.active", "e.active"),
    function(
        "work anywhere counts",
        "e.user_id = m.user_id and e.organisation_id = m.organisation_id",
        "e.user_id = m.user_id",
    ),
    function("a colleague's work counts", "e.user_id = m.user_id and e.organisation_id", "e.organisation_id"),
    function("who only said yes is a member", "m.state = 'active' or", "m.state <> 'paused' or"),
    function("a pause of the member does not count", "m.state = 'active' or", "m.state in ('active', 'paused') or"),
    function(
        "closing everything does not count",
        "and (p.paused_at is null or p.paused_until <= now())\n$$;\n\n-- Participants",
        "$$;\n\n",
    ),
    function("a pause that is over still counts", "p.paused_until <= now()", "false")
    if False
    else function("who said yes knows the name", "m.state in ('active', 'paused'))", "true)"),
    # what is shared with me
    function("the category does not count", "s.category = $1", "true"),
    function("the level does not count", "s.level >= $2", "true", "changes"),
    function("the end of a share does not count", "s.until > now()", "true"),
    function("the scope does not count", "not $3 or s.scope = 'all'", "true"),
    function("a share of anybody counts", "s.membership_id = m.id", "true"),
    # what is meant for me
    function("alleen ik does not count", "r.reach <> 'me'", "true")
    if False
    else policy("a step without its goal", f"see on goals_step using ({OWN} or {GOALS})"),
]
