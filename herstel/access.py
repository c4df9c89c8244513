"""Who may see what: said once per model, enforced twice.

A `Rule` stands on every model that holds a person's data. From it come the row-level policies of the database
(`policies.py`), the queryset filter (`Goal.objects.visible()`), `docs/access.md` and the tests, so they cannot drift.
The SQL function `authz.visible(category, level)` answers for whom; a rule only says which columns are asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from herstel.audit import noting_now, seen, unnoted
from herstel.opening import Opens

if TYPE_CHECKING:
    from herstel.privacy import Use


class Category(models.TextChoices):
    """What a participant can share; one category, its own tables (row-level security has no columns)."""

    AGENDA = "agenda", _("Je agenda")
    GOALS = "goals", _("Je doelen")
    MINUTES = "minutes", _("Verslagen")
    PEOPLE = "people", _("Wie je mensen zijn")
    WELLBEING = "wellbeing", _("Hoe het met je gaat")
    PLAN = "plan", _("Signaleringsplan en crisiskaart")
    STORY = "story", _("Mijn verhaal")
    SUPPORT = "support", _("Wie doet wat")


class Level(models.IntegerChoices):
    """How much of a category: each level holds the ones below it."""

    NONE = 0
    SEE = 1
    CONTRIBUTE = 2
    ON_BEHALF = 3
    OWN = 9  # the participant; no share gives this


class Reach(models.TextChoices):
    """For whom a row with an audience of its own is meant."""

    ME = "me", _("Alleen ik")
    EVERYONE = "everyone", _("Iedereen met wie ik dit deel")
    CHOSEN = "chosen", _("Gekozen mensen")


OWN = "{participant_id} = (SELECT authz.own())"
MYSELF = "{user_id} = (SELECT authz.actor())"
ANY_CATEGORY = "*"


@dataclass(frozen=True)
class Rule:
    """Which rows of a model somebody else than their owner may see, and what they may write.

    category  the share that opens it; None: never open to others
    audience  the row says itself for whom it is (`reach`, table Audience): a goal, minutes, a meeting
    when      SQL about a row with an audience that must hold for others: released, no draft
    via       column that points at a row with an audience of its own; the child follows it
    private   only the owner, and the one in `mine`
    mine      column with the membership of the person it is about: that person sees it, as long as anything is shared
    writes    letters of IUD: what that same person may do with such rows, …
    writes_when  … as long as this SQL holds
    changes   the only columns that the web may change at all; empty: all
    adds      column with the user who wrote: with CONTRIBUTE one may add rows and change one's own
    owner     column of whose row it is: a participant, or something that several people own together (a circle)
    own       SQL for the owner, who may do everything; it may be an array of owners, see `owned_by`
    opened    SQL: an array of owners whose rows somebody may see by something else than a membership (a place in a
              circle, a question that was asked them)
    add_when  SQL that must hold besides for a row that is added
    also      SQL for who may look besides
    web       letters of SIUD: what the web role may do at all
    why       the reason, where the rule is not of the common kind
    """

    category: Category | None = None
    audience: bool = False
    when: str = ""
    via: str = ""
    private: bool = False
    mine: str = ""
    writes: str = ""
    writes_when: str = ""
    changes: str = ""
    adds: str = ""
    owner: str = "participant_id"
    own: str = OWN
    opened: str = ""
    add_when: str = ""
    also: str = ""
    web: str = "SIUD"
    why: str = ""

    def visible(self, level: int = Level.SEE) -> str:
        """SQL: the participant shares this category with me at this level."""
        return shared_with_me(str(self.category), level)

    def see(self) -> str:
        """SQL with {column} marks: may the acting person see this row?"""
        opened = _among("{" + self.owner + "}", self.opened) if self.opened else ""
        ways = [self.own, self._shared(), self._person() if self.mine else "", opened, self.also]
        return _any(ways)

    def _shared(self) -> str:
        if self.category is None or self.private or self.opened:
            return ""
        if self.audience:
            return _among("{id}", "authz.chosen('{own_table}')")
        return _all([self.visible(), self._via()])

    def _via(self) -> str:
        if not self.via:
            return ""
        return _among("{" + self.via + "}", "authz.chosen('{via_table}')")

    def _person(self) -> str:
        """I am the one it is about, something is still shared with me, and I see what it belongs to."""
        me = _among("{" + self.mine + "}", "authz.memberships()")
        return _all([me, shared_with_me(ANY_CATEGORY), self._via()])

    def may(self, letter: str) -> str:
        """SQL: may the acting person add (I), change (U) or remove (D) this row? Changed rows must pass it too."""
        ways = [_all([self.own, self.add_when if letter == "I" else ""])]
        if letter in self.writes:
            ways.append(_all([self._person(), self.writes_when]))
        if self.adds and letter != "D":  # deleting stays with the participant
            ways.append(
                _all([self.visible(Level.CONTRIBUTE), f"{{{self.adds}}} = (SELECT authz.actor())", self._via()])
            )
        return _any(ways)

    def sentence(self) -> str:
        """The rule in words, for docs/access.md."""
        who = ["the participant" if self.own == OWN else self.why]
        if self.opened:
            who.append("besides: " + self.why)
        elif self.category is not None and not self.private:
            rows = "the rows meant for them" if self.audience or self.via else "all rows"
            who.append(
                f"members with “{self.category.value}” shared: {rows}{' that are ' + self.when if self.when else ''}"
            )
        if self.mine:
            who.append("the member it is about" + (", who also writes it" if self.writes else ""))
        if self.adds:
            who.append("with CONTRIBUTE: may add, and change what they added")
        if self.also and self.own == OWN:
            who.append("besides: " + self.why)
        return "; ".join(w for w in who if w)


def shared_with_me(category: str, level: int = Level.SEE) -> str:
    """SQL: the participant of this row shares `category` with the acting person at `level`."""
    return _among("{participant_id}", f"authz.visible('{category}', {int(level)})")


def owned_by(column: str, function: str) -> str:
    """For `Rule.own`: the owners that the acting person is one of, as an array (`authz.circles()`)."""
    return _among("{" + column + "}", function)


def _among(column: str, function: str) -> str:
    """The only shape of a condition (security.md D2): computed once a query, and the index is used."""
    return f"{column} = ANY ((SELECT {function})::bigint[])"


def _any(conditions: list[str]) -> str:
    some = [c for c in conditions if c]
    return some[0] if len(some) == 1 else "(" + " OR ".join(some) + ")"


def _all(conditions: list[str]) -> str:
    some = [c for c in conditions if c]
    return some[0] if len(some) == 1 else "(" + " AND ".join(some) + ")"


class Condition(models.Expression):
    """A rule's SQL inside a queryset: the same text that stands in the policy."""

    conditional = True
    output_field = models.BooleanField()

    def __init__(self, template: str, columns: dict[str, F], tables: dict[str, str]) -> None:
        super().__init__(output_field=models.BooleanField())
        self.template = template
        self.tables = tables
        self.names = list(columns)
        self.columns: list[Any] = list(columns.values())

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: Iterable[Any]) -> None:
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        compiled = {name: compiler.compile(column)[0] for name, column in zip(self.names, self.columns, strict=True)}
        return self.template.format(**compiled, **self.tables), []


class RuledQuerySet[M: "Ruled"](models.QuerySet[M]):
    """Rows of people. Views start with one of these two words."""

    is_own = False

    def visible(self) -> Self:
        """The rows that the acting person may see."""
        return self.filter(self._condition(self.model.rule.see()))

    def own(self) -> Self:
        """The rows of the acting person's own record: what the participant's pages show, whatever else they may see."""
        found = self.filter(self._condition(self.model.rule.own))
        found.is_own = True
        return found

    def count_by(self, *fields: str) -> dict[tuple[Any, ...], int]:
        """How many rows there are for each combination of values: a number of rows is no look at them."""
        counted = super().values_list(*fields).order_by(*fields).annotate(n=models.Count("pk"))
        return {tuple(values): n for *values, n in counted}

    def values(self, *fields: Any, **expressions: Any) -> Any:
        self._must_be_noted()
        return super().values(*fields, **expressions)

    def values_list(self, *fields: Any, **kwargs: Any) -> Any:
        self._must_be_noted()
        return super().values_list(*fields, **kwargs)

    def _must_be_noted(self) -> None:
        """Bare values do not pass `from_db`, so nobody would note that somebody else looked at them."""
        if self.model.rule.category is not None and not self.is_own and noting_now():
            raise RuntimeError(f"values of {self.model.__name__} leave no audit line: use .own(), or rows")

    def _clone(self) -> Self:
        copy: Self = super()._clone()  # type: ignore[misc]
        copy.is_own = self.is_own
        return copy

    def _condition(self, template: str) -> Condition:
        names = [f.attname for f in self.model._meta.concrete_fields if "{" + f.attname + "}" in template]
        return Condition(template, {name: F(name) for name in names}, tables_of(self.model))


def audience_table(category: str) -> str:
    """The one table of this category whose rows are chosen for people. Raises LookupError when there are more or none:
    then whoever chooses a row must say of which table it is."""
    from herstel.policies import ruled_models

    tables = [m._meta.db_table for m in ruled_models() if m.rule.audience and m.rule.category == category]
    if len(tables) != 1:
        raise LookupError(f"the category {category} has {len(tables)} tables with rows that are chosen for people")
    return tables[0]


def tables_of(model: type["Ruled"]) -> dict[str, str]:
    """The marks {own_table} and {via_table} of a rule: rows are chosen table by table, since numbers repeat."""
    via = model.rule.via
    parent: Any = model._meta.get_field(via.removesuffix("_id")).related_model if via else model
    return {"own_table": model._meta.db_table, "via_table": parent._meta.db_table}


class Ruled(models.Model):
    """A model whose rows belong to a participant, or to what `rule.owner` names. What is read of somebody else is noted
    (see `audit.py`)."""

    rule: ClassVar[Rule]
    privacy: ClassVar["dict[str, Use]"]
    opens: ClassVar[tuple[Opens, ...]] = ()

    objects = RuledQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, *, fetch_mode: Any = None) -> Self:
        row: Self = super().from_db(db, field_names, values, fetch_mode=fetch_mode)
        if cls.rule.category is not None and noting_now():
            owner = cls.rule.owner
            if owner not in row.__dict__:
                raise RuntimeError(f"{cls.__name__}: fetch {owner} along, or nobody notes the look")
            seen(row.__dict__[owner], cls.rule.category, cls._meta.model_name or "", row.pk, owner.removesuffix("_id"))
        return row

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        """Reads again what was noted when the row came; a part of its fields brings no participant along."""
        with unnoted():
            super().refresh_from_db(using, fields, from_queryset)


@dataclass(frozen=True)
class Exempt:
    """A table without a rule, and why that is right; `web` and `worker` are letters of SIUD. `written_by`: SQL for the
    only rows that somebody may add, change or remove, of a table that everybody reads."""

    why: str
    web: str = "SIUD"
    worker: str = "S"
    written_by: str = ""


# Whoever showed a code or a key on this browser: also between the code and the second factor.
SHOWN = "user_id = (SELECT authz.proved())"
# Tables of the libraries. Nothing of them says more about a person than an address and how they sign in.
THIRD_PARTY: dict[str, Exempt] = {
    "django_content_type": Exempt("names of models", web="S"),
    "django_migrations": Exempt("names of migrations", web="S"),
    "auth_permission": Exempt("not used; Django wants the table", web="S"),
    "auth_group": Exempt("not used; Django wants the table", web="S"),
    "auth_group_permissions": Exempt("not used; Django wants the table", web="S"),
    "account_emailaddress": Exempt("not used: an account has one address, its own; allauth wants the table", web="S"),
    "account_emailconfirmation": Exempt("not used; allauth wants the table", web="S"),
    "mfa_authenticator": Exempt("read before there is an actor; secrets are encrypted", written_by=SHOWN),
    "socialaccount_socialaccount": Exempt("not stored: the address says whose account it is", web="S"),
    "socialaccount_socialapp": Exempt("organisations' sign-in; settings only", web="S"),
    "socialaccount_socialtoken": Exempt("not stored", web="S"),
    "herstel_cache": Exempt("rate counters and signs of life, no content", worker="SIUD"),
}
