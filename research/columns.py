"""What a researcher's files hold, column by column. Nothing that is not declared here leaves the house.

Each column says what it means, of what kind it is, and what protects the person. No free text, no dates: time is the
calendar months since the month of the consent. The participant reads these same columns before saying yes.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

PID = r"[a-z2-7]{16}"
KEY = r"[a-z2-7]{12}"
NUMBER = r"(-?\d{1,6})?"


@dataclass(frozen=True)
class Column:
    """One column: its name in the file, the column of the view, its meaning, and the form that every cell must have."""

    name: str
    source: str
    meaning: Any
    values: str  # one of the expressions above, or the codes: “vrouw=woman man=man”, in the file and in the database
    protected: Any = ""
    personal: bool = False  # an acquaintance may know it: counts for k

    @property
    def codes(self) -> dict[str, str]:
        """Code in the file → code in the database."""
        if self.values in (PID, KEY, NUMBER):
            return {}
        pairs = (pair.partition("=") for pair in self.values.split())
        return {told: kept or told for told, _is, kept in pairs}

    @property
    def pattern(self) -> str:
        """A regular expression that every cell matches; an empty cell is always allowed for codes."""
        return "(" + "|".join(self.codes) + ")?" if self.codes else self.values

    @property
    def kind(self) -> Any:
        if self.values in (PID, KEY):
            return _("pseudoniem")
        return _("getal") if self.values == NUMBER else _("code")

    @property
    def told(self) -> str:
        """What can stand in it, for the codebook."""
        return " ".join(self.codes)


@dataclass(frozen=True)
class File:
    name: str
    view: str
    row: Any
    columns: tuple[Column, ...]
    order: tuple[str, ...] = field(default=())


_MONTH = _("Dag weg, alleen de maand")
_NUMBERED = _("Zegt niet wat het eerst kwam")
_MOST = _("Bovengrens")
PERSON = Column("pid", "pid", _("Pseudoniem"), PID, _("Sleutel per cohort"))
GOAL = Column("doel", "goal_id", _("Kenmerk van het doel, in elke versie hetzelfde"), KEY, _NUMBERED)
MONTH = _("Maand, geteld vanaf de maand van het ja; daarvoor is het een getal onder nul")
STANDING = _("Waar iemand staat: 0 nog niet begonnen, 4 gelukt")

FILES = (
    File(
        "deelnemers.csv",
        "participants",
        _("1 rij per persoon"),
        (
            PERSON,
            Column(
                "leeftijd_groep",
                "age_group",
                _("Leeftijd in het jaar van het ja"),
                "tot_30 30_44 45_59 vanaf_60",
                _("Klassen van 15 jaar"),
                personal=True,
            ),
            Column("gender", "gender", _("Gender"), "vrouw=woman man=man anders=other", personal=True),
            Column("maanden", "months", _("Maanden sinds het ja"), NUMBER, _MONTH, personal=True),
            Column("mensen", "people", _("Mensen op de kaart, 10 is 10 of meer"), NUMBER, _MOST, personal=True),
            Column(
                "naasten", "informal_members", _("Naasten in de groep, 6 is 6 of meer"), NUMBER, _MOST, personal=True
            ),
            Column(
                "hulpverleners",
                "formal_members",
                _("Hulpverleners in de groep, 6 is 6 of meer"),
                NUMBER,
                _MOST,
                personal=True,
            ),
        ),
    ),
    File(
        "steungroep.csv",
        "people",
        _("1 rij per soort mensen en hoe dichtbij: hoeveel, niet wie"),
        (
            PERSON,
            Column(
                "soort",
                "kind",
                _("Soort"),
                "naaste=close_one hulpverlener=professional lotgenoot=peer huisdier=pet anders=other",
            ),
            Column("ring", "ring", _("Hoe dichtbij"), "heel_dichtbij=1 dichtbij=2 verder_weg=3 onbekend=0"),
            Column("aantal", "people", _("Hoeveel op de kaart, 5 is 5 of meer"), NUMBER, _MOST),
            Column("in_groep", "in_group", _("Hoeveel daarvan in de steungroep, 5 is 5 of meer"), NUMBER, _MOST),
        ),
        ("kind", "ring"),
    ),
    File(
        "doelen.csv",
        "goals",
        _("1 rij per doel, zonder vrije tekst"),
        (
            PERSON,
            GOAL,
            Column(
                "leefgebied",
                "domain",
                _("Leefgebied"),
                "wonen=home geld=money werk_leren=work dag_invullen=days familie=family vrienden_buurt=friends "
                "psychisch=mind lichamelijk=body middelen=substances huishouden=household meedoen=society "
                "zingeving=meaning justitie=justice",
            ),
            Column("termijn", "horizon", _("Wens voor later of korte stap"), "lang=long kort=short"),
            Column("status", "state", _("Status"), "bezig=active rust=resting gelukt=reached"),
            Column("stand", "standing", STANDING, NUMBER),
            Column("maand", "month", MONTH, NUMBER, _MONTH),
            Column("maand_af", "month_closed", _("Maand waarin het lukte; anders leeg"), NUMBER, _MONTH),
            Column("stappen", "steps", _("Aantal stappen"), NUMBER),
            Column("stappen_klaar", "steps_done", _("Aantal stappen klaar"), NUMBER),
            Column("helpers", "helpers", _("Aantal helpers"), NUMBER),
        ),
        ("goal_id",),
    ),
    File(
        "voortgang.csv",
        "progress",
        _("1 rij per keer dat iemand zei waar hij stond"),
        (
            PERSON,
            GOAL,
            Column("keer", "progress_id", _("Kenmerk van deze keer, in elke versie hetzelfde"), KEY, _NUMBERED),
            Column("maand", "month", MONTH, NUMBER, _MONTH),
            Column("stand", "standing", STANDING, NUMBER),
        ),
        ("goal_id", "turn"),
    ),
    File(
        "bijeenkomsten.csv",
        "meetings",
        _("1 rij per bijeenkomst, op volgorde van tijd"),
        (
            PERSON,
            Column("bijeenkomst", "meeting_id", _("Kenmerk van de bijeenkomst"), KEY, _NUMBERED),
            Column("soort", "kind", _("Soort"), "groep=group vraag=question"),
            Column("status", "state", _("Status"), "geweest=held ging_niet_door=cancelled"),
            Column("maand", "month", MONTH, NUMBER, _MONTH),
            Column("naasten", "informal_present", _("Aanwezig: naasten en lotgenoten; leeg is onbekend"), NUMBER),
            Column("hulpverleners", "formal_present", _("Aanwezig: hulpverleners; leeg is onbekend"), NUMBER),
            Column("afspraken", "promises", _("Aantal afspraken; leeg is onbekend"), NUMBER),
            Column("afspraken_klaar", "promises_done", _("Aantal afspraken klaar; leeg is onbekend"), NUMBER),
        ),
        ("turn",),
    ),
)


def codebook() -> list[list[str]]:
    """The rows of codeboek.csv."""
    rows = [["bestand", "kolom", "betekenis", "soort", "waarden", "beschermd_door"]]
    for file in FILES:
        for c in file.columns:
            rows.append([file.name, c.name, str(c.meaning), str(c.kind), c.told, str(c.protected)])
    return rows
